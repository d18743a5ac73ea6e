"""Reading one log group again and again without losing or doubling a line.

FilterLogEvents is asked from a minute before the newest line seen, since lines of several streams arrive unevenly; once a
minute the last quarter of an hour is swept, since lines are ingested late. An event's id tells it from an equal one.
Where there are very many lines, both windows shrink: the quota (5 to 25 calls a second for everybody) is worth more.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping

from tui.logs.base import LogLine
from tui.model import Clock
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import wire
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import Reading, answer_of
from tui.sources.aws.limits import Priority
from tui.sources.aws.streams import Stream

OVERLAP_S = 60.0
SHORT_OVERLAP_S = 5.0
SWEEP_S = 900.0
SWEEP_EVERY_S = 60.0
#: FilterLogEvents' limit of streams a call; pages that the first and a later reading take at most
STREAMS = 100
FIRST_PAGES = 4
PAGES = 10
MANY_PAGES = 2
REMEMBERED = 200_000
MISSING_AGAIN_S = 10.0
MS = 1_000_000


class LogGroup:
    """One group of one region. ``streams``: name to Stream, kept up to date by the caller."""

    def __init__(self, connection: AwsConnection, clock: Clock, group: str, region: str, *, since: float, tail: int) -> None:
        self.group = group
        self.streams: dict[str, Stream] = {}
        self._connection = connection
        self._clock = clock
        self._region = region
        self._tail = tail
        self._since = since
        self._begun: set[str] = set()
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._newest_ms = 0
        self._swept = clock.monotonic()
        self._overlap = OVERLAP_S
        self._missing: dict[str, float] = {}

    async def read(self) -> list[LogLine]:
        """New lines since the last reading, oldest first. Raises ApiError (NOT_FOUND: the group does not exist)."""
        lines: list[LogLine] = []
        new = [name for name in self._present() if name not in self._begun]
        if new:
            lines += await self._begin(new)
        old = [name for name in self._present() if name in self._begun and name not in new]
        if old:
            lines += await self._go_on(old)
        self._prune()
        lines.sort(key=lambda line: line.time)
        return lines

    def _present(self) -> list[str]:
        """Streams that are there, as far as is known."""
        now = self._clock.monotonic()
        return [name for name in self.streams if now >= self._missing.get(name, float("-inf"))]

    async def _begin(self, names: list[str]) -> list[LogLine]:
        """The last ``tail`` lines of each new stream within ``since``; a shorter time where there are too many."""
        now_ms = int(self._clock.now() * 1000)
        window = self._since
        while True:
            kept: dict[str, deque[wire.LogEvent]] = {name: deque(maxlen=max(1, self._tail)) for name in names}
            events, whole = await self._events(names, now_ms - int(window * 1000), FIRST_PAGES)
            if whole or window < 10:
                break
            window /= 4
        for event in events:
            if event.log_stream_name in kept:
                kept[event.log_stream_name].append(event)
        self._begun.update(name for name in names if name not in self._missing)
        self._newest_ms = max(self._newest_ms, now_ms - int(OVERLAP_S * 1000))
        for event in events:
            self._seen[event.event_id] = event.timestamp
        chosen = [event for part in kept.values() for event in part] if self._tail else []
        lines = self._lines(chosen, fresh=False)
        if window < self._since:
            words = f"only the last {window:.0f} s are shown of {self.group}: there are too many lines before"
            lines.append(LogLine((now_ms - int(window * 1000)) * MS, "logs", words, kind="note"))
        return lines

    async def _go_on(self, names: list[str]) -> list[LogLine]:
        """What came since, the overlap and now and then the sweep included."""
        now = self._clock.monotonic()
        start = self._newest_ms - int(self._overlap * 1000)
        if now - self._swept >= SWEEP_EVERY_S and len(self._seen) < REMEMBERED:
            start = min(start, int((self._clock.now() - min(SWEEP_S, self._since + SWEEP_EVERY_S)) * 1000))
            self._swept = now
        events, whole = await self._events(names, start, PAGES)
        if not whole:
            # too many for one reading: the next goes on from the newest line of this one
            self._overlap = 0.0
        else:
            self._overlap = SHORT_OVERLAP_S if len(events) > MANY_PAGES * 10_000 else OVERLAP_S
        return self._lines(events, fresh=True)

    def _lines(self, events: Iterable[wire.LogEvent], *, fresh: bool) -> list[LogLine]:
        """Lines of events; ``fresh``: only those that were not seen."""
        lines: list[LogLine] = []
        for event in events:
            if fresh:
                if event.event_id in self._seen:
                    continue
                self._seen[event.event_id] = event.timestamp
            self._newest_ms = max(self._newest_ms, event.timestamp)
            stream = self.streams.get(event.log_stream_name)
            label = stream.label if stream else event.log_stream_name
            lines.append(LogLine(event.timestamp * MS, label, event.message.rstrip("\r\n"), event.event_id))
        return lines

    async def _events(self, names: list[str], start_ms: int, pages: int) -> tuple[list[wire.LogEvent], bool]:
        """Events of ``names`` from ``start_ms``, and whether that is all; at most ``pages`` for each hundred streams."""
        found: list[wire.LogEvent] = []
        whole = True
        for at in range(0, len(names), STREAMS):
            events, complete = await self._streams(names[at : at + STREAMS], start_ms, pages)
            found += events
            whole = whole and complete
        return found, whole

    async def _streams(self, names: list[str], start_ms: int, pages: int) -> tuple[list[wire.LogEvent], bool]:
        """At most 100 streams. One that does not exist yet fails them all: then each is tried alone."""
        try:
            return await self._pages(names, start_ms, pages)
        except ApiError as error:
            if error.trouble != Trouble.NOT_FOUND or "stream" not in str(error):
                raise
            if len(names) == 1:
                self._missing[names[0]] = self._clock.monotonic() + MISSING_AGAIN_S
                return [], True
        half = len(names) // 2
        first, first_whole = await self._streams(names[:half], start_ms, pages)
        second, second_whole = await self._streams(names[half:], start_ms, pages)
        return first + second, first_whole and second_whole

    async def _pages(self, names: list[str], start_ms: int, pages: int) -> tuple[list[wire.LogEvent], bool]:
        found: list[wire.LogEvent] = []
        params: dict[str, object] = {"logGroupName": self.group, "logStreamNames": names, "startTime": max(0, start_ms)}
        for _ in range(pages):
            answer = await self._connection.call(
                "logs", "FilterLogEvents", params, priority=Priority.VISIBLE, how=Reading.NARROW, region=self._region
            )
            page = answer_of("logs:FilterLogEvents", answer, wire.FilterLogEvents)
            found += page.events
            if not page.next_token:
                for name in names:
                    self._missing.pop(name, None)
                return found, True
            params = {**params, "nextToken": page.next_token}
        return found, False

    def _prune(self) -> None:
        """Ids older than any reading asks for are forgotten."""
        limit = int((self._clock.now() - SWEEP_S - OVERLAP_S) * 1000)
        while self._seen and (len(self._seen) > REMEMBERED or next(iter(self._seen.values())) < limit):
            self._seen.popitem(last=False)

    def keep(self, streams: Mapping[str, Stream]) -> None:
        """The streams that belong to the rows now."""
        self.streams = dict(streams)
        self._begun &= self.streams.keys()
