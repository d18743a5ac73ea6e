"""A listing under way: pages of rows or of names, then an end that removes what was not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.store.owners import OwnerRows
from tui.store.stamp import Stamp
from tui.store.table import Table


class Relist:
    """Made by ``Store.begin``. Only ``end`` removes; after ``end``, ``abort`` or its owner's drop it does nothing more."""

    __slots__ = ("_open", "_owner", "_seen", "_table", "_touch", "scope", "stamp")

    def __init__(self, table: Table, owner: OwnerRows, scope: Scope, stamp: Stamp, touch: Callable[[], None]) -> None:
        self.scope = scope
        self.stamp = stamp
        self._table = table
        self._owner = owner
        self._touch = touch
        self._seen: set[Key] = set()
        self._open = True

    @property
    def open(self) -> bool:
        """Whether pages and the end still count."""
        return self._open and self._table.owners.get(self._owner.name) is self._owner

    def page(self, rows: Iterable[Row], seen: Iterable[Key] = ()) -> None:
        """Take the rows of one page, and names (``seen``) of rows that are there but were not read: those stay."""
        if not self.open:
            return
        listed = rows if isinstance(rows, (list, tuple)) else list(rows)
        self._seen.update([row.key for row in listed])
        self._seen.update(seen)
        self._table.write(self._owner, listed, self.stamp)
        self._touch()

    def end(self) -> None:
        """The listing is whole: what it has not seen, and no newer data speaks for, is gone."""
        if self.open:
            self._table.end_relist(self._owner, self.scope, self.stamp, self._seen)
            self._touch()
        self._open = False

    def abort(self) -> None:
        """The listing broke off: its pages stay, nothing is removed."""
        self._open = False
