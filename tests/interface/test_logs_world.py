"""One view over a service and a deployment of the embedded world, through rollouts, cuts and refusals: counted line by line."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.embedded import Walk, World, embedded_world, walking
from tests.outside import client
from tests.waiting import PATIENCE
from tui.logs.base import LogLine
from tui.logs.merge import Merge
from tui.model import Row
from tui.model.ecs import ServiceRow
from tui.model.kubernetes import DeploymentRow
from tui.store import Urgency

NUMBER = re.compile(r'seq"?[=:] ?(\d+)')
TROUBLES: dict[int, dict[str, Any]] = {
    2: {"kubernetes": {"cut": 1}},
    3: {"rules": [{"kind": "throttled", "service": "logs", "count": 3}]},
    5: {"rules": [{"kind": "unavailable", "service": "logs", "count": 2}, {"kind": "truncated", "service": "logs", "count": 1}]},
    7: {"kubernetes": {"cut": 1, "errors": 2}},
    9: {"rules": [{"kind": "reset", "service": "logs", "count": 2}], "kubernetes": {"unauthorized": 1}},
    11: {"kubernetes": {"cut": 2}},
}


class Reader:
    """What the view gets, and the order in which it would show it."""

    def __init__(self, walk: Walk, rows: Sequence[Row]) -> None:
        self.walk = walk
        self.lines: list[LogLine] = []
        self.merge = Merge(walk.app.console_.clock, 3.0, held=True)
        self.shown: list[LogLine] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._read(rows))

    async def _read(self, rows: Sequence[Row]) -> None:
        connection = self.walk.app.console_.connection
        assert connection is not None
        async for batch in connection.logs.follow(rows, since=60.0, tail=10_000):
            self.lines += batch
            self.merge.add(batch)
            self._more.set()

    async def until(self, done: Any) -> None:
        """Let small steps of the application's clock pass until ``done`` holds of what has come."""
        async with asyncio.timeout(PATIENCE):
            while not done():
                self._more.clear()
                self.walk.app.console_.clock.advance(0.5)  # type: ignore[attr-defined]
                self.shown += self.merge.take()
                with contextlib.suppress(TimeoutError):  # nothing came: more of the application's time must pass
                    await asyncio.wait_for(self._more.wait(), 0.05)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def events_of(world: World, service: str, since: float) -> dict[str, str]:
    """Event id to text of all that the service's group has since then, by another client."""
    ecs, logs = client(world.running.env, "ecs"), client(world.running.env, "logs")
    arn = ecs.describe_services(cluster="pay", services=[service])["services"][0]["taskDefinition"]
    containers = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]["containerDefinitions"]
    group = containers[0]["logConfiguration"]["options"]["awslogs-group"]
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=int(since * 1000))
    return {event["eventId"]: event["message"] for page in pages for event in page["events"]}


async def test_no_line_is_lost_and_none_comes_twice_in_both_worlds(tmp_path: Path) -> None:
    with embedded_world() as world:
        world.others |= {"ecs:UpdateService", "logs:FilterLogEvents"}
        async with walking(world, tmp_path) as walk:
            walk.store.interest.register("deployments", None, Urgency.VISIBLE)
            await walk.until("pay/ledger")
            await walk.step(5)
            service = next(row for row in walk.store.rows("services") if isinstance(row, ServiceRow) and row.name == "ledger")
            made = [row for row in walk.store.rows("deployments") if isinstance(row, DeploymentRow)]
            deployment = next(row for row in made if row.namespace == "accounts" and row.ready == row.desired >= 2)
            opened = world.time
            reader = Reader(walk, [service, deployment])
            await reader.until(lambda: len({line.source.split()[0] for line in reader.lines}) >= 2)
            for turn in range(14):
                if turn == 1:
                    client(world.running.env, "ecs").update_service(cluster="pay", service="ledger", forceNewDeployment=True)
                if turn == 6:
                    cluster = walk.app._hub.clients.cluster(deployment.scope)
                    path = f"/apis/apps/v1/namespaces/{deployment.namespace}/deployments/{deployment.name}"
                    stamp = {"kubectl.kubernetes.io/restartedAt": "2026-11-24T00:00:00Z"}
                    patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
                    await cluster.write("PATCH", path, patch, content_type="application/strategic-merge-patch+json")
                if turn in TROUBLES:
                    world.faults(**TROUBLES[turn])
                await walk.step(8)
                await reader.until(lambda: True)
            world.faults(rules=[], kubernetes={"errors": 0, "unauthorized": 0, "cut": 0})
            truth = events_of(world, "ledger", opened - 50)
            seen: dict[str, LogLine] = {}
            await reader.until(lambda: truth.keys() <= {line.ident for line in reader.lines})
            for line in reader.lines:
                if line.kind == "line":
                    assert line.ident not in seen, line
                    seen[line.ident] = line
            assert all(seen[ident].text == text.rstrip("\r\n") for ident, text in truth.items())
            numbers: dict[str, list[int]] = defaultdict(list)
            for line in seen.values():
                if (found := NUMBER.search(line.text)) is not None:
                    numbers[line.source].append(int(found[1]))
            assert len(numbers) >= 2 * (service.running + deployment.desired) - 1, sorted(numbers)
            # the tasks' lines were compared by id; some of theirs are not ingested yet, so that their numbers may have holes
            for source, got in numbers.items():
                assert source.startswith("ledger ") or sorted(got) == list(range(min(got), max(got) + 1)), source
            assert any(line.kind == "gap" and "reconnected" in line.text for line in reader.lines)
            reader.shown += reader.merge.flush()
            assert len([line for line in reader.shown if line.kind == "line"]) == len(seen)
            await reader.stop()
