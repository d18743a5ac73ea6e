"""VirtualTable: rows by key over Textual's line API, for lists of ten thousand rows that change while they are read.

The table owns no data. It asks a ``TableSource`` for the rows in view, keeps what it painted, and repaints only the lines
(often only the cells) that became different: that is what makes it quick, and cheap over a slow link. It scrolls by
itself instead of deriving from ``ScrollView``, whose virtual size lays the whole screen out again whenever a row comes or
goes, and it draws no scroll bar.

The cursor and the marks follow a row's key, never its position.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Sequence

from textual import events
from textual.reactive import reactive
from textual.timer import Timer

from widgets import table_messages
from widgets.cells import Cell
from widgets.columns import Column
from widgets.order import RowOrder, TableSource
from widgets.table_keys import TableKeys

__all__ = ["Cell", "Column", "TableSource", "VirtualTable"]

HOLD_SECONDS = 2.0
GHOST_SECONDS = 2.0
CHANGED_SECONDS = 2.0


class VirtualTable(TableKeys, can_focus=True):
    """A list of rows with a header line.

    The owner gives columns and a source, then reports changes by ``refresh_keys`` (cells), ``order_changed`` (rows came,
    went, moved) and ``refresh_all`` (another filter or sort). ``TableKeys`` has the keys, ``TableCursor`` the cursor,
    ``TableView`` the look.
    """

    DEFAULT_CSS = """
    VirtualTable { width: 1fr; height: 1fr; }
    """

    order_hold: reactive[bool] = reactive(False, repaint=False)
    """Whether the order is held because someone types or a dialog is open."""

    RowHighlighted = table_messages.RowHighlighted
    RowSelected = table_messages.RowSelected
    MarksChanged = table_messages.MarksChanged
    SortRequested = table_messages.SortRequested
    WindowChanged = table_messages.WindowChanged
    HoldChanged = table_messages.HoldChanged

    def __init__(
        self,
        columns: Sequence[Column] = (),
        source: TableSource | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(columns, source, clock=clock, id=id, classes=classes)
        self._hold_until = 0.0
        self.hold_seconds = HOLD_SECONDS
        self._pins = 0
        self._ghost_until = 0.0
        self._alarm: tuple[float, Timer] | None = None

    # ---- what the owner calls -------------------------------------------------------------------------------------

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Show other columns."""
        self.columns = tuple(columns)
        self._grown.clear()
        self._kept.clear()
        self.rebuild()

    def set_source(self, source: TableSource | None) -> None:
        """Read from another source; the cursor stays on its key if the new one has it."""
        self._order = RowOrder(source) if source is not None else None
        self.order_hold = False
        self.refresh_all()

    @property
    def source(self) -> TableSource | None:
        """Where the rows come from."""
        return self._order.source if self._order is not None else None

    def refresh_all(self) -> None:
        """Everything may be different (another filter, another sort): read the rows in view again."""
        self._kept.clear()
        if self._order is not None:
            self._order.release()
            self._order.lay()
            if self.order_hold:
                self._order.hold()
        self.follow_cursor()
        self.show_window()
        self.refresh()

    def refresh_keys(self, keys: Iterable[Hashable]) -> None:
        """These rows have new cells; what differs on screen is repainted, and marked for two seconds."""
        source = self.source
        if source is None:
            return
        lines = {key: line for line, key in enumerate(self._window)}
        until = self._clock() + (CHANGED_SECONDS if self.mark_changes else 0.0)
        forgotten: list[Hashable] = []
        for key in self._kept.known(keys if isinstance(keys, set | frozenset) else frozenset(keys)):
            line = lines.get(key)
            if line is None:
                forgotten.append(key)
            elif source.index_of(key) is not None:
                different, state_differs = self._kept.reload(key, source, self.columns, until)
                self.repaint_cells(line, different, state_differs)
        self._kept.forget(forgotten)
        self._grow_columns()
        self._wake_at(until)

    def order_changed(self, added: Iterable[Hashable] = ()) -> None:
        """Rows came, went or moved. While the order is held, the ``added`` rows are shown at its end."""
        order = self._order
        if order is None:
            return
        order.extend(added)
        if not order.held:
            self._keep_ghost(order)
        self.follow_cursor()
        self.show_window()
        self.repaint_gone()
        self.tell_gone()

    def _keep_ghost(self, order: RowOrder) -> None:
        """Where the row under the cursor has just vanished, keep it in its place for two seconds."""
        if order.ghost is not None and not order.is_gone(order.ghost):
            order.lay()
        if self.cursor_key is None or order.ghost is not None or not order.is_gone(self.cursor_key) or not self._window:
            return
        order.haunt(self.cursor_key, self._index)
        self._ghost_until = self._clock() + GHOST_SECONDS
        self._wake_at(self._ghost_until)

    # ---- holding the order ----------------------------------------------------------------------------------------

    def touch(self) -> None:
        """A key arrived: hold the order for two seconds from now."""
        self._own_choice = None
        self._hold_until = self._clock() + self.hold_seconds
        if self._order is not None and not self._order.held:
            self._order.hold()
            self.order_hold = True
        self._wake_at(self._hold_until)

    def pin(self) -> None:
        """Hold the order until ``unpin``, while a dialog about a row is open; may be nested."""
        self._pins += 1
        self.touch()

    def unpin(self) -> None:
        """The dialog is closed; the order is released two seconds after the last key."""
        self._pins = max(0, self._pins - 1)
        self.touch()

    def watch_order_hold(self, held: bool) -> None:
        """Tell the owner, whose title says so."""
        self.post_message(self.HoldChanged(self, held))

    def tick(self) -> None:
        """Do what is due by the clock: release the order, let a ghost go, unmark changed values."""
        now = self._clock()
        order = self._order
        if order is None:
            return
        if order.held and not self._pins and now >= self._hold_until:
            order.release()
            self.order_hold = False
            self.follow_cursor()
        elif order.ghost is not None and now >= self._ghost_until:
            order.lay()
            self.follow_cursor()
        self.show_window()
        lost, following = self._kept.expire(self._window, now)
        for key, columns in lost.items():
            self.repaint_cells(self._window.index(key), columns, state_differs=False)
        if order.held and not self._pins:
            self._wake_at(self._hold_until)
        if order.ghost is not None:
            self._wake_at(self._ghost_until)
        if following is not None:
            self._wake_at(following)

    def _wake_at(self, due: float) -> None:
        """Have ``tick`` called at ``due``; one timer serves all that is pending."""
        if not self.is_mounted or (self._alarm is not None and self._alarm[0] <= due):
            return
        if self._alarm is not None:
            self._alarm[1].stop()
        self._alarm = (due, self.set_timer(max(0.02, due - self._clock()), self._ring))

    def _ring(self) -> None:
        self._alarm = None
        self.tick()

    # ---- what the screen does to it -------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Place the cursor on the first row."""
        self.follow_cursor()

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in view. The columns were laid out for the new width when it was painted."""
        moved, self._x_offset = self._x_offset, 0
        self.scroll_to_cursor()
        if moved or self._laid_out != self.size:
            self.rebuild()
        else:
            self.show_window()

    def watch_has_focus(self, focused: bool) -> None:
        """The row under the cursor shows whether keys arrive here."""
        super().watch_has_focus(focused)
        self.repaint_cursor(self.cursor_key)

    def watch_wide(self) -> None:
        """Lay the columns out anew."""
        self._x_offset = 0
        self.rebuild()

    def watch_whole_row_cursor(self) -> None:
        """Draw the cursor the other way."""
        self.rebuild()


if __name__ == "__main__":
    from widgets.samples import show_table

    show_table()
