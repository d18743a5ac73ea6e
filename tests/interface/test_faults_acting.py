"""Bad input and a world that changes under a plan: said in the dialog or in the last line; nothing is written by mistake."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.embedded import Walk, World, embedded_world, walking
from tests.outside import client
from tests.waiting import until
from tui.actions.base import Record
from tui.actions.journal import Journal


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def aws(world: World, service: str) -> Any:
    """Somebody else, at work in the same account."""
    world.others |= {"ecs:DeleteService", "ecr:BatchDeleteImage"}
    return client(world.running.env, service)


def written(world: World) -> dict[str, int]:
    """Calls that changed something."""
    reads = ("Describe", "List", "Get", "BatchGet", "Filter", "StartLiveTail", "list ", "get ", "watch ")
    reviews = "create /apis/authorization.k8s.io"
    return {name: n for name, n in world.calls().items() if not name.partition(":")[2].startswith((*reads, reviews))}


async def chosen(walk: Walk, kind: str, name: str) -> None:
    """The row ``name`` under the cursor of its list."""
    await walk.press("escape", "escape", "colon")
    await walk.type(kind)
    await walk.press("enter", "slash")
    await walk.type(name)
    await walk.press("enter")


@pytest.mark.parametrize(("kind", "name"), [("services", "pay/ledger"), ("deployments", "grafana")])
async def test_counts(world: World, tmp_path: Path, kind: str, name: str) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        await chosen(walk, kind, name)
        await walk.until(f"{name}  ", seconds=60)
        world.reset_calls()
        await walk.press("s")
        await walk.until("Enter go on", seconds=10, by=1)
        for text, sentence in {
            "-1": "must be at least 0",
            "9" * 15: "must be at most",
            "abc": "is not a whole number",
            "1e3": "is not a whole number",
            "5.5": "is not a whole number",
            " ": "is needed",
        }.items():
            await walk.press("ctrl+u")
            await walk.type(text)
            await walk.press("enter")
            assert sentence in walk.screen(), (text, walk.screen())
            assert "Enter go on" in walk.screen()
        assert written(world) == {}


async def planned(walk: Walk, key: str, value: str) -> None:
    """The plan of an action with one value."""
    await walk.press(key)
    await walk.until("Enter go on", seconds=10, by=1)
    await walk.type(value)
    await walk.press("enter")
    await walk.until("[ ", seconds=10, by=1)


async def confirmed(walk: Walk) -> None:
    if "[ Cancel ]" in walk.screen():
        await walk.press("tab")
    await walk.press("enter")
    await walk.step(1)


async def test_a_journal_that_cannot_be_written(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        await chosen(walk, "services", "pay/ledger")
        shutil.rmtree(tmp_path / "state", ignore_errors=True)
        (tmp_path / "state").write_text("a file where the directory should be")
        world.reset_calls()
        await planned(walk, "s", "4")
        await confirmed(walk)
        assert "state/journal.jsonl cannot be written" in " ".join(walk.screen().split()), walk.screen()
        assert "nothing is changed without it" in " ".join(walk.screen().split())
        assert written(world) == {}
        (tmp_path / "state").unlink()
        await planned(walk, "s", "4")
        await confirmed(walk)
        assert written(world) == {"ecs:UpdateService": 1}


async def test_an_image_that_vanished_between_plan_and_run(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("shop/search", seconds=30)
        await chosen(walk, "services", "shop/search")
        await walk.press("i")
        await walk.until("or a revision", seconds=10, by=1)
        await walk.type("4.1.0")
        await walk.press("enter", "enter")
        await walk.until("search:4.1.0", seconds=10, by=1)
        aws(world, "ecr").batch_delete_image(repositoryName="search", imageIds=[{"imageTag": "4.1.0"}])
        world.reset_calls()
        await confirmed(walk)
        assert "image search:4.1.0 not found in ECR" in walk.screen(), walk.screen()
        assert "changed since the plan was made" in walk.screen() and "[ Cancel ]" in walk.screen()
        assert written(world) == {}
        await walk.press("enter")
        assert "not found in ECR" not in walk.screen()
        await walk.press("i")
        await walk.until("or a revision", seconds=10, by=1)
        await walk.type("no-such-tag")
        await walk.press("enter", "enter")
        await walk.until("image search:no-such-tag not found in ECR", seconds=10, by=1)
        await walk.press("escape")


async def test_a_service_deleted_while_it_is_watched(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        await chosen(walk, "services", "pay/payouts")
        await walk.until("pay/payouts  ", seconds=10)
        await planned(walk, "s", "9")
        await confirmed(walk)
        await walk.until("IN_PROGRESS", seconds=20, by=1)
        aws(world, "ecs").delete_service(cluster="pay", service="payouts", force=True)
        await walk.until("somebody deletes the service", seconds=30, by=2)
        assert "GONE" in walk.screen()
        await walk.press("escape")
        await walk.until("Nothing matches", seconds=60)
        await walk.press("escape")
        assert "pay/ledger" in walk.screen()


async def test_a_row_that_goes_takes_no_action(world: World, tmp_path: Path) -> None:
    """What is being deleted refuses with a sentence, what is gone does nothing."""
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        await chosen(walk, "services", "pay/webhooks")
        assert walk.line("pay/webhooks  "), walk.screen()
        aws(world, "ecs").delete_service(cluster="pay", service="webhooks", force=True)
        world.reset_calls()
        await walk.step(5)
        await planned(walk, "s", "3")
        assert "webhooks is draining: ECS is deleting it" in walk.screen(), walk.screen()
        await confirmed(walk)
        await walk.until("Nothing matches", seconds=120)
        await walk.press("s")
        await walk.step(1)
        assert "Enter go on" not in walk.screen()
        assert written(world) == {}


async def test_an_intent_without_outcome_is_offered_at_the_next_start_and_settled(world: World, tmp_path: Path) -> None:
    """What a session that was killed amid a call left behind: said at once, until a key; then read, never done again."""
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        row = next(row for row in walk.store.rows("services") if row.name == "ledger")
    left = Record(
        id="left",
        time=world.time,
        outcome="intent",
        action="ecs.scale",
        title="Scale",
        who="arn:aws:iam::111122223333:user/anna",
        where="eu-west-1",
        target=row.key,
        target_name="pay/ledger",
        scope=row.scope,
        before={"desiredCount": 3},
        after={"desiredCount": 9},
        locator={"cluster": row.scope.cluster, "service": "ledger"},
    )
    Journal(tmp_path / "state").write(left)
    async with walking(world, tmp_path) as walk:
        said = "1 action of an earlier session has no known outcome   :settle reads what became of it, :journal lists it"
        await until(lambda: said in walk.screen(), walk.screen)
        world.reset_calls()
        await walk.command("settle")
        await until(lambda: "pay/ledger: failed" in walk.screen(), walk.screen)
        assert written(world) == {}
        assert walk.app.console_.runner is not None and walk.app.console_.runner.unfinished == ()
    outcomes = [(record.id, record.outcome) for record in Journal(tmp_path / "state").latest()]
    assert outcomes == [("left", "failed")]


async def test_ctrl_c_while_a_confirmed_plan_is_checked_changes_nothing(world: World, tmp_path: Path) -> None:
    """Between the confirmation and the first write everything is read once more: who hangs there can still be left."""
    async with walking(world, tmp_path) as walk:
        await chosen(walk, "services", "pay/ledger")
        await walk.press("r")
        await walk.until("[ Cancel ]", seconds=20, by=1)
        world.reset_calls()
        world.faults(rules=[{"kind": "latency", "service": "*", "seconds": 600}])
        try:
            await walk.press("tab", "enter", "ctrl+c")
            assert "stopped: nothing was changed" in walk.screen(), walk.screen()
        finally:
            world.faults(rules=[])
        runner = walk.app.console_.runner
        assert runner is not None and not runner.runs and not runner.running
        assert written(world) == {} and not Journal(tmp_path / "state").latest()
        await walk.press("r")
        await walk.until("[ Cancel ]", seconds=20, by=1)
        await walk.press("escape")
