"""``?``: the keys that work here, made from the live key table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from textual.widget import Widget

from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.document import DocumentView


class HelpScreen(OverScreen):
    """Groups of keys; those that may not are greyed with the reason."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (("/", "search"),)

    def __init__(self, console: Console, entries: Sequence[tuple[str, str, str, str]]) -> None:
        self.entries = entries
        super().__init__(console, "Keys that work here")

    def make_body(self) -> Widget:
        lines: list[str] = []
        for group, entries in groupby(self.entries, key=lambda entry: entry[0]):
            lines += ["", group]
            lines += [f"  {keys:<16} {title}" + (f"   ({why})" if why else "") for _, keys, title, why in entries]
        return DocumentView("\n".join(lines[1:]))
