"""The painted side of ``LogView``: which rows of which lines are in view, and what they look like.

A place is (number of a line, row of that line), since a wrapped line has several rows and nobody can know how many
without drawing it. So nothing here counts all rows; moving goes from line to line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from itertools import takewhile
from typing import Protocol

from rich.segment import Segment
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from widgets.direct import DirectLines
from widgets.log_folds import Folds
from widgets.log_rows import SOURCE_TOKENS, LogEntry, LogLook, folded_row, rows_of, separator
from widgets.rows import Drawn
from widgets.symbols import symbols_of
from widgets.text import cell_width

__all__ = ["LineBuffer", "LogWindow"]


class LineBuffer(Protocol):
    """Lines numbered from ``first`` (the oldest kept) up to, not including, ``first + len(buffer)``.

    A buffer may also have ``find(pattern, number, step) -> int | None``: the next line from ``number`` on, in the
    direction of ``step`` (1 or -1), whose text matches. Without it the view looks at line after line.
    """

    def __len__(self) -> int: ...

    @property
    def first(self) -> int:
        """The number of the oldest line kept; it grows when lines are dropped."""
        ...

    def line(self, number: int, /) -> tuple[int, str, str, str]:
        """Time in epoch nanoseconds, source, text, kind (``line``, ``gap``, ``error``, ``note``)."""
        ...


class LogWindow(DirectLines):
    """Draws a page of rows; knows nothing of keys."""

    follow: reactive[bool] = reactive(True, repaint=False)
    """The newest line is the last one on screen, always."""
    wrap: reactive[bool] = reactive(False, repaint=False)
    """Break long lines."""
    timestamps: reactive[bool] = reactive(True, repaint=False)
    """Show the time of each line."""
    raw: reactive[bool] = reactive(False, repaint=False)
    """Show JSON lines as they are, not in words."""
    folded: reactive[bool] = reactive(True, repaint=False)
    """Show a stack trace as one row."""

    def __init__(
        self,
        buffer: LineBuffer | None = None,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._buffer = buffer
        self._zone = zone
        self._top = (buffer.first if buffer is not None else 0, 0)
        self._x_offset = 0
        self._seen_end = 0
        self._rows: dict[int, list[list[Drawn]]] = {}
        self._page: list[tuple[int, int]] = []
        self._strips: dict[tuple[int, int], Strip] = {}
        self._sources: dict[str, str] = {}
        self._source_width = 0
        self._marks: dict[int, str] = {}
        self._pattern: re.Pattern[str] | None = None
        self._match = -1
        self._folds = Folds(self._read_line)

    # ---- positions ------------------------------------------------------------------------------------------------

    @property
    def _first(self) -> int:
        return self._buffer.first if self._buffer is not None else 0

    @property
    def _end(self) -> int:
        return self._buffer.first + len(self._buffer) if self._buffer is not None else 0

    def _back(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        """The place some rows above, at most the first of all."""
        number, row = place
        while rows > row and number > self._first:
            rows -= row + 1
            number -= 1
            row = len(self._rows_of(number)) - 1
        return number, max(0, row - rows)

    def _forward(self, place: tuple[int, int], rows: int) -> tuple[int, int]:
        """The place some rows below, at most behind the last."""
        number, row = place
        while number < self._end and rows:
            left = len(self._rows_of(number)) - 1 - row
            if rows <= left:
                return number, row + rows
            rows -= left + 1
            number, row = number + 1, 0
        return number, row

    def _last_top(self) -> tuple[int, int]:
        return self._back((self._end, 0), max(1, self.size.height))

    def _show_page(self) -> None:
        """Find the rows in view and repaint the lines that differ."""
        if not self.size.height:
            return
        page = self._found_page()
        old, self._page = self._page, page
        if len(self._rows) > 4 * self.size.height + 200:
            kept = {place[0] for place in page}
            self._rows = {number: rows for number, rows in self._rows.items() if number in kept}
            self._strips = {place: strip for place, strip in self._strips.items() if place[0] in kept}
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, page, strict=False)))
        last = max(len(old), len(page))
        if same < last:
            self.refresh(Region(0, same, self.size.width, last - same))

    def _found_page(self) -> list[tuple[int, int]]:
        while True:  # again where a longer source name has just moved the texts, which happens a few times at most
            width = self._source_width
            if self.follow:
                self._top = self._last_top()
                self._seen_end = self._end
            self._top = max(self._top, (self._first, 0))
            page: list[tuple[int, int]] = []
            number, row = self._top
            while number < self._end and len(page) < self.size.height:
                page += [(number, each) for each in range(row, len(self._rows_of(number)))]
                number, row = number + 1, 0
            if self._source_width == width:
                return page[: self.size.height]

    # ---- rows -----------------------------------------------------------------------------------------------------

    def _rows_of(self, number: int) -> list[list[Drawn]]:
        rows = self._rows.get(number)
        if not rows and number == self._first:
            rows = None  # the line that had its fold's row may be gone
        if rows is None and self._buffer is not None:
            entry = LogEntry(*self._read_line(number))
            if cell_width(entry.source) > self._source_width:
                self._source_width = cell_width(entry.source)
                self._forget()
            rows = self._made(number, entry)
            if number in self._marks:
                rows.append(separator(self._marks[number], self.size.width))
            self._rows[number] = rows
        return rows if rows is not None else [[]]

    def _read_line(self, number: int) -> tuple[int, str, str, str]:
        return self._buffer.line(number) if self._buffer is not None else (0, "", "", "line")

    def _made(self, number: int, entry: LogEntry) -> list[list[Drawn]]:
        """The rows of one line: of a fold the first line has the one row, the others have none."""
        fold = self._folds.fold_of(number, self._first, self._end) if self.folded and not self.raw else None
        if fold is None or fold.start <= self._match < fold.end:
            return rows_of(entry, self._look(), self._source_token, current=number == self._match)
        head = max(fold.start, self._first)
        return [folded_row(fold.end - head, entry, self._look(), self._source_token)] if number == head else []

    def _row(self, number: int, row: int) -> Sequence[Drawn]:
        rows = self._rows_of(number)
        return rows[row] if row < len(rows) else ()

    def _look(self) -> LogLook:
        return LogLook(
            self.size.width, self.wrap, self.timestamps, self._source_width, self._pattern, self._zone, self.raw, self.folded
        )

    def _source_token(self, source: str) -> str:
        if source not in self._sources:
            known: Sequence[str] = getattr(self._buffer, "sources", ())  # one colour also under a filter
            number = known.index(source) if source in known else len(self._sources)
            self._sources[source] = SOURCE_TOKENS[number % len(SOURCE_TOKENS)]
        return self._sources[source]

    def _regrown(self) -> set[int]:
        """The drawn lines whose rows are others now, because a fold that they are in may have become longer."""
        start, end = self._folds.grow(self._first, self._end)
        changed = {number for number in self._rows if start <= number < end} if self.folded and not self.raw else set()
        for number in changed:
            del self._rows[number]
        self._strips = (
            {place: strip for place, strip in self._strips.items() if place[0] not in changed} if changed else self._strips
        )
        return changed

    def _forget(self) -> None:
        self._folds.forget()
        self._rows.clear()
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row, painted once."""
        style = self.palette.style
        width = self.size.width
        if y >= len(self._page):
            return Strip.blank(width, style())
        place = self._page[y]
        strip = self._strips.get(place)
        if strip is None:
            symbols = symbols_of(self)
            pieces = [(symbols.text(text), tokens) for text, tokens in self._row(*place) if text]
            strip = Strip([Segment(text, style(tokens)) for text, tokens in pieces])
            self._strips[place] = strip
        if self._x_offset:
            strip = strip.crop(min(self._x_offset, strip.cell_length), self._x_offset + width)
        return strip.adjust_cell_length(width, style())

    def colors_changed(self) -> None:
        """Paint again in the new colours."""
        self._forget()

    def on_resize(self) -> None:
        """Rows break elsewhere."""
        self._forget()
        self._show_page()

    def watch_wrap(self) -> None:
        """Break lines anew; the line at the top stays."""
        self._x_offset = 0
        self._top = (self._top[0], 0)
        self._forget()
        self._show_page()

    def watch_raw(self) -> None:
        """Draw JSON lines the other way."""
        self._forget()
        self._show_page()

    def watch_folded(self) -> None:
        """Fold stack traces, or show them whole; the line at the top stays."""
        self._forget()
        self._show_page()

    def watch_timestamps(self) -> None:
        """Show or hide the times."""
        self._forget()
        self._show_page()
