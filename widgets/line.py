"""One line of text made of pieces, the ground for titles, status bars, breadcrumbs and tabs.

Pieces have priorities: on a narrow terminal the least important disappear. A change repaints only the cells between the
first and the last that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from widgets.cells import shorten_middle
from widgets.direct import DirectLines
from widgets.symbols import symbols_of
from widgets.text import cell_width, clean

__all__ = ["Line", "Manner", "Piece", "arrange"]

Drawn = tuple[str, str]  # text and theme tokens


class Piece(NamedTuple):
    """A text with theme tokens. ``priority`` 0 is never dropped, larger ones go first."""

    text: str
    style: str = ""
    priority: int = 0


class Manner(NamedTuple):
    """How pieces are joined: what stands before the first, between two, after the last, and what fills the room left."""

    start: str = " "
    between: str = "  "
    end: str = " "
    fill: str = " "
    style: str = ""


def arrange(groups: Sequence[Sequence[Piece]], width: int, manner: Manner) -> list[Drawn]:
    """Place groups of pieces on ``width`` cells: the first at the left, the last at the right, others evenly between.

    Where they do not fit, pieces go by priority (of equals the last); what still does not fit loses its middle.
    """
    kept = [[piece for piece in group if piece.text] for group in groups]
    while _needed(kept, manner) > width:
        candidates = [
            (piece.priority, g, i) for g, group in enumerate(kept) for i, piece in enumerate(group) if piece.priority > 0
        ]
        if not candidates:
            break
        _, group, index = max(candidates)
        del kept[group][index]
    kept = [group for group in kept if group] or [[]]
    if _needed(kept, manner) > width:
        kept = _shortened(kept, width, manner)
    return _drawn(kept, width, manner)


def _needed(groups: Sequence[Sequence[Piece]], manner: Manner) -> int:
    filled = [group for group in groups if group]
    texts = sum(cell_width(piece.text) for group in filled for piece in group)
    inner = sum(len(group) - 1 for group in filled) * len(manner.between)
    spaces = max(0, len(filled) - 1) * (len(manner.between) if manner.fill == " " else 3)
    return len(manner.start) + texts + inner + spaces + len(manner.end)


def _shortened(groups: list[list[Piece]], width: int, manner: Manner) -> list[list[Piece]]:
    """Take cells from the widest pieces until the line fits."""
    pieces = [piece for group in groups for piece in group]
    widths = [cell_width(piece.text) for piece in pieces]
    excess = _needed(groups, manner) - width
    while excess > 0 and widths and max(widths) > 1:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        excess -= 1
    left = iter(widths)
    return [[piece._replace(text=shorten_middle(piece.text, next(left))) for piece in group] for group in groups]


def _drawn(groups: Sequence[Sequence[Piece]], width: int, manner: Manner) -> list[Drawn]:
    spare = width - _needed(groups, manner)
    gaps = max(1, len(groups) - 1)
    drawn: list[Drawn] = [(manner.start, manner.style)]
    for number, group in enumerate(groups):
        if number:
            size = max(0, spare) // gaps + (1 if number <= max(0, spare) % gaps else 0)
            drawn.append((_filling(size, manner), manner.style))
        for index, piece in enumerate(group):
            if index:
                drawn.append((manner.between, manner.style))
            drawn.append((piece.text, piece.style))
    if len(groups) > 1:
        drawn.append((manner.end, manner.style))
        return drawn
    room = width - sum(cell_width(text) for text, _ in drawn)
    if manner.fill == " " or not groups[0]:
        drawn.append((manner.fill * room, manner.style))
    elif room > 0:
        drawn.append((" " + manner.fill * (room - 1), manner.style))
    return drawn


def _filling(size: int, manner: Manner) -> str:
    """What stands between two groups: at least the distance of two pieces, or one rule between two spaces."""
    if manner.fill == " ":
        return " " * (size + len(manner.between))
    return " " + manner.fill * (size + 1) + " "


class Line(DirectLines):
    """One line. ``show`` gives it groups of pieces; giving the same again costs nothing."""

    DEFAULT_CSS = """
    Line { height: 1; width: 1fr; }
    """

    manner = Manner()

    def __init__(self, *groups: Sequence[Piece], id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.groups: tuple[tuple[Piece, ...], ...] = tuple(tuple(group) for group in groups)
        self._strip: Strip | None = None

    def show(self, *groups: Sequence[Piece]) -> None:
        """Draw these groups; only the cells that differ from what was drawn are repainted."""
        new = tuple(tuple(group) for group in groups)
        if new == self.groups:
            return
        self.groups = new
        if not self.is_mounted or not self.size.width:
            self._strip = None
            return
        old, self._strip = self._strip, None
        span = _difference(old, self._drawn_strip()) if old is not None else (0, self.size.width)
        if span is not None:
            self.refresh(Region(span[0], 0, span[1] - span[0], 1))

    def redraw(self) -> None:
        """Draw again because something beside the pieces changed."""
        self._strip = None
        self.refresh()

    def colors_changed(self) -> None:
        """Draw again in the new colours."""
        self.redraw()

    def pieces(self, width: int) -> list[Drawn]:
        """The texts and tokens of the line; a subclass may draw it otherwise."""
        groups = [[piece._replace(text=clean(piece.text)) for piece in group] for group in self.groups]
        return arrange(groups, width, self.manner)

    def render_line(self, y: int) -> Strip:
        """The line itself."""
        return self._drawn_strip()

    def _drawn_strip(self) -> Strip:
        width = self.size.width
        if self._strip is None or self._strip.cell_length != width:
            style, symbols = self.palette.style, symbols_of(self)
            segments = [Segment(symbols.text(text), style(tokens)) for text, tokens in self.pieces(width) if text]
            self._strip = Strip(segments).adjust_cell_length(width, style()).simplify()
        return self._strip


def _difference(old: Strip, new: Strip) -> tuple[int, int] | None:
    """The first and past the last cell in which two lines differ, None where they are equal."""
    if old.cell_length != new.cell_length:
        return 0, new.cell_length
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return 0, new.cell_length
    different = [index for index, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]]
    if not different:
        return None
    first = sum(cell_width(text) for text, _ in after[: different[0]])
    last = sum(cell_width(text) for text, _ in after[: different[-1] + 1])
    return first, last


def _cells(strip: Strip) -> list[tuple[str, object]]:
    return [(character, segment.style) for segment in strip for character in segment.text]
