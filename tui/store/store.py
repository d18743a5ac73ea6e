"""One truth, pushed: rows of all kinds, written by sources, read by panes and actions.

Writes count at once for ``get`` and ``rows``; views, derived tables, findings and subscribers follow with the flush, at
most twenty times a second however many writes there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cache, partial
from typing import Any

from tui.model.clock import Clock
from tui.model.derived import Derived, DerivedContext
from tui.model.finding import Finding
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State
from tui.store.changes import KindChanges, KindSubscribers, Subscription
from tui.store.derived import Engine, Node
from tui.store.faults import Faults
from tui.store.findings import FindingsByTarget
from tui.store.flush import Flush
from tui.store.freshness import FreshnessTable
from tui.store.history import History
from tui.store.index import Index
from tui.store.interest import InterestTable
from tui.store.relist import Relist
from tui.store.settle import Step, Waiters, caught_up
from tui.store.stamp import LOWEST, Stamp, Stamps
from tui.store.table import Table
from tui.store.view import View

FLUSH_INTERVAL = 0.05
"""Seconds between two flushes at least, where nobody says otherwise."""

Schedule = Callable[[float, Callable[[], None]], object]


class Store:
    """``schedule(seconds, callback)``: the application's ``loop.call_later``; without one nothing is flushed until
    ``flush()`` is called, which is what tests want."""

    def __init__(self, clock: Clock, schedule: Schedule | None = None) -> None:
        self.clock = clock
        #: seconds between two flushes at least; longer ones gather more changes into one
        self.interval: Callable[[], float] = lambda: FLUSH_INTERVAL
        self._schedule = schedule
        self._stamps = Stamps(clock)
        self._tables: dict[str, Table] = {}
        self._horizons: dict[str, Stamp] = {}  # owners that were dropped, and when
        self._views: dict[str, list[View[Any]]] = defaultdict(list)
        self._indexes: dict[tuple[str, str], Index] = {}
        self.faults = Faults(clock)
        self._subscribers = KindSubscribers(self.faults)
        self._findings = FindingsByTarget()
        self._waiters = Waiters()
        self._engine = Engine(self.table, self.faults)
        self._flush_due: float | None = None
        self._flushed_at = -FLUSH_INTERVAL
        self._wake_at: float | None = None
        self.flushes = 0
        self.freshness = FreshnessTable(self._touch, self.stamp, self.faults)
        self.interest = InterestTable(self.stamp, self.faults)
        self.history = History(clock)

    # -- writing -------------------------------------------------------------------------------------------------

    def stamp(self) -> Stamp:
        """A stamp for what happens now: take it when a request STARTS, or when a watch event ARRIVES."""
        return self._stamps.take()

    def upsert(self, rows: Iterable[Row], stamp: Stamp) -> None:
        """Take rows as they were at ``stamp``; each belongs to its scope's owner. Older than what is known: ignored."""
        parts: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            parts[row.key.kind, row.scope.owner].append(row)
        first = False
        for (kind, owner), part in parts.items():
            table = self.table(kind)
            first = first or not table.merged
            table.write(table.owner(owner, self._horizons.get(owner, LOWEST)), part, stamp)
        if parts:
            self._touch(at_once=first)

    def remove(self, owner: str, keys: Iterable[Key], stamp: Stamp) -> None:
        """``owner`` says that ``keys`` were gone at ``stamp``; rows with newer data stay."""
        parts: dict[str, list[Key]] = defaultdict(list)
        for key in keys:
            parts[key.kind].append(key)
        for kind, part in parts.items():
            table = self.table(kind)
            table.remove(table.owner(owner, self._horizons.get(owner, LOWEST)), part, stamp)
        if parts:
            self._touch()

    def begin(self, kind: str, scope: Scope, stamp: Stamp) -> Relist:
        """Begin a listing of all of ``kind`` in ``scope`` (its owner's rows) whose request started at ``stamp``."""
        table = self.table(kind)
        owner = table.owner(scope.owner, self._horizons.get(scope.owner, LOWEST))
        return Relist(table, owner, scope, stamp, self._touch)

    def drop_owner(self, owner: str) -> None:
        """Forget everything of ``owner`` (its profile or context was left); what it still says of before is ignored."""
        self._horizons[owner] = self.stamp()
        for table in self._tables.values():
            table.drop_owner(owner)
        self.freshness.drop(owner=owner)
        self._touch()

    def forget_warm(self, where: Callable[[Row], bool] = lambda row: True, kind: str = "") -> int:
        """Drop rows (of ``kind``, or of all) that only the warm start knows and ``where`` picks: of a cluster that is gone,
        of another account. Gives how many."""
        dropped = sum(table.forget_warm(where) for table in self._tables.values() if table.warm and kind in ("", table.kind))
        if dropped:
            self._touch()
        return dropped

    def warm_count(self, kind: str = "") -> int:
        """How many rows, of ``kind`` or of all kinds, only the warm start knows."""
        return sum(len(table.warm) for table in self._tables.values() if kind in ("", table.kind))

    def has_live(self) -> bool:
        """Whether a source has said anything: a row that it read, not one that was derived or kept from before."""
        derived = self._engine.outputs()
        return any(len(table.merged) > len(table.warm) for table in self._tables.values() if table.kind not in derived)

    # -- reading -------------------------------------------------------------------------------------------------

    def get(self, key: Key) -> Row | None:
        """The row of ``key``, of the owner with the newest stamp."""
        table = self._tables.get(key.kind)
        return table.merged.get(key) if table is not None else None

    def owned(self, owner: str, key: Key) -> Row | None:
        """The row of ``key`` as ``owner`` has it."""
        table = self._tables.get(key.kind)
        part = table.owners.get(owner) if table is not None else None
        return part.rows.get(key) if part is not None else None

    def rows(self, kind: str) -> Iterable[Row]:
        """All rows of a kind, merged, in no order; a list of its own."""
        return list(self.merged(kind).values())

    def merged(self, kind: str) -> Mapping[Key, Row]:
        """The live mapping behind ``rows``: to look into, not to keep or change."""
        return self.table(kind).merged

    def count(self, kind: str) -> int:
        """How many rows of a kind there are."""
        table = self._tables.get(kind)
        return len(table.merged) if table is not None else 0

    def index(self, kind: str, name: str, by: Callable[[Any], Iterable[Hashable]]) -> Index:
        """Rows of ``kind`` by the values that the pure function ``by`` gives; one for each (kind, name)."""
        known = self._indexes.get((kind, name))
        if known is None:
            known = self._indexes[kind, name] = Index(self.table(kind), by)
        return known

    def findings(self, target: Key) -> tuple[Finding, ...]:
        """What is not well with a row, worst first, as of the last flush."""
        return self._findings.of(target)

    def state(self, row: Row) -> State:
        """The worse of the row's own state and its findings; IDLE while only the warm start knows the row."""
        table = self._tables.get(row.key.kind)
        if table is not None and row.key in table.warm:
            return State.IDLE
        return self._findings.state(row)

    def reason(self, row: Row) -> str:
        """The sentence of the worst finding, else the row's own reason."""
        findings = self._findings.of(row.key)
        return findings[0].sentence if findings else row.reason

    def is_live(self, key: Key) -> bool:
        """Whether a source has said something of the row: False while only the warm start knows it, or nobody."""
        table = self._tables.get(key.kind)
        return table is not None and key in table.merged and key not in table.warm

    def is_warm(self, key: Key) -> bool:
        """Whether only the warm start knows the row: it is shown grey and is never the target of an action."""
        table = self._tables.get(key.kind)
        return table is not None and key in table.warm

    def view(
        self,
        kind: str,
        *,
        where: Callable[[Any], bool] | None = None,
        sort: Callable[[Any], Any] | None = None,
        reverse: bool = False,
        limit_scope: Scope | None = None,
    ) -> View[Any]:
        """An ordered live view; without ``sort`` by (state, name). ``limit_scope``: rows that a listing of it would
        list (empty members cover all; with an owner, rows that this owner has)."""
        view: View[Any] = View(self, kind, where, sort, reverse, limit_scope, self._close_view)
        self._views[kind].append(view)
        return view

    def _close_view(self, view: View[Any]) -> None:
        if view in self._views[view.kind]:
            self._views[view.kind].remove(view)

    def subscribe(self, kinds: Iterable[str], callback: Callable[[Mapping[str, KindChanges]], None]) -> Subscription:
        """Be told once a flush of the changes in ``kinds``, when all views hold them."""
        return self._subscribers.add(kinds, callback)

    def register(self, derived: Derived) -> None:
        """Keep a derived table from now on; ValueError where tables would feed each other in a circle."""
        self._engine.register(derived)
        self._touch()

    @property
    def derived(self) -> tuple[Node, ...]:
        """The derived tables at work, feeders first."""
        return tuple(self._engine.nodes)

    def table(self, kind: str) -> Table:
        """The rows of a kind with their owners: for the store's own parts."""
        table = self._tables.get(kind)
        if table is None:
            table = self._tables[kind] = Table(kind)
        return table

    # -- the flush -----------------------------------------------------------------------------------------------

    def _touch(self, *, at_once: bool = False) -> None:
        """Plan a flush. ``at_once``: rows came where there were none, which nobody wants to wait for."""
        if self._schedule is None:
            return
        now = self.clock.monotonic()
        interval = self.interval()
        due = now if at_once else max(now, self._flushed_at + interval)
        if self._flush_due is None or due < self._flush_due:
            self._flush_due = due
            self._schedule(min(due - now, interval), partial(self._scheduled_flush, due))

    def _scheduled_flush(self, due: float) -> None:
        if due == self._flush_due:  # else another came before it
            self._flush_due = None
            self._flushed_at = self.clock.monotonic()
            self.flush()

    def flush(self) -> None:
        """Bring indexes, derived tables and views up to date, then tell everybody who listens."""
        self.flushes += 1
        flush = Flush(self._tables, self._indexes.values(), self._findings)
        flush.collect_written(self._engine.outputs())
        if self._engine.nodes:
            context = DerivedContext(self.clock.now(), self.history, cache(self.freshness.coverage))
            flush.derive(self._engine, context, self.history, self.stamp())
        news = flush.update_views(self._views, self.faults)
        for view, change in news:
            view.tell(change)
        self._subscribers.tell(flush.changes)
        self.freshness.flush()
        self.faults.flush()
        self._plan_wake()
        self._waiters.ask()

    def _plan_wake(self) -> None:
        """See to it that the next recheck of a derived table has a flush."""
        due = self._engine.next_due
        if due is None or self._schedule is None or (self._wake_at is not None and self._wake_at <= due):
            return
        self._wake_at = due
        self._schedule(max(due - self.clock.now(), FLUSH_INTERVAL), self._wake)

    def _wake(self) -> None:
        self._wake_at = None
        self._touch()

    # -- waiting -------------------------------------------------------------------------------------------------

    async def settled(self, step: Step) -> None:
        """Return when the store has caught up with ``step``: every interested polled scope has ended a request begun
        after this call (one is asked for), every live watch has seen the step's resourceVersion, and all is flushed.
        Failing scopes count once they have tried again, or when their next try lies after the step."""
        await caught_up(self, self._waiters, step)

    def unsettled(self, step: Step, began: Stamp) -> tuple[str, ...]:
        """What ``settled`` is still waiting for, in words."""
        entries = self.freshness.unsettled(
            began, step.time, step.resource_version, lambda kind, scope: self.interest.urgency(kind, scope) is not None
        )
        return tuple(f"{entry.source}: {entry.kind} of {entry.scope.identity} ({entry.state})" for entry in entries)
