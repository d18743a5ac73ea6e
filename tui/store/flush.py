"""One flush: what was written becomes changes, then derived rows, then what the views report.

The order matters: indexes first (rules do not use them, subscribers do), tables that sources write, derived tables with
feeders first, each kind once all its writers have spoken, and the views when everything else stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.model.derived import DerivedContext
from tui.model.finding import Finding
from tui.model.scope import Key
from tui.store.changes import TableChanges, ViewChange
from tui.store.derived import OWNER, Engine
from tui.store.faults import Faults
from tui.store.findings import FindingsByTarget
from tui.store.history import History
from tui.store.index import Index
from tui.store.stamp import Stamp
from tui.store.table import Table
from tui.store.view import View


class Flush:
    """``changes``: by kind. ``again``: keys that views look at again though their row did not change."""

    def __init__(self, tables: dict[str, Table], indexes: Iterable[Index], findings: FindingsByTarget) -> None:
        self.changes: dict[str, TableChanges] = {}
        self.again: dict[str, set[Key]] = defaultdict(set)
        self._tables = tables
        self._indexes = tuple(indexes)
        self._findings = findings

    def collect_written(self, computed: frozenset[str]) -> None:
        """Take the changes of all tables but those of ``computed`` kinds, which are still to be written."""
        self._collect([table for table in self._tables.values() if table.before and table.kind not in computed])

    def _collect(self, tables: Iterable[Table]) -> None:
        for index in self._indexes:
            index.sync()
        for table in tables:
            found, touched = table.collect()
            if touched:
                self.again[table.kind] |= touched
            if found:
                self.changes[table.kind] = found
                if table.kind == Finding.kind:
                    for target in self._findings.take(found, table.merged):
                        self.again[target.kind].add(target)

    def derive(self, engine: Engine, context: DerivedContext, history: History, stamp: Stamp) -> None:
        """Bring the derived tables up to date."""
        self._record(engine, history, context.now)
        nodes = engine.nodes
        for at, node in enumerate(nodes):
            gone, rows = engine.run_node(node, self.changes, context)
            table = engine.table(node.derived.output)
            if gone or rows:
                table.replace(table.owner(OWNER), gone, rows, stamp)
            last_writer = all(later.derived.output != table.kind for later in nodes[at + 1 :])
            if last_writer and table.before:
                self._collect([table])

    def _record(self, engine: Engine, history: History, now: float) -> None:
        """Keep in the history what derived tables want kept of the rows that changed."""
        for node in engine.nodes:
            for kind, recorders in node.derived.records.items():
                found = self.changes.get(kind)
                if found is None:
                    continue
                merged, warm = self._tables[kind].merged, self._tables[kind].warm
                for key in (*found.added, *found.changed):
                    if key in warm:
                        continue  # a figure of an earlier session would look like a change of now
                    for series, value_of in recorders:
                        value = value_of(merged[key])
                        if value is not None:
                            history.step(key, series, now, value)

    def update_views(self, views: Mapping[str, Sequence[View[Any]]], faults: Faults) -> list[tuple[View[Any], ViewChange]]:
        """Bring the views up to date; gives what each has to tell."""
        news = []
        for kind in {*self.changes, *self.again}:
            for view in tuple(views.get(kind, ())):
                try:
                    change = view.apply(self.changes.get(kind), self.again.get(kind, ()))
                except Exception as error:  # noqa: BLE001 - shown as a fault; the other views go on
                    view.spoiled = True
                    faults.failed(f"the list of {kind}", frozenset({kind}), None, error)
                    continue
                if change is not None and change.reset:  # it had failed before
                    faults.well(f"the list of {kind}", None)
                if change is not None:
                    news.append((view, change))
        return news
