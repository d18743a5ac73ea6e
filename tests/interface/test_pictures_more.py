"""The golden pictures of the lists behind the first screen, of a screen that is too small, and of each theme."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import THEME_NAMES
from tests.embedded import Walk, World, embedded_world, walking
from tests.interface.pictures import picture
from tests.interface.test_pictures import NARROW, WIDE, settled, still

#: the line of the prompt, and the picture
LISTS = (
    ("tasks", "tasks"),
    ("deployments", "deployments"),
    ("events", "events"),
    ("clusters", "clusters"),
    ("nodes", "nodes"),
    ("namespaces", "namespaces"),
    ("repositories", "repositories"),
    ("alarms", "alarms"),
)


@pytest.fixture
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def command(walk: Walk, line: str) -> None:
    """A line of the ``:`` prompt."""
    await walk.command(line)
    await settled(walk)
    await still(walk)


async def test_picture_of_every_other_list(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, WIDE) as walk:
        await settled(walk)
        for line, name in LISTS:
            await command(walk, line)
            picture(walk.app, f"{name}-120x35")
        await command(walk, "tasks")
        await walk.pilot.resize_terminal(*NARROW)
        await still(walk)
        picture(walk.app, "tasks-80x24")


async def test_picture_of_what_rows_lead_to(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, WIDE) as walk:
        await settled(walk)
        await walk.press("p")
        await settled(walk)
        await still(walk)
        picture(walk.app, "service-deployments-120x35")
        await walk.press("escape", "enter")
        await settled(walk)
        await walk.press("enter")
        await settled(walk)
        await still(walk)
        picture(walk.app, "containers-120x35")
        await walk.press("f2", "slash")
        await walk.type("checkout")
        await walk.press("enter", "D")
        await walk.until("Compare", seconds=20, by=1)
        picture(walk.app, "compare-120x35")
        await walk.press("escape", "f4", "enter")
        await settled(walk)
        await still(walk)
        picture(walk.app, "pod-containers-120x35")


@pytest.mark.parametrize("size", [(20, 5), (40, 12)])
async def test_picture_of_a_terminal_that_is_too_small(world: World, tmp_path: Path, size: tuple[int, int]) -> None:
    async with walking(world, tmp_path, size) as walk:
        await settled(walk)
        await still(walk)
        picture(walk.app, f"services-{size[0]}x{size[1]}")


async def test_picture_of_every_theme(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (100, 24)) as walk:
        await settled(walk)
        await walk.press("exclamation_mark", "space", "j", "j", "space", "k")  # problems: no figure of theirs is read late
        await settled(walk)
        await still(walk)
        for name in (*THEME_NAMES[1:],):
            await walk.command(f"theme {name}")
            await still(walk)
            picture(walk.app, f"theme-{name}-100x24")


async def test_picture_without_colours_and_with_plain_signs(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (100, 24), **{"ui.symbols": "ascii", "ui.colour": "never"}) as walk:
        await settled(walk)
        await still(walk)
        picture(walk.app, "ascii-monochrome-100x24")
