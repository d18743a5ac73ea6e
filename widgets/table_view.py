"""The painted side of ``VirtualTable``: which rows are in view, what their lines look like, which lines to repaint."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.strip import Strip

from widgets.columns import LEAD, Column, Placed, layout, wide_layout
from widgets.direct import DirectLines
from widgets.order import RowOrder, TableSource
from widgets.row_cache import Look, RowCache
from widgets.row_paint import RowPainter
from widgets.rows import in_words
from widgets.symbols import symbols_of
from widgets.table_messages import WindowChanged
from widgets.text import clean

__all__ = ["TableView"]


class TableView(DirectLines):
    """Draws a window onto an ordered set of rows; knows nothing of keys, holding or marks beyond their look."""

    cursor_key: reactive[Hashable | None] = reactive(None, repaint=False)
    """The key of the row under the cursor."""
    marks: reactive[frozenset[Hashable]] = reactive(frozenset[Hashable](), repaint=False)
    """The marked rows; a mark stays while its row is hidden by a filter."""
    wide: reactive[bool] = reactive(False, repaint=False)
    """Show all columns at their preferred width; left and right scroll."""
    stale: reactive[bool] = reactive(False)
    """The data is too old to trust: all rows are grey."""
    empty_text: reactive[str] = reactive("")
    """Said in place of the rows where there are none; lines separated by line breaks."""
    sort_column: reactive[str] = reactive("", repaint=False)
    """The id of the column that the rows are sorted by, for the header's arrow."""
    sort_reverse: reactive[bool] = reactive(False, repaint=False)
    """Whether the order is descending."""
    selected_column: reactive[str] = reactive("", repaint=False)
    """The column that shift-left and shift-right chose, for sorting by it."""
    mark_changes: reactive[bool] = reactive(True, repaint=False)
    """Show for two seconds, in bold, which values changed; it costs each change a second time on the wire."""
    whole_row_cursor: reactive[bool] = reactive(True, repaint=False)
    """Colour the whole row under the cursor; switched off, the first column alone, which costs far fewer bytes."""

    def __init__(
        self,
        columns: Sequence[Column] = (),
        source: TableSource | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns: tuple[Column, ...] = tuple(columns)
        self._clock = clock
        self._order: RowOrder | None = RowOrder(source) if source is not None else None
        self._kept = RowCache()
        self._painter: RowPainter | None = None
        self._grown: dict[int, int] = {}
        self._window: list[Hashable] = []
        self._top = 0
        self._x_offset = 0
        self._laid_out = Size(0, 0)

    @property
    def page(self) -> int:
        """How many rows there is room for."""
        return max(0, self.size.height - 1)

    @property
    def visible_keys(self) -> tuple[Hashable, ...]:
        """The keys of the lines on screen, from the top."""
        return tuple(self._window)

    # ---- what is in view ------------------------------------------------------------------------------------------

    def show_window(self, *, repaint: bool = True) -> None:
        """Compute the keys in view, read those not known, and repaint the lines that show another key now.

        ``repaint`` False: while they are being painted.
        """
        order = self._order
        total = len(order) if order is not None else 0
        self._top = max(0, min(self._top, total - self.page))
        window = order.keys_between(self._top, self._top + self.page) if order is not None else []
        old, self._window = self._window, window
        if window != old:
            if repaint:
                self._repaint_different(old, window)
            self._kept.prune(window)
            self.post_message(WindowChanged(self, tuple(window)))
        if order is not None:
            for key in window:
                if self._kept.get(key) is None and not order.is_gone(key):
                    self._kept.load(key, order.source)
            self._grow_columns(repaint=repaint)

    def _repaint_different(self, old: list[Hashable], new: list[Hashable]) -> None:
        """Repaint the lines whose key is another one, neighbours as one region."""
        if not old or not new:  # the sentence for the empty table comes or goes
            self.refresh(self.size.region)
            return
        first = -1
        length = max(len(old), len(new))
        for line in range(length + 1):
            differs = line < length and (line >= len(old) or line >= len(new) or old[line] != new[line])
            if differs and first < 0:
                first = line
            elif not differs and first >= 0:
                self.refresh(Region(0, 1 + first, self.size.width, line - first))
                first = -1

    def _grow_columns(self, *, repaint: bool = True) -> None:
        """Widen the columns whose numbers would not fit or whose names need it; they never get narrower again."""
        painter = self._painter
        if painter is None:
            return
        grown = False
        for key in self._window:
            kept = self._kept.get(key)
            if kept is not None and not kept.strips and painter.note_widths(kept, self._grown):
                grown = True
        if grown and self._placed() != painter.placed:
            self._lay_out()
            if repaint:
                self.refresh()

    def _placed(self) -> tuple[Placed, ...]:
        return (wide_layout if self.wide else layout)(self.columns, self.size.width, self._grown)

    # ---- drawing --------------------------------------------------------------------------------------------------

    def rebuild(self) -> None:
        """Lay the columns out anew and repaint everything."""
        self._lay_out()
        self.refresh()

    def _lay_out(self) -> None:
        """Columns for the size as it is; the rows in view."""
        self._painter = None
        self._kept.clear_strips()
        if self.is_mounted and self.size.width:
            self._laid_out = self.size
            self._make_painter()
            self.show_window(repaint=False)

    def render_lines(self, crop: Region) -> list[Strip]:
        """A new size is painted before the event comes that tells it: what is laid out here is painted once, not twice."""
        if self._laid_out != self.size:
            self._lay_out()
        return super().render_lines(crop)

    def colors_changed(self) -> None:
        """Paint again in the new colours."""
        self.rebuild()

    def _make_painter(self) -> RowPainter:
        if self._painter is None:
            width = self.size.width
            whole = self.whole_row_cursor
            self._painter = RowPainter(
                self.columns, self._placed(), width, self.palette, symbols_of(self), whole_row_cursor=whole
            )
        return self._painter

    def render_line(self, y: int) -> Strip:
        """One line: the header, a row, or the sentence that stands where there are no rows."""
        painter = self._make_painter()
        if y == 0:
            strip = painter.header(self._selected_index(), self.sort_column, self.sort_reverse)
        elif y - 1 < len(self._window):
            key = self._window[y - 1]
            kept = self._kept.get(key)
            strip = painter.row(kept, self._look(key)) if kept is not None else painter.message("")
        else:
            strip = painter.message(self._empty_line(y - 1, painter.width))
        return painter.scrolled(strip, self._x_offset)

    def _look(self, key: Hashable) -> Look:
        kept = self._kept.get(key)
        gone = self._order is not None and self._order.is_gone(key)
        return Look(
            ("focused" if self.has_focus else "blurred") if key == self.cursor_key else "",
            key in self.marks,
            self.stale or gone,
            gone,
            kept.marked_at(self._clock()) if kept is not None else frozenset(),
        )

    def _empty_line(self, line: int, width: int) -> str:
        if self._window or not self.empty_text:
            return ""
        lines = _in_lines(self.empty_text, width - LEAD - 1)
        return lines[line] if line < len(lines) else ""

    def _selected_index(self) -> int | None:
        return next((i for i, column in enumerate(self.columns) if column.id == self.selected_column), None)

    # ---- repainting as little as possible -------------------------------------------------------------------------

    def repaint_header(self) -> None:
        """Repaint the line of titles."""
        self.refresh(Region(0, 0, self.size.width, 1))

    def watch_sort_column(self) -> None:
        """Move the arrow."""
        self.repaint_header()

    def watch_sort_reverse(self) -> None:
        """Turn the arrow."""
        self.repaint_header()

    def watch_selected_column(self) -> None:
        """Underline another title."""
        self.repaint_header()

    def repaint_key(self, key: Hashable | None) -> None:
        """Repaint the line of this row if it is in view."""
        if key in self._window:
            self.refresh(Region(0, 1 + self._window.index(key), self.size.width, 1))

    def repaint_cursor(self, key: Hashable | None) -> None:
        """Repaint what the cursor colours on the line of ``key``."""
        if key in self._window and self._painter is not None:
            width = min(self._painter.cursor_end, self.size.width)
            self.refresh(Region(0, 1 + self._window.index(key), width, 1))

    def repaint_gone(self) -> None:
        """Rows of a held order that the source has lost since turn grey."""
        if self._order is None:
            return
        for line, key in enumerate(self._window):
            kept = self._kept.get(key)
            if kept is not None and kept.strips and self._order.is_gone(key) and not any(look.gone for look in kept.strips):
                self.refresh(Region(0, 1 + line, self.size.width, 1))

    def repaint_cells(self, line: int, different: frozenset[int], state_differs: bool) -> None:
        """Repaint single cells of a line."""
        painter = self._painter
        if painter is None or self.wide:
            self.refresh(Region(0, 1 + line, self.size.width, 1))
            return
        if state_differs:
            self.refresh(Region(0, 1 + line, LEAD, 1))
        for index in different:
            place = painter.place_of(index)
            if place is not None:
                self.refresh(Region(place.x, 1 + line, place.width, 1))


@lru_cache(64)
def _in_lines(text: str, width: int) -> tuple[str, ...]:
    """The sentence of an empty table as lines: asked for by each line that is painted."""
    return tuple(row for paragraph in text.splitlines() for row in in_words(clean(paragraph), width))
