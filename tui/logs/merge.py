"""Many sources, each roughly in order, as one stream in time order: nothing lost, nothing twice.

A line waits until every source that speaks has come as far, and at most ``wait`` seconds. What comes later than that is
late: it follows at once and is counted, and a note says so. Lines with an identity that was seen are dropped: history and
live, or two follows around a reconnect, overlap on purpose.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Sequence

from tui.logs.base import LogLine
from tui.model.clock import Clock

#: identities remembered for each source; two seconds of overlap at 10,000 lines a second are 20,000
REMEMBERED = 50_000
_SECOND = 1_000_000_000


class _Source:
    __slots__ = ("heard", "seen", "time")

    def __init__(self) -> None:
        self.time = 0
        self.heard = 0.0
        self.seen: OrderedDict[str, None] = OrderedDict()

    def new(self, ident: str) -> bool:
        """Whether ``ident`` was not seen before; empty ones are always new."""
        if not ident:
            return True
        if ident in self.seen:
            return False
        self.seen[ident] = None
        if len(self.seen) > REMEMBERED:
            self.seen.popitem(last=False)
        return True


class Merge:
    """``add`` lines as they arrive, ``take`` those that are due. ``wait`` in seconds by ``clock``; ``held``: each line waits
    that long, whoever speaks, since there are sources that speak only now and then (those that are polled)."""

    def __init__(self, clock: Clock, wait: float = 1.0, *, held: bool = False) -> None:
        self._clock = clock
        self._held = held
        self._wait = wait
        self._sources: dict[str, _Source] = {}
        self._heap: list[tuple[int, int, LogLine]] = []  # time, number, line
        self._deadlines: deque[tuple[float, int]] = deque()  # when a line must go, and its time; in order of arrival
        self._number = 0
        self._emitted = 0
        self.late = 0

    def __len__(self) -> int:
        """How many lines wait."""
        return len(self._heap)

    def add(self, lines: Iterable[LogLine]) -> None:
        """Lines that have arrived now."""
        now = self._clock.monotonic()
        for line in lines:
            source = self._sources.get(line.source)
            if source is None:
                source = self._sources[line.source] = _Source()
            source.heard = now
            if not source.new(line.ident):
                continue
            source.time = max(source.time, line.time)
            self._number += 1
            heapq.heappush(self._heap, (line.time, self._number, line))
            self._deadlines.append((now + self._wait, line.time))

    def take(self) -> list[LogLine]:
        """Lines that are due, in time order; late ones (older than what was given before) come first, after a note."""
        now = self._clock.monotonic()
        mark = 0 if self._held else self._watermark(now)
        while self._deadlines and self._deadlines[0][0] <= now:
            # whoever has waited long enough takes along all that are older
            mark = max(mark, self._deadlines.popleft()[1])
        due: list[LogLine] = []
        while self._heap and self._heap[0][0] <= mark:
            due.append(heapq.heappop(self._heap)[2])
        if not self._heap:
            self._deadlines.clear()
        return self._given(due)

    def flush(self) -> list[LogLine]:
        """Everything that waits: the sources have ended."""
        due = [heapq.heappop(self._heap)[2] for _ in range(len(self._heap))]
        self._deadlines.clear()
        return self._given(due)

    @property
    def due_in(self) -> float | None:
        """Seconds after which ``take`` should be asked again; None while nothing waits."""
        if not self._deadlines:
            return None
        return max(self._deadlines[0][0] - self._clock.monotonic(), 0.0)

    def _watermark(self, now: float) -> int:
        """How far every source has come that was heard within ``wait``; a silent one holds nobody up."""
        speaking = [s.time for s in self._sources.values() if now - s.heard < self._wait]
        return min(speaking, default=0)

    def _given(self, due: list[LogLine]) -> list[LogLine]:
        if not due:
            return due
        late = 0
        while late < len(due) and due[late].time < self._emitted:
            late += 1
        before = self._emitted
        self._emitted = max(before, due[-1].time)
        told = [line for line in due[:late] if line.kind != "note"]  # when a task joined is heard of later by nature
        if not told:
            return due
        self.late += len(told)
        behind = max(0.1, (before - told[0].time) / _SECOND)
        names = list(dict.fromkeys(line.source for line in told))
        who = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        what = "1 line" if len(told) == 1 else f"{len(told):,} lines"
        note = LogLine(due[0].time, names[0], f"{what} of {who} came late, by up to {behind:.1f} s", "", "note")
        return [note, *due]


async def ordered(batches: AsyncIterator[Sequence[LogLine]], clock: Clock, wait: float = 1.0) -> AsyncIterator[list[LogLine]]:
    """``batches`` in time order, as they become due, until they end."""
    merge = Merge(clock, wait)
    reading: asyncio.Future[Sequence[LogLine]] | None = None
    timer: asyncio.Future[None] | None = None
    iterator = aiter(batches)
    try:
        while True:
            if reading is None:
                reading = asyncio.ensure_future(_next(iterator))
            due_in = merge.due_in
            if due_in is not None and timer is None:
                timer = asyncio.ensure_future(clock.sleep(due_in))
            await asyncio.wait([f for f in (reading, timer) if f is not None], return_when=asyncio.FIRST_COMPLETED)
            if timer is not None and timer.done():
                timer = None
            if reading.done():
                try:
                    merge.add(reading.result())
                except StopAsyncIteration:
                    break
                finally:
                    reading = None
            if due := merge.take():
                yield due
        if rest := merge.flush():
            yield rest
    finally:
        tasks = [f for f in (reading, timer) if f is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _next(iterator: AsyncIterator[Sequence[LogLine]]) -> Sequence[LogLine]:
    return await anext(iterator)
