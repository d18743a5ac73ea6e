"""What the console is measured against: the least that Textual can do. ``python -m tests.bench.bare_apps one|table``."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult

ROWS = 300


class OneWidget(App[None]):
    """One widget."""

    def compose(self) -> ComposeResult:
        from textual.widgets import Static

        yield Static("the bare app stands here")


class Table(App[None]):
    """A DataTable of 300 rows in which nothing moves."""

    def compose(self) -> ComposeResult:
        from textual.widgets import DataTable

        table: DataTable[str] = DataTable(cursor_type="row")
        for name in ("name", "ready", "status", "restarts", "node", "age"):
            table.add_column(name, width=30)
        for number in range(ROWS):
            table.add_row(f"row-{number:04}", "1/1", "Running", "0", "node-1", "5d")
        yield table


if __name__ == "__main__":
    app: App[None] = OneWidget() if sys.argv[1] == "one" else Table()
    app.run()
