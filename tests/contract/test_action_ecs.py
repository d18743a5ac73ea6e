"""Actions on ECS over real HTTP against the embedded world, its clock moved by the test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.action_world import WorldDesk, desk, running
from tui.actions.discovery import actions
from tui.actions.policies import lacking, operator_policy
from tui.actions.revisions import READ_ONLY, read_whole, registration, with_image
from tui.actions.runner import PlanChanged, PlanRefused
from tui.model.errors import ApiError, Trouble
from tui.model.state import State
from tui.simulator.launch import Running
from tui.sources.declared import READS as HUB_READS

__all__ = ["desk", "running"]


WRITES = re.compile(
    r":(Update|Register|Deregister|Stop|Run|Create|Delete|Put|Tag|Untag|Execute)|k8s:(patch|put|post|delete)", re.I
)


async def test_deploy_the_previous_image_to_completed_and_undo(desk: WorldDesk) -> None:
    row = await desk.service("shop", "checkout")
    before = await read_whole(row.scope, (await desk.described("shop", "checkout"))["taskDefinition"], desk.runner.context)
    fields = {field.id: field for field in await desk.runner.form("ecs.deploy", [row])}
    assert "1.8.2" in [tag for tag, _ in fields["image"].choices]
    assert "1.8.3" not in [tag for tag, _ in fields["image"].choices]
    plan, run = await desk.go("ecs.deploy", row, image="1.8.2")
    assert plan.changes[0].new == "checkout:1.8.2"
    assert any("CloudFormation" in warning for warning in plan.warnings)
    assert (run.status, run.state) == ("COMPLETED", State.WELL), [step.text for step in run.steps]
    assert any(step.bars and step.bars[0][0] == "new checkout:43" for step in run.steps)
    assert any(re.match(r"task \w{8} (runs|is healthy)", step.text) for step in run.steps)

    after = await read_whole(row.scope, (await desk.described("shop", "checkout"))["taskDefinition"], desk.runner.context)
    main = before["taskDefinition"]["containerDefinitions"][0]
    image = main["image"].replace("1.8.3", "1.8.2")
    assert registration(after) == with_image(registration(before), main["name"], image)
    assert set(after["taskDefinition"]) - set(registration(after)) <= READ_ONLY

    undo = await desk.runner.plan("undo", [row])
    assert ("task definition", "checkout:43", "checkout:42") in [(c.label, c.old, c.new) for c in undo.changes]
    assert any("1.8.3 not found" in warning for warning in undo.warnings)
    again = await desk.runner.start(undo)
    with pytest.raises(AssertionError):  # no circuit breaker: it stays IN_PROGRESS for good
        await desk.finish(again, limit=240, stride=20)
    assert any("failed" in step.text and step.state is State.DEGRADED for step in again.steps)
    again.cancel()
    await again.wait()
    assert [r.outcome for r in desk.journal.latest()] == ["done", "done"]


async def test_every_aws_call_of_an_action_is_in_the_operators_policy(desk: WorldDesk) -> None:
    await desk.control("POST", "/reset-calls")
    row = await desk.service("shop", "wishlist")
    await desk.runner.form("ecs.deploy", [row])
    await desk.runner.form("ecs.rollback", [row])
    await desk.go("ecs.deploy", row, revision="13")
    await desk.go("undo", row)
    await desk.go("ecs.scale", row, count="3")
    await desk.go("ecs.restart", row)
    await desk.go("ecs.stop", await desk.task("shop", "wishlist"))
    used = {name for name in await desk.calls() if re.match(r"^[a-z0-9-]+:[A-Z]", name)}
    assert {"ecs:UpdateService", "ecs:StopTask", "elbv2:DescribeTargetHealth"} <= used
    assert lacking(used, operator_policy(HUB_READS, actions())) == ()


async def broken_revision(desk: WorldDesk, service: str) -> str:
    """A revision of the service's family whose image does not exist, registered by somebody else."""
    row = await desk.service("shop", service)
    whole = await read_whole(row.scope, (await desk.described("shop", service))["taskDefinition"], desk.runner.context)
    container = whole["taskDefinition"]["containerDefinitions"][0]
    request = with_image(registration(whole), container["name"], container["image"].rpartition(":")[0] + ":0.0.0-none")
    answer = await desk.hub.clients.aws(row.scope).write("ecs", "RegisterTaskDefinition", request)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


async def test_deploy_that_cannot_start_fails_by_the_circuit_breaker_and_offers_to_roll_back(desk: WorldDesk) -> None:
    row = await desk.service("shop", "pricing")
    plan, run = await desk.go("ecs.deploy", row, revision=await broken_revision(desk, "pricing"))
    assert any("0.0.0-none not found in ECR" in warning for warning in plan.warnings)
    last = run.steps[-1]
    assert (last.status, last.state, last.offer) == ("FAILED", State.BROKEN, "ecs.rollback"), [s.text for s in run.steps]
    assert "circuit breaker" in last.text
    assert any("CannotPullContainer" in step.text for step in run.steps)
    back, rolled = await desk.go("ecs.rollback", row)
    assert back.changes[-1].new == "pricing:31"
    assert rolled.status == "COMPLETED"


async def test_circuit_breaker_that_rolls_back_is_followed(desk: WorldDesk) -> None:
    row = await desk.service("shop", "catalog")
    _, run = await desk.go("ecs.deploy", row, revision=await broken_revision(desk, "catalog"))
    assert (run.status, run.state) == ("ROLLED_BACK", State.BROKEN), [s.text for s in run.steps]
    assert (await desk.described("shop", "catalog"))["taskDefinition"].endswith("catalog:53")


async def test_scale_restart_and_undo_after_a_restart_of_the_program(desk: WorldDesk) -> None:
    row = await desk.service("shop", "reviews")
    _, run = await desk.go("ecs.scale", row, count="5")
    assert (run.status, (await desk.described("shop", "reviews"))["runningCount"]) == ("COMPLETED", 5)
    assert (await desk.go("ecs.restart", row))[1].status == "COMPLETED"
    record = desk.journal.latest()[1]
    again = WorldDesk(desk.running, desk.settings, desk.clock.now())
    again.runner.context.clients.aws_connections.update(desk.hub.clients.aws_connections)
    plan = await again.runner.undo(record)
    assert [(c.old, c.new) for c in plan.changes] == [("5", "3")]
    await again.finish(await again.runner.start(plan))
    assert (await desk.described("shop", "reviews"))["desiredCount"] == 3
    await again.web.close()


async def test_a_service_at_its_maximum_is_scaled_with_a_higher_one_and_taken_back(desk: WorldDesk) -> None:
    row = await desk.service("shop", "search")
    port = desk.hub.clients.aws(row.scope)
    params = {"ServiceNamespace": "ecs", "ResourceIds": ["service/shop/search"]}

    async def bounds() -> tuple[int, int]:
        (target,) = (await port.read("application-autoscaling", "DescribeScalableTargets", params))["ScalableTargets"]
        return target["MinCapacity"], target["MaxCapacity"]

    low, high = await bounds()
    plan, run = await desk.go("ecs.scale", row, count=str(high + 2), maximum=str(high + 4))
    assert any(f"{low} to {high + 4}" in warning for warning in plan.warnings)
    assert run.status == "COMPLETED", [step.text for step in run.steps]
    assert await bounds() == (low, high + 4), "the minimum is not touched"
    await desk.go("undo", row)
    assert await bounds() == (low, high)


async def test_somebody_else_scaled_between_plan_and_run(desk: WorldDesk) -> None:
    row = await desk.service("batch", "mailer")
    plan = await desk.runner.plan("ecs.scale", [row], {"count": "6"})
    port = desk.hub.clients.aws(row.scope)
    await port.write("ecs", "UpdateService", {"cluster": "batch", "service": "mailer", "desiredCount": 3})
    with pytest.raises(PlanChanged, match="desiredCount is 3 now, it was 4"):
        await desk.runner.start(plan)
    assert desk.journal.records == ()


async def test_stop_a_task_that_its_service_replaces(desk: WorldDesk) -> None:
    row = await desk.task("batch", "reports")
    plan, run = await desk.go("ecs.stop", row)
    assert plan.effects[0] == "service reports starts another for it"
    assert run.status == "COMPLETED"
    await desk.step(60)
    assert (await desk.described("batch", "reports"))["runningCount"] == 3


@pytest.mark.parametrize(
    ("cluster", "name", "words"),
    [("pay", "tokenizer", "CodeDeploy"), ("pay", "reconciliation", "external controller"), ("batch", "log-agent", "DAEMON")],
)
async def test_services_that_must_not_be_deployed_to(desk: WorldDesk, cluster: str, name: str, words: str) -> None:
    row = await desk.service(cluster, name)
    await desk.runner.form("ecs.deploy", [row])
    assert words in (await desk.runner.plan("ecs.deploy", [row], {"image": "9.9.9"})).refusal


async def test_image_that_does_not_exist_is_refused(desk: WorldDesk) -> None:
    plan = await desk.runner.plan("ecs.deploy", [await desk.service("shop", "checkout")], {"image": "1.8.9"})
    assert plan.refusal.startswith("image checkout:1.8.9 not found in ECR")


async def test_access_denied_for_the_write_is_said_recorded_and_remembered(desk: WorldDesk) -> None:
    row = await desk.service("shop", "search")
    rule = {"service": "ecs", "operation": "UpdateService", "kind": "denied"}
    await desk.control("POST", "/faults", {"rules": [rule]})
    try:
        _, run = await desk.go("ecs.scale", row, count="7")
    finally:
        await desk.control("POST", "/faults", {"rules": []})
    assert [r.outcome for r in desk.journal.records] == ["intent", "failed"]
    assert "UpdateService" in run.steps[-1].text
    assert (await desk.runner.plan("ecs.scale", [row], {"count": "7"})).rights[0].denied


async def test_read_only_writes_nothing(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await WorldDesk.open(running, tmp_path, monkeypatch, read_only=True)
    try:
        await desk.control("POST", "/reset-calls")
        row = await desk.service("shop", "search")
        for action, target, values in (
            ("ecs.scale", row, {"count": "7"}),
            ("ecs.deploy", row, {"revision": "16"}),
            ("ecs.restart", row, {}),
            ("ecs.stop", await desk.task("shop", "search"), {}),
        ):
            plan = await desk.runner.plan(action, [target], values)
            assert plan.refusal, action
            with pytest.raises(PlanRefused):
                await desk.runner.start(plan)
        with pytest.raises(ApiError) as caught:
            await desk.hub.clients.aws(row.scope).write("ecs", "UpdateService", {"service": "search", "desiredCount": 9})
        assert caught.value.trouble is Trouble.READ_ONLY
        calls = await desk.calls()
        assert [name for name in calls if WRITES.search(name)] == []
        assert calls["ecs:DescribeServices"] >= 3
    finally:
        await desk.close()


async def test_environment_values_are_not_in_what_was_written(desk: WorldDesk) -> None:
    row = await desk.service("pay", "ledger")
    whole = await read_whole(row.scope, (await desk.described("pay", "ledger"))["taskDefinition"], desk.runner.context)
    values = {pair["value"] for c in whole["taskDefinition"]["containerDefinitions"] for pair in c.get("environment", [])}
    port = desk.hub.clients.aws(row.scope)
    request = registration(whole)
    request["containerDefinitions"][0]["environment"] = [{"name": "PLANTED", "value": "planted-hunter2-value"}]
    made = (await port.write("ecs", "RegisterTaskDefinition", request))["taskDefinition"]["taskDefinitionArn"]
    _, run = await desk.go("ecs.deploy", row, revision=made)
    back, _ = await desk.go("undo", row) if run.status == "COMPLETED" else (None, None)
    text = desk.journal.path.read_text() + repr(run.plan) + repr(run.steps) + repr(back)
    assert "planted-hunter2-value" not in text
    assert [value for value in values - {"eu-west-1"} if len(value) > 8 and value in text] == []
