"""Findings by the row that they are about, worst first: what gives a row its state and its reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from tui.model.finding import Finding
from tui.model.row import Row
from tui.model.scope import Key
from tui.model.state import State
from tui.store.changes import TableChanges


class FindingsByTarget:
    """Kept by the store from the rows of kind ``findings``, flush by flush."""

    __slots__ = ("_by_target",)

    def __init__(self) -> None:
        self._by_target: dict[Key, tuple[Finding, ...]] = {}

    def of(self, target: Key) -> tuple[Finding, ...]:
        """Worst first; of equally bad ones the older first."""
        return self._by_target.get(target, ())

    def state(self, row: Row) -> State:
        """The worse of the row's own state and its worst finding."""
        findings = self._by_target.get(row.key)
        own = row.state
        return min(own, findings[0].severity) if findings else own

    def take(self, changes: TableChanges, merged: Mapping[Key, Row]) -> set[Key]:
        """Take in changes of the findings' table; gives the targets whose findings are others now."""
        leaving: dict[Key, set[Key]] = {}
        coming: dict[Key, list[Finding]] = {}
        for key in (*changes.removed, *changes.changed, *changes.added):
            old, new = changes.before[key], merged.get(key)
            if old is not None:
                leaving.setdefault(cast("Finding", old).target, set()).add(key)
            if new is not None:
                finding = cast("Finding", new)
                coming.setdefault(finding.target, []).append(finding)
        targets = leaving.keys() | coming.keys()
        for target in targets:
            gone = leaving.get(target, ())
            rest = [finding for finding in self._by_target.get(target, ()) if finding.key not in gone]
            rest += coming.get(target, ())
            if rest:
                self._by_target[target] = tuple(sorted(rest, key=_rank))
            else:
                self._by_target.pop(target, None)
        return set(targets)


def _rank(finding: Finding) -> tuple[int, bool, float, Key]:
    return (int(finding.severity), finding.grouped, finding.since, finding.key)
