"""The log of one container, followed across cuts and restarts without losing a line or giving one twice.

A reconnect asks from two seconds before the last stamp (``sinceTime`` has whole seconds only) and leaves out what was
given: a line is known by its nanosecond stamp, its text and which of equal ones it is. What may be missing is said.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

from msgspec import Struct

from tui.logs.base import LogLine
from tui.model.clock import Clock
from tui.model.errors import ApiError, Trouble
from tui.sources.backoff import Backoff
from tui.sources.kubernetes.quantity import nanoseconds
from tui.sources.kubernetes.request import Requests

OVERLAP = 2
#: stamps older than this behind the newest are forgotten (nanoseconds)
_REMEMBERED = 10_000_000_000
_SECOND = 1_000_000_000
#: bytes of one line that are kept; a longer one is given in pieces
LONGEST = 1 << 20


class Target(Struct, frozen=True):
    """A container. ``label`` stands before its lines; ``uid`` is the pod's."""

    namespace: str
    pod: str
    uid: str
    container: str
    label: str

    @property
    def path(self) -> str:
        """The log subresource."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.pod}/log"


Give = Callable[[list[LogLine]], Awaitable[None]]


class Stamps:
    """Lines that were given, so that an overlap is not given again."""

    def __init__(self) -> None:
        self._given: Counter[tuple[int, int]] = Counter()
        self._order: deque[tuple[int, int]] = deque()
        self._now: Counter[tuple[int, int]] = Counter()
        self._oldest: int | None = None
        self._bounded = False
        self.newest = 0

    def reconnect(self, *, tailed: bool) -> None:
        """A new stream begins before the end of the last one; ``tailed``: the first began in the midst of the log."""
        self._now.clear()
        self._bounded = tailed and self._oldest is not None

    def new(self, stamp: int, text: str) -> int | None:
        """Which of equal lines this one is (0 for the first); None where it was given before, or was not asked for: an
        overlap may reach back behind the first tail."""
        if self._oldest is None or (stamp < self._oldest and not self._bounded):
            self._oldest = stamp  # both outputs of a container have stamps of their own: the first need not be the oldest
        elif stamp < self._oldest:
            return None
        name = (stamp, hash(text))
        self._now[name] += 1
        ordinal = self._now[name]
        if ordinal <= self._given[name]:
            return None
        self._given[name] = ordinal
        if ordinal == 1:
            self._order.append(name)
        self.newest = max(self.newest, stamp)
        old = self.newest - _REMEMBERED
        while self._order[0][0] < old:
            gone = self._order.popleft()
            del self._given[gone]
            self._now.pop(gone, None)
        return ordinal - 1


class Follower:
    """Follows ``target`` until it can write no more. ``alive``: whether it may, by what the store knows of its pod;
    ``pause``: waits so many seconds, or until something happens to the container."""

    def __init__(
        self,
        requests: Requests,
        target: Target,
        give: Give,
        clock: Clock,
        backoff: Backoff,
        alive: Callable[[], bool],
        pause: Callable[[float], Awaitable[None]],
        restarts: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._requests = requests
        self._target = target
        self._give = give
        self._clock = clock
        self._backoff = backoff
        self._alive = alive
        self._pause = pause
        self._restarts = restarts
        self._run_read: int | None = None  # which run of the container was read last, by its restarts
        self._stamps = Stamps()
        self._said = ""
        self._broken_at: float | None = None
        self._prefix = ("", 0)
        self._tailed = False
        self._last = 0  # the stamp of the line before in this stream

    async def run(self, since: float, tail: int | None) -> None:
        """The last ``tail`` lines (all where it is None) of ``since`` seconds, then live."""
        first = {"sinceSeconds": str(max(int(since), 1))}
        while True:
            begin = first if tail is None else first | {"tailLines": str(tail)}
            try:
                await self._stream(self._query() if self._stamps.newest else begin, follow=True)
            except ApiError as error:
                if error.trouble is Trouble.INVALID:
                    tail = None  # it has not begun yet: what it will write is new, all of it
                if not await self._trouble(error):
                    await self._never_again()
                    return
            else:
                # a clean end: the container has ended; its next run, if there is one, comes with the next try
                if not self._alive():
                    return
                await self._pause(self._backoff.next(least=1.0))

    async def previous(self, tail: int) -> None:
        """The lines of the container's run before this one."""
        try:
            await self._stream({"previous": "true", "tailLines": str(tail)}, follow=False)
        except ApiError as error:
            kind = "note" if error.trouble in (Trouble.INVALID, Trouble.NOT_FOUND) else "error"
            await self._say(kind, str(error))

    def _query(self) -> dict[str, str]:
        moment = datetime.fromtimestamp(self._stamps.newest // _SECOND - OVERLAP, UTC)
        return {"sinceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}

    async def _stream(self, query: dict[str, str], *, follow: bool) -> None:
        query = query | {"container": self._target.container, "timestamps": "true"}
        if follow:
            query["follow"] = "true"
        self._tailed = self._tailed or "tailLines" in query
        self._stamps.reconnect(tailed=self._tailed)
        self._last = 0
        requests = self._requests
        async with requests.open(
            self._target.path, query, what="get pods/log", timeouts=requests.timeouts.for_log(), accept="*/*"
        ) as response:
            await self._opened()
            rest = b""
            async for piece in response.content.iter_any():
                lines = (rest + piece).split(b"\n")
                rest = lines.pop()
                if len(rest) > LONGEST:
                    lines.append(rest[: len(rest) // LONGEST * LONGEST])
                    rest = rest[len(lines[-1]) :]
                if lines:
                    await self._take(lines)
            if rest:
                await self._take([rest])

    async def _opened(self) -> None:
        """After a cut: how long it was."""
        if self._broken_at is not None:
            seconds = self._clock.monotonic() - self._broken_at
            self._broken_at = None
            await self._say("gap", f"{seconds:.0f}s gap: {self._target.label} reconnected")
        self._said = ""
        before, self._run_read = self._run_read, self._restarts()
        missed = (self._run_read or 0) - before - 1 if before is not None else 0
        if missed > 0:
            runs = "a run" if missed == 1 else f"{missed} runs"
            await self._say("gap", f"{self._target.label} ended and began again: {runs} in between may be missing")

    async def _never_again(self) -> None:
        """It is gone while the connection was cut: its last lines cannot be asked for any more."""
        if self._broken_at is not None:
            self._broken_at = None
            await self._say("gap", f"{self._target.label} is gone since the connection was cut: its last lines may be missing")

    async def _take(self, lines: list[bytes]) -> None:
        found = []
        for line in _pieces(lines):
            stamp, text = self._split(line)
            ordinal = self._stamps.new(stamp, text)
            if ordinal is not None:
                t = self._target
                ident = f"{t.uid}/{t.container}/{stamp}/{hash(text)}/{ordinal}"
                found.append(LogLine(stamp, t.label, text, ident))
        if found:
            self._backoff.reset()
            await self._give(found)

    def _split(self, line: bytes) -> tuple[int, str]:
        """Stamp and text; a line without a stamp (which the kubelet says where it cannot read) belongs to the last one."""
        text = line.decode("utf-8", "replace").removesuffix("\r")
        head, _, rest = text.partition(" ")
        second, dot, fraction = head.partition(".")
        if dot and second == self._prefix[0] and fraction.endswith("Z") and fraction[:-1].isdigit():
            self._last = self._prefix[1] + int(fraction[:9].rstrip("Z").ljust(9, "0"))
            return self._last, rest
        stamp = nanoseconds(head) if len(head) >= 20 else 0
        if not stamp:
            return self._last or self._stamps.newest or int(self._clock.now() * _SECOND), text
        self._prefix = (second.removesuffix("Z"), stamp - stamp % _SECOND)
        self._last = stamp
        return stamp, rest

    async def _trouble(self, error: ApiError) -> bool:
        """Say what is wrong, once, and wait; False where there is nothing more to follow."""
        if error.trouble is Trouble.NOT_FOUND:
            return False
        if error.trouble is Trouble.INVALID:
            # "container is waiting to start": not a fault, and the pod's next change is worth a try
            await self._once("note", str(error))
            await self._pause(self._backoff.next(least=1.0))
            return self._alive()
        if self._broken_at is None and self._stamps.newest:
            self._broken_at = self._clock.monotonic()
        if self._backoff.failures or error.trouble is not Trouble.UNREACHABLE:
            await self._once("error", str(error))
        await self._pause(self._backoff.next(error))
        return self._alive()

    async def _once(self, kind: str, text: str) -> None:
        if text != self._said:
            self._said = text
            await self._say(kind, text)

    async def _say(self, kind: str, text: str) -> None:
        now = max(int(self._clock.now() * _SECOND), self._stamps.newest)
        await self._give([LogLine(now, self._target.label, text, "", kind)])  # type: ignore[arg-type]


def _pieces(lines: list[bytes]) -> Iterator[bytes]:
    """Lines, those that are too long in pieces of one size: the same ones however the stream was cut."""
    for line in lines:
        if len(line) <= LONGEST:
            yield line
        else:
            yield from (line[at : at + LONGEST] for at in range(0, len(line), LONGEST))
