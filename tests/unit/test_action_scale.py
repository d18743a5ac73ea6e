"""Scaling an ECS service: which counts, how dangerous, what is sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.action_fakes import (
    Desk,
    service,
    service_row,
)
from tests.unit.test_action_ecs import desk
from tui.actions.base import Danger, InputError
from tui.actions.plans import count_of
from tui.actions.runner import PlanRefused
from tui.model.errors import ApiError, Trouble

__all__ = ["desk"]


@given(st.text(max_size=30))
def test_any_text_as_a_count_is_a_number_in_bounds_or_an_input_error(text: str) -> None:
    try:
        count = count_of(text, "count", 5000, "quota")
    except InputError as error:
        assert error.field == "count"
        assert all(c.isprintable() for c in str(error))
        assert len(str(error)) < 120
    else:
        assert 0 <= count <= 5000
        assert int(text.strip()) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-1", "negative"), ("5001", "at most 5,000"), ("9" * 400, "too many"), ("", "not a whole number"),
        ("four", "not a whole number"), ("1e3", "not a whole number"), ("4.5", "not a whole number"), ("٤", "not a whole number"),
        ("\x1b[31m5", "not a whole number"), ("--3", "not a whole number"), ("+-3", "not a whole number"),
        ("- 3", "not a whole number"),
    ],
)  # fmt: skip
async def test_count_that_cannot_be_is_refused_in_words(desk: Desk, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        await desk.plan("ecs.scale", service_row(), count=text)
    assert "\x1b" not in str(caught.value)
    assert desk.aws.writes == []


@pytest.mark.parametrize(
    ("count", "danger", "typed"),
    [("6", Danger.SAFE, ""), ("3", Danger.CAUTION, ""), ("0", Danger.DESTRUCTIVE, "checkout"), ("12", Danger.CAUTION, "")],
)
async def test_danger_of_a_count(desk: Desk, count: str, danger: Danger, typed: str) -> None:
    desk.aws.targets = [{"ResourceId": "service/shop/checkout", "MinCapacity": 2, "MaxCapacity": 10}]
    plan = await desk.plan("ecs.scale", service_row(), count=count)
    assert (plan.danger, plan.typed) == (danger, typed)
    outside = (
        "above autoscaling's maximum of 10" if count == "12" else "below autoscaling's minimum" if count == "0" else "may change"
    )
    assert outside in plan.warnings[0]


async def test_scale_sends_the_count_alone_and_shows_the_command(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="6")
    reached = "--profile prod --region eu-west-1 --cluster shop --service checkout"
    assert plan.commands == (f"aws ecs update-service {reached} --desired-count 6",)
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    ((operation, params),) = desk.aws.writes
    assert operation == "UpdateService"
    assert set(params) == {"cluster", "service", "desiredCount"}


async def test_count_that_is_already_wanted_is_nothing_to_do(desk: Desk) -> None:
    assert "nothing to do" in (await desk.plan("ecs.scale", service_row(), count="4")).refusal


async def test_bulk_asks_for_the_number_of_rows(desk: Desk) -> None:
    desk.aws.services["search"] = service("search", "search:1")
    plan = await desk.runner.plan("ecs.scale", [service_row(), service_row("search")], {"count": "0"})
    assert plan.typed == "2"
    assert len(plan.changes) == len(plan.commands) == 2


async def test_daemon_has_no_count(desk: Desk) -> None:
    desk.aws.services["checkout"]["schedulingStrategy"] = "DAEMON"
    assert "DAEMON" in (await desk.plan("ecs.scale", service_row(), count="6")).refusal
    assert "DAEMON" in desk.runner.actions["ecs.scale"].unavailable([service_row(scheduling="DAEMON")])


@pytest.mark.parametrize("controller", ["CODE_DEPLOY", "EXTERNAL"])
async def test_count_of_other_controllers_may_be_set_but_nothing_deployed(desk: Desk, controller: str) -> None:
    desk.aws.services["checkout"]["deploymentController"] = {"type": controller}
    assert not (await desk.plan("ecs.scale", service_row(), count="6")).refusal
    for action, values in (("ecs.deploy", {"image": "1.8.2"}), ("ecs.rollback", {}), ("ecs.restart", {})):
        plan = await desk.plan(action, service_row(), **values)
        assert ("CodeDeploy" if controller == "CODE_DEPLOY" else "external controller") in plan.refusal
        with pytest.raises(PlanRefused):
            await desk.runner.start(plan)
    assert desk.aws.writes == []


async def test_daemon_is_not_deployed_to(desk: Desk) -> None:
    desk.aws.services["checkout"]["schedulingStrategy"] = "DAEMON"
    for action, values in (("ecs.deploy", {"image": "1.8.2"}), ("ecs.rollback", {})):
        assert "DAEMON" in (await desk.plan(action, service_row(), **values)).refusal
    assert not (await desk.plan("ecs.restart", service_row())).refusal


async def test_autoscaling_that_may_not_be_read_is_said(desk: Desk) -> None:
    desk.aws.faults["DescribeScalableTargets"] = [ApiError(Trouble.DENIED, "application-autoscaling is denied to ada")]
    plan = await desk.plan("ecs.scale", service_row(), count="6")
    assert "not known: application-autoscaling is denied" in plan.warnings[0]


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ([("aws:cloudformation:stack-name", "shop-stack")], "CloudFormation stack shop-stack"),
        ([("ManagedBy", "Terraform")], "Terraform owns this"),
        ([("terraform", "true")], "Terraform owns this"),
        ([("copilot-service", "api")], "Copilot service api"),
        ([("pipeline", "shop-main")], "pipeline shop-main"),
    ],
)
async def test_owner_is_named(desk: Desk, tags: list[tuple[str, str]], words: str) -> None:
    desk.aws.services["checkout"]["tags"] = [{"key": key, "value": value} for key, value in tags]
    for action, values in (("ecs.scale", {"count": "6"}), ("ecs.deploy", {"image": "1.8.2"}), ("ecs.restart", {})):
        plan = await desk.plan(action, service_row(), **values)
        assert any(words in warning for warning in plan.warnings), action


@pytest.mark.parametrize("pattern", [{"account": "4829*"}, {"cluster": "*:cluster/shop"}])
async def test_protected_place_asks_for_the_name_even_for_what_is_safe(tmp_path: Path, pattern: dict[str, str]) -> None:
    desk = Desk(tmp_path, **{"safety.protected": [pattern]})
    desk.aws.services["checkout"] = service("checkout", "checkout:42")
    plan = await desk.plan("ecs.scale", service_row(), count="6")
    assert (plan.danger, plan.typed) == (Danger.SAFE, "checkout")
    assert "protected: account 482913750164" in plan.warnings[0]
