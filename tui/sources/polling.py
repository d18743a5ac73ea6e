"""Reading the same thing again and again, as often as somebody looks at it and never oftener.

One ``Poller`` reads one kind in one scope. Nobody interested: it waits and asks nothing. On screen: every few seconds. An
action under way: faster. The census: slowly. Out of focus or idle: slower still. ``ctrl-r``: now. What came of it stands
in the store's freshness table, so that nothing on the screen is silently old.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator

from msgspec import Struct

from tui.model import Scope
from tui.model.errors import ApiError, Trouble
from tui.sources.backoff import Backoff
from tui.sources.base import Source, SourceContext
from tui.sources.waiting import within
from tui.store.freshness import Freshness, FreshState
from tui.store.interest import InterestNews, Urgency
from tui.store.stamp import Stamp

STATES: dict[Trouble, FreshState] = {
    Trouble.DENIED: FreshState.DENIED,
    Trouble.EXPIRED: FreshState.EXPIRED,
    Trouble.NO_CREDENTIALS: FreshState.EXPIRED,
    Trouble.THROTTLED: FreshState.THROTTLED,
    Trouble.UNREACHABLE: FreshState.UNREACHABLE,
}

#: What is new on the screen is read so many seconds after the last reading: what is scrolled past goes into one call.
NEWS_S = 1.0

#: At most this part of an interval is added at random, so that pollers do not march in step.
JITTER = 0.1


class Cadence(Struct, frozen=True, kw_only=True):
    """Seconds between the starts of two reads, by urgency."""

    action: float
    visible: float
    background: float

    @classmethod
    def of(cls, context: SourceContext, *, visible: float = 1.0, background: float = 1.0, action: float = 1.0) -> Cadence:
        """The user's settings times factors: what changes rarely is read more rarely."""
        refresh = context.settings.refresh
        return cls(
            action=refresh.action_s * action,
            visible=refresh.visible_s * visible,
            background=refresh.background_s * background,
        )

    def interval(self, urgency: Urgency) -> float:
        """Seconds for ``urgency``."""
        if urgency == Urgency.ACTION:
            return self.action
        return self.visible if urgency == Urgency.VISIBLE else self.background


class Waker:
    """A sleep by the injected clock that can be cut short."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._event = asyncio.Event()

    def wake(self, *_: object) -> None:
        """End the sleep under way, or the next one at once."""
        self._event.set()

    async def sleep(self, seconds: float | None) -> bool:
        """Wait ``seconds`` (None: until woken); True when woken."""
        if seconds is None:
            await self._event.wait()
        else:
            await within(self._source.clock, seconds, self._event.wait())
        woken = self._event.is_set()
        self._event.clear()
        return woken


class Poller:
    """Reads ``kinds`` in ``scope`` by calling ``fetch(urgency)``, which raises ApiError for what failed.

    One request may bring several kinds (a task and its containers): each has its own freshness. ``also``: kinds that others
    write, whose watchers need this reading too. ``fetch`` may answer words for a state that is well but not whole. ``news``:
    whether there is something that was never read (a row that came into sight), which waits for no turn but a second.
    """

    def __init__(
        self,
        source: Source,
        kinds: str | tuple[str, ...],
        scope: Scope,
        fetch: Callable[[Urgency], Awaitable[str | None]],
        cadence: Cadence,
        *,
        also: tuple[str, ...] = (),
        news: Callable[[], bool] = lambda: False,
    ) -> None:
        self._source = source
        self._news = news
        self._context = source.context
        self._store = source.store
        self._clock = source.clock
        self._kinds = (kinds,) if isinstance(kinds, str) else kinds
        self._listened = frozenset((*self._kinds, *also, ""))
        self._scope = scope
        self._fetch = fetch
        self._cadence = cadence
        self._backoff = Backoff(self._context.random)
        self._waker = Waker(source)
        self._began: Stamp | None = None
        self._last_start = float("-inf")
        self._not_before = float("-inf")
        self._last_success: float | None = None
        self._since = self._clock.now()
        self._state: FreshState | None = None

    async def run(self) -> None:
        """Poll until cancelled."""
        with self._listening():
            while True:
                await self._turn()

    @contextlib.contextmanager
    def _listening(self) -> Iterator[None]:
        interest = self._store.interest.subscribe(self._heard)
        try:
            yield
        finally:
            interest.close()

    def _heard(self, news: InterestNews) -> None:
        if news.kind in self._listened:
            self._waker.wake()

    def _asked(self) -> bool:
        """Whether somebody asked for a reading now (``ctrl-r``) since the last one began."""
        times = [self._store.interest.asked(kind, self._scope) for kind in self._kinds]
        return any(asked is not None and (self._began is None or asked > self._began) for asked in times)

    def _urgency(self) -> Urgency | None:
        """The highest of all who look."""
        kinds = self._listened - {""}
        return max((u for kind in kinds if (u := self._store.interest.urgency(kind, self._scope)) is not None), default=None)

    async def _turn(self) -> None:
        urgency = self._urgency()
        if urgency is None:
            if self._state is not None:
                self._say(FreshState.PAUSED, next_try=None, interval=None)
            await self._waker.sleep(None)
            return
        wait = self._due(urgency)
        if wait > 0 and not self._asked():
            await self._waker.sleep(wait)
            return
        await self._read(urgency)

    def _due(self, urgency: Urgency) -> float:
        """Seconds until the next read is due."""
        at = self._last_start + self._interval(urgency)
        if self._backoff.failures:
            at = self._not_before
        elif self._news():
            at = min(at, self._last_start + NEWS_S)
        return at - self._clock.monotonic()

    def _interval(self, urgency: Urgency) -> float:
        interval = self._cadence.interval(urgency)
        table = self._store.interest
        if (not table.focused or table.idle) and urgency != Urgency.ACTION:
            interval *= self._context.settings.refresh.unfocused_factor
        if self._state is FreshState.THROTTLED:
            interval *= 2
        return interval

    async def _read(self, urgency: Urgency) -> None:
        began = self._began = self._store.stamp()
        self._last_start = self._clock.monotonic()
        if self._state is None:
            self._say(FreshState.LOADING, next_try=None, interval=None)
        try:
            note = await self._fetch(urgency)
        except ApiError as error:
            self._failed(error, urgency)
        else:
            self._succeeded(note or "", urgency)
        for kind in self._kinds:
            self._store.freshness.polled(self._source.name, kind, self._scope, began)

    def _succeeded(self, note: str, urgency: Urgency) -> None:
        self._backoff.reset()
        self._last_success = self._clock.now()
        interval = self._interval(urgency)
        self._last_start += self._context.random.uniform(0, JITTER * interval)
        self._say(FreshState.POLLING, message=note, next_try=None, interval=interval)

    def _failed(self, error: ApiError, urgency: Urgency) -> None:
        interval = self._interval(urgency)
        wait = self._backoff.next(error, least=interval if error.trouble == Trouble.THROTTLED else 0.0)
        self._not_before = self._clock.monotonic() + wait
        now = self._clock.now()
        self._context.failures.error(now, self._source.name, error)
        self._source.log.info("%s: %s", self._kinds[0], error)
        self._say(
            STATES.get(error.trouble, FreshState.ERROR),
            message=str(error),
            hint=error.hint,
            next_try=now + wait,
            interval=interval,
        )

    def _say(
        self, state: FreshState, *, message: str = "", hint: str = "", next_try: float | None, interval: float | None
    ) -> None:
        if state is not self._state:
            self._since = self._clock.now()
            self._state = state
        for kind in self._kinds:
            self._store.freshness.set(
                Freshness(
                    source=self._source.name,
                    kind=kind,
                    scope=self._scope,
                    state=state,
                    since=self._since,
                    last_success=self._last_success,
                    message=message,
                    hint=hint,
                    next_try=next_try,
                    interval=interval,
                )
            )
