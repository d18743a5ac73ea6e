"""What a user feels on the demo world at 200x50 with everything moving, seen through an emulator of a terminal.

A key counts as answered when the cursor stands on the next row of the screen. The baseline is a bare app of one DataTable
in which nothing moves, pressed in turn with the console, so that a busy machine slows both alike.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.bench.run import record
from tests.bench.terminal import ROOT, Home, Terminal, console, environment
from tui.simulator.launch import start

NAMES = ("feel.key-p50", "feel.key-p99", "feel.unanswered", "feel.idle", "feel.memory")
PRESSES = 250
PATIENCE = 1.0


def sign_line(terminal: Terminal) -> int:
    """Where the cursor's sign stands in the console's first column."""
    screen = terminal.screen
    return next((y for y in range(2, screen.rows) if screen.chars[y][0] == "›"), -1)


def coloured_line(terminal: Terminal) -> int:
    """Where DataTable's cursor stands: the one line whose first cells have a colour of their own."""
    styles = [line[2] for line in terminal.screen.styles[1:]]
    counts = Counter(styles)
    return next((y for y, style in enumerate(styles, 1) if counts[style] == 1), -1)


class Walker:
    """Presses ``down`` and ``up`` within the lines on the screen and times each answer."""

    def __init__(self, terminal: Terminal, find: Any, down: bytes, up: bytes) -> None:
        self.terminal, self.find = terminal, find
        self.keys = (down, up)
        self.down = True
        self.took: list[float] = []
        self.unanswered = 0

    def step(self, other: Terminal) -> None:
        """One press; ``other`` is read as well meanwhile, as a terminal does."""
        line = self.find(self.terminal)
        if line >= 20 or (line <= 6 and not self.down):
            self.down = line < 20
        wanted = line + (1 if self.down else -1)
        began = time.perf_counter()
        self.terminal.send(self.keys[0] if self.down else self.keys[1])
        while (waited := time.perf_counter() - began) < PATIENCE:
            if self.terminal.pump(0.005, lambda: self.find(self.terminal) == wanted):
                self.took.append((time.perf_counter() - began) * 1000)
                return
            other.pump(0)
        self.unanswered += waited >= PATIENCE

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.took)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def walk(env: dict[str, str]) -> tuple[Walker, Walker, float]:
    """The console and the bare table, pressed in turn; and bytes a second of the console when nobody presses."""
    with Home() as home, Terminal(console(), env={**env, **home.env}) as ours:
        if not ours.pump(40, lambda: "eks ●" in ours.screen.line(0) and sign_line(ours) > 0):
            raise TimeoutError(ours.screen.text())
        with Terminal(["-m", "tests.bench.bare_apps", "table"]) as bare:
            bare.pump(10, lambda: coloured_line(bare) > 0)
            ours.pump(8)
            before = ours.received
            ours.pump(5)
            idle = (ours.received - before) / 5
            mine, theirs = Walker(ours, sign_line, b"j", b"k"), Walker(bare, coloured_line, b"\x1b[B", b"\x1b[A")
            for _ in range(PRESSES):
                for walker, other in ((mine, bare), (theirs, ours)):
                    walker.step(other)
                    walker.terminal.pump(0.02)
                    other.pump(0)
            return mine, theirs, idle


def memory() -> float:
    """MiB of the console when 10,000 pods, 2,000 tasks and a log of 100,000 lines have been read."""
    with start(size="large", seed=1) as world, Home() as home:
        command = [sys.executable, "-m", "tests.bench.memory_stage"]
        env = environment({**world.env, **home.env})
        run = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=180)
    return float(json.loads(run.stdout.splitlines()[-1])["log"])


def benchmarks() -> Iterator[dict[str, Any]]:
    """Keys, idleness, memory."""
    with start(seed=1) as world:
        mine, theirs, idle = walk(world.env)
    yield record("feel.key-p50", mine.percentile(0.5), "ms", budget=50, baseline=theirs.percentile(0.5))
    yield record("feel.key-p99", mine.percentile(0.99), "ms", budget=50, baseline=theirs.percentile(0.99))
    yield record("feel.unanswered", mine.unanswered, "presses", budget=0, baseline=theirs.unanswered)
    yield record("feel.idle", idle, "B/s")
    yield record("feel.memory", memory(), "MiB", budget=250)
