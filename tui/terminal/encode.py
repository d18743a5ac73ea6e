"""The terminal's cursor and style as far as they are known, and the cheapest bytes that change them."""

from __future__ import annotations

from tui.terminal.cells import PLAIN, Cell, Style, Sureness


class Pen:
    """Collects bytes for one frame in ``out``. ``x`` is -1 where the cursor is not known, ``style`` None where it is not."""

    def __init__(self, width: int, height: int, sure: Sureness) -> None:
        self.width, self.height = width, height
        self.sure = sure
        self.x, self.y = -1, -1
        #: whether ``y`` is known though ``x`` is not
        self.on_row = False
        self.style: Style | None = None
        self.out: list[str] = []
        self.repeat = ""
        self.erase_colour = False
        #: False where the terminal is not as large as it says: every move is absolute then
        self.relative = True

    def lose(self) -> None:
        """Nothing is known of cursor and style: another program wrote."""
        self.x = self.y = -1
        self.on_row = False
        self.style = None

    def take(self) -> str:
        """What was collected."""
        text = "".join(self.out)
        self.out.clear()
        return text

    def raw(self, text: str) -> None:
        """A sequence that leaves the cursor anywhere."""
        self.out.append(text)
        self.x = -1
        self.on_row = False

    def set_style(self, style: Style, blank: Cell | None = None) -> None:
        """Change the style by the shortest way; for a ``blank`` any style does in which a blank looks like it."""
        old = self.style
        if old is style or (blank is not None and old is not None and old.cells[" "] == blank):
            return
        if old is None:
            self.out.append(f"\x1b]8;{style.link or ';'}\x1b\\")
            self.out.append(f"\x1b[{style.parameters}m" if style is not PLAIN else "\x1b[m")
        else:
            self.out.append(old.way_to(style))
        self.style = style

    def move(self, x: int, y: int) -> None:
        """Put the cursor on a cell by the shortest way."""
        if self.x == x and self.y == y:
            return
        self.out.append(self.way(x, y))
        self.x, self.y = x, y
        self.on_row = False

    def way(self, x: int, y: int) -> str:
        """The shortest sequence from where the cursor is."""
        best = f"\x1b[{y + 1};{x + 1}H" if x else (f"\x1b[{y + 1}H" if y else "\x1b[H")
        if not self.relative:
            return best
        if self.x < 0:
            return column(x) if self.on_row and self.y == y else best
        if self.y == y:
            way = across(self.x, x)
        elif x == 0 and self.y + 1 == y:
            way = "\r\n"
        elif self.x == x:
            by = y - self.y
            way = f"\x1b[{'' if abs(by) == 1 else abs(by)}{'B' if by > 0 else 'A'}"
        else:
            return best
        return way if len(way) < len(best) else best

    def run(self, cell: Cell, count: int, more: bool) -> None:
        """The same cell ``count`` times from the cursor on. ``more``: the row goes on behind them."""
        text, style = cell
        self.set_style(style, cell if text == " " else None)
        ways = [text * count]
        if count > 4 and self.sure[text]:
            if self.repeat == "any" or (self.repeat and text.isascii()):
                ways.append(f"{text}\x1b[{count - 1}b")
            if text == " " and style.erases and (not style.bg or self.erase_colour):
                ways.append(f"\x1b[{count}X" + (f"\x1b[{count}C" if more and self.relative else ""))
        way = min(ways, key=len)
        self.out.append(way)
        if way[0] == "\x1b":
            if more and self.relative:
                self.x += count
            return
        self._advance(count)

    def text(self, text: str, cells: int) -> None:
        """Clusters of sure width in the style that is set, from the cursor on."""
        self.out.append(text)
        self._advance(cells)

    def unsure(self, text: str, cells: int) -> None:
        """A cluster whose width terminals do not agree on: its cells are blanked first, and the column is unknown after."""
        x, y = self.x, self.y
        inside = self.relative and x + cells < self.width
        back = "\b" * cells if inside else f"\x1b[{y + 1};{x + 1}H"
        self.out.append(" " * cells + back + text)
        self.x = -1
        self.on_row = inside

    def _advance(self, cells: int) -> None:
        self.x += cells
        if self.x >= self.width:
            self.x = -1  # terminals differ in where the cursor is after the last column

    def erase_to_end(self, blank: Cell) -> None:
        """Blank the rest of the row."""
        self.set_style(blank[1], blank)
        self.out.append("\x1b[K")


def column(x: int) -> str:
    """Put the cursor in this column of its row."""
    return f"\x1b[{x + 1}G" if x else "\r"


def across(start: int, end: int) -> str:
    """The shortest way from one column to another of the same row."""
    by = end - start
    if -3 <= by < 0 and end:
        return "\b" * -by
    way = f"\x1b[{'' if abs(by) == 1 else abs(by)}{'C' if by > 0 else 'D'}"
    return min(way, column(end), key=len)
