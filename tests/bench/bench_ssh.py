"""The console over SSH on a line of 16 kB/s and 300 ms: how far the screen is behind the keys, beside the plain driver.

A real SSH client, a proxy that carries little and late, an SSH server in a process of its own, and an embedded world in
which everything moves. A pseudo-terminal alone would not do: it pushes back, which sshd and the sockets' buffers do not.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.bench.bench_link import PLAIN, SLOW, cursor_line
from tests.bench.run import record
from tests.bench.terminal import ROOT, Home, Terminal, console, environment
from tui.simulator.launch import start

NAMES = ("ssh.80x24", "ssh.200x50")
ROUND_TRIP = 0.3
LIMIT = 8.0
PRESSES = 10
Env = Mapping[str, str]


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
                    terminal.pump(3)
                    yield terminal
            finally:
                line.stdin.close()


def age_over_ssh(env: Env, columns: int, rows: int, *options: str) -> float:
    """The longest that the screen was behind a key: seconds from a press to the cursor's new place, over a walk of
    presses half a second apart (or as they are answered) on a world where everything moves."""
    worst = 0.0
    with over_ssh(env, columns, rows, *options) as terminal:
        for _ in range(PRESSES):
            wanted = cursor_line(terminal) + 1
            began = time.perf_counter()
            terminal.send(b"j")
            terminal.pump(LIMIT, lambda wanted=wanted: cursor_line(terminal) >= wanted)  # type: ignore[misc]
            took = time.perf_counter() - began
            worst = max(worst, took)
            if took >= LIMIT:
                break
            terminal.pump(max(0.0, 0.5 - took))
    return worst


def benchmarks() -> Iterator[dict[str, Any]]:
    """Thin beside plain, on a small and on a large screen."""
    if shutil.which("ssh") is None:
        sys.stderr.write("there is no ssh client here: nothing was measured\n")
        return
    with start(seed=1) as world:
        for columns, rows, most in ((80, 24, 1.0), (200, 50, 2.0)):
            value = age_over_ssh(world.env, columns, rows)
            baseline = age_over_ssh(world.env, columns, rows, *PLAIN)
            yield record(f"ssh.{columns}x{rows}", value, "s", budget=most, baseline=baseline)
