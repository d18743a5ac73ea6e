"""Actions with the real store: what they know from its rows, interest in what they change, what is greyed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.action_fakes import (
    ACCOUNT,
    KUBE,
    REGION,
    SCOPE,
    Desk,
    definition,
    definition_arn,
    deployment,
    deployment_row,
    pod_row,
    service,
    service_row,
    task,
    task_row,
)
from tui.actions.journal import Journal, born
from tui.model.ecr import ImageRow
from tui.model.ecs import TaskDefinitionRow
from tui.model.errors import ApiError, Trouble
from tui.model.finding import Finding
from tui.model.kubernetes import AccessRow
from tui.model.scope import Key
from tui.model.state import State
from tui.store import Store, Urgency


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.start(Store(desk.clock))
    desk.aws.services["checkout"] = service("checkout", "checkout:42", 2)
    desk.aws.definitions["checkout:42"] = definition("checkout:42", "checkout:1.8.3")
    return desk


def put(desk: Desk, *rows: Any) -> None:
    store = desk.runner.context.store
    store.upsert(rows, store.stamp())
    store.flush()


def settle(desk: Desk) -> None:
    desk.aws.settle("checkout")


async def test_action_under_way_asks_for_its_rows_to_be_read_faster(desk: Desk) -> None:
    interest = desk.runner.context.store.interest
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="3"))
    seen: list[Urgency | None] = []
    await desk.finish(run, lambda: (seen.append(interest.urgency("services", SCOPE)), settle(desk)))
    assert seen[0] is Urgency.ACTION
    assert interest.keys("services", SCOPE, Urgency.ACTION) == frozenset()
    assert interest.urgency("services", SCOPE) is None


async def test_image_of_another_architecture_is_said(desk: Desk) -> None:
    desk.aws.images["checkout", "1.8.2"] = {"imageDigest": "sha256:1"}
    arn = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/checkout"
    key = Key.of("images", SCOPE, f"{arn}@sha256:1")
    row = ImageRow(key=key, scope=SCOPE, name="checkout", repository_arn=arn, digest="sha256:1", architectures=("arm64",))
    put(desk, row)
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    assert any("built for arm64, the task definition asks for amd64" in warning for warning in plan.warnings)
    assert "arm64" in plan.changes[0].note


async def test_stopping_all_tasks_of_a_service_is_said(desk: Desk) -> None:
    put(desk, service_row(running=2))
    for name in ("aaaa", "bbbb"):
        desk.aws.tasks[task(name)["taskArn"]] = task(name)
    plan = await desk.runner.plan("ecs.stop", [task_row("aaaa"), task_row("bbbb")], {})
    assert "all 2 running tasks of checkout stop at once: it is down until others run" in plan.warnings
    one = await desk.plan("ecs.stop", task_row("aaaa"))
    assert one.warnings == ()


async def test_undo_uses_the_row_of_the_store_where_it_has_one(desk: Desk) -> None:
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="3")), lambda: settle(desk))
    put(desk, service_row(launch_type="FARGATE"))
    plan = await desk.plan("undo", service_row())
    assert plan.rows[0].launch_type == "FARGATE"
    assert plan.rows[0].scope == SCOPE


async def test_unavailable_says_read_only_then_the_row_then_what_was_denied(desk: Desk) -> None:
    unavailable = desk.runner.unavailable
    assert unavailable("ecs.scale", [service_row()]) == ""
    desk.aws.faults["UpdateService"] = [
        ApiError(Trouble.DENIED, "ecs:UpdateService is denied to ada", operation="ecs:UpdateService")
    ]
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="3")))
    assert unavailable("ecs.restart", [service_row()]) == "ecs:UpdateService is denied to ada"
    assert unavailable("ecs.stop", [task_row("aaaa")]) == ""
    assert "DAEMON" in unavailable("ecs.scale", [service_row(scheduling="DAEMON")])
    desk.clients.read_only = True
    assert unavailable("ecs.stop", [task_row("aaaa")]).startswith("read-only")


async def test_unavailable_takes_the_access_reviews_of_the_store(desk: Desk) -> None:
    key = Key.of("access", KUBE, "delete pods shop")
    put(desk, AccessRow(key=key, scope=KUBE, name="delete pods", verb="delete", resource="pods", namespace="shop", allowed=False))
    assert desk.runner.unavailable("k8s.delete", [pod_row("cart-x")]) == "you may not delete pods: denied by RBAC"
    assert desk.runner.unavailable("k8s.delete", [pod_row("cart-x", "other")]) == ""
    assert desk.runner.unavailable("k8s.scale", [deployment_row()]) == ""


async def test_undo_passes_over_a_restart_to_what_can_be_taken_back(desk: Desk) -> None:
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="3")), lambda: settle(desk))
    await desk.finish(await desk.runner.start(await desk.plan("ecs.restart", service_row())), lambda: settle(desk))
    plan = await desk.plan("undo", service_row())
    assert (plan.action, plan.refusal) == ("ecs.scale", "")
    assert desk.runner.undoable(service_row().key).action == "ecs.scale"


async def test_intent_of_a_console_that_still_runs_is_not_offered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from msgspec.structs import replace

    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="3")), lambda: settle(desk))
    intent = desk.journal.records[0]
    desk.journal.write(replace(intent, id="other", pid=1, born=born(1)))
    desk.journal.write(replace(intent, id="unsaid", pid=1, born=0))
    desk.journal.write(replace(intent, id="again", pid=1, born=born(1) + 1))  # another process has its id now
    desk.journal.write(replace(intent, id="ended", pid=2**22 + 1))
    assert [record.id for record in Journal(desk.settings.state_dir).unfinished()] == ["ended", "again"]


async def test_cost_and_duration_stand_in_the_plan_where_they_can_be_read(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="4")
    assert plan.effects == ("2 tasks start: 1 vCPU and 2 GB more",)
    desk.aws.faults["DescribeTaskDefinition"] = [ApiError(Trouble.DENIED, "denied")]
    assert (await desk.plan("ecs.scale", service_row(), count="4")).effects == ("2 tasks start",)
    desk.aws.images["checkout", "1.8.2"] = {"imageDigest": "sha256:1"}
    desk.aws._ListServiceDeployments = lambda params: {  # type: ignore[method-assign]
        "serviceDeployments": [{"startedAt": 1000.0, "finishedAt": 1000.0 + took} for took in (170, 200, 900)]
    }
    plan = await desk.plan("ecs.deploy", service_row(), image="1.8.2")
    assert plan.effects[0].endswith("at least 2 stay (100%), about 3 min")


async def test_the_size_of_a_revision_that_a_pane_has_read_is_not_read_again(desk: Desk) -> None:
    store = Store(desk.clock)
    desk.start(store)
    arn = definition_arn("checkout:42")
    key = Key.of("task-definitions", SCOPE, arn)
    store.upsert([TaskDefinitionRow(key=key, scope=SCOPE, name="checkout", arn=arn, cpu=2048, memory=4096)], store.stamp())
    desk.aws.calls.clear()
    plan = await desk.plan("ecs.scale", service_row(), count="4")
    assert plan.effects == ("2 tasks start: 4 vCPU and 8 GB more",)
    assert "DescribeTaskDefinition" not in [operation for operation, _ in desk.aws.calls]


async def test_bulk_on_kubernetes_asks_each_namespace_for_its_rights(desk: Desk) -> None:
    for namespace in ("shop", "pay"):
        found = deployment(namespace=namespace)
        desk.kube.objects[f"/apis/apps/v1/namespaces/{namespace}/deployments/cart"] = found
    plan = await desk.runner.plan("k8s.restart", [deployment_row(), deployment_row(namespace="pay")], {})
    assert [right.name for right in plan.rights] == ["patch deployments.apps in shop", "patch deployments.apps in pay"]


def no_room(target: Any, cause: str, sentence: str) -> Finding:
    return Finding(
        key=Key.of("findings", target.scope, f"rule:{target.kind}:{target.key.id}"),
        scope=target.scope,
        name=target.name,
        target=target.key,
        world="ecs",
        severity=State.BROKEN,
        cause=cause,
        sentence=sentence,
    )


async def test_who_finds_no_room_is_warned_before_asking_for_more(desk: Desk) -> None:
    put(desk, no_room(service_row(), "no-capacity", "no instance has 4 vCPU free"))
    plan = await desk.plan("ecs.scale", service_row(), count="3")
    assert plan.warnings == ("there is no room now (no instance has 4 vCPU free): more would wait as well",)
    assert (await desk.plan("ecs.scale", service_row(), count="1")).warnings == (), "fewer need none"
    put(desk, no_room(service_row(), "oom", "killed for memory"))
    assert (await desk.plan("ecs.scale", service_row(), count="3")).warnings == (), "another trouble is no lack of room"


async def test_pods_without_a_node_are_told_before_more_are_asked_for(desk: Desk) -> None:
    desk.kube.objects["/apis/apps/v1/namespaces/shop/deployments/cart"] = deployment()
    put(desk, no_room(deployment_row(), "unschedulable", "no node has 2 cores free"))
    plan = await desk.plan("k8s.scale", deployment_row(), count="9")
    assert plan.warnings[0] == "there is no room now (no node has 2 cores free): more would wait as well"
    assert not any("room" in word for word in (await desk.plan("k8s.scale", deployment_row(), count="1")).warnings)
