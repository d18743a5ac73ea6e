"""``?``: the keys that work here, made from the live key table."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widget import Widget

from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.help import HelpKey, HelpView


class HelpScreen(OverScreen):
    """Groups of keys; those that may not are greyed with the reason."""

    positioned = True

    def __init__(self, console: Console, entries: Sequence[tuple[str, str, str, str]]) -> None:
        self.entries = entries
        super().__init__(console, "Keys that work here")

    def make_body(self) -> Widget:
        return HelpView([HelpKey(*entry) for entry in self.entries])

    def on_help_view_left(self, event: HelpView.Left) -> None:
        self.leave()
