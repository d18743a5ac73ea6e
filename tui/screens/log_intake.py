"""Where the log screen's lines come from: the rows' streams, merged in time order, taken in parts that stop no key."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from tui.logs.base import LogLine
from tui.logs.buffer import LogBuffer
from tui.logs.merge import Merge
from tui.model import Row
from tui.model.errors import ApiError
from tui.screens.console import Connection, Console

#: lines taken at one go
PART = 5_000
RATE_SECONDS = 2.0
#: kinds whose lines are polled, from CloudWatch Logs
POLLED = ("services", "tasks", "containers")


class Intake:
    """Follows ``rows`` from ``since`` seconds ago, at most ``tail`` old lines of each stream, into ``buffer``.

    ``due``: lines that the buffer has not taken yet. ``ended``: no line will come any more. ``rate``: lines a second.
    """

    def __init__(self, console: Console, rows: Sequence[Row], *, previous: bool) -> None:
        self._clock = console.clock
        self._settings = console.settings.logs
        self._rows = rows
        self._previous = previous
        self.since = self._settings.since_s
        self.tail = self._settings.tail
        self.due: deque[LogLine] = deque()
        self.rate = 0.0
        self.ended = False
        self._arrived = 0
        self._measured = self._clock.monotonic()
        self._reader: asyncio.Task[None] | None = None
        self.restart()

    def restart(self) -> None:
        """An empty buffer. Also what the merge has seen is forgotten, or it would leave out every line of before."""
        self.stop()
        self.buffer = LogBuffer(self._settings.buffer_lines)
        # lines that are polled come later than those that stream: where both are shown, the latter wait for the former
        both = len({row.key.kind in POLLED for row in self._rows}) > 1
        self.merge = Merge(self._clock, self._settings.poll_s + 1.0 if both else 1.0, held=both)
        self.due.clear()
        self.ended = False

    @property
    def reading(self) -> bool:
        """Whether lines may come."""
        return self._reader is not None

    def follow(self, connection: Connection, ended: Callable[[], None]) -> None:
        """Begin, or begin again; ``ended`` is called when no line will come any more."""
        self.stop()
        self.ended = False
        self._reader = asyncio.create_task(self._read(connection, self.merge, ended), name="log view")

    def stop(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.cancel()
            self._reader = None

    async def _read(self, connection: Connection, merge: Merge, ended: Callable[[], None]) -> None:
        try:
            lines = connection.logs.follow(self._rows, since=self.since, tail=self.tail, previous=self._previous)
            async for batch in lines:
                # a burst is taken in parts, between which keys are answered
                for start in range(0, len(batch), PART):
                    merge.add(batch[start : start + PART])
                    await asyncio.sleep(0)
                self._arrived += len(batch)
        except ApiError as error:
            now = int(self._clock.now() * 1e9)
            merge.add([LogLine(now, "pierhead", f"{error}  {error.hint}".strip(), kind="error")])
        self.due += merge.flush()
        self.ended = True
        ended()

    def take(self) -> bool:
        """Put what is due into the buffer, at most a part of it; whether there was anything."""
        self.due += self.merge.take()
        if not self.due:
            return False
        self.buffer.append(self.due.popleft() for _ in range(min(len(self.due), PART)))
        return True

    def measure(self) -> bool:
        """Reckon the rate since the last call; whether it is another."""
        now = self._clock.monotonic()
        rate = self._arrived / max(RATE_SECONDS, now - self._measured)
        self._arrived, self._measured = 0, now
        changed, self.rate = rate != self.rate, rate
        return changed
