"""What a derived table is: rows that are computed from other rows.

The words stand in the model because both the store (which runs derived tables) and the diagnosis (which is made of
them) speak them, and neither may import the other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from msgspec import Struct

from tui.model.row import Row
from tui.model.scope import Key

Grouping = Callable[[Any], Iterable[Hashable]]
"""From a row to the groups that it belongs to (none, one or several); pure."""

Recorder = Callable[[Any], float | None]
"""From a row to the value to keep in the history, None for nothing; pure."""


def own_key(row: Row) -> tuple[Key]:
    """The grouping in which every row is a group by itself; the store runs it without keeping members."""
    return (row.key,)


class HistoryReader(Protocol):
    """The history as rules may read it. Times in epoch seconds, oldest first."""

    def series(self, key: Key, series: str) -> Sequence[tuple[float, float]]:
        """The points of a series."""
        ...

    def transitions(self, key: Key) -> Sequence[tuple[float, str]]:
        """When the row changed its state, and into which."""
        ...

    def count_since(self, key: Key, series: str, seconds: float) -> int:
        """By how much a counter rose in the last ``seconds``."""
        ...

    def above_since(self, key: Key, series: str, threshold: float) -> float | None:
        """Since when the series has stayed at or above ``threshold``; None where its last point is below."""
        ...


class DerivedContext(Struct, frozen=True, gc=False):
    """What a computation may know beside its members. ``coverage(kind)``: scopes read, scopes known."""

    now: float
    history: HistoryReader
    coverage: Callable[[str], tuple[int, int]]


class Computed(Struct, frozen=True, gc=False):
    """What a group gives: its rows, and when (epoch seconds) to compute it again though nothing changed."""

    rows: tuple[Row, ...] = ()
    recheck_at: float | None = None


NOTHING = Computed()
"""The answer for a group that gives no rows: one shared value, since most groups of most rules give none."""


class Derived(ABC):
    """A table computed by groups. The store keeps the members of each group and computes again only the groups of
    changed rows, or those whose ``recheck_at`` came, before subscribers are told, in the same flush.

    ``output``: the kind of its rows. Each row's key must name its group, so that no two groups write one key.
    ``inputs``: input kind → the groups that a row of it belongs to.
    ``covers``: kinds whose coverage the computation reads; when it changes, every group is computed again.
    ``records``: series to keep in the history from rows of an input kind as they change (name, value of the row).
    """

    name: ClassVar[str]
    output: ClassVar[str]
    inputs: ClassVar[Mapping[str, Grouping]]
    covers: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[Mapping[str, tuple[tuple[str, Recorder], ...]]] = {}

    @abstractmethod
    def compute(self, group: Any, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        """The rows of ``group``. ``members``: input kind → its rows, ordered by key; a kind without rows is ``()``."""
