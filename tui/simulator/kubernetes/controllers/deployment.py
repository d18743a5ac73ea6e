"""Deployment: replica sets by template, revisions, rolling by maxSurge and maxUnavailable, progress and its deadline.

The arithmetic is that of the deployment controller (``reconcileNewReplicaSet``, ``reconcileOldReplicaSets``,
``syncRolloutStatus``): never more than desired + maxSurge pods asked for, never fewer than desired - maxUnavailable available
by its own doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers import progress
from tui.simulator.kubernetes.controllers.pods import adopt
from tui.simulator.kubernetes.controllers.revisions import (
    DESIRED,
    MOST,
    REVISION,
    REVISIONS,
    Sets,
    bounds,
    copied_notes,
    replica_set_of,
    revision_of,
)
from tui.simulator.kubernetes.facts import Object

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "deployment-controller"


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one deployment."""
    deployment = cluster.storage.read(api.DEPLOYMENTS, namespace, name)
    if deployment is None or deployment["metadata"].get("deletionTimestamp"):
        return
    adopt(cluster, api.DEPLOYMENTS, deployment, api.REPLICA_SETS)
    sets = Sets(cluster, deployment)
    spec = deployment["spec"]
    if spec.get("paused"):
        _scale_proportionally(cluster, deployment, sets)
    else:
        sets.new = _new_set(cluster, deployment, sets)
        if _resized(deployment, sets):
            _scale_proportionally(cluster, deployment, sets)
        elif spec["strategy"]["type"] == "Recreate":
            _recreate(cluster, deployment, sets)
        else:
            _roll(cluster, deployment, sets)
        _clean_up(cluster, deployment, sets)
    progress.update(cluster, deployment, sets)


def _new_set(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> Object:
    """The replica set of the current template, created when it is missing, with the highest revision."""
    revision = max((revision_of(rs) for rs in sets.old), default=0) + 1
    if sets.new is not None:
        if revision_of(sets.new) < revision:
            notes = sets.new["metadata"].setdefault("annotations", {})
            past = [t for t in (notes.get(REVISIONS, "").split(",")) if t]
            if revision_of(sets.new):
                past.append(str(revision_of(sets.new)))
            notes[REVISIONS] = ",".join(past)
            notes.update(copied_notes(deployment))
            notes[REVISION] = str(revision)
            cluster.storage.update(api.REPLICA_SETS, sets.new)
        _note_revision(cluster, deployment, revision_of(sets.new))
        return sets.new
    rs = replica_set_of(deployment, revision)
    while cluster.storage.find(api.REPLICA_SETS, deployment["metadata"]["namespace"], rs["metadata"]["name"]) is not None:
        status = deployment.setdefault("status", {})  # another template, or another owner, has this name
        status["collisionCount"] = status.get("collisionCount", 0) + 1
        cluster.storage.update(api.DEPLOYMENTS, deployment)
        rs = replica_set_of(deployment, revision)
    rs["spec"]["replicas"] = _wanted_new(deployment, sets, 0)
    cluster.storage.create(api.REPLICA_SETS, rs)
    _note_revision(cluster, deployment, revision)
    progress.note(cluster, deployment, "NewReplicaSetCreated", f'Created new replica set "{rs["metadata"]["name"]}"')
    if rs["spec"]["replicas"]:
        _say_scaled(cluster, deployment, rs, 0)
    return rs


def _note_revision(cluster: KubernetesWorld, deployment: Object, revision: int) -> None:
    if revision_of(deployment) != revision:
        deployment["metadata"].setdefault("annotations", {})[REVISION] = str(revision)
        cluster.storage.update(api.DEPLOYMENTS, deployment)


def _wanted_new(deployment: Object, sets: Sets, current: int) -> int:
    """How many replicas the new set may ask for now (``NewRSNewReplicas``)."""
    spec = deployment["spec"]
    if spec["strategy"]["type"] == "Recreate":
        return int(spec["replicas"]) if not any(rs["spec"]["replicas"] for rs in sets.old) else current
    surge, _ = bounds(spec)
    room = spec["replicas"] + surge - sets.asked
    return current if room <= 0 else current + max(0, min(room, spec["replicas"] - current))


def _set_scale(cluster: KubernetesWorld, deployment: Object, rs: Object, replicas: int) -> None:
    """Ask a replica set for another number of pods and note the deployment's size on it."""
    surge, _ = bounds(deployment["spec"])
    notes = rs["metadata"].setdefault("annotations", {})
    size = {DESIRED: str(deployment["spec"]["replicas"]), MOST: str(deployment["spec"]["replicas"] + surge)}
    before = rs["spec"]["replicas"]
    if before == replicas and all(notes.get(k) == v for k, v in size.items()):
        return
    notes.update(size)
    rs["spec"]["replicas"] = replicas
    if before != replicas:
        rs["metadata"]["generation"] = rs["metadata"].get("generation", 1) + 1
    cluster.storage.update(api.REPLICA_SETS, rs)
    if before != replicas:
        _say_scaled(cluster, deployment, rs, before)


def _say_scaled(cluster: KubernetesWorld, deployment: Object, rs: Object, before: int) -> None:
    replicas = rs["spec"]["replicas"]
    way = "up" if replicas > before else "down"
    message = f"Scaled {way} replica set {rs['metadata']['name']} from {before} to {replicas}"
    cluster.events.record(api.DEPLOYMENTS, deployment, "Normal", "ScalingReplicaSet", message, COMPONENT)


def _resized(deployment: Object, sets: Sets) -> bool:
    """Whether someone changed the deployment's replicas since its sets were scaled."""
    for rs in sets.all:
        noted = (rs["metadata"].get("annotations") or {}).get(DESIRED)
        if rs["spec"]["replicas"] and noted is not None and int(noted) != deployment["spec"]["replicas"]:
            return True
    return False


def _scale_proportionally(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> None:
    """Spread a new size over the sets as they stand in a rollout (``scale`` of the controller)."""
    spec = deployment["spec"]
    active = [rs for rs in sets.all if rs["spec"]["replicas"] > 0]
    if len(active) <= 1:
        only = active[0] if active else sets.new
        if only is not None and (only is sets.new or active):
            _set_scale(cluster, deployment, only, spec["replicas"])
        return
    new = sets.new
    if new is not None and (new.get("status") or {}).get("availableReplicas", 0) >= spec["replicas"] == new["spec"]["replicas"]:
        for rs in sets.old:
            if rs["spec"]["replicas"]:
                _set_scale(cluster, deployment, rs, 0)
        return
    surge, _ = bounds(spec)
    most = spec["replicas"] + surge if spec["strategy"]["type"] == "RollingUpdate" else spec["replicas"]
    to_add = most - sum(rs["spec"]["replicas"] for rs in active)
    left = to_add
    sized = sorted(active, key=lambda rs: -rs["spec"]["replicas"])
    changes: list[tuple[Object, int]] = []
    for rs in sized:
        noted = int((rs["metadata"].get("annotations") or {}).get(MOST, most)) or most
        share = round(rs["spec"]["replicas"] * most / noted) - rs["spec"]["replicas"]
        share = min(share, left) if to_add > 0 else max(share, left)
        share = max(share, 0) if to_add > 0 else min(share, 0)
        left -= share
        changes.append((rs, rs["spec"]["replicas"] + share))
    for number, (rs, replicas) in enumerate(changes):
        _set_scale(cluster, deployment, rs, max(0, replicas + (left if number == 0 else 0)))


def _recreate(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> None:
    """All old pods first, then the new ones."""
    busy = [rs for rs in sets.old if rs["spec"]["replicas"]]
    for rs in busy:
        _set_scale(cluster, deployment, rs, 0)
    left = any(cluster.storage.owned(rs["metadata"]["uid"], api.PODS) for rs in sets.old)
    if not busy and not left and sets.new is not None:
        _set_scale(cluster, deployment, sets.new, deployment["spec"]["replicas"])


def _roll(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> None:
    new = sets.new
    assert new is not None
    spec = deployment["spec"]
    current = new["spec"]["replicas"]
    target = spec["replicas"] if current > spec["replicas"] else _wanted_new(deployment, sets, current)
    if target != current:
        _set_scale(cluster, deployment, new, target)
        return
    _set_scale(cluster, deployment, new, current)
    _shrink_old(cluster, deployment, sets, new)


def _shrink_old(cluster: KubernetesWorld, deployment: Object, sets: Sets, new: Object) -> None:
    """Take pods from the old sets: first those that are not available anyway, then as many as may be missing."""
    old = [rs for rs in sets.old if rs["spec"]["replicas"]]
    if not old:
        return
    spec = deployment["spec"]
    _, unavailable = bounds(spec)
    least = spec["replicas"] - unavailable
    missing_new = new["spec"]["replicas"] - (new.get("status") or {}).get("availableReplicas", 0)
    room = sets.asked - least - missing_new
    if room <= 0:
        return
    for rs in old:
        unhealthy = rs["spec"]["replicas"] - (rs.get("status") or {}).get("availableReplicas", 0)
        cut = min(room, unhealthy)
        if cut > 0:
            room -= cut
            _set_scale(cluster, deployment, rs, rs["spec"]["replicas"] - cut)
    spare = sets.available - least
    for rs in old:
        cut = min(spare, rs["spec"]["replicas"])
        if cut > 0:
            spare -= cut
            _set_scale(cluster, deployment, rs, rs["spec"]["replicas"] - cut)


def _clean_up(cluster: KubernetesWorld, deployment: Object, sets: Sets) -> None:
    """Forget the oldest empty sets beyond revisionHistoryLimit, once the rollout is through."""
    if not progress.complete(deployment, deployment.get("status") or {}):
        return
    empty = [rs for rs in sets.old if not rs["spec"]["replicas"] and not (rs.get("status") or {}).get("replicas")]
    empty.sort(key=revision_of)
    for rs in empty[: max(0, len(empty) - deployment["spec"].get("revisionHistoryLimit", 10))]:
        cluster.storage.remove(api.REPLICA_SETS, rs["metadata"]["namespace"], rs["metadata"]["name"])
        sets.old.remove(rs)
