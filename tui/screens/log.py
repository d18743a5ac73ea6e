"""stub until engine"""
from __future__ import annotations
from collections.abc import Sequence
from textual.widget import Widget
from tui.model import Row
from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.document import DocumentView


class LogScreen(OverScreen):
    def __init__(self, console: Console, rows: Sequence[Row], *, previous: bool = False) -> None:
        super().__init__(console, "Logs")

    def make_body(self) -> Widget:
        return DocumentView("")
