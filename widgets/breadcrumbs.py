"""Where one came from, as ``services › shop/checkout › tasks``; and the tabs that stand for panes on a narrow terminal."""

from __future__ import annotations

from collections.abc import Sequence

from widgets.cells import shorten_end, shorten_middle
from widgets.line import Drawn, Line, Piece
from widgets.text import cell_width, clean

__all__ = ["Breadcrumbs", "TabLine"]

_ARROW = " › "


class Breadcrumbs(Line):
    """A path. On a narrow terminal the oldest steps go first, then the names lose their middle."""

    def set_path(self, path: Sequence[str]) -> None:
        """Draw this path; its last step is where one is."""
        self.show([Piece(step) for step in path])

    def pieces(self, width: int) -> list[Drawn]:
        """The steps that fit, the last in bold."""
        steps = [clean(piece.text) for group in self.groups for piece in group]
        room = width - 2
        left_out = False
        while len(steps) > 1 and _needed(steps) + (2 if left_out else 0) > room:
            steps = steps[1:]
            left_out = True
        if not steps:
            return []
        drawn: list[Drawn] = [(" " + ("…" + _ARROW if left_out else ""), "muted")]
        for step in steps[:-1]:
            drawn += [(step, "muted"), (_ARROW, "muted")]
        used = sum(cell_width(text) for text, _ in drawn)
        drawn.append((shorten_middle(steps[-1], max(1, width - used - 1)), "bold"))
        return drawn


def _needed(steps: Sequence[str]) -> int:
    return sum(cell_width(step) for step in steps) + len(_ARROW) * (len(steps) - 1)


class TabLine(Line):
    """The names of panes of which one is shown; each may have a count of problems."""

    def set_tabs(self, names: Sequence[str], active: int, marks: Sequence[str] = ()) -> None:
        """Draw these tabs. ``marks`` are short texts behind the names, e.g. ``✖ 5``; "" for none."""
        pieces = []
        for index, name in enumerate(names):
            mark = " " + marks[index] if index < len(marks) and marks[index] else ""
            pieces.append(Piece(f"{name}\0{mark}", "bold underline" if index == active else "muted"))
        self.show(pieces)

    def pieces(self, width: int) -> list[Drawn]:
        """All tabs; where they do not fit first the marks go, then the names lose their ends."""
        tabs = [(*(clean(part) for part in piece.text.split("\0")), piece.style) for group in self.groups for piece in group]
        if sum(cell_width(name + mark) + 2 for name, mark, _ in tabs) > width:
            tabs = [(name, "", style) for name, _, style in tabs]
        if sum(cell_width(name) + 2 for name, _, _ in tabs) > width:
            room = max(1, width // max(1, len(tabs)) - 2)
            tabs = [(shorten_end(name, room), "", style) for name, _, style in tabs]
        drawn: list[Drawn] = []
        for name, mark, style in tabs:
            drawn += [(" ", ""), (name + mark, style), (" ", "")]
        return drawn


if __name__ == "__main__":
    from widgets.samples import show

    def path() -> Breadcrumbs:
        line = Breadcrumbs()
        line.set_path(["services", "shop/checkout", "tasks", "9f2c41"])
        return line

    def tabs() -> TabLine:
        line = TabLine()
        line.set_tabs(["Services", "Definitions", "Images", "Pods"], 1, ["✖ 1", "", "", "✖ 12"])
        return line

    show(path, tabs)
