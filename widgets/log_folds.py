"""Stack traces in a log folded to one row: ``…  3 lines of stack trace (Enter)``. No widget.

A fold is a run of lines of one source, side by side, that go on what was said before them: indented lines and the words
with which a trace begins or names its cause. Only a run with a frame in it folds; other indented text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["FEWEST", "Fold", "Folds", "fold_words", "has_frame"]

#: a run of fewer lines takes no more room than the row that would stand for it
FEWEST = 2
#: a run is followed this far; a longer one folds in parts
FARTHEST = 2_000
_GOES_ON = re.compile(
    r"[ \t]+\S|Caused by: |Traceback \(most recent call last\)|goroutine \d+ \[|\.\.\. \d+ more"
    r"|During handling of the above exception|The above exception was the direct cause"
)
# Java and JavaScript, Python, Go and others by file and line, Ruby, Rust's backtraces
_FRAME = re.compile(
    r"\s+at \S|\s+File \".*\", line \d|\s*\S+\.(?:go|rs|rb|php|cs|swift):\d+|\s+from \S+:\d+:in"
    r"|\s*\.\.\. \d+ more|\s+\d+: 0x[0-9a-f]+"
)

Line = tuple[int, str, str, str]


class Fold(NamedTuple):
    """Lines ``start`` up to, not including, ``end``."""

    start: int
    end: int


class Folds:
    """Which lines of a buffer fold. ``line`` reads one; what was found is kept until ``forget``."""

    def __init__(self, line: Callable[[int], Line]) -> None:
        self._line = line
        self._known: dict[int, Fold | None] = {}
        self._end = 0

    def forget(self) -> None:
        """Lines are others now."""
        self._known.clear()

    def grow(self, first: int, end: int) -> tuple[int, int]:
        """The buffer has lines ``first`` to ``end`` now: which lines may be in another fold than before (from, to)."""
        before, self._end = self._end, end
        if not first < before < end:
            return end, end
        start = before - 1
        _, source, text, kind = self._line(start)
        if kind == "line" and _GOES_ON.match(text):
            start = self._run_start(start, first, source)
        self._known = {number: fold for number, fold in self._known.items() if first <= number < start}
        return start, before

    def fold_of(self, number: int, first: int, end: int) -> Fold | None:
        """The fold that line ``number`` is in, of a buffer with lines ``first`` to ``end``."""
        if number not in self._known:
            if len(self._known) > 4 * FARTHEST:
                self._known.clear()
            fold = self._found(number, first, end)
            for each in range(fold.start, fold.end) if fold is not None else (number,):
                self._known[each] = fold
        return self._known[number]

    def _found(self, number: int, first: int, end: int) -> Fold | None:
        _, source, text, kind = self._line(number)
        if kind != "line" or not _GOES_ON.match(text):
            return None
        start, stop = self._run_start(number, first, source), number + 1
        while stop < min(end, number + FARTHEST) and self._goes_on(stop, source):
            stop += 1
        if stop - start < FEWEST or not any(has_frame(self._line(each)[2]) for each in range(start, stop)):
            return None
        return Fold(start, stop)

    def _run_start(self, number: int, first: int, source: str) -> int:
        start = number
        while start > max(first, number - FARTHEST) and self._goes_on(start - 1, source):
            start -= 1
        return start

    def _goes_on(self, number: int, source: str) -> bool:
        _, who, text, kind = self._line(number)
        return kind == "line" and who == source and _GOES_ON.match(text) is not None


def has_frame(text: str) -> bool:
    """Whether a line names a place in a program, as the lines of a stack trace do."""
    return _FRAME.match(text) is not None


def fold_words(count: int, *, trace: bool = True) -> str:
    """The row that stands for ``count`` lines."""
    return f"…  {count:,} lines of stack trace (Enter)" if trace else f"…  {count:,} more lines (Enter)"
