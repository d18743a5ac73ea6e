"""The first and the last line of a screen: where one is, and which keys work here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from widgets.line import Drawn, Line, Piece
from widgets.text import cell_width, clean

__all__ = ["ContextBar", "KeyBar", "KeyHint", "Piece"]


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
    """The last line: keys and what they do; those that do not fit are left out, the least important first."""

    def __init__(self, hints: Iterable[KeyHint] = (), *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.show_keys(hints)

    def show_keys(self, hints: Iterable[KeyHint]) -> None:
        """Draw these keys."""
        self.show([Piece(f"{hint.key}\0{hint.label}", "" if hint.enabled else "muted", hint.priority) for hint in hints])

    def show_message(self, text: str, style: str = "") -> None:
        """Say something in place of the keys, until the next ``show_keys``."""
        self.show([Piece(text, style)])

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
