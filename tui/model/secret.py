"""A value that must not be seen: its text forms are all dots."""

from __future__ import annotations

from typing import Any

DOTS = "•••"


class Secret:
    """Wraps environment values, secret data, tokens and authorisation headers when they are decoded.

    ``repr``, ``str``, ``format`` and JSON (through ``encode_secret``) give dots; only ``reveal()`` gives the value.
    Equality and hash are by value, so that rows that hold one compare.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself: for a reveal key on screen, ``get --reveal`` and the wire, nothing else."""
        return self._value

    def __repr__(self) -> str:
        return DOTS

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(DOTS, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        return Secret, (DOTS,)


def encode_secret(value: Any) -> Any:
    """``enc_hook`` for msgspec encoders: dots for a Secret."""
    if isinstance(value, Secret):
        return DOTS
    raise TypeError(f"cannot encode {type(value).__name__}")
