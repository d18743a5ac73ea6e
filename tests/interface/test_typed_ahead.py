"""Keys that arrive in one piece, as a slow line delivers them: those after ``/`` and ``:`` belong to the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual import events

from tests.embedded import Walk, World, embedded_world, walking

NAMED = {"\r": "enter", "/": "slash", ":": "colon", "!": "exclamation_mark"}


@pytest.fixture
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def burst(walk: Walk, keys: str) -> None:
    """All at once, nothing awaited between."""
    for key in keys:
        walk.app.post_message(events.Key(NAMED.get(key, key), key))
    await walk.pilot.pause()
    await walk.pilot.pause()


async def test_a_filter_and_a_command_typed_at_once_lose_no_key(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (80, 24)) as walk:
        await walk.until("checkout")
        await burst(walk, "/gateway\r")  # g, a, e, r … are keys of the table and commands of its rows
        await walk.until("filter /gateway", seconds=5, by=1)
        await burst(walk, ":problems\r")
        await walk.until("1.8.3", seconds=30)
        await burst(walk, "/checkout\r")
        await walk.until("filter /checkout", seconds=5, by=1)
