"""A tmux of the tests' own: one pane that shows what is written to it, and what it shows."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.unit.terminal_emulator import Emulator
from tests.waiting import PATIENCE, until_there


def present() -> bool:
    """Whether there is a tmux to ask."""
    return shutil.which("tmux") is not None


def command(server: str, *arguments: str) -> str:
    """What the server of this name says to a command; it is started where there is none."""
    # the variables of a tmux that we may run in would make it refuse
    environment = {name: value for name, value in os.environ.items() if name not in ("TMUX", "TMUX_PANE")}
    whole = ("tmux", "-L", server, "-f", os.devnull, *arguments)
    return subprocess.run(whole, env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout


class Pane:
    """Written to as by a program, read as tmux shows it."""

    def __init__(self, name: str, columns: int, rows: int) -> None:
        self._name = name
        self.columns, self.rows = columns, rows
        self._marks = 0
        start = "stty raw -echo; exec sleep 600"
        self._run("new-session", "-d", "-x", str(columns), "-y", str(rows), start, ";", "set", "-g", "status", "off")
        self._run("resize-window", "-x", str(columns), "-y", str(rows))
        self._terminal = os.open(self._run("display", "-p", "#{pane_tty}").strip(), os.O_WRONLY | os.O_NOCTTY)
        until_there(lambda: self._run("display", "-p", "#{pane_current_command}").strip() == "sleep")

    def _run(self, *arguments: str) -> str:
        return command(self._name, *arguments)

    def send(self, data: bytes) -> None:
        """Write as it is, waiting for nothing."""
        while data:
            data = data[os.write(self._terminal, data) :]

    def write(self, text: str) -> None:
        """Have tmux draw it all."""
        self._marks += 1
        mark = f"mark-{self._marks}"
        self.send((text + f"\x1b]2;{mark}\x1b\\").encode())
        until_there(lambda: self._run("display", "-p", "#{pane_title}").strip() == mark)

    def clear(self) -> None:
        """A new screen."""
        self.write("\x1b[r\x1b[m\x1b]8;;\x1b\\\x1b[H\x1b[2J\x1b[?7l")

    def shown(self) -> Emulator:
        """What tmux shows, as an emulator's screen."""
        captured = self._run("capture-pane", "-e", "-p", "-N").removesuffix("\n")
        emulator = Emulator(self.columns, self.rows)
        emulator.feed("\x1b[?7l" + captured.replace("\n", "\r\n"))
        return emulator

    def close(self) -> None:
        """End the server."""
        os.close(self._terminal)
        self._run("kill-server")


@contextmanager
def pane(columns: int, rows: int) -> Iterator[Pane]:
    """A pane for as long as the block."""
    opened = Pane(f"pierhead-test-{os.getpid()}-{columns}x{rows}", columns, rows)
    try:
        yield opened
    finally:
        opened.close()
