"""What is private in Textual and needed, in one place. ``why_not`` says whether this Textual still is the one we know.

Textual has no public way to stand between its driver and the terminal. Everything here was read in Textual 8.2.8.
"""

# ruff: noqa: SLF001

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import textual
from textual import constants, events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

#: the versions whose source was read; the first two numbers
READ = ("8.2",)
#: seconds that a lone ESC waits for the rest of a sequence
ESCAPE_DELAY: float = constants.ESCAPE_DELAY


def installed_version() -> str:
    """Textual's version. By the name of the directory beside it: asking ``importlib.metadata``, as Textual's own
    ``__version__`` does, takes 15 ms before the first frame. That is asked where the name does not say."""
    found = [path.name for path in Path(textual.__file__).parents[1].glob("textual-*.dist-info")]
    return found[0].removeprefix("textual-").removesuffix(".dist-info") if len(found) == 1 else textual.__version__


def why_not() -> str:
    """Why the thin driver cannot stand on this Textual; empty where it can."""
    version = installed_version()
    if ".".join(version.split(".")[:2]) not in READ:
        return f"the thin driver knows Textual {', '.join(READ)}, not {version}"
    try:
        from rich.cells import split_graphemes  # noqa: F401
        from textual._xterm_parser import XTermParser
    except ImportError as missing:
        return f"the thin driver misses a part of Textual or Rich: {missing}"
    names = ("_get_terminal_size", "run_input_thread", "process_message", "start_application_mode", "stop_application_mode")
    lost = [name for name in names if not hasattr(LinuxDriver, name)]
    lost += [name for name in ("_handle_exception", "_close_messages_no_wait") if not hasattr(App, name)]
    lost += [name for name in ("feed", "tick", "_sequence_to_key_events") if not hasattr(XTermParser, name)]
    return f"the thin driver misses in Textual {version}: {', '.join(lost)}" if lost else ""


class Keys:
    """Textual's parser of what is typed."""

    def __init__(self, debug: bool = False) -> None:
        from textual._xterm_parser import XTermParser

        self._parser = XTermParser(debug)

    def feed(self, text: str) -> Iterable[Message]:
        """Characters to events."""
        return self._parser.feed(text)

    def tick(self) -> Iterable[Message]:
        """What is decided by time passing: a lone ESC."""
        return self._parser.tick()

    def escape(self) -> Iterable[Message]:
        """ESC that certainly is the key: no sequence is waited for."""
        yield from self._parser.feed("\x1b")
        self._parser._timeout_time = 0.0
        yield from self._parser.tick()

    def key(self, sequence: str) -> Iterable[Message]:
        """A whole sequence that certainly is a key, though it looks like an answer (F3 with modifiers)."""
        return self._parser._sequence_to_key_events(sequence)

    def end(self) -> None:
        """Nothing more comes."""
        for _ in self._parser.feed(""):
            pass


class AppBelow(App[int]):
    """An app that keeps the error it ends by in ``crash``: Textual would draw it, with the values of all variables, on the
    terminal that it has just given back. And one that chooses the sequence by which a text is copied."""

    crash: BaseException | None = None

    def _handle_exception(self, error: Exception) -> None:
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
            self.crash = getattr(error, "error", None) or error  # of a worker: what it failed by
        self._close_messages_no_wait()

    def put_on_clipboard(self, text: str, sequence: str) -> None:
        """Keep ``text`` as what was copied, and write ``sequence`` (none where something else does) past the drawing."""
        self._clipboard = text
        if self._driver is not None and sequence:
            getattr(self._driver, "pass_on", self._driver.write)(sequence)


class DriverBelow(LinuxDriver):
    """Textual's driver with hooks where it writes, reads and learns of its size. Nothing else knows its private names."""

    def __init__(self, app: Any, *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.loop = self._loop
        self._tell_size: Any = None
        self._size_asked = False

    # -- hooks ------------------------------------------------------------------------------------------------------------

    def typed(self, text: str, keys: Keys) -> Iterable[Message]:
        """In the input thread: events for what was read."""
        return keys.feed(text)

    def passed(self, keys: Keys) -> Iterable[Message]:
        """In the input thread, every tenth of a second: events by time."""
        return keys.tick()

    def hung_up(self) -> None:
        """In the input thread: the terminal is gone."""

    def sized(self, width: int, height: int) -> None:
        """Textual asked for the terminal's size, as it does at the start and at each SIGWINCH."""

    def entered(self) -> None:
        """Textual wrote everything to enter the screen, the input thread reads."""

    def left(self) -> None:
        """Textual wrote everything to leave the screen, the keyboard is its old self again."""

    # -- what Textual calls -----------------------------------------------------------------------------------------------

    def _get_terminal_size(self) -> tuple[int, int]:
        width, height = super()._get_terminal_size()
        self.sized(width, height)
        return width, height

    @property
    def ended(self) -> bool:
        """Whether input is to stop."""
        return bool(self.exit_event.is_set())

    @property
    def reading(self) -> bool:
        """Whether the input thread still reads."""
        return self._key_thread is not None and self._key_thread.is_alive() and not self.ended

    @staticmethod
    def size_of(message: Message) -> tuple[int, int] | None:
        """The new size where the terminal reports one itself (mode 2048)."""
        return (message.size.width, message.size.height) if isinstance(message, events.Resize) else None

    def run_input_thread(self) -> None:
        """As Textual's, with our filter between the terminal and the parser, and an end where the terminal is gone."""
        keys = Keys(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        selector = selectors.SelectSelector()
        selector.register(self.fileno, selectors.EVENT_READ)
        try:
            while not self.ended:
                if selector.select(0.1):
                    try:
                        data = os.read(self.fileno, 4096)
                    except OSError:
                        data = b""
                    if not data:
                        self.hung_up()
                        break
                    for message in self.typed(decode(data), keys):
                        self.process_message(message)
                for message in self.passed(keys):
                    self.process_message(message)
        finally:
            selector.close()
            keys.end()

    def start_application_mode(self) -> None:
        # Textual tells the size within the handler of SIGWINCH. A handler may run amid another, and then the older of two
        # sizes is told last and stands: ours tells it in the loop, one after the other, and none comes before ours is there.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
            self._tell_size = signal.getsignal(signal.SIGWINCH)
            signal.signal(signal.SIGWINCH, self._window_changed)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.entered()

    def stop_application_mode(self) -> None:
        self._tell_size = None
        super().stop_application_mode()
        self.left()

    def _window_changed(self, *_: object) -> None:
        if not self._size_asked and not self.loop.is_closed():
            self._size_asked = True
            self.loop.call_soon_threadsafe(self._ask_size)

    def _ask_size(self) -> None:
        self._size_asked = False
        if self._tell_size is not None:
            self._tell_size(signal.SIGWINCH, None)

    def end_app(self, status: int) -> None:
        """Close the app from the loop, as for a fatal signal."""
        self._app.exit(return_code=status)

    def fail(self, error: BaseException) -> None:
        """End the app as an error in one of its handlers does: with the error shown."""
        if isinstance(error, Exception):
            self._app._handle_exception(error)

    def tell_app(self, name: str, *arguments: object) -> None:
        """Call the app's method of this name, if it has one."""
        method = getattr(self._app, name, None)
        if callable(method):
            method(*arguments)

    @staticmethod
    def is_focus(message: Message) -> bool:
        """Whether the terminal's window got the keyboard."""
        return isinstance(message, events.AppFocus)


def on_hangup(call: Any) -> None:
    """Have ``call`` called for SIGHUP."""
    signal.signal(signal.SIGHUP, lambda *_: call())
