"""Quantities of Kubernetes: ``500m`` cores, ``512Mi`` bytes."""

from __future__ import annotations

from functools import lru_cache

_FACTORS = {
    "": 1.0, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50,
}  # fmt: skip


@lru_cache(maxsize=4096)
def parse(text: str | int | float) -> float:
    """The plain number; ValueError when it is no quantity."""
    if not isinstance(text, str):
        return float(text)
    end = len(text)
    while end and text[end - 1].isalpha():
        end -= 1
    suffix = text[end:]
    if suffix not in _FACTORS:
        raise ValueError(f"quantities must match the regular expression, not {text!r}")
    return float(text[:end]) * _FACTORS[suffix]


def memory(size: float) -> str:
    """Bytes as ``41Mi`` or ``123Ki``, rounded down."""
    return f"{int(size) >> 20}Mi" if size >= 1 << 26 else f"{int(size) >> 10}Ki"


def percent(value: int | str, total: int, *, up: bool) -> int:
    """An ``IntOrString`` such as ``25%`` of ``total``, rounded up or down."""
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * total
        return -(-share // 100) if up else share // 100
    return int(value)
