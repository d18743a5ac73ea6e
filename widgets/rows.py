"""A scrolling window over lines that someone else makes: what help, documents, plans and logs have in common.

A subclass says how many rows there are and what each looks like; this does scrolling, keys and cached painting.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.strip import Strip

from widgets.direct import DirectLines
from widgets.symbols import symbols_of
from widgets.text import cell_width

__all__ = ["Drawn", "Rows"]

Drawn = tuple[str, str]  # text and theme tokens


class Rows(DirectLines, can_focus=True):
    """Rows of text with a position. ``top`` is the first row shown."""

    DEFAULT_CSS = """
    Rows { width: 1fr; height: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "scroll_rows(1)", "Down", id="rows.down", show=False),
        Binding("k,up", "scroll_rows(-1)", "Up", id="rows.up", show=False),
        Binding("g,home", "scroll_first", "First line", id="rows.first", show=False),
        Binding("G,end", "scroll_last", "Last line", id="rows.last", show=False),
        Binding("ctrl+f,pagedown,space", "scroll_pages(1)", "Page down", id="rows.page_down", show=False),
        Binding("ctrl+b,pageup", "scroll_pages(-1)", "Page up", id="rows.page_up", show=False),
        Binding("left,h", "scroll_sideways(-1)", "To the left", id="rows.left", show=False),
        Binding("right", "scroll_sideways(1)", "To the right", id="rows.right", show=False),
    ]

    top: reactive[int] = reactive(0)
    """The first row shown."""
    x_offset: reactive[int] = reactive(0)
    """The first cell shown of each row."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: dict[int, Strip] = {}

    # ---- what a subclass says -------------------------------------------------------------------------------------

    def row_count(self) -> int:
        """How many rows there are."""
        raise NotImplementedError

    def row(self, index: int) -> Sequence[Drawn]:
        """The pieces of one row; texts are clean."""
        raise NotImplementedError

    # ---- scrolling ------------------------------------------------------------------------------------------------

    @property
    def last_top(self) -> int:
        """The position at which the last row stands on the last line."""
        return max(0, self.row_count() - self.size.height)

    def validate_top(self, top: int) -> int:
        """Keep a page of rows in view."""
        return max(0, min(top, self.last_top))

    def action_scroll_rows(self, by: int) -> None:
        """Scroll by rows."""
        self.top += by

    def action_scroll_pages(self, by: int) -> None:
        """Scroll by pages, leaving one row of the old page."""
        self.top += by * max(1, self.size.height - 1)

    def action_scroll_first(self) -> None:
        """Go to the first row."""
        self.top = 0

    def action_scroll_last(self) -> None:
        """Go to the last row."""
        self.top = self.last_top

    def action_scroll_sideways(self, by: int) -> None:
        """Scroll long rows by half of the width."""
        self.x_offset = max(0, self.x_offset + by * max(1, self.size.width // 2))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        event.stop()
        self.action_scroll_rows(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        event.stop()
        self.action_scroll_rows(-3)

    def show_row(self, index: int) -> None:
        """Scroll as little as needed to have a row in view; one that was not in view comes to the upper third."""
        height = self.size.height
        if not self.top <= index < self.top + height:
            self.top = index - height // 3

    def on_resize(self) -> None:
        """Another width: rows may break elsewhere."""
        self.forget()
        self.top = self.validate_top(self.top)

    # ---- painting -------------------------------------------------------------------------------------------------

    def colors_changed(self) -> None:
        """Paint again in the new colours."""
        self.forget()

    def forget(self) -> None:
        """Throw away what was painted and paint again."""
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row, painted once."""
        index = self.top + y
        strip = self._strips.get(index)
        if strip is None:
            if len(self._strips) > 1000:
                self._strips.clear()
            strip = self._strips[index] = self._painted(index)
        width = self.size.width
        if self.x_offset and strip.cell_length > self.x_offset:
            strip = strip.crop(self.x_offset, self.x_offset + width)
        return strip.adjust_cell_length(width, self.palette.style())

    def _painted(self, index: int) -> Strip:
        return self.strip_of(self.row(index) if 0 <= index < self.row_count() else ())

    def strip_of(self, pieces: Sequence[Drawn]) -> Strip:
        """Pieces as a strip of their own length."""
        symbols = symbols_of(self)
        return Strip([Segment(symbols.text(text), self.palette.style(tokens)) for text, tokens in pieces if text])


def marked(pieces: Sequence[Drawn], spans: Sequence[tuple[int, int, str]]) -> list[Drawn]:
    """The same pieces with tokens added from character ``start`` to ``end`` of the row, for search hits."""
    drawn: list[Drawn] = []
    position = 0
    for text, tokens in pieces:
        edges = {0, len(text)}
        for start, end, _ in spans:
            edges.update(edge - position for edge in (start, end) if 0 < edge - position < len(text))
        cuts = sorted(edges)
        for first, last in pairwise(cuts):
            extra = " ".join(token for start, end, token in spans if start <= position + first < end)
            drawn.append((text[first:last], f"{tokens} {extra}".strip()))
        position += len(text)
    return drawn


def part_of(pieces: Sequence[Drawn], start: int, end: int) -> list[Drawn]:
    """The pieces of a row from character ``start`` to ``end``."""
    part: list[Drawn] = []
    position = 0
    for text, tokens in pieces:
        kept = text[max(0, start - position) : max(0, end - position)]
        if kept:
            part.append((kept, tokens))
        position += len(text)
    return part


def wrapped(text: str, width: int) -> list[int]:
    """The character positions at which ``text`` breaks into rows of at most ``width`` cells; the first is 0."""
    if width <= 0 or not text:
        return [0]
    if text.isascii():
        return list(range(0, len(text), width))
    starts = [0]
    used = 0
    for index, character in enumerate(text):
        size = cell_width(character)
        if used + size > width and index > starts[-1]:
            starts.append(index)
            used = 0
        used += size
    return starts


def word_breaks(text: str, width: int) -> list[int]:
    """As ``wrapped``, but between words where there is a space in the last third of the row."""
    starts = [0]
    while cell_width(text[starts[-1] :]) > width:
        start = starts[-1]
        hard = start + wrapped(text[start:], width)[1]
        space = text.rfind(" ", start + (hard - start) * 2 // 3, hard + 1)
        starts.append(space + 1 if space > start else hard)
    return starts


def in_words(text: str, width: int) -> list[str]:
    """The rows of a sentence that must fit into ``width`` cells."""
    starts = word_breaks(text, max(2, width))
    return [text[start:end].rstrip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
