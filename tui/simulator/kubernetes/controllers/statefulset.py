"""StatefulSet: pods by number, one after the other, with their claims; updates from the highest number down."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import admission
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import (
    count,
    create_pod,
    delete_pod,
    owner_reference,
    pod_of,
    replace_status,
    template_hash,
)
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "statefulset-controller"
REVISION = "controller-revision-hash"
POD_NAME = "statefulset.kubernetes.io/pod-name"
INDEX = "apps.kubernetes.io/pod-index"


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one StatefulSet."""
    sts = cluster.storage.read(api.STATEFUL_SETS, namespace, name)
    if sts is None or sts["metadata"].get("deletionTimestamp"):
        return
    revision = ensure_revision(cluster, api.STATEFUL_SETS, sts)
    pods = {ordinal(pod.name): pod for pod in cluster.storage.owned(sts["metadata"]["uid"], api.PODS)}
    _act(cluster, sts, pods, revision)
    _status(cluster, sts, revision)


def ordinal(name: str) -> int:
    """The number at the end of a pod's name."""
    return int(name.rpartition("-")[2])


def ensure_revision(cluster: KubernetesWorld, resource: api.Resource, owner: Object) -> str:
    """The name of the ControllerRevision of the owner's present template, created when it is missing."""
    template = owner["spec"]["template"]
    name = f"{owner['metadata']['name']}-{template_hash(template)}"
    namespace = owner["metadata"]["namespace"]
    known = [
        cluster.storage.read(api.REVISIONS, namespace, s.name)
        for s in cluster.storage.owned(owner["metadata"]["uid"], api.REVISIONS)
    ]
    numbers = {r["metadata"]["name"]: r["revision"] for r in known if r}
    newest = max(numbers.values(), default=0)
    if name in numbers:
        if numbers[name] < newest:
            again = cluster.storage.read(api.REVISIONS, namespace, name)
            assert again is not None
            again["revision"] = newest + 1
            cluster.storage.update(api.REVISIONS, again)
        return name
    cluster.storage.create(
        api.REVISIONS,
        {
            "kind": "ControllerRevision",
            "apiVersion": "apps/v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "labels": {**(template["metadata"].get("labels") or {}), REVISION: name.rpartition("-")[2]},
                "ownerReferences": [owner_reference(resource, owner)],
            },
            "data": {"spec": {"template": {**copy.deepcopy(template), "$patch": "replace"}}},
            "revision": newest + 1,
        },
    )
    return name


def _act(cluster: KubernetesWorld, sts: Object, pods: dict[int, Stored], revision: str) -> None:
    """One move at a time where the pods are ordered, all at once where they are parallel."""
    wanted = sts["spec"]["replicas"]
    parallel = sts["spec"].get("podManagementPolicy") == "Parallel"
    for number in range(wanted):
        pod = pods.get(number)
        if pod is None:
            _create(cluster, sts, number, revision)
        elif _ended(pod):
            cluster.storage.remove(api.PODS, pod.namespace, pod.name)
            return
        if not parallel and (pod is None or pod.deleting or not _ready(pod)):
            return
    extra = sorted((n for n in pods if n >= wanted), reverse=True)
    for number in extra:
        if not pods[number].deleting:
            delete_pod(cluster, api.STATEFUL_SETS, sts, pods[number], COMPONENT)
        if not parallel:
            return
    if not extra:
        _renew(cluster, sts, pods, revision)


def _renew(cluster: KubernetesWorld, sts: Object, pods: dict[int, Stored], revision: str) -> None:
    """Delete the highest pod of an older revision, once all above it are well."""
    strategy = sts["spec"]["updateStrategy"]
    if strategy.get("type") != "RollingUpdate":
        return
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    for number in sorted((n for n in pods if n >= partition), reverse=True):
        pod = pods[number]
        if pod.labels.get(REVISION) != revision and not pod.deleting:
            delete_pod(cluster, api.STATEFUL_SETS, sts, pod, COMPONENT)
            return
        if not _ready(pod) or pod.deleting:
            return


def _facts(pod: Stored) -> PodFacts:
    assert isinstance(pod.facts, PodFacts)
    return pod.facts


def _ready(pod: Stored) -> bool:
    return _facts(pod).ready


def _ended(pod: Stored) -> bool:
    return _facts(pod).ended and not pod.deleting


def _create(cluster: KubernetesWorld, sts: Object, number: int, revision: str) -> None:
    name = f"{sts['metadata']['name']}-{number}"
    pod = pod_of(api.STATEFUL_SETS, sts, sts["spec"]["template"], name)
    pod["metadata"]["generateName"] = f"{sts['metadata']['name']}-"
    pod["metadata"]["labels"].update({REVISION: revision, POD_NAME: name, INDEX: str(number)})
    pod["spec"]["hostname"] = name
    pod["spec"]["subdomain"] = sts["spec"].get("serviceName", "")
    volumes = pod["spec"].setdefault("volumes", [])
    for template in sts["spec"].get("volumeClaimTemplates") or ():
        claim = f"{template['metadata']['name']}-{name}"
        volumes.append({"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim}})
        if cluster.storage.find(api.CLAIMS, sts["metadata"]["namespace"], claim) is None:
            _claim(cluster, sts, template, claim)
    create_pod(cluster, api.STATEFUL_SETS, sts, pod, COMPONENT)


def _claim(cluster: KubernetesWorld, sts: Object, template: Object, name: str) -> None:
    metadata = {
        "name": name,
        "namespace": sts["metadata"]["namespace"],
        "labels": dict(sts["spec"]["selector"].get("matchLabels") or {}),
    }
    claim: Object = {"metadata": metadata, "spec": copy.deepcopy(template["spec"])}
    admission.defaults(api.CLAIMS, claim)
    cluster.storage.create(api.CLAIMS, claim)


def _status(cluster: KubernetesWorld, sts: Object, revision: str) -> None:
    pods = [p for p in cluster.storage.owned(sts["metadata"]["uid"], api.PODS) if not _facts(p).ended]
    found = count(pods, cluster.now(), sts["spec"].get("minReadySeconds", 0))
    updated = sum(p.labels.get(REVISION) == revision for p in found.live)
    old = sts.get("status") or {}
    current = old.get("currentRevision") or revision
    wanted = sts["spec"]["replicas"]
    if updated == len(found.live) == wanted and found.ready == wanted:
        current = revision
    status = {
        "observedGeneration": sts["metadata"].get("generation", 1),
        "replicas": len(pods),
        "readyReplicas": found.ready,
        "currentReplicas": sum(p.labels.get(REVISION) == current for p in found.live),
        "updatedReplicas": updated,
        "currentRevision": current,
        "updateRevision": revision,
        "collisionCount": 0,
        "availableReplicas": found.available,
    }
    replace_status(cluster, api.STATEFUL_SETS, sts, status)
