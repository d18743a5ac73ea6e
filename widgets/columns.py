"""Which columns of a table are shown and how wide they are.

Widths come from what the columns declare and from the room there is, not from the rows, so that scrolling or a new row
never moves a column. Only two things seen in the rows widen a column, and nothing ever narrows it again: a number wider
than its column, since numbers are never cut, and a longer name in a column that may grow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

__all__ = ["GAP", "LEAD", "Column", "Placed", "layout", "wide_layout"]

#: Cells before the first column: mark or cursor sign, state symbol, a space.
LEAD = 3
#: Cells between two columns.
GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. Widths are in cells.

    ``priority`` 0 is never dropped, larger ones go first. ``flexible`` takes the room that is left. ``max_width`` lets a
    column of names grow beyond ``width`` where there are longer names and room. ``sort_key`` is the capital letter that
    sorts by it. ``quiet`` columns (ages, sparklines) are not marked when their value changes. A ``roomy`` one is only shown
    where every other column has the width it asks for.
    """

    id: str
    title: str
    align: Literal["left", "right"] = "left"
    width: int = 8
    min_width: int = 0
    priority: int = 0
    flexible: bool = False
    shorten: Literal["end", "middle"] = "end"
    sort_key: str = ""
    max_width: int = 0
    quiet: bool = False
    roomy: bool = False

    def least(self, grown: int = 0) -> int:
        """The smallest width at which the column may still be shown; a number's is its whole width."""
        if self.align == "right":
            return max(self.width, grown, 1)
        return max(1, min(self.min_width or self.width, self.width))

    def preferred(self, grown: int = 0) -> int:
        """The width that is asked for."""
        return max(self.width, grown, 1) if self.align == "right" else max(1, self.width)


#: cells in which the first word of a sentence can still be read
_STUB = 8


class Placed(NamedTuple):
    """A column on the screen: its number among the declared ones, its left edge and its width in cells."""

    column: int
    x: int
    width: int


def layout(columns: Sequence[Column], width: int, grown: Mapping[int, int] | None = None) -> tuple[Placed, ...]:
    """Place what fits into ``width`` cells, in declared order.

    ``grown`` gives, by column index, the widest text seen where that is wider than the column. The most columns that
    fit at their least width are kept, dropping the largest priority first (of equals the last); then the room left is
    handed out: preferred widths by priority, growing names, the flexible column.
    """
    grown = grown or {}
    kept = _kept(columns, width - LEAD, grown)
    if not kept:
        return ()
    widths = _widths(columns, kept, width - LEAD, grown)
    return _place(kept, widths)


def wide_layout(columns: Sequence[Column], width: int, grown: Mapping[int, int] | None = None) -> tuple[Placed, ...]:
    """All columns at their preferred width, however wide that gets; used with horizontal scrolling."""
    grown = grown or {}
    every = list(range(len(columns)))
    widths = {index: columns[index].preferred(grown.get(index, 0)) for index in every}
    _hand_out(columns, every, widths, width - LEAD - _gaps(every) - sum(widths.values()), grown)
    return _place(every, widths)


def _gaps(kept: Sequence[int]) -> int:
    return GAP * (len(kept) - 1) if kept else 0


def _kept(columns: Sequence[Column], room: int, grown: Mapping[int, int]) -> list[int]:
    kept = _without_roomy(columns, room, grown)
    need = sum(columns[index].least(grown.get(index, 0)) for index in kept) + _gaps(kept)
    for index in sorted(kept, key=lambda index: (-columns[index].priority, -index)):
        if need <= room or columns[index].priority == 0:
            break
        kept.remove(index)
        need -= columns[index].least(grown.get(index, 0)) + GAP
    return _squeezed(columns, kept, room, grown) if need > room else kept


def _without_roomy(columns: Sequence[Column], room: int, grown: Mapping[int, int]) -> list[int]:
    """All columns, less the roomy ones that the others leave no room for."""
    kept = [index for index, column in enumerate(columns) if not column.roomy]
    need = sum(columns[index].preferred(grown.get(index, 0)) for index in kept) + _gaps(kept)
    for index in (index for index, column in enumerate(columns) if column.roomy):
        need += columns[index].least(grown.get(index, 0)) + GAP
        if need <= room:
            kept.append(index)
    return sorted(kept)


def _squeezed(columns: Sequence[Column], kept: list[int], room: int, grown: Mapping[int, int]) -> list[int]:
    """Where even the indispensable columns do not fit: the flexible one gives way, then goes (the pane's last line has
    its text), then the last columns go; the first one loses what it must."""

    def least(index: int) -> int:
        sentence = columns[index].flexible and columns[index].align == "left"
        return _STUB if sentence else columns[index].least(grown.get(index, 0))

    while len(kept) > 1 and sum(map(least, kept)) + _gaps(kept) > room:
        flexible = [index for index in kept[1:] if columns[index].flexible]
        kept = [index for index in kept if index != (flexible[-1] if flexible else kept[-1])]
    if len(kept) == 1 and columns[kept[0]].align == "right" and least(kept[0]) > room:
        return []  # a number that is cut would be another number
    return kept if room > 0 else []


def _widths(columns: Sequence[Column], kept: Sequence[int], room: int, grown: Mapping[int, int]) -> dict[int, int]:
    least = {index: columns[index].least(grown.get(index, 0)) for index in kept}
    spare = room - _gaps(kept) - sum(least.values())
    if spare < 0:
        return _narrowed(columns, kept, least, -spare)
    for index in sorted(kept, key=lambda index: (columns[index].priority, index)):
        if columns[index].flexible:  # takes what is left when the names have what they need
            continue
        more = min(spare, columns[index].preferred(grown.get(index, 0)) - least[index])
        least[index] += more
        spare -= more
    _hand_out(columns, kept, least, spare, grown)
    return least


def _narrowed(columns: Sequence[Column], kept: Sequence[int], widths: dict[int, int], missing: int) -> dict[int, int]:
    """Take ``missing`` cells from the text columns, always from the widest one."""
    texts = [index for index in kept if columns[index].align != "right"]
    while missing > 0 and texts:
        widest = max(texts, key=lambda index: widths[index])
        if widths[widest] <= 1:
            break
        widths[widest] -= 1
        missing -= 1
    return widths


def _hand_out(
    columns: Sequence[Column], kept: Sequence[int], widths: dict[int, int], spare: int, grown: Mapping[int, int]
) -> None:
    """Give the room left to names and sentences that need more, by priority, then to the flexible column."""
    flexible = [index for index in kept if columns[index].flexible]
    for index in sorted(kept, key=lambda index: (columns[index].priority, index)):
        if columns[index].align == "left":
            more = min(spare, min(columns[index].max_width, grown.get(index, 0)) - widths[index])
            if more > 0:
                widths[index] += more
                spare -= more
    if flexible and spare > 0:
        widths[flexible[-1]] += spare


def _place(kept: Sequence[int], widths: Mapping[int, int]) -> tuple[Placed, ...]:
    placed: list[Placed] = []
    x = LEAD
    for index in kept:
        placed.append(Placed(index, x, widths[index]))
        x += widths[index] + GAP
    return tuple(placed)
