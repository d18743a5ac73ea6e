"""Embedded worlds for tests, quickly: a process that has everything imported and one world made forks a child for each.

``start`` is ``tui.simulator.launch.start`` for tests that need a world, not its start. What it starts is the same program, told
the same by the same pipes; only that most of a second of its processor's time was spent before. One nursery a test process;
it ends with it, since its socket closes.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
from functools import cache
from typing import Any

from tui.simulator import launch, process

MADE = {"size": "default", "seed": 1, "chaos": False}  # what most tests ask for


class Born:
    """A child of the nursery, as much of ``subprocess.Popen`` as ``Running`` uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def wait(self, timeout: float | None = None) -> int:
        """Until it ended; ``TimeoutExpired``."""
        if self._file >= 0:
            poll = select.poll()
            poll.register(self._file, select.POLLIN)
            if not poll.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("nursery", timeout or 0.0)
            os.close(self._file)
            self._file = -1
        return 0

    def kill(self) -> None:
        """End it at once."""
        signal.pidfd_send_signal(self._file, signal.SIGKILL)


@cache
def _nursery() -> socket.socket:
    """Its end of the socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    made = launch.spawn("tests.nursery", str(theirs.fileno()), keep=(theirs.fileno(),))
    theirs.close()
    atexit.register(made.wait)
    atexit.register(ours.close)
    return ours


def start(size: str = "default", seed: int = 1, *, strict: bool = False) -> launch.Running:
    """A world whose clock stands still, ready. Raises ``SimulatorError``."""
    if not hasattr(os, "pidfd_open"):
        return launch.start(size, seed, manual_clock=True, strict=strict)
    words = [f"--size={size}", f"--seed={seed}", "--manual-clock", *(["--strict"] if strict else [])]

    def child(life: int, ready: int) -> Born:
        nursery = _nursery()
        socket.send_fds(nursery, [json.dumps(words).encode()], [life, ready])
        return Born(int(nursery.recv(100) or b"0"))

    return launch.started(child)


def _serve(asked: socket.socket) -> None:
    """Fork a child for each message, until nobody is left who could ask."""
    from tui.simulator import control  # noqa: F401
    from tui.simulator.aws import models

    made = process.assemble(process.parser().parse_args([f"--size={MADE['size']}", f"--seed={MADE['seed']}", "--manual-clock"]))
    made.front.application()  # what these two import and make lazily is there for every child
    made.kubernetes.application()
    made.kubernetes.authority.issue_cert("127.0.0.1")
    for service in models.SERVICES:
        models.service_model(service)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        words, files, _, _ = socket.recv_fds(asked, 4096, 2)
        if not words:
            return
        child = os.fork()
        if child == 0:
            asked.close()
            _be_one(json.loads(words), files, made)
        for number in files:
            os.close(number)
        asked.send(str(child).encode())


def _be_one(words: list[str], files: list[int], made: Any) -> None:
    """The life of a child."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        args = process.parser().parse_args([*words, f"--life-fd={files[0]}", f"--ready-fd={files[1]}"])
        if {name: getattr(args, name) for name in MADE} == MADE:
            made.front.strict = args.strict
            process.assemble = lambda args: made
        status = process.simulate(args)
    finally:
        os._exit(status)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
