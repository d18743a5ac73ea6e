"""What a plan on ECS will cost: how long a deployment takes, how much CPU and memory more tasks take.

Read where it can be; a plan without these words is as good a plan, so what may not be read is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.actions.base import Context
from tui.actions.rollout_words import epoch
from tui.actions.service import locator_of
from tui.model.ecs import TaskDefinitionRow
from tui.model.errors import ApiError
from tui.model.row import Row
from tui.model.scope import Scope

READS = ("ecs:ListServiceDeployments", "ecs:DescribeTaskDefinition")

#: distinct task definitions that a bulk plan reads for its sum
MOST_DEFINITIONS = 5


async def duration(row: Row, context: Context) -> str:
    """``, about 3 min``: the median of the service's last five successful deployments; empty where none is known."""
    params = {**locator_of(row), "status": ["SUCCESSFUL"], "maxResults": 5}
    try:
        answer = await context.clients.aws(row.scope).read("ecs", "ListServiceDeployments", params)
    except ApiError:
        return ""
    took = [
        epoch(one.get("finishedAt")) - epoch(one.get("startedAt") or one.get("createdAt"))
        for one in answer.get("serviceDeployments") or []
        if one.get("finishedAt") and (one.get("startedAt") or one.get("createdAt"))
    ]
    from statistics import median

    usual = median([seconds for seconds in took if 0 < seconds < 86400] or [0.0])
    if not usual:
        return ""
    return f", about {max(1, round(usual / 60))} min" if usual >= 45 else ", under a minute"


async def resources(changes: Sequence[tuple[Row, Mapping[str, Any], int]], context: Context) -> str:
    """``: 1.5 vCPU and 3 GB more`` for (row, service, tasks more); empty where the task definitions cannot be read."""
    sizes: dict[tuple[Scope, str], tuple[float, float]] = {}
    cpu = memory = 0.0
    for row, service, more in changes:
        place = (row.scope, str(service.get("taskDefinition", "")))
        if place not in sizes:
            if len(sizes) == MOST_DEFINITIONS or not place[1]:
                return ""
            try:
                sizes[place] = await _size(row.scope, place[1], context)
            except ApiError:
                return ""
        cpu += more * sizes[place][0]
        memory += more * sizes[place][1]
    if not cpu and not memory:
        return ""
    return f": {cpu / 1024:.3g} vCPU and {memory / 1024:.3g} GB more"


async def _size(scope: Scope, arn: str, context: Context) -> tuple[float, float]:
    """CPU units and MiB of one task: its own, else the sum of its containers. A revision never changes: one that a pane has
    read is not read again, since plans wait for the quota of these calls."""
    rows = context.store.rows("task-definitions") if context.store is not None else ()
    for row in rows:
        if isinstance(row, TaskDefinitionRow) and row.arn == arn and row.cpu and row.memory:
            return float(row.cpu), float(row.memory)
    answer = await context.clients.aws(scope).read("ecs", "DescribeTaskDefinition", {"taskDefinition": arn})
    found = answer.get("taskDefinition") or {}
    containers = found.get("containerDefinitions") or []
    cpu = _number(found.get("cpu")) or sum(_number(c.get("cpu")) for c in containers)
    memory = _number(found.get("memory")) or sum(_number(c.get("memory") or c.get("memoryReservation")) for c in containers)
    return cpu, memory


def _number(value: Any) -> float:
    """ECS gives a task's CPU and memory as text."""
    text = str(value or "")
    return float(text) if text.replace(".", "", 1).isdigit() else 0.0
