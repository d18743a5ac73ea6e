"""Decides what goes to the terminal and when. Knows no file, no thread, no loop: time and bytes are handed in and out.

*wanted* is what Textual last drew, *shown* what the terminal has. Frames are never queued: the difference is made when the
terminal is ready, so the newest state is always what is sent next.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tui.terminal.abilities import Abilities, plainly, with_answer
from tui.terminal.cells import UNKNOWN, Sureness
from tui.terminal.difference import Painter
from tui.terminal.encode import Pen
from tui.terminal.pace import Pace
from tui.terminal.parse import Reader
from tui.terminal.screen_model import Screen

ASK = "\x1b[6n"
#: answers carry the frame's number modulo this, as the column the cursor waits in
NUMBERS = 16
POSITION = re.compile(r"\x1b\[\??(\d+);(\d+)(?:;\d+)?R")
SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"
#: frames shorter than this arrive in one piece anyway: they fit one packet
SYNC_BYTES = 1000
#: whatever another program did or a cut line left half done: an open string, scroll region, origin, insert, wrap, character sets,
#: link, style
CLEAN = "\x1b\\\x1b[r\x1b[?6l\x1b[4l\x1b[?7l\x0f\x1b(B\x1b]8;;\x1b\\\x1b[m"
#: a character of ambiguous width that our screens use, and one that some terminals take for an emoji
AMBIGUOUS, EMOJI = "●", "✖"
#: the row in which they are measured
MEASURING_ROW = 2


class Engine:
    """One terminal. ``width`` and ``height`` in cells."""

    def __init__(self, width: int, height: int, abilities: Abilities, pace: Pace) -> None:
        self.wanted = Screen(width, height)
        self.wanted.dirty = set(range(height))
        self.shown = Screen(width, height, UNKNOWN)
        self.abilities = abilities
        self.pace = pace
        self.pen = Pen(width, height, Sureness())
        self.painter = Painter(self.pen)
        self.reader = Reader(self.wanted, self.pass_on)
        #: called once with whether characters of ambiguous width are two cells wide here
        self.on_ambiguous: Callable[[bool], None] | None = None
        self.number = 0
        self._inline: list[str] = []
        self._clean = True
        self._measuring: list[str] = []
        self._cursor: tuple[int, int] | None = None
        #: whether the terminal is smaller than its pseudo-terminal claims: no region, no relative move then
        self.smaller = False
        #: the last frame that was drawn whole: its request is made from the last cell, which tells the size
        self._whole = 0
        #: the last frame of the size before this one
        self._before = 0

    def write(self, data: str) -> None:
        """What Textual writes."""
        self.reader.feed(data)

    def greeting(self) -> str:
        """What goes before the first frame, at once: inline sequences, and questions: name, margins, widths."""
        text = self.inline_only()
        if self.abilities.asks:
            text += "\x1b[>q\x1b[>c" + ("" if self.abilities.answers_itself else "\x1b[?69$p")
        if self.wanted.height > 3:
            self._measuring = [AMBIGUOUS, EMOJI]
            begin = f"\x1b[{MEASURING_ROW};1H"
            text += "".join(f"{begin}{char}{ASK}" for char in self._measuring) + f"{begin}\x1b[K"
        self.pen.lose()
        return text

    @property
    def expecting(self) -> bool:
        """Whether an answer is on its way, so that an ESC may be the beginning of one."""
        return bool(self.pace.waiting) or (bool(self._measuring) and not self.pace.silent)

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size; nothing is known of what it made of its content."""
        if width < 1 or height < 1:
            return
        self.wanted.resize(width, height)
        self.shown = Screen(width, height, UNKNOWN)
        self.pen.width, self.pen.height = width, height
        self.pen.relative, self.smaller = True, False
        self._before = self.number
        self.painter.spans.clear()
        self.repaint_all()

    def repaint_all(self) -> None:
        """Send everything again: another program may have written."""
        self.shown.forget()
        self.wanted.dirty = set(range(self.wanted.height))
        self.pen.lose()
        self._clean = True

    @property
    def due(self) -> bool:
        """Whether there is anything to send. A blank screen before the first drawing is not: that would wait for its answer."""
        return self.wanted.drawn and bool(self._inline or self.wanted.dirty or self._place() != self._cursor)

    def acknowledgement(self) -> Callable[[], bool]:
        """Whether the terminal has answered the frame that shows all that is wanted now."""
        number = self.number + 1 if self.due else self.number

        def acknowledged() -> bool:
            newest = self.pace.acknowledged
            # what was due may have turned out to change nothing
            return newest >= number or (not self.due and newest == self.number)

        return acknowledged

    def next_frame(self, now: float) -> str:
        """What to send now, empty where nothing may or must be. The caller hands all of it to the terminal."""
        self.pace.judge(now)
        if not self.due:
            return self._again(now)
        if not self.pace.ready(now):
            return self._again(now)
        asked = self.pace.asks(now)
        text = self._frame(asked)
        if not text:
            return ""
        self.number += 1
        self.pace.sent(self.number, len(text.encode("utf-8", "replace")), now, asked)
        return text

    def inline_only(self) -> str:
        """Sequences that are no drawing and have not been sent yet: for leaving the screen."""
        text = "".join(self._inline)
        self._inline.clear()
        return text

    def replied(self, reply: str, now: float) -> None:
        """An answer of the terminal."""
        position = POSITION.fullmatch(reply)
        if position is None:
            self._learn(with_answer(self.abilities, reply))
            return
        row, column = int(position[1]), int(position[2])
        if self._measuring and row == MEASURING_ROW and column in (2, 3):
            self.pace.answered_once = True
            self._measured(self._measuring.pop(0), column == 3)
            return
        self._measuring.clear()  # answers come in order: those were lost, or said something else
        number = self._numbered(row, column)
        if number == 0 and self.smaller:
            number = None  # a column that it does not have comes back as its last one, whichever frame asked
        if number is None and not self.smaller and self._clamped(row, column):
            # the cursor could not go where it was sent
            self.smaller, self.pen.relative = True, False
            self.repaint_all()
        self.pace.answered(number, now)

    def _measured(self, char: str, wide: bool) -> None:
        """The terminal said how wide it draws a character."""
        if char == EMOJI:
            self.pen.sure[char] = not wide
            return
        if wide:
            self.pen.sure = Sureness(ambiguous=False)
            self.repaint_all()
        if self.on_ambiguous is not None:
            self.on_ambiguous(wide)

    def _clamped(self, row: int, column: int) -> bool:
        """Whether an answer is that of a terminal with fewer rows or columns. One that always answers the first cell is not."""
        if not self.pace.waiting or self.pace.waiting[0].number <= self._before:
            return False
        return 1 < row < self.wanted.height or (row == self.wanted.height and 1 < column < self.wanted.width)

    def _learn(self, abilities: Abilities) -> None:
        if abilities != self.abilities:
            self.pace.answers_itself = abilities.answers_itself
            self.abilities = abilities

    def _numbered(self, row: int, column: int) -> int | None:
        """The newest frame on its way that asked from there, 0 where it was answered before, None where none ever did."""
        if row != self.wanted.height:
            return None
        for sent in reversed(self.pace.waiting):
            if self._column(sent.number) == column:
                return sent.number
        oldest_is_whole = bool(self.pace.waiting) and self.pace.waiting[0].number == self._whole
        answered_before = column == self.wanted.width or (column <= self._first + NUMBERS and not oldest_is_whole)
        return 0 if answered_before else None

    @property
    def _first(self) -> int:
        """How many columns at the left are not asked from: from a first row an answer would look like F3 with modifiers."""
        return NUMBERS if self.wanted.height == 1 and self.wanted.width >= 2 * NUMBERS else 0

    def _column(self, number: int) -> int:
        """The column that the request of this frame is made from."""
        width = self.wanted.width
        return width if number == self._whole else 1 + self._first + number % max(1, min(NUMBERS, width - 1))

    def pass_on(self, sequence: str) -> None:
        """A sequence that is no drawing goes out before the next frame."""
        self._inline.append(sequence)

    def _frame(self, asked: bool) -> str:
        """Inline sequences, the difference, the cursor, the request."""
        pen = self.pen
        head = self.inline_only()
        if head:
            pen.x = -1
        if self._clean:
            self._clean = False
            self._whole = self.number + 1
            head += CLEAN
            pen.lose()
        self.painter.paint(self.shown, self.wanted, plainly(self.abilities) if self.smaller else self.abilities)
        body = pen.take()
        cursor = self._place()
        if not head and not body and cursor == self._cursor:
            return ""
        self._cursor = cursor
        if self.abilities.sync and len(body) > SYNC_BYTES:
            body = SYNC_START + body + SYNC_END
        self._end(self.number + 1 if asked else 0)
        return head + body + pen.take()

    def _place(self) -> tuple[int, int] | None:
        """Where Textual wants the terminal's cursor: input methods follow it even while it is hidden."""
        wanted = self.wanted
        return (wanted.x, wanted.y) if wanted.visible or (wanted.x, wanted.y) != (0, 0) else None

    def _end(self, number: int) -> None:
        """The request of a frame (0: none), then the cursor."""
        pen = self.pen
        if number:
            pen.move(self._column(number) - 1, self.wanted.height - 1)
            pen.out.append(ASK)
        if self._cursor is not None:
            pen.move(min(self._cursor[0], self.wanted.width - 1), self._cursor[1])

    def _again(self, now: float) -> str:
        """The request alone, where a terminal that used to answer has been quiet for long."""
        if not self.pace.must_ask_again(now):
            return ""
        self.pace.asked_again(now)
        self._end(self.pace.waiting[-1].number)
        return self.pen.take()
