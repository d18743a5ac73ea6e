"""Faults while the console runs: a sentence in its place, rows stay and say how old they are, the rest goes on, all recovers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.embedded import Walk, World, embedded_world, walking

CALM: dict[str, Any] = {
    "rules": [],
    "kubernetes": {
        "throttle": 0,
        "errors": 0,
        "expired": False,
        "html": 0,
        "truncated": 0,
        "forbidden": [],
        "forbidden_groups": [],
    },
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


@asynccontextmanager
async def calm(world: World, folder: Path) -> AsyncIterator[Walk]:
    """The console with its first rows; faults end with the block."""
    try:
        async with walking(world, folder, (120, 30)) as walk:
            await walk.until("pay/ledger", seconds=30)
            yield walk
    finally:
        world.faults(**CALM)


def words(walk: Walk) -> str:
    return " ".join(walk.screen().split())


async def recovered(walk: Walk, world: World) -> None:
    """Faults end; one try later nothing is said any more."""
    world.faults(**CALM)
    await walk.press("ctrl+r")
    await walk.step(40)
    await walk.step(5)
    assert "ctrl-r now" not in words(walk), walk.screen()


async def test_aws_in_every_weather(world: World, tmp_path: Path) -> None:
    """Service by service in one session: what is said, that the rows stay with their age, that pods go on, and the way back."""
    weather = {
        "denied": "ecs:DescribeServices is denied to assumed-role/PowerUser/demo",
        "throttled": "is throttled: Rate exceeded asked less often until it is over",
        "truncated": "JSON that ends in the middle a proxy or a sign-in page",
        "expired": "expired: renew the credentials reads go on by themselves",
    }
    async with calm(world, tmp_path) as walk:
        for kind, sentence in weather.items():
            world.faults(rules=[{"kind": kind, "service": "ecs", "operation": "DescribeServices"}])
            await walk.press("f1")
            await walk.step(6)
            await walk.step(6)
            assert sentence in words(walk), (kind, walk.screen())
            for part in ("again ", "ctrl-r now", "rows are from", "shop/checkout"):
                assert part in words(walk), (kind, part, walk.screen())
            assert "ecs ●" not in walk.screen() and "eks ●" in walk.screen()
            await walk.press("f4")
            assert "ctrl-r now" not in words(walk) and "cart" in walk.screen()
            await walk.press("f1")
            await recovered(walk, world)
            assert "ecs ●" in walk.screen(), walk.screen()
        await walk.command("errors")
        assert "expired: renew" in walk.screen() and "cannot be read" in walk.screen()


async def test_one_api_of_many_is_denied(world: World, tmp_path: Path) -> None:
    async with calm(world, tmp_path) as walk:
        world.faults(rules=[{"kind": "denied", "service": "ecr"}])
        await walk.press("f3")
        await walk.step(6)
        assert "ecr:DescribeRepositories is denied to assumed-role/PowerUser/demo" in words(walk), walk.screen()
        assert "the role needs ecr:DescribeRepositories" in words(walk) and "again " in words(walk)
        assert "ecr ✖" in walk.screen() and "ecs ●" in walk.screen()
        await walk.press("f1")
        assert "pay/ledger" in walk.screen() and "ctrl-r now" not in words(walk)
        await walk.press("f3")
        await recovered(walk, world)
        await walk.until("checkout", seconds=60)


async def test_slow_answers_hold_nothing(world: World, tmp_path: Path) -> None:
    """While an answer takes its time keys are answered from what is there."""
    async with calm(world, tmp_path) as walk:
        world.faults(rules=[{"kind": "latency", "service": "*", "seconds": 1.5}])
        walk.app.console_.clock.advance(10)  # type: ignore[attr-defined]
        await walk.press("slash")
        await walk.type("ledger")
        await walk.press("enter")
        assert "Services 1 of 4" in walk.screen()
        await walk.press("escape", "f4")
        assert "cart" in walk.screen()


async def test_clusters_in_every_weather(world: World, tmp_path: Path) -> None:
    weather: dict[str, tuple[dict[str, Any], str]] = {
        "expired": ({"expired": True}, "does not accept the credentials (401 Unauthorized)"),
        "html": ({"html": 80}, "answered 200 with an HTML page, which no Kubernetes API does"),
        "errors": ({"errors": 80}, "Internal error occurred"),
        "throttle": ({"throttle": 80}, "asks for patience"),
        "denied": ({"forbidden_groups": ["pods"]}, "pods is forbidden: User"),
    }
    async with calm(world, tmp_path) as walk:
        await walk.press("f4")
        await walk.until("cart-", seconds=30)
        for name, (faults, sentence) in weather.items():
            world.faults(kubernetes={**faults, "cut": 1})
            await walk.step(3)
            await walk.step(3)
            assert sentence in words(walk), (name, walk.screen())
            for part in ("again ", "ctrl-r now", "rows are from", "cart-"):
                assert part in words(walk), (name, part, walk.screen())
            assert "ecs ✖" not in walk.screen()
            await recovered(walk, world)
            assert "eks ●" in walk.screen(), (name, walk.screen())


async def test_a_cluster_that_is_read_by_namespace(world: World, tmp_path: Path) -> None:
    async with calm(world, tmp_path) as walk:
        await walk.press("f4")
        await walk.until("cart-", seconds=30)
        world.faults(kubernetes={"forbidden": ["*", "payments"], "cut": 1})
        await walk.step(3)
        await walk.step(3)
        assert "you may not list pods in payments again " in words(walk), walk.screen()
        assert "cart-" in walk.screen() and "eks ✖" in walk.screen()
        await recovered(walk, world)
