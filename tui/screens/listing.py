"""What is done with the list and the program as a whole: columns, sorting, reading again, repainting, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.footer import help_sections

if TYPE_CHECKING:
    from tui.screens.main import MainScreen


class Listing:
    """Handlers of the main screen."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main

    def wide_columns(self, _: str = "") -> None:
        """``ctrl-w``."""
        self.main.current.toggle_wide()

    def sort_by(self, column_id: str) -> None:
        """A capital letter."""
        self.main.current.sort_by(column_id)

    def sort_selected(self, _: str = "") -> None:
        """``shift-o``."""
        selected = self.main.current.table.selected_column
        if selected and selected != "why":
            self.main.current.sort_by(selected)
        elif selected == "why":
            self.main.current.sort_by("state")
        else:
            self.main.say("shift-left and shift-right select a column", "state-warn")

    def refresh_now(self, _: str = "") -> None:
        """``ctrl-r``: every source of what is on the screen asks again at once."""
        for kind in (self.main.current.pane.kind, *self.main.current.pane.needs):
            self.main.console.store.interest.refresh(kind)
        self.main.say("reading again")

    def repaint(self, _: str = "") -> None:
        """``ctrl-l``."""
        repaint = getattr(self.main.app, "repaint_all", None)
        if callable(repaint):
            repaint()
        self.main.app.refresh(layout=True)

    def suspend(self, _: str = "") -> None:
        """``ctrl-z``."""
        self.main.app.action_suspend_process()

    def open_help(self, _: str = "") -> None:
        """``?``."""
        from tui.screens.help import HelpScreen

        self.main.app.push_screen(HelpScreen(self.main.console, help_sections(self.main.console, self.main.current)))
