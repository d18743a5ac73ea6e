"""Reading over many streams: in time order, bounded for one call, to be continued with a token."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from dataclasses import dataclass

from tui.simulator.ecs.log_filter import Predicate
from tui.simulator.ecs.log_streams import AnyStream, Line

SPAN = 60.0  # seconds that are read at a time
MOST_SCANNED = 20_000  # lines that one call looks at
MOST_BYTES = 1_048_576
OVERHEAD = 26  # bytes that CloudWatch Logs counts for each event

Key = tuple[int, str, int]


@dataclass(slots=True)
class Found:
    """One page: the lines, and where the next one begins (None: all was searched)."""

    lines: list[Line]
    next: Key | None
    scanned: int
    bytes: int


def search(
    streams: Iterable[AnyStream], matches: Predicate, *, start: float, end: float, now: float, limit: int, after: Key | None
) -> Found:
    """Lines with ``start <= time < end`` (seconds) that match, in order; ``after``: continue behind this line."""
    chosen = [s for s in streams if s.start and s.start < end and (not s.end or s.end >= start - SPAN)]
    found = Found([], None, 0, 0)
    if not chosen:
        return found
    begin = max(start, min(s.start for s in chosen))
    if after is not None:
        begin = max(begin, after[0] / 1000)
    at = begin
    end = min(end, now + 1)
    while at < end:
        until = min(at + SPAN, end)
        lines = sorted(line for s in chosen for line in s.lines(at, until, now))
        for line in lines:
            key = line[:3]
            if after is not None and key <= after:
                continue
            found.scanned += 1
            if matches(line.text):
                found.lines.append(line)
                found.bytes += len(line.text) + OVERHEAD
            if len(found.lines) >= limit or found.bytes >= MOST_BYTES:
                found.next = key
                return found
        at = until
        if found.scanned >= MOST_SCANNED and at < end:
            found.next = (int(at * 1000), "", -1)
            return found
    return found


def encode(key: Key) -> str:
    """A page token."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode(token: str) -> Key | None:
    """The key of a token, None for one that we did not give."""
    try:
        time, stream, number = json.loads(base64.urlsafe_b64decode(token.encode()))
        return int(time), str(stream), int(number)
    except (binascii.Error, ValueError, TypeError):
        return None
