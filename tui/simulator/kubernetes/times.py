"""Times as the API writes them: RFC 3339 in UTC, to the second, or to the microsecond where it has MicroTime."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)
def rfc3339(seconds: int) -> str:
    """``2026-11-23T17:00:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp(time: float) -> str:
    """``rfc3339`` of a float."""
    return rfc3339(int(time))


def micro(time: float) -> str:
    """``2026-11-23T17:00:00.000000Z``."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def nano(time: float) -> str:
    """A log line's time stamp: nine digits of fraction."""
    whole = int(time)
    return f"{rfc3339(whole)[:-1]}.{int((time - whole) * 1e9):09d}Z"


@lru_cache(maxsize=65536)
def seconds(text: str) -> float:
    """Epoch seconds of any RFC 3339 time; ValueError when it is none."""
    if text.endswith("Z"):
        text = text[:-1] + "+00:00"
    head, dot, tail = text.partition(".")
    if dot:
        digits = tail[: len(tail) - 6]
        return datetime.fromisoformat(head + tail[-6:]).timestamp() + float(f"0.{digits or 0}")
    moment = datetime.fromisoformat(text)
    return moment.timestamp() if moment.tzinfo else moment.replace(tzinfo=UTC).timestamp()
