"""From the start of the process to the first frame and to the first live row, seen from outside in a terminal of 200x50.

Every round starts a bare Textual app with one widget, the console as a new user has it, and the console after an earlier
session, one after the other, so that a busy machine slows all alike; what is compared are medians of rounds. A frame
counts when its last line (the keys) has been written, not when its first byte comes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from tests.bench.run import record
from tests.bench.terminal import Home, Terminal, console
from tui.simulator.launch import start

NAMES = ("start.first-frame", "start.first-frame-warm", "start.first-row")
ROUNDS = 15
LIMIT = 30.0
BARE = ("-m", "tests.bench.bare_apps", "one")
LAST_LINE = "tab next pane"


def seconds_until(command: Sequence[str], env: Mapping[str, str], *texts: str) -> float:
    """Seconds until all ``texts`` stand on the screen."""
    with Terminal(command, env=env) as terminal:
        if not terminal.pump(LIMIT, lambda: all(text in terminal.screen.text() for text in texts)):
            raise TimeoutError(f"{texts} did not come:\n{terminal.screen.text()}")
        return time.perf_counter() - terminal.started


def first_live_row(terminal: Terminal) -> float:
    """Seconds until a row that a source has read stands in the services' list."""
    screen = terminal.screen
    if not terminal.pump(LIMIT, lambda: any("/" in screen.line(y)[:20] for y in range(2, 24))):
        raise TimeoutError("no row came:\n" + screen.text())
    return time.perf_counter() - terminal.started


def remember(env: Mapping[str, str]) -> str:
    """A session that ends by a key, so that its rows are kept; gives a name that stands in its list."""
    with Terminal(console(), env=env) as terminal:
        first_live_row(terminal)
        terminal.pump(3)
        terminal.send(b"q")
        terminal.pump(5, lambda: terminal.ended)
    return "batch/ano"


def benchmarks() -> Iterator[dict[str, Any]]:
    """Medians over the rounds."""
    bare, cold, warm, live = [], [], [], []
    with start(manual_clock=True, seed=1) as world, Home() as known:
        name = remember({**world.env, **known.env})
        for _ in range(ROUNDS):
            with Home() as new:
                bare.append(seconds_until(BARE, new.env, "the bare app stands here"))
                cold.append(seconds_until(console(), {**world.env, **new.env}, LAST_LINE))
            warm.append(seconds_until(console(), {**world.env, **known.env}, LAST_LINE, name))
            with Home() as new, Terminal(console(), env={**world.env, **new.env}) as terminal:
                live.append(first_live_row(terminal))
    baseline = median(bare)
    for figure, times, most in zip(NAMES, (cold, warm, live), (1.6, 1.6, 3.0), strict=True):
        yield record(figure, median(times), "s", budget=most * baseline, baseline=baseline, ratio_budget=1 / most)
