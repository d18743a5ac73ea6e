"""What runs in Amazon ECS: tasks and their containers (API reference: Task, Container)."""

from __future__ import annotations

from typing import ClassVar

from tui.model.image import ImageRef
from tui.model.row import Row
from tui.model.state import State

#: Exit code of a process that SIGTERM ended: what ECS sends to the containers of a task that it stops.
SIGTERM_EXIT = 143


class ContainerRow(Row, frozen=True, kw_only=True, gc=False):
    """One container of a task (DescribeTasks). Key id: ``task ARN#container name``."""

    kind: ClassVar[str] = "containers"

    task_arn: str
    image: ImageRef
    status: str = ""
    digest: str = ""  # imageDigest: what really runs
    exit_code: int | None = None
    reason_text: str = ""
    health: str = ""
    runtime_id: str = ""
    cpu: int = 0
    memory: int = 0  # MiB
    address: str = ""
    essential: bool = True

    @property
    def state(self) -> State:
        if self.health == "UNHEALTHY" or (self.exit_code or 0) not in (0, SIGTERM_EXIT):
            return State.BROKEN
        if self.status == "STOPPED":
            return State.IDLE
        return State.WELL if self.status == "RUNNING" else State.CHANGING

    @property
    def reason(self) -> str:
        if self.reason_text:
            return self.reason_text
        if self.exit_code == SIGTERM_EXIT:
            return f"stopped (exit {SIGTERM_EXIT}, SIGTERM)"
        if self.exit_code:
            return f"exit {self.exit_code}"
        return "health check fails" if self.health == "UNHEALTHY" else ""


class TaskRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeTasks. Key id: the task's ARN. ``name`` is the task id."""

    kind: ClassVar[str] = "tasks"

    arn: str
    cluster_arn: str
    group: str = ""  # service:checkout, family:batch
    task_definition: str = ""
    last_status: str = ""
    desired_status: str = ""
    health: str = ""
    launch_type: str = ""
    capacity_provider: str = ""
    platform_version: str = ""
    container_instance: str = ""
    availability_zone: str = ""
    cpu: int = 0  # CPU units
    memory: int = 0  # MiB
    address: str = ""  # private IPv4
    started_by: str = ""  # deployment id for a service's task
    created: float = 0.0
    started: float = 0.0
    stopping: float = 0.0
    stopped: float = 0.0
    stop_code: str = ""
    stopped_reason: str = ""
    exec_enabled: bool = False
    containers: tuple[ContainerRow, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def service(self) -> str:
        """The service's name, empty for a standalone task."""
        return self.group.removeprefix("service:") if self.group.startswith("service:") else ""

    @property
    def cluster(self) -> str:
        """The cluster's name."""
        return self.cluster_arn.rsplit("/", 1)[-1]

    @property
    def state(self) -> State:
        if self.last_status == "STOPPED":
            failed = self.stop_code in ("TaskFailedToStart", "EssentialContainerExited") and any(
                c.exit_code != 0 for c in self.containers
            )
            return State.BROKEN if failed else State.IDLE
        if self.last_status != "RUNNING" or self.desired_status == "STOPPED":
            return State.CHANGING
        return State.BROKEN if self.health == "UNHEALTHY" else State.WELL

    @property
    def reason(self) -> str:
        if self.stopped_reason:
            return self.stopped_reason
        return next((c.reason for c in self.containers if c.reason), "")
