"""Rows by a value of theirs: which tasks belong to this service, which pods run on this node."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from tui.model.scope import Key
from tui.store.table import Table


class Index:
    """Kept incrementally; what was written since the last flush is taken in when somebody asks. Made by the store."""

    __slots__ = ("_by", "_keys", "_seen_version", "_table", "_values")

    def __init__(self, table: Table, by: Callable[[Any], Iterable[Hashable]]) -> None:
        self._table = table
        self._by = by
        self._keys: dict[Hashable, dict[Key, None]] = {}
        self._values: dict[Key, tuple[Hashable, ...]] = {}
        self._seen_version = table.version
        self._take(table.merged)

    def get(self, value: Hashable) -> tuple[Any, ...]:
        """The rows that have ``value``, ordered by key."""
        self.sync()
        merged = self._table.merged
        return tuple(merged[key] for key in sorted(self._keys.get(value, ())))

    def values(self) -> tuple[Hashable, ...]:
        """Every value that any row has."""
        self.sync()
        return tuple(self._keys)

    def sync(self) -> None:
        """Take in what was written since the last time (the store does it before every flush forgets it)."""
        if self._seen_version != self._table.version:
            self._seen_version = self._table.version
            self._take(self._table.before)

    def _take(self, keys: Iterable[Key]) -> None:
        merged, values = self._table.merged, self._values
        for key in keys:
            row = merged.get(key)
            new = tuple(dict.fromkeys(self._by(row))) if row is not None else ()
            old = values.get(key, ())
            if new == old:
                continue
            for value in old:
                rest = self._keys[value]
                rest.pop(key, None)
                if not rest:
                    del self._keys[value]
            for value in new:
                self._keys.setdefault(value, {})[key] = None
            if new:
                values[key] = new
            else:
                values.pop(key, None)
