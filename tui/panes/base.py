"""What a pane declares: its kind, columns, what it joins, where Enter leads. Panes draw nothing and call nothing.

A pane is found by scanning this package; adding one means adding one file with one subclass of ``Pane``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

from msgspec import Struct

from tui.model import Key, Row, Scope
from tui.panes.words import Cell
from tui.store import Store

Value = Callable[[Any, "PaneContext"], "str | Cell"]


class PaneContext(Struct, frozen=True, kw_only=True):
    """What a cell may look at: the store (joins, findings, history), the time, and how to draw."""

    store: Store
    now: float
    ascii: bool = False
    #: the line to the terminal is slow: nothing is drawn that moves by itself
    calm: bool = False
    clusters: Mapping[str, str] = {}


class PaneColumn(Struct, frozen=True, kw_only=True):
    """One column. ``value`` gives the cell; ``sort`` what the column sorts by (else the cell's text).

    ``priority``: 0 is never dropped, larger ones are dropped first on narrow terminals. ``letter``: the capital that
    sorts by it. ``wide``: only with ``ctrl-w``. ``most``: how wide it may grow for longer texts where there is room (names,
    which are shortened in the middle, up to twice their width). ``roomy``: only where all others have their width.
    """

    id: str
    title: str
    value: Value
    width: int
    minimum: int = 3
    align: Literal["left", "right"] = "left"
    priority: int = 0
    flexible: bool = False
    shorten: Literal["end", "middle"] = "end"
    sort: Callable[[Any, PaneContext], Any] | None = None
    letter: str = ""
    wide: bool = False
    most: int = 0
    roomy: bool = False

    def cell(self, row: Any, context: PaneContext) -> str | Cell:
        """The cell as it is drawn: a muted ``-`` where the row says nothing, but in the flexible column, whose room stays
        empty. All of them alike: a change of style costs bytes."""
        found = self.value(row, context)
        text, style = (found, "") if isinstance(found, str) else (found.text, found.style)
        if text and not (text == "-" and not style):
            return found
        return found if self.flexible else Cell("-", "muted")


#: words of titles that stay in capitals, and short ones written out
WORDS = {"CPU": "CPU", "IP": "IP", "URI": "URI", "QOS": "QoS", "REV": "Revision", "PEND": "Pending", "RST": "Restarts"}


def label(title: str) -> str:
    """A column's title as a label: ``CPU m``, ``Task role``."""
    first, _, rest = title.partition(" ")
    if first in ("MEM", "CPU") or first.startswith("%"):
        return f"{first.replace('MEM', 'Memory')} {rest}".strip()
    return WORDS.get(title) or title.capitalize()


class Drill(Struct, frozen=True, kw_only=True):
    """Where Enter (or a key) leads from a row: another kind, narrowed. ``rows`` gives rows that no table holds."""

    kind: str
    title: str
    where: Callable[[Row], bool] | None = None
    rows: Callable[[], Iterable[Row]] | None = None
    scope: Scope | None = None
    keys: frozenset[Key] = frozenset()
    parent: Key | None = None
    sort: str = ""  # the column to sort by, where the pane's own is not it


class Jump(Struct, frozen=True, kw_only=True):
    """A key that leads from a row to a neighbour (its node, its owner, its task definition)."""

    id: str
    key: str
    title: str
    to: Callable[[Any, PaneContext], Drill | None]


class Pane:
    """The declaration of one kind's list."""

    kind: ClassVar[str]
    title: ClassVar[str]
    short: ClassVar[str] = ""  # the tab's word
    world: ClassVar[Literal["ecs", "ecr", "eks", "own"]] = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[tuple[PaneColumn, ...]] = ()
    inside: ClassVar[str] = ""  # the kind from whose rows alone it is opened; there is no list of all of them
    home: ClassVar[int] = 0  # 1 to 4: its place on the first screen
    joins: ClassVar[tuple[str, ...]] = ()  # other kinds that its cells read; changes there recheck the rows on screen
    needs: ClassVar[tuple[str, ...]] = ()  # kinds that are fetched while it is on screen, beside its own
    logs: ClassVar[bool] = False  # whether ``l`` works
    scoped_by: ClassVar[Literal["", "cluster", "namespace"]] = ""
    jumps: ClassVar[tuple[Jump, ...]] = ()
    default_sort: ClassVar[str] = "state"
    least_reason: ClassVar[int] = 26  # cells that the reason keeps: its first words; fewer where there seldom is one

    def include(self, row: Any) -> bool:
        """Whether the unfiltered list shows ``row``."""
        return True

    def drill(self, row: Any, context: PaneContext) -> Drill | None:
        """Where Enter leads; None describes the row."""
        return None

    def order(self, row: Any) -> Any:
        """What rows of one state and scope are sorted by."""
        return row.name

    def scope_name(self, row: Any) -> str:
        """The cluster or namespace by which ``0-9`` narrows the list."""
        return ""

    def target(self, row: Any, context: PaneContext) -> Row | None:
        """The row that actions and logs take (a problem stands for the row that it is about)."""
        found: Row = row
        return found

    def labels(self, row: Any) -> Mapping[str, str]:
        """What ``-l name=value`` filters by: tags or labels."""
        pairs: Sequence[tuple[str, str]] = getattr(row, "labels", None) or getattr(row, "tags", None) or ()
        return dict(pairs)

    def describe(self, row: Any, context: PaneContext) -> list[tuple[str, str]]:
        """The facts of ``d``: (label, text) lines before findings, events and the whole object."""
        facts: list[tuple[str, str]] = []
        for column in self.columns:
            cell = column.cell(row, context)
            text = cell if isinstance(cell, str) else cell.text
            if text and text != "-":
                facts.append((label(column.title), text))
        return facts

    def events(self, row: Any, context: PaneContext) -> list[tuple[float, str]]:
        """(time, words) of what happened to the row, newest first."""
        return []

    def empty(self, context: PaneContext) -> str:
        """Why the list is empty, where no source has a trouble of its own."""
        return f"No {self.title.lower()} here."

    def console_path(self, row: Any) -> str:
        """The path in the AWS console after the host, empty where it has no page."""
        return ""
