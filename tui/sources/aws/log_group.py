"""Reading one log group again and again without losing or doubling a line.

FilterLogEvents is asked from a minute before the newest line read, since lines of several streams arrive unevenly; once a
minute the quarter of an hour before that is swept, since lines are ingested late. An event's id tells it from an equal one.
Where there are very many lines, both windows shrink and a note says so: the quota (5 to 25 calls a second for everybody) is
worth more. A stream that belongs no more is read for another quarter of an hour: its last lines may come late.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping

from tui.logs.base import LogLine
from tui.model import Clock
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import wire_logs
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import answer_of
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
MOST_PAGES = 80
MANY_PAGES = 2
REMEMBERED = 200_000
MISSING_AGAIN_S = 10.0
MS = 1_000_000


Events = list[wire_logs.LogEvent]


def _earlier(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


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
        self._read_to_ms = 0  # what the streams that are followed wrote before this was read, but for what comes late
        self._opened = self._swept = clock.now()
        self._overlap = OVERLAP_S
        self._pages_each = PAGES
        self._missing: dict[str, float] = {}
        self._left: dict[str, float] = {}
        self._said_late = False

    async def read(self) -> list[LogLine]:
        """New lines since the last reading, oldest first. Raises ApiError (NOT_FOUND: the group does not exist)."""
        lines: list[LogLine] = []
        present = self._present()
        # the old ones first: what they wrote since is asked from where they stand, wherever a new one begins
        old = [name for name in present if name in self._begun]
        if old:
            lines += await self._go_on(old)
        new = [name for name in present if name not in self._begun]
        if new:
            lines += await self._begin(new)
        self._prune()
        lines.sort(key=lambda line: line.time)
        return lines

    def _present(self) -> list[str]:
        """Streams that are there, as far as is known."""
        now = self._clock.monotonic()
        return [name for name in self.streams if now >= self._missing.get(name, float("-inf"))]

    async def _begin(self, names: list[str]) -> list[LogLine]:
        """The last ``tail`` lines of each new stream within ``since`` (all of one that joined while it was watched); a
        shorter time where there are too many."""
        now_ms = int(self._clock.now() * 1000)
        window, pages = self._since, FIRST_PAGES
        if any(self._tail_of(name) is None for name in names):
            window, pages = self._since + self._clock.now() - self._opened, MOST_PAGES
        asked = window
        while True:
            events, upto = await self._events(names, now_ms - int(window * 1000), None, pages)
            if upto is None or window < 10:
                break
            window /= 4
        kept: dict[str, deque[wire_logs.LogEvent]] = {name: deque(maxlen=self._tail_of(name)) for name in names}
        chosen_of = 0
        for event in events:
            self._seen[event.event_id] = event.timestamp
            if event.log_stream_name in kept:
                kept[event.log_stream_name].append(event)
                chosen_of += 1
        if not self._begun:
            self._read_to_ms = now_ms
        if upto is not None:
            self._read_to_ms = min(self._read_to_ms, upto)
        self._begun.update(name for name in names if name not in self._missing)
        chosen = [event for part in kept.values() for event in part]
        lines = self._lines(chosen, fresh=False)
        if window < asked:
            words = f"only the last {window:.0f} s are shown of {self.group}: there are too many lines before"
            lines.append(LogLine((now_ms - int(window * 1000)) * MS, "logs", words, kind="note"))
        elif chosen and len(chosen) < chosen_of:
            left_out = chosen_of - len(chosen)
            words = f"{left_out:,} earlier lines of {self.group} are left out: the last {self._tail:,} of each stream"
            lines.append(LogLine(min(line.time for line in lines) - 1, "logs", words, kind="note"))
        return lines

    def _tail_of(self, name: str) -> int | None:
        stream = self.streams.get(name)
        return None if stream is not None and stream.joined else self._tail

    async def _go_on(self, names: list[str]) -> list[LogLine]:
        """What came since, the overlap and now and then the sweep included."""
        asked_ms = int(self._clock.now() * 1000)
        start = self._read_to_ms - int(self._overlap * 1000)
        events, upto = await self._events(names, start, None, self._pages_each)
        if upto is None:
            newest = max((event.timestamp for event in events), default=0)
            self._read_to_ms = max(self._read_to_ms, newest, asked_ms - int(OVERLAP_S * 1000))
            self._overlap = SHORT_OVERLAP_S if len(events) > MANY_PAGES * 10_000 else OVERLAP_S
            self._pages_each = PAGES
        elif upto > start:
            # too many for one reading: the next goes on where this one ended
            self._read_to_ms, self._overlap = upto, 0.0
        else:
            self._pages_each = min(self._pages_each * 2, MOST_PAGES)
        lines = self._lines(events, fresh=True)
        if upto is None and asked_ms / 1000 - self._swept >= SWEEP_EVERY_S:
            lines += await self._sweep(names, start)
            self._swept = asked_ms / 1000
        return lines

    async def _sweep(self, names: list[str], until_ms: int) -> list[LogLine]:
        """What came late before ``until_ms``, where the next readings do not look any more."""
        # a quarter of an hour before the last sweep's time and a minute, so that an outage leaves no hole
        start = int(max(self._swept + SWEEP_EVERY_S - SWEEP_S, self._opened - self._since) * 1000)
        lines: list[LogLine] = []
        looked = len(self._seen) < REMEMBERED
        if looked:
            events, upto = await self._events(names, start, until_ms, MOST_PAGES)
            lines = self._lines(events, fresh=True)
            looked = upto is None
        if not looked and not self._said_late:
            self._said_late = True
            late = f"those that come {self._overlap:.0f} s late may be missing"
            words = f"{self.group} has too many lines to look for late ones: {late}"
            lines.append(LogLine(int(self._clock.now() * 1000) * MS, "logs", words, kind="gap"))
        return lines

    def _lines(self, events: Iterable[wire_logs.LogEvent], *, fresh: bool) -> list[LogLine]:
        """Lines of events; ``fresh``: only those that were not seen."""
        lines: list[LogLine] = []
        for event in events:
            if fresh:
                if event.event_id in self._seen:
                    continue
                self._seen[event.event_id] = event.timestamp
            stream = self.streams.get(event.log_stream_name)
            label = stream.label if stream else event.log_stream_name
            lines.append(LogLine(event.timestamp * MS, label, event.message.rstrip("\r\n"), event.event_id))
        return lines

    async def _events(self, names: list[str], start: int, end: int | None, pages: int) -> tuple[Events, int | None]:
        """Events of ``names`` from ``start`` to ``end`` (milliseconds); None where that is all, else the time up to which it
        is all; at most ``pages`` for each hundred streams."""
        found: Events = []
        upto: int | None = None
        for at in range(0, len(names), STREAMS):
            events, until = await self._streams(names[at : at + STREAMS], start, end, pages)
            found += events
            upto = _earlier(upto, until)
        return found, upto

    async def _streams(self, names: list[str], start: int, end: int | None, pages: int) -> tuple[Events, int | None]:
        """At most 100 streams. One that does not exist yet fails them all: then each is tried alone."""
        try:
            return await self._pages(names, start, end, pages)
        except ApiError as error:
            if error.trouble != Trouble.NOT_FOUND or "stream" not in str(error):
                raise
            if len(names) == 1:
                self._missing[names[0]] = self._clock.monotonic() + MISSING_AGAIN_S
                return [], None
        half = len(names) // 2
        first, first_upto = await self._streams(names[:half], start, end, pages)
        second, second_upto = await self._streams(names[half:], start, end, pages)
        return first + second, _earlier(first_upto, second_upto)

    async def _pages(self, names: list[str], start: int, end: int | None, pages: int) -> tuple[Events, int | None]:
        found: Events = []
        params: dict[str, object] = {"logGroupName": self.group, "logStreamNames": names, "startTime": max(0, start)}
        if end is not None:
            params["endTime"] = max(0, end)
        for _ in range(pages):
            answer = await self._connection.call(
                "logs", "FilterLogEvents", params, priority=Priority.VISIBLE, how=wire_logs.FilterLogEvents, region=self._region
            )
            page = answer_of("logs:FilterLogEvents", answer, wire_logs.FilterLogEvents)
            found += page.events
            if not page.next_token:
                for name in names:
                    self._missing.pop(name, None)
                return found, None
            params = {**params, "nextToken": page.next_token}
        return found, found[-1].timestamp if found else start

    def _prune(self) -> None:
        """Ids older than any reading asks for are forgotten."""
        limit = int((self._swept - SWEEP_S - OVERLAP_S) * 1000)
        while self._seen and (len(self._seen) > REMEMBERED or next(iter(self._seen.values())) < limit):
            self._seen.popitem(last=False)

    def keep(self, streams: Mapping[str, Stream]) -> None:
        """The streams that belong to the rows now; those that do no more are read for a while longer."""
        now = self._clock.monotonic()
        gone = {name: stream for name, stream in self.streams.items() if name not in streams}
        self._left = {name: self._left.get(name, now) for name in gone}
        self.streams = {name: stream for name, stream in gone.items() if now - self._left[name] < SWEEP_S} | dict(streams)
        self._begun &= self.streams.keys()
