"""Finding rows that moved, so that the terminal moves them and only what is new is sent."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress
from operator import ne

from tui.terminal.cells import Cell
from tui.terminal.screen_model import Screen

#: a scroll costs about forty bytes; it must save clearly more
WORTH = 60
LEAST_ROWS = 3


@dataclass(frozen=True, slots=True)
class Scroll:
    """Rows ``top..bottom`` of the columns ``left <= x < right`` move up by ``lines`` (down where negative)."""

    top: int
    bottom: int
    left: int
    right: int
    lines: int


def find(shown: Screen, wanted: Screen, changed: list[int], left: int, right: int) -> Scroll | None:
    """The move of one rectangle that saves most, None where none is worth it. ``changed``: the rows that differ, in order."""
    new = {y: wanted.rows[y][left:right] for y in changed}
    old = {y: shown.rows[y][left:right] for y in changed}
    rows = [y for y in changed if new[y] != old[y]]
    if len(rows) < LEAST_ROWS:
        return None
    lines = likely(new, old, rows)
    if not lines:
        return None
    moved = [y for y in rows if y + lines in old and new[y] == old[y + lines]]
    if len(moved) < LEAST_ROWS - 1:
        return None
    top = min(moved[0], moved[0] + lines)
    bottom = max(moved[-1], moved[-1] + lines)
    if saving(shown, wanted, top, bottom, left, right, lines) < WORTH:
        return None
    scroll = Scroll(top, bottom, left, right, lines)
    return None if cuts_wide(shown, scroll) else scroll


def likely(new: dict[int, list[Cell]], old: dict[int, list[Cell]], rows: list[int]) -> int:
    """By how many lines most rows moved up."""
    votes: dict[int, int] = {}
    for y in rows:
        row = new[y]
        if row.count(row[0]) == len(row):
            continue  # an empty row is like every other
        for other, was in old.items():
            if row == was and other != y:
                votes[other - y] = votes.get(other - y, 0) + 1
    return max(votes, key=lambda lines: (votes[lines], -abs(lines)), default=0)


def saving(shown: Screen, wanted: Screen, top: int, bottom: int, left: int, right: int, lines: int) -> int:
    """How many cells fewer differ after the move."""
    before = after = 0
    for y in range(top, bottom + 1):
        new = wanted.rows[y][left:right]
        before += sum(map(ne, new, shown.rows[y][left:right]))
        if top <= y + lines <= bottom:
            after += sum(map(ne, new, shown.rows[y + lines][left:right]))
        else:
            after += sum(1 for cell in new if cell[0] != " " or cell[1].bg)
    return before - after


def cuts_wide(shown: Screen, scroll: Scroll) -> bool:
    """Whether an edge of the rectangle goes through a wide character."""
    for row in shown.rows[scroll.top : scroll.bottom + 1]:
        if row[scroll.left][0] == "" or (scroll.right < shown.width and row[scroll.right][0] == ""):
            return True
    return False


def columns(shown: Screen, wanted: Screen, changed: list[int], known: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Column ranges worth a look: those that strips were written to, those of earlier frames, and the bounds of what differs."""
    ranges = [span for span, count in sorted(wanted.spans.items(), key=lambda item: -item[1])[:6] if count >= LEAST_ROWS]
    ranges += [span for span in known if span not in ranges]
    low, high = wanted.width, 0
    for y in changed:
        differs = list(compress(range(wanted.width), map(ne, wanted.rows[y], shown.rows[y])))
        if differs:
            low, high = min(low, differs[0]), max(high, differs[-1] + 1)
    if low < high and (low, high) not in ranges:
        ranges.append((low, high))
    return [(left, right) for left, right in ranges if right <= wanted.width and right - left > 8]
