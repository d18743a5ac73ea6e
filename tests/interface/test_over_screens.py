"""What stands on every screen and works everywhere: line 1, and the command line; and what narrowing does to a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import Walk, World, embedded_world, walking


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def line(walk: Walk, text: str) -> None:
    """A line of the ``:`` prompt."""
    await walk.press("colon")
    await walk.type(text)
    await walk.press("enter")


async def test_every_screen_says_where_one_is_and_takes_commands(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/checkout", seconds=60)
        for key, title in (("d", "Describe  "), ("x", "Why  "), ("question_mark", "Keys that work"), ("l", "Logs  ")):
            await line(walk, "services")
            await walk.press(key)
            await walk.until(title, seconds=10, by=1)
            first = walk.screen().splitlines()[0]
            assert "harbour-prod" in first, walk.screen()
            assert "eu-west-1" in first
            assert "ecs ●" in first
            await walk.press("colon")
            await walk.type("pod")
            assert "pods" in walk.screen().splitlines()[-1], "it completes there too"
            await walk.type("s cart")
            await walk.press("enter")
            await walk.until("Pods 2", seconds=30, by=2)
            assert title not in walk.screen()
            await walk.press("0")
        await walk.press("d")
        await line(walk, "sources")
        await line(walk, "nonsense")
        assert "no kind or command is called 'nonsense'" in walk.screen()
        assert "Pods" in walk.screen(), "back on the list, where the sentence stands"
        await walk.press("d", "colon", "escape")
        assert "Describe" in walk.screen(), "Esc leaves the line only"
        await walk.press("escape")
        assert "Describe" not in walk.screen()


async def test_a_namespace_is_no_column_where_there_is_only_one(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await line(walk, "pods")
        await walk.until("cart-", seconds=30)
        assert "NAMESPACE" in walk.screen()
        await line(walk, "pods cart")
        assert "NAMESPACE" not in walk.screen()
        assert "all namespaces" not in walk.screen()
        await walk.press("0")
        assert "NAMESPACE" in walk.screen()
        await line(walk, "deployments")
        await walk.until("cart-web", seconds=30)
        await walk.press("slash")
        await walk.type("cart-web")
        await walk.press("enter", "enter")
        await walk.until("Pods ", seconds=10, by=1)
        assert "NAMESPACE" not in walk.screen(), "all pods of a deployment are of its namespace"


@pytest.mark.parametrize(("size", "shown"), [((200, 50), True), ((120, 35), False), ((80, 24), False)])
async def test_evidence_stands_beside_a_problem_where_there_is_room(
    world: World, tmp_path: Path, size: tuple[int, int], shown: bool
) -> None:
    async with walking(world, tmp_path, size) as walk:
        await walk.press("exclamation_mark")
        await walk.until("checkout:1.8.3 not found", seconds=60)
        assert ("EVIDENCE" in walk.screen()) is shown
        rows = walk.screen().splitlines()
        below = " ".join(text.strip() for text in rows[-4 if size[0] == 80 else -3 : -1])
        assert "last good :41" in below, "evidence stands below the list in any case"
        if size[0] == 80:
            assert "deploy last good :41" in below, "so does the next step, where its column has no room"
        if shown:
            assert "since deployment of :42" in walk.line("image checkout:1.8.3 not found")
            assert "i deploy last good" in walk.line("image checkout:1.8.3 not found")
