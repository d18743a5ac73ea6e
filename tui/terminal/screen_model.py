"""A screen as rows of cells: what is wanted, or what the terminal shows."""

from __future__ import annotations

from collections.abc import Sequence

from tui.terminal.cells import BLANK, UNKNOWN, Cell


class Screen:
    """``rows[y][x]`` are cells. ``dirty``: rows written to since it was emptied. ``spans``: columns that were written to.
    ``drawn``: whether anything was ever written or moved."""

    def __init__(self, width: int, height: int, fill: Cell = BLANK) -> None:
        self.width = width
        self.height = height
        self.rows: list[list[Cell]] = [[fill] * width for _ in range(height)]
        self.x = 0
        self.y = 0
        self.visible = True
        self.dirty: set[int] = set()
        self.spans: dict[tuple[int, int], int] = {}
        self.drawn = False

    def resize(self, width: int, height: int, fill: Cell = BLANK) -> None:
        """Cut or fill, keeping what stands at the top left."""
        for row in self.rows:
            if width < len(row) and row[width][0] == "" and width:
                row[width - 1] = row[width - 1][1].cells[" "]  # the edge cuts a wide character
            del row[width:]
            row.extend([fill] * (width - len(row)))
        del self.rows[height:]
        self.rows.extend([fill] * width for _ in range(height - len(self.rows)))
        self.width, self.height = width, height
        self.x, self.y = min(self.x, width - 1), min(self.y, height - 1)
        self.dirty = set(range(height))
        self.spans.clear()

    def forget(self) -> None:
        """Nobody knows any more what stands where."""
        for row in self.rows:
            row[:] = [UNKNOWN] * self.width

    def put(self, cells: Sequence[Cell]) -> None:
        """Write at the cursor and move it; what does not fit is written over the last column (automatic wrap is off)."""
        if not cells:
            return
        if not 0 <= self.y < self.height:
            return
        width = self.width
        x = min(self.x, width - 1)
        end = x + len(cells)
        if end > width:
            cells = self._fitting(cells, width - x)
            end = width
        row = self.rows[self.y]
        if row[x][0] == "" and x:
            row[x - 1] = row[x - 1][1].cells[" "]
        if end < width and row[end][0] == "":
            row[end] = row[end][1].cells[" "]
        row[x:end] = cells
        self.dirty.add(self.y)
        span = (x, end)
        self.spans[span] = self.spans.get(span, 0) + 1
        self.x = min(end, width - 1)

    @staticmethod
    def _fitting(cells: Sequence[Cell], room: int) -> list[Cell]:
        """The first cells, and the last one in the last column."""
        last = cells[-1] if cells[-1][0] else cells[-1][1].cells[" "]
        kept = list(cells[: room - 1])
        if kept and cells[room - 1][0] == "":
            kept[-1] = kept[-1][1].cells[" "]
        return [*kept, last]

    def move(self, x: int, y: int) -> None:
        """Put the cursor, inside the screen: what every drawing begins with."""
        self.drawn = True
        self.x = x if 0 <= x < self.width else min(max(x, 0), self.width - 1)
        self.y = y if 0 <= y < self.height else min(max(y, 0), self.height - 1)

    def line_feed(self) -> None:
        """To the start of the next row (the terminal's driver adds a carriage return); the last row moves all rows up."""
        if self.y == self.height - 1:
            self.scroll(0, self.y, 0, self.width, 1)
            self.dirty = set(range(self.height))
        self.move(0, self.y + 1)

    def erase(self, x1: int, x2: int, y: int, fill: Cell) -> None:
        """Blank the columns ``x1 <= x < x2`` of a row."""
        x1, x2 = max(x1, 0), min(x2, self.width)
        if x1 >= x2:
            return
        row = self.rows[y]
        if row[x1][0] == "" and x1:
            row[x1 - 1] = row[x1 - 1][1].cells[" "]
        if x2 < self.width and row[x2][0] == "":
            row[x2] = row[x2][1].cells[" "]
        row[x1:x2] = [fill] * (x2 - x1)
        self.dirty.add(y)

    def scroll(self, top: int, bottom: int, left: int, right: int, lines: int, fill: Cell = BLANK) -> None:
        """Move the rectangle (bounds included above, excluded right) up by ``lines``, down where negative."""
        height = bottom - top + 1
        parts = [self.rows[y][left:right] for y in range(top, bottom + 1)]
        empty = [[fill] * (right - left) for _ in range(min(abs(lines), height))]
        parts = parts[lines:] + empty if lines > 0 else empty + parts[:lines]
        for y, part in zip(range(top, bottom + 1), parts, strict=False):
            self.rows[y][left:right] = part
