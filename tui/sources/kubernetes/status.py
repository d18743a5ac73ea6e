"""What a watch says of itself in the store's freshness table, and in ``:errors``."""

from __future__ import annotations

from tui.model.errors import ApiError
from tui.model.scope import Scope
from tui.sources.base import Source
from tui.sources.polling import STATES
from tui.store import Freshness, FreshState
from tui.store.stamp import Stamp


class Reporter:
    """The freshness of one (source, kind, scope). ``unreadable``: objects that could not be decoded so far."""

    def __init__(self, source: Source, kind: str, scope: Scope) -> None:
        self._source = source
        self._kind = kind
        self._scope = scope
        before = source.store.freshness.get(source.name, kind, scope)
        self._state = before.state if before is not None else None
        self._since = before.since if before is not None else source.clock.now()
        self._last_success = before.last_success if before is not None else None
        self.unreadable = 0
        self._problems: set[str] = set()

    def loading(self, count: int = 0, remaining: int | None = None) -> None:
        """A first listing is under way; a later one leaves what stands, for the rows are there."""
        if self._last_success is not None:
            return
        of = f" of {count + remaining:,}" if remaining else ""
        self._say(FreshState.LOADING, message=f"{count:,}{of} read" if count else "")

    def live(self) -> None:
        """The watch is open and the store is as the server is."""
        words = f"{self.unreadable} {self._kind} could not be read" if self.unreadable else ""
        self._last_success = self._source.clock.now()
        self._say(FreshState.LIVE, message=words)

    def paused(self) -> None:
        """Nobody looks."""
        self._leave()
        self._say(FreshState.PAUSED)

    def failed(self, error: ApiError, wait: float) -> None:
        """Not live any more, and when it is tried again."""
        self._leave()
        now = self._source.clock.now()
        self._source.context.failures.error(now, self._source.name, error)
        self._source.log.info("%s: %s", self._kind, error)
        state = STATES.get(error.trouble, FreshState.ERROR)
        self._say(state, message=str(error), hint=error.hint, next_try=now + wait)

    def refused(self, count: int, problem: str) -> None:
        """``count`` more objects are not as the API reference says; the log says which member, once for each."""
        self.unreadable += count
        if count and problem not in self._problems:
            self._problems.add(problem)
            self._source.log.warning("%s that cannot be read: %s", self._kind, problem)

    def partly(self, message: str, next_try: float) -> None:
        """The scope is covered by watches of its namespaces: which, and when the whole is tried again."""
        self._last_success = self._source.clock.now()
        self._say(FreshState.LIVE, message=message, next_try=next_try)

    def denied(self, message: str, next_try: float) -> None:
        """Known to be denied without having been tried (an access review said so)."""
        self._leave()
        self._say(FreshState.DENIED, message=message, next_try=next_try)

    def tried(self, began: Stamp) -> None:
        """A request begun at ``began`` has ended, for ``settled``; only what is not live needs it."""
        if self._state is not FreshState.LIVE:
            self._source.store.freshness.polled(self._source.name, self._kind, self._scope, began)

    def watched(self, version: str) -> None:
        """The watch has seen ``version``, and what came before it is in the store."""
        self._source.store.freshness.watched(self._source.name, self._kind, self._scope, version)

    def _leave(self) -> None:
        """A watch was as new as could be until the moment that it broke."""
        if self._state is FreshState.LIVE:
            self._last_success = self._source.clock.now()

    def _say(self, state: FreshState, *, message: str = "", hint: str = "", next_try: float | None = None) -> None:
        if state is not self._state:
            self._state = state
            self._since = self._source.clock.now()
        self._source.store.freshness.set(
            Freshness(
                source=self._source.name,
                kind=self._kind,
                scope=self._scope,
                state=state,
                since=self._since,
                last_success=self._last_success,
                message=message,
                hint=hint,
                next_try=next_try,
            )
        )
