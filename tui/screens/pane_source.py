"""What a table reads: a view of the store (or rows made from a parent), drawn by a pane's columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from typing import Any, cast

from tui.model import Key, Row
from tui.panes import Pane, PaneColumn, PaneContext
from tui.panes.words import Cell as Words
from tui.store import View, ViewChange
from widgets.table import Cell, Column

#: how wide a long reason makes its column before names of less importance grow
MOST_REASON = 100


def table_columns(pane: Pane, wide: bool, hidden: Collection[str] = ()) -> tuple[list[PaneColumn], list[Column]]:
    """The pane's columns and what the table takes, with WHY last where no other column takes the width that is left.
    ``hidden``: columns that would say the same in every row."""
    shown = [column for column in pane.columns if (wide or not column.wide) and column.id not in hidden]
    columns = [
        Column(
            id=c.id,
            title=c.title,
            align=c.align,
            width=c.width,
            min_width=c.minimum,
            priority=c.priority,
            flexible=c.flexible,
            roomy=c.roomy,
            shorten=c.shorten,
            sort_key=c.letter,
            max_width=c.most or (2 * c.width if c.shorten == "middle" else 0),
            quiet=c.id in ("age", "since", "pushed", "last", "event", "cpu", "memory", "created"),
        )
        for c in shown
    ]
    if not any(c.flexible for c in shown):
        columns.append(Column(id="why", title="WHY", width=40, min_width=pane.least_reason, max_width=MOST_REASON, flexible=True))
    return shown, columns


class RowsOf:
    """Rows that no table holds (a pod's containers), in the shape of a view."""

    def __init__(self, rows: Callable[[], Iterable[Row]]) -> None:
        self._rows = rows
        self._where: Callable[[Row], bool] | None = None
        self._list: list[Row] = []
        self._index: dict[Key, int] = {}
        self.reload()

    def reload(self) -> None:
        """Ask again."""
        self._list = [row for row in self._rows() if self._where is None or self._where(row)]
        self._index = {row.key: i for i, row in enumerate(self._list)}

    def __len__(self) -> int:
        return len(self._list)

    def key_at(self, index: int) -> Key:
        return self._list[index].key

    def index_of(self, key: Key) -> int | None:
        return self._index.get(key)

    def row(self, key: Key) -> Row | None:
        index = self._index.get(key)
        return None if index is None else self._list[index]

    def keys(self) -> Sequence[Key]:
        return [row.key for row in self._list]

    def update(self, *, where: Callable[[Row], bool] | None = None, sort: Any = None, reverse: bool = False) -> None:
        self._where = where
        self.reload()
        if sort is not None:
            self._list.sort(key=sort, reverse=reverse)
            self._index = {row.key: i for i, row in enumerate(self._list)}

    def close(self) -> None:
        """Nothing is held."""


class PaneSource:
    """A ``TableSource`` over a view; cells are asked for by key, only for the lines on screen."""

    def __init__(self, pane: Pane, view: View[Row] | RowsOf, context: Callable[[], PaneContext]) -> None:
        self.pane = pane
        self.view = view
        self._context = context
        self.wide = False
        self.hidden: frozenset[str] = frozenset()
        self.columns, self.table_columns = table_columns(pane, False)
        self.cached: dict[Hashable, tuple[tuple[str | Cell, ...], tuple[str, str]]] = {}

    def __len__(self) -> int:
        return len(self.view)

    def key_at(self, index: int, /) -> Hashable:
        return self.view.key_at(index)

    def index_of(self, key: Hashable, /) -> int | None:
        return self.view.index_of(cast(Key, key))

    def keys(self) -> Sequence[Key]:
        """All keys in order."""
        return self.view.keys()

    def row(self, key: Hashable) -> Row | None:
        """The row behind a key."""
        return self.view.row(cast(Key, key))

    def choose(self, *, wide: bool, hidden: frozenset[str]) -> bool:
        """Other columns; whether they are others than before."""
        if (wide, hidden) == (self.wide, self.hidden):
            return False
        self.wide, self.hidden = wide, hidden
        self.columns, self.table_columns = table_columns(self.pane, wide, hidden)
        self.cached.clear()
        return True

    def read(self, key: Hashable, /) -> tuple[tuple[str | Cell, ...], tuple[str, str]]:
        found = self.draw(key)
        self.cached[key] = found
        return found

    def draw(self, key: Hashable) -> tuple[tuple[str | Cell, ...], tuple[str, str]]:
        """Cells and state of a row as they are now; dots for a row that has gone."""
        row = self.row(key)
        if row is None:
            return tuple("" for _ in self.table_columns), ("", "")
        context = self._context()
        state = context.store.state(row)
        cells: list[str | Cell] = [as_cell(column.cell(row, context)) for column in self.columns]
        if len(cells) < len(self.table_columns):
            cells.append(context.store.reason(row))
        if self.pane.kind == row.key.kind and context.store.is_warm(row.key):
            cells = [Cell(cell if isinstance(cell, str) else cell.text, "muted") for cell in cells]
        return tuple(cells), (state.symbol, state.token)

    def different(self, keys: Iterable[Hashable]) -> list[Hashable]:
        """Which of ``keys`` would be drawn otherwise than they were (ages, joins), so that only those are repainted."""
        return [key for key in keys if self.draw(key) != self.cached.get(key)]

    def prune(self, keys: Iterable[Hashable]) -> None:
        """Forget what is not on the screen."""
        keep = set(keys)
        for key in [key for key in self.cached if key not in keep]:
            del self.cached[key]


def as_cell(value: str | Words) -> str | Cell:
    """A pane's cell as the table's."""
    return value if isinstance(value, str) else Cell(value.text, value.style)


__all__ = ["PaneSource", "RowsOf", "ViewChange", "table_columns"]
