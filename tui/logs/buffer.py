"""A million log lines in bounded memory: blocks of bytes with offsets, not a Python string for each line.

Measured: 1,000,000 lines of 120 bytes as strings would take some 270 MiB, here about 135. Lines have numbers that never
change; when the oldest block is dropped, ``first`` grows. Everything is kept in the order in which it was appended (the
merge has brought it into time order).
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from tui.logs.base import LogLine
from tui.logs.histogram import Histogram
from tui.logs.levels import Level, level_of
from tui.logs.search import Search

BLOCK = 1 << 20
#: a line longer than this is cut, and says so
LONGEST = 1 << 20
_KINDS = ("line", "gap", "error", "note")
# a newline within a line is kept as this character, so that a block may be searched as it is
_BREAK = "\x1e"


class Block:
    """Lines side by side, each ended by a newline. ``start``: the number of its first line."""

    __slots__ = ("data", "flags", "marked", "offsets", "sources", "start", "times")

    def __init__(self, start: int) -> None:
        self.start = start
        self.data: bytes | bytearray = bytearray()
        self.offsets = array("I", (0,))  # where each line begins, and where the last ends
        self.times = array("q")
        self.sources = array("H")
        self.flags = array("B")  # level * 4 + kind
        self.marked: list[int] = []  # which lines are gaps, errors and notes

    def __len__(self) -> int:
        return len(self.times)

    def raw(self, i: int) -> bytes:
        """The bytes of line ``i`` of this block."""
        return bytes(self.data[self.offsets[i] : self.offsets[i + 1] - 1])

    def text(self, i: int) -> str:
        """The text of line ``i`` of this block."""
        text = self.raw(i).decode("utf-8", "replace")
        return text.replace(_BREAK, "\n") if _BREAK in text else text

    def line_at(self, position: int) -> int:
        """Which line of this block has byte ``position``."""
        return bisect_right(self.offsets, position) - 1


class LogBuffer:
    """At most ``limit`` lines and ``size`` bytes of text; whole blocks of the oldest lines are dropped.

    Satisfies the log view's LineBuffer. ``histogram``: lines, warnings and errors by minute, dropped lines included.
    """

    def __init__(self, limit: int = 1_000_000, *, size: int = 128 << 20) -> None:
        self.limit = limit
        self.size = size
        self.histogram = Histogram()
        self._blocks: list[Block] = [Block(0)]
        self._starts: list[int] = [0]
        self._length = 0
        self._bytes = 0
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}

    # -- what a view asks ------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._length

    @property
    def first(self) -> int:
        """The number of the oldest line kept."""
        return self._blocks[0].start

    @property
    def end(self) -> int:
        """The number that the next line gets."""
        return self.first + self._length

    @property
    def dropped(self) -> int:
        """How many lines are gone from the start."""
        return self.first

    @property
    def sources(self) -> tuple[str, ...]:
        """The labels seen, in their order of appearance."""
        return tuple(self._names)

    def line(self, number: int) -> tuple[int, str, str, str]:
        """Time (epoch nanoseconds), source, text, kind. IndexError for a number that is gone or not there yet."""
        block, i = self._at(number)
        return block.times[i], self._names[block.sources[i]], block.text(i), _KINDS[block.flags[i] & 3]

    def text(self, number: int) -> str:
        """A line's text."""
        block, i = self._at(number)
        return block.text(i)

    def level(self, number: int) -> Level:
        """A line's level."""
        block, i = self._at(number)
        return Level(block.flags[i] >> 2)

    def source(self, number: int) -> str:
        """A line's source."""
        block, i = self._at(number)
        return self._names[block.sources[i]]

    def number_at(self, time: int) -> int:
        """The first line at or after ``time`` (epoch nanoseconds); ``end`` where there is none."""
        low, high = self.first, self.end
        while low < high:
            middle = (low + high) // 2
            block, i = self._at(middle)
            if block.times[i] < time:
                low = middle + 1
            else:
                high = middle
        return low

    def find(self, pattern: re.Pattern[str], number: int, step: int) -> int | None:
        """The next line from ``number`` on, forwards (1) or backwards (-1), whose text matches."""
        search = Search.of(pattern)
        for block in self.blocks(number, step):
            found = search.in_block(block)
            if step > 0:
                found = [n for n in found if n >= number]
                if found:
                    return found[0]
            else:
                found = [n for n in found if n <= number]
                if found:
                    return found[-1]
        return None

    # -- filling ---------------------------------------------------------------------------------------------------

    def append(self, lines: Iterable[LogLine]) -> int:
        """Take lines; answers how many."""
        block = self._blocks[-1]
        count = 0
        for line in lines:
            if len(block.data) >= BLOCK:
                block = self._next_block()
            text = line.text
            if len(text) > LONGEST:
                text = f"{text[:LONGEST]} … {len(text) - LONGEST:,} characters more"
            if "\n" in text:
                text = text.replace("\n", _BREAK)
            kind = line.kind
            level = level_of(text) if kind == "line" else Level.NONE
            data = block.data
            before = len(data)
            data += text.encode("utf-8", "replace") + b"\n"
            block.offsets.append(len(data))
            block.times.append(line.time)
            block.sources.append(self._number(line.source))
            block.flags.append(level << 2 | _KINDS.index(kind))
            self._bytes += len(data) - before
            if kind != "line":
                block.marked.append(len(block) - 1)
            else:
                self.histogram.count(line.time, level)
            count += 1
        self._length += count
        self._trim()
        return count

    def clear(self) -> None:
        """Forget the lines; numbers go on."""
        end = self.end
        self._blocks, self._starts = [Block(end)], [end]
        self._length = self._bytes = 0

    def _next_block(self) -> Block:
        last = self._blocks[-1]
        last.data = bytes(last.data)
        block = Block(last.start + len(last))
        self._blocks.append(block)
        self._starts.append(block.start)
        return block

    def _trim(self) -> None:
        while (self._length > self.limit or self._bytes > self.size) and len(self._blocks) > 1:
            gone = self._blocks.pop(0)
            self._starts.pop(0)
            self._length -= len(gone)
            self._bytes -= len(gone.data)

    def _number(self, source: str) -> int:
        number = self._numbers.get(source)
        if number is None:
            if len(self._names) >= 0xFFFF:
                source = "…"
                if source in self._numbers:
                    return self._numbers[source]
            number = self._numbers[source] = len(self._names)
            self._names.append(source)
        return number

    def _at(self, number: int) -> tuple[Block, int]:
        if not self.first <= number < self.end:
            raise IndexError(number)
        block = self._blocks[bisect_right(self._starts, number) - 1]
        return block, number - block.start

    # -- for searches and filters ----------------------------------------------------------------------------------

    def blocks(self, number: int, step: int = 1) -> Iterator[Block]:
        """The block of ``number`` and those after (or before) it."""
        at = max(bisect_right(self._starts, number) - 1, 0)
        yield from self._blocks[at:] if step > 0 else reversed(self._blocks[: at + 1])
