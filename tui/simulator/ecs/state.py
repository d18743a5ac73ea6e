"""The whole state of ECS in the embedded world, with names, ARNs and identifiers made the way AWS makes them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.objects import CapacityProvider, Cluster, Tags, Task
from tui.simulator.ecs.revisions import ServiceRevision, TaskDefinition

if TYPE_CHECKING:
    from tui.simulator.world import World


class EcsState:
    """Everything that the ECS engine and its handlers share; ``world.state["ecs"]``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rng: random.Random = world.random("ecs")
        self.data: dict[str, Any] = world.scenario.get("ecs", {})
        self.timing: dict[str, float] = self.data.get("timing", {})
        self.network: dict[str, Any] = {"vpc": "", "subnets": [], "security_groups": {}, **self.data.get("network", {})}
        self.clusters: dict[str, Cluster] = {}
        self.definitions: dict[str, dict[int, TaskDefinition]] = {}
        self.providers: dict[str, CapacityProvider] = {}
        self.settings: dict[str, str] = {
            "serviceLongArnFormat": "enabled",
            "taskLongArnFormat": "enabled",
            "containerInstanceLongArnFormat": "enabled",
            "awsvpcTrunking": "disabled",
            "containerInsights": "disabled",
            "fargateFIPSMode": "disabled",
            "tagResourceAuthorization": "on",
            "fargateTaskRetirementWaitPeriod": "7",
            "guardDutyActivate": "off",
            "defaultLogDriverMode": "non-blocking",
        }
        self.tokens: dict[str, str] = {}  # client token -> ARN
        self._addresses = 0

    # Identifiers

    def hex(self, digits: int = 32) -> str:
        """Random hexadecimal digits, as task ids have."""
        return f"{self.rng.getrandbits(digits * 4):0{digits}x}"

    def digits(self, count: int = 19) -> str:
        """Random decimal digits without a leading zero, as deployment ids have."""
        return str(self.rng.randrange(10 ** (count - 1), 10**count))

    def uuid(self) -> str:
        """A random UUID, as service events have."""
        h = self.hex()
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def short_id(self) -> str:
        """20 letters and digits, as service deployments have."""
        return "".join(self.rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-", k=21))

    def address(self, subnet: dict[str, str]) -> str:
        """The next free private IPv4 address of a subnet (``10.20.16.0/20``)."""
        self._addresses += 1
        first, second, third, _ = subnet["cidr"].split("/")[0].split(".")
        number = 10 + self._addresses % 4000
        return f"{first}.{second}.{int(third) + number // 250}.{number % 250 + 4}"

    def draw(self, phase: str) -> float:
        """How long a phase lasts this time, in seconds: within 40 % around the scenario's figure."""
        return float(self.timing.get(phase, 1.0)) * self.rng.uniform(0.6, 1.4)

    # Looking up

    def cluster(self, name_or_arn: str | None) -> Cluster | None:
        """The cluster of a name or ARN; none given means ``default``."""
        return self.clusters.get((name_or_arn or "default").rsplit("/", 1)[-1])

    def definition(self, reference: str) -> TaskDefinition | None:
        """``family``, ``family:revision`` or an ARN; a family alone is its newest ACTIVE revision."""
        family, _, revision = reference.rsplit("/", 1)[-1].partition(":")
        revisions = self.definitions.get(family, {})
        if revision:
            return revisions.get(int(revision)) if revision.isdigit() else None
        active = [d for d in revisions.values() if d.status == "ACTIVE"]
        return max(active, key=lambda d: d.revision) if active else None

    def next_revision(self, family: str) -> int:
        """A number is never used twice, so deregistered revisions count."""
        return max(self.definitions.get(family, {0: None}), default=0) + 1

    def revision(self, arn: str) -> ServiceRevision | None:
        """The service revision of an ARN ``…:service-revision/cluster/service/number``."""
        parts = arn.split("/")
        cluster = self.clusters.get(parts[1]) if len(parts) == 4 else None
        service = cluster.services.get(parts[2]) if cluster else None
        return service.revisions.get(arn) if service else None

    def task(self, cluster: Cluster, reference: str) -> Task | None:
        """A task of a cluster by id or ARN (of that cluster only)."""
        task = cluster.tasks.get(reference.rsplit("/", 1)[-1])
        return None if task is None or (reference.startswith("arn:") and task.arn != reference) else task

    def tags_of(self, arn: str) -> Tags | None:
        """The tags (to be changed in place) of a cluster, service, task, task definition, instance or provider."""
        kind, _, rest = arn.rsplit(":", 1)[-1].partition("/") if "task-definition" not in arn else ("task-definition", "", "")
        if kind == "task-definition":
            definition = self.definition(arn.split("task-definition/", 1)[-1])
            return definition.tags if definition else None
        if kind == "capacity-provider":
            return self.providers[rest].tags if rest in self.providers else None
        parts = rest.split("/")
        cluster = self.clusters.get(parts[0])
        if cluster is None or kind == "cluster":
            return cluster.tags if cluster else None
        holders: dict[str, dict[str, Any]] = {
            "service": cluster.services,
            "task": cluster.tasks,
            "container-instance": cluster.instances,
        }
        found = holders.get(kind, {}).get(parts[-1])
        return found.tags if found else None


def state(world: World) -> EcsState:
    """``world.state["ecs"]``, typed."""
    found: EcsState = world.state["ecs"]
    return found
