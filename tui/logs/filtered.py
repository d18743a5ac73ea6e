"""A buffer through a query: the lines that match, numbered on their own, growing as the buffer grows.

Satisfies the log view's LineBuffer. The past is filtered in slices between which the loop turns; gaps and errors always
show, since leaving them out would be a lie about what the lines say.
"""

from __future__ import annotations

import asyncio
import re
import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from tui.logs.buffer import Block, LogBuffer
from tui.logs.levels import Level
from tui.logs.patterns import TooSlow
from tui.logs.query import Line, Term
from tui.logs.search import SLICE, Search

#: lines looked at between two looks at the clock, from the first step to the largest
_STEP, _LARGEST = 250, 10_000


class FilteredLines:
    """The lines of ``buffer`` for which ``term`` holds. Call ``grow`` after the buffer has grown, ``fill`` for the past."""

    def __init__(self, buffer: LogBuffer, term: Term) -> None:
        self._buffer = buffer
        self._term = term
        self._numbers = array("Q")
        self._gone = 0  # numbers cut from the start
        self._next = buffer.first
        #: what is wrong with a pattern that takes too long; from then on every line is shown, since none may be hidden
        #: that was not looked at
        self.too_slow = ""
        needle = term.needle()
        self._needle = Search(needle) if needle.isascii() and needle else None

    def __len__(self) -> int:
        self._cut()
        return len(self._numbers)

    @property
    def first(self) -> int:
        """The number, of this view, of the oldest match kept."""
        self._cut()
        return self._gone

    @property
    def dropped(self) -> int:
        """Matches that are gone from the buffer."""
        return self.first

    @property
    def sources(self) -> tuple[str, ...]:
        """The labels of the whole buffer, so that a source keeps its colour under a filter."""
        return self._buffer.sources

    @property
    def whole(self) -> bool:
        """Whether every line of the buffer was looked at."""
        return self._next >= self._buffer.end

    @property
    def looked_at(self) -> int:
        """How many lines of those now in the buffer were looked at."""
        return max(self._next - self._buffer.first, 0)

    def line(self, number: int) -> tuple[int, str, str, str]:
        """Time, source, text, kind of match ``number``."""
        return self._buffer.line(self.original(number))

    def original(self, number: int) -> int:
        """The buffer's number of match ``number``. IndexError for one that is gone or not there yet."""
        i = number - self._gone
        if not 0 <= i < len(self._numbers):
            raise IndexError(number)
        return self._numbers[i]

    def number_of(self, original: int) -> int:
        """The first match at or after the buffer's line ``original``."""
        return self._gone + bisect_left(self._numbers, original)

    def find(self, pattern: re.Pattern[str], number: int, step: int) -> int | None:
        """The next match whose text also matches ``pattern``."""
        while self.first <= number < self._gone + len(self._numbers):
            # whole blocks are searched, and what is found is looked up among the matches
            found = self._buffer.find(pattern, self.original(number), step)
            if found is None:
                return None
            at = self.number_of(found)
            if at < self._gone + len(self._numbers) and self.original(at) == found:
                return at
            number = at if step > 0 else at - 1
        return None

    def grow(self, most: int | None = None) -> int:
        """Look at new lines, at most ``most``; answers how many match."""
        before = len(self._numbers)
        self._next = max(self._next, self._buffer.first)
        end = self._buffer.end if most is None else min(self._buffer.end, self._next + most)
        while self._next < end:
            block = next(iter(self._buffer.blocks(self._next)))
            start = self._next - block.start
            stop = min(len(block), end - block.start)
            self._numbers.extend(self._matches(block, start, stop))
            self._next = block.start + stop
        return len(self._numbers) - before

    async def fill(self) -> None:
        """Look at everything up to now, a few milliseconds at a time."""
        step = _STEP
        while not self.whole:
            began = time.perf_counter()
            self.grow(step)
            took = time.perf_counter() - began
            # a text that few lines have is found in thousands of lines at once, a field is read line by line
            step = min(step * 2, _LARGEST) if took < SLICE / 2 else max(step // 2, _STEP) if took > SLICE else step
            await asyncio.sleep(0)

    def _matches(self, block: Block, start: int, stop: int) -> Iterator[int]:
        """Numbers of matching lines, and of all gaps, errors and notes, of lines ``start`` to ``stop`` of ``block``."""
        names = self._buffer.sources
        looked_at: Iterable[int] = range(start, stop)
        if self._needle is not None and not self.too_slow:
            marked = [i for i in block.marked if start <= i < stop]
            found = [number - block.start for number in self._needle.in_block(block, start, stop)]
            looked_at = sorted({*marked, *found}) if marked else found
        for i in looked_at:
            flags = block.flags[i]
            if flags & 3 or self._holds(Line(block.text(i), names[block.sources[i]], Level(flags >> 2))):
                yield block.start + i

    def _holds(self, line: Line) -> bool:
        if self.too_slow:
            return True
        try:
            return self._term.matches(line)
        except TooSlow as error:
            self.too_slow = str(error)
            return True

    def _cut(self) -> None:
        """Forget matches that the buffer has dropped."""
        first = self._buffer.first
        if self._numbers and self._numbers[0] < first:
            gone = bisect_left(self._numbers, first)
            del self._numbers[:gone]
            self._gone += gone
