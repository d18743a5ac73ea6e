"""What the console is measured against: the least that Textual can do. ``python -m tests.bench.bare_apps one|table``."""

from __future__ import annotations

import sys
from typing import Any

from textual.app import App, ComposeResult

ROWS = 300


class OneWidget(App[None]):
    """One widget."""

    def compose(self) -> ComposeResult:
        from textual.widgets import Static

        yield Static("the bare app stands here")


class Table(App[None]):
    """A DataTable of 300 rows; ``moving``: five of its cells change four times a second, as a list of pods does."""

    def __init__(self, moving: bool) -> None:
        super().__init__()
        self.moving = moving
        self.turn = 0
        self.table: Any = None

    def compose(self) -> ComposeResult:
        from textual.widgets import DataTable

        self.table = DataTable(cursor_type="row")
        yield self.table

    def on_mount(self) -> None:
        for name in ("name", "ready", "status", "restarts", "node", "age"):
            self.table.add_column(name, key=name, width=30)
        for number in range(ROWS):
            self.table.add_row(f"row-{number:04}", "1/1", "Running", "0", "node-1", "5d", key=str(number))
        if self.moving:
            self.set_interval(0.25, self.change)

    def change(self) -> None:
        self.turn += 1
        for step in range(5):
            self.table.update_cell(str((self.turn * 7 + step) % 40), "restarts", str(self.turn))


if __name__ == "__main__":
    app: App[None] = OneWidget() if sys.argv[1] == "one" else Table("moving" in sys.argv)
    app.run()
