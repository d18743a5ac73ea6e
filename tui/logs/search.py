"""Finding text in the buffer without stopping the screen.

Literal text is looked for in whole blocks of bytes (a million lines in some 60 ms, in about 120 without regard to case);
a regular expression goes line by line. Both go on in slices between which the loop turns.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from tui.logs.patterns import Pattern

if TYPE_CHECKING:
    from tui.logs.buffer import Block, LogBuffer

#: seconds that one slice may take
SLICE = 0.008
_SPECIAL = re.compile(r"[.^$*+?{}\[\]|()\\]")
_ESCAPED = re.compile(r"\\(.)")


class Search:
    """What to look for. Without ``case`` letters of both cases match."""

    def __init__(self, text: str, *, regex: bool = False, case: bool = False) -> None:
        """Raises ``re.error`` for a regular expression that is none."""
        self.text = text
        self.case = case
        self._pattern: Pattern | None = None
        self._needle = b""
        if regex or not (case or text.isascii()):
            source = text if regex else re.escape(text)
            self._pattern = Pattern(source, ignore_case=not case)
        else:
            self._needle = text.encode("utf-8", "replace") if case else text.lower().encode("utf-8", "replace")

    @classmethod
    def of(cls, pattern: re.Pattern[str]) -> Search:
        """The same search as ``pattern``, quick where it is only text."""
        case = not pattern.flags & re.IGNORECASE
        text = _ESCAPED.sub(r"\1", pattern.pattern)
        if re.escape(text) == pattern.pattern or not _SPECIAL.search(pattern.pattern):
            return cls(text if re.escape(text) == pattern.pattern else pattern.pattern, case=case)
        return cls(pattern.pattern, regex=True, case=case)

    @property
    def literal(self) -> bool:
        """Whether whole blocks are searched at once."""
        return self._pattern is None

    def matches(self, text: str) -> bool:
        """Whether one line's text has it."""
        if self._pattern is not None:
            return self._pattern.search(text)
        return self.text in text if self.case else self.text.lower() in text.lower()

    def in_block(self, block: Block, start: int = 0, stop: int | None = None) -> list[int]:
        """Numbers of the matching lines of ``block``, of its lines ``start`` to ``stop`` only. Raises TooSlow."""
        if self._pattern is not None:
            search = self._pattern.search
            end = len(block) if stop is None else stop
            text = bytes(block.data[block.offsets[start] : block.offsets[end]]).decode("utf-8", "replace")
            lines = text.split("\n")[:-1] if start < end else []
            return [block.start + start + i for i, line in enumerate(lines) if search(line.replace("\x1e", "\n"))]
        return self._positions(block, start, stop)

    def _positions(self, block: Block, start: int, stop: int | None) -> list[int]:
        needle, offsets = self._needle, block.offsets
        end = len(block) if stop is None else stop
        if not needle:
            return list(range(block.start + start, block.start + end))
        base = offsets[start]
        data = block.data if start == 0 and end == len(block) else block.data[base : offsets[end]]
        if not self.case:
            data = data.lower()
        found: list[int] = []
        at = data.find(needle)
        while at >= 0:
            i = block.line_at(base + at)
            found.append(block.start + i)
            at = data.find(needle, offsets[i + 1] - base)
        return found


async def find_all(buffer: LogBuffer, search: Search, number: int | None = None) -> AsyncIterator[list[int]]:
    """Numbers of matching lines from ``number`` on, in batches; an empty batch says that the loop has turned.

    Lines that are appended meanwhile are found too; lines dropped meanwhile may be among the batches.
    """
    at = buffer.first if number is None else max(number, buffer.first)
    loop_began = time.perf_counter()
    found: list[int] = []
    while at < buffer.end:
        block = next(iter(buffer.blocks(at)))
        start = max(at - block.start, 0)
        # a regular expression takes up to some 20 µs a line: a slice is at most 500 of them, a literal a block
        stop = len(block) if search.literal else min(start + 500, len(block))
        found += search.in_block(block, start, stop)
        at = block.start + stop
        if time.perf_counter() - loop_began > SLICE:
            yield found
            found = []
            await asyncio.sleep(0)
            loop_began = time.perf_counter()
    yield found
