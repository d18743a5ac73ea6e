"""Finding rows that moved, so that the terminal moves them and only what is new is sent.

A held key makes this run for every frame between the key and its first byte, so cells are told apart by identity (which
finds equal cells different at worst: then a scroll is missed) and nothing is counted further than the answer needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import compress, repeat
from operator import is_not

from tui.terminal.cells import Cell
from tui.terminal.screen_model import Screen

#: a scroll costs about forty bytes; it must save clearly more
WORTH = 60
LEAST_ROWS = 3
#: so many rows are looked for elsewhere first; where they agree, the others are not
SAMPLES = 5


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
    whole = right - left == wanted.width
    new = {y: wanted.rows[y] if whole else wanted.rows[y][left:right] for y in changed}
    old = {y: shown.rows[y] if whole else shown.rows[y][left:right] for y in changed}
    rows = changed if whole else [y for y in changed if new[y] != old[y]]
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
    scroll = Scroll(top, bottom, left, right, lines)
    return scroll if worth(shown, wanted, scroll, set(moved)) and not cuts_wide(shown, scroll) else None


def likely(new: dict[int, list[Cell]], old: dict[int, list[Cell]], rows: list[int]) -> int:
    """By how many lines most rows moved up."""
    # an empty row is like every other
    telling = [y for y in rows if any(map(is_not, new[y], repeat(new[y][0])))]
    step = max(1, len(telling) // SAMPLES)
    for some in (telling[step // 2 :: step], telling):
        votes: dict[int, int] = {}
        for y in some:
            row = new[y]
            for other, was in old.items():
                if row == was and other != y:
                    votes[other - y] = votes.get(other - y, 0) + 1
        if votes and (some is telling or max(votes.values()) >= LEAST_ROWS):
            return max(votes, key=lambda lines: (votes[lines], -abs(lines)))
    return 0


def worth(shown: Screen, wanted: Screen, scroll: Scroll, moved: set[int]) -> bool:
    """Whether clearly fewer cells differ after the move. ``moved``: the rows that then do not."""
    left, right = scroll.left, scroll.right
    after = sum(
        differing(wanted.rows[y][left:right], shown.rows[y + scroll.lines][left:right])
        if scroll.top <= y + scroll.lines <= scroll.bottom
        else sum(1 for cell in wanted.rows[y][left:right] if cell[0] != " " or cell[1].bg)
        for y in range(scroll.top, scroll.bottom + 1)
        if y not in moved
    )
    saved = -after
    for y in range(scroll.top, scroll.bottom + 1):
        saved += differing(wanted.rows[y][left:right], shown.rows[y][left:right])
        if saved >= WORTH:
            return True
    return False


def differing(new: list[Cell], old: list[Cell]) -> int:
    """How many cells differ."""
    return sum(map(is_not, new, old))


def cuts_wide(shown: Screen, scroll: Scroll) -> bool:
    """Whether an edge of the rectangle goes through a wide character."""
    if scroll.left == 0 and scroll.right == shown.width:
        return False
    for row in shown.rows[scroll.top : scroll.bottom + 1]:
        if row[scroll.left][0] == "" or (scroll.right < shown.width and row[scroll.right][0] == ""):
            return True
    return False


def columns(shown: Screen, wanted: Screen, changed: list[int], known: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Column ranges worth a look: those that strips were written to, those of earlier frames, and the bounds of what differs.

    One after the other, as they are asked for: most frames need none.
    """
    ranges = [span for span, count in sorted(wanted.spans.items(), key=lambda item: -item[1])[:6] if count >= LEAST_ROWS]
    ranges += [span for span in known if span not in ranges]
    yield from (span for span in ranges if telling_width(span, wanted.width))
    low, high = wanted.width, 0
    for y in changed:
        differs = list(compress(range(wanted.width), map(is_not, wanted.rows[y], shown.rows[y])))
        if differs:
            low, high = min(low, differs[0]), max(high, differs[-1] + 1)
    if (low, high) not in ranges and telling_width((low, high), wanted.width):
        yield low, high


def telling_width(span: tuple[int, int], width: int) -> bool:
    """Whether a column range lies on the screen and is wide enough to be worth moving."""
    left, right = span
    return right <= width and right - left > 8
