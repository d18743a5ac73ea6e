"""Which resources the API has: names, scopes, verbs, subresources. Discovery, routing and storage all read this table."""

from __future__ import annotations

from dataclasses import dataclass

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
WORKLOAD = ("status", "scale")


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One resource of one group and version."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ALL_VERBS
    view_of: Resource | None = None  # the stored resource that this one shows in another form

    @property
    def stored(self) -> Resource:
        """The resource whose objects these are."""
        return self.view_of or self

    @property
    def api_version(self) -> str:
        """``v1`` or ``apps/v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``pods`` or ``deployments.apps``, as messages and kubectl name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def singular(self) -> str:
        """Lower case kind."""
        return self.kind.lower()

    @property
    def root(self) -> str:
        """``/api/v1`` or ``/apis/apps/v1``."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"


def _core(plural: str, kind: str, *short: str, **options: object) -> Resource:
    return Resource("", "v1", plural, kind, short=short, **options)  # type: ignore[arg-type]


ALL = ("all",)
POD_PARTS = ("status", "log", "exec", "eviction", "binding", "resize", "attach", "portforward", "ephemeralcontainers")

PODS = _core("pods", "Pod", "po", categories=ALL, subresources=POD_PARTS)
NODES = _core("nodes", "Node", "no", namespaced=False, subresources=("status",))
NAMESPACES = _core("namespaces", "Namespace", "ns", namespaced=False, subresources=("status", "finalize"))
EVENTS = _core("events", "Event", "ev")
SERVICES = _core("services", "Service", "svc", categories=ALL, subresources=("status",))
ENDPOINTS = _core("endpoints", "Endpoints", "ep")
CONFIG_MAPS = _core("configmaps", "ConfigMap", "cm")
SECRETS = _core("secrets", "Secret")
SERVICE_ACCOUNTS = _core("serviceaccounts", "ServiceAccount", "sa", subresources=("token",))
CLAIMS = _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", subresources=("status",))
VOLUMES = _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False, subresources=("status",))
QUOTAS = _core("resourcequotas", "ResourceQuota", "quota", subresources=("status",))
LIMITS = _core("limitranges", "LimitRange", "limits")
POD_TEMPLATES = _core("podtemplates", "PodTemplate")
REPLICATION_CONTROLLERS = _core("replicationcontrollers", "ReplicationController", "rc", categories=ALL, subresources=WORKLOAD)

DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment", True, ("deploy",), ALL, WORKLOAD)
REPLICA_SETS = Resource("apps", "v1", "replicasets", "ReplicaSet", True, ("rs",), ALL, WORKLOAD)
STATEFUL_SETS = Resource("apps", "v1", "statefulsets", "StatefulSet", True, ("sts",), ALL, WORKLOAD)
DAEMON_SETS = Resource("apps", "v1", "daemonsets", "DaemonSet", True, ("ds",), ALL, ("status",))
REVISIONS = Resource("apps", "v1", "controllerrevisions", "ControllerRevision")
JOBS = Resource("batch", "v1", "jobs", "Job", True, (), ALL, ("status",))
CRON_JOBS = Resource("batch", "v1", "cronjobs", "CronJob", True, ("cj",), ALL, ("status",))
AUTOSCALERS = Resource(
    "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", True, ("hpa",), ALL, ("status",)
)
INGRESSES = Resource("networking.k8s.io", "v1", "ingresses", "Ingress", True, ("ing",), (), ("status",))
INGRESS_CLASSES = Resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", False)
NETWORK_POLICIES = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", True, ("netpol",))
BUDGETS = Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", True, ("pdb",), (), ("status",))
ROLES = Resource("rbac.authorization.k8s.io", "v1", "roles", "Role")
ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")
CLUSTER_ROLES = Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", False)
CLUSTER_ROLE_BINDINGS = Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", False)
STORAGE_CLASSES = Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", False, ("sc",))
CSI_DRIVERS = Resource("storage.k8s.io", "v1", "csidrivers", "CSIDriver", False)
CSI_NODES = Resource("storage.k8s.io", "v1", "csinodes", "CSINode", False)
ATTACHMENTS = Resource("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", False, (), (), ("status",))
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")
SLICES = Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
PRIORITIES = Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", False, ("pc",))
CUSTOM = Resource(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    False,
    ("crd", "crds"),
    ("api-extensions",),
)
API_SERVICES = Resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", False, (), ("api-extensions",))

SEEN = ("delete", "get", "list", "watch")
NEW_EVENTS = Resource("events.k8s.io", "v1", "events", "Event", True, ("ev",), verbs=SEEN, view_of=EVENTS)
OLD_AUTOSCALERS = Resource(
    "autoscaling",
    "v1",
    "horizontalpodautoscalers",
    "HorizontalPodAutoscaler",
    True,
    ("hpa",),
    ALL,
    verbs=SEEN,
    view_of=AUTOSCALERS,
)

CREATE = ("create",)
ACCESS_REVIEWS = Resource(
    "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", False, verbs=CREATE
)
RULES_REVIEWS = Resource("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", False, verbs=CREATE)
SELF_REVIEWS = Resource("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", False, verbs=CREATE)
NODE_METRICS = Resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", False, verbs=("get", "list"))
POD_METRICS = Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", True, verbs=("get", "list"))

RESOURCES: tuple[Resource, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Resource))
BY_PATH: dict[tuple[str, str, str], Resource] = {(r.group, r.version, r.plural): r for r in RESOURCES}
#: (apiVersion, kind) to resource, for owner references and involved objects
BY_KIND: dict[tuple[str, str], Resource] = {(r.api_version, r.kind): r for r in RESOURCES if r.group not in ("metrics.k8s.io",)}
#: what lives in storage (not reviews, not metrics, not views)
STORED: tuple[Resource, ...] = tuple(r for r in RESOURCES if "watch" in r.verbs and r.view_of is None)
#: API groups in the order in which discovery lists them, each with its versions
GROUPS: dict[str, list[str]] = {}
for _resource in RESOURCES:
    if _resource.version not in GROUPS.setdefault(_resource.group, []):
        GROUPS[_resource.group].append(_resource.version)
