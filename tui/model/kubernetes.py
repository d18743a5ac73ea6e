"""Rows of a Kubernetes cluster, and of EKS. Key id in Kubernetes: the object's uid."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from tui.model.image import ImageRef
from tui.model.row import Row
from tui.model.scope import Key
from tui.model.state import State


class EksClusterRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeCluster. Key id: the cluster's ARN. ``certificate_authority``: base64 PEM, as EKS gives it."""

    kind: ClassVar[str] = "eks-clusters"
    cached: ClassVar[tuple[str, ...]] = ("name", "arn", "version", "status")

    arn: str
    version: str = ""
    status: str = ""
    endpoint: str = ""
    certificate_authority: str = ""
    platform_version: str = ""
    public_access: bool = True

    @property
    def state(self) -> State:
        if self.status == "FAILED":
            return State.BROKEN
        return State.WELL if self.status in ("ACTIVE", "") else State.CHANGING


class Object(Row, frozen=True, kw_only=True, gc=False):
    """What every Kubernetes row has of ``metadata``. ``owner``: (kind, name, uid) of its controller."""

    namespace: str = ""
    uid: str = ""
    created: float = 0.0
    deleted: float = 0.0  # deletionTimestamp
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()  # those that the console reads only
    owner: tuple[str, str, str] | None = None


class PodContainer(Struct, frozen=True, gc=False, kw_only=True):
    """A container of a pod: its spec's limits joined with its status."""

    name: str
    image: ImageRef
    image_id: str = ""
    ready: bool = False
    started: bool = False
    restarts: int = 0
    state: str = ""  # waiting, running, terminated
    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    since: float = 0.0
    last_reason: str = ""
    last_message: str = ""
    last_exit_code: int | None = None
    last_finished: float = 0.0
    init: bool = False
    sidecar: bool = False  # an init container with restartPolicy Always
    cpu_request: float = 0.0  # cores
    cpu_limit: float = 0.0
    memory_request: int = 0  # bytes
    memory_limit: int = 0


BAD = frozenset(
    {
        "CrashLoopBackOff", "OOMKilled", "Error", "ImagePullBackOff", "ErrImagePull", "Evicted", "Failed", "Unknown",
        "CreateContainerConfigError", "InvalidImageName", "CreateContainerError", "RunContainerError", "ContainerStatusUnknown",
    }
)  # fmt: skip
"""Statuses of a pod that someone should look at."""


class PodRow(Object, frozen=True, kw_only=True, gc=False):
    """A pod; ``status`` in kubectl's words (printer of ``kubectl get pods``), ``ready`` of ``total`` likewise."""

    kind: ClassVar[str] = "pods"
    cached: ClassVar[tuple[str, ...]] = ("name", "namespace", "uid", "status", "ready", "total", "restarts", "node", "created")

    status: str = ""
    phase: str = ""
    ready: int = 0
    total: int = 0
    restarts: int = 0
    last_restart: float = 0.0
    node: str = ""
    ip: str = ""
    qos: str = ""
    containers: tuple[PodContainer, ...] = ()
    conditions: tuple[tuple[str, str, str, str], ...] = ()  # (type, status, reason, message)
    message: str = ""  # status.message or reason's text
    gates: tuple[int, int] = (0, 0)  # readiness gates that are true, of all

    @property
    def state(self) -> State:
        if self.deleted:
            return State.CHANGING
        if self.status in ("Completed", "Succeeded"):
            return State.IDLE
        if self.status in BAD or self.status.startswith(("Init:Error", "Init:CrashLoop", "ExitCode:", "Signal:")):
            return State.BROKEN
        if self.status == "Running":
            return State.WELL if self.ready == self.total else State.DEGRADED
        return State.CHANGING

    @property
    def reason(self) -> str:
        for c in self.containers:
            if c.state == "waiting" and c.message:
                return c.message
        return self.message


class DeploymentRow(Object, frozen=True, kw_only=True, gc=False):
    """A workload that owns pods through replica sets. ``paused``, ``progressing`` from its conditions."""

    kind: ClassVar[str] = "deployments"
    cached: ClassVar[tuple[str, ...]] = ("name", "namespace", "uid", "desired", "ready", "updated", "available", "created")

    desired: int = 0
    replicas: int = 0
    ready: int = 0
    updated: int = 0
    available: int = 0
    unavailable: int = 0
    generation: int = 0
    observed: int = 0
    revision: str = ""
    paused: bool = False
    images: tuple[ImageRef, ...] = ()
    selector: tuple[tuple[str, str], ...] = ()
    conditions: tuple[tuple[str, str, str, str], ...] = ()
    max_surge: str = "25%"
    max_unavailable: str = "25%"
    strategy: str = "RollingUpdate"

    @property
    def stalled(self) -> str:
        """The message of Progressing=False with reason ProgressDeadlineExceeded, else empty."""
        return next(
            (m for t, s, r, m in self.conditions if t == "Progressing" and s == "False" and r == "ProgressDeadlineExceeded"), ""
        )

    @property
    def state(self) -> State:
        if self.desired == 0 and self.replicas == 0:
            return State.IDLE
        if self.stalled or (self.desired and not self.available and self.updated == self.replicas == self.desired):
            return State.BROKEN
        if self.observed < self.generation or self.updated < self.desired or self.replicas != self.desired:
            return State.CHANGING
        return State.WELL if self.available >= self.desired else State.DEGRADED

    @property
    def reason(self) -> str:
        if self.stalled:
            return self.stalled
        if self.updated < self.desired or self.replicas > self.updated:
            return f"rollout {self.updated}/{self.desired}"
        return f"{self.available} of {self.desired} available" if self.available < self.desired else ""


class ReplicaSetRow(Object, frozen=True, kw_only=True, gc=False):
    """A replica set; ``revision`` from its annotation, for rollout history and undo."""

    kind: ClassVar[str] = "replica-sets"

    desired: int = 0
    ready: int = 0
    revision: str = ""
    images: tuple[ImageRef, ...] = ()

    @property
    def state(self) -> State:
        if not self.desired:
            return State.IDLE
        return State.WELL if self.ready >= self.desired else State.CHANGING


class NamespaceRow(Object, frozen=True, kw_only=True, gc=False):
    """A namespace."""

    kind: ClassVar[str] = "namespaces"
    cached: ClassVar[tuple[str, ...]] = ("name", "uid", "phase")

    phase: str = ""


class NodeRow(Object, frozen=True, kw_only=True, gc=False):
    """A node. CPU in cores, memory in bytes."""

    kind: ClassVar[str] = "nodes"

    ready: bool = True
    unschedulable: bool = False
    version: str = ""
    cpu: float = 0.0
    memory: int = 0
    pods: int = 0
    zone: str = ""
    instance_type: str = ""
    conditions: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def state(self) -> State:
        if not self.ready:
            return State.BROKEN
        return State.DEGRADED if self.unschedulable else State.WELL


class EventRow(Object, frozen=True, kw_only=True, gc=False):
    """A Kubernetes Event (core/v1)."""

    kind: ClassVar[str] = "events"

    event_type: str = ""  # Normal, Warning
    event_reason: str = ""
    message: str = ""
    count: int = 1
    first: float = 0.0
    last: float = 0.0
    involved: tuple[str, str, str] = ("", "", "")  # (kind, name, uid)
    component: str = ""

    @property
    def state(self) -> State:
        return State.DEGRADED if self.event_type == "Warning" else State.WELL

    @property
    def reason(self) -> str:
        return self.message


class AccessRow(Row, frozen=True, kw_only=True, gc=False):
    """What the user may do: one SelfSubjectAccessReview. Key id: ``verb resource[/subresource] namespace``."""

    kind: ClassVar[str] = "access"

    verb: str
    resource: str
    namespace: str = ""
    allowed: bool = True
    why: str = ""
    target: Key | None = None


class PodContainerRow(Row, frozen=True, kw_only=True, gc=False):
    """One container of a pod as a row: made from the pod when it is opened. Key id: ``pod uid#container``."""

    kind: ClassVar[str] = "pod-containers"

    pod: Key
    namespace: str = ""
    pod_name: str = ""
    container: PodContainer
    said: str = ""  # the sentence of the pod's finding, on the container that it speaks of

    @classmethod
    def of(cls, pod: PodRow) -> tuple[PodContainerRow, ...]:
        """All containers of ``pod``, init containers first."""
        return tuple(
            cls(
                key=Key("pod-containers", pod.key.identity, f"{pod.key.id}#{c.name}"),
                scope=pod.scope,
                name=c.name,
                pod=pod.key,
                namespace=pod.namespace,
                pod_name=pod.name,
                container=c,
            )
            for c in pod.containers
        )

    @property
    def state(self) -> State:
        c = self.container
        if c.state == "waiting":
            return State.BROKEN if c.reason not in ("ContainerCreating", "PodInitializing", "") else State.CHANGING
        if c.state == "terminated":
            return State.BROKEN if c.exit_code else State.IDLE
        return State.WELL if c.ready or c.init else State.DEGRADED

    @property
    def reason(self) -> str:
        c = self.container
        if self.said:
            return self.said
        if c.reason == "CrashLoopBackOff" and c.last_exit_code is not None:  # its message names the pod, not the cause
            return f"exit {c.last_exit_code} ({c.last_reason}), restarted {c.restarts} times".replace(" ()", "")
        before = f"last exit {c.last_exit_code} {c.last_reason}".strip() if c.last_exit_code else ""
        return c.message or c.reason or before
