"""Start the embedded world as a child that cannot outlive its parent, and say where it listens.

The child gets nothing of the user's: no AWS variables, no proxies, no home. It ends when the pipe that this process
holds is closed, which the kernel does however this process ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Protocol

START_LIMIT = 60.0  # seconds until a child that says nothing counts as failed
STOP_LIMIT = 5.0
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "SYSTEMROOT")


class SimulatorError(RuntimeError):
    """The embedded world did not start; the message is what it said."""


class Child(Protocol):
    """The process of a world, as much of ``subprocess.Popen`` as is used of it."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Until it ended. Raises ``TimeoutExpired``."""

    def kill(self) -> None:
        """End it at once."""


@dataclass(slots=True)
class Running:
    """A running world. ``env``: what clients need in their environment. ``control`` is a URL, ``secret`` its bearer token."""

    env: dict[str, str] = field(repr=False)
    control: str
    secret: str = field(repr=False)
    kubernetes: str
    kubernetes_token: str = field(repr=False)
    ca: str = field(repr=False)
    process: Child = field(repr=False)
    _life: int = field(repr=False)

    def stop(self) -> None:
        """End the child; safe to call twice."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(
    size: str = "default", seed: int = 0, chaos: bool = False, manual_clock: bool = False, *, strict: bool = False
) -> Running:
    """Start a world and wait until it answers (about a second). Raises ``SimulatorError``."""
    words = [f"--size={size}", f"--seed={seed}"]
    words += [flag for flag, on in (("--chaos", chaos), ("--manual-clock", manual_clock), ("--strict", strict)) if on]

    def child(life: int, ready: int) -> subprocess.Popen[bytes]:
        return spawn("tui.simulator", *words, f"--life-fd={life}", f"--ready-fd={ready}", keep=(life, ready))

    return started(child)


def spawn(module: str, *words: str, keep: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Run a module of this tree as a process that gets nothing of the user's but these descriptors."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *words],
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=None if os.environ.get("PIERHEAD_SIMULATOR_STDERR") else subprocess.DEVNULL,
        pass_fds=keep,
        start_new_session=True,
    )


def started(child: Callable[[int, int], Child]) -> Running:
    """The world that ``child`` makes, once it answers. It is given the end of the pipe whose closing ends it, and the one
    where it says where it is. Raises ``SimulatorError``."""
    life_read, life_write = os.pipe()
    ready_read, ready_write = os.pipe()
    try:
        process = child(life_read, ready_write)
    finally:
        os.close(life_read)
        os.close(ready_write)
    try:
        facts = _read_facts(ready_read)
    except (OSError, ValueError) as wrong:
        os.close(life_write)
        process.kill()
        raise SimulatorError(f"the embedded world did not start (exit status {process.wait()}): {wrong}") from wrong
    finally:
        os.close(ready_read)
    return Running(**facts, process=process, _life=life_write)


def _read_facts(descriptor: int) -> dict[str, Any]:
    """The child's report; it closes its end after one JSON object."""
    parts: list[bytes] = []
    with DefaultSelector() as selector:
        selector.register(descriptor, EVENT_READ)
        while True:
            if not selector.select(START_LIMIT):
                raise TimeoutError(f"no answer within {START_LIMIT:.0f} s")
            part = os.read(descriptor, 65536)
            if not part:
                break
            parts.append(part)
    if not parts:
        raise ValueError("it ended before it was ready; set PIERHEAD_SIMULATOR_STDERR=1 to see why")
    facts: dict[str, Any] = json.loads(b"".join(parts))
    return facts


def _environment() -> dict[str, str]:
    """What the child needs: where its code is, and how to write text."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    root = Path(__file__).resolve().parents[2]
    return kept if root.name in ("site-packages", "dist-packages") else kept | {"PYTHONPATH": str(root)}
