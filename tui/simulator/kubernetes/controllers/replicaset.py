"""ReplicaSet: as many pods as it says, and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import adopt, by_worth, count, create_pod, delete_pod, pod_of, replace_status
from tui.simulator.kubernetes.facts import Object

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "replicaset-controller"
BURST = 500  # pods created or deleted in one look


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one ReplicaSet."""
    rs = cluster.storage.read(api.REPLICA_SETS, namespace, name)
    if rs is None or rs["metadata"].get("deletionTimestamp"):
        return
    adopt(cluster, api.REPLICA_SETS, rs, api.PODS)
    uid = rs["metadata"]["uid"]
    spec = rs["spec"]
    wanted = spec.get("replicas", 1)
    live = count(cluster.storage.owned(uid, api.PODS), cluster.now()).live
    if len(live) < wanted:
        for _ in range(min(wanted - len(live), BURST)):
            pod = pod_of(api.REPLICA_SETS, rs, spec["template"], f"{name}-{cluster.writer.suffix()}")
            pod["metadata"]["generateName"] = f"{name}-"
            create_pod(cluster, api.REPLICA_SETS, rs, pod, COMPONENT)
    elif len(live) > wanted:
        for extra in by_worth(live)[: min(len(live) - wanted, BURST)]:
            delete_pod(cluster, api.REPLICA_SETS, rs, extra, COMPONENT)
    _status(cluster, rs, uid)


def _status(cluster: KubernetesWorld, rs: Object, uid: str) -> None:
    found = count(cluster.storage.owned(uid, api.PODS), cluster.now(), rs["spec"].get("minReadySeconds", 0))
    status: Object = {
        "replicas": len(found.live),
        "fullyLabeledReplicas": len(found.live),
        "readyReplicas": found.ready,
        "availableReplicas": found.available,
        "observedGeneration": rs["metadata"].get("generation", 1),
    }
    replace_status(cluster, api.REPLICA_SETS, rs, {k: v for k, v in status.items() if v or k == "replicas"})
    if found.next_available:
        cluster.look_at(found.next_available, api.REPLICA_SETS, rs["metadata"]["namespace"], rs["metadata"]["name"])
