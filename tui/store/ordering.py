"""An ordered list of entries in chunks: insert, remove and look up a position without moving the whole list.

An entry is ``(sort value, key)``; keys are unique, so no two entries are equal. With 10,000 rows a change touches one
chunk of a few hundred; positions come from running sums, renewed at most once between two changes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import accumulate, chain
from typing import Any

from tui.model.scope import Key

Entry = tuple[Any, Key]

LOAD = 400
"""Entries a chunk is cut into; a chunk of twice as many is halved."""


class Last:
    """Greater than any other value: stands for None in sort values, so that what is not known comes last."""

    __slots__ = ()

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return other is not self

    def __eq__(self, other: object) -> bool:
        return other is self

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "LAST"


LAST = Last()


class Ordering:
    """Entries in rising order."""

    __slots__ = ("_chunks", "_maxima", "_starts")

    def __init__(self) -> None:
        self._chunks: list[list[Entry]] = []
        self._maxima: list[Entry] = []  # the last entry of each chunk
        self._starts: list[int] | None = None  # position of each chunk's first entry; None: to be renewed

    def __len__(self) -> int:
        starts = self._positions()
        return starts[-1] + len(self._chunks[-1]) if starts else 0

    def __iter__(self) -> Iterator[Entry]:
        return chain.from_iterable(self._chunks)

    def rebuild(self, entries: list[Entry]) -> None:
        """Hold ``entries`` (in any order; the list is sorted in place) and nothing else."""
        entries.sort()
        self._chunks = [entries[i : i + LOAD] for i in range(0, len(entries), LOAD)]
        self._maxima = [chunk[-1] for chunk in self._chunks]
        self._starts = None

    def add(self, entry: Entry) -> None:
        """Put an entry in its place."""
        self._starts = None
        if not self._chunks:
            self._chunks.append([entry])
            self._maxima.append(entry)
            return
        at = min(bisect_left(self._maxima, entry), len(self._chunks) - 1)
        chunk = self._chunks[at]
        insort(chunk, entry)
        if len(chunk) > 2 * LOAD:
            self._chunks[at : at + 1] = [chunk[:LOAD], chunk[LOAD:]]
            self._maxima[at : at + 1] = [chunk[LOAD - 1], chunk[-1]]
        else:
            self._maxima[at] = chunk[-1]

    def remove(self, entry: Entry) -> None:
        """Take out an entry that is there."""
        self._starts = None
        at = bisect_left(self._maxima, entry)
        chunk = self._chunks[at]
        del chunk[bisect_left(chunk, entry)]
        if chunk:
            self._maxima[at] = chunk[-1]
        else:
            del self._chunks[at], self._maxima[at]

    def position(self, entry: Entry) -> int:
        """The place of an entry that is there, from 0."""
        at = bisect_left(self._maxima, entry)
        return self._positions()[at] + bisect_left(self._chunks[at], entry)

    def at(self, position: int) -> Entry:
        """The entry at ``position``, from 0 to the length less one."""
        starts = self._positions()
        at = bisect_right(starts, position) - 1
        return self._chunks[at][position - starts[at]]

    def _positions(self) -> list[int]:
        if self._starts is None:
            lengths = [len(chunk) for chunk in self._chunks]
            self._starts = list(accumulate(lengths[:-1], initial=0)) if lengths else []
        return self._starts
