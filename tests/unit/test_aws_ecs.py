"""The sources of ECS clusters and services: what is asked for by who looks, how many calls it takes, what goes and what stays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.aws_stage import REGION, Account, Bench, Refusal, Stage, cluster_arn, service
from tui.model import Key
from tui.model.ecs import ServiceRow
from tui.sources.aws.ecs_clusters import EcsClusters
from tui.sources.aws.ecs_services import EcsServices
from tui.sources.aws.ecs_tasks import EcsTasks
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
