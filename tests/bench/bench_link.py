"""What goes over the line to the terminal, and how long a bad line keeps the screen wrong; each beside the plain driver.

The console runs on an embedded world whose clock stands still, so that every byte is the answer to a key. A held key is
thirty presses a second for three seconds; the screen is right when its rows change no more (waited for at most ``LIMIT``
seconds, which then is the figure: it was not right by then).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median
from typing import Any

from tests.bench.run import record
from tests.bench.terminal import Home, Terminal, console
from tui.simulator.launch import start

NAMES = (
    "link.row-down",
    "link.row-down-wide",
    "link.scroll-wide",
    "link.scroll-grid",
    "link.cell",
    "link.idle",
    "link.key-to-byte",
    "link.right-128k",
    "link.right-16k",
    "link.hangup",
)
QUIET = 0.25
LIMIT = 8.0
BYTES = {"row-down": 600, "row-down-wide": 600, "scroll-wide": 1000, "scroll-grid": 5000, "idle": 0}
HELD = 3.0
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
    """Bytes that one press costs, median, each waited for until it is quiet (figures of load come by themselves)."""
    terminal.quiet(QUIET)
    costs = []
    for _ in range(times):
        before = terminal.received
        terminal.send(keys)
        terminal.pump(QUIET)
        costs.append(terminal.received - before)
    return median(costs)


def burst(terminal: Terminal, keys: bytes, times: int) -> None:
    """Many presses, not measured."""
    for _ in range(times):
        terminal.send(keys)
        terminal.pump(0.03)
    terminal.quiet(0.5)


def wire(env: Env, *options: str) -> dict[str, float]:
    """Bytes for a row down and a scrolled row, in the grid and over the whole width, and for nothing at all."""
    found = {}
    with pods(env, *options, view="") as terminal:
        burst(terminal, b"j", 3)
        found["row-down"] = press(terminal, b"j", 7)
        terminal.quiet(2.5)
        before = terminal.received
        terminal.pump(3)
        found["idle"] = float(terminal.received - before)
        burst(terminal, b"j", 14)
        found["scroll-grid"] = press(terminal, b"j", 7)
    with pods(env, *options) as terminal:
        burst(terminal, b"j", 3)
        found["row-down-wide"] = press(terminal, b"j", 7)
        burst(terminal, b"j", terminal.screen.rows)
        found["scroll-wide"] = press(terminal, b"j", 7)
    return found


def first_bytes(env: Env, times: int = 60) -> tuple[float, float]:
    """Milliseconds from a key to the first byte of its answer while the list scrolls, thin and plain side by side: one
    press here, one there, so that a busy machine slows both alike. Medians."""
    took: tuple[list[float], list[float]] = ([], [])
    with pods(env) as thin, pods(env, *PLAIN) as plain:
        for terminal in (thin, plain):
            burst(terminal, b"j", terminal.screen.rows)
        for _ in range(times):
            for terminal, found in zip((thin, plain), took, strict=True):
                before, began = terminal.received, time.perf_counter()
                terminal.send(b"j")
                if terminal.pump(1, lambda t=terminal, before=before: t.received > before):  # type: ignore[misc]
                    found.append((time.perf_counter() - began) * 1000)
                terminal.pump(0.04)
    return median(took[0]), median(took[1])


def changed_cell(driver: str) -> float:
    """Bytes for one changed cell of a row that is not under the cursor."""
    with Terminal(["-m", "tests.bench.cell_app", driver]) as terminal:
        terminal.pump(10, lambda: cursor_line(terminal, 1) > 0)
        press(terminal, b"c")
        return press(terminal, b"c", 5)


def seconds_wrong(env: Env, rate: float, *options: str) -> float:
    """Seconds after the release of a held key until the rows on the screen change no more."""
    with pods(env, *options, rate=rate) as terminal:
        return wrong_after_hold(terminal)


def wrong_after_hold(terminal: Terminal) -> float:
    """The same of a console that is open."""
    terminal.quiet(1.0)
    began = time.perf_counter()
    while time.perf_counter() - began < HELD:
        terminal.send(b"j")
        terminal.pump(1 / 30)
    released = last = time.perf_counter()
    rows = terminal.screen.snapshot()[4:-2]
    while (now := time.perf_counter()) - released < LIMIT and now - last < 2.6:
        terminal.pump(0.05)
        seen = terminal.screen.snapshot()[4:-2]
        if seen != rows:
            rows, last = seen, time.perf_counter()
    return last - released


def hangup(env: Env, *options: str) -> float:
    """Seconds from a terminal that goes to the end of the console."""
    with pods(env, *options) as terminal:
        began = time.perf_counter()
        terminal.close()
        return time.perf_counter() - began


def benchmarks() -> Iterator[dict[str, Any]]:
    """Thin beside plain."""
    with start(manual_clock=True, seed=1) as world:
        thin, plain = wire(world.env), wire(world.env, *PLAIN)
        for name, most in BYTES.items():
            yield record(f"link.{name}", thin[name], "B", budget=most, baseline=plain[name])
        yield record("link.cell", changed_cell("thin"), "B", budget=300, baseline=changed_cell("plain"))
        mine, theirs = first_bytes(world.env)
        yield record("link.key-to-byte", mine, "ms p50", budget=1.3 * theirs, baseline=theirs, ratio_budget=1 / 1.3)
        for name, rate in (("link.right-128k", 128_000), ("link.right-16k", SLOW)):
            value = seconds_wrong(world.env, rate)
            yield record(name, value, "s", budget=0.3, baseline=seconds_wrong(world.env, rate, *PLAIN))
        yield record("link.hangup", hangup(world.env), "s", budget=1.0, baseline=hangup(world.env, *PLAIN))
