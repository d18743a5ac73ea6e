"""How old everything is, as data: one entry for each source, kind and scope. Nothing is ever silently old."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import StrEnum

from msgspec import Struct

from tui.model.scope import Scope
from tui.store.changes import Subscribers, Subscription
from tui.store.faults import Faults
from tui.store.stamp import LOWEST, Stamp


class FreshState(StrEnum):
    """``live``: a watch whose connection lives, or a poll that is on time after success; ``polling``: likewise for what
    is only ever polled; ``stale``: late; ``paused``: nobody looks."""

    LOADING = "loading"
    LIVE = "live"
    POLLING = "polling"
    STALE = "stale"
    DENIED = "denied"
    EXPIRED = "expired"
    THROTTLED = "throttled"
    ERROR = "error"
    UNREACHABLE = "unreachable"
    PAUSED = "paused"

    @property
    def well(self) -> bool:
        """Whether what is shown is as new as it should be."""
        return self in (FreshState.LIVE, FreshState.POLLING)

    @property
    def trouble(self) -> bool:
        """Whether the last try failed."""
        return self in _TROUBLE


_TROUBLE = frozenset(
    {FreshState.DENIED, FreshState.EXPIRED, FreshState.THROTTLED, FreshState.ERROR, FreshState.UNREACHABLE, FreshState.STALE}
)
_WORST_FIRST = (
    FreshState.EXPIRED, FreshState.UNREACHABLE, FreshState.ERROR, FreshState.DENIED, FreshState.THROTTLED, FreshState.STALE,
    FreshState.LOADING, FreshState.PAUSED, FreshState.POLLING, FreshState.LIVE,
)  # fmt: skip

Ident = tuple[str, str, Scope]


class Freshness(Struct, frozen=True, kw_only=True, gc=False):
    """One (source, kind, scope). Times in epoch seconds; ``message``: the last error in words; ``interval``: seconds."""

    source: str
    kind: str
    scope: Scope
    state: FreshState = FreshState.LOADING
    since: float = 0.0
    last_success: float | None = None
    message: str = ""
    hint: str = ""
    next_try: float | None = None
    interval: float | None = None

    @property
    def ident(self) -> Ident:
        """What tells it from the others."""
        return (self.source, self.kind, self.scope)


class FreshnessTable:
    """All entries. Subscribers hear once a flush which entries changed."""

    def __init__(self, touch: Callable[[], None], take_stamp: Callable[[], Stamp], faults: Faults) -> None:
        self._touch = touch
        self._take_stamp = take_stamp
        self._entries: dict[Ident, Freshness] = {}
        self._changed: dict[Ident, None] = {}
        self._subscribers: Subscribers[tuple[Freshness, ...]] = Subscribers(faults)
        self._ended: dict[Ident, Stamp] = {}  # the newest request that has ended, by when it began
        self._told: dict[Ident, Stamp] = {}  # when the source last said anything
        self._versions: dict[Ident, deque[str]] = {}  # resourceVersions that a watch has seen

    def set(self, entry: Freshness) -> None:
        """Say how fresh a scope is. Its ``since`` is kept where the state has not changed."""
        ident = entry.ident
        old = self._entries.get(ident)
        self._told[ident] = self._take_stamp()
        if old == entry:
            self._touch()
            return
        self._entries[ident] = entry
        self._changed[ident] = None
        self._touch()

    def drop(self, *, source: str = "", kind: str = "", scope: Scope | None = None, owner: str = "") -> None:
        """Forget entries that match all that is given: a cluster is gone, a source or an owner has ended."""
        for ident in list(self._entries):
            if (
                (not source or ident[0] == source)
                and (not kind or ident[1] == kind)
                and (scope is None or ident[2] == scope)
                and (not owner or ident[2].owner == owner)
            ):
                del self._entries[ident]
                for memory in (self._ended, self._told, self._versions):
                    memory.pop(ident, None)
                self._changed[ident] = None
                self._touch()

    def get(self, source: str, kind: str, scope: Scope) -> Freshness | None:
        """One entry."""
        return self._entries.get((source, kind, scope))

    def of(self, kind: str) -> tuple[Freshness, ...]:
        """The entries of a kind."""
        return tuple(entry for entry in self._entries.values() if entry.kind == kind)

    def all(self) -> tuple[Freshness, ...]:
        """Every entry."""
        return tuple(self._entries.values())

    def worst(self, kinds: Iterable[str]) -> Freshness | None:
        """The entry of ``kinds`` that most needs saying; None where there is none."""
        wanted = frozenset(kinds)
        entries = [entry for entry in self._entries.values() if entry.kind in wanted]
        return min(entries, key=lambda entry: _WORST_FIRST.index(entry.state), default=None)

    def coverage(self, kind: str) -> tuple[int, int]:
        """Scopes of ``kind`` that were read at least once, and scopes known: ``12/14 clusters read``."""
        entries = self.of(kind)
        return sum(entry.last_success is not None for entry in entries), len(entries)

    def subscribe(self, callback: Callable[[tuple[Freshness, ...]], None]) -> Subscription:
        """Be told once a flush of the entries that changed (dropped ones are not among them; the call says so)."""
        return self._subscribers.add(callback)

    # -- what sources report for settled() -----------------------------------------------------------------------

    def polled(self, source: str, kind: str, scope: Scope, began: Stamp) -> None:
        """A request begun at ``began`` has ended, well or not, and what it brought is in the store."""
        ident = (source, kind, scope)
        self._ended[ident] = max(began, self._ended.get(ident, LOWEST))
        self._touch()

    def watched(self, source: str, kind: str, scope: Scope, resource_version: str) -> None:
        """A watch has seen ``resource_version`` (a bookmark's, an event's), and what came before is in the store."""
        self._versions.setdefault((source, kind, scope), deque(maxlen=256)).append(resource_version)
        self._touch()

    def unsettled(
        self, began: Stamp, time: float, resource_version: str, wanted: Callable[[str, Scope], bool]
    ) -> tuple[Freshness, ...]:
        """Entries that have not caught up with a step at ``time``: no request begun after ``began`` has ended, or
        their watch has not seen ``resource_version`` (compared for equality). Failing ones count as caught up once
        they have tried again, or when their next try lies after the step; a paused one, and one that nobody
        wants, always."""
        return tuple(
            entry
            for ident, entry in self._entries.items()
            if wanted(entry.kind, entry.scope) and not self._caught_up(ident, entry, began, time, resource_version)
        )

    def _caught_up(self, ident: Ident, entry: Freshness, began: Stamp, time: float, resource_version: str) -> bool:
        if entry.state is FreshState.PAUSED or self._ended.get(ident, LOWEST) > began:
            return True
        later = entry.next_try is not None and entry.next_try > time
        if entry.state.trouble:
            return later or self._told.get(ident, LOWEST) > began
        if entry.state is FreshState.LIVE and later:
            return True  # covered by narrower scopes, which have entries of their own, until the whole is tried again
        versions = self._versions.get(ident)
        return versions is not None and (not resource_version or resource_version in versions)

    def flush(self) -> bool:
        """Tell subscribers; returns whether anything had changed. The store calls it."""
        if not self._changed:
            return False
        changed, self._changed = self._changed, {}
        self._subscribers.tell(tuple(self._entries[ident] for ident in changed if ident in self._entries))
        return True
