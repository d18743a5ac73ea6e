"""Deployments with their history of replica sets and the pods of the newest."""

from __future__ import annotations

import copy

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.revisions import DESIRED, MOST, REVISION, bounds, replica_set_of
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.seed.ground import HOUR, Ground, Workload
from tui.simulator.kubernetes.seed.pods import Mold
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise


def plant_deployment(ground: Ground, workload: Workload) -> None:
    """A deployment as a row of releases left it: old replica sets without pods, the newest with all of them."""
    total = ground.age(workload)
    history = workload.get("history", ())
    spec: Object = {"replicas": workload["replicas"], "selector": ground.selector(workload)}
    if workload.get("strategy"):
        spec["strategy"] = {"type": workload["strategy"]}
    env, old_env = workload.get("env", {}), workload.get("history_env", {})
    deployment: Object = {}
    base = workload["image"].rpartition(":")[0]
    images = [f"{base}:{tag}" for tag in history] + [workload["image"]]
    first_age = total + len(history) * 11 * 24 * HOUR
    uid, rs = "", {}
    for number, image in enumerate(images, 1):
        last = number == len(images)
        spec["template"] = ground.template(workload, image, env if last else {**env, **old_env})
        deployment = ground.owner(api.DEPLOYMENTS, workload, copy.deepcopy(spec), first_age)
        deployment["metadata"]["uid"] = uid = uid or deployment["metadata"]["uid"]
        rs = _replica_set(ground, deployment, number, first_age - (number - 1) * 11 * 24 * HOUR, last)
    ready = _pods(ground, workload, api.REPLICA_SETS, rs, rs["spec"]["template"], total, f"{rs['metadata']['name']}-")
    deployment["metadata"].setdefault("annotations", {})[REVISION] = str(len(images))
    deployment["metadata"]["generation"] = len(images)
    deployment["status"] = _deployment_status(ground, deployment, rs, ready, total)
    ground.store(api.DEPLOYMENTS, deployment)


def _replica_set(ground: Ground, deployment: Object, number: int, age: float, last: bool) -> Object:
    rs = replica_set_of(deployment, number)
    rs["metadata"]["uid"] = ground.cluster.storage.new_uid()
    rs["metadata"]["creationTimestamp"] = stamp(ground.now - age)
    wanted = deployment["spec"]["replicas"]
    rs["metadata"]["annotations"] |= {DESIRED: str(wanted), MOST: str(wanted + bounds(deployment["spec"])[0])}
    rs["status"] = {"replicas": 0, "observedGeneration": 1}
    if last:
        rs["spec"]["replicas"] = wanted
        counts = {"replicas": wanted, "fullyLabeledReplicas": wanted, "readyReplicas": wanted, "availableReplicas": wanted}
        if crashes(ground, deployment):
            counts = {"replicas": wanted, "fullyLabeledReplicas": wanted}
        rs["status"] = {**counts, "observedGeneration": 1}
    ground.store(api.REPLICA_SETS, rs)
    return rs


def crashes(ground: Ground, owner: Object) -> bool:
    """Whether the pods of this template crash from the start."""
    pod = {"metadata": owner["metadata"], "spec": owner["spec"]["template"]["spec"]}
    outcome = ground.cluster.behaviours.outcome(pod, pod["spec"]["containers"][0])
    return outcome.reason == "Error"


def _deployment_status(ground: Ground, deployment: Object, rs: Object, ready: int, age: float) -> Object:
    wanted, since = deployment["spec"]["replicas"], stamp(ground.now - age)
    enough = ready >= wanted - bounds(deployment["spec"])[1]
    name = f'ReplicaSet "{rs["metadata"]["name"]}"'
    late = ready < wanted and age > deployment["spec"]["progressDeadlineSeconds"]
    available = (
        ("True", "MinimumReplicasAvailable", "has") if enough else ("False", "MinimumReplicasUnavailable", "does not have")
    )
    progress = ("False", "ProgressDeadlineExceeded", f"{name} has timed out progressing.") if late else (
        "True", "NewReplicaSetAvailable", f"{name} has successfully progressed.")  # fmt: skip
    conditions = [
        {"type": "Available", "status": available[0], "lastUpdateTime": since, "lastTransitionTime": since,
         "reason": available[1], "message": f"Deployment {available[2]} minimum availability."},
        {"type": "Progressing", "status": progress[0], "lastUpdateTime": since, "lastTransitionTime": since,
         "reason": progress[1], "message": progress[2]},
    ]  # fmt: skip
    counts = {
        "observedGeneration": deployment["metadata"]["generation"], "replicas": wanted, "updatedReplicas": wanted,
        "readyReplicas": ready, "availableReplicas": ready, "unavailableReplicas": wanted - ready,
    }  # fmt: skip
    return {**{k: v for k, v in counts.items() if v}, "conditions": conditions}


def _pods(
    ground: Ground, workload: Workload, resource: Resource, owner: Object, template: Object, age: float, prefix: str
) -> int:
    """The running pods of a replica set; how many are ready."""
    crash = workload.get("crash_restarts", 0) if crashes(ground, {"metadata": {**owner["metadata"], **template["metadata"],
            "namespace": workload["namespace"]}, "spec": {"template": template}}) else 0  # fmt: skip
    mold = Mold(ground.cluster, resource, owner, template)
    for number in range(workload["replicas"]):
        pod_age = age * (1.0 if crash else 0.35 + 0.65 * noise(prefix, number))
        mold.pod(prefix + ground.cluster.writer.suffix(), ground.next_node(workload), pod_age, crash=crash)
    return 0 if crash else int(workload["replicas"])
