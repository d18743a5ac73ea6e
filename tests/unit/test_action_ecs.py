"""Deploying, rolling back, restarting and stopping on ECS: what a plan says, what it refuses, what is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.action_fakes import (
    REGISTRY,
    Desk,
    definition,
    definition_arn,
    service,
    service_row,
    task,
    task_row,
)
from tui.actions.base import Danger, InputError
from tui.actions.command_files import copy_text
from tui.actions.runner import PlanChanged
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


async def test_form_marks_the_image_that_is_in_use(desk: Desk) -> None:
    desk.aws.images["checkout", "1.8.3"] = desk.aws.images["checkout", "1.8.2"] | {"imageTags": ["1.8.3"]}
    fields = {field.id: field for field in await desk.runner.form("ecs.deploy", [service_row()])}
    assert [tag for tag, words in fields["image"].choices if words.endswith("  in use now")] == ["1.8.3"]


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
