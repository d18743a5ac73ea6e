"""A deployment's status: its counts, the Available and Progressing conditions, and the progress deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import conditions_with, replace_status
from tui.simulator.kubernetes.controllers.revisions import Sets, bounds
from tui.simulator.kubernetes.facts import Object, condition
from tui.simulator.kubernetes.times import seconds, stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld


def complete(deployment: Object, status: Object) -> bool:
    """Whether all pods are of the newest template and available, and no old one is left."""
    wanted: int = deployment["spec"]["replicas"]
    return bool(
        status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 1)
    )


def note(cluster: KubernetesWorld, deployment: Object, reason: str, message: str, status: str = "True") -> None:
    """Set the Progressing condition; its update time is the deadline's start, so it is renewed even when nothing differs."""
    now = stamp(cluster.now())
    full = deployment.setdefault("status", {})
    new = {"type": "Progressing", "status": status, "reason": reason, "message": message, "lastUpdateTime": now}
    full["conditions"] = conditions_with(full.get("conditions"), new, now)
    for one in full["conditions"]:
        if one["type"] == "Progressing":
            one["lastUpdateTime"] = now


def update(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> None:
    """Compute and store the status."""
    before = (
        cluster.storage.read(api.DEPLOYMENTS, deployment["metadata"]["namespace"], deployment["metadata"]["name"]) or deployment
    ).get("status") or {}
    counts = _counts(deployment, sets)
    full = {**counts, "conditions": list((deployment.get("status") or {}).get("conditions") or ())}
    deployment["status"] = full
    _available(cluster, deployment)
    _progressing(cluster, deployment, sets, before)
    final = {k: v for k, v in full.items() if v or k == "observedGeneration"}
    deployment["status"] = before
    replace_status(cluster, api.DEPLOYMENTS, deployment, final)


def _counts(deployment: Object, sets: Sets) -> Object:
    total = {
        key: sum((rs.get("status") or {}).get(key, 0) for rs in sets.all)
        for key in ("replicas", "readyReplicas", "availableReplicas")
    }
    missing = max(0, sum(rs["spec"]["replicas"] for rs in sets.all) - total["availableReplicas"])
    return {
        "observedGeneration": deployment["metadata"].get("generation", 1),
        "replicas": total["replicas"],
        "updatedReplicas": (sets.new.get("status") or {}).get("replicas", 0) if sets.new else 0,
        "readyReplicas": total["readyReplicas"],
        "availableReplicas": total["availableReplicas"],
        "unavailableReplicas": missing,
        "collisionCount": (deployment.get("status") or {}).get("collisionCount", 0),
    }


def _available(cluster: KubernetesWorld, deployment: Object) -> None:
    spec, status = deployment["spec"], deployment["status"]
    enough = status["availableReplicas"] >= spec["replicas"] - bounds(spec)[1]
    now = stamp(cluster.now())
    new = {
        "type": "Available",
        "status": "True" if enough else "False",
        "lastUpdateTime": now,
        "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    }
    status["conditions"] = conditions_with(status["conditions"], new, now)


def _progressing(cluster: KubernetesWorld, deployment: Object, sets: Sets, before: Object) -> None:
    spec, status = deployment["spec"], deployment["status"]
    deadline = spec.get("progressDeadlineSeconds", 600)
    current = condition(status, "Progressing")
    name = f'ReplicaSet "{sets.new["metadata"]["name"]}"' if sets.new else f'Deployment "{deployment["metadata"]["name"]}"'
    if spec.get("paused"):
        if current is None or current["reason"] != "DeploymentPaused":
            note(cluster, deployment, "DeploymentPaused", "Deployment is paused", "Unknown")
        return
    if current is not None and current["reason"] == "DeploymentPaused":
        note(cluster, deployment, "DeploymentResumed", "Deployment is resumed", "Unknown")
    if complete(deployment, status):
        if (
            current is None
            or current["reason"] != "NewReplicaSetAvailable"
            or current.get("message") != f"{name} has successfully progressed."
        ):
            note(cluster, deployment, "NewReplicaSetAvailable", f"{name} has successfully progressed.")
        return
    if _moved(before, status):
        note(cluster, deployment, "ReplicaSetUpdated", f"{name} is progressing.")
    elif current is not None and current["reason"] not in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        due = seconds(current["lastUpdateTime"]) + deadline
        if cluster.now() >= due:
            note(cluster, deployment, "ProgressDeadlineExceeded", f"{name} has timed out progressing.", "False")
        else:
            cluster.look_at(due + 1, api.DEPLOYMENTS, deployment["metadata"]["namespace"], deployment["metadata"]["name"])
    elif current is None or (current["reason"] == "NewReplicaSetAvailable" and _rolling(sets)):
        note(cluster, deployment, "ReplicaSetUpdated", f"{name} is progressing.")
    _wait(cluster, deployment, deadline)


def _rolling(sets: Sets) -> bool:
    return any(rs["spec"]["replicas"] for rs in sets.old)


def _wait(cluster: KubernetesWorld, deployment: Object, deadline: int) -> None:
    current = condition(deployment["status"], "Progressing")
    if current is not None and current["reason"] in ("ReplicaSetUpdated", "NewReplicaSetCreated", "DeploymentResumed"):
        due = seconds(current["lastUpdateTime"]) + deadline + 1
        if due > cluster.now():
            cluster.look_at(due, api.DEPLOYMENTS, deployment["metadata"]["namespace"], deployment["metadata"]["name"])


def _moved(before: Object, status: Object) -> bool:
    """``DeploymentProgressing`` of the controller."""
    old_left = before.get("replicas", 0) - before.get("updatedReplicas", 0)
    new_left = status["replicas"] - status["updatedReplicas"]
    return bool(
        status["updatedReplicas"] > before.get("updatedReplicas", 0)
        or new_left < old_left
        or status["readyReplicas"] > before.get("readyReplicas", 0)
        or status["availableReplicas"] > before.get("availableReplicas", 0)
    )
