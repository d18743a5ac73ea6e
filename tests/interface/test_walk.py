"""The walk of an incident with keys only, on the embedded world: problems, why, logs, deploy, rollout, undo, scale, restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded import Walk, World, embedded_world, walking
from tests.outside import client


@pytest.fixture
def world() -> World:
    with embedded_world() as world:
        yield world


async def filtered(walk: Walk, command: str, text: str) -> None:
    """Open a kind narrowed to a text."""
    await walk.command(command)
    await walk.press("slash")
    await walk.type(text)
    await walk.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_from_the_problems_to_a_rollout_and_back(world: World, tmp_path: Path, size: tuple[int, int]) -> None:
    async with walking(world, tmp_path, size) as walk:
        await walk.until("checkout")
        await walk.press("exclamation_mark")
        await walk.until("1.8.3")
        problems = len(walk.app.screen.current.view)
        await walk.press("slash")
        await walk.type("checkout")
        await walk.press("enter")
        assert "checkout" in walk.line("1.8.3")
        assert f"Problems 1 of {problems}" in walk.screen(), "what the list leaves out is not counted"
        await walk.press("x")
        assert "1.8.3" in walk.screen() and "Why  shop/checkout" in walk.screen()
        await walk.press("escape", "l")
        await walk.until("checkout", seconds=60)
        assert "Logs" in walk.screen()
        await walk.press("escape")
        await walk.press("i")  # the problem proposes the last good revision: the plan comes at once
        await walk.until("[ Cancel ]", seconds=10, by=1)
        assert "checkout:41" in walk.screen() and "aws ecs update-service" in walk.screen(), walk.screen()
        await walk.press("tab", "enter")
        await walk.until("COMPLETED", seconds=600, by=10)
        await walk.press("U")
        await walk.until("[ Cancel ]", seconds=10, by=1)
        assert "checkout:42" in walk.screen(), "the undo's plan brings the revision before back"
        await walk.press("tab", "enter")
        await walk.until("accepted", seconds=60)
        assert walk.app.console_.runner.running, "the undo runs"
        await walk.press("escape")
        assert "1.8.3" not in walk.line("▲"), "what was mended is no problem any more"


async def act(walk: Walk, key: str, *values: str, seen: str) -> None:
    """Press an action's key, fill its form, confirm its plan with Tab and Enter."""
    await walk.press(key)
    for value in values:
        await walk.until("Enter go on", seconds=10, by=1)
        await walk.type(value)
        await walk.press("enter")
    await walk.until("[ ", seconds=10, by=1)
    assert seen in walk.screen(), walk.screen()
    if "[ Cancel ]" in walk.screen():
        await walk.press("tab")
    await walk.press("enter")


async def test_scale_and_restart_in_both_worlds(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 35)) as walk:
        await walk.until("pay/ledger")
        await filtered(walk, "services", "pay/ledger")
        assert "3/3" in walk.line("pay/ledger  ")
        await act(walk, "s", "5", seen="→")
        await walk.until("COMPLETED", seconds=120)
        assert " to " in walk.line("COMPLETED") and "since" not in walk.line("COMPLETED"), "from when to when it took"
        await walk.press("escape")
        await walk.until("5/5", seconds=60)

        await walk.press("escape")
        await filtered(walk, "deployments", "grafana")
        await walk.until("1 of ", seconds=60)
        await walk.press("U")
        await walk.until("nothing was done to grafana from here", seconds=10, by=1)
        assert "last was Scale pay/ledger: :rollouts Enter U" in walk.screen(), walk.screen()
        await walk.press("colon")
        await walk.type("rollouts")
        await walk.press("enter", "enter")
        await walk.until("U take it back", seconds=10, by=1)
        assert "pay/ledger" in walk.line("COMPLETED"), "the newest"
        await walk.press("escape", "escape")
        before = walk.line("grafana  ")
        assert before, walk.screen()
        await act(walk, "s", "6", seen="→")
        await walk.until("COMPLETED", seconds=120)
        await walk.press("escape")
        await walk.until("6/6", seconds=60)
        await act(walk, "r", seen="restart")
        await walk.until("COMPLETED", seconds=300)


async def test_a_new_revision_from_an_image(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 35)) as walk:
        await walk.until("shop/checkout")
        await filtered(walk, "services", "shop/checkout")
        await walk.press("i")
        await walk.until("or a revision", seconds=10, by=1)
        await walk.type("1.8.2")
        await walk.press("enter", "enter")
        await walk.until("checkout:43", seconds=10, by=1)
        assert "aws ecs register-task-definition" in walk.screen()
        await walk.press("tab", "enter")
        await walk.until("COMPLETED", seconds=600, by=10)


async def test_why_a_problem_is_one_follows_what_becomes_of_it(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 35)) as walk:
        await walk.until("shop/checkout", seconds=60)
        await filtered(walk, "problems", "checkout")
        await walk.until("not found in ECR", seconds=60)
        await walk.press("x")
        assert walk.line("not found in ECR").strip().startswith("✖"), walk.screen()
        assert "Events" in walk.screen() and "has started" in walk.words(), "what ECS said of the service"
        world.others.add("ecs:UpdateService")  # somebody else mends it meanwhile
        client(world.running.env, "ecs").update_service(cluster="shop", service="checkout", taskDefinition="checkout:41")
        await walk.until("● no problem any more: image checkout:1.8.3 not found in ECR", seconds=300)
