"""A terminal's screen, quick enough to stand at the other end of a benchmark.

Text is written by the run instead of by the character, which pyte does not do: a frame of 27 kB takes 5 ms instead of
100, so that what is measured is the program and not its reader. Known is what xterm knows of what a screen needs:
cursor movement, SGR, erasing, inserting and deleting, scroll regions with left and right margins, SU, SD and REP. It
answers position, status, mode and identity requests as xterm does.
"""

from __future__ import annotations

import re
from collections.abc import Callable

TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f]+)"
    r"|\x1b\[(?P<private>[<=>?]?)(?P<numbers>[0-9;:]*)(?P<middle>[ -/]*)(?P<final>[@-~])"
    r"|\x1b[\]PX^_](?P<string>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|\x1b(?P<set>[()*+#%][0-9A-Za-z])"
    r"|\x1b(?P<escape>[^\[\]PX^_()*+#%])"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
)
BLANK = " "


class Screen:
    """``chars`` and ``styles`` by line; ``answers``: what the program asked and the terminal would have said."""

    def __init__(self, columns: int, rows: int, *, margins: bool = True) -> None:
        self.columns, self.rows = columns, rows
        self.has_margins = margins
        self.chars = [[BLANK] * columns for _ in range(rows)]
        self.styles: list[list[str]] = [[""] * columns for _ in range(rows)]
        self.x = self.y = 0
        self.style = ""
        self.top, self.bottom, self.left, self.right = 0, rows - 1, 0, columns - 1
        self.modes: set[str] = set()
        self.answers: list[str] = []
        self.frames = 0  # position requests seen: one ends each frame of the thin driver
        self._saved = (0, 0, "")
        self._wrap = False
        self._last = BLANK
        self._rest = ""

    # -- reading -----------------------------------------------------------------------------------------------------

    def feed(self, text: str) -> None:
        """Draw. A sequence that is cut waits for its rest."""
        text = self._rest + text
        at = 0
        while at < len(text):
            found = TOKEN.match(text, at)
            if found is None:
                break
            at = found.end()
            kind = found.lastgroup
            if kind == "text":
                self._write(found["text"])
            elif kind == "final":
                self._control_sequence(found["private"], found["numbers"], found["middle"], found["final"])
            elif kind == "control":
                self._control(found["control"])
            elif kind == "escape":
                self._escape(found["escape"])
        self._rest = text[at:]

    def line(self, y: int) -> str:
        """One line as text."""
        return "".join(self.chars[y])

    def text(self) -> str:
        """All of it."""
        return "\n".join(map(self.line, range(self.rows)))

    def snapshot(self) -> tuple[str, ...]:
        """What can be seen, to compare."""
        return tuple("".join(chars) + "\0" + "\1".join(styles) for chars, styles in zip(self.chars, self.styles, strict=True))

    # -- writing -----------------------------------------------------------------------------------------------------

    def _write(self, text: str) -> None:
        while text:
            if self._wrap:
                self._wrap = False
                self.x = self.left
                self._index()
            limit = self.right if self.left <= self.x <= self.right else self.columns - 1
            part, text = text[: limit - self.x + 1], text[limit - self.x + 1 :]
            end = self.x + len(part)
            self.chars[self.y][self.x : end] = part
            self.styles[self.y][self.x : end] = [self.style] * len(part)
            self._last = part[-1]
            self.x = end
            if end > limit:
                self.x = limit
                self._wrap = True

    def _control(self, char: str) -> None:
        if char == "\r":
            self.x = self.left if self.x >= self.left else 0
        elif char in "\n\v\f":
            self._index()
        elif char == "\b":
            self.x = max(0, self.x - 1)
        elif char == "\t":
            self.x = min(self.columns - 1, (self.x // 8 + 1) * 8)
        self._wrap = False

    def _escape(self, char: str) -> None:
        if char == "7":
            self._saved = (self.x, self.y, self.style)
        elif char == "8":
            self.x, self.y, self.style = self._saved
        elif char == "D":
            self._index()
        elif char == "E":
            self.x = 0
            self._index()
        elif char == "M":
            if self.y == self.top:
                self._scroll(self.top, self.bottom, -1)
            else:
                self.y = max(0, self.y - 1)
        self._wrap = False

    def _index(self) -> None:
        if self.y == self.bottom:
            self._scroll(self.top, self.bottom, 1)
        else:
            self.y = min(self.rows - 1, self.y + 1)

    def _scroll(self, top: int, bottom: int, by: int) -> None:
        """Move the region up by ``by`` lines (down where negative); what comes in is blank."""
        left, right = self.left, self.right + 1
        order = range(top, bottom + 1) if by > 0 else range(bottom, top - 1, -1)
        for y in order:
            source = y + by
            if top <= source <= bottom:
                self.chars[y][left:right] = self.chars[source][left:right]
                self.styles[y][left:right] = self.styles[source][left:right]
            else:
                self._blank(y, left, right)

    def _blank(self, y: int, left: int, right: int) -> None:
        right = min(right, self.columns)
        if right > left:
            self.chars[y][left:right] = [BLANK] * (right - left)
            self.styles[y][left:right] = [background(self.style)] * (right - left)

    # -- control sequences -------------------------------------------------------------------------------------------

    def _control_sequence(self, private: str, numbers: str, middle: str, final: str) -> None:
        if final == "m" and not private and not middle:
            self.style = restyled(self.style, numbers)
            return
        values = [int(part) if part.isdigit() else 0 for part in numbers.split(";")]
        if final in "hl" or (final in "npcqu" and (private or final in "nc" or middle)):
            self._report(private, values, middle, final)
            return
        handler = _HANDLERS.get(final)
        if handler is not None and not private and not middle:
            if final != "b":
                self._wrap = False
            handler(self, values)

    def _report(self, private: str, values: list[int], middle: str, final: str) -> None:
        name = f"{private}{values[0]}"
        if final == "h":
            self.modes.update(f"{private}{value}" for value in values)
            if "?1049" in self.modes and 1049 in values:
                self._erase_screen([2])
        elif final == "l":
            self.modes -= {f"{private}{value}" for value in values}
            if 69 in values:
                self.left, self.right = 0, self.columns - 1
        elif final == "n" and values[0] == 6:
            self.frames += 1
            self.answers.append(f"\x1b[{private}{self.y + 1};{self.x + 1}R")
        elif final == "n" and values[0] == 5:
            self.answers.append("\x1b[0n")
        elif final == "p" and middle == "$":
            known = name in ("?2026", "?7", "?25", "?1049") or (name == "?69" and self.has_margins)
            self.answers.append(f"\x1b[{name};{(1 if name in self.modes else 2) if known else 0}$y")
        elif final == "c" and private in ("", ">"):
            self.answers.append("\x1b[?64;1;9;15;22;28c" if not private else "\x1b[>41;390;0c")
        elif final == "q" and private == ">":
            self.answers.append("\x1bP>|XTerm(390)\x1b\\")

    def _goto(self, values: list[int]) -> None:
        row, column = values[0], values[1] if len(values) > 1 else 1
        self.y = min(max(row, 1), self.rows) - 1
        self.x = min(max(column, 1), self.columns) - 1

    def _move(self, dx: int, dy: int) -> None:
        self.x = min(max(0, self.x + dx), self.columns - 1)
        self.y = min(max(0, self.y + dy), self.rows - 1)

    def _column(self, values: list[int]) -> None:
        self.x = min(max(values[0], 1), self.columns) - 1

    def _row(self, values: list[int]) -> None:
        self.y = min(max(values[0], 1), self.rows) - 1

    def _erase_screen(self, values: list[int]) -> None:
        mode = values[0]
        if mode == 0:
            self._blank(self.y, self.x, self.columns)
        elif mode == 1:
            self._blank(self.y, 0, self.x + 1)
        lines = {0: range(self.y + 1, self.rows), 1: range(self.y), 2: range(self.rows)}.get(mode, range(0))
        for y in lines:
            self._blank(y, 0, self.columns)

    def _erase_line(self, values: list[int]) -> None:
        left, right = {0: (self.x, self.columns), 1: (0, self.x + 1), 2: (0, self.columns)}.get(values[0], (0, 0))
        self._blank(self.y, left, right)

    def _erase_chars(self, values: list[int]) -> None:
        self._blank(self.y, self.x, self.x + max(1, values[0]))

    def _shift(self, by: int) -> None:
        """Delete (positive) or insert (negative) characters at the cursor."""
        count, end = min(abs(by), self.right + 1 - self.x), self.right + 1
        for cells, blank in ((self.chars[self.y], BLANK), (self.styles[self.y], background(self.style))):
            kept = cells[self.x + count : end] if by > 0 else cells[self.x : end - count]
            cells[self.x : end] = [*kept, *[blank] * count] if by > 0 else [*[blank] * count, *kept]

    def _lines(self, by: int) -> None:
        if self.top <= self.y <= self.bottom:
            self._scroll(self.y, self.bottom, by)

    def _scroll_region(self, values: list[int]) -> None:
        bottom = values[1] if len(values) > 1 and values[1] else self.rows
        self.top, self.bottom = max(values[0], 1) - 1, min(bottom, self.rows) - 1
        self.x = self.y = 0

    def _side_margins(self, values: list[int]) -> None:
        if "?69" not in self.modes or not self.has_margins:
            self._saved = (self.x, self.y, self.style)
            return
        right = values[1] if len(values) > 1 and values[1] else self.columns
        self.left, self.right = max(values[0], 1) - 1, min(right, self.columns) - 1
        self.x = self.y = 0

    def _restore(self, values: list[int]) -> None:
        self.x, self.y, self.style = self._saved

    def _repeat(self, values: list[int]) -> None:
        self._write(self._last * max(1, values[0]))


_Handler = Callable[[Screen, list[int]], None]
_HANDLERS: dict[str, _Handler] = {
    "H": Screen._goto,
    "f": Screen._goto,
    "A": lambda s, v: s._move(0, -max(1, v[0])),
    "B": lambda s, v: s._move(0, max(1, v[0])),
    "C": lambda s, v: s._move(max(1, v[0]), 0),
    "D": lambda s, v: s._move(-max(1, v[0]), 0),
    "G": Screen._column,
    "d": Screen._row,
    "J": Screen._erase_screen,
    "K": Screen._erase_line,
    "X": Screen._erase_chars,
    "P": lambda s, v: s._shift(max(1, v[0])),
    "@": lambda s, v: s._shift(-max(1, v[0])),
    "L": lambda s, v: s._lines(-max(1, v[0])),
    "M": lambda s, v: s._lines(max(1, v[0])),
    "S": lambda s, v: s._scroll(s.top, s.bottom, max(1, v[0])),
    "T": lambda s, v: s._scroll(s.top, s.bottom, -max(1, v[0])),
    "b": Screen._repeat,
    "r": Screen._scroll_region,
    "s": Screen._side_margins,
    "u": Screen._restore,
}

#: which part of a style an SGR number sets: (part, its value); colours with parameters are treated apart
FLAGS = {1: "b", 2: "d", 3: "i", 4: "u", 7: "r", 9: "s"}
OFF = {22: "bd", 23: "i", 24: "u", 27: "r", 29: "s"}
_known: dict[tuple[str, str], str] = {}


def restyled(style: str, numbers: str) -> str:
    """The style after ``CSI numbers m``: ``flags|foreground|background``, empty where nothing is set."""
    found = _known.get((style, numbers))
    if found is None:
        if len(_known) > 20_000:
            _known.clear()
        found = _known[style, numbers] = _restyle(style, numbers)
    return found


def _restyle(style: str, numbers: str) -> str:
    flags, front, back = style.split("|") if style else ("", "", "")
    values = [int(part or 0) for part in re.split("[;:]", numbers)]
    while values:
        value = values.pop(0)
        if value == 0:
            flags, front, back = "", "", ""
        elif value in FLAGS:
            flags = "".join(sorted({*flags, FLAGS[value]}))
        elif value in OFF:
            flags = "".join(flag for flag in flags if flag not in OFF[value])
        elif value in (38, 48):
            length = 4 if values[:1] == [2] else 2
            colour = ",".join(map(str, values[:length]))
            del values[:length]
            front, back = (colour, back) if value == 38 else (front, colour)
        elif 30 <= value <= 39 or 90 <= value <= 97:
            front = "" if value == 39 else str(value)
        elif 40 <= value <= 49 or 100 <= value <= 107:
            back = "" if value == 49 else str(value)
    return f"{flags}|{front}|{back}" if flags or front or back else ""


def background(style: str) -> str:
    """What an erased cell keeps of a style."""
    back = style.rpartition("|")[2]
    return f"||{back}" if back else ""
