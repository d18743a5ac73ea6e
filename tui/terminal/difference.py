"""What must be sent so that the terminal shows what is wanted."""

from __future__ import annotations

from collections.abc import Iterator

from tui.terminal.abilities import Abilities
from tui.terminal.cells import BLANK, PLAIN
from tui.terminal.encode import Pen
from tui.terminal.row import RowWriter
from tui.terminal.screen_model import Screen
from tui.terminal.scroll import LEAST_ROWS, Scroll, columns, find

#: rectangles moved in one frame at most
SCROLLS = 4
SPANS_KEPT = 8


class Painter:
    """Turns the difference of two screens into bytes, and makes ``shown`` equal to ``wanted``."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.rows = RowWriter(pen)
        self.spans: list[tuple[int, int]] = []

    def paint(self, shown: Screen, wanted: Screen, abilities: Abilities) -> None:
        """Collect a frame in the pen."""
        pen = self.pen
        pen.repeat, pen.erase_colour = abilities.repeat, abilities.erase_colour
        changed = [y for y in sorted(wanted.dirty) if wanted.rows[y] != shown.rows[y]]
        if abilities.scroll and pen.relative and len(changed) >= LEAST_ROWS:
            changed = self._scroll(shown, wanted, changed, abilities)
        for y in changed:
            self.rows.write(y, shown.rows[y], wanted.rows[y])
            shown.rows[y][:] = wanted.rows[y]
        wanted.dirty.clear()
        wanted.spans.clear()

    def _scroll(self, shown: Screen, wanted: Screen, changed: list[int], abilities: Abilities) -> list[int]:
        """Move what moved; the rows that differ after that."""
        done = 0
        for left, right in self._ranges(shown, wanted, changed, abilities):
            found = find(shown, wanted, changed, left, right)
            if found is not None:
                self._move(found, wanted.width)
                shown.scroll(found.top, found.bottom, found.left, found.right, found.lines, BLANK)
                rows = {*changed, *range(found.top, found.bottom + 1)}
                changed[:] = [y for y in sorted(rows) if wanted.rows[y] != shown.rows[y]]
                done += 1
                if right - left < wanted.width:
                    self.spans = [(left, right), *(span for span in self.spans if span != (left, right))][:SPANS_KEPT]
            if done == SCROLLS or len(changed) < LEAST_ROWS:
                break
        return changed

    def _ranges(self, shown: Screen, wanted: Screen, changed: list[int], abilities: Abilities) -> Iterator[tuple[int, int]]:
        """Column ranges in which rows may have moved: all columns, then parts where the terminal has side margins."""
        yield 0, wanted.width
        if abilities.margins:
            yield from columns(shown, wanted, changed, self.spans)

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
