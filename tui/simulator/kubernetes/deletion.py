"""Deletion: preconditions, grace, finalizers, and what becomes of the objects that the deleted one owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

FOREGROUND = "foregroundDeletion"


@dataclass(frozen=True)
class Options:
    """``DeleteOptions`` as far as they are known here."""

    grace: int | None = None
    propagation: str = "Background"
    uid: str = ""
    version: str = ""
    dry: bool = False

    @classmethod
    def read(cls, body: Object, query: Mapping[str, str]) -> Options:
        """From a request's body, or its query where the body says nothing."""
        grace = body.get("gracePeriodSeconds", query.get("gracePeriodSeconds"))
        conditions = body.get("preconditions") or {}
        return cls(
            None if grace is None else int(grace),
            body.get("propagationPolicy") or query.get("propagationPolicy") or "Background",
            conditions.get("uid") or "",
            str(conditions.get("resourceVersion") or ""),
            "All" in (body.get("dryRun") or ()) or query.get("dryRun") == "All",
        )

    def check(self, resource: Resource, stored: Stored) -> None:
        """409 when a precondition does not hold."""
        if self.uid and self.uid != stored.uid:
            why = f"Precondition failed: UID in precondition: {self.uid}, UID in object meta: {stored.uid}"
            raise errors.conflict(resource, stored.name, why)
        if self.version and self.version != str(stored.version):
            given, actual = self.version, stored.version
            why = f"Precondition failed: ResourceVersion in precondition: {given}, ResourceVersion in object meta: {actual}"
            raise errors.conflict(resource, stored.name, why)


def delete(cluster: KubernetesWorld, resource: Resource, stored: Stored, options: Options) -> Stored:
    """Delete one object, or begin to; its last state."""
    if resource is api.PODS:
        return _pod(cluster, stored, options)
    obj = decode(stored)
    if options.propagation == "Orphan":
        _orphan(cluster, stored.uid)
    finalizers = list(obj["metadata"].get("finalizers") or ())
    if options.propagation == "Foreground" and cluster.storage.children(stored.uid):
        finalizers.append(FOREGROUND)
    if resource is api.NAMESPACES:
        obj["status"] = {"phase": "Terminating"}
        finalizers.append("kubernetes")
    if not finalizers:
        return cluster.storage.remove(resource, stored.namespace, stored.name)
    if stored.deleting:
        return stored
    obj["metadata"]["deletionTimestamp"] = stamp(cluster.now())
    obj["metadata"]["deletionGracePeriodSeconds"] = 0
    if resource is not api.NAMESPACES:
        obj["metadata"]["finalizers"] = finalizers
    return cluster.storage.update(resource, obj)


def _pod(cluster: KubernetesWorld, stored: Stored, options: Options) -> Stored:
    pod = decode(stored)
    grace = options.grace
    if grace is None:
        grace = int(pod["spec"].get("terminationGracePeriodSeconds", 30))
    assert isinstance(stored.facts, PodFacts)
    if grace <= 0 or not stored.facts.node or stored.facts.ended:
        return cluster.storage.remove(api.PODS, stored.namespace, stored.name)
    if stored.deleting and grace >= pod["metadata"].get("deletionGracePeriodSeconds", 30):
        return stored
    pod["metadata"]["deletionTimestamp"] = stamp(cluster.now() + grace)
    pod["metadata"]["deletionGracePeriodSeconds"] = grace
    return cluster.storage.update(api.PODS, pod)


def _orphan(cluster: KubernetesWorld, uid: str) -> None:
    for resource, namespace, name in cluster.storage.children(uid):
        obj = cluster.storage.read(resource, namespace, name)
        if obj is not None:
            obj["metadata"]["ownerReferences"] = [r for r in obj["metadata"]["ownerReferences"] if r["uid"] != uid]
            cluster.storage.update(resource, obj)
