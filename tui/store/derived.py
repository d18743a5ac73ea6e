"""Runs derived tables: keeps who belongs to which group, and computes again the groups of changed rows only.

A table whose one input is grouped by ``own_key`` (a rule on single rows, the most common kind) keeps no members: its
group is the row. The others keep, for each group, the keys of its members by input kind.

Rows that only the warm start knows are no inputs: nothing is concluded from an earlier session's figures.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable, Iterable, Mapping
from itertools import count
from typing import Any

from tui.model.derived import NOTHING, Computed, Derived, DerivedContext, Grouping, own_key
from tui.model.row import Row
from tui.model.scope import Key
from tui.store.changes import TableChanges
from tui.store.faults import Faults
from tui.store.table import Table

OWNER = "derived"
"""The owner of every derived row in its table."""

Tables = Callable[[str], Table]


class Node:
    """One derived table at work."""

    def __init__(self, derived: Derived, tables: Tables, faults: Faults) -> None:
        self.derived = derived
        self._faults = faults
        self._title = f"the rule {derived.name}"
        self._tables = tables
        self._single = next(iter(derived.inputs)) if list(derived.inputs.values()) == [own_key] else ""
        self._members: dict[Hashable, dict[str, dict[Key, None]]] = {}
        self._outputs: dict[Hashable, tuple[Row, ...]] = {}
        self._rechecks: dict[Hashable, float] = {}
        self._due: list[tuple[float, int, Hashable]] = []
        self._numbers = count()
        self._dirty: dict[Hashable, None] = {}
        self._primed = False
        self._coverage: tuple[tuple[int, int], ...] = ()
        self.computed = 0  # groups computed so far, for tests and benchmarks

    def catch_up(self, changes: Mapping[str, TableChanges]) -> None:
        """Note what a flush changed in the inputs; the first time, everything that is there."""
        if not self._primed:
            self._primed = True
            self._prime()
            return
        for kind in self.derived.inputs:
            if kind in changes:
                self._take(kind, changes[kind])

    def _prime(self) -> None:
        for kind, grouping in self.derived.inputs.items():
            table = self._tables(kind)
            for row in table.merged.values():
                if row.key not in table.warm:
                    self._enter(kind, grouping, row)

    def _take(self, kind: str, changes: TableChanges) -> None:
        if self._single:
            self._dirty.update(dict.fromkeys(changes.added))
            self._dirty.update(dict.fromkeys(changes.changed))
            self._dirty.update(dict.fromkeys(changes.removed))
            return
        grouping = self.derived.inputs[kind]
        table = self._tables(kind)
        merged, warm = table.merged, table.warm
        for keys in (changes.changed, changes.removed, changes.added):
            for key in keys:
                old, new = changes.before[key], merged.get(key)
                if old is not None:
                    self._leave(kind, grouping, old)
                if new is not None and key not in warm:
                    self._enter(kind, grouping, new)

    def _enter(self, kind: str, grouping: Grouping, row: Row) -> None:
        if self._single:
            self._dirty[row.key] = None
            return
        for group in grouping(row):
            self._members.setdefault(group, {}).setdefault(kind, {})[row.key] = None
            self._dirty[group] = None

    def _leave(self, kind: str, grouping: Grouping, row: Row) -> None:
        for group in grouping(row):
            kinds = self._members.get(group, {})
            keys = kinds.get(kind)
            if keys is not None:
                keys.pop(row.key, None)
                if not keys:
                    del kinds[kind]
            if not kinds:
                self._members.pop(group, None)
            self._dirty[group] = None

    def recover(self, coverage: Callable[[str], tuple[int, int]]) -> None:
        """Note every group when more, or less, of what the table covers has been read."""
        if not self.derived.covers:
            return
        now = tuple(map(coverage, self.derived.covers))
        if now != self._coverage:
            self._coverage = now
            self._dirty.update(dict.fromkeys(self._members))
            self._dirty.update(dict.fromkeys(self._outputs))

    def due(self, now: float) -> None:
        """Note the groups whose time to be looked at again has come."""
        while self._due and self._due[0][0] <= now:
            when, _, group = heapq.heappop(self._due)
            if self._rechecks.get(group) == when:
                del self._rechecks[group]
                self._dirty[group] = None

    @property
    def next_due(self) -> float | None:
        """When the next group wants to be looked at again."""
        while self._due and self._rechecks.get(self._due[0][2]) != self._due[0][0]:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def run(self, context: DerivedContext) -> tuple[list[Key], list[Row]]:
        """Compute the noted groups; gives the keys that are gone and the rows to write."""
        dirty, self._dirty = self._dirty, {}
        gone: list[Key] = []
        rows: list[Row] = []
        for group in dirty:
            computed = self._compute(group, context)
            if computed is None:
                continue
            old = self._outputs.get(group, ())
            if old:
                staying = {row.key for row in computed.rows}
                gone.extend(row.key for row in old if row.key not in staying)
            if computed.rows:
                self._outputs[group] = computed.rows
                rows.extend(computed.rows)
            elif old:
                del self._outputs[group]
            self._plan(group, computed.recheck_at, context.now)
        return gone, rows

    def _compute(self, group: Any, context: DerivedContext) -> Computed | None:
        """None: the rule failed; what it last said stands, and it is a fault that the screen shows."""
        self.computed += 1
        try:
            computed = self._ask(group, context)
        except Exception as error:  # noqa: BLE001 - shown as a fault, and all other groups go on
            self._faults.failed(self._title, frozenset(self.derived.inputs), group, error)
            return None
        if self._faults:
            self._faults.well(self._title, group)
        return computed

    def _ask(self, group: Any, context: DerivedContext) -> Computed:
        members: Mapping[str, Iterable[Row]]
        if self._single:
            table = self._tables(self._single)
            row = table.merged.get(group)
            if row is None or group in table.warm:
                return NOTHING
            members = {self._single: (row,)}
        else:
            known = self._members.get(group)
            if not known:
                return NOTHING
            members = {kind: self._rows(kind, known.get(kind)) for kind in self.derived.inputs}
        return self.derived.compute(group, members, context)  # type: ignore[arg-type]

    def _rows(self, kind: str, keys: dict[Key, None] | None) -> tuple[Row, ...]:
        if not keys:
            return ()
        merged = self._tables(kind).merged
        return tuple(merged[key] for key in (sorted(keys) if len(keys) > 1 else keys))

    def _plan(self, group: Hashable, at: float | None, now: float) -> None:
        if at is None:
            self._rechecks.pop(group, None)
            return
        at = max(at, now + 0.1)  # never a loop of flushes
        if self._rechecks.get(group) != at:
            self._rechecks[group] = at
            heapq.heappush(self._due, (at, next(self._numbers), group))


class Engine:
    """All derived tables, each after those that feed it."""

    def __init__(self, tables: Tables, faults: Faults) -> None:
        self.table = tables
        self._faults = faults
        self.nodes: list[Node] = []

    def register(self, derived: Derived) -> None:
        """Add a table; one that would feed itself, directly or through others, is refused with a ValueError."""
        self.nodes = _ordered([*self.nodes, Node(derived, self.table, self._faults)])

    def outputs(self) -> frozenset[str]:
        """Kinds that derived tables write."""
        return frozenset(node.derived.output for node in self.nodes)

    @property
    def next_due(self) -> float | None:
        """When the next recheck of any table is due, epoch seconds."""
        return min((due for node in self.nodes if (due := node.next_due) is not None), default=None)

    def run_node(self, node: Node, changes: Mapping[str, TableChanges], context: DerivedContext) -> tuple[list[Key], list[Row]]:
        """One table's turn in a flush."""
        node.catch_up(changes)
        node.recover(context.coverage)
        node.due(context.now)
        return node.run(context)


def _ordered(nodes: list[Node]) -> list[Node]:
    """Feeders first: a node comes after all nodes that write one of its inputs."""
    waiting, placed = list(nodes), list[Node]()
    while waiting:
        outputs = {node.derived.output for node in waiting}
        ready = [node for node in waiting if not outputs & set(node.derived.inputs)]
        if not ready:
            names = ", ".join(sorted(node.derived.name for node in waiting))
            raise ValueError(f"derived tables feed each other in a circle: {names}")
        placed += ready
        waiting = [node for node in waiting if node not in ready]
    return placed
