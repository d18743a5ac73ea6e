"""The first and the last line of a screen: where one is, and which keys work here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip

from widgets.line import Drawn, Line, Piece
from widgets.rows import in_words
from widgets.symbols import symbols_of
from widgets.text import cell_width, clean

__all__ = ["ContextBar", "KeyBar", "KeyHint", "Piece"]


#: lines that a message may take
MOST_LINES = 3


class ContextBar(Line):
    """Line 1: groups of facts (who and where, counts of problems, freshness); the least important give way.

    ``show(left, middle, right)`` draws it, each a sequence of ``Piece``.
    """


class KeyHint(NamedTuple):
    """A key that works here. A disabled one is greyed; why stands in the help."""

    key: str
    label: str
    enabled: bool = True
    priority: int = 1  # larger ones are dropped first


class KeyBar(Line):
    """The last line: keys and what they do; those that do not fit are left out, the least important first. A message in
    their place takes as many lines as it needs, at most three."""

    DEFAULT_CSS = """
    KeyBar { height: auto; }
    """

    def __init__(self, hints: Iterable[KeyHint] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._message = ""
        self.show_keys(hints)

    def show_keys(self, hints: Iterable[KeyHint]) -> None:
        """Draw these keys."""
        self._say("")
        self.show([Piece(f"{hint.key}\0{hint.label}", "" if hint.enabled else "muted", hint.priority) for hint in hints])

    @property
    def says(self) -> bool:
        """Whether a sentence stands in place of the keys."""
        return bool(self._message)

    def show_message(self, text: str, style: str = "") -> None:
        """Say something in place of the keys, until the next ``show_keys``."""
        self._say(text)
        self.show([Piece(text, style)])

    def _say(self, text: str) -> None:
        lines = len(self.message_rows(self.size.width))
        self._message = text
        if len(self.message_rows(self.size.width)) != lines or lines > 1:
            self.redraw()
            self.refresh(layout=True)

    def message_rows(self, width: int) -> list[str]:
        """The message broken between words, empty where keys are shown."""
        return in_words(clean(self._message), max(1, width - 2))[:MOST_LINES] if self._message and width else []

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line for keys."""
        return max(1, len(self.message_rows(width)))

    def render_line(self, y: int) -> Strip:
        """The keys, or a line of the message."""
        rows = self.message_rows(self.size.width)
        if len(rows) < 2:
            return super().render_line(y)
        style = self.palette.style
        text = symbols_of(self).text(" " + rows[y]) if y < len(rows) else ""
        return Strip([Segment(text, style(self.groups[0][0].style))]).adjust_cell_length(self.size.width, style())

    def pieces(self, width: int) -> list[Drawn]:
        """Keys in bold, what they do in the muted colour."""
        kept = self._fitting([piece for group in self.groups for piece in group], width)
        drawn: list[Drawn] = [(" ", "")]
        for index, piece in enumerate(kept):
            key, separator, label = piece.text.partition("\0")
            gap = "  " if index else ""
            if not separator:
                drawn.append((gap + clean(key), piece.style))
                continue
            drawn += [(gap, ""), (clean(key), piece.style or "bold"), (" " + clean(label), "muted")]
        return drawn

    @staticmethod
    def _fitting(pieces: Sequence[Piece], width: int) -> list[Piece]:
        kept = list(pieces)
        while len(kept) > 1 and sum(cell_width(piece.text) + 2 for piece in kept) > width:
            drop = max(range(len(kept)), key=lambda index: (kept[index].priority, index))
            del kept[drop]
        return kept


if __name__ == "__main__":
    from widgets.samples import show

    where = [Piece("prod", "bold"), Piece("eu-west-1"), Piece("PowerUser", "", 3), Piece("eks shop-1 / all namespaces", "", 2)]
    counts = [Piece("✖ 5", "state-bad"), Piece("▲ 3", "state-warn"), Piece("◐ 2", "state-change")]
    fresh = [
        Piece("ecs ●", "state-ok", 4),
        Piece("ecr ●", "state-ok", 4),
        Piece("eks ●", "state-ok", 4),
        Piece("? help", "muted", 1),
    ]
    keys = [KeyHint("l", "logs"), KeyHint("s", "scale", enabled=False), KeyHint("i", "deploy"), KeyHint("/", "filter", True, 2)]
    show(lambda: ContextBar(where, counts, fresh), lambda: KeyBar(keys))
