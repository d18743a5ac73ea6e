"""The help screen, made from the list of keys that work here; what may not be done is there as well, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import events
from textual.message import Message

from widgets.cells import shorten_end
from widgets.rows import Drawn, Rows
from widgets.text import cell_width, clean, pad

__all__ = ["HelpKey", "HelpView", "key_label"]

_NAMES = {
    "slash": "/", "question_mark": "?", "exclamation_mark": "!", "colon": ":", "left_square_bracket": "[",
    "right_square_bracket": "]", "minus": "-", "ctrl+@": "ctrl-space", "ctrl+backslash": "ctrl-\\", "pagedown": "PgDn",
    "pageup": "PgUp", "enter": "Enter", "escape": "Esc", "space": "Space", "tab": "Tab", "shift+tab": "shift-Tab",
    "up": "↑", "down": "↓", "left": "←", "right": "→", "home": "Home", "end": "End", "comma": ",", "full_stop": ".",
}  # fmt: skip
_WIDEST_KEYS = 22


class HelpKey(NamedTuple):
    """One key: its group (a heading), the key or keys, what they do, and why they may not be used ("" when they may)."""

    group: str
    key: str
    description: str
    reason: str = ""


def key_label(keys: str) -> str:
    """Textual's names of keys (``ctrl+f,pagedown``) as one writes them: ``ctrl-f PgDn``."""
    labels = [_NAMES.get(key, key.replace("+", "-")) for key in (part.strip() for part in keys.split(",")) if key]
    return " ".join(dict.fromkeys(labels))


class HelpView(Rows, can_focus=True):
    """Keys by group, in as many columns as fit. Escape, q or ? leave it."""

    class Left(Message):
        """The reader has seen enough."""

        def __init__(self, view: HelpView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, keys: Iterable[HelpKey] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.keys = tuple(keys)
        self._lines: list[list[Drawn]] = []
        self._lines_width = -1

    def on_key(self, event: events.Key) -> None:
        """Leave."""
        if event.key in ("escape", "q", "question_mark"):
            event.stop()
            self.post_message(self.Left(self))

    def row_count(self) -> int:
        """Lines in all."""
        return len(self._all_lines())

    def row(self, index: int) -> Sequence[Drawn]:
        """One line."""
        return self._all_lines()[index]

    def _all_lines(self) -> list[list[Drawn]]:
        width = self.size.width
        if self._lines_width != width:
            self._lines_width = width
            self._lines = _laid_out(_blocks(self.keys), width)
        return self._lines


def _blocks(keys: Sequence[HelpKey]) -> list[list[HelpKey]]:
    """Keys by group, groups in the order in which they first come."""
    groups: dict[str, list[HelpKey]] = {}
    for key in keys:
        groups.setdefault(key.group, []).append(key)
    return list(groups.values())


def _laid_out(blocks: Sequence[list[HelpKey]], width: int) -> list[list[Drawn]]:
    columns = max(1, min(3, width // 52))
    column_width = max(16, width // columns)
    height = -(-sum(len(block) + 2 for block in blocks) // columns)
    filled: list[list[list[Drawn]]] = [[] for _ in range(columns)]
    number = 0
    for block in blocks:
        if filled[number] and len(filled[number]) + len(block) // 2 > height and number < columns - 1:
            number += 1
        filled[number] += _block_lines(block, column_width)
    lines: list[list[Drawn]] = []
    for index in range(max((len(column) for column in filled), default=0)):
        line: list[Drawn] = []
        for column in filled:
            part = column[index] if index < len(column) else []
            used = sum(cell_width(text) for text, _ in part)
            line += [*part, (" " * (column_width - used), "")]
        lines.append(line)
    return lines


def _block_lines(block: Sequence[HelpKey], width: int) -> list[list[Drawn]]:
    labels = [clean(key_label(key.key)) for key in block]
    label_width = min(max(cell_width(label) for label in labels), _WIDEST_KEYS, max(4, width // 3))
    lines: list[list[Drawn]] = [[(" " + shorten_end(clean(block[0].group), width - 2), "bold")]]
    for label, key in zip(labels, block, strict=True):
        room = max(1, width - label_width - 5)
        text = clean(key.description) + (f": {clean(key.reason)}" if key.reason else "")
        style = "muted" if key.reason else ""
        head = pad(shorten_end(label, label_width), label_width)
        lines.append([(f"  {head}  ", "muted" if key.reason else "bold"), (shorten_end(text, room), style)])
    return [*lines, []]


if __name__ == "__main__":
    from widgets.samples import show
    from widgets.table import VirtualTable

    bindings = [(binding.key, binding.description) for binding in VirtualTable.BINDINGS if not isinstance(binding, tuple)]
    every = [HelpKey("Lists", key, text) for key, text in bindings]
    every += [
        HelpKey("Services", "s", "scale", "ecs:UpdateService is denied to ReadOnly"),
        HelpKey("Services", "i", "deploy an image"),
        HelpKey("Everywhere", "colon", "command"),
        HelpKey("Everywhere", "slash", "filter"),
    ]
    show(lambda: HelpView(every))
