"""pyte with what it lacks: REP, SU, SD, left and right margins, erasing with the background, hyperlinks, halved wide characters.

It is the judge of the thin driver, so it shares no code with it; ``test_terminal_emulator`` compares it with tmux.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

import pyte
from pyte.screens import Char, Margins
from wcwidth import wcwidth

#: sequences that change nothing on the screen and that pyte's parser would draw in part
NOT_DRAWN = re.compile(r"\x1b\[[<=>][0-9;]*[ -/]*[@-~]|\x1b\[\?[0-9;]*\$p|\x1b[P_^X][^\x1b]*\x1b\\|\x1b\[[0-9]* q")
LINK = re.compile(r"(\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\))")
PENDING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]P_^X][^\x07\x1b]*\x1b?|[ -/]*)?\Z")
SEEN_ON_BLANKS = ("underscore", "strikethrough", "reverse")
MORE = {"2": "dim", "8": "hidden", "21": "double", "53": "over", "51": "frame", "52": "circle"}
LESS = {"22": ("dim",), "24": ("double",), "28": ("hidden",), "54": ("frame", "circle"), "55": ("over",)}


class Stream(pyte.Stream):
    """Two more control sequences for each letter that pyte does not know."""

    csi = {**pyte.Stream.csi, "b": "repeat", "S": "scroll_up", "T": "scroll_down", "s": "side_margins"}
    events = frozenset(
        chain(
            pyte.Stream.basic.values(),
            pyte.Stream.escape.values(),
            pyte.Stream.sharp.values(),
            csi.values(),
            ["define_charset", "set_icon_name", "set_title", "draw", "debug"],
        )
    )


class Emulator(pyte.Screen):
    """``margins_known``: whether mode 69 exists. ``background``: whether erasing leaves the background that is set (bce)."""

    def __init__(self, columns: int, lines: int, *, margins_known: bool = True, background: bool = True) -> None:
        self.sides: tuple[int, int] | None = None
        self.margins_known = margins_known
        self.background = background
        self.link = ""
        self.more: frozenset[str] = frozenset()
        self.last = ""
        self.answers: list[str] = []
        self._rest = ""
        super().__init__(columns, lines)
        self.stream = Stream(self)

    def feed(self, data: str) -> None:
        """Take output, cut anywhere."""
        data, self._rest = self._rest + data, ""
        if cut := PENDING.search(data):
            data, self._rest = data[: cut.start()], cut.group()
        for part in LINK.split(NOT_DRAWN.sub("", data)):
            if part.startswith("\x1b]8;"):
                link = part[4:].rstrip("\x07").removesuffix("\x1b\\")
                self.link = link if link.partition(";")[2] else ""
            elif part:
                self.stream.feed(part)

    def write_process_input(self, data: str) -> None:
        self.answers.append(data)

    # -- drawing ----------------------------------------------------------------------------------------------------------

    def draw(self, data: str) -> None:
        for char in data:
            width = wcwidth(char)
            if width > 0:
                self._halve(width)
                self.last = char
            super().draw(char)
            if width > 0:
                self._mark(width)

    def _halve(self, width: int) -> None:
        """The other half of a wide character that is written over becomes a blank."""
        at = self.cursor.x if self.cursor.x < self.columns else self.columns - width
        line = self.buffer[self.cursor.y]
        if at and line[at].data == "":
            line[at - 1] = line[at - 1]._replace(data=" ")
        if at + width < self.columns and line[at + width].data == "":
            line[at + width] = line[at + width]._replace(data=" ")

    def _mark(self, width: int) -> None:
        """Keep what pyte's cells have no room for in the foreground's name; blanks only keep what shows on them."""
        line = self.buffer[self.cursor.y]
        for x in range(self.cursor.x - width, self.cursor.x):
            extra = "".join(sorted(f"+{name}" for name in self.more)) + (f"+{self.link}" if self.link else "")
            line[x] = line[x]._replace(fg=line[x].fg + extra)

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        codes = [str(code) for code in attrs or (0,)]
        at = 0
        while at < len(codes):
            code = codes[at]
            if code in ("38", "48"):
                at += 4 if codes[at + 1 : at + 2] == ["2"] else 2
            elif code == "0":
                self.more = frozenset()
            elif code in MORE:
                self.more |= {MORE[code]}
            elif code in LESS:
                self.more -= set(LESS[code])
            at += 1
        super().select_graphic_rendition(*attrs)

    def repeat(self, count: int | None = None) -> None:
        if self.last:
            self.draw(self.last * (count or 1))

    # -- erasing ----------------------------------------------------------------------------------------------------------

    def _empty(self) -> Char:
        return Char(" ", bg=self.cursor.attrs.bg if self.background else "default")

    def _erase(self, y: int, start: int, end: int) -> None:
        line = self.buffer[y]
        if start and line[start].data == "":
            line[start - 1] = line[start - 1]._replace(data=" ")
        if end < self.columns and line[end].data == "":
            line[end] = line[end]._replace(data=" ")
        for x in range(start, min(end, self.columns)):
            line[x] = self._empty()

    def erase_characters(self, count: int | None = None) -> None:
        self._erase(self.cursor.y, self.cursor.x, self.cursor.x + (count or 1))

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        x = min(self.cursor.x, self.columns - 1)
        self._erase(self.cursor.y, 0 if how else x, x + 1 if how == 1 else self.columns)

    def erase_in_display(self, how: int = 0, *args: Any, **kwargs: Any) -> None:
        y = self.cursor.y
        rows = {0: range(y + 1, self.lines), 1: range(y)}.get(how, range(self.lines))
        for row in rows:
            self._erase(row, 0, self.columns)
        if how in (0, 1):
            self.erase_in_line(how)

    # -- regions ----------------------------------------------------------------------------------------------------------

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if 69 in modes and kwargs.get("private"):
            self.sides = (0, self.columns - 1) if self.margins_known else None
            return
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        if 69 in modes and kwargs.get("private"):
            self.sides = None
            return
        super().reset_mode(*modes, **kwargs)

    def side_margins(self, left: int | None = None, right: int | None = None) -> None:
        if self.sides is not None:
            self.sides = ((left or 1) - 1, (right or self.columns) - 1)
            self.cursor_position()

    def set_margins(self, top: int | None = None, bottom: int | None = None) -> None:
        first, last = (top or 1) - 1, (bottom or self.lines) - 1
        if last > first:
            self.margins = None if (first, last) == (0, self.lines - 1) else Margins(first, last)
            self.cursor_position()

    def _shift(self, top: int, by: int) -> None:
        """Move the region's rows from ``top`` on up by ``by`` lines, down where negative."""
        bottom = (self.margins or Margins(0, self.lines - 1)).bottom
        left, right = self.sides or (0, self.columns - 1)
        rows = [[self.buffer[y][x] for x in range(left, right + 1)] for y in range(top, bottom + 1)]
        empty = [[self._empty()] * (right - left + 1) for _ in range(min(abs(by), len(rows)))]
        rows = (rows[by:] + empty) if by > 0 else (empty + rows[:by])
        for y, row in zip(range(top, bottom + 1), rows, strict=False):
            for x, cell in zip(range(left, right + 1), row, strict=True):
                self.buffer[y][x] = cell

    def _inside(self) -> bool:
        top, bottom = self.margins or Margins(0, self.lines - 1)
        left, right = self.sides or (0, self.columns - 1)
        return top <= self.cursor.y <= bottom and left <= self.cursor.x <= right

    def delete_lines(self, count: int | None = None) -> None:
        if self._inside():
            self._shift(self.cursor.y, count or 1)

    def insert_lines(self, count: int | None = None) -> None:
        if self._inside():
            self._shift(self.cursor.y, -(count or 1))

    def scroll_up(self, count: int | None = None) -> None:
        self._shift((self.margins or Margins(0, 0)).top, count or 1)

    def scroll_down(self, count: int | None = None) -> None:
        self._shift((self.margins or Margins(0, 0)).top, -(count or 1))

    # -- looking ----------------------------------------------------------------------------------------------------------

    def picture(self) -> list[list[Char]]:
        """Every cell as it is seen: the foreground of a blank is not."""
        return [[seen(self.buffer[y][x]) for x in range(self.columns)] for y in range(self.lines)]

    def text(self) -> list[str]:
        """The rows without the blanks at their ends."""
        return ["".join(self.buffer[y][x].data for x in range(self.columns)).rstrip() for y in range(self.lines)]


def seen(cell: Char) -> Char:
    """What a cell looks like."""
    if cell.data != " ":
        return cell
    marks = {name: getattr(cell, name) for name in SEEN_ON_BLANKS}
    shown = any(marks.values()) or any(f"+{mark}" in cell.fg for mark in ("over", "double", "frame", "circle")) or "+" in cell.fg
    extra = [part for part in cell.fg.split("+")[1:] if part not in ("dim", "hidden")]
    if not any(marks.values()) and not extra:
        shown = False
    return Char(" ", fg="+".join([cell.fg.split("+")[0], *extra]) if shown else "default", bg=cell.bg, **marks)
