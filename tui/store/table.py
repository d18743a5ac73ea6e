"""The rows of one kind: every owner's apart, and merged for the readers (the newest stamp speaks)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set

from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.store.changes import TableChanges
from tui.store.owners import OwnerRows, covers_row
from tui.store.stamp import LOWEST, Stamp


class Table:
    """``before``: the merged row of every key touched since the last flush, as it was then.

    ``touched``: of those, the ones to report or to look at again though their merged row has the same value (a warm row
    became live, an owner began or ceased to have it). ``version`` rises with every write.
    """

    __slots__ = ("before", "kind", "merged", "owners", "revived", "touched", "version", "warm")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.merged: dict[Key, Row] = {}
        self.owners: dict[str, OwnerRows] = {}
        self.before: dict[Key, Row | None] = {}
        self.touched: set[Key] = set()
        self.revived: set[Key] = set()
        self.warm: set[Key] = set()
        self.version = 0

    def owner(self, name: str, horizon: Stamp = LOWEST) -> OwnerRows:
        """The part of ``name``, made where there is none yet."""
        part = self.owners.get(name)
        if part is None:
            part = self.owners[name] = OwnerRows(name, horizon)
        return part

    # -- writing -------------------------------------------------------------------------------------------------

    def write(self, owner: OwnerRows, rows: Iterable[Row], stamp: Stamp) -> None:
        """Take ``rows`` of ``owner`` as known at ``stamp``."""
        if stamp == LOWEST and not self.merged and not owner.rows:
            self._write_warm(owner, rows)
            return
        self.version += 1
        mine, stamps, merged, before, tombstones = owner.rows, owner.stamps, self.merged, self.before, owner.tombstones
        doubtful = stamp < owner.newest_refusal
        plain = len(self.owners) == 1 and not self.warm and stamp != LOWEST
        for row in rows:
            key = row.key
            old = mine.get(key)
            if old is None:
                if doubtful and owner.refuses(row, stamp):
                    continue
                if tombstones:
                    tombstones.pop(key, None)
            else:
                key = old.key  # the one that the tables hold: found by identity
                known = stamps[key]
                if known is not stamp and stamp < known:
                    continue
                if old == row:
                    stamps[key] = stamp
                    if not plain:
                        self._merge(key)
                    continue
            mine[key] = row
            stamps[key] = stamp
            if plain:
                if key not in before:
                    before[key] = old
                merged[key] = row
            else:
                self._merge(key, membership=old is None)

    def _write_warm(self, owner: OwnerRows, rows: Iterable[Row]) -> None:
        """The warm start's rows into an empty table: in bulk, since the first frame waits for them."""
        self.version += 1
        doubtful = owner.newest_refusal > LOWEST
        fresh = {row.key: row for row in rows if not (doubtful and owner.refuses(row, LOWEST))}
        owner.rows.update(fresh)
        owner.stamps.update(dict.fromkeys(fresh, LOWEST))
        self.merged.update(fresh)
        self.warm.update(fresh)
        for key in fresh:
            self.before.setdefault(key, None)

    def remove(self, owner: OwnerRows, keys: Iterable[Key], stamp: Stamp) -> None:
        """Take the word of ``stamp`` that ``keys`` are gone, for data that is not newer."""
        self.version += 1
        for key in keys:
            known = owner.stamps.get(key)
            if known is not None and stamp < known:
                continue
            owner.bury(key, stamp)
            if known is not None:
                self._drop(owner, key)

    def replace(self, owner: OwnerRows, gone: Iterable[Key], rows: Iterable[Row], stamp: Stamp) -> None:
        """A derived table's write: in order by nature, so that nothing needs to be buried."""
        for key in gone:
            if key in owner.rows:
                self._drop(owner, key)
        self.write(owner, rows, stamp)

    def end_relist(self, owner: OwnerRows, scope: Scope, stamp: Stamp, seen: Set[Key]) -> None:
        """Remove what a listing of ``scope`` begun at ``stamp`` has not seen, for data that is not newer."""
        self.version += 1
        stamps, rows = owner.stamps, owner.rows
        missing = [key for key in rows if key not in seen]
        for key in missing:
            if stamps[key] <= stamp and covers_row(scope, rows[key]):
                self._drop(owner, key)
        seen_only = {key for key in seen if stamps.get(key, LOWEST) < stamp}
        owner.settle(scope, stamp, seen, seen_only)

    def drop_owner(self, name: str) -> None:
        """Forget all that ``name`` has said."""
        owner = self.owners.pop(name, None)
        if owner is None:
            return
        self.version += 1
        for key in owner.rows:
            self._merge(key, membership=True)

    def forget_warm(self, where: Callable[[Row], bool]) -> int:
        """Drop the rows that only the warm start knows and ``where`` picks; gives how many."""
        gone = [key for key in self.warm if where(self.merged[key])]
        self.version += 1
        for key in gone:
            for owner in tuple(self.owners.values()):
                if key in owner.rows:
                    self._drop(owner, key)
        return len(gone)

    # -- inside --------------------------------------------------------------------------------------------------

    def _drop(self, owner: OwnerRows, key: Key) -> None:
        del owner.rows[key], owner.stamps[key]
        self._merge(key, membership=True)

    def _merge(self, key: Key, *, membership: bool = False) -> None:
        """Find again who speaks for ``key``: the newest stamp, the owner's name between equal ones."""
        best: OwnerRows | None = None
        newest = LOWEST
        for owner in self.owners.values():
            stamp = owner.stamps.get(key)
            if stamp is not None and (best is None or (newest, best.name) < (stamp, owner.name)):
                best, newest = owner, stamp
        old = self.merged.get(key)
        new = best.rows[key] if best is not None else None
        if new is not None and old is not None and old == new:
            new = old
        if old is not new or membership:
            self.before.setdefault(key, old)
            self.touched.add(key)
            if new is None:
                self.merged.pop(key, None)
            else:
                self.merged[key] = new
        self._warmth(key, new is not None and newest == LOWEST)

    def _warmth(self, key: Key, warm: bool) -> None:
        if warm:
            self.warm.add(key)
        elif key in self.warm:
            self.warm.discard(key)
            self.revived.add(key)
            self.touched.add(key)
            self.before.setdefault(key, self.merged.get(key))

    # -- the flush -----------------------------------------------------------------------------------------------

    def collect(self) -> tuple[TableChanges, set[Key]]:
        """What changed since the last time, and the keys that views must look at again without a change of value."""
        changes = TableChanges(self.before)
        merged, revived = self.merged, self.revived
        added, removed, changed = changes.added, changes.removed, changes.changed
        for key, old in self.before.items():
            new = merged.get(key)
            if new is None:
                if old is not None:
                    removed.append(key)
                else:  # came and went: a view made in between holds it
                    self.touched.add(key)
            elif old is None:
                added.append(key)
            elif key in revived or (old is not new and old != new):
                changed.append(key)
        touched, self.touched, self.before, self.revived = self.touched, set(), {}, set()
        return changes, touched
