"""A rollout that is watched: its end, its events, tasks and targets, failed reads, a circuit breaker's rollback."""

from __future__ import annotations

import copy

import pytest

from tests.unit.action_fakes import (
    Desk,
    definition_arn,
    service_row,
    task,
    until,
)
from tests.unit.test_action_ecs import desk
from tui.model.errors import ApiError, Trouble
from tui.model.state import State

__all__ = ["desk"]


async def test_failed_rollout_offers_to_roll_back(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))

    def each() -> None:
        found = desk.aws.services["checkout"]["deployments"][0]
        found |= {
            "failedTasks": 3,
            "rolloutState": "FAILED",
            "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
        }

    await desk.finish(run, each)
    last = run.steps[-1]
    assert (last.status, last.state, last.offer) == ("FAILED", State.BROKEN, "ecs.rollback")
    assert "circuit breaker: tasks failed to start" in last.text


async def test_rollback_by_the_circuit_breaker_is_followed_to_its_end(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    looks = iter(range(1000))

    def each() -> None:
        found = desk.aws.services["checkout"]
        number = next(looks)
        if number == 3:
            found["deployments"][0] |= {
                "rolloutState": "FAILED",
                "rolloutStateReason": "ECS deployment circuit breaker: tasks failed",
            }
            desk.aws.begin_deployment(found, definition_arn("checkout:42"), "ECS deployment circuit breaker: rolling back")
        elif number == 12:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    assert [step.status for step in run.steps if step.status] == ["IN_PROGRESS", "FAILED", "ROLLBACK_IN_PROGRESS", "ROLLED_BACK"]
    assert "rolled back to checkout:42" in run.steps[-1].text
    assert run.state is State.BROKEN


async def test_rollout_that_another_deployment_replaced(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))

    def each() -> None:
        found = desk.aws.services["checkout"]
        desk.aws.begin_deployment(found, definition_arn("checkout:40"))
        found["deployments"] = found["deployments"][:1]

    await desk.finish(run, each)
    assert (run.steps[-1].status, run.steps[-1].state) == ("SUPERSEDED", State.DEGRADED)
    assert "checkout:40" in run.steps[-1].text


@pytest.mark.parametrize(("action", "values"), [("ecs.scale", {"count": "6"}), ("ecs.deploy", {"image": "1.8.2"})])
async def test_read_that_still_shows_the_service_as_it_was_is_no_end(desk: Desk, action: str, values: dict[str, str]) -> None:
    stale = copy.deepcopy(desk.aws.services["checkout"])
    plan = await desk.plan(action, service_row(), **values)
    run = await desk.runner.start(plan)
    await until(lambda: any(r.outcome == "done" for r in desk.journal.records))
    fresh = desk.aws.services["checkout"]
    looks = iter(range(1000))

    def each() -> None:
        desk.aws.services["checkout"] = fresh
        desk.aws.settle("checkout")
        if next(looks) < 6:
            desk.aws.services["checkout"] = stale

    await desk.finish(run, each)
    assert [step.status for step in run.steps if step.final] == ["COMPLETED"]


async def test_rollout_tells_events_tasks_targets_and_failures(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    started = {**task("9f2c1a77"), "startedBy": "ecs-svc/checkout-2", "lastStatus": "PENDING"}
    stopped = {**task("dead0001"), "startedBy": "ecs-svc/checkout-2", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
               "stoppedReason": "Essential container in task exited", "containers": [{"exitCode": 1}]}  # fmt: skip
    desk.aws._DescribeTargetHealth = lambda params: {  # type: ignore[attr-defined]
        "TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in ("healthy", "healthy", "initial")]
    }
    looks = iter(range(100))

    def each() -> None:
        found = desk.aws.services["checkout"]
        number = next(looks)
        if number == 1:
            found["loadBalancers"] = [{"targetGroupArn": "arn:tg"}]
            desk.aws.tasks = {t["taskArn"]: t for t in (started, stopped)}
            found["deployments"][0]["failedTasks"] = 1
            message = "(service checkout) has started 2 tasks: (task 9f2c1a77) (task dead0001)."
            found["events"] = [{"id": "e1", "createdAt": desk.clock.now(), "message": message}]
        if number == 5:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    texts = [step.text for step in run.steps]
    assert "started 2 tasks" in texts
    assert "task 9f2c1a77 is pulling its image" in texts
    assert "task dead0001 failed: Essential container in task exited (exit 1)" in texts
    failing = [step for step in run.steps if step.reason and not step.final]
    assert failing[-1].reason == "1 task failed: Essential container in task exited (exit 1)"
    assert {step.offer for step in failing if step.status} == {"ecs.rollback"}, "no breaker needs to trip for the offer"
    assert (run.steps[-1].status, run.steps[-1].offer, run.steps[-1].reason) == ("COMPLETED", "", "")
    bars = next(step.bars for step in run.steps if any(bar[0] == "targets" for bar in step.bars))
    assert bars[0] == ("new checkout:43", 0, 4, "1 starting (pulling its image)")
    assert bars[-1] == ("targets", 2, 3, "1 initial")


async def test_tasks_that_fail_alike_are_told_once_and_counted(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    looks = iter(range(100))

    def each() -> None:
        number = next(looks)
        found = desk.aws.services["checkout"]["deployments"][0]
        if number in (1, 9):
            for name in ("aaaa0001", "aaaa0002") if number == 1 else ("bbbb0001",):
                failed = {**task(name), "startedBy": "ecs-svc/checkout-2", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
                          "stopCode": "TaskFailedToStart", "stoppedReason": "CannotPullContainerError: none"}  # fmt: skip
                desk.aws.tasks[failed["taskArn"]] = failed
                found["failedTasks"] += 1
        if number == 2:  # one that the scheduler stopped is no failure
            stopped = {**task("cccc0001"), "startedBy": "ecs-svc/checkout-2", "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
                       "stopCode": "ServiceSchedulerInitiated", "stoppedReason": "Scaling activity"}  # fmt: skip
            desk.aws.tasks[stopped["taskArn"]] = stopped
        if number == 16:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    told = [step.text for step in run.steps if " failed" in step.text and step.text.startswith("task")]
    assert told == ["tasks aaaa0001, aaaa0002 failed: CannotPullContainerError: none", "task bbbb0001 failed likewise"]
    assert [step.reason for step in run.steps if step.reason][-1] == "3 tasks failed: CannotPullContainerError: none"


async def test_scaling_tells_its_new_tasks_alone_and_ends_with_a_full_bar(desk: Desk) -> None:
    old = {**task("0ld00001"), "startedBy": "ecs-svc/checkout-1", "createdAt": desk.clock.now() - 900}
    desk.aws.tasks = {old["taskArn"]: old}
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="6"))
    looks = iter(range(100))

    def each() -> None:
        number = next(looks)
        if number == 2:
            new = {**task("new00001"), "startedBy": "ecs-svc/checkout-1", "createdAt": desk.clock.now(), "lastStatus": "PENDING"}
            desk.aws.tasks[new["taskArn"]] = new
        if number == 7:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    texts = [step.text for step in run.steps]
    assert "task new00001 is pulling its image" in texts
    assert not any("0ld00001" in text for text in texts)
    assert run.steps[-1].bars[0][:3] == ("tasks", 6, 6)


async def test_reads_that_fail_while_watching_are_said_once_and_tried_again(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    looks = iter(range(100))

    def each() -> None:
        number = next(looks)
        if number < 4:
            desk.aws.faults["DescribeServices"] = [ApiError(Trouble.THROTTLED, "Rate exceeded")]
        elif number == 8:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    assert [step.text for step in run.steps].count("cannot be read now: Rate exceeded") == 1
    assert run.status == "COMPLETED"
