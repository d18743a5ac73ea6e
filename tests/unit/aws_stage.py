"""An AWS without a network for unit tests: calls are answered in botocore's ``before-call`` event, and counted.

botocore still checks parameters, builds the request and raises its own errors; nothing is signed or sent. Unknown operations
fail the test. ``Account`` is a small world of clusters, services and tasks that a test changes at will.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from config import Settings, load
from tui.model import ManualClock
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws.session import SessionPlan
from tui.sources.base import Source, SourceContext
from tui.store import Store

ACCOUNT = "123456789012"
REGION = "eu-west-1"
Handler = Callable[[dict[str, Any]], Any]


class Refusal(Exception):
    """An error answer: AWS's code, message and HTTP status."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class Status:
    """What botocore looks at of an HTTP answer."""

    def __init__(self, code: int) -> None:
        self.status_code = code


class Stage:
    """Handlers by ``service:Operation``; ``calls`` counts, ``asked`` keeps (name, parameters) in order."""

    def __init__(self) -> None:
        who = {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/t"}
        self.handlers: dict[str, Handler] = {"sts:GetCallerIdentity": lambda _: who}
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.gate: Callable[[str], Awaitable[None]] | None = None

    @property
    def hooks(self) -> tuple[tuple[str, Callable[..., Any]], ...]:
        return (("before-parameter-build", self._keep), ("before-call", self._answer))

    @staticmethod
    def _keep(params: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        context["asked"] = dict(params)

    async def _answer(self, model: Any, context: dict[str, Any], **_: object) -> tuple[Status, dict[str, Any]]:
        name = f"{model.service_model.service_name}:{model.name}"
        self.calls[name] += 1
        self.asked.append((name, context["asked"]))
        if self.gate is not None:
            await self.gate(name)
        assert name in self.handlers, f"nobody answers {name}"
        try:
            return Status(200), self.handlers[name](context["asked"])
        except Refusal as refusal:
            error = {"Code": refusal.code, "Message": refusal.message}
            meta = {"HTTPStatusCode": refusal.status, "HTTPHeaders": {}}
            return Status(refusal.status), {"Error": error, "ResponseMetadata": meta}

    def of(self, name: str) -> list[dict[str, Any]]:
        """The parameters of every call of ``name``."""
        return [params for called, params in self.asked if called == name]

    def reset(self) -> None:
        self.calls.clear()
        self.asked.clear()


def plan(**changes: Any) -> SessionPlan:
    """A session of nobody's, which could reach nothing but a closed port of loopback."""
    given = {"region": REGION, "access": ("AKIDEXAMPLE", "secret"), "endpoint_url": "http://127.0.0.1:9", "loopback_only": True}
    return SessionPlan(**{**given, **changes})


def settings(**flags: Any) -> Settings:
    return load(Path("/dev/null"), {}, flags)


class Bench:
    """A store, a manual clock and one connection to a stage."""

    def __init__(self, stage: Stage, *, read_only: bool = False, reads: tuple[str, ...] = (), **flags: Any) -> None:
        self.stage = stage
        self.clock = ManualClock(1_700_000_000.0)
        self.store = Store(self.clock)
        guard = ReadGuard(read_only=read_only, reads=reads)
        self.connection = AwsConnection(plan(), clock=self.clock, guard=guard, hooks=stage.hooks)
        self.context = SourceContext(
            store=self.store, clock=self.clock, settings=settings(**flags), aws=self.connection, random=Random(1)
        )
        self.tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Bench:
        await self.connection.open()
        self.stage.reset()
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.connection.close()

    def start(self, *sources: type[Source]) -> None:
        for source in sources:
            self.tasks.append(asyncio.ensure_future(source(self.context).run()))

    async def quiet(self) -> None:
        """Let everything run until nothing happens without time passing."""
        still = 0
        before = -1
        while still < 12:
            await asyncio.sleep(0)
            now = sum(self.stage.calls.values())
            still = still + 1 if now == before else 0
            before = now
        for task in self.tasks:
            if task.done():
                task.result()
        self.store.flush()

    async def after(self, seconds: float, steps: int = 1) -> None:
        """Let time pass."""
        for _ in range(steps):
            self.clock.advance(seconds / steps)
            await self.quiet()


def cluster_arn(name: str) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{name}"


class Account:
    """ECS of one account, answered from dictionaries: services and tasks by cluster name."""

    def __init__(self, stage: Stage, clusters: Mapping[str, int], tasks_each: int = 0) -> None:
        self.services: dict[str, dict[str, dict[str, Any]]] = {
            cluster: {f"s{number:03}": service(cluster, f"s{number:03}") for number in range(count)}
            for cluster, count in clusters.items()
        }
        self.tasks: dict[str, dict[str, dict[str, Any]]] = {
            cluster: {
                arn: task(cluster, arn, name)
                for name in services
                for number in range(tasks_each)
                for arn in (f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{cluster}/{name}{number:029}",)
            }
            for cluster, services in self.services.items()
        }
        stage.handlers |= {
            "ecs:ListClusters": lambda _: {"clusterArns": [cluster_arn(name) for name in self.services]},
            "ecs:DescribeClusters": self.describe_clusters,
            "ecs:ListServices": self.list_services,
            "ecs:DescribeServices": self.describe_services,
            "ecs:ListTasks": self.list_tasks,
            "ecs:DescribeTasks": self.describe_tasks,
        }

    @staticmethod
    def name(params: Mapping[str, Any]) -> str:
        return str(params["cluster"]).rsplit("/", 1)[-1]

    def services_of(self, params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        name = self.name(params)
        if name not in self.services:
            raise Refusal("ClusterNotFoundException", "Cluster not found.")
        return self.services[name]

    def describe_clusters(self, params: dict[str, Any]) -> dict[str, Any]:
        return {
            "clusters": [
                {"clusterArn": arn, "clusterName": arn.rsplit("/", 1)[-1], "status": "ACTIVE"} for arn in params["clusters"]
            ]
        }

    def list_services(self, params: dict[str, Any]) -> dict[str, Any]:
        arns = [one["serviceArn"] for one in self.services_of(params).values()]
        return page(arns, params, "serviceArns")

    def describe_services(self, params: dict[str, Any]) -> dict[str, Any]:
        assert len(params["services"]) <= 10
        known = self.services_of(params)
        found = [known[name] for name in params["services"] if name in known]
        missing = [{"arn": name, "reason": "MISSING"} for name in params["services"] if name not in known]
        return {"services": found, "failures": missing}

    def list_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("desiredStatus", "RUNNING")
        group = f"service:{params['serviceName']}" if "serviceName" in params else None
        if group is not None and params["serviceName"] not in self.services_of(params):
            raise Refusal("ServiceNotFoundException", "Service not found.")
        arns = [
            arn
            for arn, one in self.tasks[self.name(params)].items()
            if one["desiredStatus"] == wanted and group in (None, one["group"])
        ]
        return page(arns, params, "taskArns")

    def describe_tasks(self, params: dict[str, Any]) -> dict[str, Any]:
        assert len(params["tasks"]) <= 100
        known = self.tasks[self.name(params)]
        return {
            "tasks": [known[arn] for arn in params["tasks"] if arn in known],
            "failures": [{"arn": arn, "reason": "MISSING"} for arn in params["tasks"] if arn not in known],
        }


def page(items: list[str], params: Mapping[str, Any], member: str) -> dict[str, Any]:
    start = int(params.get("nextToken", 0))
    end = start + int(params.get("maxResults", 10))
    return {member: items[start:end], **({"nextToken": str(end)} if end < len(items) else {})}


def service(cluster: str, name: str, **changes: Any) -> dict[str, Any]:
    definition = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{name}:1"
    return {
        "serviceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{cluster}/{name}",
        "serviceName": name,
        "clusterArn": cluster_arn(cluster),
        "status": "ACTIVE",
        "desiredCount": 10,
        "runningCount": 10,
        "pendingCount": 0,
        "taskDefinition": definition,
        "deployments": [
            {
                "id": "d",
                "status": "PRIMARY",
                "taskDefinition": definition,
                "desiredCount": 10,
                "runningCount": 10,
                "rolloutState": "COMPLETED",
            }
        ],
        **changes,
    }


def task(cluster: str, arn: str, owner: str, **changes: Any) -> dict[str, Any]:
    return {
        "taskArn": arn,
        "clusterArn": cluster_arn(cluster),
        "group": f"service:{owner}",
        "taskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{owner}:1",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "HEALTHY",
        "cpu": "256",
        "memory": "512",
        "containers": [{"name": "app", "image": f"registry.example/{owner}:1.0", "lastStatus": "RUNNING"}],
        **changes,
    }


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()
