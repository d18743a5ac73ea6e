"""Who looks at what: panes and actions say it, sources read it. Nobody interested, no calls."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from msgspec import Struct

from tui.model.scope import Key, Scope
from tui.store.changes import Subscribers, Subscription
from tui.store.faults import Faults
from tui.store.stamp import Stamp


class Urgency(IntEnum):
    """BACKGROUND: the census. VISIBLE: on screen, every 2 to 5 s. ACTION: something is under way on the keys."""

    BACKGROUND = 0
    VISIBLE = 1
    ACTION = 2


class Interest:
    """One interest; ``close()`` ends it, ``update()`` changes it. Made by ``InterestTable.register``."""

    def __init__(self, table: InterestTable, kind: str, scope: Scope | None, urgency: Urgency, keys: frozenset[Key]) -> None:
        self._table = table
        self.kind = kind
        self.scope = scope
        self.urgency = urgency
        self.keys = keys

    def update(
        self, *, keys: frozenset[Key] | None = None, urgency: Urgency | None = None, scope: Scope | str | None = "same"
    ) -> None:
        """Change what is given; ``scope=None`` means all scopes from now on."""
        changed = (
            self.keys if keys is None else keys,
            self.urgency if urgency is None else urgency,
            self.scope if isinstance(scope, str) else scope,
        )
        if changed != (self.keys, self.urgency, self.scope):
            self.keys, self.urgency, self.scope = changed
            self._table.changed(self)

    def close(self) -> None:
        """End it, any number of times."""
        self._table.drop(self)

    def concerns(self, scope: Scope | None) -> bool:
        """Whether this interest and a source's ``scope`` have a place in common, whoever owns it."""
        if self.scope is None or scope is None:
            return True
        mine = self.scope
        return (
            (not mine.owner or not scope.owner or mine.owner == scope.owner)
            and mine.partition == scope.partition
            and _meet(mine.account, scope.account)
            and _meet(mine.region, scope.region)
            and _meet(mine.cluster, scope.cluster)
            and _meet(mine.namespace, scope.namespace)
        )


def _meet(one: str, other: str) -> bool:
    return not one or not other or one == other


class InterestNews(Struct, frozen=True):
    """What subscribers hear: the kind concerned (empty: all), and whether a reading at once was asked for."""

    kind: str = ""
    refresh: bool = False


class InterestTable:
    """All interests. Subscribers are told at once, not with the flush: a source that starts late shows nothing.

    ``focused``: the terminal has the focus. ``idle``: no key for ten minutes. Either way sources go slower.
    """

    def __init__(self, take_stamp: Callable[[], Stamp], faults: Faults) -> None:
        self._take_stamp = take_stamp
        self._by_kind: dict[str, list[Interest]] = {}
        self._asked: dict[str, list[tuple[Scope | None, Stamp]]] = {}
        self._asked_all: Stamp | None = None
        self._subscribers: Subscribers[InterestNews] = Subscribers(faults)
        self._focused = True
        self._idle = False

    def register(
        self, kind: str, scope: Scope | None, urgency: Urgency = Urgency.VISIBLE, keys: frozenset[Key] = frozenset()
    ) -> Interest:
        """Be interested in ``kind`` of ``scope`` (None: everywhere); ``keys``: the rows on screen, or acted upon."""
        interest = Interest(self, kind, scope, urgency, keys)
        self._by_kind.setdefault(kind, []).append(interest)
        self._subscribers.tell(InterestNews(kind))
        return interest

    def urgency(self, kind: str, scope: Scope | None = None) -> Urgency | None:
        """The highest urgency of those who look at ``kind`` in ``scope``; None: nobody does."""
        return max((i.urgency for i in self._by_kind.get(kind, ()) if i.concerns(scope)), default=None)

    def keys(self, kind: str, scope: Scope | None = None, at_least: Urgency = Urgency.BACKGROUND) -> frozenset[Key]:
        """The keys named by those interests: visible rows, rows under an action (``at_least=Urgency.ACTION``)."""
        found: frozenset[Key] = frozenset()
        for interest in self._by_kind.get(kind, ()):
            if interest.keys and interest.urgency >= at_least and interest.concerns(scope):
                found |= interest.keys
        if scope is None or not scope.account:
            return found
        place = scope.identity
        return frozenset(key for key in found if key.identity.startswith(place))

    def kinds(self) -> frozenset[str]:
        """Kinds that anybody is interested in."""
        return frozenset(kind for kind, interests in self._by_kind.items() if interests)

    def refresh(self, kind: str = "", scope: Scope | None = None) -> None:
        """Ask for a reading now (``ctrl-r``, ``settled``); ``kind=""``: of everything anybody is interested in."""
        stamp = self._take_stamp()
        if kind:
            asked = [(s, t) for s, t in self._asked.get(kind, ()) if s != scope]
            self._asked[kind] = [*asked[-50:], (scope, stamp)]
        else:
            self._asked.clear()
            self._asked_all = stamp
        self._subscribers.tell(InterestNews(kind, refresh=True))

    def asked(self, kind: str, scope: Scope | None = None) -> Stamp | None:
        """When a reading was last asked for: a source whose last request began before it should begin one now."""
        stamps = [stamp for place, stamp in self._asked.get(kind, ()) if place is None or scope is None or place.covers(scope)]
        if self._asked_all is not None:
            stamps.append(self._asked_all)
        return max(stamps, default=None)

    def subscribe(self, callback: Callable[[InterestNews], None]) -> Subscription:
        """Be told of every change of interests, of focus and idleness, and of refreshes."""
        return self._subscribers.add(callback)

    @property
    def focused(self) -> bool:
        """Whether the terminal has the focus."""
        return self._focused

    @focused.setter
    def focused(self, value: bool) -> None:
        if value != self._focused:
            self._focused = value
            self._subscribers.tell(InterestNews())

    @property
    def idle(self) -> bool:
        """Whether the user has been away for long."""
        return self._idle

    @idle.setter
    def idle(self, value: bool) -> None:
        if value != self._idle:
            self._idle = value
            self._subscribers.tell(InterestNews())

    def changed(self, interest: Interest) -> None:
        """An interest was updated (called by it)."""
        if interest in self._by_kind.get(interest.kind, ()):
            self._subscribers.tell(InterestNews(interest.kind))

    def drop(self, interest: Interest) -> None:
        """An interest ended (called by it)."""
        interests = self._by_kind.get(interest.kind, [])
        if interest in interests:
            interests.remove(interest)
            self._subscribers.tell(InterestNews(interest.kind))
