"""Manners at the end, in a real pseudo-terminal: a crash, SIGTERM, SIGHUP, the quit; with both drivers."""

from __future__ import annotations

import os
import re
import signal
import stat
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.contract.test_terminal_driver import Terminal

#: the real app without a world: nothing answers, nothing is needed. ``x`` crashes it, ``w`` has a library write
PROGRAM = """
import logging, os, sys, warnings
from pathlib import Path
from config import load
from tui.app import PierheadApp, run
from tui.screens.main import MainScreen

async def nowhere(settings, store, *, loopback_only):
    raise OSError("there is no world here")

SECRET = "PLANTED-VALUE"

async def on_key(self, event, known=MainScreen.on_key):
    planted = SECRET
    if event.key == "x":
        raise RuntimeError("it broke: Authorization: Bearer " + planted)
    if event.key == "w":
        logging.getLogger("botocore").error("a library complains")
        warnings.warn("a library warns")
    await known(self, event)

MainScreen.on_key = on_key
PierheadApp.__init__.__kwdefaults__["connect"] = nowhere
flags = {"paths.state_dir": sys.argv[1], "paths.cache_dir": sys.argv[1], "link.driver": sys.argv[2]}
sys.exit(run(load(Path(os.devnull), {}, flags)))
"""

LEFT = "\x1b[?1049l"
DRIVERS = ("thin", "plain")


@contextmanager
def console(folder: Path, driver: str) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-c", PROGRAM, str(folder), driver], 100, 20)
    try:
        terminal.shows("starting failed")
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
        os.close(terminal.master)
        os.close(terminal.slave)


def restored(terminal: Terminal) -> bool:
    """The other screen is left, the cursor is shown, the keyboard is as it was."""
    raw = terminal.raw
    return (
        LEFT in raw
        and raw.rfind("\x1b[?25h") > raw.rfind("\x1b[?25l")
        and termios.tcgetattr(terminal.slave)[3] == terminal.before[3]
    )


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_crash_leaves_a_report_and_one_line_that_names_it(tmp_path: Path, driver: str) -> None:
    with console(tmp_path, driver) as terminal:
        terminal.press("x")
        assert terminal.ended() == 1
        assert restored(terminal)
        [report] = tmp_path.glob("crash-*.txt")
        after = terminal.raw.rpartition(LEFT)[2]
        assert str(report) in after.replace("\r\n", "")
        assert after.strip().count("\n") == 0, f"more than one line: {after!r}"
        assert "RuntimeError: it broke" in after
    text = report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "Traceback" in text
    assert "on_key" in text
    assert "Python 3." in text
    assert "TERM=xterm-256color" in text
    assert "PLANTED" not in text.replace('SECRET = "PLANTED-VALUE"', "")
    assert "PLANTED" not in after


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_screen_back(tmp_path: Path, driver: str, number: signal.Signals) -> None:
    with console(tmp_path, driver) as terminal:
        terminal.process.send_signal(number)
        assert terminal.ended() == 128 + number
        assert restored(terminal)
        assert not list(tmp_path.glob("crash-*"))


@pytest.mark.parametrize("driver", DRIVERS)
def test_nothing_is_printed_over_the_screen(tmp_path: Path, driver: str) -> None:
    with console(tmp_path, driver) as terminal:
        terminal.press("w")
        terminal.press("?")
        terminal.shows("Keys that work here")
        assert "a library" not in terminal.raw
        terminal.press("q")
        terminal.shows("Services")
        terminal.press("q")
        assert terminal.ended() == 0
        assert restored(terminal)
        assert not re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]|\s", "", terminal.raw.rpartition(LEFT)[2])
    log = (tmp_path / "pierhead.log").read_text()
    assert "a library complains" in log
    assert "a library warns" in log
