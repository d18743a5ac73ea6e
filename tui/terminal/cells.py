"""One cell of a screen: a text and a style, interned so that rows compare at the speed of C.

A cell is ``(text, style)``; the second half of a wide character has the text ``""``. The foreground of a blank is not seen,
so blanks keep what shows of their style only: the background, and lines through or under them.
"""

from __future__ import annotations

import unicodedata
from typing import TypeAlias

from rich.cells import split_graphemes

#: Select Graphic Rendition codes that Rich and Textual write, and what switches each off (ECMA-48 8.3.117)
OFF = {
    "1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "6": "25", "7": "27", "8": "28", "9": "29", "21": "24",
    "51": "54", "52": "54", "53": "55",
}  # fmt: skip
ENDS = {off: frozenset(on for on, end in OFF.items() if end == off) for off in OFF.values()}
#: marks that show on a blank
SEEN_ON_BLANKS = frozenset(("4", "7", "9", "21", "51", "52", "53"))
STYLES_KEPT = 4096
CLUSTERS_KEPT = 4096


class Style:
    """Colours as SGR parameters (``"38;2;1;2;3"``, ``"31"``, empty: default), marks as SGR codes, the hyperlink of OSC 8."""

    __slots__ = ("bg", "cells", "fg", "link", "marks", "parameters", "ways")

    def __init__(self, marks: frozenset[str], fg: str, bg: str, link: str) -> None:
        self.marks = marks
        self.fg = fg
        self.bg = bg
        self.link = link
        self.parameters = ";".join(["0", *sorted(marks, key=int), *filter(None, (fg, bg))])
        self.cells = Cells(self)
        self.ways: dict[Style, str] = {}

    def __repr__(self) -> str:
        return f"Style({self.parameters}{' ' + self.link if self.link else ''})"

    @property
    def erases(self) -> bool:
        """Whether erasing (EL, ECH) with this style leaves what its blank shows."""
        return not self.link and not (self.marks & SEEN_ON_BLANKS)

    def way_to(self, other: Style) -> str:
        """The shortest sequence that changes the terminal's style to ``other``."""
        way = self.ways.get(other)
        if way is None:
            if len(self.ways) > 512:
                self.ways.clear()
            way = self.ways[other] = changed(self, other)
        return way


Cell: TypeAlias = "tuple[str, Style]"


class Cells(dict[str, Cell]):
    """The cells of one style by cluster, made when first asked for: the same object for the same cluster (until there were
    too many), so that the difference of two rows is told by identity."""

    def __init__(self, style: Style) -> None:
        self.style = style

    def __missing__(self, text: str) -> Cell:
        style = self.style
        if text == " ":
            marks = style.marks if style.marks & SEEN_ON_BLANKS else frozenset[str]()
            # where nothing of the foreground shows, any foreground is the same blank
            shows = bool(marks) or bool(style.link)
            style = style_of(marks, style.fg if shows else "", style.bg, style.link)
        if len(self) > CLUSTERS_KEPT:
            self.clear()
        cell = (text, style)
        self[text] = cell
        return cell


_styles: dict[tuple[frozenset[str], str, str, str], Style] = {}


def style_of(marks: frozenset[str] = frozenset(), fg: str = "", bg: str = "", link: str = "") -> Style:
    """The style with these parts; the same object for the same parts (until the table was full, then equal ones differ)."""
    key = (marks, fg, bg, link)
    style = _styles.get(key)
    if style is None:
        if len(_styles) > STYLES_KEPT:
            _styles.clear()
            _styles[PLAIN.marks, PLAIN.fg, PLAIN.bg, PLAIN.link] = PLAIN
        style = _styles[key] = Style(*key)
    return style


PLAIN = style_of()
BLANK: Cell = PLAIN.cells[" "]
#: what stands where nobody knows what the terminal shows; equal to no cell that is wanted
UNKNOWN: Cell = ("\0", PLAIN)


def changed(old: Style, new: Style) -> str:
    """The shorter of a reset with everything, and of the differences alone; with OSC 8 where the link differs."""
    link = "" if old.link == new.link else f"\x1b]8;{new.link or ';'}\x1b\\"
    ends = {OFF[mark] for mark in old.marks - new.marks}
    on = {mark for mark in new.marks if mark not in old.marks or OFF[mark] in ends}
    parts = [*sorted(ends, key=int), *sorted(on, key=int)]
    if old.fg != new.fg:
        parts.append(new.fg or "39")
    if old.bg != new.bg:
        parts.append(new.bg or "49")
    if not parts:
        return link
    short = ";".join(parts)
    whole = "" if new.parameters == "0" else new.parameters
    return f"{link}\x1b[{short if len(short) < len(whole) or (whole and len(short) == len(whole)) else whole}m"


def with_sgr(style: Style, parameters: str) -> Style:
    """``style`` after SGR with these parameters. Unknown codes are left out, as terminals do."""
    marks, fg, bg = style.marks, style.fg, style.bg
    codes = parameters.split(";")
    at = 0
    while at < len(codes):
        code = codes[at].lstrip("0") or "0"
        at += 1
        if code == "0":
            marks, fg, bg = frozenset[str](), "", ""
        elif code in OFF:
            marks |= {code}
        elif code in ENDS:
            marks -= ENDS[code]
        elif code in ("38", "48"):
            size = 4 if codes[at : at + 1] == ["2"] else 2
            colour = ";".join([code, *codes[at : at + size]])
            at += size
            fg, bg = (colour, bg) if code == "38" else (fg, colour)
        elif len(code) == 2 and code[0] in "39" and code[1] in "01234567":
            fg = code
        elif (len(code) == 2 and code[0] == "4" and code[1] in "01234567") or (len(code) == 3 and code[:2] == "10"):
            bg = code
        elif code == "39":
            fg = ""
        elif code == "49":
            bg = ""
    return style_of(marks, fg, bg, style.link)


#: ranges where every terminal agrees on one cell: no emoji, nothing combining
NARROW = ((0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x2FF), (0x370, 0x482), (0x48A, 0x52F), (0x2010, 0x2027), (0x2030, 0x205E),
          (0x20A0, 0x20C0), (0x2150, 0x218B), (0x2190, 0x22FF), (0x2500, 0x25FC), (0x2800, 0x28FF))  # fmt: skip
#: in those ranges, but drawn as an emoji two cells wide by some
EMOJI = frozenset(
    map(chr, (0xA9, 0xAE, 0x203C, 0x2049, 0x2194, 0x2195, 0x2196, 0x2197, 0x2198, 0x2199, 0x21A9, 0x21AA, 0x25AA, 0x25AB))
) | frozenset(map(chr, (0x25B6, 0x25C0, 0x25FB, 0x25FC)))
WIDE = ((0x3041, 0x3096), (0x30A1, 0x30FA), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xFF01, 0xFF60))
SINGLE = frozenset(chr(code) for low, high in NARROW for code in range(low, high + 1))


class Sureness(dict[str, bool]):
    """Whether every terminal gives a cluster the width that Textual gives it.

    ``ambiguous``: False where the terminal draws characters of ambiguous width (UAX 11 class A) two cells wide.
    """

    def __init__(self, ambiguous: bool = True) -> None:
        self.ambiguous = ambiguous
        self._singles: set[str] = set()

    def all(self, texts: list[str]) -> bool:
        """Whether each of these is one character of sure width; the second half of a wide one is none."""
        if self._singles.issuperset(texts):
            return True
        new = set(texts) - self._singles
        if not all(len(text) == 1 and self[text] for text in new):
            return False
        self._singles |= new
        return True

    def __missing__(self, text: str) -> bool:
        if len(self) > 8192:
            self.clear()
        sure = len(text) == 1 and (
            (text in SINGLE and text not in EMOJI and (self.ambiguous or unicodedata.east_asian_width(text) != "A"))
            or any(low <= ord(text) <= high for low, high in WIDE)
        )
        self[text] = sure
        return sure


def cells_of(text: str, style: Style) -> list[Cell]:
    """A printable text as cells, with the widths that Textual counts on. Joined and combining characters stay in one cell."""
    if SINGLE.issuperset(text):
        return list(map(style.cells.__getitem__, text))
    cells: list[Cell] = []
    for start, end, width in split_graphemes(text)[0]:
        if width:
            cells.append(style.cells[text[start:end]])
            if width == 2:
                cells.append(style.cells[""])
        elif cells and cells[-1][0]:
            cells[-1] = style.cells[cells[-1][0] + text[start:end]]
    return cells
