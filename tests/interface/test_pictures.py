"""The golden pictures: what the README shows and what a change of the interface must not change by accident."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

import pytest

from tests.embedded import Walk, World, embedded_world, walking
from tests.interface.pictures import picture
from tui.logs.base import LogLine
from tui.model import Row

GRID, WIDE, NARROW = (200, 50), (120, 35), (80, 24)


@pytest.fixture
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


@pytest.fixture
def folder() -> Iterator[Path]:
    """One path for all runs, since a plan shows where it keeps a command's file; one run after the other."""
    folder = Path("/tmp/pierhead-pictures")
    with folder.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        shutil.rmtree(folder, ignore_errors=True)
        yield folder


class ScriptedLogs:
    """Lines of both worlds that come in one order always."""

    kinds = ("services", "tasks", "containers", "pods", "deployments")

    def __init__(self, now: float) -> None:
        self.now = now

    async def follow(self, rows: Sequence[Row], **options: Any) -> AsyncIterator[Sequence[LogLine]]:
        """A service and a crashing pod, then silence."""
        lines = []
        for i in range(60):
            source = ("checkout 9f2c", "checkout b0d1", "cart x2k1b")[i % 3]
            level, text = ("INFO", f"order placed order={81700 + i} took={(i * 37) % 240}ms")
            if i % 3 == 2:
                level, text = ("FATAL", "REDIS_URL is not set") if i % 2 else ("INFO", "connecting to the session store")
            elif i % 10 == 4:
                level, text = "ERROR", f"payment refused order={81700 + i} code=insufficient_funds"
            lines.append(LogLine(int((self.now - 600 + i * 9.7) * 1e9), source, f"{level:<5} {text}", str(i)))
        yield lines
        await asyncio.Event().wait()


async def settled(walk: Walk) -> None:
    """All four panes read, metrics and usage joined."""
    for seconds in (5, 15, 20):
        await walk.step(seconds)


async def still(walk: Walk) -> None:
    """The order is no longer held, nothing is marked as changed."""
    await walk.step(3)
    await walk.pilot.pause()


FIRST = [("grid-200x50", GRID), ("grid-160x40", (160, 40)), ("services-120x35", WIDE), ("services-80x24", NARROW)]


@pytest.mark.parametrize(("name", "size"), FIRST)
async def test_picture_of_the_first_screen(world: World, tmp_path: Path, name: str, size: tuple[int, int]) -> None:
    async with walking(world, tmp_path, size) as walk:
        await settled(walk)
        await still(walk)
        picture(walk.app, name)


async def test_picture_of_every_main_pane(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, WIDE) as walk:
        await settled(walk)
        for key, name in (("f2", "definitions"), ("f3", "images"), ("f4", "pods")):
            await walk.press(key)
            await settled(walk)
            await still(walk)
            picture(walk.app, f"{name}-120x35")
        await walk.press("f4")
        await walk.pilot.resize_terminal(*NARROW)
        await still(walk)
        picture(walk.app, "pods-80x24")


async def test_picture_of_the_problems(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, WIDE) as walk:
        await settled(walk)
        await walk.press("exclamation_mark")
        await settled(walk)
        await still(walk)
        picture(walk.app, "problems-120x35")
        await walk.pilot.resize_terminal(*NARROW)
        await still(walk)
        picture(walk.app, "problems-80x24")
        await walk.press("x")
        await walk.pilot.pause()
        picture(walk.app, "why-80x24")
        await walk.press("escape")
        await walk.pilot.resize_terminal(*GRID)
        await still(walk)
        picture(walk.app, "problems-200x50")
        await walk.press("d")
        await walk.pilot.pause()
        picture(walk.app, "describe-200x50")


async def test_picture_of_a_plan_and_its_rollout(world: World, folder: Path) -> None:
    async with walking(world, folder, WIDE) as walk:
        await settled(walk)
        await walk.press("slash")
        await walk.type("checkout")
        await walk.press("enter", "i")
        await walk.until("or a revision", seconds=10, by=1)
        await walk.type("1.8.2")
        picture(walk.app, "form-120x35")
        await walk.press("enter", "enter")
        await walk.until("[ Cancel ]", seconds=10, by=1)
        await still(walk)
        picture(walk.app, "plan-120x35")
        await walk.press("tab", "enter")
        for _ in range(4):
            await walk.step(4)
        picture(walk.app, "rollout-120x35")


async def test_picture_of_logs_and_help(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, WIDE) as walk:
        await settled(walk)
        await walk.press("question_mark")
        await walk.pilot.pause()
        picture(walk.app, "help-120x35")
        walk.app.console_.connection.logs = ScriptedLogs(walk.world.time)
        await walk.press("escape", "space", "l")
        for _ in range(3):
            await walk.step(2)
        picture(walk.app, "logs-120x35")


async def test_picture_of_an_error_and_of_an_empty_list(world: World, tmp_path: Path) -> None:
    world.faults(rules=[{"kind": "denied", "service": "ecr"}])
    async with walking(world, tmp_path, WIDE) as walk:
        await walk.press("f3")
        await settled(walk)
        await still(walk)
        picture(walk.app, "denied-120x35")
        await walk.press("f1", "slash")
        await walk.type("nothing-is-called-so")
        await walk.press("enter")
        await still(walk)
        picture(walk.app, "empty-120x35")
