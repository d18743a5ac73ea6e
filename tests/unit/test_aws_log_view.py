"""A log view of a service: whose lines it shows, tasks that join and end, what cannot be read."""

# ruff: noqa: E501 - answers of AWS, one a line
from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, REGION, Account, Bench, Stage, cluster_arn, task
from tests.unit.test_aws_logs import Group
from tui.logs.base import LogLine
from tui.model import Key, Row, Scope
from tui.model.ecs import ContainerDefinition
from tui.model.image import ImageRef
from tui.model.tasks import ContainerRow, TaskRow
from tui.sources.aws.ecs_clusters import EcsClusters
from tui.sources.aws.ecs_services import EcsServices
from tui.sources.aws.ecs_tasks import EcsTasks
from tui.sources.aws.logs import CloudWatchLogs
from tui.sources.aws.streams import Stream, stream_of
from tui.sources.clients import HubClients
from tui.store import Urgency


def container(name: str, runtime: str = "") -> ContainerRow:
    scope = Stub.scope
    return ContainerRow(
        key=Key.of("containers", scope, name), scope=scope, name=name, task_arn="t", image=ImageRef.parse("x"), runtime_id=runtime
    )


class Stub:
    scope = Scope("o", "aws", ACCOUNT, REGION, cluster_arn("shop"))
    task = TaskRow(key=Key.of("tasks", scope, "t"), scope=scope, name="9f2c0", arn="t", cluster_arn=scope.cluster)


def definition(**changes: Any) -> ContainerDefinition:
    return ContainerDefinition(
        **{"name": "app", "image": ImageRef.parse("x"), "log_driver": "awslogs", "log_group": "g", "log_prefix": "p", **changes}
    )


@pytest.mark.parametrize(
    ("changes", "runtime", "expected"),
    [
        ({}, "", Stream("g", "p/app/9f2c0", "l")),
        ({"log_region": "us-east-1"}, "", Stream("g", "p/app/9f2c0", "l", "us-east-1")),
        ({"log_prefix": ""}, "abc", Stream("g", "abc", "l")),
        ({"log_prefix": ""}, "", ""),
        ({"log_group": ""}, "", "container app names no log group"),
        ({"log_driver": "awsfirelens"}, "", "container app does not write to CloudWatch Logs: its lines go through FireLens (Fluent Bit or Fluentd) to where its router sends them"),
        ({"log_driver": "splunk"}, "", "container app does not write to CloudWatch Logs: its lines go to Splunk"),
        ({"log_driver": ""}, "", "container app does not write to CloudWatch Logs: its lines go to Docker's own log on the container instance: its definition names no log driver"),
        ({"log_driver": "new"}, "", "container app does not write to CloudWatch Logs: its lines go to the log driver new"),
    ],
)  # fmt: skip
def test_where_a_container_writes(changes: dict[str, Any], runtime: str, expected: Stream | str) -> None:
    assert stream_of(Stub.task, container("app", runtime), definition(**changes), "l") == expected


class View:
    """An open log view."""

    def __init__(self, bench: Bench, rows: list[Row], **options: Any) -> None:
        clients = HubClients(read_only=False, aws_connections={}, clusters={})
        clients.aws_connections[bench.connection.owner] = bench.connection
        self.bench = bench
        self.lines: list[LogLine] = []
        logs = CloudWatchLogs(clients, bench.store, bench.clock, random=bench.context.random)

        async def read() -> None:
            async for batch in logs.follow(rows, **options):
                self.lines.extend(batch)

        self.task = asyncio.ensure_future(read())
        bench.tasks.append(self.task)

    def texts(self, kind: str = "line") -> list[str]:
        return [line.text for line in self.lines if line.kind == kind]


def define(stage: Stage, **log: Any) -> None:
    configuration = {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"}, **log}
    stage.handlers["ecs:DescribeTaskDefinition"] = lambda params: {
        "taskDefinition": {
            "taskDefinitionArn": params["taskDefinition"],
            "containerDefinitions": [{"name": "app", "image": "x", "logConfiguration": configuration}],
        }
    }


def arn_of(name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop/{name}"


async def service_view(bench: Bench, **options: Any) -> View:
    bench.store.interest.register("services", None, Urgency.VISIBLE)
    bench.start(EcsClusters, EcsServices, EcsTasks)
    await bench.quiet()
    (row,) = bench.store.rows("services")
    view = View(bench, [row], **options)
    await bench.after(4, 4)
    return view


def one_task(stage: Stage) -> Account:
    """The service s000 with one task, whose lines go to the group g."""
    account = Account(stage, {"shop": 1})
    define(stage)
    account.tasks["shop"][arn_of("aaaa1")] = task("shop", arn_of("aaaa1"), "s000")
    return account


async def test_tasks_that_join_are_followed_and_the_end_of_one_is_said() -> None:
    stage = Stage()
    account = one_task(stage)
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("p/app/aaaa1", "hello")
        view = await service_view(bench)
        assert view.texts() == ["hello"] and view.lines[0].source == "s000 aaaa"
        account.tasks["shop"][arn_of("bbbb2")] = task("shop", arn_of("bbbb2"), "s000", createdAt=bench.clock.now())
        group.write("p/app/bbbb2", "me too")
        await bench.after(16, 16)
        assert view.texts() == ["hello", "me too"] and view.texts("note") == ["joined"]
        group.write("p/app/aaaa1", "fatal")
        account.tasks["shop"][arn_of("aaaa1")] |= {
            "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedReason": "Essential container in task exited",
            "stoppedAt": bench.clock.now(), "containers": [{"name": "app", "image": "x", "exitCode": 1, "lastStatus": "STOPPED"}],
        }  # fmt: skip
        await bench.after(8, 8)
        assert view.texts()[-1] == "fatal"
        assert view.texts("note")[-1] == "ended: Essential container in task exited (app exit 1)"


async def test_another_log_driver_is_said_once() -> None:
    stage = Stage()
    account = Account(stage, {"shop": 1})
    define(stage, logDriver="awsfirelens", options={})
    for name in ("aaaa1", "bbbb2"):
        account.tasks["shop"][arn_of(name)] = task("shop", arn_of(name), "s000")
    async with Bench(stage) as bench:
        view = await service_view(bench)
        await bench.after(10, 10)
        (note,) = view.texts("note")
        assert "FireLens" in note and view.texts() == []


async def test_a_group_that_does_not_exist_is_said_and_tried_again() -> None:
    stage = Stage()
    one_task(stage)
    async with Bench(stage) as bench:
        group = Group(stage, bench, name="other")
        view = await service_view(bench)
        await bench.after(60, 60)
        assert view.texts("error") == ["log group g does not exist"]
        assert stage.calls["logs:FilterLogEvents"] <= 8
        group.name = "g"
        group.write("p/app/aaaa1", "here")
        await bench.after(31, 31)
        assert view.texts() == ["here"] and view.texts("note") == ["g is read again"]


async def test_previous_ends_by_itself() -> None:
    stage = Stage()
    account = one_task(stage)
    account.tasks["shop"][arn_of("dead1")] = task(
        "shop", arn_of("dead1"), "s000", lastStatus="STOPPED", desiredStatus="STOPPED", stoppedAt=1_700_000_000.0
    )
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("p/app/dead1", "last words")
        group.write("p/app/aaaa1", "alive")
        row = None
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        key = Key.of("services", scope, f"{cluster_arn('shop')}#s000")
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.store.interest.register("tasks", scope, Urgency.VISIBLE, frozenset({key}))
        bench.start(EcsClusters, EcsServices, EcsTasks)
        await bench.quiet()
        row = bench.store.get(key)
        assert row is not None
        view = View(bench, [row], previous=True)
        await bench.quiet()
        assert view.texts() == ["last words"] and view.task.done()


async def test_closing_the_view_ends_its_interest() -> None:
    stage = Stage()
    one_task(stage)
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("p/app/aaaa1", "hello")
        view = await service_view(bench)
        assert bench.store.interest.urgency("tasks") is not None
        view.task.cancel()
        await asyncio.gather(view.task, return_exceptions=True)
        bench.tasks.remove(view.task)
        assert bench.store.interest.urgency("tasks") is None
