"""Draws the header and the rows of a table as strips, with as few style changes as the content allows.

Each style change costs up to forty bytes on the wire, so neighbouring cells of one style become one segment and trailing
space is part of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from widgets.cells import fit
from widgets.columns import LEAD, Column, Placed
from widgets.palette import Palette
from widgets.row_cache import KeptRow, Look
from widgets.symbols import Symbols
from widgets.text import cell_width, clean, cut

__all__ = ["RowPainter"]

#: A "number" wider than this is not one; it is shortened like a text.
WIDEST_NUMBER = 24


class RowPainter:
    """Columns, their places and the styles of one table, made once for each change of size or theme."""

    def __init__(
        self,
        columns: Sequence[Column],
        placed: Sequence[Placed],
        width: int,
        palette: Palette,
        symbols: Symbols,
        *,
        whole_row_cursor: bool = True,
    ) -> None:
        self.columns = columns
        self.placed = placed
        self.width = width
        self._palette = palette
        self._symbols = symbols
        self._whole_row_cursor = whole_row_cursor
        last = placed[-1] if placed else Placed(0, LEAD, 0)
        self.total = max(width, last.x + last.width)
        #: The right edge of what the cursor colours.
        self.cursor_end = self.total if whole_row_cursor or not placed else placed[0].x + placed[0].width
        self._blank = Strip([Segment(" " * width, palette.style())], width)

    def message(self, text: str) -> Strip:
        """A line with a sentence, or an empty one."""
        if not text:
            return self._blank
        return Strip([Segment(fit(" " * LEAD + self._symbols.text(text), self.width, "left", "end"), self._palette.style())])

    def scrolled(self, strip: Strip, offset: int) -> Strip:
        """What of a line is to be seen: the state symbol always, the columns from ``offset`` on."""
        if strip.cell_length <= self.width:
            return strip
        if offset == 0:
            return strip.crop(0, self.width)
        return Strip.join([strip.crop(0, LEAD), strip.crop(LEAD + offset, self.width + offset)])

    def place_of(self, index: int) -> Placed | None:
        """Where the declared column ``index`` is drawn, None where it is not."""
        return next((place for place in self.placed if place.column == index), None)

    def header(self, selected: int | None, sorted_by: str, reverse: bool) -> Strip:
        """The line of titles; the sorted column has an arrow, the selected one is underlined."""
        pieces: list[tuple[str, Style]] = [(" " * LEAD, self._palette.style("muted"))]
        end = LEAD
        for place in self.placed:
            column = self.columns[place.column]
            style = self._palette.style("muted bold underline" if place.column == selected else "muted")
            if place.x > end:
                pieces.append((" " * (place.x - end), self._palette.style("muted")))
            pieces.append((self._title(column, place.width, column.id == sorted_by, reverse), style))
            end = place.x + place.width
        pieces.append((" " * (self.total - end), self._palette.style("muted")))
        return _strip(pieces, self.total)

    def _title(self, column: Column, width: int, is_sorted: bool, reverse: bool) -> str:
        title = column.title
        if is_sorted:
            arrow = self._symbols.sort_down if reverse else self._symbols.sort_up
            title = cut(title, width - 1) + arrow
        return fit(self._symbols.text(clean(title)), width, column.align, "end", self._symbols.ellipsis)

    def row(self, kept: KeptRow, look: Look) -> Strip:
        """One row; the strip is kept with the row for each look."""
        strip = kept.strips.get(look)
        if strip is None:
            strip = kept.strips[look] = _strip(self._pieces(kept, look), self.total)
        return strip

    def _pieces(self, kept: KeptRow, look: Look) -> list[tuple[str, Style]]:
        style = self._palette.style
        symbols = self._symbols
        base = "grey" if look.grey else ""
        under_cursor = "cursor" if look.cursor == "focused" else base
        symbol, token = kept.state
        pieces = [
            (self._sign(look), style("bold", under_cursor)),
            (symbols.text(symbol)[:1] or " ", style(token, under_cursor)),
            (" ", style("", under_cursor)),
        ]
        end = LEAD
        for place in self.placed:
            mode = under_cursor if place.x < self.cursor_end else base
            cell = kept.cells[place.column] if place.column < len(kept.cells) else None
            column = self.columns[place.column]
            tokens = cell.style if cell else ""
            if place.column in look.changed:
                tokens += " bold"
            if look.gone:
                tokens += " strike"
            if place.x > end:
                pieces.append((" " * (place.x - end), style("", mode)))
            text = symbols.text(clean(cell.text)) if cell else ""
            pieces.append((fit(text, place.width, column.align, column.shorten, symbols.ellipsis), style(tokens, mode)))
            end = place.x + place.width
        pieces.append((" " * (self.total - end), style("", under_cursor if self._whole_row_cursor else base)))
        return pieces

    def _sign(self, look: Look) -> str:
        if look.marked:
            return self._symbols.mark
        return self._symbols.cursor if look.cursor else " "

    def note_widths(self, kept: KeptRow, grown: dict[int, int]) -> bool:
        """Note in ``grown`` numbers wider than their column and names that theirs may grow for; whether there was one."""
        found = False
        for place in self.placed:
            column = self.columns[place.column]
            most = WIDEST_NUMBER if column.align == "right" else column.max_width
            if place.width >= most or place.column >= len(kept.cells):
                continue
            width = min(most, cell_width(clean(kept.cells[place.column].text)))
            if width > place.width and width > grown.get(place.column, 0):
                grown[place.column] = width
                found = True
        return found


def _strip(pieces: Sequence[tuple[str, Style]], width: int) -> Strip:
    """Segments from the pieces, neighbours of one style joined; spaces take the style before them where only colour differs."""
    segments: list[Segment] = []
    texts: list[str] = []
    current: Style | None = None
    for text, style in pieces:
        if not text:
            continue
        if current is not None and style is not current and not (text.isspace() and _same_blank(style, current)):
            segments.append(Segment("".join(texts), current))
            texts = []
            current = style
        elif current is None:
            current = style
        texts.append(text)
    if texts:
        segments.append(Segment("".join(texts), current))
    return Strip(segments, width)


def _same_blank(one: Style, other: Style) -> bool:
    """Whether a space looks the same in both styles."""
    return (
        one.bgcolor == other.bgcolor
        and one.reverse == other.reverse
        and not (one.underline or other.underline or one.strike or other.strike)
    )
