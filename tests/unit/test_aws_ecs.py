"""The ECS sources: what is asked for by who looks, how many calls it takes, what goes and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, REGION, Account, Bench, Refusal, Stage, cluster_arn, service, task
from tui.model import Key
from tui.model.ecs import ServiceRow, TaskDefinitionRow
from tui.model.tasks import TaskRow
from tui.sources.aws.ecs_clusters import EcsClusters
from tui.sources.aws.ecs_services import EcsServices
from tui.sources.aws.ecs_tasks import EcsTasks
from tui.sources.aws.service_deployments import ServiceDeployments
from tui.sources.aws.task_definitions import TaskDefinitions, newest
from tui.store import FreshState, Urgency

ECS = (EcsClusters, EcsServices, EcsTasks)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def keys_of(bench: Bench, names: list[str], cluster: str = "shop") -> frozenset[Key]:
    scope = bench.connection.cluster_scope(cluster_arn(cluster))
    return frozenset(Key.of("services", scope, f"{cluster_arn(cluster)}#{name}") for name in names)


def total(stage: Stage) -> int:
    return sum(stage.calls.values())


def one(bench: Bench, kind: str, name: str) -> Any:
    (found,) = [row for row in bench.store.rows(kind) if row.name == name]
    return found


async def test_nobody_looks_nothing_is_asked(stage: Stage) -> None:
    Account(stage, {"shop": 3})
    async with Bench(stage) as bench:
        bench.start(*ECS)
        await bench.after(300, 60)
        assert total(stage) == 0


async def test_a_full_refresh_of_200_services_and_2000_tasks_takes_65_calls(stage: Stage) -> None:
    Account(stage, {"shop": 200}, tasks_each=10)
    async with Bench(stage) as bench:
        for kind in ("clusters", "services", "tasks"):
            bench.store.interest.register(kind, None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.after(2, 8)
        assert bench.store.count("services") == 200 and bench.store.count("tasks") == 2000
        assert total(stage) <= 65, stage.calls


async def test_a_steady_refresh_of_the_services_on_screen_takes_8_calls(stage: Stage) -> None:
    Account(stage, {"shop": 200})
    async with Bench(stage) as bench:
        keys = keys_of(bench, [f"s{number:03}" for number in range(40)])
        bench.store.interest.register("services", None, Urgency.VISIBLE, keys)
        bench.start(*ECS)
        await bench.after(2, 4)
        for _ in range(5):
            stage.reset()
            await bench.after(3.4, 2)
            asked = [name for params in stage.of("ecs:DescribeServices") for name in params["services"]]
            assert {key.id.rsplit("#", 1)[-1] for key in keys} <= set(asked)
            assert 0 < total(stage) <= 8, stage.calls


async def test_visible_services_are_described_first(stage: Stage) -> None:
    Account(stage, {"shop": 50})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE, keys_of(bench, ["s047", "s048", "s049"]))
        bench.start(*ECS)
        await bench.quiet()
        assert stage.of("ecs:DescribeServices")[0]["services"][:3] == ["s047", "s048", "s049"]
        assert stage.of("ecs:DescribeServices")[0]["include"] == ["TAGS"]


async def test_every_service_comes_round_within_30_seconds_and_unsteady_ones_each_time(stage: Stage) -> None:
    account = Account(stage, {"shop": 100})
    account.services["shop"]["s077"]["runningCount"] = 3
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE, keys_of(bench, ["s000"]))
        bench.start(*ECS)
        await bench.quiet()
        stage.reset()
        await bench.after(31, 155)
        asked = [name for params in stage.of("ecs:DescribeServices") for name in params["services"]]
        assert set(asked) == set(account.services["shop"])
        assert asked.count("s077") >= 9 and asked.count("s050") <= 4


async def test_an_action_reads_its_row_every_second(stage: Stage) -> None:
    Account(stage, {"shop": 100})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.after(1, 2)
        bench.store.interest.register("services", None, Urgency.ACTION, keys_of(bench, ["s050"]))
        await bench.quiet()
        stage.reset()
        await bench.after(11, 110)
        asked = [params["services"] for params in stage.of("ecs:DescribeServices")]
        assert sum("s050" in names for names in asked) >= 9
        assert sum(len(names) for names in asked) < 100


async def test_a_deleted_service_goes_and_a_new_one_comes(stage: Stage) -> None:
    account = Account(stage, {"shop": 3})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE, keys_of(bench, ["s001"]))
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("services") == 3
        del account.services["shop"]["s001"]
        account.services["shop"]["new"] = service("shop", "new")
        await bench.after(4, 4)
        assert {row.name for row in bench.store.rows("services")} == {"s000", "s002"}
        await bench.after(30, 30)
        assert {row.name for row in bench.store.rows("services")} == {"s000", "s002", "new"}


async def test_one_denied_cluster_hides_no_other(stage: Stage) -> None:
    account = Account(stage, {"pay": 2, "shop": 2})

    def list_services(params: dict[str, Any]) -> dict[str, Any]:
        if account.name(params) == "pay":
            raise Refusal("AccessDeniedException", "User: arn:aws:iam::1:user/t is not authorized to perform: ecs:ListServices")
        return account.list_services(params)

    stage.handlers["ecs:ListServices"] = list_services
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert {row.scope.cluster for row in bench.store.rows("services")} == {cluster_arn("shop")}
        states = {entry.scope.cluster.rsplit("/", 1)[-1]: entry for entry in bench.store.freshness.of("services")}
        assert states["pay"].state is FreshState.DENIED and states["shop"].state is FreshState.POLLING
        assert states["pay"].message == "ecs:ListServices is denied to user/t"
        assert bench.store.freshness.coverage("services") == (1, 2)


async def test_clusters_that_come_and_go(stage: Stage) -> None:
    account = Account(stage, {"pay": 2, "shop": 2})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.store.interest.register("clusters", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("services") == 4 and bench.store.count("clusters") == 2
        account.services["batch"] = {"x": service("batch", "x")}
        account.tasks["batch"] = {}
        del account.services["pay"]
        await bench.after(34, 34)
        assert {row.name for row in bench.store.rows("clusters")} == {"batch", "shop"}
        assert {row.scope.cluster.rsplit("/", 1)[-1] for row in bench.store.rows("services")} == {"batch", "shop"}
        assert {entry.scope.cluster.rsplit("/", 1)[-1] for entry in bench.store.freshness.of("services")} == {"batch", "shop"}


async def test_no_clusters_and_no_right_to_list_them_are_said(stage: Stage) -> None:
    Account(stage, {})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        (entry,) = bench.store.freshness.of("services")
        assert entry.state is FreshState.POLLING and bench.store.count("services") == 0

        def refuse(_: dict[str, Any]) -> dict[str, Any]:
            raise Refusal("AccessDeniedException", "no")

        stage.handlers["ecs:ListClusters"] = refuse
        bench.store.interest.refresh()
        await bench.quiet()
        (entry,) = bench.store.freshness.of("services")
        assert entry.state is FreshState.DENIED and "ecs:ListClusters is denied" in entry.message


async def test_only_the_cluster_of_the_settings_also_where_clusters_may_not_be_listed(stage: Stage) -> None:
    Account(stage, {"pay": 2, "shop": 3})
    async with Bench(stage, **{"aws.cluster": "shop"}) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("services") == 3

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise Refusal("AccessDeniedException", "no")

    stage.handlers["ecs:ListClusters"] = refuse
    stage.handlers["ecs:DescribeClusters"] = lambda params: {
        "clusters": [{"clusterArn": cluster_arn(name), "clusterName": name, "status": "ACTIVE"} for name in params["clusters"]]
    }
    async with Bench(stage, **{"aws.cluster": "shop"}) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        assert bench.store.count("services") == 3
        assert {entry.state for entry in bench.store.freshness.of("services")} == {FreshState.POLLING}
    async with Bench(stage, **{"aws.cluster": "nobody"}) as bench:
        Account(stage, {"shop": 1})
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        (entry,) = bench.store.freshness.of("services")
        assert entry.message == f'no ECS cluster "nobody" in {REGION}'


async def test_an_aborted_list_removes_nothing(stage: Stage) -> None:
    account = Account(stage, {"shop": 150})
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.after(1)

        def half(params: dict[str, Any]) -> dict[str, Any]:
            if "nextToken" in params:
                raise Refusal("ServerException", "x", 500)
            return account.list_services(params)

        stage.handlers["ecs:ListServices"] = half
        bench.store.interest.refresh()
        await bench.quiet()
        (entry,) = bench.store.freshness.of("services")
        assert entry.state is FreshState.ERROR
        assert bench.store.count("services") == 150


# -- tasks ------------------------------------------------------------------------------------------------------------


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


async def test_names_of_any_kind_are_only_data(stage: Stage) -> None:
    account = Account(stage, {"shop": 0})
    for name in ("x" * 255, "näme-😀", "\u202egnp.exe", "a\x1b[31mb", "tab\there"):
        account.services["shop"][name] = service("shop", name, serviceName=name)
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.start(*ECS)
        await bench.quiet()
        names = {row.name for row in bench.store.rows("services") if isinstance(row, ServiceRow)}
        assert names == set(account.services["shop"])
