"""Kubernetes' quantities and times as numbers.

Few different texts occur in a cluster ("100m", "128Mi"), so they are remembered.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

# suffixes of resource.Quantity (apimachinery): binary, decimal; "n" and "u" occur in metrics.k8s.io
_FACTORS = {
    "n": 1e-9,
    "u": 1e-6,
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "E": 1e18,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
    "Ei": 2.0**60,
}


@lru_cache(maxsize=4096)
def quantity(text: str | int | float | None) -> float:
    """``"250m"`` → 0.25, ``"1Gi"`` → 1073741824.0, ``"1e3"`` → 1000.0; what is no quantity is 0.0."""
    if text is None:
        return 0.0
    if isinstance(text, int | float):
        return float(text)
    text = text.strip()
    number = text.rstrip("numkKMGTPEi")
    factor = _FACTORS.get(text[len(number) :])
    try:
        # an exponent ("12E3") loses its E to the suffixes only where no digits follow it
        return float(number) * factor if factor is not None else float(text)
    except ValueError:
        return 0.0


def timestamp(text: str | None) -> float:
    """RFC 3339 → seconds since the epoch; missing, null, Go's zero time and nonsense are 0.0."""
    if not text:
        return 0.0
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    if time.year < 1970:
        return 0.0
    if time.tzinfo is None:
        time = time.replace(tzinfo=UTC)
    return time.timestamp()


#: the same for times that come again with every event of their object: when it was made, when its container began
moment = lru_cache(maxsize=16384)(timestamp)


def nanoseconds(text: str) -> int:
    """RFC 3339 with up to nine digits of a second (a log line's stamp) → epoch nanoseconds; nonsense is 0.

    ``fromisoformat`` keeps microseconds only, so the fraction is read apart.
    """
    head, dot, tail = text.partition(".")
    if not dot:
        return int(timestamp(text)) * 1_000_000_000
    digits = 0
    while digits < len(tail) and tail[digits].isdigit():
        digits += 1
    zone = tail[digits:] or "Z"
    seconds = timestamp(head + zone)
    if not seconds:
        return 0
    return int(seconds) * 1_000_000_000 + int(tail[:digits][:9].ljust(9, "0") or 0)
