"""A program at the other end of a pseudo-terminal: its bytes, its screen, keys pressed on it, and a link of limited rate.

The reader takes no more bytes than the link carries; what it took is drawn and answered at once.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench.screen import Screen

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "TMPDIR", "VIRTUAL_ENV")


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the program gets: a modern terminal, and nothing of this process's AWS, proxy or locale variables."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **(more or {}),
    }


class Terminal:
    """A running program. ``rate``: bytes a second that are read, None for all there is. ``program``: what runs the
    command, empty where it is a program itself. Use as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 200,
        rows: int = 50,
        rate: float | None = None,
        env: Mapping[str, str] | None = None,
        emulate: bool = True,
        program: str = sys.executable,
    ) -> None:
        self.screen = Screen(columns, rows)
        self.emulate = emulate
        self.rate = rate
        self.received = 0
        self.raw = bytearray()  # only kept without emulation
        self.ended = False
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._allowed = 0.0
        self._refilled = time.perf_counter()
        self.descriptor, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [*filter(None, [program]), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(env),
            cwd=ROOT,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it: closing the terminal is a hangup; what does not end by that is killed. The second time does nothing."""
        if self.descriptor < 0:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGHUP)
        os.close(self.descriptor)
        self.descriptor = -1
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def send(self, data: bytes) -> None:
        """Press keys."""
        os.write(self.descriptor, data)

    def pump(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Read, draw and answer for at most ``seconds``; True as soon as ``until`` holds (asked after each piece)."""
        end = time.perf_counter() + seconds
        while True:
            if until is not None and until():
                return True
            left = max(0.0, end - time.perf_counter())
            if not self._step(left) and (left <= 0 or self.ended):
                return until is not None and until()

    def quiet(self, seconds: float, limit: float = 30.0) -> bool:
        """Wait until nothing but answered questions came for ``seconds``; False where that takes longer than ``limit``."""
        end = time.perf_counter() + limit
        while time.perf_counter() < end:
            before = self.received
            self.pump(seconds)
            if self.received == before:
                return True
        return False

    def _step(self, seconds: float) -> bool:
        """Read one piece; False where there was none."""
        size = 1 << 16
        if self.rate is not None:
            now = time.perf_counter()
            self._allowed = min(self._allowed + (now - self._refilled) * self.rate, max(512.0, self.rate * 0.05))
            self._refilled = now
            if self._allowed < 256:
                time.sleep(min(seconds, (256 - self._allowed) / self.rate))
                return False
            size = int(self._allowed)
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self.descriptor, size)
        except OSError:
            piece = b""
        if not piece:
            self.ended = True
            return False
        self.received += len(piece)
        self._allowed -= len(piece)
        if not self.emulate:
            self.raw += piece
            return True
        self.screen.feed(self._decode(piece))
        if self.screen.answers:
            self.send("".join(self.screen.answers).encode())
            self.screen.answers.clear()
        return True


class Home:
    """Directories of the benchmark's own for settings, state and cache."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pierhead-bench-")
        self.path = Path(self._folder.name)

    def __enter__(self) -> Home:
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    @property
    def env(self) -> dict[str, str]:
        """Where the program looks for its own files."""
        return {
            "XDG_CONFIG_HOME": str(self.path / "config"),
            "XDG_STATE_HOME": str(self.path / "state"),
            "XDG_CACHE_HOME": str(self.path / "cache"),
        }


def console(*options: str) -> list[str]:
    """The command that opens the console."""
    return ["-m", "tui.cli", *options]
