"""The frame of a list or view: a title line above, the whole reason of the row under the cursor below.

There is no box: a title is a rule with words in it, and panes side by side are parted by a ``Divider``. What is wrong
with the list as a whole (empty, denied, old) is said in the place itself, as a notice between title and body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import Resize
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from widgets.cells import shorten_end
from widgets.direct import Covered, DirectLines
from widgets.line import Drawn, Line, Manner, Piece
from widgets.rows import in_words
from widgets.symbols import symbols_of
from widgets.text import cell_width, clean

__all__ = ["Divider", "Pane", "PaneTitle", "ReasonLine"]


_MOST_NOTICE_LINES = 4
_REASON_FROM = 5  # lines of a pane
_MORE_REASON_FROM = 12
_NARROW = 110  # of several lines of reasons one more, or the next step is cut off


class PaneTitle(Line):
    """``─ Services 38 ──────────── filter /cart ── sort state ─``"""

    manner = Manner("─ ", " ── ", " ─", "─", "rule")


class ReasonLine(Line):
    """The whole reason of the row under the cursor; what is too long ends in an ellipsis. ``lines``: how many there are,
    always as many, so that nothing moves with the cursor."""

    DEFAULT_CSS = """
    ReasonLine { height: auto; }
    """

    lines: reactive[int] = reactive(1, layout=True)
    """Lines that it takes."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many as were asked for."""
        return self.lines

    def render_line(self, y: int) -> Strip:
        """The sentence broken between words; the last line holds what is left, cut."""
        if self.lines == 1:
            return super().render_line(y)
        pieces = [piece for group in self.groups for piece in group]
        width = self.size.width
        rows = in_words(clean("".join(piece.text for piece in pieces)), max(2, width - 2))
        if len(rows) > self.lines:
            rows[self.lines - 1 :] = [" ".join(rows[self.lines - 1 :])]
        style = self.palette.style
        text = shorten_end(symbols_of(self).text(rows[y]), max(0, width - 2)) if y < len(rows) else ""
        return Strip([Segment(" " + text, style(pieces[0].style if pieces else ""))]).adjust_cell_length(width, style())

    def show(self, *groups: Sequence[Piece]) -> None:
        """Draw these; all of the lines where there are several."""
        super().show(*groups)
        if self.lines > 1:
            self.redraw()

    def pieces(self, width: int) -> list[Drawn]:
        """All pieces in a row, each shortened to the room that is left."""
        drawn: list[Drawn] = [(" ", "")]
        room = width - 2
        for piece in (piece for group in self.groups for piece in group):
            text = shorten_end(clean(piece.text), max(0, room))
            drawn.append((text, piece.style))
            room -= cell_width(text)
        return drawn


class Pane(Covered, Vertical):
    """Title, notice, body, reason. The body is any widget; everything else is set by reactive attributes."""

    DEFAULT_CSS = """
    Pane { width: 1fr; height: 1fr; }
    Pane > Notice { height: auto; }
    """

    title: reactive[str] = reactive("", repaint=False)
    """What the list holds, e.g. ``Services 38``."""
    facts: reactive[tuple[str, ...]] = reactive((), repaint=False)
    """What stands at the right of the title (filter, sort, ``12 of 300``); the first are dropped first."""
    held: reactive[bool] = reactive(False, repaint=False)
    """The order of the rows is held; the title says so."""
    notice: reactive[str] = reactive("", repaint=False)
    """Why the list is empty, denied or old; lines separated by line breaks; "" for none."""
    notice_style: reactive[str] = reactive("state-warn", repaint=False)
    """Theme tokens of the notice."""
    reason: reactive[str] = reactive("", repaint=False)
    """The whole reason of the row under the cursor."""
    reason_style: reactive[str] = reactive("", repaint=False)
    """Theme tokens of the reason."""
    active: reactive[bool] = reactive(False, repaint=False)
    """Keys arrive in this pane: its title is bold."""

    def __init__(self, body: Widget, *, title: str = "", id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.body = body
        self.title_line = PaneTitle()
        self.notice_lines = Notice()
        self.reason_lines = 1
        self.reason_line = ReasonLine()
        self.set_reactive(Pane.title, title)

    def compose(self) -> ComposeResult:
        """Title, body, reason; the notice comes with the first one there is."""
        yield self.title_line
        yield self.body
        yield self.reason_line

    def on_mount(self) -> None:
        """Draw what was set before."""
        self._draw_title()
        self.watch_notice()
        self.watch_reason()

    def on_resize(self, event: Resize) -> None:
        """Rows before reasons: in a few lines there is no room for both."""
        room = event.size.height >= _REASON_FROM
        if room != self.reason_line.display:  # said again it would lay the whole screen out again
            self.reason_line.display = room
        several = event.size.height >= _MORE_REASON_FROM and self.reason_lines > 1
        self.reason_line.lines = self.reason_lines + (event.size.width < _NARROW) if several else 1

    def on_descendant_focus(self) -> None:
        """Keys arrive here now."""
        self.active = True

    def on_descendant_blur(self) -> None:
        """Keys go elsewhere."""
        self.active = False

    def _draw_title(self) -> None:
        left = [Piece(self.title, "bold" if self.active else "")]
        facts: Sequence[str] = (*(("order held",) if self.held else ()), *self.facts)
        right = [Piece(fact, "muted", len(facts) - index) for index, fact in enumerate(facts)]
        self.title_line.show(left, right) if right else self.title_line.show(left)

    def watch_title(self) -> None:
        """Draw the title."""
        self._draw_title()

    def watch_facts(self) -> None:
        """Draw the title."""
        self._draw_title()

    def watch_held(self) -> None:
        """Draw the title."""
        self._draw_title()

    def watch_active(self) -> None:
        """Draw the title."""
        self._draw_title()

    def watch_notice(self) -> None:
        """Say what is wrong with the whole list."""
        if self.notice and self.is_attached and not self.notice_lines.is_attached:
            self.mount(self.notice_lines, after=self.title_line)
        self.notice_lines.show(self.notice, self.notice_style)

    def watch_notice_style(self) -> None:
        """Draw the notice."""
        self.watch_notice()

    def watch_reason(self) -> None:
        """Draw the last line."""
        self.reason_line.show([Piece(self.reason, self.reason_style)])

    def watch_reason_style(self) -> None:
        """Draw the last line."""
        self.watch_reason()


class Notice(DirectLines):
    """Some lines in one style; without any it takes no room."""

    DEFAULT_CSS = """
    Notice { height: auto; width: 1fr; display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []
        self._style = ""

    def show(self, text: str, style: str) -> None:
        """Say this; "" for nothing."""
        lines = [clean(line) for line in text.splitlines()]
        if (lines, style) == (self._lines, self._style):
            return
        seen = bool(self._lines or lines)
        self._lines, self._style = lines, style
        if seen:
            self.display = bool(lines)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text needs, at most four, and never so many that no row is left."""
        most = min(_MOST_NOTICE_LINES, max(1, (container.height - 3) // 2))
        return min(most, len(self._rows(width)))

    def render_line(self, y: int) -> Strip:
        """One of the lines."""
        style = self.palette.style
        width = self.size.width
        rows = self._rows(width)
        text = symbols_of(self).text("  " + rows[y]) if y < len(rows) else ""
        return Strip([Segment(text, style(self._style))]).adjust_cell_length(width, style())

    def _rows(self, width: int) -> list[str]:
        return [row for line in self._lines for row in in_words(line, width - 3)]


class Divider(DirectLines):
    """A vertical rule, one cell wide, between panes side by side; ``joints`` are the signs where a title line meets it."""

    DEFAULT_CSS = """
    Divider { width: 1; height: 1fr; }
    """

    joints: reactive[Mapping[int, str]] = reactive(dict)
    """By line, e.g. ``{0: "┬", 24: "┼"}``."""

    def render_line(self, y: int) -> Strip:
        """One cell of it."""
        symbols = symbols_of(self)
        return Strip([Segment(symbols.text(self.joints.get(y, "│")), self.palette.style("rule"))], 1)


if __name__ == "__main__":
    from widgets.samples import SAMPLE_COLUMNS, SampleRows, show
    from widgets.table import VirtualTable

    def sample(title: str, notice: str) -> Pane:
        pane = Pane(VirtualTable(SAMPLE_COLUMNS, SampleRows(38)), title=title)
        pane.facts = ("filter /cart", "sort state", "12 of 300")
        pane.notice = notice
        pane.reason = "image checkout:1.8.3 not found in ECR, since 13:48"
        return pane

    show(lambda: sample("Services 38", ""), lambda: sample("Pods 300", "Not reached for 3m: rows below are from 14:01."))
