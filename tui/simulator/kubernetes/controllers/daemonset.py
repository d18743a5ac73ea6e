"""DaemonSet: one pod on each node that fits; a rolling update replaces them a few at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import count, create_pod, delete_pod, pod_of, replace_status
from tui.simulator.kubernetes.controllers.statefulset import REVISION, ensure_revision
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.quantity import percent
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "daemonset-controller"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
#: what a daemon's pod tolerates beside its own tolerations
TOLERATED = tuple(
    {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect}
    for key, effect in (
        ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
    )
)  # fmt: skip


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one DaemonSet."""
    ds = cluster.storage.read(api.DAEMON_SETS, namespace, name)
    if ds is None or ds["metadata"].get("deletionTimestamp"):
        return
    mark = ensure_revision(cluster, api.DAEMON_SETS, ds).rpartition("-")[2]
    fitting = [node for node in cluster.scheduler.nodes.values() if node.takes_daemon(ds["spec"]["template"]["spec"])]
    by_node: dict[str, list[Stored]] = {}
    for pod in cluster.storage.owned(ds["metadata"]["uid"], api.PODS):
        by_node.setdefault(_target(pod), []).append(pod)
    for node in fitting:
        pods = by_node.get(node.name, [])
        for pod in pods:
            if _facts(pod).ended and not pod.deleting:
                cluster.storage.remove(api.PODS, pod.namespace, pod.name)
        if not pods:
            _create(cluster, ds, node.name, mark)
    names = {node.name for node in fitting}
    for node_name, pods in by_node.items():
        for pod in pods:
            if node_name not in names and not pod.deleting:
                delete_pod(cluster, api.DAEMON_SETS, ds, pod, COMPONENT)
    _roll(cluster, ds, mark, len(fitting))
    _status(cluster, ds, mark, len(fitting))


def _facts(pod: Stored) -> PodFacts:
    assert isinstance(pod.facts, PodFacts)
    return pod.facts


def _target(pod: Stored) -> str:
    """The node that a pod was made for, also before the scheduler has bound it."""
    if _facts(pod).node:
        return _facts(pod).node
    affinity = ((decode(pod)["spec"].get("affinity") or {}).get("nodeAffinity") or {}).get(REQUIRED) or {}
    for term in affinity.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            return str(field["values"][0])
    return ""


def _create(cluster: KubernetesWorld, ds: Object, node: str, mark: str) -> None:
    name = ds["metadata"]["name"]
    pod = pod_of(api.DAEMON_SETS, ds, ds["spec"]["template"], f"{name}-{cluster.writer.suffix()}")
    pod["metadata"]["generateName"] = f"{name}-"
    pod["metadata"]["labels"].update({REVISION: mark, "pod-template-generation": str(ds["metadata"].get("generation", 1))})
    pod["spec"]["tolerations"] = [*(ds["spec"]["template"]["spec"].get("tolerations") or ()), *TOLERATED]
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    pod["spec"]["affinity"] = {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": [term]}}}
    create_pod(cluster, api.DAEMON_SETS, ds, pod, COMPONENT)


def _roll(cluster: KubernetesWorld, ds: Object, mark: str, wanted: int) -> None:
    strategy = ds["spec"]["updateStrategy"]
    if strategy.get("type") != "RollingUpdate":
        return
    most = percent((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), wanted, up=True) or 1
    pods = cluster.storage.owned(ds["metadata"]["uid"], api.PODS)
    missing = sum(not _facts(p).ready or p.deleting for p in pods) + max(0, wanted - len(pods))
    old = [p for p in pods if p.labels.get(REVISION) != mark and not p.deleting]
    for pod in sorted(old, key=lambda p: (_facts(p).ready, p.name)):
        if _facts(pod).ready:
            if missing >= most:
                return
            missing += 1
        delete_pod(cluster, api.DAEMON_SETS, ds, pod, COMPONENT)


def _status(cluster: KubernetesWorld, ds: Object, mark: str, wanted: int) -> None:
    found = count(cluster.storage.owned(ds["metadata"]["uid"], api.PODS), cluster.now(), ds["spec"].get("minReadySeconds", 0))
    status = {
        "currentNumberScheduled": len(found.live),
        "numberMisscheduled": 0,
        "desiredNumberScheduled": wanted,
        "numberReady": found.ready,
        "observedGeneration": ds["metadata"].get("generation", 1),
        "updatedNumberScheduled": sum(p.labels.get(REVISION) == mark for p in found.live),
        "numberAvailable": found.available,
        "numberUnavailable": max(0, wanted - found.available),
    }
    keep = {"currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady"}
    replace_status(cluster, api.DAEMON_SETS, ds, {k: v for k, v in status.items() if v or k in keep})
