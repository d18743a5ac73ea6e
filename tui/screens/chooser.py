"""A list to choose from, with a filter: profiles, regions, contexts, kinds."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen

from widgets.line import Line, Piece
from widgets.line_edit import LineEdit
from widgets.pane import PaneTitle
from widgets.rows import Drawn, Rows


class Choices(Rows):
    """The options that match, the chosen one marked."""

    def __init__(self, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.options = list(options)
        self.shown = list(options)
        self.at = 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as all options (the style sheet's maximum holds), so that narrowing moves nothing."""
        return max(1, len(self.options))

    def row_count(self) -> int:
        return len(self.shown)

    def row(self, index: int) -> list[Drawn]:
        label = self.shown[index][1] or self.shown[index][0]
        return [((" ▸ " if index == self.at else "   ") + label, "bold" if index == self.at else "")]

    def narrow(self, text: str) -> None:
        """Only options that hold all words."""
        words = text.lower().split()
        self.shown = [o for o in self.options if all(word in f"{o[0]} {o[1]}".lower() for word in words)]
        self.at = 0
        self.top = 0
        self.forget()

    def move(self, by: int) -> None:
        """Another one, kept on the screen."""
        if self.shown:
            self.at = max(0, min(len(self.shown) - 1, self.at + by))
            height = max(1, self.size.height)
            self.top = max(min(self.top, self.at), self.at - height + 1)
            self.forget()


class ChooserScreen(ModalScreen[str | None]):
    """Type to narrow, arrows to move, Enter to take, Esc to leave."""

    DEFAULT_CSS = """
    ChooserScreen { align: center bottom; background: $background 0%; }
    ChooserScreen > #box { height: auto; background: $surface; }
    ChooserScreen Choices { height: auto; max-height: 16; background: $surface; }
    """

    def __init__(self, title: str, options: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self.heading = title
        self.choices = Choices(options)
        self.line = LineEdit(limit=200)
        self.shown_line = Line()
        self.title_line = PaneTitle()

    def compose(self) -> ComposeResult:
        from textual.containers import Vertical

        yield Vertical(self.title_line, self.choices, self.shown_line, id="box")

    def on_mount(self) -> None:
        self.choices.can_focus = False
        self._draw()

    def _draw(self) -> None:
        self.title_line.show(
            [Piece(self.heading, "bold")], [Piece(f"{len(self.choices.shown)} of {len(self.choices.options)}", "muted")]
        )
        self.shown_line.show([Piece(f"/{self.line.text}▏"), Piece("Enter takes it, Esc leaves", "muted", 1)])

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        if event.key in ("escape", "ctrl+c"):
            self.dismiss(None)
        elif event.key == "enter":
            self.dismiss(self.choices.shown[self.choices.at][0] if self.choices.shown else None)
        elif event.key in ("down", "ctrl+n", "tab"):
            self.choices.move(1)
        elif event.key in ("up", "ctrl+p", "shift+tab"):
            self.choices.move(-1)
        elif event.key in ("pagedown", "pageup"):
            self.choices.move(10 if event.key == "pagedown" else -10)
        elif self.line.key(event.key, event.character):
            self.choices.narrow(self.line.text)
        self._draw()
