"""The embedded world seen by the real sources: what the problems list says of it, and who runs what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.embedded import World, connect_loopback, embedded_world, settings_for
from tests.outside import client
from tests.waiting import PATIENCE
from tui.diagnosis import rules
from tui.model import Finding, ManualClock, State
from tui.model.ecs import ServiceRow
from tui.model.tasks import TaskRow
from tui.model.usage import DefinitionUsageRow, ImageUsageRow
from tui.store import Store, Urgency

KINDS = (
    "services", "tasks", "pods", "deployments", "replica-sets", "alarms", "clusters", "task-definitions", "repositories",
    "images", "scalable-targets", "target-health",
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as found:
        yield found


class Seen:
    """A store with all rules, fed by the hub."""

    def __init__(self, world: World, clock: ManualClock) -> None:
        self.world = world
        self.clock = clock
        self.store = Store(clock, lambda delay, call: asyncio.get_running_loop().call_later(delay, call))
        for rule in rules():
            self.store.register(rule)

    async def step(self, seconds: float) -> None:
        """Let world time pass, seen by every source."""
        step = await asyncio.to_thread(self.world.step, seconds)
        self.clock.set(step.time)
        await asyncio.wait_for(self.store.settled(step), PATIENCE)

    def problems(self) -> dict[str, Finding]:
        """By name, as the list shows them."""
        return {row.name: row for row in self.store.rows("findings") if isinstance(row, Finding) and not row.grouped}


@asynccontextmanager
async def seen(world: World, folder: Path) -> AsyncIterator[Seen]:
    found = Seen(world, ManualClock(world.time))
    hub, _ = await connect_loopback(settings_for(world, folder), found.store, loopback_only=True)
    interests = [found.store.interest.register(kind, None, Urgency.VISIBLE) for kind in KINDS]
    try:
        await asyncio.wait_for(hub.opened(), PATIENCE)
        await found.step(1)
        await found.step(5)
        yield found
    finally:
        for interest in interests:
            interest.close()
        await hub.stop()


async def test_the_five_faults_are_said_in_words(world: World, tmp_path: Path) -> None:
    async with seen(world, tmp_path) as found:
        problems = found.problems()
        checkout = problems["shop/checkout"]
        assert checkout.severity is State.BROKEN
        assert checkout.sentence == "image checkout:1.8.3 not found in ECR, 0 of 4 new tasks started"
        assert checkout.evidence[0].startswith("since deployment of :42 by ci-deployer · last good :41")
        assert (checkout.action, checkout.action_title) == ("ecs.deploy", "i deploy last good")
        assert problems["cart/cart"].sentence == '12 of 12 pods crash: exit 1, "REDIS_URL is not set"'
        assert problems["cart/cart"].action_title == "l logs"
        assert problems["batch/feature-builder"].cause == "no-capacity"
        assert problems["shop/recommendations"].sentence.startswith("health check fails: answered 503, wanted 200")
        assert problems["pay/statements"].sentence.startswith("killed for memory (512 MiB)")
        assert problems["shop/search"].sentence.endswith("scaling at its maximum (6)")
        pods = [row for row in found.store.rows("findings") if isinstance(row, Finding) and row.target.kind == "pods"]
        assert len(pods) >= 12
        assert all(row.grouped for row in pods if row.name.startswith("cart/"))


async def test_a_service_that_was_deployed_back_is_well_again(world: World, tmp_path: Path) -> None:
    """ECS still lists the stopped tasks of the failed deployment, and the store has read them."""
    async with seen(world, tmp_path) as found:
        ecs = client(world.running.env, "ecs")
        assert "shop/checkout" in found.problems()
        change = {"cluster": "shop", "service": "checkout", "taskDefinition": "checkout:41"}
        await asyncio.to_thread(ecs.update_service, **change)
        for _ in range(40):
            await found.step(15)
            row = next(r for r in found.store.rows("services") if isinstance(r, ServiceRow) and r.name == "checkout")
            assert row.primary is not None
            assert row.task_definition.endswith(":41")
            assert "checkout:1.8.3" not in found.store.reason(row)
            if row.primary.rollout_state == "COMPLETED" and len(row.deployments) == 1:
                break
        assert row.primary is not None and row.primary.rollout_state == "COMPLETED"
        failed = [t for t in found.store.rows("tasks") if isinstance(t, TaskRow) and t.stop_code == "TaskFailedToStart"]
        assert any(task.service == "checkout" for task in failed), "they are there, and say nothing any more"
        assert found.store.state(row) is State.WELL, found.store.reason(row)
        assert not found.store.findings(row.key)


async def test_a_healthy_rollout_is_no_problem(world: World, tmp_path: Path) -> None:
    async with seen(world, tmp_path) as found:
        states = set()
        for _ in range(24):  # the pipeline deploys it every nine minutes
            await found.step(25)
            row = next(r for r in found.store.rows("services") if isinstance(r, ServiceRow) and r.name == "gateway")
            states.add(found.store.state(row))
            assert "pay/gateway" not in found.problems()
        assert states == {State.WELL, State.CHANGING}


async def test_who_runs_what(world: World, tmp_path: Path) -> None:
    async with seen(world, tmp_path) as found:
        usage = [row for row in found.store.rows("image-usage") if isinstance(row, ImageUsageRow)]
        assert len(usage) == found.store.count("images") > 300
        assert not any(row.coverage for row in usage)
        ledger = [row for row in usage if row.name.endswith("ledger") and row.services]
        services = {name: count for row in ledger for name, count in row.services}
        assert services["pay/ledger"] == 3
        used = [row for row in found.store.rows("definition-usage") if isinstance(row, DefinitionUsageRow) and row.services]
        assert {"shop/checkout", "pay/gateway"} <= {name for row in used for name in row.services}
