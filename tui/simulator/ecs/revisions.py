"""What is deployed and how: task definitions, deployments, and the lasting records of service deployments and revisions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Tags = dict[str, str]


@dataclass(slots=True, eq=False)
class TaskDefinition:
    """One revision. ``data`` is the API's ``TaskDefinition`` whole, so that every member survives a round trip."""

    arn: str
    family: str
    revision: int
    data: dict[str, Any]
    tags: Tags

    @property
    def status(self) -> str:
        return str(self.data["status"])

    @property
    def containers(self) -> list[dict[str, Any]]:
        return list(self.data["containerDefinitions"])

    @property
    def cpu(self) -> int:
        """CPU units of the task, or the sum of its containers'."""
        return int(self.data.get("cpu") or sum(int(c.get("cpu", 0)) for c in self.containers))

    @property
    def memory(self) -> int:
        """MiB of the task, or the sum of its containers'."""
        whole = self.data.get("memory")
        return int(whole or sum(int(c.get("memory") or c.get("memoryReservation") or 0) for c in self.containers))

    @property
    def awsvpc(self) -> bool:
        return self.data.get("networkMode") == "awsvpc"


@dataclass(slots=True, eq=False)
class Deployment:
    """A member of a service's ``deployments`` (or a task set, where the controller is not ECS)."""

    id: str
    definition: TaskDefinition
    created: float
    updated: float
    number: str  # of its service deployment and revision
    status: str = "PRIMARY"
    desired: int = 0
    failed: int = 0
    failures_in_row: int = 0
    rollout: str = "IN_PROGRESS"
    reason: str = ""
    finished: float = 0.0
    stage: str = "RECONCILE_SERVICE"
    rolled_back_from: str = ""
    external_id: str = ""


@dataclass(slots=True, eq=False)
class ServiceDeployment:
    """A service deployment as DescribeServiceDeployments shows it; kept after its deployment has gone."""

    arn: str
    number: str
    deployment: Deployment
    source: list[tuple[str, int]]  # (revision ARN, running tasks when it began)
    target: str
    created: float
    status: str = "IN_PROGRESS"
    reason: str = ""
    finished: float = 0.0
    stopped: float = 0.0
    triggered: list[str] = field(default_factory=list)  # alarms that went off
    rollback: dict[str, Any] | None = None
    breaker_status: str = "MONITORING"


@dataclass(slots=True, eq=False)
class ServiceRevision:
    """What a deployment deployed: the service's configuration at that time."""

    arn: str
    data: dict[str, Any]
