"""What one owner has said of one kind: its rows, their stamps, and its refusals of what is older.

A refusal is a removal that must outlive the row: a *tombstone* for one key, a *floor* for a scope (an ended relist says
that nothing else was there), a *horizon* for all that was forgotten to keep tombstones bounded. Statements may come in
any order: the newest stamp wins, as if they had come in theirs.
"""

from __future__ import annotations

from collections.abc import Container

from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.store.stamp import LOWEST, Stamp

TOMBSTONES = 20_000
"""Tombstones that an owner keeps for a kind; the older half goes into the horizon when there are more."""


def namespace_of(row: Row) -> str:
    """A row's own namespace; its scope names one only where a listing covered just that."""
    return getattr(row, "namespace", "") or row.scope.namespace


def covers_row(scope: Scope, row: Row, *, any_owner: bool = False) -> bool:
    """Whether a listing of ``scope`` would have listed ``row``. ``any_owner``: leave the owner out of it."""
    place = row.scope
    return (
        (any_owner or scope.owner == place.owner)
        and scope.account == place.account
        and scope.region == place.region
        and scope.cluster in ("", place.cluster)
        and scope.partition == place.partition
        and scope.namespace in ("", namespace_of(row))
    )


class Floor:
    """An ended relist's word on its scope: a key without an entry in ``older`` was not there at ``stamp``.

    ``older``: keys that it saw but has no newer data of; for them the word of the relists before it still holds.
    """

    __slots__ = ("older", "stamp")

    def __init__(self, stamp: Stamp, older: dict[Key, Stamp]) -> None:
        self.stamp = stamp
        self.older = older

    def of(self, key: Key) -> Stamp:
        """Data of ``key`` older than this is refused."""
        return self.older.get(key, self.stamp)


class OwnerRows:
    """One owner's part of a table. ``rows`` and ``stamps`` have the same keys."""

    __slots__ = ("floors", "horizon", "name", "newest_refusal", "rows", "stamps", "tombstones")

    def __init__(self, name: str, horizon: Stamp = LOWEST) -> None:
        self.name = name
        self.rows: dict[Key, Row] = {}
        self.stamps: dict[Key, Stamp] = {}
        self.tombstones: dict[Key, Stamp] = {}
        self.floors: dict[Scope, Floor] = {}
        self.horizon = horizon
        self.newest_refusal = horizon

    def refuses(self, row: Row, stamp: Stamp) -> bool:
        """Whether a newer removal stands against a row that is not there. Asked only below ``newest_refusal``."""
        if stamp < self.horizon and stamp != LOWEST:
            return True
        key = row.key
        if stamp < self.tombstones.get(key, LOWEST):
            return True
        return any(stamp < floor.of(key) and covers_row(scope, row) for scope, floor in self.floors.items())

    def bury(self, key: Key, stamp: Stamp) -> None:
        """Remember that ``key`` was removed at ``stamp``."""
        if self.tombstones.get(key, LOWEST) < stamp:
            self.tombstones[key] = stamp
            self.newest_refusal = max(self.newest_refusal, stamp)
            if len(self.tombstones) > TOMBSTONES:
                self._forget()

    def _forget(self) -> None:
        by_age = sorted(self.tombstones.items(), key=lambda item: item[1])
        half = len(by_age) // 2
        self.horizon = max(self.horizon, by_age[half - 1][1])
        self.tombstones = dict(by_age[half:])

    def settle(self, scope: Scope, stamp: Stamp, seen: Container[Key], seen_only: set[Key]) -> None:
        """Take an ended relist's word. ``seen_only``: keys that it saw, with data older than its own or none."""
        known = self.floors.get(scope)
        if known is None:
            self.floors[scope] = Floor(stamp, dict.fromkeys(seen_only, LOWEST))
        elif known.stamp < stamp:
            self.floors[scope] = Floor(stamp, {key: known.of(key) for key in seen_only})
        else:  # it began before one that has ended already: it speaks only where that one is silent
            for key, older in known.older.items():
                if key not in seen:
                    known.older[key] = max(older, stamp)
        self.newest_refusal = max(self.newest_refusal, stamp)
