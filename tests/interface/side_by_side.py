"""What an app draws, drawn by Textual's own driver and by the thin one, each in a terminal of its own: both look the same.

The frames are those that Textual hands to a driver, partial updates included. Both drivers run in panes of one tmux, which
is the judge: it knows nothing of either.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from textual.app import App

from tests.bench.screen import Screen
from tests.contract import tmux
from tests.waiting import PATIENCE, until_there
from tui.terminal.abilities import KNOWN, Abilities
from tui.terminal.engine import Engine
from tui.terminal.pace import Pace

ROOT = Path(__file__).parents[2]
DRIVERS = ("plain", "thin")
OPTIONS = (("-g", "status", "off"), ("-gw", "automatic-rename", "off"), ("-g", "window-size", "manual"))


class Frames:
    """Takes what an app writes, in the place of a driver, while the app draws."""

    is_headless = False
    is_inline = False

    def __init__(self) -> None:
        self.app: App[Any] | None = None
        self.size = (0, 0)
        self.written: list[str] = []
        self.emulated = Emulated((1, 1))

    def write(self, data: str) -> None:
        self.written.append(data)

    def flush(self) -> None:
        """Nothing waits."""

    def display(self, shown: Callable[..., None]) -> Callable[..., None]:
        """``App._display`` that also writes here."""

        def display(app: App[Any], *arguments: Any) -> None:
            if app is not self.app or tuple(app.size) != self.size:
                # another screen than before: whatever was drawn is drawn again
                self.app, self.size = app, (app.size.width, app.size.height)
                self.written.clear()
                self.emulated = Emulated(self.size)
            driver, app._driver = app._driver, self  # type: ignore[assignment]
            try:
                shown(app, *arguments)
            finally:
                app._driver = driver

        return display

    def taken(self) -> list[str]:
        """What was written since the last time."""
        written, self.written = self.written, []
        return written


class Terminals:
    """Two panes, one for each driver."""

    def __init__(self, folder: Path) -> None:
        self._tmux = partial(tmux.command, f"pierhead-drivers-{os.getpid()}")
        self._marks = 0
        path = str(folder / "frames")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen(2)
            listening.settimeout(PATIENCE)
            for driver in DRIVERS:
                start = ("new-window", "-d") if self._marks else ("new-session", "-d", "-x", "100", "-y", "30")
                self._marks += 1
                command = f"cd {shlex.quote(str(ROOT))}; COLORTERM=truecolor exec {shlex.quote(sys.executable)}"
                self._tmux(*start, "-n", driver, f"{command} -m tests.interface.player {driver} {shlex.quote(path)}")
            for scope, option, value in OPTIONS:
                self._tmux("set", scope, option, value)
            self._players = dict(self._accepted(listening) for _ in DRIVERS)

    @staticmethod
    def _accepted(listening: socket.socket) -> tuple[str, socket.socket]:
        connection, _ = listening.accept()
        return connection.recv(10).decode().strip(), connection

    def shown(self, size: tuple[int, int], frames: list[str]) -> dict[str, str]:
        """What each terminal shows, as tmux writes it down, after these frames."""
        self._marks += 1
        mark = f"picture-{self._marks}"
        line = json.dumps({"size": size, "frames": frames, "mark": mark}).encode() + b"\n"
        for driver, player in self._players.items():
            self._tmux("resize-window", "-t", driver, "-x", str(size[0]), "-y", str(size[1]))
            player.sendall(line)
        until_there(
            lambda: self._tmux("list-panes", "-s", "-F", "#{pane_title}").split() == [mark] * len(DRIVERS),
            lambda: "the drivers do not come to rest",
        )
        return {driver: self._tmux("capture-pane", "-t", driver, "-e", "-p", "-N").removesuffix("\n") for driver in DRIVERS}

    def compare(self, name: str, size: tuple[int, int], frames: list[str]) -> None:
        """Both show the same, cell by cell."""
        shown = self.shown(size, frames)
        if shown["thin"] == shown["plain"]:
            return  # not only the cells are the same: tmux writes them down the same way
        thin, plain = drawn(size, shown["thin"]), drawn(size, shown["plain"])
        assert thin.text() == plain.text(), name
        assert looks(thin) == looks(plain), name

    def close(self) -> None:
        """End both."""
        for player in self._players.values():
            player.close()
        with suppress(subprocess.CalledProcessError):  # it ends with its last window
            self._tmux("kill-server")


class Emulated:
    """The thin driver for terminals that tmux is not, in an emulator; on one screen for as long as its size stays."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.plain = Screen(*size)
        self.now = 0.0
        self.thin = [
            (Engine(*size, abilities, Pace(None)), Screen(*size, margins=abilities.margins))
            for abilities in (Abilities(), KNOWN["xterm"], KNOWN["screen"])
        ]

    def compare(self, name: str, frames: list[str]) -> None:
        """All show what they show that got the frames as they are."""
        for frame in frames:
            self.plain.feed(frame)
        for engine, screen in self.thin:
            for frame in frames:
                engine.write(frame)
                self._turn(engine, screen)
            while engine.due:
                self._turn(engine, screen)
            assert screen.text() == self.plain.text(), (name, engine.abilities)
            assert looks(screen) == looks(self.plain), (name, engine.abilities)

    def _turn(self, engine: Engine, screen: Screen) -> None:
        """A frame is sent, drawn and answered."""
        self.now += 1.0
        screen.feed(engine.next_frame(self.now))
        for answer in screen.answers:
            engine.replied(answer, self.now)
        screen.answers.clear()


def looks(screen: Screen) -> list[list[str]]:
    """How the cells look: of a blank no foreground is seen, nor whether it would be bold."""
    return [
        [blank_look(style) if char == " " else style for char, style in zip(chars, styles, strict=True)]
        for chars, styles in zip(screen.chars, screen.styles, strict=True)
    ]


@cache
def blank_look(style: str) -> str:
    """Only what shows on a blank."""
    flags, front, back = style.split("|") if style else ("", "", "")
    kept = "".join(flag for flag in flags if flag in "urs")
    return f"{kept}|{front if kept else ''}|{back}"


def drawn(size: tuple[int, int], captured: str) -> Screen:
    """What tmux wrote down, as a screen."""
    screen = Screen(*size)
    screen.feed(captured.replace("\n", "\r\n"))
    return screen


@contextmanager
def terminals() -> Iterator[Terminals]:
    """For as long as the block."""
    with tempfile.TemporaryDirectory(prefix="pierhead-drivers-") as folder:
        opened = Terminals(Path(folder))
        try:
            yield opened
        finally:
            opened.close()
