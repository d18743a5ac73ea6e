"""Decides what goes to the terminal and when. Knows no file, no thread, no loop: time and bytes are handed in and out.

*wanted* is what Textual last drew, *shown* what the terminal has. Frames are never queued: the difference is made when the
terminal is ready, so the newest state is always what is sent next.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from tui.terminal.abilities import Abilities, with_answer
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
#: a character of ambiguous width that our screens use
AMBIGUOUS = "●"


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
        self._width_row = 0
        self._cursor: tuple[int, int] | None = None
        #: what the terminal says of its size where it is smaller than its pseudo-terminal claims
        self.true_height = 0

    def write(self, data: str) -> None:
        """What Textual writes."""
        self.reader.feed(data)

    def greeting(self) -> str:
        """What goes before the first frame, at once: inline sequences, and questions: name, margins, ambiguous width."""
        text = self.inline_only()
        if self.abilities.asks:
            text += "\x1b[>q\x1b[>c" + ("" if self.abilities.answers_itself else "\x1b[?69$p")
        if self.wanted.height > 3:
            self._width_row = 2
            text += f"\x1b[2;1H{AMBIGUOUS}{ASK}\x1b[2;1H\x1b[K"
        self.pen.lose()
        return text

    @property
    def expecting(self) -> bool:
        """Whether an answer is on its way, so that an ESC may be the beginning of one."""
        return bool(self.pace.waiting) or (self._width_row > 0 and not self.pace.silent)

    def resize(self, width: int, height: int) -> None:
        """The terminal has another size; nothing is known of what it made of its content."""
        if width < 1 or height < 1:
            return
        self.wanted.resize(width, height)
        self.shown = Screen(width, height, UNKNOWN)
        self.pen.width, self.pen.height = width, height
        self.pen.relative, self.true_height = True, 0
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
        """Whether there is anything to send."""
        return bool(self._inline or self.wanted.dirty or self._place() != self._cursor)

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
        if self._width_row and row == self._width_row and column in (2, 3):
            self._width_row = 0
            self.pace.answered_once = True
            if column == 3:
                self.pen.sure = self.pen.sure.__class__(ambiguous=False)
                self.repaint_all()
            if self.on_ambiguous is not None:
                self.on_ambiguous(column == 3)
            return
        self._width_row = 0  # answers come in order: that one was lost, or said something else
        height = self.wanted.height
        if row == height and 1 <= column <= NUMBERS:
            self.pace.answered(self._numbered(column), now)
            return
        if 1 < row < height and self.number and not self.true_height and self.pace.waiting:
            self._lies(row)
        self.pace.answered(None, now)

    def _lies(self, row: int) -> None:
        """The cursor could not go where it was sent: the terminal is smaller than it says. No region, no relative move."""
        self.true_height = row
        self.abilities = replace(self.abilities, scroll=False, margins=False, repeat="")
        self.pen.relative = False
        self.repaint_all()

    def _learn(self, abilities: Abilities) -> None:
        if abilities != self.abilities:
            self.pace.answers_itself = abilities.answers_itself
            if self.true_height:
                abilities = replace(abilities, scroll=False, margins=False, repeat="")
            self.abilities = abilities

    def _numbered(self, column: int) -> int:
        """The newest frame on its way with this column."""
        numbers = [sent.number for sent in self.pace.waiting if self._column(sent.number) == column]
        return numbers[-1] if numbers else 0

    def _column(self, number: int) -> int:
        return 1 + number % min(NUMBERS, self.wanted.width)

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
            head += CLEAN
            pen.lose()
        self.painter.paint(self.shown, self.wanted, self.abilities)
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
