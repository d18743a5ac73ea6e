"""The keys of ``VirtualTable``: moving, marking, asking for another order."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from widgets.table_cursor import TableCursor
from widgets.table_messages import MarksChanged, RowSelected, SortRequested

__all__ = ["TableKeys"]


class TableKeys(TableCursor):
    """Bindings and their actions; each binding has an id by which a user may move it to other keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "cursor_by(1)", "Down", id="table.down", show=False),
        Binding("k,up", "cursor_by(-1)", "Up", id="table.up", show=False),
        Binding("g,home", "cursor_first", "First row", id="table.first", show=False),
        Binding("G,end", "cursor_last", "Last row", id="table.last", show=False),
        Binding("ctrl+f,pagedown", "page_by(1)", "Page down", id="table.page_down", show=False),
        Binding("ctrl+b,pageup", "page_by(-1)", "Page up", id="table.page_up", show=False),
        Binding("enter", "select", "Open", id="table.select", show=False),
        Binding("space", "toggle_mark", "Mark", id="table.mark", show=False),
        Binding("ctrl+@,ctrl+space", "mark_range", "Mark a range", id="table.mark_range", show=False),
        Binding("ctrl+backslash", "clear_marks", "Unmark all", id="table.unmark", show=False),
        Binding("left", "scroll_columns(-1)", "Columns to the left (wide)", id="table.left", show=False),
        Binding("right", "scroll_columns(1)", "Columns to the right (wide)", id="table.right", show=False),
        Binding("shift+left", "select_column(-1)", "Previous column", id="table.previous_column", show=False),
        Binding("shift+right", "select_column(1)", "Next column", id="table.next_column", show=False),
        Binding("O", "sort_selected", "Sort by the selected column", id="table.sort", show=False),
    ]

    _mark_anchor: Hashable | None = None

    @property
    def hidden_marks(self) -> frozenset[Hashable]:
        """Marked rows that the source does not have now, for example because of a filter."""
        order = self._order
        return self.marks if order is None else frozenset(key for key in self.marks if order.is_gone(key))

    def touch(self) -> None:
        """A key arrived."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        """Any key holds the order; a column's capital letter asks for sorting by it."""
        self.touch()
        letter = event.character or ""
        column = next((column for column in self.columns if letter and column.sort_key == letter), None)
        if column is not None:
            event.stop()
            self.request_sort(column.id)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor by three rows."""
        event.stop()
        self.action_cursor_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor by three rows."""
        event.stop()
        self.action_cursor_by(-3)

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor on a row; on a title it asks for sorting."""
        if event.y > 0 and event.y - 1 < len(self._window):
            self.touch()
            self.move_to(self._top + event.y - 1)
        elif event.y == 0 and self._painter is not None:
            for place in self._painter.placed:
                if place.x <= event.x < place.x + place.width:
                    self.request_sort(self.columns[place.column].id)

    # ---- actions --------------------------------------------------------------------------------------------------

    def action_cursor_by(self, rows: int) -> None:
        """Move by some rows."""
        self.touch()
        self.move_to(self.cursor_index + rows)

    def action_page_by(self, pages: int) -> None:
        """Move by pages, one row less than is shown, so that the eye finds its place."""
        self.action_cursor_by(pages * max(1, self.page - 1))

    def action_cursor_first(self) -> None:
        """Move to the first row."""
        self.touch()
        self.move_to(0)

    def action_cursor_last(self) -> None:
        """Move to the last row."""
        self.touch()
        self.move_to(len(self._order) - 1 if self._order is not None else 0)

    def action_select(self) -> None:
        """Report Enter on the row under the cursor, unless it has vanished."""
        self.touch()
        if self.cursor_key is not None and not self.cursor_gone:
            self.post_message(RowSelected(self, self.cursor_key))

    def action_toggle_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away."""
        self.touch()
        key = self.cursor_key
        if key is None or (self.cursor_gone and key not in self.marks):
            return
        self._mark_anchor = key
        self.marks = self.marks ^ {key}

    def action_mark_range(self) -> None:
        """Mark all rows from the one marked last to the cursor."""
        self.touch()
        order, key = self._order, self.cursor_key
        if order is None or key is None:
            return
        anchor = order.index_of(self._mark_anchor) if self._mark_anchor is not None else None
        here = self.cursor_index
        first, last = sorted((here if anchor is None else anchor, here))
        self.marks = self.marks | {key for key in order.keys_between(first, last + 1) if not order.is_gone(key)}
        self._mark_anchor = key

    def action_clear_marks(self) -> None:
        """Take all marks away, hidden ones too."""
        self.marks = frozenset()

    def watch_marks(self, old: frozenset[Hashable], new: frozenset[Hashable]) -> None:
        """Repaint the lines whose mark came or went."""
        for key in old ^ new:
            self.repaint_key(key)
        self.post_message(MarksChanged(self, new))

    @property
    def shown_columns(self) -> list[str]:
        """The columns that have room, by id, from left to right; none before the first layout."""
        return [self.columns[place.column].id for place in self._painter.placed] if self._painter is not None else []

    def action_select_column(self, by: int) -> None:
        """Choose the next shown column, for sorting by it."""
        self.touch()
        shown = self.shown_columns
        if shown:
            here = shown.index(self.selected_column) if self.selected_column in shown else (-1 if by > 0 else 0)
            self.selected_column = shown[(here + by) % len(shown)]

    def action_sort_selected(self) -> None:
        """Ask for sorting by the chosen column."""
        if self.selected_column:
            self.request_sort(self.selected_column)

    def request_sort(self, column: str) -> None:
        """Ask the owner to sort by a column; the same one again means the other way round."""
        reverse = column == self.sort_column and not self.sort_reverse
        self.post_message(SortRequested(self, column, reverse))

    def action_scroll_columns(self, by: int) -> None:
        """Scroll a wide table sideways, by half of what is shown."""
        painter = self._painter
        if painter is None or not self.wide:
            return
        most = max(0, painter.total - self.size.width)
        offset = max(0, min(most, self._x_offset + by * max(1, self.size.width // 2)))
        if offset != self._x_offset:
            self._x_offset = offset
            self.refresh()
