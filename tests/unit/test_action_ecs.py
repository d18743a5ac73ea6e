"""Plans and rollouts on ECS: what they say, what they refuse, what is sent."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.action_fakes import (
    REGISTRY,
    Desk,
    definition,
    definition_arn,
    service,
    service_row,
    task,
    task_row,
    until,
)
from tui.actions.base import Danger, InputError
from tui.actions.command_files import copy_text
from tui.actions.plans import count_of
from tui.actions.runner import PlanChanged, PlanRefused
from tui.model.errors import ApiError, Trouble
from tui.model.state import State

PUSHED = 1_700_000_000.0 - 3 * 86400


def image(tag: str) -> dict[str, Any]:
    return {"imageDigest": f"sha256:{tag:0>64}", "imageTags": [tag], "imagePushedAt": PUSHED, "imageSizeInBytes": 84_000_000}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.aws.services["checkout"] = service("checkout", "checkout:42", 4)
    for revision, tag in ((40, "1.8.1"), (41, "1.8.2"), (42, "1.8.3")):
        desk.aws.definitions[f"checkout:{revision}"] = definition(f"checkout:{revision}", f"checkout:{tag}")
        if tag != "1.8.3":
            desk.aws.images["checkout", tag] = image(tag)
    return desk


# scale


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


# deploy


async def test_deploy_says_what_happens(desk: Desk) -> None:
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    assert [(c.label, c.old, c.new) for c in plan.changes] == [
        ("image", "checkout:1.8.3", "checkout:1.8.2"),
        ("task definition", "checkout:42", "checkout:43"),
    ]
    assert "pushed 3d ago" in plan.changes[0].note
    assert plan.effects == (
        "4 tasks replaced, at most 8 run at once (200%), at least 4 stay (100%)",
        "meanwhile up to 2 vCPU and 4 GB more",
    )
    assert plan.undo == "U brings back checkout:42"
    assert plan.danger is Danger.CAUTION
    assert [line for line in plan.diff if line.startswith(("+ ", "- "))] == [
        f'-      "image": "{REGISTRY}/checkout:1.8.3",',
        f'+      "image": "{REGISTRY}/checkout:1.8.2",',
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.8.2", f"{REGISTRY}/checkout:1.8.2"),
        (":1.8.2", f"{REGISTRY}/checkout:1.8.2"),
        ("checkout:1.8.2", f"{REGISTRY}/checkout:1.8.2"),
        (f"{REGISTRY}/checkout:1.8.2", f"{REGISTRY}/checkout:1.8.2"),
        ("sha256:" + "1.8.2".zfill(64).replace(".", "0"), f"{REGISTRY}/checkout@sha256:" + "1.8.2".zfill(64).replace(".", "0")),
        ("docker.io/library/nginx:1.27", "docker.io/library/nginx:1.27"),
    ],
)
async def test_image_may_be_a_tag_a_digest_a_short_name_or_a_reference(desk: Desk, typed: str, meant: str) -> None:
    desk.aws.images["checkout", meant.rpartition("@")[2]] = image("1.8.2")
    plan = await desk.plan("ecs.deploy", service_row(), image=typed)
    assert plan.steps["items"][0].detail["image"] == meant
    assert any("is not ECR" in w for w in plan.warnings) == meant.startswith("docker.io")


@pytest.mark.parametrize(
    "typed",
    [
        "a b",
        "-x",
        "x/",
        "sha256:notadigest",
        "SHA256:" + "A" * 64,
        "\x1b[0m",
        "repo:tag with space",
        "sha256:zz/y",
        "é",
        "a" * 600,
        "x@y",
    ],
)
async def test_image_that_is_none_is_an_input_error(desk: Desk, typed: str) -> None:
    with pytest.raises(InputError, match="not an image"):
        await desk.plan("ecs.deploy", service_row(), image=typed)


async def test_image_that_does_not_exist_is_refused_with_its_name(desk: Desk) -> None:
    plan = await desk.plan("ecs.deploy", service_row(), image="9.9.9")
    assert plan.refusal == "image checkout:9.9.9 not found in ECR (482913750164, eu-west-1)"


async def test_image_that_vanished_between_plan_and_run_changes_nothing(desk: Desk) -> None:
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    del desk.aws.images["checkout", "1.8.2"]
    with pytest.raises(PlanChanged, match=r"checkout:1\.8\.2 not found") as caught:
        await desk.runner.start(plan)
    assert "not found in ECR" in caught.value.plan.refusal
    assert desk.aws.writes == []


async def test_deploy_registers_then_updates_with_the_revision_alone_and_is_watched(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    looks = iter(range(100))

    def each() -> None:
        if next(looks) == 5:
            desk.aws.settle("checkout")

    await desk.finish(run, each)
    (register, request), (update, params) = desk.aws.writes
    assert (register, update) == ("RegisterTaskDefinition", "UpdateService")
    assert request["containerDefinitions"][0]["image"] == f"{REGISTRY}/checkout:1.8.2"
    assert params.keys() == {"cluster", "service", "taskDefinition"}
    assert params["taskDefinition"] == definition_arn("checkout:43")
    assert (run.status, run.state) == ("COMPLETED", State.WELL)
    assert run.steps[1].bars == (("new checkout:43", 0, 4, "4 starting"), ("old checkout:42", 4, 4, ""))


async def test_undo_of_a_deploy_brings_the_old_revision_back_even_if_its_image_is_gone(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    await desk.finish(run, lambda: desk.aws.settle("checkout"))
    desk.start()
    plan = await desk.plan("undo", service_row())
    assert not plan.refusal
    assert ("task definition", "checkout:43", "checkout:42") in [(c.label, c.old, c.new) for c in plan.changes]
    assert any("checkout:1.8.3 not found in ECR" in warning for warning in plan.warnings)
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    assert desk.aws.services["checkout"]["taskDefinition"] == definition_arn("checkout:42")


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


async def test_register_whose_answer_was_lost_is_found_by_reading_and_not_made_twice(desk: Desk) -> None:
    lost = ApiError(Trouble.UNREACHABLE, "timed out")

    def lose(operation: str) -> None:
        if operation == "RegisterTaskDefinition":
            raise lost

    desk.aws.before_answer = lose
    run = await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2"))
    await desk.finish(run, lambda: desk.aws.settle("checkout"))
    assert [operation for operation, _ in desk.aws.writes] == ["RegisterTaskDefinition", "UpdateService"]
    assert desk.aws.services["checkout"]["taskDefinition"] == definition_arn("checkout:43")
    assert run.status == "COMPLETED"


async def test_update_that_fails_says_that_a_revision_was_registered(desk: Desk) -> None:
    desk.aws.faults["UpdateService"] = [ApiError(Trouble.INVALID, "The service is not ACTIVE")]
    run = await desk.finish(await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2")))
    assert (
        desk.journal.latest()[0].detail == "The service is not ACTIVE (checkout:43 was registered, the service was not changed)"
    )
    assert run.state is State.BROKEN


async def test_member_that_the_model_lacks_refuses_and_is_named(desk: Desk) -> None:
    desk.aws.unknown = ["containerDefinitions[0].newThing"]
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    assert "containerDefinitions[0].newThing" in plan.refusal
    assert not (await desk.plan("ecs.deploy", service_row(), revision="checkout:41")).refusal


async def test_revision_that_exists_is_deployed_without_registering(desk: Desk) -> None:
    plan = await desk.plan("ecs.deploy", service_row(), revision="41")
    assert [right.name for right in plan.rights] == ["ecs:UpdateService"]
    assert plan.changes[0].new == "checkout:1.8.2"
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    assert [operation for operation, _ in desk.aws.writes] == ["UpdateService"]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"revision": "checkout:99"}, "no task definition checkout:99"),
        ({"revision": "42"}, "runs checkout:42 already"),
        ({"image": "1.8.3"}, "runs checkout:1.8.3 already"),
    ],
)
async def test_deploy_that_makes_no_sense_is_refused(desk: Desk, values: dict[str, str], words: str) -> None:
    assert words in (await desk.plan("ecs.deploy", service_row(), **values)).refusal


async def test_inactive_revision_is_refused(desk: Desk) -> None:
    desk.aws.definitions["checkout:41"]["taskDefinition"]["status"] = "INACTIVE"
    assert "checkout:41 is INACTIVE" in (await desk.plan("ecs.deploy", service_row(), revision="41")).refusal


async def test_nothing_or_both_chosen_is_an_input_error(desk: Desk) -> None:
    with pytest.raises(InputError, match="choose an image"):
        await desk.plan("ecs.deploy", service_row())
    with pytest.raises(InputError, match="not both"):
        await desk.plan("ecs.deploy", service_row(), image="1.8.2", revision="41")
    assert not (await desk.plan("ecs.deploy", service_row(), image="1.8.3", revision="41")).refusal
    with pytest.raises(InputError, match="not a revision"):
        await desk.plan("ecs.deploy", service_row(), revision="a b")
    with pytest.raises(InputError, match="no container 'nope'"):
        await desk.plan("ecs.deploy", service_row(), image="1.8.2", container="nope")


async def test_form_offers_images_newest_first_and_revisions(desk: Desk) -> None:
    desk.aws.images["checkout", "1.8.1"]["imagePushedAt"] = PUSHED - 86400
    fields = {field.id: field for field in await desk.runner.form("ecs.deploy", [service_row()])}
    assert [tag for tag, _ in fields["image"].choices] == ["1.8.2", "1.8.1"]
    assert fields["image"].default == "1.8.3"
    assert [name for name, _ in fields["revision"].choices] == ["checkout:42", "checkout:41", "checkout:40"]
    assert "container" not in fields


async def test_last_good_revision_is_the_last_successful_deployments(desk: Desk) -> None:
    desk.aws._ListServiceDeployments = lambda params: {  # type: ignore[method-assign]
        "serviceDeployments": [
            {"createdAt": "2026-01-02", "targetServiceRevisionArn": "rev-40"},
            {"createdAt": "2026-01-01", "targetServiceRevisionArn": "rev-41"},
        ]
    }
    made = {"rev-40": definition_arn("checkout:40"), "rev-41": definition_arn("checkout:41")}
    desk.aws._DescribeServiceRevisions = lambda params: {  # type: ignore[attr-defined]
        "serviceRevisions": [{"serviceRevisionArn": arn, "taskDefinition": made[arn]} for arn in params["serviceRevisionArns"]]
    }
    plan = await desk.plan("ecs.deploy", service_row(), revision="last-good")
    assert plan.changes[-1].new == "checkout:40"
    assert (await desk.plan("ecs.rollback", service_row())).changes[-1].new == "checkout:40"
    (field,) = await desk.runner.form("ecs.rollback", [service_row()])
    assert field.default == "checkout:40"


async def test_roll_back_without_history_takes_the_revision_before(desk: Desk) -> None:
    desk.aws.faults["ListServiceDeployments"] = [ApiError(Trouble.DENIED, "denied")]
    plan = await desk.plan("ecs.rollback", service_row())
    assert (plan.changes[-1].old, plan.changes[-1].new) == ("checkout:42", "checkout:41")
    await desk.finish(await desk.runner.start(plan), lambda: desk.aws.settle("checkout"))
    assert desk.journal.latest()[0].action == "ecs.rollback"


async def test_roll_back_of_a_first_revision_is_refused(desk: Desk) -> None:
    desk.aws.definitions = {"checkout:42": desk.aws.definitions["checkout:42"]}
    assert "no earlier revision" in (await desk.plan("ecs.rollback", service_row())).refusal


async def test_copied_command_refers_to_a_private_file_with_the_request(desk: Desk) -> None:
    container = desk.aws.definitions["checkout:42"]["taskDefinition"]["containerDefinitions"][0]
    container["environment"] = [{"name": "DB", "value": "hunter2-hunter2"}]
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    text = await copy_text(plan, desk.runner.context)
    path = desk.settings.state_dir / "commands" / "checkout-43.json"
    assert f"--cli-input-json file://{path}" in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert "hunter2-hunter2" in path.read_text()
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("count", "low", "high", "words"),
    [
        (4, 100, 200, "4 tasks replaced, at most 8 run at once (200%), at least 4 stay (100%)"),
        (3, 50, 150, "3 tasks replaced, at most 4 run at once (150%), at least 2 stay (50%)"),
        (1, 0, 100, "1 task replaced, at most 1 run at once (100%), at least 0 stay (0%)"),
        (0, 100, 200, "the service wants no tasks: nothing starts until it is scaled up"),
    ],
)
async def test_effects_of_the_percentages(desk: Desk, count: int, low: int, high: int, words: str) -> None:
    percents = {"minimumHealthyPercent": low, "maximumPercent": high}
    desk.aws.services["checkout"] = service("checkout", "checkout:42", count, deploymentConfiguration=percents)
    plan = await desk.plan("ecs.restart", service_row())
    assert plan.effects[0] == words
    if (low, count) == (0, 1):
        assert "can be down" in plan.effects[1]


async def test_restart_forces_a_new_deployment_and_has_no_undo(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.restart", service_row()))
    await desk.finish(run, lambda: desk.aws.settle("checkout"))
    assert desk.aws.writes[0][1].keys() == {"cluster", "service", "forceNewDeployment"}
    assert "cannot be taken back" in (await desk.plan("undo", service_row())).refusal


# stop


async def test_task_of_a_service_is_caution_and_a_standalone_one_destructive(desk: Desk) -> None:
    for one in (task("aaaa"), task("bbbb", "family:batch")):
        desk.aws.tasks[one["taskArn"]] = one
    owned = await desk.plan("ecs.stop", task_row("aaaa"))
    alone = await desk.plan("ecs.stop", task_row("bbbb"))
    assert (owned.danger, owned.typed) == (Danger.CAUTION, "")
    assert owned.effects[0] == "service checkout starts another for it"
    assert (alone.danger, alone.typed) == (Danger.DESTRUCTIVE, "bbbb")
    assert "nothing starts another" in alone.effects[0]
    both = await desk.runner.plan("ecs.stop", [task_row("aaaa"), task_row("bbbb")], {})
    assert (both.danger, both.typed) == (Danger.DESTRUCTIVE, "2")


async def test_stop_is_watched_until_the_task_has_stopped(desk: Desk) -> None:
    one = task("aaaa")
    desk.aws.tasks[one["taskArn"]] = one
    run = await desk.runner.start(await desk.plan("ecs.stop", task_row("aaaa")))
    states = iter(["DEACTIVATING", "STOPPING", "STOPPED"])

    def each() -> None:
        if one["desiredStatus"] == "STOPPED":
            one["lastStatus"] = next(states, "STOPPED")

    await desk.finish(run, each)
    assert desk.aws.writes[0][1].keys() == {"cluster", "task", "reason"}
    assert (run.status, run.steps[-1].text) == ("COMPLETED", "task aaaa stopped")


async def test_task_that_stopped_meanwhile_is_refused(desk: Desk) -> None:
    one = task("aaaa")
    desk.aws.tasks[one["taskArn"]] = one
    plan = await desk.plan("ecs.stop", task_row("aaaa"))
    one |= {"desiredStatus": "STOPPED", "lastStatus": "STOPPED"}
    with pytest.raises(PlanChanged) as caught:
        await desk.runner.start(plan)
    assert "stopped already" in caught.value.plan.refusal
    assert desk.aws.writes == []
    del desk.aws.tasks[one["taskArn"]]
    assert "does not exist" in (await desk.plan("ecs.stop", task_row("aaaa"))).refusal
