"""Log groups and streams: which there are, and the lines of a stream in a span of time, computed when asked for."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.simulator.ecs.log_lines import BOOT_LINES, RATES, Voice, boot, farewell, line, roll, usual

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Container, Tags, Task

BOOT_GAP = 0.21  # seconds between the first lines
SETTLED = 2.0  # seconds from start to the first everyday line
LAST_GAP = 0.012  # seconds between the last lines
LATE_EVERY, LATE = 41, 11  # lines whose number leaves this rest come late
EQUAL_EVERY, EQUAL = 19, 7  # lines whose number leaves this rest share the millisecond of the one before
STREAMS_KEPT = 400  # of a group; the oldest ended ones go


class Line(NamedTuple):
    """One log event; times in milliseconds since the epoch. Sorting is CloudWatch's: by time, then as it came."""

    time: int
    stream: str
    number: int
    arrived: int
    text: str

    @property
    def id(self) -> str:
        """The event id of FilterLogEvents: 56 digits."""
        return f"3{self.time:020d}{zlib.crc32(self.stream.encode()):010d}{self.number:025d}"


@dataclass(slots=True, eq=False)
class Stream:
    """The stream of one container of one task; its lines are computed, not kept."""

    name: str
    task: Task
    container: Container
    voice: Voice
    rate: float

    @property
    def start(self) -> float:
        """When the container started, 0 when it has not."""
        return self.container.started

    @property
    def end(self) -> float:
        """When the container stopped, 0 while it runs."""
        return self.container.stopped

    def _farewell(self) -> list[tuple[str, str]]:
        if not self.end:
            return []
        memory = self.container.reason.startswith("OutOfMemory")
        return farewell(self.voice, self.container.exit_code or 0, memory)

    def _regular_until(self, time: float) -> int:
        """How many everyday lines there are up to ``time``; those that were said before the end stay as they were."""
        if time <= self.start + SETTLED:
            return 0
        if not self.end or time < self.end:
            return int((time - self.start - SETTLED) * self.rate) + 1
        count = max(0, int((self.end - self.start - SETTLED) * self.rate) + 1)
        while count and self._moment(count - 1) >= self.end:
            count -= 1
        return count

    def total(self, now: float) -> int:
        """How many lines there are at ``now``; numbers run from 0."""
        if not self.start or now < self.start:
            return 0
        booted = min(BOOT_LINES, int((now - self.start) / BOOT_GAP) + 1)
        regular = self._regular_until(now)
        last = len(self._farewell()) if self.end and now >= self.end else 0
        return booted + regular + last

    def at(self, number: int) -> Line:
        """The line of a number below ``total``."""
        arrived = self._arrival(number)
        if number < BOOT_LINES:
            time = self.start + number * BOOT_GAP
            return self._line(number, time, arrived, boot(self.voice, number, time))
        index = number - BOOT_LINES
        regular = self._regular_until(float("inf")) if self.end else index + 1
        if index >= regular:
            last = self._farewell()
            level, text = last[index - regular]
            time = self.end + (index - regular) * LAST_GAP
            return self._line(number, time, 0.4, line(self.voice, level, text, number, time))
        time = self._moment(index)
        sick = bool(self.task.sick_since) and time >= self.task.sick_since
        text = usual(self.voice, number, time, age=time - self.start, sick=sick)
        return self._line(number, time, arrived, text)

    def _line(self, number: int, time: float, delay: float, text: str) -> Line:
        return Line(int(time * 1000), self.name, number, int((time + delay) * 1000), text)

    def _moment(self, index: int) -> float:
        if index % EQUAL_EVERY == EQUAL:
            index -= 1
        return self.start + SETTLED + (index + (roll(self.voice.seed, ~index & 0xFFFFFFFF) % 1000) / 1300) / self.rate

    def _arrival(self, number: int) -> float:
        """Seconds from a line to its arrival at CloudWatch Logs."""
        r = roll(self.voice.seed + 1, number) % 1000 / 1000
        return 15.0 + 29.0 * r if number % LATE_EVERY == LATE else 0.2 + 0.9 * r

    def lines(self, start: float, end: float, now: float) -> Iterator[Line]:
        """Lines with ``start <= time < end`` (seconds) that have arrived at ``now``, by number."""
        total = self.total(now)
        if total:
            settled = start - self.start - SETTLED
            first = int(settled * self.rate) - 1 + BOOT_LINES if settled > 0 else 0
            low, high, present = int(start * 1000), int(end * 1000), int(now * 1000)
            for number in range(max(0, min(first, self._first_last(total))), total):
                one = self.at(number)
                if one.time >= high and number >= BOOT_LINES:
                    break
                if low <= one.time < high and one.arrived <= present:
                    yield one

    def _first_last(self, total: int) -> int:
        """The number of the first farewell line, or ``total``: the last lines are looked at whatever their time."""
        return total - len(self._farewell())

    def last(self, now: float) -> Line | None:
        """The newest line at ``now``."""
        total = self.total(now)
        return self.at(total - 1) if total else None


@dataclass(slots=True, eq=False)
class PutStream:
    """A stream that a client made with CreateLogStream; its lines are kept as they were put."""

    name: str
    created: float
    kept: list[Line] = field(default_factory=list)
    end: float = 0.0

    @property
    def start(self) -> float:
        """When the first line was said; when the stream was made while there is none."""
        return min(self.created, self.kept[0].time / 1000) if self.kept else self.created

    def put(self, events: Iterable[tuple[int, str]], now: float) -> None:
        """Add (milliseconds, text) pairs."""
        for time, text in events:
            self.kept.append(Line(time, self.name, len(self.kept), int(now * 1000), text))
        self.kept.sort(key=lambda line: (line.time, line.number))

    def total(self, now: float) -> int:
        return len(self.kept)

    def at(self, number: int) -> Line:
        return self.kept[number]

    def lines(self, start: float, end: float, now: float) -> Iterator[Line]:
        """Lines with ``start <= time < end`` (seconds)."""
        return (line for line in self.kept if start * 1000 <= line.time < end * 1000)

    def last(self, now: float) -> Line | None:
        return self.kept[-1] if self.kept else None


AnyStream = Stream | PutStream


@dataclass(slots=True, eq=False)
class Group:
    """A log group."""

    name: str
    arn: str
    created: float
    retention: int | None = 30
    streams: dict[str, AnyStream] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)


class Logs:
    """Part of the engine: ``engine(world).logs``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.groups: dict[str, Group] = {}
        data = engine.ecs.data
        for name in data.get("log_groups", ()):
            self.group(name)
        self._talks = {p["name"]: p.get("talks", "worker") for p in (*data.get("service", ()), *data.get("family", ()))}

    def group(self, name: str) -> Group:
        """The group of a name, made when it is new."""
        found = self.groups.get(name)
        if found is None:
            arn = self.world.arn("logs", f"log-group:{name}")
            found = self.groups[name] = Group(name, arn, self.world.started - 200 * 86_400)
        return found

    def open(self, task: Task) -> None:
        """A task was made: its containers that log to CloudWatch get their streams."""
        for container, settings in zip(task.containers, task.definition.containers, strict=True):
            logging = settings.get("logConfiguration") or {}
            options = logging.get("options") or {}
            if logging.get("logDriver") != "awslogs" or "awslogs-group" not in options:
                continue
            prefix = options.get("awslogs-stream-prefix")
            name = f"{prefix}/{container.name}/{task.id}" if prefix else task.id
            group = self.group(options["awslogs-group"])
            voice = self._voice(task, container, settings)
            group.streams[name] = Stream(name, task, container, voice, RATES[voice.kind])
            if len(group.streams) > STREAMS_KEPT:
                self._prune(group)

    def _prune(self, group: Group) -> None:
        ended = sorted((s for s in group.streams.values() if s.end), key=lambda s: s.end)
        for stream in ended[: STREAMS_KEPT // 4]:
            del group.streams[stream.name]

    def _voice(self, task: Task, container: Container, settings: dict[str, Any]) -> Voice:
        family = task.definition.family
        if container.name == "envoy":
            kind = "envoy"
        else:
            usual_kind = "http" if settings.get("portMappings") else "worker"
            kind = self._talks.get(family) or self._talks.get(family.rsplit("-", 1)[0]) or usual_kind
        how = self.engine.behaviours.by_image.get(container.image.rsplit("/", 1)[-1].partition("@")[0], {})
        seed = zlib.crc32(f"{self.world.seed}/{task.id}/{container.name}".encode())
        return Voice(kind, container.name, seed, how.get("kind", ""))
