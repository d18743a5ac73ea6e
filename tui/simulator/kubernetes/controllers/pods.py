"""What every controller of pods does alike: make a pod from a template, count pods, choose which to delete."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.json import encode

from tui.simulator.kubernetes import admission
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.managed import managed_fields
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.selectors import object_match

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

LETTERS = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object, collisions: int = 0) -> str:
    """``pod-template-hash`` of a pod template: FNV-1a of its content in the alphabet of safe letters.

    ``collisions``: how often the name that follows from it was already taken.
    """
    content = copy.copy(template)
    metadata = dict(content.get("metadata") or {})
    metadata["labels"] = {k: v for k, v in (metadata.get("labels") or {}).items() if k != "pod-template-hash"}
    content["metadata"] = metadata
    value = 2166136261
    for byte in encode(content, order="deterministic") + (str(collisions).encode() if collisions else b""):
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return "".join(LETTERS[ord(digit) % len(LETTERS)] for digit in str(value))


def owner_reference(resource: Resource, owner: Object) -> Object:
    """The controller's reference."""
    return {
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def adopt(cluster: KubernetesWorld, resource: Resource, owner: Object, kind: Resource) -> None:
    """Take over objects of ``kind`` that the owner's selector finds and that nobody owns."""
    namespace = owner["metadata"]["namespace"]
    orphans = cluster.storage.orphans(kind, namespace)
    if not orphans:
        return
    match = object_match(owner["spec"].get("selector"))
    for stored in orphans:
        ended = isinstance(stored.facts, PodFacts) and stored.facts.ended
        obj = cluster.storage.read(kind, namespace, stored.name)
        if obj is not None and match(stored.labels) and not stored.deleting and not ended:
            others = obj["metadata"].get("ownerReferences") or []
            obj["metadata"]["ownerReferences"] = [*others, owner_reference(resource, owner)]
            cluster.storage.update(kind, obj)


def pod_of(resource: Resource, owner: Object, template: Object, name: str) -> Object:
    """A new pod from ``template``; without status, node and uid."""
    metadata = template.get("metadata") or {}
    pod: Object = {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "namespace": owner["metadata"]["namespace"],
            "labels": dict(metadata.get("labels") or {}),
            "ownerReferences": [owner_reference(resource, owner)],
        },
        "spec": copy.deepcopy(template.get("spec") or {}),
    }
    if metadata.get("annotations"):
        pod["metadata"]["annotations"] = dict(metadata["annotations"])
    admission.defaults(api.PODS, pod)
    return pod


def create_pod(cluster: KubernetesWorld, resource: Resource, owner: Object, pod: Object, component: str) -> Stored:
    """Store a controller's pod and note it as an event of its owner."""
    generated = pod["metadata"]["name"]
    pod["metadata"]["managedFields"] = managed_fields(pod, owner["metadata"]["uid"], cluster.now(), cluster.now())
    cluster.allocate(api.PODS, pod)
    stored = cluster.storage.create(api.PODS, pod)
    cluster.events.record(
        resource,
        owner,
        "Normal",
        "SuccessfulCreate",
        _words("Created pod: ", "create Pod ", resource, owner, generated),
        component,
    )
    return stored


def delete_pod(cluster: KubernetesWorld, resource: Resource, owner: Object, pod: Stored, component: str) -> None:
    """Delete a controller's pod, with its event."""
    delete(cluster, api.PODS, pod, Options())
    cluster.events.record(
        resource,
        owner,
        "Normal",
        "SuccessfulDelete",
        _words("Deleted pod: ", "delete Pod ", resource, owner, pod.name),
        component,
    )


def _words(plain: str, stateful: str, resource: Resource, owner: Object, pod: str) -> str:
    if resource is api.STATEFUL_SETS:
        return f"{stateful}{pod} in StatefulSet {owner['metadata']['name']} successful"
    return plain + pod


class Counted(NamedTuple):
    """Pods of a controller: the live ones (neither ended nor being deleted), how many are ready, how many available."""

    live: list[Stored]
    ready: int
    available: int
    next_available: float  # when the next ready pod will have been ready long enough, 0.0 when none waits


def count(pods: Iterable[Stored], now: float, min_ready: int = 0) -> Counted:
    """Count pods; ``min_ready`` in seconds is the owner's ``minReadySeconds``."""
    live, ready, available, soonest = [], 0, 0, 0.0
    for pod in pods:
        facts = pod.facts
        assert isinstance(facts, PodFacts)
        if facts.ended or pod.deleting:
            continue
        live.append(pod)
        if facts.ready:
            ready += 1
            due = facts.ready_since + min_ready
            if due <= now:
                available += 1
            else:
                soonest = min(soonest, due) if soonest else due
    return Counted(live, ready, available, soonest)


def by_worth(pods: Iterable[Stored]) -> list[Stored]:
    """The order in which a ReplicaSet deletes: unassigned, pending, not ready, restarted more, newer first."""

    def rank(pod: Stored) -> tuple[Any, ...]:
        facts = pod.facts
        assert isinstance(facts, PodFacts)
        phases = {"Pending": 0, "Unknown": 1, "Running": 2}
        return bool(facts.node), phases.get(facts.phase, 0), facts.ready, -facts.restarts, -pod.created, pod.name

    return sorted(pods, key=rank)


def replace_status(cluster: KubernetesWorld, resource: Resource, obj: Object, status: Object) -> None:
    """Store a new status when it differs."""
    if obj.get("status") != status:
        obj["status"] = status
        cluster.storage.update(resource, obj)


def conditions_with(listed: list[Object] | None, new: Object, now: str) -> list[Object]:
    """``listed`` with ``new`` in place of its type; the transition time stays while the status stays.

    ``lastUpdateTime`` is kept too while reason and message stay, where the kind has it.
    """
    result: list[Object] = []
    found = False
    for old in listed or ():
        if old["type"] != new["type"]:
            result.append(old)
            continue
        found = True
        same = old["status"] == new["status"]
        kept = {**old, **new, "lastTransitionTime": old.get("lastTransitionTime", now) if same else now}
        if "lastUpdateTime" in old:
            equal = same and old.get("reason") == new.get("reason") and old.get("message") == new.get("message")
            kept["lastUpdateTime"] = old["lastUpdateTime"] if equal else now
        result.append(kept)
    if not found:
        result.append({**new, "lastTransitionTime": now})
    return result
