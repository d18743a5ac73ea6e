"""A program in a pseudo-terminal with an emulator behind it, for tests of the thin driver."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.terminal_emulator import Emulator

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


class Terminal:
    """A pseudo-terminal with an emulator behind it. ``answers``: whether it answers the program's questions; what it did
    not answer waits. ``controlling``: whether it is the program's controlling terminal; the kernel sends SIGHUP only for that
    one. ``true_size``: columns and rows of the emulator, where they are not those that the pseudo-terminal says."""

    def __init__(
        self,
        command: list[str],
        columns: int = 60,
        rows: int = 12,
        *,
        answers: bool = True,
        controlling: bool = True,
        true_size: tuple[int, int] | None = None,
        **env: str,
    ) -> None:
        self.emulator = Emulator(*(true_size or (columns, rows)), margins_known=False)
        self.answers = answers
        self.raw = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.master, self.slave = pty.openpty()
        self._resize(columns, rows)
        self.before = termios.tcgetattr(self.slave)
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX", "STY")}
        self.process = subprocess.Popen(
            command,
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
            cwd=ROOT,
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controlling else None,  # type: ignore[func-returns-value]
        )

    def _resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int, rows: int) -> None:
        """As a window does: size, then SIGWINCH by the kernel."""
        self.emulator.set_margins()
        self.emulator.resize(rows, columns)
        self._resize(columns, rows)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def step(self, seconds: float) -> None:
        """Read what there is."""
        if not select.select([self.master], [], [], seconds)[0]:
            return
        try:
            text = self._decode(os.read(self.master, 1 << 16))
        except OSError:
            return
        self.raw += text
        self.emulator.feed(text)
        if self.answers:
            self.answer()

    def answer(self) -> None:
        """Say what was asked."""
        answers, self.emulator.answers = self.emulator.answers, []
        self.press("".join(answers))

    def until(self, holds: Callable[[], bool], what: str = "") -> None:
        """Read until ``holds``; the test fails where it never does."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"{what}\n" + "\n".join(self.emulator.text()) + f"\n{self.raw[-300:]!r}"
            self.step(0.05)

    def shows(self, text: str) -> None:
        self.until(lambda: text in "\n".join(self.emulator.text()), text)

    def ended(self) -> int:
        """The exit status, once it ended."""
        self.until(lambda: self.process.poll() is not None, "still running")
        while select.select([self.master], [], [], 0.05)[0]:
            before = len(self.raw)
            self.step(0)
            if len(self.raw) == before:
                break
        return self.process.wait()


@contextmanager
def running(driver: str = "thin", **more: object) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "tests.contract.terminal_app", driver], **more)  # type: ignore[arg-type]
    try:
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
        for descriptor in (terminal.master, terminal.slave):
            try:
                os.close(descriptor)
            except OSError:
                continue
