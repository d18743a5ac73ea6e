"""The console over SSH on a line of 16 kB/s and 300 ms, walked by keys: how far the screen is behind, beside the plain driver.

A real SSH client, a proxy that carries little and late, an SSH server in a process of its own, and an embedded world in
which everything moves. A pseudo-terminal alone would not do: it pushes back, which sshd and the sockets' buffers do not.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.bench.bench_link import PLAIN, SLOW, cursor_line, wrong_after_hold
from tests.bench.run import record
from tests.bench.terminal import ROOT, Home, Terminal, console, environment
from tests.outside import control
from tui.simulator.launch import Running, start

PARTS = ("pods", "logs", "stall", "problems", "deploy", "held")
NAMES = tuple(f"ssh.{part}-{size}" for size in ("80x24", "200x50") for part in PARTS)
ROUND_TRIP = 0.3
LIMIT = 8.0
PRESSES = 10
FOLLOWED = 8.0
STALLED = 10.0
STAMP = re.compile(r"\b(\d\d):(\d\d):(\d\d\.\d\d\d) ")
Env = Mapping[str, str]


@contextmanager
def over_ssh(env: Env, columns: int, rows: int, *options: str) -> Iterator[tuple[Terminal, Callable[[], None]]]:
    """The console at the other end of a real SSH client, a slow proxy and an SSH server; and what stalls the proxy, and lets
    it go on."""
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
                    terminal.pump(3)
                    yield terminal, lambda: line.send_signal(signal.SIGUSR1)
            finally:
                line.stdin.close()


class Walk:
    """Keys pressed on a console far away, and how long the screen was behind: seconds, the worst of each part."""

    def __init__(self, terminal: Terminal, stall: Callable[[], None]) -> None:
        self.terminal = terminal
        self.stall = stall
        self.worst: dict[str, float] = {}

    def shows(self, text: str) -> bool:
        return text in self.terminal.screen.text()

    def press(self, part: str, keys: bytes, seen: Callable[[], bool]) -> None:
        """Press and wait until the answer is seen (for at most ``LIMIT`` seconds, which then is the figure)."""
        began = time.perf_counter()
        self.terminal.send(keys)
        self.terminal.pump(LIMIT, seen)
        took = time.perf_counter() - began
        self.worst[part] = max(self.worst.get(part, 0.0), took)
        self.terminal.pump(max(0.0, 0.5 - took))

    def down(self, part: str, times: int) -> None:
        """The cursor, row by row, half a second apart (or as they are answered)."""
        for _ in range(times):
            wanted = cursor_line(self.terminal) + 1
            self.press(part, b"j", lambda wanted=wanted: cursor_line(self.terminal) >= wanted)  # type: ignore[misc]
            if self.worst[part] >= LIMIT:
                return

    def logs(self, world: Running) -> None:
        """A log followed at a thousand lines a second: how old the newest line on the screen is, at any time."""
        ahead = control(world, "/state")["time"] - time.time()
        self.press("logs", b"l", lambda: self.shows(" follow "))
        self.terminal.pump(3)
        until = time.perf_counter() + FOLLOWED
        while time.perf_counter() < until:
            self.terminal.pump(0.05)
            self.worst["logs"] = max(self.worst["logs"], min(self.age(ahead), LIMIT))
        self.stalled(ahead)
        self.press("logs", b"k", lambda: not self.shows(" follow "))
        self.press("logs", b"\x1b", lambda: cursor_line(self.terminal) >= 0)

    def age(self, ahead: float) -> float:
        """Seconds since the newest line that is whole. ``ahead``: the world's clock before ours."""
        # a line that is half drawn may say anything; the others are right
        ages = sorted(
            (time.time() + ahead - (int(hours) * 3600 + int(minutes) * 60 + float(seconds)) + 43_200) % 86_400 - 43_200
            for hours, minutes, seconds in STAMP.findall(self.terminal.screen.text())
        )
        return ages[1] if len(ages) > 1 else LIMIT

    def stalled(self, ahead: float) -> None:
        """The line carries nothing for a while: from its coming back until the screen is as new as it was before."""
        before = self.worst["logs"]
        self.stall()
        self.terminal.pump(STALLED)
        self.stall()
        began = time.perf_counter()
        self.terminal.pump(LIMIT, lambda: self.age(ahead) <= before)
        self.worst["stall"] = time.perf_counter() - began


def held(env: Env, columns: int, rows: int, *options: str) -> float:
    """Seconds after the release of a key that was held for three until the rows on the screen change no more."""
    with over_ssh(env, columns, rows, *options) as (terminal, _):
        return wrong_after_hold(terminal)


def walk(world: Running, columns: int, rows: int, *options: str) -> dict[str, float]:
    """The list of pods, the log of one, the problems, a deployment: on a world where everything moves."""
    control(world, "/faults", {"kubernetes": {"log_rate": 1000.0}})
    with over_ssh(world.env, columns, rows, *options) as (terminal, stall):
        walker = Walk(terminal, stall)
        walker.down("pods", PRESSES)
        walker.press("pods", b"/pay\r", lambda: walker.shows("/pay"))
        walker.logs(world)
        # the title comes first, the cursor of the list before still stands below it
        walker.press("problems", b"!", lambda: walker.shows("worst first") and "›" in terminal.screen.line(3))
        walker.down("problems", 4)
        walker.press("problems", b"g", lambda: "›" in terminal.screen.line(3))
        walker.press("deploy", b"i", lambda: walker.shows("[ Cancel ]"))
        walker.press("deploy", b"\t", lambda: walker.shows("[ Deploy ]"))
        walker.press("deploy", b"\r", lambda: not walker.shows("[ Deploy ]"))
        terminal.pump(LIMIT, lambda: walker.shows("Esc leave it running"))  # as long as the calls take
        walker.press("deploy", b"\x1b", lambda: not walker.shows("Esc leave it running"))
        walker.down("deploy", 3)
    return walker.worst


def benchmarks() -> Iterator[dict[str, Any]]:
    """Thin beside plain, on a small and on a large screen."""
    if shutil.which("ssh") is None:
        sys.stderr.write("there is no ssh client here: nothing was measured\n")
        return
    for columns, rows, most in ((80, 24, 1.0), (200, 50, 2.0)):
        with start(seed=1) as world:
            value = walk(world, columns, rows)
        with start(seed=1) as world:
            baseline = walk(world, columns, rows, *PLAIN)
        with start(manual_clock=True, seed=1) as world:
            value["held"] = held(world.env, columns, rows)
            baseline["held"] = held(world.env, columns, rows, *PLAIN)
        for part, worst in value.items():
            yield record(f"ssh.{part}-{columns}x{rows}", worst, "s", budget=most, baseline=baseline.get(part))
