"""Raising the maximum of a service's autoscaling together with its count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.action_fakes import SCOPE, Desk, service, service_row
from tui.actions.base import Danger, InputError
from tui.model import Key
from tui.model.errors import ApiError, Trouble
from tui.model.monitoring import ScalableTargetRow
from tui.model.state import State
from tui.store import Store

RESOURCE = "service/shop/checkout"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.aws.services["checkout"] = service("checkout", "checkout:42", 6)
    desk.aws.targets = [{"ResourceId": RESOURCE, "MinCapacity": 2, "MaxCapacity": 6}]
    store = Store(desk.clock)
    key = Key.of("scalable-targets", SCOPE, RESOURCE)
    target = ScalableTargetRow(key=key, scope=SCOPE, name=RESOURCE, resource=RESOURCE, minimum=2, maximum=6)
    store.upsert([target], store.stamp())
    desk.start(store)
    return desk


async def test_form_says_the_bounds_and_offers_another_maximum(desk: Desk) -> None:
    count, maximum = await desk.runner.form("ecs.scale", [service_row(desired=6)])
    assert count.help == "autoscaling keeps it between 2 and 6"
    assert (maximum.id, maximum.default, maximum.minimum) == ("maximum", "6", 2)
    assert len(await desk.runner.form("ecs.scale", [service_row(desired=6), service_row("search", desired=6)])) == 1


async def test_the_maximum_is_raised_before_the_count_and_both_come_back_by_undo(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="9", maximum="12")
    assert [(c.label, c.old, c.new) for c in plan.changes] == [("tasks wanted", "6", "9"), ("scaling maximum", "6", "12")]
    assert plan.undo == "U brings back 6 and the maximum of 6"
    assert any("2 to 12" in warning for warning in plan.warnings) and plan.danger is Danger.SAFE
    assert [right.name for right in plan.rights] == ["ecs:UpdateService", "application-autoscaling:RegisterScalableTarget"]
    assert "--max-capacity 12" in plan.commands[0] and "--desired-count 9" in plan.commands[1]
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    assert [name for name, _ in desk.aws.writes] == ["RegisterScalableTarget", "UpdateService"]
    assert desk.aws.writes[0][1] == {
        "ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount", "ResourceId": RESOURCE, "MaxCapacity": 12,
    }  # fmt: skip
    undo = await desk.plan("undo", service_row())
    assert ("scaling maximum", "12", "6") in [(c.label, c.old, c.new) for c in undo.changes]
    await desk.finish(await desk.runner.start(undo), lambda: desk.aws.settle("checkout"))
    assert desk.aws.targets[0]["MaxCapacity"] == 6 and desk.aws.services["checkout"]["desiredCount"] == 6


async def test_the_maximum_alone_touches_no_count(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="6", maximum="10")
    assert len(plan.commands) == 1
    run = await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"), seconds=10)
    assert run.status == "COMPLETED"
    assert [name for name, _ in desk.aws.writes] == ["RegisterScalableTarget"]


async def test_an_unchanged_maximum_is_not_written(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5", maximum="6")
    assert [right.name for right in plan.rights] == ["ecs:UpdateService"]
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    assert [name for name, _ in desk.aws.writes] == ["UpdateService"]


@pytest.mark.parametrize("maximum", ["1", "-3", "x", "99999"])
async def test_a_maximum_that_cannot_be(desk: Desk, maximum: str) -> None:
    with pytest.raises(InputError) as wrong:
        await desk.plan("ecs.scale", service_row(), count="6", maximum=maximum)
    assert wrong.value.field == "maximum"


async def test_a_count_that_fails_after_the_maximum_says_so(desk: Desk) -> None:
    desk.aws.faults["UpdateService"] = [ApiError(Trouble.DENIED, "ecs:UpdateService is denied", operation="ecs:UpdateService")]
    run = await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="9", maximum="12")))
    assert run.state is State.BROKEN
    assert "autoscaling's maximum is 12 now, the count was not changed" in run.steps[-1].text


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_lost_answer_about_the_maximum_is_settled_by_reading(desk: Desk, arrives: bool) -> None:
    lost = ApiError(Trouble.UNREACHABLE, "timed out", operation="application-autoscaling:RegisterScalableTarget")
    desk.aws.faults["RegisterScalableTarget"] = [lost]
    plan = await desk.plan("ecs.scale", service_row(), count="9", maximum="12")
    run = await desk.runner.start(plan)
    if arrives:
        desk.aws.targets[0]["MaxCapacity"] = 12
    await desk.finish(run, lambda: desk.aws.settle("checkout"))
    assert [name for name, _ in desk.aws.writes][1:] == (["UpdateService"] if arrives else [])
