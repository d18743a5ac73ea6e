"""The parts of the AWS benchmark that run in processes of their own: a server of prepared answers, and the clients.

``serve`` prints its port and serves until its standard input is closed. ``ours PORT`` reads one cluster of 200 services
(100 events each) and 2,000 tasks through the sources into a store; ``narrow PORT`` makes those calls and decodes them;
``plain PORT`` makes them with aiobotocore as it comes. All with eight in flight.
"""

# ruff: noqa: E501 - answers stand here as AWS writes them
from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

SERVICES, TASKS_EACH, EVENTS, VISIBLE = 200, 10, 100, 40
ACCOUNT, REGION = "123456789012", "eu-west-1"
ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
CLUSTER = f"{ARN}:cluster/shop"
NOW = 1_700_000_000.123


def names() -> list[str]:
    return [f"service-{number:03}" for number in range(SERVICES)]


def service(name: str) -> dict[str, Any]:
    """A Fargate service with the members that AWS sends."""
    definition = f"{ARN}:task-definition/{name}:17"
    network = {
        "awsvpcConfiguration": {
            "subnets": ["subnet-0a1b2c3d", "subnet-1a1b2c3d"],
            "securityGroups": ["sg-0a1b2c3d"],
            "assignPublicIp": "DISABLED",
        }
    }
    counts = {"desiredCount": TASKS_EACH, "pendingCount": 0, "runningCount": TASKS_EACH}
    return {
        "serviceArn": f"{ARN}:service/shop/{name}",
        "serviceName": name,
        "clusterArn": CLUSTER,
        "loadBalancers": [{"targetGroupArn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/0123456789abcdef", "containerName": "app", "containerPort": 8080}],
        "serviceRegistries": [],
        "status": "ACTIVE",
        **counts,
        "launchType": "FARGATE",
        "platformVersion": "LATEST",
        "platformFamily": "Linux",
        "taskDefinition": definition,
        "deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}, "maximumPercent": 200, "minimumHealthyPercent": 100},
        "deployments": [{"id": "ecs-svc/1234567890123456789", "status": "PRIMARY", "taskDefinition": definition, **counts, "failedTasks": 0, "createdAt": NOW, "updatedAt": NOW, "launchType": "FARGATE", "platformVersion": "1.4.0", "platformFamily": "Linux", "networkConfiguration": network, "rolloutState": "COMPLETED", "rolloutStateReason": "ECS deployment ecs-svc/1234567890123456789 completed."}],
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        "events": [{"id": f"{number:08}-aaaa-bbbb-cccc-0123456789ab", "createdAt": NOW - number * 21600, "message": f"(service {name}) has reached a steady state."} for number in range(EVENTS)],
        "createdAt": NOW,
        "placementConstraints": [],
        "placementStrategy": [],
        "networkConfiguration": network,
        "healthCheckGracePeriodSeconds": 30,
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        "createdBy": f"arn:aws:iam::{ACCOUNT}:role/deploy",
        "enableECSManagedTags": True,
        "propagateTags": "SERVICE",
        "enableExecuteCommand": False,
        "tags": [{"key": "team", "value": "shop"}, {"key": "env", "value": "prod"}],
    }  # fmt: skip


def task_arn(name: str, number: int) -> str:
    return f"{ARN}:task/shop/{name[-3:]}{number:029x}"


def task(name: str, number: int) -> dict[str, Any]:
    """A running Fargate task with two containers."""
    arn = task_arn(name, number)
    details = [
        {"name": "subnetId", "value": "subnet-0a1b2c3d"},
        {"name": "networkInterfaceId", "value": "eni-0a1b2c3d4e5f"},
        {"name": "macAddress", "value": "0a:1b:2c:3d:4e:5f"},
        {"name": "privateDnsName", "value": "ip-10-0-1-2.eu-west-1.compute.internal"},
        {"name": "privateIPv4Address", "value": "10.0.1.2"},
    ]
    return {
        "attachments": [{"id": "0123-4567", "type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": "eu-west-1a",
        "clusterArn": CLUSTER,
        "connectivity": "CONNECTED",
        "connectivityAt": NOW,
        "containers": [
            {"containerArn": f"{ARN}:container/shop/{number}/{part}", "taskArn": arn, "name": part, "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}:1.8.3", "imageDigest": "sha256:" + "9f" * 32, "runtimeId": "0123456789abcdef-527074092", "lastStatus": "RUNNING", "networkBindings": [], "networkInterfaces": [{"attachmentId": "0123-4567", "privateIpv4Address": "10.0.1.2"}], "healthStatus": "HEALTHY", "cpu": "256", "memory": "512"}
            for part in ("app", "sidecar")
        ],
        "cpu": "512",
        "createdAt": NOW,
        "desiredStatus": "RUNNING",
        "enableExecuteCommand": False,
        "group": f"service:{name}",
        "healthStatus": "HEALTHY",
        "lastStatus": "RUNNING",
        "launchType": "FARGATE",
        "memory": "1024",
        "overrides": {"containerOverrides": [{"name": "app"}, {"name": "sidecar"}], "inferenceAcceleratorOverrides": []},
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "pullStartedAt": NOW,
        "pullStoppedAt": NOW,
        "startedAt": NOW,
        "startedBy": "ecs-svc/1234567890123456789",
        "tags": [{"key": "team", "value": "shop"}],
        "taskArn": arn,
        "taskDefinitionArn": f"{ARN}:task-definition/{name}:17",
        "version": 4,
        "ephemeralStorage": {"sizeInGiB": 20},
    }  # fmt: skip


class Answers:
    """Prepared bodies; only the choice of what is in a batch is left to a request."""

    def __init__(self) -> None:
        self.services = {name: json.dumps(service(name)) for name in names()}
        self.tasks = {task_arn(name, number): json.dumps(task(name, number)) for name in names() for number in range(TASKS_EACH)}
        self.arns = list(self.tasks)
        self.calls = 0

    def answer(self, operation: str, asked: dict[str, Any]) -> str:
        self.calls += 1
        if operation == "ListClusters":
            return json.dumps({"clusterArns": [CLUSTER]})
        if operation == "DescribeClusters":
            one = {"clusterArn": CLUSTER, "clusterName": "shop", "status": "ACTIVE", "activeServicesCount": SERVICES}
            return json.dumps({"clusters": [one], "failures": []})
        if operation == "ListServices":
            return self.page([f"{ARN}:service/shop/{name}" for name in names()], asked, "serviceArns")
        if operation == "ListTasks":
            return self.page(self.arns, asked, "taskArns")
        if operation == "DescribeServices":
            found = (self.services[one.rsplit("/", 1)[-1]] for one in asked["services"])
            return f'{{"services": [{",".join(found)}], "failures": []}}'
        if operation == "DescribeTasks":
            return f'{{"tasks": [{",".join(self.tasks[arn] for arn in asked["tasks"])}], "failures": []}}'
        raise LookupError(operation)

    @staticmethod
    def page(items: list[str], asked: dict[str, Any], member: str) -> str:
        start = int(asked.get("nextToken") or 0)
        end = start + int(asked.get("maxResults", 10))
        more = {"nextToken": str(end)} if end < len(items) else {}
        return json.dumps({member: items[start:end], **more})


async def serve() -> None:
    """Until standard input ends."""
    from aiohttp import web

    prepared = Answers()

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        target = request.headers.get("X-Amz-Target", "")
        if not target:
            text = (
                "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>"
                f"<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>A</UserId><Account>{ACCOUNT}</Account>"
                "</GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
            return web.Response(text=text, content_type="text/xml")
        answer = prepared.answer(target.rsplit(".", 1)[-1], json.loads(body or b"{}"))
        return web.Response(body=answer.encode(), content_type="application/x-amz-json-1.1")

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[union-attr]
    await asyncio.to_thread(sys.stdin.read)


async def measured(work: Callable[[], Awaitable[Any]]) -> dict[str, float]:
    """CPU of this process and wall time in ms, and the worst stall, while ``work`` runs."""
    gc.collect()
    lag = Stall()
    watching = asyncio.ensure_future(lag.run())
    await asyncio.sleep(0.01)
    lag.worst = 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    await work()
    answer = {"cpu": (time.process_time() - cpu) * 1000, "wall": (time.perf_counter() - wall) * 1000, "stall": lag.worst}
    watching.cancel()
    return answer


class Stall:
    """How much later than asked for a 2 ms timer comes, at worst, in ms."""

    def __init__(self) -> None:
        self.worst = 0.0

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.002)
            self.worst = max(self.worst, (time.perf_counter() - began - 0.002) * 1000)


async def ours(port: str) -> dict[str, Any]:
    """The sources into a store: the first load, visible rows first, then the steady refresh of a screen."""
    from pathlib import Path
    from random import Random

    from config import load
    from tui.model import Key, SystemClock
    from tui.sources.aws.connection import AwsConnection
    from tui.sources.aws.ecs_clusters import EcsClusters
    from tui.sources.aws.ecs_services import EcsServices
    from tui.sources.aws.ecs_tasks import EcsTasks
    from tui.sources.aws.guard import ReadGuard
    from tui.sources.aws.session import SessionPlan
    from tui.sources.base import SourceContext
    from tui.store import Store, Urgency

    clock = SystemClock()
    loop = asyncio.get_running_loop()
    store = Store(clock, lambda delay, call: loop.call_later(delay, call))
    plan = SessionPlan(
        region=REGION, access=("AKIDEXAMPLE", "secret"), endpoint_url=f"http://127.0.0.1:{port}", loopback_only=True
    )
    connection = AwsConnection(plan, clock=clock, guard=ReadGuard(read_only=False))
    await connection.open()
    await connection.call("ecs", "ListClusters")
    context = SourceContext(store=store, clock=clock, settings=load(Path("/dev/null"), {}, {}), aws=connection, random=Random(1))
    scope = connection.cluster_scope(CLUSTER)
    keys = frozenset(Key.of("services", scope, f"{CLUSTER}#{name}") for name in names()[-VISIBLE:])
    store.interest.register("services", None, Urgency.VISIBLE, keys)
    store.interest.register("clusters", None, Urgency.VISIBLE)
    store.interest.register("tasks", None, Urgency.VISIBLE)
    view = store.view("services")
    connection.limits.operations.clear()
    tasks: list[asyncio.Task[None]] = []
    first = began = 0.0
    done = asyncio.Event()

    def changed(_: object) -> None:
        nonlocal first
        if not first and all(store.get(key) is not None for key in keys):
            first = (time.perf_counter() - began) * 1000
        if store.count("tasks") == SERVICES * TASKS_EACH and store.count("services") == SERVICES:
            done.set()

    store.subscribe(("services", "tasks"), changed)

    async def load_all() -> None:
        nonlocal began
        began = time.perf_counter()
        tasks.extend(asyncio.ensure_future(source(context).run()) for source in (EcsClusters, EcsServices, EcsTasks))
        await done.wait()

    whole = await measured(load_all)
    assert len(view) == SERVICES
    calls = sum(connection.limits.operations.values())
    connection.limits.operations.clear()
    await asyncio.sleep(3.5)
    steady = sum(connection.limits.operations.values())
    for task_ in tasks:
        task_.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await connection.close()
    return {**whole, "calls": calls, "steady": steady, "first": first}


async def narrow(port: str) -> dict[str, Any]:
    """The same calls by our connection with our decoding, into Structs: what ``plain`` does, ours."""
    from tui.model import SystemClock
    from tui.sources.aws import wire_services, wire_tasks
    from tui.sources.aws.connection import AwsConnection
    from tui.sources.aws.decode import answer_of
    from tui.sources.aws.guard import ReadGuard
    from tui.sources.aws.session import SessionPlan

    plan = SessionPlan(
        region=REGION, access=("AKIDEXAMPLE", "secret"), endpoint_url=f"http://127.0.0.1:{port}", loopback_only=True
    )
    connection = AwsConnection(plan, clock=SystemClock(), guard=ReadGuard(read_only=False))
    await connection.open()
    await connection.call("ecs", "ListClusters")

    async def read(operation: str, **params: Any) -> Any:
        kind = getattr(wire_services, operation, None) or getattr(wire_tasks, operation)
        answer = await connection.call("ecs", operation, {"cluster": CLUSTER, **params}, how=kind)
        return answer_of(operation, answer, kind)

    async def listed(operation: str, member: str) -> list[str]:
        found: list[str] = []
        more: dict[str, str] = {}
        while True:
            page = await read(operation, maxResults=100, **more)
            found += getattr(page, member)
            if not page.next_token:
                return found
            more = {"nextToken": page.next_token}

    async def services() -> None:
        arns = await listed("ListServices", "service_arns")
        parts = [arns[start : start + 10] for start in range(0, len(arns), 10)]
        await asyncio.gather(*(read("DescribeServices", services=part, include=["TAGS"]) for part in parts))

    async def tasks() -> None:
        arns = await listed("ListTasks", "task_arns")
        parts = [arns[start : start + 100] for start in range(0, len(arns), 100)]
        await asyncio.gather(*(read("DescribeTasks", tasks=part, include=["TAGS"]) for part in parts))

    async def load_all() -> None:
        await asyncio.gather(services(), tasks())

    figures = await measured(load_all)
    await connection.close()
    return dict(figures)


async def plain(port: str) -> dict[str, Any]:
    """The same calls by aiobotocore as it comes, eight in flight; nothing is done with the answers."""
    from aiobotocore.session import get_session

    session = get_session()
    made = session.create_client(
        "ecs",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
    )
    async with made as client:
        await client.list_clusters()
        flight = asyncio.Semaphore(8)

        async def one(work: Awaitable[Any]) -> Any:
            async with flight:
                return await work

        async def listed(method: Any, member: str) -> list[str]:
            found: list[str] = []
            more: dict[str, str] = {}
            while True:
                answer = await one(method(cluster=CLUSTER, maxResults=100, **more))
                found += answer[member]
                if "nextToken" not in answer:
                    return found
                more = {"nextToken": answer["nextToken"]}

        async def services() -> None:
            arns = await listed(client.list_services, "serviceArns")
            parts = [arns[start : start + 10] for start in range(0, len(arns), 10)]
            await asyncio.gather(
                *(one(client.describe_services(cluster=CLUSTER, services=part, include=["TAGS"])) for part in parts)
            )

        async def tasks() -> None:
            arns = await listed(client.list_tasks, "taskArns")
            parts = [arns[start : start + 100] for start in range(0, len(arns), 100)]
            await asyncio.gather(*(one(client.describe_tasks(cluster=CLUSTER, tasks=part, include=["TAGS"])) for part in parts))

        async def load_all() -> None:
            await asyncio.gather(services(), tasks())

        return dict(await measured(load_all))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        print(json.dumps(asyncio.run({"ours": ours, "narrow": narrow, "plain": plain}[sys.argv[1]](sys.argv[2]))))
