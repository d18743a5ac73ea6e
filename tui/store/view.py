"""A view: a live, ordered answer to (kind, scope, filter, sort), kept up to date by what changed only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State
from tui.store.changes import Subscribers, Subscription, TableChanges, ViewChange
from tui.store.faults import Faults
from tui.store.ordering import LAST, Entry, Ordering
from tui.store.owners import covers_row

R = TypeVar("R", bound=Row)

UNSET: Any = object()
"""The default of ``View.update``: leave it as it is."""

BULK = 64
"""From so many changes on, and a quarter of the rows, sorting all again is cheaper than moving each."""


class Reader(Protocol):
    """What a view needs of the store."""

    def merged(self, kind: str) -> Mapping[Key, Row]: ...

    def owned(self, owner: str, key: Key) -> Row | None: ...

    def state(self, row: Row) -> State: ...

    @property
    def faults(self) -> Faults: ...


class View(Generic[R]):
    """Rows in order, as of the last flush; ties are broken by key. Made by ``Store.view``.

    ``where`` and ``sort`` are pure; they are asked again for a row when it or its findings change. A ``sort`` that gives
    None puts the row last. Positions count from 0; ``reverse`` mirrors the order.
    """

    def __init__(
        self,
        store: Reader,
        kind: str,
        where: Callable[[R], bool] | None,
        sort: Callable[[R], Any] | None,
        reverse: bool,
        limit_scope: Scope | None,
        closed: Callable[[View[Any]], None],
    ) -> None:
        self.kind = kind
        self._store = store
        self._where = where
        self._sort = sort
        self._reverse = reverse
        self._limit = limit_scope
        self._closed = closed
        self._rows: dict[Key, R] = {}
        self._entries: dict[Key, Entry] = {}
        self._order = Ordering()
        self._subscribers: Subscribers[ViewChange] = Subscribers(store.faults)
        self.spoiled = False  # its question failed on a row: it is asked anew of all with the next change
        self._build()

    # -- reading -------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def key_at(self, i: int) -> Key:
        """The key at position ``i``; IndexError where there is none."""
        if not 0 <= i < len(self._rows):
            raise IndexError(i)
        return self._order.at(len(self._rows) - 1 - i if self._reverse else i)[1]

    def row_at(self, i: int) -> R:
        """The row at position ``i``; IndexError where there is none."""
        return self._rows[self.key_at(i)]

    def index_of(self, key: Key) -> int | None:
        """The position of a key; None where the view does not hold it."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        position = self._order.position(entry)
        return len(self._rows) - 1 - position if self._reverse else position

    def row(self, key: Key) -> R | None:
        """The row of a key as of the last flush."""
        return self._rows.get(key)

    def keys(self) -> Sequence[Key]:
        """All keys in order."""
        keys = [entry[1] for entry in self._order]
        if self._reverse:
            keys.reverse()
        return keys

    def rows(self) -> Sequence[R]:
        """All rows in order."""
        rows = self._rows
        return [rows[key] for key in self.keys()]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    # -- changing ------------------------------------------------------------------------------------------------

    def subscribe(self, callback: Callable[[ViewChange], None]) -> Subscription:
        """Be told what changed, once a flush, after the view holds it."""
        return self._subscribers.add(callback)

    def update(
        self,
        *,
        where: Callable[[R], bool] | None = UNSET,
        sort: Callable[[R], Any] | None = UNSET,
        reverse: bool = UNSET,
        limit_scope: Scope | None = UNSET,
    ) -> None:
        """Ask another question: what is given replaces what was (None: no filter, the default order). Tells ``reset``."""
        self._where = self._where if where is UNSET else where
        self._sort = self._sort if sort is UNSET else sort
        self._reverse = self._reverse if reverse is UNSET else reverse
        self._limit = self._limit if limit_scope is UNSET else limit_scope
        self._build()
        self._subscribers.tell(ViewChange(reset=True, total=len(self._rows)))

    def close(self) -> None:
        """Stop following the store; what it holds stays readable."""
        self._closed(self)

    # -- inside --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        rows = cast("Iterable[R]", self._store.merged(self.kind).values())
        held = {row.key: row for row in rows if self._holds(row)}
        entries = {key: (self._value(row), key) for key, row in held.items()}
        self._rows, self._entries = held, entries  # together: where a question fails, the view stays as it was
        self._order.rebuild(list(entries.values()))

    def _holds(self, row: R) -> bool:
        limit = self._limit
        if limit is not None:
            if not covers_row(limit, row, any_owner=True):
                return False
            if limit.owner and limit.owner != row.scope.owner and self._store.owned(limit.owner, row.key) is None:
                return False
        return self._where is None or self._where(row)

    def _value(self, row: R) -> Any:
        if self._sort is None:
            return (int(self._store.state(row)), row.name)
        value = self._sort(row)
        return LAST if value is None else value

    def apply(self, changes: TableChanges | None, again: Iterable[Key]) -> ViewChange | None:
        """Take in a flush's changes, and look ``again`` at rows that did not change themselves. Called by the store;
        gives what to tell, None for nothing."""
        if self.spoiled:
            self._build()
            self.spoiled = False
            return ViewChange(reset=True, total=len(self._rows))
        merged = self._store.merged(self.kind)
        removed: list[Key] = []
        fresh: dict[Key, R] = {}  # rows that the view shall hold
        rows = self._rows
        candidates: dict[Key, None] = dict.fromkeys(again)
        if changes is not None:
            candidates.update(dict.fromkeys(changes.removed))
            candidates.update(dict.fromkeys(changes.added))
            candidates.update(dict.fromkeys(changes.changed))
        for key in candidates:
            row = cast("R | None", merged.get(key))
            if row is not None and self._holds(row):
                fresh[key] = row
            elif key in rows:
                removed.append(key)
        if not removed and not fresh:
            return None
        return self._settle(removed, fresh)

    def _settle(self, removed: list[Key], fresh: dict[Key, R]) -> ViewChange:
        rows, entries, order = self._rows, self._entries, self._order
        sorts = [self._value(row) for row in fresh.values()]  # before anything changes, since it may fail
        added: list[Key] = []
        changed: list[Key] = []
        moved: list[Key] = []
        bulk = len(removed) + len(fresh) > max(BULK, len(rows) // 4)
        for key in removed:
            del rows[key]
            entry = entries.pop(key)
            if not bulk:
                order.remove(entry)
        for (key, row), sort in zip(fresh.items(), sorts, strict=True):
            new = (sort, key)
            old = entries.get(key)
            rows[key] = row
            if old is None:
                added.append(key)
            else:
                changed.append(key)
                if old[0] == new[0]:
                    continue
                moved.append(key)
                if not bulk:
                    order.remove(old)
            entries[key] = new
            if not bulk:
                order.add(new)
        if bulk:
            order.rebuild(list(entries.values()))
        return ViewChange(tuple(added), tuple(removed), tuple(changed), tuple(moved), False, len(rows))

    def tell(self, change: ViewChange) -> None:
        """Tell subscribers. Called by the store when all views hold the flush."""
        self._subscribers.tell(change)
