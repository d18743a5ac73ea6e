"""Stateful sets with their claims, daemon sets, and the revisions of both."""

from __future__ import annotations

import copy

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers import claims
from tui.simulator.kubernetes.controllers.pods import owner_reference, template_hash
from tui.simulator.kubernetes.controllers.statefulset import INDEX, POD_NAME
from tui.simulator.kubernetes.controllers.statefulset import REVISION as POD_REVISION
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.seed.ground import Ground, Workload
from tui.simulator.kubernetes.seed.pods import Mold
from tui.simulator.kubernetes.times import stamp


def plant_stateful_set(ground: Ground, workload: Workload) -> None:
    """A stateful set with its pods, each with its claim."""
    age = ground.age(workload)
    spec: Object = {
        "replicas": workload["replicas"],
        "serviceName": workload["name"],
        "selector": ground.selector(workload),
        "template": ground.template(workload, workload["image"], workload.get("env", {})),
    }
    if workload.get("volume"):
        kind, _, size = workload["volume"].partition(":")
        spec["volumeClaimTemplates"] = [{"metadata": {"name": "data"}, "spec": {
            "accessModes": ["ReadWriteOnce"], "storageClassName": kind, "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": size}}}}]  # fmt: skip
    sts = ground.owner(api.STATEFUL_SETS, workload, spec, age)
    newest = revision(ground, api.STATEFUL_SETS, sts)
    mold = Mold(ground.cluster, api.STATEFUL_SETS, sts, sts["spec"]["template"])
    for number in range(workload["replicas"]):
        name = f"{workload['name']}-{number}"
        more = {POD_REVISION: newest, POD_NAME: name, INDEX: str(number)}
        claim = ""
        if workload.get("volume"):
            claim = f"data-{name}"
            claim_of(ground, workload, claim, workload["volume"], "ReadWriteOnce", age)
        mold.pod(name, ground.next_node(workload), age - 40 * number, labels=more, claim=claim)
    count = workload["replicas"]
    sts["status"] = {
        "observedGeneration": 1,
        "replicas": count,
        "readyReplicas": count,
        "currentReplicas": count,
        "updatedReplicas": count,
        "currentRevision": newest,
        "updateRevision": newest,
        "collisionCount": 0,
        "availableReplicas": count,
    }
    ground.store(api.STATEFUL_SETS, sts)


def revision(ground: Ground, resource: Resource, owner: Object) -> str:
    """Store the ControllerRevision of a template; its name."""
    template = owner["spec"]["template"]
    mark = template_hash(template)
    name = f"{owner['metadata']['name']}-{mark}"
    metadata = {
        "name": name,
        "namespace": owner["metadata"]["namespace"],
        "creationTimestamp": owner["metadata"]["creationTimestamp"],
        "labels": {**template["metadata"]["labels"], POD_REVISION: mark},
        "ownerReferences": [owner_reference(resource, owner)],
    }
    data = {"spec": {"template": {**copy.deepcopy(template), "$patch": "replace"}}}
    ground.store(api.REVISIONS, {"metadata": metadata, "data": data, "revision": 1})
    return name


def claim_of(ground: Ground, workload: Workload, name: str, volume: str, mode: str, age: float) -> None:
    """A bound claim; ``volume`` is ``class:size``."""
    kind, _, size = volume.partition(":")
    claim: Object = {
        "metadata": {
            "name": name,
            "namespace": workload["namespace"],
            "labels": ground.labels(workload),
            "creationTimestamp": stamp(ground.now - age),
            "finalizers": ["kubernetes.io/pvc-protection"],
        },
        "spec": {
            "accessModes": [mode],
            "storageClassName": kind,
            "volumeMode": "Filesystem",
            "resources": {"requests": {"storage": size}},
        },
    }
    found = ground.cluster.storage.read(api.STORAGE_CLASSES, "", kind)
    if found is not None:
        claims.bind(ground.cluster, claim, found, quiet=True)
    ground.store(api.CLAIMS, claim)


def plant_daemon_set(ground: Ground, workload: Workload) -> None:
    """A daemon set with a pod on each node of the groups."""
    age = ground.age(workload)
    spec: Object = {"selector": ground.selector(workload), "template": ground.template(workload, workload["image"], {})}
    ds = ground.owner(api.DAEMON_SETS, workload, spec, age)
    mark = revision(ground, api.DAEMON_SETS, ds).rpartition("-")[2]
    mold = Mold(ground.cluster, api.DAEMON_SETS, ds, ds["spec"]["template"])
    for node in ground.general:
        more = {POD_REVISION: mark, "pod-template-generation": "1"}
        mold.pod(f"{workload['name']}-{ground.cluster.writer.suffix()}", node, age, labels=more)
    count = len(ground.general)
    ds["status"] = {
        "currentNumberScheduled": count,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": count,
        "numberReady": count,
        "observedGeneration": 1,
        "updatedNumberScheduled": count,
        "numberAvailable": count,
    }
    ground.store(api.DAEMON_SETS, ds)
