"""Two sets of signs: block characters and, for terminals without them, plain ASCII.

Texts are written with the Unicode signs everywhere; a widget turns them into the other set while it draws
(``Symbols.text``), so nobody else has to know which set is in use. An app chooses by an attribute ``symbols``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["ASCII", "UNICODE", "Symbols", "symbols_of"]


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set of signs, each exactly one cell wide."""

    name: str
    ellipsis: str
    steps: str  # eight steps of a sparkline, lowest first
    bar_full: str
    bar_empty: str
    rule: str
    wall: str
    sort_up: str
    sort_down: str
    cursor: str
    mark: str
    table: dict[int, str] = field(default_factory=dict)

    def text(self, text: str) -> str:
        """``text`` with every sign of the Unicode set replaced by this set's; the width in cells stays the same."""
        return text.translate(self.table) if self.table and not text.isascii() else text


UNICODE = Symbols("unicode", "…", "▁▂▃▄▅▆▇█", "█", "░", "─", "│", "↑", "↓", "›", "*")
_PAIRS = {
    "✖": "x", "▲": "!", "◐": "~", "●": "o", "○": "-", "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "›": ">", "·": ".",
    "─": "-", "│": "|", "┬": "+", "┴": "+", "┼": "+", "├": "+", "┤": "+", "░": ".", "•": "*", "✓": "v", "–": "-", "—": "-",
}  # fmt: skip
_STEPS = "_.-:=+*#"
ASCII = Symbols(
    "ascii", "~", _STEPS, "#", ".", "-", "|", "^", "v", ">", "*",
    {ord(sign): plain for sign, plain in {**_PAIRS, **dict(zip("▁▂▃▄▅▆▇█", _STEPS, strict=True))}.items()},
)  # fmt: skip


def symbols_of(widget: Any) -> Symbols:
    """The set that the widget's app has chosen by its attribute ``symbols`` (a set, or ``"ascii"``), else the Unicode one."""
    chosen = getattr(widget.app, "symbols", UNICODE)
    if isinstance(chosen, Symbols):
        return chosen
    return ASCII if chosen == "ascii" else UNICODE
