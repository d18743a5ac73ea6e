"""ECS tasks, containers, task definitions and service deployments: what is asked when, and what stays."""

from __future__ import annotations

from typing import Any

from tests.unit.aws_stage import ACCOUNT, REGION, Account, Bench, Stage, cluster_arn, task
from tests.unit.test_aws_ecs import ECS, keys_of, one, stage
from tui.model import Key
from tui.model.ecs import TaskDefinitionRow
from tui.model.tasks import TaskRow
from tui.sources.aws.ecs_clusters import EcsClusters
from tui.sources.aws.ecs_services import EcsServices
from tui.sources.aws.service_deployments import ServiceDeployments
from tui.sources.aws.task_definitions import TaskDefinitions, newest
from tui.store import FreshState, Urgency

__all__ = ["stage"]


def stop(account: Account, arn: str, reason: str) -> None:
    account.tasks["shop"][arn] |= {
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stoppedReason": reason,
        "stoppedAt": 1_700_000_000.0,
        "stopCode": "EssentialContainerExited",
    }


async def test_an_open_service_brings_its_tasks_and_no_others(stage: Stage) -> None:
    account = Account(stage, {"shop": 5}, tasks_each=3)
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        bench.store.interest.register("tasks", scope, Urgency.VISIBLE, keys_of(bench, ["s002"]))
        bench.start(*ECS)
        await bench.quiet()
        rows = [row for row in bench.store.rows("tasks") if isinstance(row, TaskRow)]
        assert {row.service for row in rows} == {"s002"} and len(rows) == 3
        assert {params.get("desiredStatus") for params in stage.of("ecs:ListTasks")} == {"RUNNING", "STOPPED"}
        arn = rows[0].arn
        stop(account, arn, "OutOfMemoryError: Container killed due to memory usage")
        await bench.after(4, 4)
        row = bench.store.get(rows[0].key)
        assert isinstance(row, TaskRow)
        assert row.last_status == "STOPPED" and row.stopped_reason.startswith("OutOfMemoryError")


async def test_a_service_deleted_while_it_is_open_ends_quietly(stage: Stage) -> None:
    account = Account(stage, {"shop": 2}, tasks_each=2)
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        bench.store.interest.register("tasks", scope, Urgency.VISIBLE, keys_of(bench, ["s000", "s001"]))
        bench.start(*ECS)
        await bench.quiet()
        del account.services["shop"]["s000"]
        for arn in [arn for arn, one in account.tasks["shop"].items() if one["group"] == "service:s000"]:
            stop(account, arn, "Service deleted")
        await bench.after(8, 8)
        assert {entry.state for entry in bench.store.freshness.of("tasks")} == {FreshState.POLLING}
        rows = [row for row in bench.store.rows("tasks") if isinstance(row, TaskRow)]
        assert {row.stopped_reason for row in rows if row.service == "s000"} == {"Service deleted"}
        assert all(row.last_status == "RUNNING" for row in rows if row.service == "s001")


async def test_a_task_that_left_the_list_is_described_once_more_and_kept_an_hour(stage: Stage) -> None:
    account = Account(stage, {"shop": 2}, tasks_each=2)
    async with Bench(stage) as bench:
        bench.store.interest.register("tasks", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("tasks") == 4
        arn = next(iter(account.tasks["shop"]))
        stop(account, arn, "Scaling activity initiated by deployment ecs-svc/1")
        await bench.after(62, 62)
        row = one(bench, "tasks", arn.rsplit("/", 1)[-1])
        assert row.last_status == "STOPPED" and "Scaling" in row.stopped_reason
        del account.tasks["shop"][arn]
        await bench.after(120, 60)
        assert bench.store.count("tasks") == 4
        await bench.after(3600, 60)
        assert bench.store.count("tasks") == 3


async def test_the_census_reads_the_tasks_of_unsteady_services_only(stage: Stage) -> None:
    account = Account(stage, {"shop": 20}, tasks_each=2)
    account.services["shop"]["s007"]["runningCount"] = 1
    async with Bench(stage) as bench:
        for kind in ("services", "tasks"):
            bench.store.interest.register(kind, None, Urgency.BACKGROUND)
        bench.start(*ECS)
        await bench.after(70, 70)
        rows = [row for row in bench.store.rows("tasks") if isinstance(row, TaskRow)]
        assert {row.service for row in rows} == {"s007"}
        assert {params.get("serviceName") for params in stage.of("ecs:ListTasks")} == {"s007"}
        assert stage.calls["ecs:ListTasks"] <= 6


async def test_steady_tasks_are_described_once_and_new_ones_when_they_come(stage: Stage) -> None:
    account = Account(stage, {"shop": 10}, tasks_each=10)
    async with Bench(stage) as bench:
        bench.store.interest.register("images", None, Urgency.VISIBLE)
        bench.store.interest.register("tasks", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        stage.reset()
        await bench.after(50, 50)
        assert stage.calls["ecs:DescribeTasks"] == 0 and stage.calls["ecs:ListTasks"] == 0
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop/new"
        account.tasks["shop"][arn] = task("shop", arn, "s001", lastStatus="PENDING")
        await bench.after(15, 15)
        assert one(bench, "tasks", "new").last_status == "PENDING"
        account.tasks["shop"][arn]["lastStatus"] = "RUNNING"
        await bench.after(4, 4)
        assert one(bench, "tasks", "new").last_status == "RUNNING"


async def test_containers_come_when_somebody_looks_and_go_with_their_task(stage: Stage) -> None:
    account = Account(stage, {"shop": 1}, tasks_each=2)
    async with Bench(stage) as bench:
        bench.store.interest.register("tasks", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("containers") == 0
        bench.store.interest.register("containers", None, Urgency.VISIBLE)
        await bench.after(4, 4)
        assert bench.store.count("containers") == 2
        arn = next(iter(account.tasks["shop"]))
        del account.tasks["shop"][arn]
        await bench.after(62, 62)
        assert bench.store.count("containers") == 1 and bench.store.count("tasks") == 1


# -- task definitions and deployments ---------------------------------------------------------------------------------


def definition_arn(name: str, revision: int) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:{revision}"


def definitions(stage: Stage, arns: list[str]) -> None:
    stage.handlers["ecs:ListTaskDefinitions"] = lambda params: {"taskDefinitionArns": list(arns)}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        family, _, revision = params["taskDefinition"].rsplit("/", 1)[-1].partition(":")
        container = {
            "name": "app",
            "image": f"r.example/{family}:{revision}",
            "environment": [{"name": "PASSWORD", "value": "hunter2"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"}},
        }
        one = {"taskDefinitionArn": params["taskDefinition"], "family": family, "revision": int(revision), "cpu": "256"}
        return {"taskDefinition": {**one, "status": "ACTIVE", "containerDefinitions": [container]}, "tags": []}

    stage.handlers["ecs:DescribeTaskDefinition"] = describe


async def test_the_newest_revision_of_each_family_is_described_once(stage: Stage) -> None:
    arns = [definition_arn("web", number) for number in range(1, 12)] + [definition_arn("api", 3)]
    definitions(stage, arns)
    async with Bench(stage) as bench:
        bench.store.interest.register("task-definitions", None, Urgency.VISIBLE)
        bench.start(TaskDefinitions)
        await bench.after(300, 60)
        rows = {row.arn: row for row in bench.store.rows("task-definitions") if isinstance(row, TaskDefinitionRow)}
        assert len(rows) == 12
        assert [arn for arn, row in rows.items() if row.latest] == [definition_arn("web", 11), definition_arn("api", 3)]
        assert stage.calls["ecs:DescribeTaskDefinition"] == 2
        newest_row = rows[definition_arn("web", 11)]
        assert newest_row.cpu == 256 and newest_row.containers[0].log_group == "g"
        assert "hunter2" not in repr(newest_row)
        assert newest_row.containers[0].environment[0].value is not None
        assert newest_row.containers[0].environment[0].value.reveal() == "hunter2"
        arns.append(definition_arn("web", 12))
        await bench.after(34, 17)
        rows = {row.arn: row for row in bench.store.rows("task-definitions") if isinstance(row, TaskDefinitionRow)}
        assert rows[definition_arn("web", 12)].latest and not rows[definition_arn("web", 11)].latest


async def test_revisions_in_use_and_on_screen_are_described_too(stage: Stage) -> None:
    Account(stage, {"shop": 1})
    arns = [definition_arn("web", number) for number in range(1, 6)]
    definitions(stage, arns)
    async with Bench(stage) as bench:
        key = Key.of("task-definitions", bench.connection.scope, definition_arn("web", 2))
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices)
        await bench.quiet()
        bench.store.interest.register("task-definitions", None, Urgency.VISIBLE, frozenset({key}))
        bench.start(TaskDefinitions)
        await bench.quiet()
        asked = [params["taskDefinition"] for params in stage.of("ecs:DescribeTaskDefinition")]
        assert asked == [definition_arn("web", 2), definition_arn("s000", 1), definition_arn("web", 5)]


def test_revisions_are_compared_as_numbers() -> None:
    assert newest([definition_arn("a-b", 9), definition_arn("a-b", 10)]) == {"a-b": definition_arn("a-b", 10)}


async def test_service_deployments_of_the_open_service(stage: Stage) -> None:
    Account(stage, {"shop": 2})
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/shop/s001/abc"
    stage.handlers["ecs:ListServiceDeployments"] = lambda params: {"serviceDeployments": [{"serviceDeploymentArn": arn}]}
    stage.handlers["ecs:DescribeServiceDeployments"] = lambda params: {
        "serviceDeployments": [{"serviceDeploymentArn": arn, "status": "ROLLBACK_SUCCESSFUL", "statusReason": "circuit breaker"}]
    }
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        bench.store.interest.register("service-deployments", scope, Urgency.VISIBLE, keys_of(bench, ["s001"]))
        bench.start(EcsClusters, ServiceDeployments)
        await bench.quiet()
        (row,) = bench.store.rows("service-deployments")
        assert row.name == "abc" and row.reason == "circuit breaker"
        assert stage.of("ecs:ListServiceDeployments")[0]["service"] == "s001"
