"""The embedded world for tests: a child process whose clock only moves when a test says so.

``world.step(seconds)`` moves it; ``Walk`` drives the app through Textual's pilot, sets the app's clock to the world's and waits
until everything on screen has seen the step. No test sleeps.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from config import Settings, load
from tests.nursery import start
from tests.outside import control
from tests.user import User
from tests.waiting import PATIENCE, until
from tui.actions import policies
from tui.actions.discovery import actions
from tui.app import PierheadApp, connect_hub
from tui.cli import parser
from tui.commands import reading
from tui.commands.demo import SHED, enter_world
from tui.commands.get import run_get
from tui.model import ManualClock, SystemClock
from tui.simulator.launch import Running
from tui.sources import hub
from tui.sources.declared import declared_reads
from tui.store import Step, Store
from widgets.table import VirtualTable

#: what operators are told to allow: whatever a test's console asks must be in it
POLICY = policies.operator_policy((*declared_reads(), *policies.reads_of(actions())), actions())


class World:
    """A running world and its control endpoint."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self._used: set[str] = set()
        self.others: set[str] = set()  # operations that a test calls itself, as somebody else
        self.time = float(self.control("/state")["time"])

    def control(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask the control endpoint: POST where there is a body."""
        return control(self.running, path, body)

    def step(self, seconds: float) -> Step:
        """Move the world."""
        answer = self.control("/step", {"seconds": seconds})
        self.time = float(answer["time"])
        return Step(time=self.time, resource_version=str(answer["resourceVersion"]))

    def faults(self, **rules: Any) -> None:
        """Put faults in force."""
        self.control("/faults", rules)

    def calls(self) -> dict[str, int]:
        """How often each operation was asked since the last reset."""
        return dict(self.control("/calls")["calls"])

    def reset_calls(self) -> None:
        """Count from zero."""
        self._used |= set(self.calls())
        self.control("/reset-calls", {})

    def used(self) -> list[str]:
        """Every AWS operation asked since the start."""
        return sorted(name for name in (self._used | set(self.calls())) - self.others if not name.startswith("kubernetes:"))


@contextmanager
def embedded_world(*, size: str = "default", seed: int = 1, env: bool = True) -> Iterator[World]:
    """A world for as long as the block; this process's environment points at it and at nothing else."""
    before = dict(os.environ)
    with start(size, seed) as running:
        try:
            if env:
                for name in [name for name in os.environ if name.upper().startswith(SHED)]:
                    del os.environ[name]
                nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
                os.environ.update(nowhere, AWS_EC2_METADATA_DISABLED="true")
            world = World(running)
            yield world
            lacking = policies.lacking((name for name in world.used() if ":" in name), POLICY)
            assert not lacking, f"the README's policy for operators lacks {', '.join(lacking)}"
        finally:
            os.environ.clear()
            os.environ.update(before)


def settings_for(world: World, folder: Path, **flags: Any) -> Settings:
    """Settings that point at the world, with directories of the test's own."""
    # the embedded world has no other users whose share of the rates must be left
    own = {"refresh.rate_share": 1.0, "paths.state_dir": str(folder / "state"), "paths.cache_dir": str(folder / "cache")}
    settings = load(Path(os.devnull), {}, {**own, **flags})
    return enter_world(world.running.env, settings)


class Walk(User):
    """A user before the screen that shows the world."""

    def __init__(self, app: PierheadApp, pilot: Any, world: World) -> None:
        super().__init__(app, pilot)
        self.world = world

    async def step(self, seconds: float) -> None:
        """Let world time pass, seen by everything on screen."""
        step = self.world.step(seconds)
        self.clock.set(step.time)
        await asyncio.wait_for(self.store.settled(step), PATIENCE)
        await self.pilot.pause()
        self.tick()
        await self.pilot.pause()

    def tick(self) -> None:
        """What the screens do by timers of real time, done now: ages, held orders, lines that are due."""
        for screen in self.app.screen_stack:
            for table in screen.query(VirtualTable):
                table.tick()
            for name in ("age", "flush", "measure"):
                if callable(due := getattr(screen, name, None)):
                    due()

    async def until(self, text: str, *, seconds: float = 300.0, by: float = 5.0) -> None:
        """Let world time pass until ``text`` is on the screen; fails after ``seconds`` of world time."""
        passed = 0.0
        while text not in self.screen():
            assert passed < seconds, f"{text!r} is not on the screen after {passed:g} s:\n{self.screen()}"
            await self.step(by)
            passed += by


class PlentyClock(SystemClock):
    """Real seconds that count a thousandfold, so that no budget of calls ever makes a test wait."""

    def now(self) -> float:
        return super().now() * 1000

    def monotonic(self) -> float:
        return super().monotonic() * 1000

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds / 1000)


class Even(Random):
    """No chance: every jitter is the middle of its range, however many ask in whatever order."""

    def random(self) -> float:
        return 0.5


def get(settings: Settings, *words: str) -> int:
    """``pierhead get`` with as much time as it takes: figures and joins come however slow the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "BESIDE_S", PATIENCE)
        patch.setattr(hub, "Hub", partial(hub.Hub, quota_clock=PlentyClock()))
        return run_get(parser().parse_args(["get", *words]), settings)


async def connect_loopback(settings: Settings, store: Store, *, loopback_only: bool) -> Any:
    """The hub, refusing every address that is not loopback."""
    return await connect_hub(settings, store, loopback_only=True, quota_clock=PlentyClock(), random=Even())


@asynccontextmanager
async def walking(world: World, folder: Path, size: tuple[int, int] = (120, 35), **flags: Any) -> AsyncIterator[Walk]:
    """The app on the world, connected and with its first rows."""
    settings = settings_for(world, folder, **flags)
    app = PierheadApp(settings, clock=ManualClock(world.time), connect=connect_loopback)
    async with app.run_test(size=size) as pilot:
        walk = Walk(app, pilot, world)
        await until(lambda: app.console_.connection is not None or app.console_.failed)
        assert app.console_.connection is not None, app.console_.failed
        await asyncio.wait_for(app._hub.opened(), PATIENCE)
        await walk.step(1)
        yield walk


def replaced(settings: Settings, **tables: dict[str, Any]) -> Settings:
    """Settings with members of tables changed."""
    changes = {name: msgspec.structs.replace(getattr(settings, name), **members) for name, members in tables.items()}
    return msgspec.structs.replace(settings, **changes)
