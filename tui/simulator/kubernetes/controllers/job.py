"""Job: pods until enough of them have completed, or too many have failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import create_pod, pod_of, replace_status
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.facts import Object, PodFacts, condition
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.times import seconds, stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "job-controller"
FIRST_DELAY = 10.0  # seconds before a failed pod's successor, doubled for each failure
LONGEST_DELAY = 600.0


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one Job."""
    job = cluster.storage.read(api.JOBS, namespace, name)
    if job is None or job["metadata"].get("deletionTimestamp"):
        return
    if _ended(job):
        _expire(cluster, job)
        return
    pods = cluster.storage.owned(job["metadata"]["uid"], api.PODS)
    done = sum(_facts(p).phase == "Succeeded" for p in pods)
    failed = sum(_facts(p).phase == "Failed" for p in pods)
    active = [p for p in pods if not _facts(p).ended and not p.deleting]
    status = dict(job.get("status") or {})
    now = stamp(cluster.now())
    if not job["spec"].get("suspend"):
        status.setdefault("startTime", now)
    wanted = job["spec"].get("completions") or 1
    if done >= wanted:
        _finish(cluster, job, status, "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        active = []
    elif failed > job["spec"].get("backoffLimit", 6):
        _finish(cluster, job, status, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        for pod in active:
            delete(cluster, api.PODS, pod, Options())
        active = []
    elif not job["spec"].get("suspend"):
        active = _start(cluster, job, pods, active, min(wanted - done, job["spec"].get("parallelism", 1)), failed)
    counts = {"active": len(active), "ready": sum(_facts(p).ready for p in active), "succeeded": done, "failed": failed}
    status.update(counts)
    kept = {k: v for k, v in status.items() if v or k == "ready"}
    replace_status(cluster, api.JOBS, job, {**kept, "uncountedTerminatedPods": {}, "terminating": 0})


def _facts(pod: Stored) -> PodFacts:
    assert isinstance(pod.facts, PodFacts)
    return pod.facts


def _ended(job: Object) -> bool:
    status = job.get("status") or {}
    return any((c := condition(status, kind)) and c["status"] == "True" for kind in ("Complete", "Failed"))


def _start(
    cluster: KubernetesWorld, job: Object, pods: list[Stored], active: list[Stored], room: int, failed: int
) -> list[Stored]:
    """Create what is missing, later when the last one failed a moment ago."""
    missing = room - len(active)
    if missing <= 0:
        return active
    if failed:
        delay = min(FIRST_DELAY * 2 ** (failed - 1), LONGEST_DELAY)
        due = max(_ended_at(cluster, p) for p in pods if _facts(p).phase == "Failed") + delay
        if due > cluster.now():
            cluster.look_at(due, api.JOBS, job["metadata"]["namespace"], job["metadata"]["name"])
            return active
    name = job["metadata"]["name"]
    made = []
    for _ in range(missing):
        pod = pod_of(api.JOBS, job, job["spec"]["template"], f"{name}-{cluster.writer.suffix()}")
        pod["metadata"]["generateName"] = f"{name}-"
        made.append(create_pod(cluster, api.JOBS, job, pod, COMPONENT))
    return active + made


def _ended_at(cluster: KubernetesWorld, pod: Stored) -> float:
    obj = cluster.storage.read(api.PODS, pod.namespace, pod.name) or {}
    ends = [
        seconds(state["finishedAt"])
        for one in (obj.get("status") or {}).get("containerStatuses") or ()
        if (state := (one.get("state") or {}).get("terminated")) and state.get("finishedAt")
    ]
    return max(ends, default=pod.created)


def _finish(cluster: KubernetesWorld, job: Object, status: Object, kind: str, reason: str, message: str) -> None:
    now = stamp(cluster.now())
    early = "SuccessCriteriaMet" if kind == "Complete" else "FailureTarget"
    common = {"status": "True", "lastProbeTime": now, "lastTransitionTime": now, "reason": reason, "message": message}
    status["conditions"] = [{"type": early, **common}, {"type": kind, **common}]
    if kind == "Complete":
        status["completionTime"] = now
        cluster.events.record(api.JOBS, job, "Normal", "Completed", "Job completed", COMPONENT)
    else:
        cluster.events.record(api.JOBS, job, "Warning", reason, message, COMPONENT)


def _expire(cluster: KubernetesWorld, job: Object) -> None:
    keep = job["spec"].get("ttlSecondsAfterFinished")
    if keep is None:
        return
    namespace, name = job["metadata"]["namespace"], job["metadata"]["name"]
    ended = max(seconds(c["lastTransitionTime"]) for c in job["status"]["conditions"])
    if ended + keep <= cluster.now():
        stored = cluster.storage.get(api.JOBS, namespace, name)
        delete(cluster, api.JOBS, stored, Options(propagation="Background"))
    else:
        cluster.look_at(ended + keep, api.JOBS, namespace, name)
