"""The embedded world, the hub's own clients and a runner on a clock that the test moves: for contract tests of actions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import config
from tests.nursery import start
from tests.waiting import PATIENCE
from tui.actions.base import Context, Plan
from tui.actions.discovery import actions
from tui.actions.journal import Journal
from tui.actions.policies import aws_reads_of
from tui.actions.runner import Run, Runner
from tui.model import Key, ManualClock, Scope, SystemClock
from tui.model.ecs import ServiceRow
from tui.model.kubernetes import DeploymentRow, PodRow
from tui.model.tasks import TaskRow
from tui.simulator.launch import Running
from tui.sources.hub import Hub
from tui.store import Store


class AwaitedClock(ManualClock):
    """A manual clock that tells when somebody begins to wait for it."""

    def __init__(self, now: float) -> None:
        super().__init__(now)
        self.awaited = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.awaited.set()
        await super().sleep(seconds)


class WorldDesk:
    """Made by ``open``; ``close`` ends the connections, the world itself goes on."""

    def __init__(self, running: Running, settings: config.Settings, now: float) -> None:
        self.running = running
        self.settings = settings
        self.clock = AwaitedClock(now)
        self.hub = Hub(settings, Store(SystemClock()), loopback_only=True, census=False, reads=lambda: aws_reads_of(actions()))
        self.web = aiohttp.ClientSession(headers={"Authorization": f"Bearer {running.secret}"})
        self.journal = Journal(settings.state_dir)
        context = Context(clients=self.hub.clients, clock=self.clock, store=None, settings=settings)
        self.runner = Runner(actions(), context, self.journal)

    @classmethod
    async def open(cls, running: Running, state: Path, monkeypatch: pytest.MonkeyPatch, **flags: Any) -> WorldDesk:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        settings = config.load(
            Path(config.__file__).with_name("defaults.toml"),
            environment={},
            flags={"paths.state_dir": str(state), "kubernetes.kubeconfig": running.env.get("KUBECONFIG", ""), **flags},
        )
        desk = cls(running, settings, 0.0)
        await desk.step(0)
        await desk.hub.start()
        await desk.hub.opened()
        return desk

    async def close(self) -> None:
        await self.hub.stop()
        await self.web.close()

    async def control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        async with self.web.request(method, f"{self.running.control}{path}", json=body) as answer:
            found: dict[str, Any] = await answer.json()
            assert answer.status == 200, found
            return found

    async def step(self, seconds: float) -> None:
        """Move the world, then the clock of the actions to its time."""
        moved = await self.control("POST", "/step", {"seconds": seconds})
        self.clock.set(moved["time"])

    async def calls(self) -> dict[str, int]:
        """Calls since the last reset, by operation."""
        counts: dict[str, int] = (await self.control("GET", "/calls"))["calls"]
        return counts

    async def finish(self, run: Run, *, limit: float = 1200, stride: float = 5) -> Run:
        """Move time until the run has settled: a stride whenever it waits for the clock."""
        ended = asyncio.ensure_future(run.wait())
        spent = 0.0
        while spent < limit:
            waiting = asyncio.ensure_future(self.clock.awaited.wait())
            await asyncio.wait([ended, waiting], return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
            waiting.cancel()
            if ended.done():
                return run
            self.clock.awaited.clear()
            await self.step(stride)
            spent += stride
        raise AssertionError([step.text for step in run.steps])

    async def go(self, action: str, row: Any, **values: str) -> tuple[Plan, Run]:
        """Plan, confirm, run to the end."""
        plan = await self.runner.plan(action, [row], values)
        assert not plan.refusal, plan.refusal
        return plan, await self.finish(await self.runner.start(plan))

    # rows

    @property
    def scope(self) -> Scope:
        return next(iter(self.hub.clients.aws_connections.values())).scope

    @property
    def cluster(self) -> Scope:
        return next(iter(self.hub.clients.clusters.values())).scope

    async def read(self, operation: str, **params: Any) -> dict[str, Any]:
        return await self.hub.clients.aws(self.scope).read("ecs", operation, params)

    async def get(self, path: str) -> dict[str, Any]:
        return await self.hub.clients.kubernetes(self.cluster).get(path)

    async def described(self, cluster: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.read("DescribeServices", cluster=cluster, services=[name]))["services"][0]
        return found

    async def service(self, cluster: str, name: str) -> ServiceRow:
        found = await self.described(cluster, name)
        arn = found["clusterArn"]
        key = Key.of("services", self.scope, f"{arn}#{name}")
        return ServiceRow(
            key=key, scope=self.scope, name=name, arn=found["serviceArn"], cluster_arn=arn, desired=found["desiredCount"]
        )

    async def task(self, cluster: str, service: str) -> TaskRow:
        arn = (await self.read("ListTasks", cluster=cluster, serviceName=service))["taskArns"][0]
        cluster_arn = (await self.described(cluster, service))["clusterArn"]
        name = arn.rsplit("/", 1)[-1]
        return TaskRow(key=Key.of("tasks", self.scope, arn), scope=self.scope, name=name, arn=arn, cluster_arn=cluster_arn)

    async def deployment(self, namespace: str, name: str) -> DeploymentRow:
        found = await self.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
        uid = found["metadata"]["uid"]
        key = Key.of("deployments", self.cluster, uid)
        return DeploymentRow(key=key, scope=self.cluster, name=name, namespace=namespace, uid=uid)

    async def pod(self, namespace: str, labels: str) -> PodRow:
        pods = await self.hub.clients.kubernetes(self.cluster).get(
            f"/api/v1/namespaces/{namespace}/pods", {"labelSelector": labels}
        )
        found = pods["items"][0]["metadata"]
        key = Key.of("pods", self.cluster, found["uid"])
        return PodRow(key=key, scope=self.cluster, name=found["name"], namespace=namespace, uid=found["uid"])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with start() as world:
        yield world


@pytest.fixture
async def desk(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WorldDesk]:
    desk = await WorldDesk.open(running, tmp_path, monkeypatch)
    yield desk
    await desk.close()
