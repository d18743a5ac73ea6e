"""A viewer for YAML, JSON, differences and plain text: search, copy, wrapping, colours for the lines on screen only."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive

from widgets.rows import Drawn, Rows, marked, part_of, word_breaks, wrapped
from widgets.syntax import highlight
from widgets.text import clean_line

__all__ = ["DocumentView", "compile_search"]

LONGEST_SENTENCE = 4000


def compile_search(text: str) -> re.Pattern[str] | None:
    """A pattern for what someone typed: a regular expression, or the text itself where it is none; case counts only if typed.

    None for an empty text.
    """
    if not text:
        return None
    flags = re.IGNORECASE if text == text.lower() else re.NOFLAG
    try:
        return re.compile(text, flags)
    except re.error:
        return re.compile(re.escape(text), flags)


class DocumentView(Rows):
    """Shows a text. The owner asks for the search text when ``SearchRequested`` comes and calls ``search``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "request_search", "Search", id="document.search"),
        Binding("n", "next_match(1)", "Next match", id="document.next", show=False),
        Binding("N", "next_match(-1)", "Previous match", id="document.previous", show=False),
        Binding("w", "toggle_wrap", "Wrap", id="document.wrap"),
        Binding("c", "copy", "Copy", id="document.copy"),
    ]

    wrap: reactive[bool] = reactive(False)
    """Break long lines at the width of the widget."""

    class SearchRequested(Message):
        """The reader wants to search: ask for a text, then call ``search``."""

        def __init__(self, view: DocumentView) -> None:
            super().__init__()
            self.view = view

    class CopyRequested(Message):
        """The reader wants the text in the clipboard."""

        def __init__(self, view: DocumentView, text: str) -> None:
            super().__init__()
            self.view, self.text = view, text

    class Searched(Message):
        """Where the search stands: match ``number`` of ``total`` (0 of 0: nothing found)."""

        def __init__(self, view: DocumentView, text: str, number: int, total: int) -> None:
            super().__init__()
            self.view, self.search, self.number, self.total = view, text, number, total

    def __init__(self, text: str = "", syntax: str = "text", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._text = ""
        self._lines: list[str] = []
        self._breaks: list[tuple[int, int]] | None = None  # with wrapping: (line, first character) of each row
        self._syntax = syntax
        self._pattern: re.Pattern[str] | None = None
        self._search = ""
        self._matches: list[tuple[int, int, int]] = []  # line, first and past the last character
        self._current = -1
        self.set_text(text, syntax)

    def set_text(self, text: str, syntax: str | None = None) -> None:
        """Show another text (``syntax`` one of text, yaml, json, diff); place and search stay, so that it may be refreshed."""
        if syntax is not None:
            self._syntax = syntax
        self._text = text
        self._lines = [clean_line(line) for line in text.split("\n")] if text else []
        if self._lines and not self._lines[-1]:
            self._lines.pop()
        self._breaks = None
        self._find()
        self.forget()
        if self.is_mounted:
            self.top = self.validate_top(self.top)

    @property
    def text(self) -> str:
        """The text as it was given, unsanitised; for copying and saving only."""
        return self._text

    # ---- rows -----------------------------------------------------------------------------------------------------

    def row_count(self) -> int:
        """Lines, or with wrapping their parts."""
        return len(self._row_starts()) if self.wrap else len(self._lines)

    def row(self, index: int) -> Sequence[Drawn]:
        """One line or part of one, coloured, with what was searched for marked."""
        number, start, end = self._part(index)
        pieces = highlight(self._lines[number], self._syntax)
        spans = self._spans(number)
        drawn = marked(pieces, spans) if spans else list(pieces)
        return part_of(drawn, start, end) if self.wrap else drawn

    def _part(self, index: int) -> tuple[int, int, int]:
        """The line of a row and its first and past the last character."""
        if not self.wrap:
            return index, 0, len(self._lines[index])
        starts = self._row_starts()
        number, start = starts[index]
        following = starts[index + 1] if index + 1 < len(starts) else (-1, 0)
        return number, start, following[1] if following[0] == number else len(self._lines[number])

    def _row_starts(self) -> list[tuple[int, int]]:
        if self._breaks is None:
            width = self.size.width
            self._breaks = [(number, start) for number, line in enumerate(self._lines) for start in self._breaks_of(line, width)]
        return self._breaks

    def _breaks_of(self, line: str, width: int) -> list[int]:
        """Sentences break between words; data anywhere, and so does what would take long."""
        words = self._syntax == "text" and len(line) <= LONGEST_SENTENCE and width > 1
        return word_breaks(line, width) if words else wrapped(line, width)

    def _row_of(self, line: int, character: int) -> int:
        return bisect_right(self._row_starts(), (line, character)) - 1 if self.wrap else line

    def on_resize(self) -> None:
        """Lines break elsewhere."""
        self._breaks = None
        super().on_resize()

    def watch_wrap(self) -> None:
        """Keep the line at the top where it is."""
        self._breaks = None
        self.x_offset = 0
        self.forget()
        self.top = self.validate_top(self.top)

    def action_toggle_wrap(self) -> None:
        """Break long lines, or stop breaking them; the line at the top stays."""
        line = self._part(self.top)[0] if self.row_count() else 0
        self.wrap = not self.wrap
        self.top = self._row_of(line, 0)

    # ---- search and copy ------------------------------------------------------------------------------------------

    def action_request_search(self) -> None:
        """Ask the owner for a text to search for."""
        self.post_message(self.SearchRequested(self))

    def action_copy(self) -> None:
        """Ask the owner to copy the text."""
        self.post_message(self.CopyRequested(self, self._text))

    def search(self, text: str) -> int:
        """Mark each place where ``text`` (a regular expression) stands, go to the first from here on; how many there are."""
        self._search = text
        self._pattern = compile_search(text)
        self._find()
        here = self._part(self.top)[0] if self.row_count() else 0
        self._current = bisect_left(self._matches, (here, 0, 0)) - 1
        self.forget()
        self.action_next_match(1)
        return len(self._matches)

    def action_next_match(self, by: int) -> None:
        """Go to the next or the previous match; after the last comes the first."""
        if self._matches:
            self._current = (self._current + by) % len(self._matches)
            line, start, _ = self._matches[self._current]
            self.show_row(self._row_of(line, start))
        self.forget()
        if self._search:
            self.post_message(self.Searched(self, self._search, self._current + 1 if self._matches else 0, len(self._matches)))

    def _find(self) -> None:
        self._matches = []
        if self._pattern is None:
            return
        for number, line in enumerate(self._lines):
            self._matches += [(number, hit.start(), hit.end()) for hit in self._pattern.finditer(line) if hit.end() > hit.start()]

    def _spans(self, line: int) -> list[tuple[int, int, str]]:
        first = bisect_left(self._matches, (line, 0, 0))
        spans: list[tuple[int, int, str]] = []
        for index in range(first, len(self._matches)):
            number, start, end = self._matches[index]
            if number != line:
                break
            spans.append((start, end, "reverse bold" if index == self._current else "reverse"))
        return spans


if __name__ == "__main__":
    from widgets.samples import show

    sample = 'family: checkout # the newest\nrevision: 42\nimages:\n  - "checkout:1.8.3"\n  - name: side\u202ecar\n    cpu: 0.5\n'
    show(lambda: DocumentView(sample * 20, "yaml"), lambda: DocumentView("- image: a:1\n+ image: a:2\n  cpu: 256", "diff"))
