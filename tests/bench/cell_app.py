"""A table on the driver of the console; ``c`` changes one cell of a row that is not under the cursor.

``python -m tests.bench.cell_app thin|plain``
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgspec
from textual import events
from textual.app import ComposeResult

from config import Settings, themes
from tui.line import LineApp, driver_for
from tui.looks import toolkit_theme
from widgets.samples import SAMPLE_COLUMNS, SampleRows
from widgets.table import VirtualTable


class CellApp(LineApp):
    """300 rows; nothing moves by itself."""

    symbols = "unicode"

    def __init__(self, settings: Settings, driver: Any) -> None:
        super().__init__(driver_class=driver)
        self.rows = SampleRows(300)
        self.table = VirtualTable(SAMPLE_COLUMNS, self.rows)
        self.turn = 0
        self.register_theme(toolkit_theme(themes.chosen(settings)))
        self.theme = toolkit_theme(themes.chosen(settings)).name

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "c":
            self.turn += 1
            cells = self.rows.cells(10)
            self.rows.rows[10] = [cells[0], f"{self.turn}/9", *cells[2:]]
            self.table.refresh_keys([10])


if __name__ == "__main__":
    defaults = Settings()
    chosen = msgspec.structs.replace(defaults, link=msgspec.structs.replace(defaults.link, driver=sys.argv[1]))
    CellApp(defaults, driver_for(chosen, os.environ)).run(mouse=False)
