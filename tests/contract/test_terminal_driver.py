"""The thin driver in a real pseudo-terminal: starts, draws, is resized, suspended, hung up; leaves everything as it was."""

from __future__ import annotations

import os
import signal
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.contract.on_pty import PATIENCE, Terminal, running
from tui.actions.journal import Journal


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


@pytest.mark.parametrize("seconds", [0.0, 1.0], ids=["at once", "in a second"])
def test_a_new_size_is_drawn_whole(seconds: float) -> None:
    with running() as terminal:
        terminal.shows("ready")
        began = time.monotonic()
        for turn in range(200):
            terminal.resize(30 + turn % 40, 5 + turn % 9)
            while time.monotonic() < began + seconds * turn / 200:
                terminal.step(0.002)
        terminal.resize(70, 9)
        terminal.press("x")
        terminal.shows("x at 70x9")
        terminal.until(lambda: all(cell.bg == "112233" for row in terminal.emulator.picture() for cell in row), "background")


def test_of_two_sizes_at_once_the_newer_stands() -> None:
    with running(GROWS_AMID="") as terminal:
        terminal.shows("ready")
        terminal.resize(50, 10)
        terminal.until(lambda: termios.tcgetwinsize(terminal.slave) == (9, 60), "it grew")
        terminal.press("x")
        terminal.shows("x at 60x9")


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
        terminal.press("z")
        terminal.until(lambda: terminal.raw.count("outside") == 2, "outside again")
        terminal.press("\n")  # nothing happened meanwhile: its size is as before
        terminal.until(lambda: "outside" not in "\n".join(terminal.emulator.text()), "painted over")


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


def test_a_line_that_stalls_gets_nothing_but_one_frame_and_then_the_newest_state() -> None:
    with running() as terminal:
        terminal.shows("ready")
        terminal.answers = False
        for key in "abcdefgh":
            asked = terminal.raw.count("\x1b[6n")
            terminal.press(key)
            terminal.step(0.05)
        assert terminal.raw.count("\x1b[6n") == asked  # the first key's frame at most was sent before
        assert "a b c d e f g h" not in "\n".join(terminal.emulator.text())
        terminal.answers = True
        terminal.answer()
        terminal.shows("a b c d e f g h at 60x12")


@pytest.mark.parametrize("true_size", [(60, 8), (40, 12), (40, 8)])
def test_a_terminal_that_says_it_is_larger_than_it_is_shows_what_fits(true_size: tuple[int, int]) -> None:
    with running(true_size=true_size) as terminal:
        terminal.shows("ready")
        terminal.press("a")
        terminal.shows("a at 60x12")
        fitting = [row[:-1] for row in terminal.emulator.picture()[:-1]]
        assert all(cell.bg == "112233" for row in fitting for cell in row)
        assert [line for line in terminal.emulator.text() if line] == ["a at 60x12"]
        terminal.emulator.resize(12, 60)
        terminal.resize(60, 13)
        terminal.resize(60, 12)
        terminal.press("b")
        terminal.shows("a b at 60x12")


@pytest.mark.parametrize("how", ["hangup", "closed"])
def test_a_hangup_ends_it(how: str) -> None:
    """Within a second, which ``link.hangup`` of the benchmarks measures."""
    with running() as terminal:
        terminal.shows("ready")
        if how == "hangup":
            terminal.process.send_signal(signal.SIGHUP)
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.process.wait(PATIENCE)


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
    homes |= {"COLUMNS": "30", "LINES": "6"}  # a shell that exports its size decides nothing: there would be no room
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
        os.close(terminal.slave)
        os.close(terminal.master)
        terminal.process.wait(PATIENCE)
        until = time.monotonic() + PATIENCE
        while any(map(lives, worlds)):
            assert time.monotonic() < until, "the embedded world outlives the console"
            time.sleep(0.02)
        journal = next(tmp_path.rglob("journal.jsonl"))
        assert journal.read_bytes().endswith(b"\n")
        records = Journal(journal.parent)
        assert records.damaged == 0
        assert "deploy" in records.records[0].action
    finally:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
