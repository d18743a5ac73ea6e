"""Rows of Amazon ECS that last: clusters, services with their deployments and events, task definitions (names as in the API
reference). What runs, tasks and containers, stands in ``tui/model/tasks.py``."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from tui.model.image import ImageRef
from tui.model.row import Row
from tui.model.scope import Key
from tui.model.secret import Secret
from tui.model.state import State


def revision_of(arn: str) -> str:
    """``arn:…:task-definition/web:42`` → ``web:42``; what is not an ARN stays as it is."""
    return arn.rsplit("/", 1)[-1]


class ClusterRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeClusters. Key id: the cluster's ARN."""

    kind: ClassVar[str] = "clusters"
    cached: ClassVar[tuple[str, ...]] = ("name", "arn", "status", "services", "running", "pending", "instances")

    arn: str
    status: str = ""
    services: int = 0
    running: int = 0
    pending: int = 0
    instances: int = 0
    capacity_providers: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> State:
        return State.WELL if self.status in ("ACTIVE", "") else State.IDLE if self.status == "INACTIVE" else State.CHANGING


class Deployment(Struct, frozen=True, gc=False, kw_only=True):
    """One member of DescribeServices' ``deployments``; times in epoch seconds."""

    id: str
    status: str = ""  # PRIMARY, ACTIVE, INACTIVE
    task_definition: str = ""
    desired: int = 0
    running: int = 0
    pending: int = 0
    failed: int = 0
    rollout_state: str = ""  # IN_PROGRESS, COMPLETED, FAILED
    rollout_reason: str = ""
    created: float = 0.0
    updated: float = 0.0


class ServiceEvent(Struct, frozen=True, gc=False):
    """One member of DescribeServices' ``events``."""

    id: str
    time: float
    message: str


class LoadBalancer(Struct, frozen=True, gc=False):
    """One member of a service's ``loadBalancers``."""

    target_group: str = ""
    container: str = ""
    port: int = 0


class ServiceRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeServices with TAGS. Key id: ``cluster ARN#service name``."""

    kind: ClassVar[str] = "services"
    cached: ClassVar[tuple[str, ...]] = (
        "name", "arn", "cluster_arn", "status", "desired", "running", "pending", "task_definition", "launch_type",
    )  # fmt: skip

    arn: str
    cluster_arn: str
    status: str = ""  # ACTIVE, DRAINING, INACTIVE
    desired: int = 0
    running: int = 0
    pending: int = 0
    task_definition: str = ""  # ARN with revision
    launch_type: str = ""  # FARGATE, EC2, EXTERNAL, MANAGED_INSTANCES, or "" with a capacity provider strategy
    capacity_providers: tuple[str, ...] = ()
    platform_version: str = ""
    scheduling: str = "REPLICA"  # or DAEMON
    controller: str = "ECS"  # ECS, CODE_DEPLOY, EXTERNAL
    deployments: tuple[Deployment, ...] = ()
    events: tuple[ServiceEvent, ...] = ()  # newest first; all 100 of an open service, else the newest few
    minimum_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: bool = False
    circuit_rollback: bool = False
    strategy: str = "ROLLING"
    load_balancers: tuple[LoadBalancer, ...] = ()
    exec_enabled: bool = False
    created: float = 0.0
    created_by: str = ""
    role: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    alarm_names: tuple[str, ...] = ()  # deploymentConfiguration.alarms

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rsplit("/", 1)[-1]

    @property
    def primary(self) -> Deployment | None:
        """The deployment with status PRIMARY."""
        return next((d for d in self.deployments if d.status == "PRIMARY"), None)

    @property
    def state(self) -> State:
        primary = self.primary
        if self.status == "INACTIVE" or (self.desired == 0 and self.running == 0):
            return State.IDLE
        if primary and primary.rollout_state == "FAILED":
            return State.BROKEN
        if self.status == "DRAINING" or (primary and primary.rollout_state == "IN_PROGRESS") or len(self.deployments) > 1:
            return State.CHANGING
        if self.running < self.desired:
            if self.running and self.running + self.pending >= self.desired:
                return State.CHANGING  # scaling, or a task that is being replaced
            return State.DEGRADED if self.running else State.BROKEN
        return State.CHANGING if self.running != self.desired else State.WELL

    @property
    def reason(self) -> str:
        primary = self.primary
        if primary and primary.rollout_state == "FAILED":
            return primary.rollout_reason or "deployment failed"
        if (
            primary
            and primary.rollout_state == "IN_PROGRESS"
            and (len(self.deployments) > 1 or primary.running != primary.desired)
        ):
            return f"rollout {primary.running}/{primary.desired}"
        if self.status == "DRAINING":
            return "draining"
        if self.running < self.desired:
            return f"{self.running} of {self.desired} tasks run"
        return ""


class EnvironmentValue(Struct, frozen=True, gc=False):
    """A name with its value (hidden), or with the ARN that it comes from."""

    name: str
    value: Secret | None = None
    value_from: str = ""


class ContainerDefinition(Struct, frozen=True, gc=False, kw_only=True):
    """The members of a container definition that the console reads (never written back: DESIGN section 5)."""

    name: str
    image: ImageRef
    essential: bool = True
    cpu: int = 0
    memory: int = 0
    memory_reservation: int = 0
    ports: tuple[int, ...] = ()
    log_driver: str = ""
    log_group: str = ""
    log_prefix: str = ""
    log_region: str = ""
    environment: tuple[EnvironmentValue, ...] = ()


class TaskDefinitionRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeTaskDefinition of a family's newest revision, or of one revision in use.

    Key id: the ARN with revision. ``name`` is the family. ``latest`` marks the newest ACTIVE revision of its family.
    """

    kind: ClassVar[str] = "task-definitions"
    cached: ClassVar[tuple[str, ...]] = ("name", "arn", "revision", "status", "cpu", "memory", "compatibilities", "latest")

    arn: str
    revision: int = 0
    latest: bool = True
    status: str = ""  # ACTIVE, INACTIVE, DELETE_IN_PROGRESS
    compatibilities: tuple[str, ...] = ()
    cpu: int = 0
    memory: int = 0
    network_mode: str = ""
    task_role: str = ""
    execution_role: str = ""
    containers: tuple[ContainerDefinition, ...] = ()
    volumes: tuple[str, ...] = ()
    registered: float = 0.0
    registered_by: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> State:
        return State.WELL if self.status == "ACTIVE" else State.IDLE


class ServiceDeploymentRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeServiceDeployments. Key id: its ARN."""

    kind: ClassVar[str] = "service-deployments"

    arn: str
    service: Key | None = None
    status: str = ""
    status_reason: str = ""
    stage: str = ""
    target_revision: str = ""
    created: float = 0.0
    started: float = 0.0
    finished: float = 0.0

    @property
    def state(self) -> State:
        if self.status in ("IN_PROGRESS", "PENDING", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            return State.CHANGING
        if self.status in ("ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL", "STOPPED"):
            return State.BROKEN if self.status == "ROLLBACK_FAILED" else State.DEGRADED
        return State.WELL

    @property
    def reason(self) -> str:
        return self.status_reason
