"""The cells of the rows that a table shows, read once, and which of them changed a moment ago.

A table asks the source for a row only when the row comes into view or when it is told that it changed. Comparing the
new cells with the old ones here is what lets the table repaint single cells and mark what changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from textual.strip import Strip

from widgets.cells import Cell, as_cell
from widgets.columns import Column
from widgets.order import TableSource

__all__ = ["KeptRow", "Look", "RowCache"]


class Look(NamedTuple):
    """Everything beside its cells that decides how a row is drawn."""

    cursor: str = ""  # "" no, "focused" or "blurred"
    marked: bool = False
    grey: bool = False
    gone: bool = False
    changed: frozenset[int] = frozenset()


class KeptRow:
    """One row as last read: cells, state, painted strips by look, and until when which columns count as changed."""

    __slots__ = ("cells", "changed", "state", "strips")

    def __init__(self, cells: tuple[Cell, ...], state: tuple[str, str]) -> None:
        self.cells = cells
        self.state = state
        self.strips: dict[Look, Strip] = {}
        self.changed: dict[int, float] = {}

    def marked_at(self, now: float) -> frozenset[int]:
        """The columns that changed a moment ago."""
        if not self.changed:
            return frozenset()
        return frozenset(column for column, until in self.changed.items() if until > now)


class RowCache:
    """Rows by key. Not more than a few screens of them are kept."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, KeptRow] = {}

    def clear(self) -> None:
        """Forget all rows."""
        self._rows.clear()

    def clear_strips(self) -> None:
        """Forget what was painted, keep what was read."""
        for row in self._rows.values():
            row.strips.clear()

    def get(self, key: Hashable) -> KeptRow | None:
        """The row as last read."""
        return self._rows.get(key)

    def load(self, key: Hashable, source: TableSource) -> KeptRow:
        """The row, read from the source if it was not kept."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = _read(key, source)
        return row

    def reload(self, key: Hashable, source: TableSource, columns: Sequence[Column], until: float) -> tuple[frozenset[int], bool]:
        """Read a kept row again; the columns whose cell is another now, and whether the state's symbol is.

        Columns that are not quiet count as changed until the time ``until``.
        """
        old = self._rows[key]
        new = _read(key, source)
        if len(new.cells) != len(old.cells):
            different = frozenset(range(max(len(new.cells), len(old.cells))))
        else:
            different = frozenset(
                index for index, (one, other) in enumerate(zip(new.cells, old.cells, strict=True)) if one != other
            )
        state_differs = new.state != old.state
        if not different and not state_differs:
            return different, False
        old.cells, old.state = new.cells, new.state
        old.strips.clear()
        for index in different:
            if index < len(columns) and not columns[index].quiet:
                old.changed[index] = until
        return different, state_differs

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Rows that are not in view and changed: they are read again when they come back."""
        for key in keys:
            self._rows.pop(key, None)

    def known(self, keys: set[Hashable] | frozenset[Hashable]) -> list[Hashable]:
        """Those of ``keys`` that are kept."""
        if len(keys) < len(self._rows):
            return [key for key in keys if key in self._rows]
        return [key for key in self._rows if key in keys]

    def prune(self, visible: Sequence[Hashable]) -> None:
        """Keep the rows in view and not many more."""
        if len(self._rows) > 6 * len(visible) + 200:
            wanted = set(visible)
            self._rows = {key: row for key, row in self._rows.items() if key in wanted}

    def expire(self, keys: Iterable[Hashable], now: float) -> tuple[dict[Hashable, frozenset[int]], float | None]:
        """The rows among ``keys`` that lost change marks by ``now``, with their columns; and when the next one does."""
        lost: dict[Hashable, frozenset[int]] = {}
        following: float | None = None
        for key in keys:
            row = self._rows.get(key)
            if row is None or not row.changed:
                continue
            kept = {column: until for column, until in row.changed.items() if until > now}
            if len(kept) < len(row.changed):
                lost[key] = frozenset(row.changed.keys() - kept.keys())
                row.changed = kept
            for until in kept.values():
                following = until if following is None else min(following, until)
        return lost, following


def _read(key: Hashable, source: TableSource) -> KeptRow:
    cells, state = source.read(key)
    return KeptRow(tuple(as_cell(value) for value in cells), state)
