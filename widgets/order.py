"""The order of a table's rows as the reader sees it, which is not always the order that the source has now.

While someone types, rows must not move: the order is held as it was at the first key. A row that vanishes under the
cursor keeps its place for a moment, so that nobody's next key falls on its neighbour. Both are questions of order only;
cells are read from the source as they are.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Protocol

from widgets.cells import Cell

__all__ = ["RowOrder", "TableSource"]


class TableSource(Protocol):
    """Where a table reads its rows, by key and only for the lines it shows.

    A source may also have ``keys() -> Sequence`` (all keys in order), which makes holding the order cheap.
    """

    def __len__(self) -> int: ...

    def key_at(self, index: int, /) -> Hashable:
        """The key of the row at ``index`` (0 is the first)."""
        ...

    def index_of(self, key: Hashable, /) -> int | None:
        """Where the row stands, None where there is no such row."""
        ...

    def read(self, key: Hashable, /) -> tuple[Sequence[str | Cell], tuple[str, str]]:
        """One cell for each declared column; the symbol of the first column (one cell wide) and its theme token, both empty
        for none."""
        ...


class RowOrder:
    """The source's order, or the order held since ``hold``, with at most one ghost: a row that the source has lost."""

    def __init__(self, source: TableSource) -> None:
        self.source = source
        self._held: list[Hashable] | None = None
        self._positions: dict[Hashable, int] | None = None
        self._ghost: tuple[Hashable, int] | None = None

    @property
    def held(self) -> bool:
        """Whether the order is held."""
        return self._held is not None

    @property
    def ghost(self) -> Hashable | None:
        """The key of the row that is shown though it is gone, None for none; only while the order is not held."""
        return self._ghost[0] if self._ghost else None

    def hold(self) -> None:
        """Keep the order as it is shown now."""
        if self._held is None:
            self._held = self._all_keys()
            self._ghost = None

    def release(self) -> None:
        """Show the source's order again."""
        self._held = self._positions = None

    def haunt(self, key: Hashable, index: int) -> None:
        """Keep a row that has left the source at ``index``."""
        if self._held is None:
            self._ghost = (key, max(0, min(index, len(self.source))))

    def lay(self) -> None:
        """Forget the ghost."""
        self._ghost = None

    def extend(self, keys: Iterable[Hashable]) -> None:
        """Rows that came while the order is held stand at its end."""
        if self._held is None:
            return
        positions = self._position_table()
        for key in keys:
            if key not in positions:
                positions[key] = len(self._held)
                self._held.append(key)

    def is_gone(self, key: Hashable) -> bool:
        """Whether the source has no such row any more."""
        return self.source.index_of(key) is None

    def __len__(self) -> int:
        if self._held is not None:
            return len(self._held)
        return len(self.source) + (self._ghost is not None)

    def key_at(self, index: int) -> Hashable:
        """The key shown at ``index``."""
        if self._held is not None:
            return self._held[index]
        if self._ghost is not None:
            if index == self._ghost[1]:
                return self._ghost[0]
            index -= index > self._ghost[1]
        return self.source.key_at(index)

    def keys_between(self, first: int, last: int) -> list[Hashable]:
        """The keys shown at ``first`` up to, not including, ``last``; fewer at the end of the list."""
        last = min(last, len(self))
        if self._held is not None:
            return self._held[first:last]
        return [self.key_at(index) for index in range(first, last)]

    def index_of(self, key: Hashable) -> int | None:
        """Where ``key`` is shown, None where it is not."""
        if self._held is not None:
            return self._position_table().get(key)
        if self._ghost is not None and key == self._ghost[0]:
            return self._ghost[1]
        index = self.source.index_of(key)
        if index is not None and self._ghost is not None and index >= self._ghost[1]:
            index += 1
        return index

    def _position_table(self) -> dict[Hashable, int]:
        if self._positions is None:
            self._positions = {key: index for index, key in enumerate(self._held or ())}
        return self._positions

    def _all_keys(self) -> list[Hashable]:
        every = getattr(self.source, "keys", None)
        if every is None:
            return [self.key_at(index) for index in range(len(self))]
        keys = list(every())
        if self._ghost is not None:
            keys.insert(self._ghost[1], self._ghost[0])
        return keys
