"""What is done with the list and the program as a whole: chosen rows, columns, sorting, reading again, repainting, help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens.footer import help_sections

if TYPE_CHECKING:
    from tui.model import Row
    from tui.panes import Pane
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

    def chosen_row(self) -> tuple[Row, Pane] | None:
        """The row under the cursor (a problem stands for its row) with the pane of its kind."""
        row = self.main.current.cursor_row()
        if row is None:
            return None
        target = self.main.current.pane.target(row, self.main.console.context())
        if target is None:
            self.main.say(f"{row.name} is not there any more", "state-warn")
            return None
        return target, self.main.console.panes.get(target.key.kind, self.main.current.pane)

    def target_rows(self) -> list[Row]:
        """The marked rows, else the one under the cursor; problems stand for their rows."""
        context = self.main.console.context()
        rows = self.main.current.marked_rows()
        if not rows:
            row = self.main.current.cursor_row()
            rows = [row] if row is not None else []
        targets = [target for row in rows if (target := self.main.current.pane.target(row, context)) is not None]
        return list({target.key: target for target in targets}.values())
