"""LogView: a window onto a buffer of log lines that someone else fills, merges and filters.

The view reads the lines on screen and no others, so how many arrive costs it nothing; the owner says ``lines_added``
once for each batch. Lines have numbers that never change: when old ones are dropped, nothing moves under the reader.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.reactive import reactive

from widgets import log_messages
from widgets.document import compile_search
from widgets.log_rows import LogEntry, clock_text
from widgets.log_window import LineBuffer, LogWindow

__all__ = ["LineBuffer", "LogEntry", "LogView"]


class LogView(LogWindow, can_focus=True):
    """Follows the newest lines until the reader moves upwards; ``G`` is now again."""

    DEFAULT_CSS = """
    LogView { width: 1fr; height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_rows(1)", "Down", id="log.down", show=False),
        Binding("k,up", "scroll_rows(-1)", "Up", id="log.up", show=False),
        Binding("g,home", "scroll_first", "Oldest", id="log.first", show=False),
        Binding("G,end", "follow", "Now", id="log.follow"),
        Binding("ctrl+f,pagedown", "scroll_pages(1)", "Page down", id="log.page_down", show=False),
        Binding("ctrl+b,pageup", "scroll_pages(-1)", "Page up", id="log.page_up", show=False),
        Binding("left", "scroll_sideways(-1)", "To the left", id="log.left", show=False),
        Binding("right", "scroll_sideways(1)", "To the right", id="log.right", show=False),
        Binding("space", "toggle_follow", "Pause", id="log.pause"),
        Binding("w", "toggle_wrap", "Wrap", id="log.wrap"),
        Binding("t", "toggle_timestamps", "Times", id="log.times"),
        Binding("J", "toggle_raw", "JSON as it is", id="log.raw"),
        Binding("enter", "toggle_folds", "Stack traces", id="log.folds"),
        Binding("m", "mark", "Mark", id="log.mark"),
        Binding("slash", "request_search", "Search", id="log.search"),
        Binding("n", "next_match(1)", "Next match", id="log.next", show=False),
        Binding("N", "next_match(-1)", "Previous match", id="log.previous", show=False),
        Binding("c", "copy", "Copy what is shown", id="log.copy"),
    ]

    status: reactive[str] = reactive("follow", repaint=False)
    """For the title: ``follow``, or ``paused, 1,204 new``."""

    StatusChanged = log_messages.StatusChanged
    SearchRequested = log_messages.SearchRequested
    Searched = log_messages.Searched
    CopyRequested = log_messages.CopyRequested

    def __init__(
        self,
        buffer: LineBuffer | None = None,
        *,
        zone: tzinfo | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(buffer, zone=zone, id=id, classes=classes)
        self._search = ""
        #: why the last search was given up; empty where it came to its end
        self.trouble = ""

    # ---- what the owner calls -------------------------------------------------------------------------------------

    def set_buffer(self, buffer: LineBuffer | None) -> None:
        """Show another buffer (another filter has another buffer): from its newest line on where the view follows, else
        from its oldest on until ``show_line`` says where the reader was."""
        self._buffer = buffer
        self._marks.clear()
        self._match = -1
        self._top = (self._first, 0)
        self._seen_end = self._end
        self.buffer_reset()

    @property
    def top_line(self) -> int:
        """The number of the line at the top."""
        return self._top[0]

    def show_line(self, number: int) -> None:
        """Bring line ``number`` to the top, as far as there are lines below it; the view no longer follows."""
        self.follow = False
        self._top = min((max(number, self._first), 0), self._last_top())
        self._show_page()
        self._tell_status()

    def lines_added(self) -> None:
        """Lines came at the end or went at the beginning; once for each batch, however large."""
        changed = self._regrown()
        if self.follow or changed or self._top[0] < self._first or len(self._page) < self.size.height:
            self._show_page()
        for y, place in enumerate(self._page):
            if place[0] in changed:
                self.refresh(Region(0, y, self.size.width, 1))
        self._tell_status()

    def buffer_reset(self) -> None:
        """Lines changed or came in between: what is on screen is read again."""
        self._forget()
        self._show_page()
        self._tell_status()

    def search(self, text: str) -> bool:
        """Mark each hit of ``text`` (a regular expression) and go to the nearest one upwards; whether there is one."""
        self._search, self.trouble = text, ""
        self._pattern = compile_search(text)
        self._match = self._page[-1][0] + 1 if self._page else self._end
        self._forget()
        self._show_page()
        return self._go_to_match(-1) if self._pattern is not None else False

    @property
    def visible_text(self) -> str:
        """The rows on screen as text, clean."""
        return "\n".join("".join(text for text, _ in self._row(*place)) for place in self._page)

    # ---- moving ---------------------------------------------------------------------------------------------------

    def _scroll(self, rows: int) -> None:
        if rows < 0:
            self.follow = False
            self._top = self._back(self._top, -rows)
        else:
            self._top = min(self._forward(self._top, rows), self._last_top())
        self._show_page()
        self._tell_status()

    def _tell_status(self) -> None:
        new = self._end - self._seen_end
        self.status = "follow" if self.follow else (f"paused, {new:,} new" if new > 0 else "paused")

    def watch_status(self, status: str) -> None:
        """Tell the owner, whose title says so."""
        self.post_message(self.StatusChanged(self, status))

    def watch_follow(self, follow: bool) -> None:
        """Go to the newest line, or stay."""
        self._seen_end = self._end
        if follow:
            self._show_page()
        self._tell_status()

    def action_scroll_rows(self, by: int) -> None:
        """Scroll by rows; upwards stops following."""
        self._scroll(by)

    def action_scroll_pages(self, by: int) -> None:
        """Scroll by pages, leaving one row of the old page."""
        self._scroll(by * max(1, self.size.height - 1))

    def action_scroll_first(self) -> None:
        """Go to the oldest line."""
        self.follow = False
        self._top = (self._first, 0)
        self._show_page()
        self._tell_status()

    def action_follow(self) -> None:
        """Now: the newest line, and follow."""
        self.follow = True

    def action_toggle_follow(self) -> None:
        """Pause, or go on."""
        self.follow = not self.follow

    def action_scroll_sideways(self, by: int) -> None:
        """Scroll long lines by half of the width."""
        if not self.wrap:
            self._x_offset = max(0, self._x_offset + by * max(1, self.size.width // 2))
            self.refresh()

    def action_toggle_wrap(self) -> None:
        """Break long lines, or stop breaking them."""
        self.wrap = not self.wrap

    def action_toggle_timestamps(self) -> None:
        """Show or hide the times."""
        self.timestamps = not self.timestamps

    def action_toggle_raw(self) -> None:
        """Show JSON lines in words, or as they are."""
        self.raw = not self.raw

    def action_toggle_folds(self) -> None:
        """Show stack traces whole, or as one row each."""
        self.folded = not self.folded

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self._scroll(-3)

    # ---- marks, search, copy --------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Draw a line behind the newest one, so that what comes next is told apart from what was there."""
        if not self._buffer or not len(self._buffer):
            return
        newest = self._end - 1
        self._marks[newest] = "mark " + clock_text(self._buffer.line(newest)[0], self._zone).partition(".")[0]
        self._marks = {number: label for number, label in self._marks.items() if number >= self._first}
        self._forget()
        self._show_page()

    def action_request_search(self) -> None:
        """Ask the owner for a text to search for."""
        self.post_message(self.SearchRequested(self))

    def action_next_match(self, by: int) -> None:
        """Go to the next or the previous line that matches."""
        self._go_to_match(by)

    def _go_to_match(self, step: int) -> bool:
        """Find the next match from the current one on; at an end the search stays where it is."""
        if self._pattern is None or self._buffer is None:
            return False
        start = max(self._first - 1, min(self._end, self._match)) + step
        number = self._find(start, step)
        if number is not None:
            self.follow = False
            self._match = number
            self._forget()
            if all(place[0] != number for place in self._page):
                self._top = min(self._back((number, 0), self.size.height // 3), self._last_top())
            self._show_page()
        self.post_message(self.Searched(self, self._search, number))
        self._tell_status()
        return number is not None

    def _find(self, number: int, step: int) -> int | None:
        buffer, pattern = self._buffer, self._pattern
        if buffer is None or pattern is None:
            return None
        quick = getattr(buffer, "find", None)
        if quick is not None:
            try:
                found: int | None = quick(pattern, number, step)
            except TimeoutError as error:
                self.trouble = str(error)
                return None
            return found
        for each in range(number, self._end if step > 0 else self._first - 1, step):
            if pattern.search(buffer.line(each)[2]):
                return each
        return None

    def action_copy(self) -> None:
        """Ask the owner to copy what is on screen."""
        self.post_message(self.CopyRequested(self, self.visible_text))


if __name__ == "__main__":
    from widgets.samples import show_log

    show_log()
