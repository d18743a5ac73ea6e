"""What all workloads of the scenario share: labels and notes of their owners, templates, nodes to run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import admission
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.nodes import COMPUTE_TYPE
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.scheduler import NodeState
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

HOUR = 3600.0
BATCH = ("Job", "CronJob")
PROBE = {
    "httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"},
    "timeoutSeconds": 1,
    "successThreshold": 1,
    "failureThreshold": 3,
}
Workload = dict[str, Any]


class Ground:
    """The place where workloads are planted: quietly, without events, log entries or work for controllers."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster
        self.now = cluster.now()
        self.owners = {n["name"]: n.get("owner", "") for n in cluster.scenario.get("namespaces", ())}
        self.nodes = [NodeState(decode(stored)) for stored in cluster.storage.all(api.NODES)]
        self.general = [node for node in self.nodes if not node.taints]
        self._turn = 0

    def store(self, resource: Resource, obj: Object) -> None:
        """Put an object into the cluster."""
        self.cluster.storage.create(resource, obj, quiet=True)

    def age(self, workload: Workload) -> float:
        """How long ago the workload was last released, in seconds."""
        hours = workload.get("age_hours") or 30 + 480 * noise("age", workload["namespace"], workload["name"])
        return float(hours) * HOUR

    def labels(self, workload: Workload) -> dict[str, str]:
        """The labels of everything that belongs to the workload."""
        name, owner = workload["name"], self.owners.get(workload["namespace"], "")
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}
        if owner == "helm":
            labels |= {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": f"{name}-{1 + len(name) % 4}.{len(name)}.0"}
        return labels

    def notes(self, workload: Workload, kind: str) -> dict[str, str]:
        """Annotations of an owner: Helm's release, or Argo CD's tracking id."""
        name, namespace = workload["name"], workload["namespace"]
        owner = self.owners.get(namespace, "")
        if owner == "helm":
            return {"meta.helm.sh/release-name": name, "meta.helm.sh/release-namespace": namespace}
        if owner == "argocd":
            group = "apps/" if kind in ("Deployment", "StatefulSet", "DaemonSet") else "/"
            return {"argocd.argoproj.io/tracking-id": f"{namespace}:{group}{kind}:{namespace}/{name}"}
        return {}

    def image(self, text: str) -> str:
        """A full reference: without a registry it is of the account's own."""
        return text if "/" in text else f"{self.cluster.world.registry}/{text}"

    def template(self, workload: Workload, image: str, env: dict[str, str]) -> Object:
        """The pod template."""
        container = self._container(workload, image, env)
        spec: Object = {"containers": [container], "serviceAccountName": "default", "serviceAccount": "default"}
        if workload.get("sidecar"):
            asked = {"requests": {"cpu": "20m", "memory": "48Mi"}}
            spec["containers"].append({"name": "envoy", "image": self.image(workload["sidecar"]), "resources": asked})
        if workload.get("init"):
            spec["initContainers"] = [{"name": "migrate", "image": self.image(workload["init"]), "args": ["--up"]}]
        if workload.get("host_network"):
            spec["hostNetwork"] = True
        if workload.get("fargate"):
            spec["nodeSelector"] = {COMPUTE_TYPE: "fargate"}
            spec["tolerations"] = [{"key": COMPUTE_TYPE, "operator": "Exists"}]
        if workload.get("shared_volume"):
            spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": f"{workload['name']}-data"}}]
        if workload.get("kind") in BATCH:
            spec["restartPolicy"] = "Never"
        if workload["namespace"] == "kube-system":
            spec["priorityClassName"] = "system-cluster-critical"
        return {"metadata": {"labels": self.labels(workload)}, "spec": spec}

    def _container(self, workload: Workload, image: str, env: dict[str, str]) -> Object:
        memory, cpu = workload.get("memory", 64), workload.get("cpu", 50)
        container: Object = {
            "name": workload["name"],
            "image": self.image(image),
            "resources": {
                "requests": {"cpu": f"{cpu}m", "memory": f"{memory}Mi"},
                "limits": {"memory": f"{workload.get('limit', 2 * memory)}Mi"},
            },
        }
        if env:
            container["env"] = [{"name": k, "value": v} for k, v in env.items()]
        if workload.get("message_policy"):
            container["terminationMessagePolicy"] = workload["message_policy"]
        if workload.get("volume") or workload.get("shared_volume"):
            container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        if workload.get("kind") not in BATCH:
            container["ports"] = [{"name": "http", "containerPort": workload.get("port", 8080)}]
            container["readinessProbe"] = {**PROBE, "initialDelaySeconds": 3, "periodSeconds": 5}
            container["livenessProbe"] = {**PROBE, "initialDelaySeconds": 15, "periodSeconds": 10}
        return container

    def owner(self, resource: Resource, workload: Workload, spec: Object, age: float) -> Object:
        """The workload object itself, with defaults; not stored yet."""
        notes = self.notes(workload, resource.kind)
        metadata: Object = {
            "name": workload["name"],
            "namespace": workload["namespace"],
            "uid": self.cluster.storage.new_uid(),
            "creationTimestamp": stamp(self.now - age),
            "generation": 1,
            "labels": self.labels(workload),
        }
        if notes:
            metadata["annotations"] = notes
        owner = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata, "spec": spec}
        admission.defaults(resource, owner)
        return owner

    def selector(self, workload: Workload) -> Object:
        """The workload's label selector."""
        return {"matchLabels": {"app.kubernetes.io/name": workload["name"], "app.kubernetes.io/instance": workload["name"]}}

    def next_node(self, workload: Workload) -> NodeState:
        """Where the next pod runs: round the general nodes, or the Fargate node of the workload."""
        if workload.get("fargate"):
            return next(node for node in self.nodes if node.taints)
        self._turn += 1
        return self.general[self._turn % len(self.general)]
