"""The thin driver: Textual's driver for Linux and macOS, sending differences and waiting for the terminal."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from textual.message import Message

from tui.terminal import hangup
from tui.terminal.abilities import Abilities
from tui.terminal.engine import SYNC_END, Engine
from tui.terminal.output import Output, open_terminal
from tui.terminal.pace import Pace
from tui.terminal.private import ESCAPE_DELAY, DriverBelow, Keys, on_hangup
from tui.terminal.replies import Piece, ReplyFilter

#: what Textual asks itself and must hear: synchronised output and resize reports
TEXTUALS = ("\x1b[?2026;", "\x1b[?2048;")
#: seconds that leaving the screen may take: unsent bytes, and answers that would otherwise be typed into the shell
LEAVING = 0.5


class ThinDriver(DriverBelow):
    """Made by ``choose.driver_class``, which sets the class attributes."""

    abilities = Abilities()
    rate: float | None = 65536.0
    measure = True
    #: the one of this class that was made
    running: ClassVar[ThinDriver | None] = None

    def __init__(self, app: Any, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        type(self).running = self
        self.engine = Engine(80, 24, self.abilities, Pace(self.rate, answers_itself=self.abilities.answers_itself))
        self._known_size = (80, 24)
        self._output: Output | None = None
        self._pump: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._filter = ReplyFilter(self._expecting, time.monotonic, ESCAPE_DELAY)
        self._leaving = False
        self._thread = threading.get_ident()
        self._heard = 0
        self._handled = 0
        self._drawn: Callable[[], object] | None = None

    # -- for the app ------------------------------------------------------------------------------------------------------

    def repaint_all(self) -> None:
        """Send the whole screen again."""
        self.engine.repaint_all()
        self._soon()

    def link_text(self) -> str:
        """``link 250 ms 16 kB/s`` on a slow line, empty on others and where it cannot be known."""
        pace = self.engine.pace
        return pace.link.text() if self.measure and not pace.by_rate else ""

    @property
    def slow(self) -> bool:
        """Whether the line calls for fewer frames and no live drawings."""
        pace = self.engine.pace
        return self.measure and not pace.by_rate and pace.link.slow

    def frame_acknowledged(self) -> Callable[[], bool] | None:
        """Whether what is drawn now was seen by the terminal; None where its answers do not say."""
        pace = self.engine.pace
        if pace.by_rate or not pace.answered_once:
            return None
        return self.engine.acknowledgement()

    def when_drawn(self, call: Callable[[], object]) -> None:
        """Call once, as soon as a frame has been given to the terminal."""
        self._drawn = call

    # -- writing ----------------------------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Take what Textual draws; it is sent when the terminal is ready. From any thread."""
        if threading.get_ident() != self._thread:
            self._from_thread(self.write, data)
            return
        self.engine.write(data)
        if data == SYNC_END and self.engine.pace.near and not self._leaving:
            self._now()  # a whole frame: on a short line the next turn of the loop is a part of what a key takes
        else:
            self._soon()

    def pass_on(self, sequence: str) -> None:
        """Send a sequence that is no drawing as it is, also one that wraps others."""
        self.engine.pass_on(sequence)
        self._soon()

    def flush(self) -> None:
        """Nothing: frames go when the terminal is ready."""

    def _soon(self) -> None:
        if self._pump is None and not self._leaving:
            self._pump = self.loop.call_soon(self._send)

    def _now(self) -> None:
        if self._pump is not None:
            self._pump.cancel()
        self._send()

    def _send(self) -> None:
        """Send a frame if one may go, else look again when that may have changed."""
        self._pump = None
        output = self._output
        if output is None or output.busy or output.closed or self._leaving:
            return
        now = time.monotonic()
        try:
            text = self.engine.next_frame(now)
        except BaseException as error:
            self._leaving = True  # an error of ours ends the app as any handler's does; it must not freeze the screen
            self.fail(error)
            raise
        if text:
            output.send(text)
            if self._drawn is not None:
                call, self._drawn = self._drawn, None
                self.loop.call_soon(call)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        look = self.engine.pace.next_look(now)
        if look is not None and not output.closed:
            self._timer = self.loop.call_later(max(0.001, look - now), self._look)

    def _look(self) -> None:
        self._timer = None
        self._send()

    # -- starting and leaving ---------------------------------------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Also after a suspension."""
        if self._output is None:
            self._output = Output(open_terminal(self._out()), self.loop, self._send, self._gone)
        self._leaving = False
        self.engine.pace.restart()
        self.engine.on_ambiguous = self._ambiguous
        super().start_application_mode()

    def entered(self) -> None:
        """Ask what must be asked; everything is drawn anew."""
        on_hangup(self.hung_up)
        if self._output is not None:
            self._output.send(self.engine.greeting())
        self.engine.repaint_all()
        self._soon()

    def _out(self) -> int:
        return 2 if os.isatty(2) else 1

    def left(self) -> None:
        """Send what leaves the screen, then give the terminal away."""
        output = self._output
        if output is None:
            return
        self._leaving = True
        for handle in (self._pump, self._timer):
            if handle is not None:
                handle.cancel()
        self._pump = self._timer = None
        output.send("\x1b]8;;\x1b\\\x1b[m" + self.engine.inline_only())
        output.finish(LEAVING)
        output.close()
        self._output = None

    def disable_input(self) -> None:
        """Wait shortly for answers that are on their way, or they would be typed into the shell."""
        self._leaving = True
        if self.reading and self._output is not None and not self._output.closed:
            pace = self.engine.pace
            end = time.monotonic() + min(LEAVING, 0.1 + 2 * pace.link.rtt)
            while len(pace.waiting) > self._heard - self._handled and time.monotonic() < end:
                time.sleep(0.005)
        super().disable_input()

    # -- reading (in the input thread) ------------------------------------------------------------------------------------

    def _expecting(self) -> bool:
        return self.engine.expecting

    def typed(self, text: str, keys: Keys) -> Iterable[Message]:
        """Keys to the parser, answers to the engine."""
        return self._events(self._filter.feed(text), keys)

    def passed(self, keys: Keys) -> Iterable[Message]:
        """By time."""
        if self._filter.holding:
            yield from self._events(self._filter.tick(), keys)
        yield from keys.tick()

    def _events(self, pieces: list[Piece], keys: Keys) -> Iterable[Message]:
        for piece in pieces:
            if piece.kind == "typed":
                yield from keys.feed(piece.text)
            elif piece.kind == "escape":
                yield from keys.escape()
            elif piece.kind == "key":
                yield from keys.key(piece.text)
            else:
                if piece.text.startswith(TEXTUALS):
                    yield from keys.feed(piece.text)
                self._heard += 1
                self._from_thread(self._replied, piece.text, time.monotonic())

    def _from_thread(self, call: Callable[..., object], *arguments: object) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(call, *arguments)

    def _replied(self, reply: str, heard: float) -> None:
        """``heard``: when it was read. What the loop was busy with meanwhile is not the line's slowness."""
        self._handled += 1
        self.engine.replied(reply, heard)
        self._send()

    def process_message(self, message: Message) -> None:
        """The window got the keyboard back: whatever else wrote meanwhile is overwritten. Sizes also come this way."""
        if self.is_focus(message):
            self._from_thread(self.repaint_all)
        elif (size := self.size_of(message)) is not None:
            self.sized(*size)
        super().process_message(message)

    # -- what happens to terminals ----------------------------------------------------------------------------------------

    def sized(self, width: int, height: int) -> None:
        """At the start, after a SIGWINCH, and from the input thread."""
        self._from_thread(self._resized, width, height)

    def _resized(self, width: int, height: int) -> None:
        if (width, height) == self._known_size:
            self.repaint_all()
            return
        self._known_size = (width, height)
        self.engine.resize(width, height)
        self._soon()

    def _ambiguous(self, wide: bool) -> None:
        self.tell_app("ambiguous_width", wide)

    def _gone(self) -> None:
        self.hung_up()

    def hung_up(self) -> None:
        """The terminal is gone: end the app in order, by force if that takes too long."""
        if getattr(self, "_ending", False):
            return
        self._ending = True
        hangup.end_by_force()
        self._from_thread(self.end_app, hangup.STATUS)
