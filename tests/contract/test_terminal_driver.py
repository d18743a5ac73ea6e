"""The thin driver in a real pseudo-terminal: starts, draws, is resized, suspended, hung up; leaves everything as it was."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.terminal_emulator import Emulator
from tui.actions.journal import Journal

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


class Terminal:
    """A pseudo-terminal with an emulator behind it. ``answers``: whether it answers the program's questions.
    ``controlling``: whether it is the program's controlling terminal; the kernel sends SIGHUP only for that one."""

    def __init__(
        self, command: list[str], columns: int = 60, rows: int = 12, *, answers: bool = True, controlling: bool = True, **env: str
    ) -> None:
        self.emulator = Emulator(columns, rows, margins_known=False)
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
        answers, self.emulator.answers = self.emulator.answers, []
        if self.answers:
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


def test_it_draws_takes_keys_and_leaves_the_terminal_as_it_was() -> None:
    with running() as terminal:
        terminal.shows("ready")
        for key in "ab":
            terminal.press(key)
        terminal.press("\x1b[A\x1b")
        terminal.shows("a b up escape at 60x12")
        terminal.press("c")
        terminal.until(lambda: "\x1b]52;c;" in terminal.raw, "clipboard")
        terminal.press("q")
        assert terminal.ended() == 3
        after = terminal.raw[terminal.raw.rindex("\x1b[?1049l") :]
        for left in ("\x1b[?25h", "\x1b[?1004l"):
            assert left in after
        assert "\x1b[6n" not in after
        assert termios.tcgetattr(terminal.slave)[:4] == terminal.before[:4]
        # no answer is left for the shell to read
        os.set_blocking(terminal.slave, False)
        with pytest.raises(BlockingIOError):
            os.read(terminal.slave, 100)


def test_a_new_size_is_drawn_whole() -> None:
    with running() as terminal:
        terminal.shows("ready")
        for width in range(200):
            terminal.resize(30 + width % 40, 5 + width % 9)
        terminal.resize(70, 9)
        terminal.press("x")
        terminal.shows("x at 70x9")
        terminal.until(lambda: all(cell.bg == "112233" for row in terminal.emulator.picture() for cell in row), "background")


def test_what_another_program_wrote_is_painted_over() -> None:
    with running() as terminal:
        terminal.shows("ready")
        terminal.press("w")
        terminal.shows("from wall")
        terminal.press("\x1b[O\x1b[I")
        terminal.until(lambda: "from wall" not in "\n".join(terminal.emulator.text()), "painted over")
        assert terminal.emulator.margins is None


def test_suspending_gives_the_terminal_away_and_takes_it_back() -> None:
    with running() as terminal:
        terminal.shows("ready")
        terminal.press("z")
        terminal.until(lambda: "outside" in terminal.raw, "outside")
        asked = terminal.raw.count("\x1b[6n")
        terminal.resize(50, 10)  # SIGWINCH while suspended
        terminal.step(0.3)
        assert terminal.raw.count("\x1b[6n") == asked
        terminal.press("\n")
        terminal.until(lambda: terminal.raw.rstrip("\x00").count("\x1b[?1049h") == 2, "back")
        terminal.press("y")
        terminal.shows("z y at 50x10")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_stopped_and_continued_it_draws_for_the_size_of_then() -> None:
    with running() as terminal:
        terminal.shows("ready")
        terminal.process.send_signal(signal.SIGTSTP)
        stat = Path(f"/proc/{terminal.process.pid}/stat")
        terminal.until(lambda: stat.read_text().rsplit(")", 1)[1].split()[0] == "T", "stopped")
        terminal.until(lambda: "\x1b[?1049l" in terminal.raw, "left the screen")
        assert termios.tcgetattr(terminal.slave)[:4] == terminal.before[:4]
        terminal.resize(44, 8)
        terminal.process.send_signal(signal.SIGCONT)
        terminal.press("x")
        terminal.shows("x at 44x8")
        terminal.until(lambda: all(cell.bg == "112233" for row in terminal.emulator.picture() for cell in row), "background")


def test_a_terminal_that_never_answers_is_drawn_at_the_rate() -> None:
    with running(answers=False) as terminal:
        terminal.shows("ready")
        terminal.press("a")
        terminal.press("\x1b")
        terminal.shows("a escape at 60x12")
        terminal.press("q")
        assert terminal.ended() == 3


@pytest.mark.parametrize("how", ["hangup", "closed"])
def test_a_hangup_ends_it_within_a_second(how: str) -> None:
    with running() as terminal:
        terminal.shows("ready")
        began = time.monotonic()
        if how == "hangup":
            terminal.process.send_signal(signal.SIGHUP)
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.process.wait(5)
        assert time.monotonic() - began < 1.5  # a second, and what a busy machine adds


def children(parent: int) -> list[int]:
    """Processes whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found


def lives(process: int) -> bool:
    """Whether it runs: an ended one that nobody waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize(("options", "controlling"), [((), True), (("--plain-driver",), False)], ids=["thin", "plain, unsaid"])
def test_a_hangup_of_the_demo_amid_a_deployment_leaves_nothing_running_and_the_journal_whole(
    tmp_path: Path, options: tuple[str, ...], controlling: bool
) -> None:
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "STATE", "CACHE")}
    homes["PIERHEAD_STATE_DIR"] = str(tmp_path / "state")  # or the demo's journal would go with its world
    terminal = Terminal([sys.executable, "-m", "tui.cli", *options, "demo"], 120, 35, controlling=controlling, **homes)  # type: ignore[arg-type]
    try:
        terminal.shows("shop/checkout")
        for keys, seen in (("!", "worst first"), ("i", "[ Cancel ]")):
            terminal.press(keys)
            terminal.shows(seen)
        # A dialog takes no key before it was seen, or for half a second. The letter may come twice and means the same;
        # a second arrow would lead back to Cancel.
        until = time.monotonic() + PATIENCE
        while "[ Deploy ]" not in "\n".join(terminal.emulator.text()):
            assert time.monotonic() < until, terminal.emulator.text()
            terminal.press("d")
            terminal.step(0.3)
            terminal.step(0.3)
        terminal.press("\r")
        terminal.until(lambda: any(path.stat().st_size for path in tmp_path.rglob("journal.jsonl")), "the intent is written")
        worlds = children(terminal.process.pid)
        assert worlds
        began = time.monotonic()
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.process.wait(5)
        while any(map(lives, worlds)):
            assert time.monotonic() - began < 5, "the embedded world outlives the console"
            time.sleep(0.02)
        assert time.monotonic() - began < 2.5  # a second, and what a busy machine adds
        journal = next(tmp_path.rglob("journal.jsonl"))
        assert journal.read_bytes().endswith(b"\n")
        records = Journal(journal.parent)
        assert records.damaged == 0
        assert "deploy" in records.records[0].action
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
