"""Lines, warnings and errors by minute, for the bars above the text."""

from __future__ import annotations

from typing import NamedTuple

from tui.logs.levels import Level

#: a day; older minutes are forgotten
KEPT = 24 * 60
_MINUTE = 60_000_000_000


class Counts(NamedTuple):
    """One minute."""

    lines: int = 0
    warnings: int = 0
    errors: int = 0


class Histogram:
    """Counts of each minute that had lines."""

    def __init__(self) -> None:
        self._minutes: dict[int, list[int]] = {}

    def count(self, time: int, level: Level) -> None:
        """One line at ``time`` (epoch nanoseconds)."""
        minute = time // _MINUTE
        counts = self._minutes.get(minute)
        if counts is None:
            counts = self._minutes[minute] = [0, 0, 0]
            if len(self._minutes) > KEPT:
                del self._minutes[min(self._minutes)]
        counts[0] += 1
        if level >= Level.WARN:
            counts[1 if level == Level.WARN else 2] += 1

    @property
    def span(self) -> tuple[int, int] | None:
        """First and last minute with lines (minutes since the epoch)."""
        return (min(self._minutes), max(self._minutes)) if self._minutes else None

    def minute(self, minute: int) -> Counts:
        """The counts of one minute since the epoch."""
        return Counts(*self._minutes.get(minute, (0, 0, 0)))

    def last(self, minutes: int, until: int | None = None) -> list[Counts]:
        """The ``minutes`` up to and with ``until`` (default: the last with lines), oldest first."""
        span = self.span
        end = until if until is not None else span[1] if span else 0
        return [self.minute(m) for m in range(end - minutes + 1, end + 1)]
