"""The members of Kubernetes objects that the console reads, as they come over the wire.

Narrow on purpose: ``managedFields``, volumes, probes and the rest are skipped by the decoder without becoming Python
objects, which makes a page of 500 pods some 80 times cheaper than the typed models. Every member may be missing or null
(the API omits empty ones), so none is required but through a default. What repeats from pod to pod (specifications of
containers, conditions, owners) is frozen: what is made of it is made once. Source of names: Kubernetes API reference v1.
"""

from __future__ import annotations

from msgspec import Raw, Struct, field


class OwnerReference(Struct, frozen=True, gc=False, rename="camel"):
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None


class Annotations(Struct, gc=False):
    """Those annotations that the console reads; others (``last-applied-configuration``) are never decoded."""

    revision: str | None = field(default=None, name="deployment.kubernetes.io/revision")
    cause: str | None = field(default=None, name="kubernetes.io/change-cause")
    restarted: str | None = field(default=None, name="kubectl.kubernetes.io/restartedAt")
    container: str | None = field(default=None, name="kubectl.kubernetes.io/default-container")
    argo: str | None = field(default=None, name="argocd.argoproj.io/tracking-id")
    helm: str | None = field(default=None, name="meta.helm.sh/release-name")
    helm_namespace: str | None = field(default=None, name="meta.helm.sh/release-namespace")
    initial_events_end: str | None = field(default=None, name="k8s.io/initial-events-end")


class Meta(Struct, gc=False, rename="camel"):
    name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: dict[str, str] | None = None
    annotations: Annotations | None = None
    owner_references: tuple[OwnerReference, ...] | None = None


class Condition(Struct, frozen=True, gc=False):
    type: str = ""
    status: str = ""
    reason: str | None = None
    message: str | None = None


class Amounts(Struct, frozen=True, gc=False):
    """Quantities; those of other resources are not read."""

    cpu: str | int | float | None = None
    memory: str | int | float | None = None


class Resources(Struct, frozen=True, gc=False):
    requests: Amounts | None = None
    limits: Amounts | None = None


class Container(Struct, frozen=True, gc=False, rename="camel"):
    name: str = ""
    image: str | None = None
    resources: Resources | None = None
    restart_policy: str | None = None


class Waiting(Struct, gc=False):
    reason: str | None = None
    message: str | None = None


class Running(Struct, gc=False, rename="camel"):
    started_at: str | None = None


class Terminated(Struct, gc=False, rename="camel"):
    exit_code: int = 0
    signal: int | None = None
    reason: str | None = None
    message: str | None = None
    finished_at: str | None = None


class ContainerState(Struct, gc=False):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(Struct, gc=False, rename="camel"):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    image_id: str | None = field(default=None, name="imageID")
    state: ContainerState | None = None
    last_state: ContainerState | None = None


class ReadinessGate(Struct, gc=False, rename="camel"):
    condition_type: str = ""


class PodSpec(Struct, gc=False, rename="camel"):
    node_name: str | None = None
    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    readiness_gates: list[ReadinessGate] | None = None


class PodStatus(Struct, gc=False, rename="camel"):
    phase: str = ""
    reason: str | None = None
    message: str | None = None
    pod_ip: str | None = field(default=None, name="podIP")  # the first of podIPs, by the API's own rule
    qos_class: str | None = None
    conditions: tuple[Condition, ...] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None


class Pod(Struct, gc=False):
    metadata: Meta
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)


class PodTemplate(Struct, gc=False):
    spec: PodSpec = field(default_factory=PodSpec)


class LabelSelector(Struct, gc=False, rename="camel"):
    match_labels: dict[str, str] | None = None


class RollingUpdate(Struct, gc=False, rename="camel"):
    max_surge: str | int | None = None
    max_unavailable: str | int | None = None


class Strategy(Struct, gc=False, rename="camel"):
    type: str | None = None
    rolling_update: RollingUpdate | None = None


class WorkloadSpec(Struct, gc=False):
    replicas: int | None = None
    paused: bool = False
    selector: LabelSelector | None = None
    template: PodTemplate = field(default_factory=PodTemplate)
    strategy: Strategy | None = None


class WorkloadStatus(Struct, gc=False, rename="camel"):
    observed_generation: int = 0
    replicas: int = 0
    ready_replicas: int = 0
    updated_replicas: int = 0
    available_replicas: int = 0
    unavailable_replicas: int = 0
    conditions: tuple[Condition, ...] | None = None


class Workload(Struct, gc=False):
    """A Deployment or ReplicaSet."""

    metadata: Meta
    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)


class PhaseStatus(Struct, gc=False):
    phase: str = ""


class Namespace(Struct, gc=False):
    metadata: Meta
    status: PhaseStatus = field(default_factory=PhaseStatus)


class NodeSpec(Struct, gc=False):
    unschedulable: bool = False


class NodeInfo(Struct, gc=False, rename="camel"):
    kubelet_version: str = ""


class NodeStatus(Struct, gc=False, rename="camel"):
    allocatable: dict[str, str | int] | None = None
    capacity: dict[str, str | int] | None = None
    conditions: tuple[Condition, ...] | None = None
    node_info: NodeInfo | None = None


class Node(Struct, gc=False):
    metadata: Meta
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)


class ObjectReference(Struct, gc=False):
    kind: str = ""
    name: str = ""
    uid: str = ""


class EventSource(Struct, gc=False):
    component: str | None = None


class EventSeries(Struct, gc=False, rename="camel"):
    count: int = 0
    last_observed_time: str | None = None


class Event(Struct, gc=False, rename="camel"):
    metadata: Meta
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: EventSeries | None = None
    involved_object: ObjectReference = field(default_factory=ObjectReference)
    source: EventSource | None = None
    reporting_component: str | None = None


class ContainerUsage(Struct, gc=False):
    name: str = ""
    usage: dict[str, str] | None = None


class PodMetrics(Struct, gc=False):
    metadata: Meta
    timestamp: str | None = None
    containers: list[ContainerUsage] | None = None


class ListMeta(Struct, gc=False, rename="camel"):
    resource_version: str = ""
    continue_: str = field(default="", name="continue")
    remaining_item_count: int | None = None


class WatchEvent(Struct, gc=False):
    """One line of a watch; ``object`` stays bytes until its type is known."""

    type: str
    object: Raw


class Status(Struct, gc=False):
    """A ``Status`` object: the body of every refusal, and the object of an ERROR event."""

    message: str = ""
    reason: str = ""
    code: int = 0
    details: StatusDetails | None = None


class StatusDetails(Struct, gc=False, rename="camel"):
    retry_after_seconds: int | None = None


class Bookmark(Struct, gc=False):
    metadata: Meta
