"""What must be sent so that the terminal shows what is wanted."""

from __future__ import annotations

from itertools import compress, groupby
from operator import ne

from tui.terminal.abilities import Abilities
from tui.terminal.cells import BLANK, PLAIN, Cell, Style
from tui.terminal.encode import Pen
from tui.terminal.screen_model import Screen
from tui.terminal.scroll import Scroll, columns, find

#: rectangles moved in one frame at most
SCROLLS = 4
#: unchanged cells written again rather than stepped over
STEP = 4
SPANS_KEPT = 8


class Painter:
    """Turns the difference of two screens into bytes, and makes ``shown`` equal to ``wanted``."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.spans: list[tuple[int, int]] = []

    def paint(self, shown: Screen, wanted: Screen, abilities: Abilities) -> None:
        """Collect a frame in the pen."""
        pen = self.pen
        pen.repeat, pen.erase_colour = abilities.repeat, abilities.erase_colour
        changed = [y for y in sorted(wanted.dirty) if wanted.rows[y] != shown.rows[y]]
        if abilities.scroll and pen.relative and len(changed) >= 3:
            changed = self._scroll(shown, wanted, changed, abilities)
        for y in changed:
            self._row(y, shown.rows[y], wanted.rows[y])
            shown.rows[y][:] = wanted.rows[y]
        wanted.dirty.clear()
        wanted.spans.clear()

    def _scroll(self, shown: Screen, wanted: Screen, changed: list[int], abilities: Abilities) -> list[int]:
        """Move what moved; the rows that differ after that."""
        ranges = [(0, wanted.width)]
        if abilities.margins:
            ranges += columns(shown, wanted, changed, self.spans)
        done = 0
        for left, right in ranges:
            if done == SCROLLS or len(changed) < 3:
                break
            found = find(shown, wanted, changed, left, right)
            if found is None:
                continue
            done += 1
            self._move(found, wanted.width)
            shown.scroll(found.top, found.bottom, found.left, found.right, found.lines, BLANK)
            rows = {*changed, *range(found.top, found.bottom + 1)}
            changed = [y for y in sorted(rows) if wanted.rows[y] != shown.rows[y]]
            if right - left < wanted.width:
                self.spans = [(left, right), *(span for span in self.spans if span != (left, right))][:SPANS_KEPT]
        return changed

    def _move(self, scroll: Scroll, width: int) -> None:
        """Margins, delete or insert lines (which every terminal with regions has, unlike SU and SD), margins off."""
        pen = self.pen
        pen.set_style(PLAIN)
        narrow = scroll.right - scroll.left < width
        if narrow:
            pen.raw(f"\x1b[?69h\x1b[{scroll.left + 1};{scroll.right}s")
        pen.raw(f"\x1b[{scroll.top + 1};{scroll.bottom + 1}r")
        pen.move(scroll.left, scroll.top)
        count = abs(scroll.lines)
        pen.raw(f"\x1b[{count if count > 1 else ''}{'M' if scroll.lines > 0 else 'L'}\x1b[r")
        if narrow:
            pen.raw("\x1b[?69l")

    def _row(self, y: int, old: list[Cell], new: list[Cell]) -> None:
        """One row: runs of cells that differ, and the end erased where that is cheaper."""
        pen = self.pen
        width = pen.width
        differs = list(compress(range(width), map(ne, new, old)))
        tail = self._tail(new, width)
        inside = [x for x in differs if x < tail]
        erased = len(differs) - len(inside)
        if erased <= 3:
            inside = differs
        for start, end in self._runs(inside, new):
            pen.move(start, y)
            self._run(y, start, end, new)
        if erased > 3:
            pen.move(max(tail, differs[len(inside)]), y)
            pen.erase_to_end(new[tail])

    def _tail(self, new: list[Cell], width: int) -> int:
        """Where the blanks begin with which the row ends, ``width`` where they cannot be erased."""
        last = new[-1]
        style = last[1]
        if last[0] != " " or not style.erases or (style.bg and not self.pen.erase_colour):
            return width
        at = width - 1
        while at and new[at - 1] == last:
            at -= 1
        return at

    def _runs(self, differs: list[int], new: list[Cell]) -> list[tuple[int, int]]:
        """Runs of cells to write: whole wide characters, joined over gaps that are cheaper written than stepped over."""
        runs: list[tuple[int, int]] = []
        width = self.pen.width
        sure = self.pen.sure
        for x in differs:
            start = x - 1 if new[x][0] == "" and x else x
            end = x + 2 if x + 1 < width and new[x + 1][0] == "" else x + 1
            if runs:
                first, before = runs[-1]
                if start <= before:
                    runs[-1] = (first, max(before, end))
                    continue
                gap = new[before:start]
                style = new[before - 1][1]
                blank = style.cells[" "]
                if len(gap) <= STEP and all((cell[1] is style and sure[cell[0]]) or cell == blank for cell in gap):
                    runs[-1] = (first, end)
                    continue
            runs.append((start, end))
        return runs

    def _run(self, y: int, start: int, end: int, new: list[Cell]) -> None:
        """Write ``new[start:end]`` from the cursor on."""
        pen = self.pen
        sure = pen.sure
        x = start
        plain: list[Cell] = []
        now: Style | None = None  # the style of ``plain``, None while it is blanks only
        for cell, group in groupby(new[start:end]):
            count = sum(1 for _ in group)
            text, style = cell
            if plain and (count > 4 or (text and not sure[text]) or not fits(cell, now, plain[0])):
                pen.text(plain)
                plain = []
            if text == "":
                # the second half of a wide character, written with the first
                if plain:
                    plain.append(cell)
            elif not sure[text]:
                for at in range(x, x + count):
                    pen.move(at, y)
                    wide = at + 1 < pen.width and new[at + 1][0] == ""
                    pen.unsure(text, style, 2 if wide else 1)
            elif count > 4:
                pen.move(x, y)
                pen.run(cell, count, more=x + count < end)
            else:
                if not plain:
                    pen.move(x, y)
                    now = None
                plain += [cell] * count
                now = now if text == " " else style
            x += count
        if plain:
            pen.text(plain)


def fits(cell: Cell, now: Style | None, first: Cell) -> bool:
    """Whether a cell can be written in the style of the cells before it: blanks need to look the same only."""
    text, style = cell
    if now is None:
        return style.cells[" "] == first
    return style is now or (text == " " and now.cells[" "] == cell)
