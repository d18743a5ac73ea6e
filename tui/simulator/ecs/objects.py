"""What ECS knows: clusters, services, deployments, tasks, instances. Plain objects that the engine changes in place.

Times are epoch seconds, memory is MiB, CPU is CPU units (1,024 a core), as in the API.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.simulator.ecs.revisions import Deployment, ServiceDeployment, ServiceRevision, TaskDefinition
    from tui.simulator.world import Event

Tags = dict[str, str]
EVENTS_KEPT = 100  # service events that ECS shows


@dataclass(slots=True, eq=False)
class Container:
    """A container of a task."""

    name: str
    image: str
    arn: str
    essential: bool = True
    status: str = "PENDING"
    digest: str = ""
    runtime_id: str = ""
    exit_code: int | None = None
    reason: str = ""
    health: str = "UNKNOWN"
    has_check: bool = False
    started: float = 0.0
    stopped: float = 0.0


@dataclass(slots=True, eq=False)
class Task:
    """A task; ``stopped`` is 0 until it has stopped."""

    arn: str
    id: str
    cluster: Cluster
    definition: TaskDefinition
    group: str
    launch_type: str
    created: float
    containers: list[Container]
    service: Service | None = None
    deployment: str = ""  # id of the deployment or task set that started it
    provider: str = ""
    platform: str = ""
    instance: ContainerInstance | None = None
    subnet: dict[str, str] = field(default_factory=dict)
    ip: str = ""
    host_port: int = 0  # bridge network: the port on the instance; else 0
    eni: str = ""
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    pull_started: float = 0.0
    pull_stopped: float = 0.0
    connected: float = 0.0
    started: float = 0.0
    stopping: float = 0.0
    execution_stopped: float = 0.0
    stopped: float = 0.0
    stop_code: str = ""
    stopped_reason: str = ""
    started_by: str = ""
    tags: Tags = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    exec_enabled: bool = False
    protected_until: float | None = None  # inf: for ever; None: not protected
    version: int = 1
    counted: bool = False  # as a failure of its deployment
    sick_since: float = 0.0  # when its health check began to fail
    spoiled: bool = False  # an image's behaviour has made its health check fail
    next: Event | None = None  # the step of its life that is under way
    doom: Event | None = None  # what its image's behaviour will do to it

    @property
    def wanted(self) -> bool:
        """Nobody has asked it to stop."""
        return self.desired_status == "RUNNING"

    @property
    def health(self) -> str:
        checked = [c.health for c in self.containers if c.has_check and c.essential]
        if not checked:
            return "UNKNOWN"
        if "UNHEALTHY" in checked:
            return "UNHEALTHY"
        return "HEALTHY" if all(h == "HEALTHY" for h in checked) else "UNKNOWN"

    @property
    def zone(self) -> str:
        return self.subnet.get("zone", "") or (self.instance.zone if self.instance else "")


@dataclass(slots=True, eq=False)
class ContainerInstance:
    """An EC2 instance with the ECS agent."""

    arn: str
    id: str
    ec2: str
    type: str
    zone: str
    cpu: int
    memory: int
    agent: str
    provider: str
    registered: float
    ip: str = ""
    status: str = "ACTIVE"
    connected: bool = True
    tasks: dict[str, Task] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    version: int = 1

    @property
    def free_cpu(self) -> int:
        return self.cpu - sum(t.definition.cpu for t in self.tasks.values())

    @property
    def free_memory(self) -> int:
        return self.memory - sum(t.definition.memory for t in self.tasks.values())


@dataclass(slots=True, eq=False)
class Service:
    """A service. ``profile`` is its scenario table (load, talk, faults), empty for one that was created by a client."""

    arn: str
    name: str
    cluster: Cluster
    definition: TaskDefinition
    desired: int
    created: float
    created_by: str
    launch_type: str = ""
    strategy: list[dict[str, Any]] = field(default_factory=list)
    platform: str = ""
    scheduling: str = "REPLICA"
    controller: str = "ECS"
    minimum_percent: int = 100
    maximum_percent: int = 200
    breaker: bool = False
    rollback: bool = False
    alarms: dict[str, Any] = field(default_factory=dict)
    load_balancers: list[dict[str, Any]] = field(default_factory=list)
    grace: int | None = None
    network: dict[str, Any] = field(default_factory=dict)
    exec_enabled: bool = False
    managed_tags: bool = False
    propagate_tags: str = "NONE"
    zone_rebalancing: str = "DISABLED"
    role: str = ""
    placement: list[dict[str, str]] = field(default_factory=list)
    tags: Tags = field(default_factory=dict)
    status: str = "ACTIVE"
    deployments: list[Deployment] = field(default_factory=list)  # newest first
    events: deque[tuple[float, str, str]] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))  # time, id, message
    history: list[ServiceDeployment] = field(default_factory=list)  # oldest first
    revisions: dict[str, ServiceRevision] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)  # those that have not stopped
    profile: dict[str, Any] = field(default_factory=dict)
    running_then: list[tuple[float, int]] = field(default_factory=list)  # (time, running count from then on)
    steady_at: float = 0.0
    steady: bool = False
    held_until: float = 0.0  # the scheduler waits after failures
    unplaced_at: float = 0.0
    wake: Event | None = None

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def target_groups(self) -> list[str]:
        return [str(lb["targetGroupArn"]) for lb in self.load_balancers if lb.get("targetGroupArn")]

    def running(self, deployment: str | None = None) -> int:
        """Tasks that run (of one deployment)."""
        tasks = self.tasks.values()
        return sum(t.last_status == "RUNNING" and deployment in (None, t.deployment) for t in tasks)

    def pending(self, deployment: str | None = None) -> int:
        """Tasks that are starting (of one deployment)."""
        starting = ("PROVISIONING", "PENDING", "ACTIVATING")
        return sum(t.last_status in starting and t.wanted and deployment in (None, t.deployment) for t in self.tasks.values())

    def running_at(self, time: float) -> int:
        """How many tasks ran at ``time``, as far back as is remembered."""
        count = self.running_then[0][1] if self.running_then else 0
        for since, running in reversed(self.running_then):
            if since <= time:
                return running
        return count


@dataclass(slots=True, eq=False)
class CapacityProvider:
    """A capacity provider of an Auto Scaling group; FARGATE and FARGATE_SPOT need no object."""

    arn: str
    name: str
    auto_scaling_group: str
    target_capacity: int
    minimum: int
    maximum: int
    tags: Tags = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Cluster:
    """A cluster with everything in it; ``tasks`` holds stopped ones too until ECS forgets them."""

    arn: str
    name: str
    status: str = "ACTIVE"
    providers: list[str] = field(default_factory=list)
    default_strategy: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    instances: dict[str, ContainerInstance] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
