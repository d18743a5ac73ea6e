"""One row's difference as bytes: which runs of cells are written, in which order, and where the end is erased.

A change of style costs up to forty bytes, a jump over a few columns five. So where a row has one style in several places,
those are written together, and the cursor goes back for the next style.
"""

from __future__ import annotations

import re
from itertools import compress, groupby
from operator import is_not, itemgetter
from typing import NamedTuple

from tui.terminal.cells import Cell, Style
from tui.terminal.encode import Pen, across

#: unchanged cells written again rather than stepped over
STEP = 4
#: so many equal cells at least are better written than counted
RUN = 4
REPEATED = re.compile(rf"(.)\1{{{RUN},}}", re.DOTALL)


class Piece(NamedTuple):
    """Columns ``start <= x < end`` that one style can write; ``style`` is that of a blank where they are blanks only."""

    start: int
    end: int
    style: Style
    blank: bool


class RowWriter:
    """Writes rows with a pen."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen

    def write(self, y: int, old: list[Cell], new: list[Cell]) -> None:
        """One row. A cell that is equal though not the same object is written again: that is rare and does no harm."""
        pen = self.pen
        differs = list(compress(range(pen.width), map(is_not, new, old)))
        if not differs:
            return
        tail = self._tail(new, pen.width)
        inside = [x for x in differs if x < tail]
        erased = len(differs) - len(inside)
        if erased <= 3:
            inside = differs
        for piece in self._ordered(self._pieces(self._runs(inside, new), new), new):
            pen.move(piece.start, y)
            self._write(piece, y, new)
        if erased > 3:
            pen.move(max(tail, differs[len(inside)]), y)
            pen.erase_to_end(new[tail])

    def _tail(self, new: list[Cell], width: int) -> int:
        """Where the blanks begin with which the row ends, ``width`` where they cannot be erased."""
        last = new[-1]
        style = last[1]
        if last[0] != " " or not style.erases or (style.bg and not self.pen.erase_colour):
            return width
        at = width - 1
        while at and new[at - 1] == last:
            at -= 1
        return at

    def _runs(self, differs: list[int], new: list[Cell]) -> list[tuple[int, int]]:
        """Runs of cells to write: whole wide characters, joined over gaps that are cheaper written than stepped over.

        What stands behind a cluster of uncertain width is written as well: the terminal may have drawn into it.
        """
        runs: list[tuple[int, int]] = []
        width = self.pen.width
        sure = self.pen.sure
        if len(differs) > 1 and differs[-1] - differs[0] == len(differs) - 1:
            first, last = differs[0], differs[-1]
            if sure.all([text for text, _ in new[first : last + 2]]):
                return [(first, last + 1)]  # one run without a wide character
        for x in differs:
            start = at = x - 1 if new[x][0] == "" and x else x
            while True:
                end = at + (2 if at + 1 < width and new[at + 1][0] == "" else 1)
                if end >= width or sure[new[at][0]]:
                    break
                at = end
            if runs:
                first, before = runs[-1]
                if start <= before:
                    runs[-1] = (first, max(before, end))
                    continue
                gap = new[before:start]
                style = new[before - 1][1]
                blank = style.cells[" "]
                if len(gap) <= STEP and all((cell[1] is style and sure[cell[0]]) or cell == blank for cell in gap):
                    runs[-1] = (first, end)
                    continue
            runs.append((start, end))
        return runs

    @staticmethod
    def _pieces(runs: list[tuple[int, int]], new: list[Cell]) -> list[Piece]:
        """The runs cut where the style must change: blanks go with what stands beside them where they look the same."""
        pieces: list[Piece] = []
        for start, end in runs:
            x = start
            now: Piece | None = None
            for style, group in groupby(new[start:end], itemgetter(1)):
                cells = list(group)
                behind = x + len(cells)
                blank = all(text == " " for text, _ in cells)
                if now is not None and (fitting := fits(now, style, blank)) is not None:
                    now = Piece(now.start, behind, fitting, now.blank and blank)
                    pieces[-1] = now
                else:
                    now = Piece(x, behind, style, blank)
                    pieces.append(now)
                x = behind
        return pieces

    def _ordered(self, pieces: list[Piece], new: list[Cell]) -> list[Piece]:
        """From left to right, or style by style where that takes fewer bytes."""
        if len(pieces) < 3 or self.pen.style is None or not self.pen.relative or not self._apart(pieces, new):
            return pieces
        order = by_style(self.pen.style, pieces)
        return order if cost(self.pen.style, order) < cost(self.pen.style, pieces) else pieces

    def _apart(self, pieces: list[Piece], new: list[Cell]) -> bool:
        """Whether no piece ends with a cluster of uncertain width, which must be written before what stands behind it."""
        sure = self.pen.sure
        lasts = [new[piece.end - 1][0] or new[piece.end - 2][0] for piece in pieces]
        return all(sure[text] for text in lasts)

    def _write(self, piece: Piece, y: int, new: list[Cell]) -> None:
        """The cells of a piece, from the cursor on."""
        pen = self.pen
        sure = pen.sure
        pen.set_style(piece.style, new[piece.start] if piece.blank else None)
        texts = [text for text, _ in new[piece.start : piece.end]]
        if sure.all(texts):
            self._write_singles("".join(texts), piece, y, new)
            return
        plain: list[str] = []
        begun = x = piece.start
        for cell, group in groupby(new[piece.start : piece.end]):
            text = cell[0]
            count = sum(1 for _ in group)
            if text and sure[text] and count <= RUN:
                if not plain:
                    begun = x
                plain += [text] * count
            elif text:  # else the second half of a wide cluster, written with the first
                if plain:
                    pen.move(begun, y)
                    pen.text("".join(plain), x - begun)
                    plain = []
                if sure[text]:
                    pen.move(x, y)
                    pen.run(cell, count, more=x + count < piece.end)
                else:
                    for at in range(x, x + count):
                        pen.move(at, y)
                        wide = at + 1 < pen.width and new[at + 1][0] == ""
                        pen.unsure(text, 2 if wide else 1)
            x += count
        if plain:
            pen.move(begun, y)
            pen.text("".join(plain), x - begun)

    def _write_singles(self, text: str, piece: Piece, y: int, new: list[Cell]) -> None:
        """The same where each cell is one character that every terminal draws in one."""
        pen = self.pen
        at = 0
        for same in REPEATED.finditer(text):
            begin, end = same.span()
            if begin > at:
                pen.move(piece.start + at, y)
                pen.text(text[at:begin], begin - at)
            pen.move(piece.start + begin, y)
            pen.run(new[piece.start + begin], end - begin, more=piece.start + end < piece.end)
            at = end
        if at < len(text):
            pen.move(piece.start + at, y)
            pen.text(text[at:], len(text) - at)


def fits(piece: Piece, style: Style, blank: bool) -> Style | None:
    """The style that writes ``piece`` and cells of ``style`` behind it, None where none does."""
    if style is piece.style:
        return style
    if (blank or piece.blank) and style.cells[" "] == piece.style.cells[" "]:
        return piece.style if blank else style
    return None


def change(style: Style, piece: Piece) -> int:
    """Bytes that the change from ``style`` to that of the piece takes."""
    if style is piece.style or (piece.blank and style.cells[" "] == piece.style.cells[" "]):
        return 0
    return len(style.way_to(piece.style))


def by_style(style: Style, pieces: list[Piece]) -> list[Piece]:
    """The pieces of one style together, beginning with that which is nearest to the pen's."""
    groups: dict[Style, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(piece.style, []).append(piece)
    order: list[Piece] = []
    while groups:
        nearest = min(groups, key=lambda one: change(style, groups[one][0]))
        order += groups.pop(nearest)
        style = nearest
    return order


def cost(style: Style, order: list[Piece]) -> int:
    """Bytes for changing styles and jumping, when the pieces are written in this order."""
    total = len(str(order[0].start))
    at = order[0].start
    for piece in order:
        if changed := change(style, piece):
            total += changed
            style = piece.style
        if piece.start != at:
            total += len(across(at, piece.start))
        at = piece.end
    return total
