"""Where a task goes: which capacity provider, which container instance, and what is lacking when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Cluster, ContainerInstance, Service
    from tui.simulator.ecs.revisions import TaskDefinition

FARGATE_PROVIDERS = ("FARGATE", "FARGATE_SPOT")


@dataclass(frozen=True, slots=True)
class Refusal:
    """No instance can take the task: the closest one, and what it lacks in the words of the service event."""

    instance: str
    lacks: str


def choose_provider(service: Service) -> str:
    """The capacity provider for the next task of a service by base and weight; empty where a launch type is used."""
    entries = service.strategy
    if not entries:
        return ""
    counts = {e["capacityProvider"]: 0 for e in entries}
    for task in service.tasks.values():
        if task.wanted and task.provider in counts:
            counts[task.provider] += 1
    for entry in entries:
        if counts[entry["capacityProvider"]] < int(entry.get("base", 0)):
            return str(entry["capacityProvider"])
    weighted = [e for e in entries if int(e.get("weight", 0)) > 0] or entries
    best = min(weighted, key=lambda e: counts[e["capacityProvider"]] / max(1, int(e.get("weight", 1))))
    return str(best["capacityProvider"])


def choose_instance(
    cluster: Cluster, definition: TaskDefinition, *, provider: str = "", without: frozenset[str] = frozenset()
) -> ContainerInstance | Refusal:
    """The ACTIVE instance with most free memory that can take the definition; ``without``: ids that are taken."""
    active = [
        i
        for i in cluster.instances.values()
        if i.status == "ACTIVE" and i.connected and i.id not in without and provider in ("", i.provider)
    ]
    if not active:
        return Refusal("", "")
    cpu, memory = definition.cpu, definition.memory
    fitting = [i for i in active if i.free_cpu >= cpu and i.free_memory >= memory]
    if fitting:
        return max(fitting, key=lambda i: (i.free_memory, i.id))
    closest = max(active, key=lambda i: (i.free_cpu >= cpu, i.free_memory, i.id))
    if closest.free_memory < memory:
        return Refusal(closest.id, "has insufficient memory available")
    return Refusal(closest.id, "has insufficient CPU units available")
