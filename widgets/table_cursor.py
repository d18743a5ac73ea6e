"""The cursor of ``VirtualTable``: it follows a row's key through every new order, never its position."""

from __future__ import annotations

from collections.abc import Hashable

from widgets.table_messages import RowHighlighted
from widgets.table_view import TableView

__all__ = ["TableCursor"]


class TableCursor(TableView):
    """Where the cursor stands, and what is in view because of it."""

    _index = 0
    _own_choice: Hashable | None = None  # where the cursor stands though nobody has put it there
    _told_gone = False

    @property
    def cursor_gone(self) -> bool:
        """Whether the row under the cursor is one that the source has lost: actions must refuse it."""
        return self._order is not None and self.cursor_key is not None and self._order.is_gone(self.cursor_key)

    @property
    def cursor_index(self) -> int:
        """The position of the row under the cursor as shown, 0 is the first."""
        return self._index

    def move_to(self, index: int) -> None:
        """Put the cursor on the row shown at ``index`` (brought into range) and scroll as little as needed."""
        order = self._order
        if order is None or not len(order):
            return
        self._index = max(0, min(index, len(order) - 1))
        self.cursor_key = order.key_at(self._index)

    def watch_cursor_key(self, old: Hashable | None, new: Hashable | None) -> None:
        """Repaint the two lines concerned, scroll if needed, tell the owner."""
        order = self._order
        if order is not None and order.ghost is not None and new != order.ghost:
            order.lay()
        index = order.index_of(new) if order is not None and new is not None else None
        if index is not None:
            self._index = index
            self.scroll_to_cursor()
        self.show_window()
        self.repaint_cursor(old)
        self.repaint_cursor(new)
        self._told_gone = self.cursor_gone
        self.post_message(RowHighlighted(self, new, gone=self._told_gone))

    def tell_gone(self) -> None:
        """Tell the owner where the row under the cursor has vanished, or has come back."""
        if self._told_gone != self.cursor_gone:
            self._told_gone = self.cursor_gone
            self.post_message(RowHighlighted(self, self.cursor_key, gone=self._told_gone))

    def follow_cursor(self) -> None:
        """Go where the cursor's key stands now; without one, or where it is gone, take the row in its place."""
        order = self._order
        if order is None or not len(order):
            self._index = self._top = 0
            return
        index = order.index_of(self.cursor_key) if self.cursor_key is not None else None
        if self.cursor_key is None or self.cursor_key == self._own_choice:  # nobody's yet: the first row, the worst, has it
            self.move_to(0)
            self._own_choice = self.cursor_key
            return
        if index is None:
            self.move_to(self._index)
            return
        if index != self._index and self._top > 0:  # the row stays where the eye is; the top of the list stays the top
            self._top = max(0, index - (self._index - self._top))
        self._index = index
        self.scroll_to_cursor()

    def scroll_to_cursor(self) -> None:
        """Bring the cursor into the window, by scrolling as little as needed."""
        if self._index < self._top:
            self._top = self._index
        elif self.page and self._index >= self._top + self.page:
            self._top = self._index - self.page + 1
