"""The ``:`` and ``/`` line of the main screen: it stands in the place of the keys while it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.command_line import completions
from widgets.prompt import Suggestion

if TYPE_CHECKING:
    from tui.screens.main import MainScreen
    from tui.screens.pane_view import PaneView


class Prompting:
    """Handlers of the main screen, and what the prompt's messages mean."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self._filtering: tuple[PaneView, str] | None = None

    def suggest(self, prefix: str, text: str) -> list[Suggestion]:
        """Completion of the ``:`` line; a filter has none."""
        return [Suggestion(line) for line in completions(text, self.main.console)] if prefix == ":" else []

    def open_command(self, _: str = "") -> None:
        """``:``."""
        self._open(":", "")

    def open_filter(self, _: str = "") -> None:
        """``/``."""
        view = self.main.current
        self._filtering = (view, view.filter_text)
        self._open("/", view.filter_text)

    def _open(self, prefix: str, text: str) -> None:
        self.main.key_bar.display = False
        self.main.prompt.open(prefix, text)

    def changed(self, prefix: str, text: str) -> None:
        """The list narrows while one types."""
        if prefix == "/" and self.main.prompt.is_open:
            problem = self.main.current.set_filter(text)
            if problem:
                self.main.prompt.say(problem)

    def submitted(self, prefix: str, text: str) -> None:
        """Enter."""
        self._close()
        if prefix == ":" and text:
            self.main.moving.run_command(text)
        elif prefix == "/":
            self.main.current.set_filter(text)

    def cancelled(self, prefix: str) -> None:
        """Esc: the filter is again what it was."""
        if prefix == "/" and self._filtering is not None:
            view, text = self._filtering
            view.set_filter(text)
        self._close()

    def _close(self) -> None:
        self.main.key_bar.display = True
        self.main.current.table.focus()
        self.main.paint_keys()
