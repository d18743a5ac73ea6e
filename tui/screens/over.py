"""What screens over the main one have in common: line 1, a title, a body, a prompt for searching and for commands, the keys,
Esc and q to leave."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from tui.screens.console import Console
from tui.screens.header_bar import HeaderBar
from widgets.line import Piece
from widgets.pane import PaneTitle
from widgets.prompt import Prompt, Suggestion
from widgets.rows import Rows
from widgets.status_bar import KeyBar, KeyHint


class OverScreen(Screen[None]):
    """A full screen over the main one. A subclass gives the body and the keys; ``refresh_body`` is called every ``every`` s."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = ()
    positioned: ClassVar[bool] = False
    """Whether the title says which lines are shown, where not all of them are."""

    def __init__(self, console: Console, title: str, *, every: float = 0.0) -> None:
        super().__init__()
        self.console = console
        self.heading = title
        self.every = every
        self._said = False
        self.status = HeaderBar(console, id="status")
        self.title_line = PaneTitle()
        self.key_bar = KeyBar(id="keys")
        self.prompt = Prompt(self.suggest)
        self.body = self.make_body()

    def make_body(self) -> Widget:
        """The widget between title and keys."""
        raise NotImplementedError

    def refresh_body(self) -> None:
        """Called on a timer where the screen asked for one."""

    def facts(self) -> Sequence[str]:
        """What stands at the right of the title."""
        return ()

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.title_line
        yield self.body
        yield self.prompt
        yield self.key_bar

    def on_mount(self) -> None:
        self.retitle()
        self.show_keys()
        self.body.focus()
        if self.positioned:
            self.watch(self.body, "top", self.retitle, init=False)
        if self.every:
            self.set_interval(self.every, self.refresh_body)

    def on_resize(self) -> None:
        if self.positioned:
            self.call_after_refresh(self.retitle)

    def retitle(self) -> None:
        """Draw the title."""
        facts = (*self.facts(), *self.position())
        self.title_line.show([Piece(self.heading, "bold")], [Piece(fact, "muted", 1) for fact in facts])

    def position(self) -> tuple[str, ...]:
        """``1-19 of 55`` where the body has more lines than room."""
        body = self.body
        if not (self.positioned and isinstance(body, Rows)) or not body.size.height or body.row_count() <= body.size.height:
            return ()
        return (f"{body.top + 1}-{min(body.top + body.size.height, body.row_count())} of {body.row_count()}",)

    def show_keys(self) -> None:
        """Draw the keys."""
        self.key_bar.show_keys([KeyHint(key, word) for key, word in (*self.hints, ("Esc", "back"))])

    def say(self, text: str, style: str = "") -> None:
        """A sentence in place of the keys until the next key."""
        self._said = True
        self.key_bar.show_message(text, style)

    def ask(self, prefix: str, text: str = "") -> None:
        """Open the prompt in the place of the keys."""
        self.key_bar.display = False
        self.prompt.open(prefix, text)

    def answered(self, prefix: str, text: str) -> None:
        """Enter in the prompt."""

    def typed(self, prefix: str, text: str) -> None:
        """The prompt's text changed."""

    def cancelled(self, prefix: str) -> None:
        """Esc in the prompt."""

    def suggest(self, prefix: str, text: str) -> list[Suggestion]:
        """Completion of the ``:`` line, as on the main screen."""
        from tui.screens.command_line import completions

        return [Suggestion(line) for line in completions(text, self.console)] if prefix == ":" else []

    def run_command(self, line: str) -> None:
        """Leave for the main screen, where the line means what it always means."""
        from tui.screens.main import MainScreen

        while isinstance(over := self.app.screen, OverScreen):
            over.leave()
        main = self.app.screen
        if isinstance(main, MainScreen) and line:
            main.moving.run_command(line)

    def _shut(self) -> None:
        self.key_bar.display = True
        self.show_keys()
        self.body.focus()

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        self._shut()
        if event.prefix == ":":
            self.run_command(event.text)
        else:
            self.answered(event.prefix, event.text)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        if self.prompt.is_open and event.prefix != ":":
            self.typed(event.prefix, event.text)

    def on_prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        self._shut()
        if event.prefix != ":":
            self.cancelled(event.prefix)

    async def on_key(self, event: events.Key) -> None:
        if self.prompt.is_open:
            await self.prompt.on_key(event)  # typed before the prompt had the focus
            return
        if self._said:
            self._said = False
            self.show_keys()
        if self.handle(event.key):
            event.stop()
            event.prevent_default()
        elif event.key == "colon":
            event.stop()
            event.prevent_default()
            self.ask(":")
        elif event.key in ("escape", "q", "ctrl+c"):
            event.stop()
            event.prevent_default()
            self.leave()

    def handle(self, key: str) -> bool:
        """A key of the subclass; whether it took it."""
        return False

    def leave(self) -> None:
        """Esc and q."""
        self.dismiss(None)
