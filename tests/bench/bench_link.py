"""What goes over the line to the terminal, and how long a bad line keeps the screen wrong; each beside the plain driver.

The console runs on an embedded world whose clock stands still, so that every byte is the answer to a key. A held key is
thirty presses a second for three seconds; the screen is right when its rows change no more (waited for at most ``LIMIT``
seconds, which then is the figure: it was not right by then).
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from tests.bench.run import record
from tests.bench.terminal import ROOT, Home, Terminal, console, environment
from tui.simulator.launch import start

NAMES = (
    "link.row-down",
    "link.scroll-wide",
    "link.scroll-grid",
    "link.cell",
    "link.idle",
    "link.key-to-byte",
    "link.right-128k",
    "link.right-16k",
    "link.ssh-80x24",
    "link.ssh-200x50",
)
QUIET = 0.35
LIMIT = 12.0
HELD = 3.0
ROUND_TRIP = 0.3
SLOW = 16_000
PLAIN = ("--plain-driver",)
Env = Mapping[str, str]


def cursor_line(terminal: Terminal, below: int = 2) -> int:
    """The line where the cursor of the list stands, -1 where none does."""
    screen = terminal.screen
    return next((y for y in range(below, screen.rows) if screen.chars[y][0] == "›"), -1)


@contextmanager
def pods(env: Env, *options: str, view: str = "pods", **more: Any) -> Iterator[Terminal]:
    """The console with its list of pods over the whole width (``view`` empty: the grid), everything read."""
    start_view = ("--start", view) if view else ()
    with Home() as home, Terminal(console(*start_view, *options), env={**env, **home.env}, **more) as terminal:
        if not terminal.pump(30, lambda: cursor_line(terminal) >= 0 and "eks ●" in terminal.screen.line(0)):
            raise TimeoutError(terminal.screen.text())
        terminal.pump(1.5)
        yield terminal


def press(terminal: Terminal, keys: bytes, times: int = 1) -> float:
    """Bytes that one press costs, on average, each waited for until it is quiet."""
    terminal.quiet(QUIET)
    before = terminal.received
    for _ in range(times):
        terminal.send(keys)
        terminal.pump(QUIET)
    return (terminal.received - before) / times


def burst(terminal: Terminal, keys: bytes, times: int) -> None:
    """Many presses, not measured."""
    for _ in range(times):
        terminal.send(keys)
        terminal.pump(0.03)
    terminal.quiet(2.3)  # until the order is no longer held


def wire(env: Env, *options: str) -> tuple[float, float, float, float, float]:
    """Bytes for a row down, a scrolled row full width and in the grid, nothing at all; milliseconds from key to byte."""
    with pods(env, *options) as terminal:
        burst(terminal, b"j", 3)
        down = press(terminal, b"j", 6)
        terminal.quiet(3.0)
        before = terminal.received
        terminal.pump(5)
        idle = float(terminal.received - before)
        burst(terminal, b"j", terminal.screen.rows)
        wide = press(terminal, b"j", 6)
        first = first_bytes(terminal)
    with pods(env, *options, view="") as terminal:
        burst(terminal, b"j", 24)
        grid = press(terminal, b"j", 6)
    return down, wide, grid, idle, first


def first_bytes(terminal: Terminal, times: int = 60) -> float:
    """Milliseconds from a key to the first byte of its answer while the list scrolls, median."""
    took = []
    for _ in range(times):
        before, began = terminal.received, time.perf_counter()
        terminal.send(b"j")
        if terminal.pump(1, lambda before=before: terminal.received > before):  # type: ignore[misc]
            took.append((time.perf_counter() - began) * 1000)
        terminal.pump(0.06)
    return median(took)


def changed_cell(driver: str) -> float:
    """Bytes for one changed cell of a row that is not under the cursor."""
    with Terminal(["-m", "tests.bench.cell_app", driver]) as terminal:
        terminal.pump(10, lambda: cursor_line(terminal, 1) > 0)
        press(terminal, b"c")
        return press(terminal, b"c", 5)


def seconds_wrong(env: Env, rate: float, *options: str) -> float:
    """Seconds after the release of a held key until the rows on the screen change no more."""
    with pods(env, *options, rate=rate) as terminal:
        terminal.quiet(1.0)
        began = time.perf_counter()
        while time.perf_counter() - began < HELD:
            terminal.send(b"j")
            terminal.pump(1 / 30)
        released = last = time.perf_counter()
        rows = terminal.screen.snapshot()[2:-1]
        while (now := time.perf_counter()) - released < LIMIT and now - last < 2.6:
            terminal.pump(0.05)
            seen = terminal.screen.snapshot()[2:-1]
            if seen != rows:
                rows, last = seen, time.perf_counter()
        return last - released


@contextmanager
def over_ssh(env: Env, columns: int, rows: int, *options: str) -> Iterator[Terminal]:
    """The console at the other end of a real SSH client, a slow proxy and an SSH server."""
    with Home() as home:
        inside = {**environment(env), **home.env}
        server = [sys.executable, "-m", "tests.bench.ssh_line", str(SLOW), str(ROUND_TRIP)]
        command = [*server, *console("--start", "pods", *options)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=inside, cwd=ROOT) as line:
            assert line.stdin is not None and line.stdout is not None
            port = line.stdout.readline().strip()
            quiet = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
            client = ["ssh", "-F", "/dev/null", *quiet, "-tt", "-p", port, "127.0.0.1"]
            try:
                with Terminal(client, program="", columns=columns, rows=rows) as terminal:
                    if not terminal.pump(40, lambda: cursor_line(terminal) >= 0):
                        raise TimeoutError(terminal.screen.text())
                    terminal.pump(6)
                    yield terminal
            finally:
                line.stdin.close()


def age_over_ssh(env: Env, columns: int, rows: int, *options: str) -> float:
    """The longest that the screen was behind a key: seconds from a press to the cursor's new place, over a walk of
    twelve presses half a second apart (or as they are answered) on a world where everything moves."""
    worst = 0.0
    with over_ssh(env, columns, rows, *options) as terminal:
        for _ in range(12):
            wanted = cursor_line(terminal) + 1
            began = time.perf_counter()
            terminal.send(b"j")
            there: Callable[[], bool] = lambda wanted=wanted: cursor_line(terminal) >= wanted  # type: ignore[misc]
            terminal.pump(LIMIT, there)
            took = time.perf_counter() - began
            worst = max(worst, took)
            if took >= LIMIT:
                break
            terminal.pump(max(0.0, 0.5 - took))
    return worst


def benchmarks() -> Iterator[dict[str, Any]]:
    """Thin beside plain."""
    with start(manual_clock=True, seed=1) as world:
        thin, plain = wire(world.env), wire(world.env, *PLAIN)
        for name, index, most in (("row-down", 0, 600), ("scroll-wide", 1, 1000), ("scroll-grid", 2, 5000)):
            yield record(f"link.{name}", thin[index], "B", budget=most, baseline=plain[index])
        yield record("link.cell", changed_cell("thin"), "B", budget=300, baseline=changed_cell("plain"))
        yield record("link.idle", thin[3], "B", budget=0, baseline=plain[3])
        yield record("link.key-to-byte", thin[4], "ms p50", budget=1.3 * plain[4], baseline=plain[4], ratio_budget=1 / 1.3)
        for name, rate in (("link.right-128k", 128_000), ("link.right-16k", SLOW)):
            value = seconds_wrong(world.env, rate)
            yield record(name, value, "s", budget=0.3, baseline=seconds_wrong(world.env, rate, *PLAIN))
    with start(seed=1) as world:
        for columns, rows, most in ((80, 24, 1.0), (200, 50, 2.0)):
            value = age_over_ssh(world.env, columns, rows)
            baseline = age_over_ssh(world.env, columns, rows, *PLAIN)
            yield record(f"link.ssh-{columns}x{rows}", value, "s", budget=most, baseline=baseline)
