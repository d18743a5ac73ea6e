"""What Textual writes, read into a screen; what is no drawing is passed on in order.

Textual writes the same strips again and again, so the cells of a strip are kept by its string.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.terminal.cells import PLAIN, Cell, Style, cells_of, style_of, with_sgr
from tui.terminal.screen_model import Screen

#: where Textual's compositor moves: the strips are what stands between
MOVES = re.compile(r"(\x1b\[\d*;\d*H|\n)")
TOKENS = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)"
    r"|\x1b\[(?P<parameters>[0-?]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|(?P<string>\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<escape>\x1b[ -/]*[0-~])"
    r"|(?P<control>[\x00-\x1f\x7f-\x9f])"
)
#: a sequence that is not whole yet
UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
#: a last sequence that is whole; then nothing is cut, since no string of a terminal holds an ESC
WHOLE = re.compile(r"\x1b\[[0-?]*[@-~]")
LINK = re.compile(r"\x1b\]8;(.*?)(?:\x07|\x1b\\)", re.DOTALL)
STRIPS_KEPT = 2000
PLACES_KEPT = 4000
SYNC = ("?2026", "h"), ("?2026", "l")


class Reader:
    """Reads what a driver was told to write. ``inline`` gets the sequences that are no drawing, whole and in order."""

    def __init__(self, screen: Screen, inline: Callable[[str], None]) -> None:
        self.screen = screen
        self.style: Style = PLAIN
        self._inline = inline
        self._rest = ""
        self._places: dict[str, tuple[int, int]] = {}
        self._strips: dict[tuple[str, Style], tuple[list[Cell], Style]] = {}

    def feed(self, data: str) -> None:
        """Take the next piece; it may end anywhere."""
        if self._rest:
            data, self._rest = self._rest + data, ""
        if not WHOLE.match(data, max(data.rfind("\x1b"), 0)) and (cut := UNFINISHED.search(data)):
            data, self._rest = data[: cut.start()], cut.group()
        screen = self.screen
        places = self._places
        for piece in MOVES.split(data):
            if (place := places.get(piece)) is not None:
                screen.move(*place)
            elif piece == "\n":
                screen.line_feed()
            elif piece[:1] == "\x1b" and piece[-1] == "H" and MOVES.fullmatch(piece):
                row, _, column = piece[2:-1].partition(";")
                if len(places) >= PLACES_KEPT:
                    places.clear()
                places[piece] = int(column or 1) - 1, int(row or 1) - 1
                screen.move(*places[piece])
            elif piece:
                self._strip(piece)

    def _strip(self, piece: str) -> None:
        """A strip between two moves."""
        known = self._strips.get((piece, self.style))
        if known is None:
            known = self._decoded(piece)
            if known is None:
                self._slowly(piece)
                return
            if len(self._strips) >= STRIPS_KEPT:
                self._strips.clear()
            self._strips[piece, self.style] = known
        cells, self.style = known
        self.screen.put(cells)

    def _decoded(self, piece: str) -> tuple[list[Cell], Style] | None:
        """The cells of a strip and the style after it; None where it holds more than text, styles and links."""
        style = self.style
        cells: list[Cell] = []
        for token in TOKENS.finditer(piece):
            kind = token.lastgroup
            if kind == "text":
                cells += cells_of(token["text"], style)
            elif kind == "final":
                if token["final"] != "m" or token["between"] or token["parameters"][:1] in ("<", "=", ">", "?"):
                    return None
                style = with_sgr(style, token["parameters"])
            elif kind == "string" and (link := LINK.fullmatch(token.group())):
                style = linked(style, link[1])
            else:
                return None
        return cells, style

    def _slowly(self, piece: str) -> None:
        """Anything else, token by token."""
        for token in TOKENS.finditer(piece):
            kind = token.lastgroup
            if kind == "text":
                self.screen.put(cells_of(token["text"], self.style))
            elif kind == "final":
                self._sequence(token.group(), token["parameters"], token["between"], token["final"])
            elif kind == "control":
                self._control(token.group())
            elif kind == "string" and (link := LINK.fullmatch(token.group())):
                self.style = linked(self.style, link[1])
            else:
                self._inline(token.group())

    def _control(self, control: str) -> None:
        screen = self.screen
        if control == "\r":
            screen.move(0, screen.y)
        elif control == "\b":
            screen.move(screen.x - 1, screen.y)
        elif control == "\t":
            screen.move((screen.x // 8 + 1) * 8, screen.y)
        elif control == "\x07":
            self._inline(control)

    def _sequence(self, whole: str, parameters: str, between: str, final: str) -> None:
        """A control sequence: drawing changes the screen, the rest is passed on."""
        screen = self.screen
        if parameters[:1] in ("<", "=", ">", "?") or between or final not in "mABCDEFGHJKXdf":
            if parameters == "?25" and final in "hl" and not between:
                screen.visible = final == "h"
                screen.dirty.add(screen.y)
            if (parameters, final) not in SYNC:  # each frame of ours has its own
                self._inline(whole)
            return
        numbers = [int(part) if part.isdigit() else 0 for part in parameters.split(";")]
        first = max(numbers[0], 1)
        if final == "m":
            self.style = with_sgr(self.style, parameters)
        elif final in "Hf":
            screen.move((numbers[1] if len(numbers) > 1 else 1) - 1, first - 1)
        elif final in "ABCD":
            by_x, by_y = {"A": (0, -1), "B": (0, 1), "C": (1, 0), "D": (-1, 0)}[final]
            screen.move(screen.x + by_x * first, screen.y + by_y * first)
        elif final in "EF":
            screen.move(0, screen.y + (first if final == "E" else -first))
        elif final == "G":
            screen.move(first - 1, screen.y)
        elif final == "d":
            screen.move(screen.x, first - 1)
        else:
            self._erase(final, numbers[0])

    def _erase(self, final: str, how: int) -> None:
        """ED, EL and ECH: blanks with the background that is set."""
        screen = self.screen
        fill = style_of(bg=self.style.bg).cells[" "]
        x, y = min(screen.x, screen.width - 1), screen.y
        if final == "X":
            screen.erase(x, x + max(how, 1), y, fill)
            return
        screen.erase(0 if how else x, x + 1 if how == 1 else screen.width, y, fill)
        if final == "J":
            for other in range(screen.height):
                if (other > y and how != 1) or (other < y and how != 0):
                    screen.erase(0, screen.width, other, fill)


def linked(style: Style, link: str) -> Style:
    """``style`` with the hyperlink ``parameters;address``; none where the address is empty."""
    return style_of(style.marks, style.fg, style.bg, link if link.partition(";")[2] else "")
