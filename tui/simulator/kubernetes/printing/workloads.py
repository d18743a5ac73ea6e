"""Printers of pods and of what makes pods."""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.printing.base import age, containers, created, duration, printer, selector_map
from tui.simulator.kubernetes.printing.pods import pod_words
from tui.simulator.kubernetes.selectors import selector_text
from tui.simulator.kubernetes.times import seconds

NONE = "<none>"


@printer(api.PODS, "Name|Ready|Status|Restarts|Age|+IP|+Node|+Nominated Node|+Readiness Gates")
def pod(obj: Object, now: float) -> list[Any]:
    words = pod_words(obj)
    restarts = str(words.restarts)
    if words.restarts and words.last_restart:
        restarts = f"{words.restarts} ({duration(now - words.last_restart)} ago)"
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    gates = spec.get("readinessGates") or []
    met = {c["type"] for c in status.get("conditions") or () if c.get("status") == "True"}
    gate = f"{sum(g['conditionType'] in met for g in gates)}/{len(gates)}" if gates else NONE
    return [
        obj["metadata"]["name"], f"{words.ready}/{words.total}", words.reason, restarts, created(obj, now),
        status.get("podIP") or NONE, spec.get("nodeName") or NONE, status.get("nominatedNodeName") or NONE, gate,
    ]  # fmt: skip


@printer(api.DEPLOYMENTS, "Name|Ready|#Up-to-date|#Available|Age|+Containers|+Images|+Selector")
def deployment(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [
        obj["metadata"]["name"], ready, status.get("updatedReplicas", 0), status.get("availableReplicas", 0), created(obj, now),
        *containers(spec["template"].get("spec") or {}), selector_text(spec.get("selector")),
    ]  # fmt: skip


@printer(api.REPLICA_SETS, "Name|#Desired|#Current|#Ready|Age|+Containers|+Images|+Selector")
def replica_set(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    return [
        obj["metadata"]["name"], spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0),
        created(obj, now), *containers(spec["template"].get("spec") or {}), selector_text(spec.get("selector")),
    ]  # fmt: skip


@printer(api.REPLICATION_CONTROLLERS, "Name|#Desired|#Current|#Ready|Age|+Containers|+Images|+Selector")
def replication_controller(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    return [
        obj["metadata"]["name"], spec.get("replicas", 1), status.get("replicas", 0), status.get("readyReplicas", 0),
        created(obj, now), *containers(spec["template"].get("spec") or {}), selector_map(spec.get("selector")),
    ]  # fmt: skip


@printer(api.STATEFUL_SETS, "Name|Ready|Age|+Containers|+Images")
def stateful_set(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 1)}"
    return [obj["metadata"]["name"], ready, created(obj, now), *containers(spec["template"].get("spec") or {})]


@printer(api.DAEMON_SETS, "Name|#Desired|#Current|#Ready|#Up-to-date|#Available|Node Selector|Age|+Containers|+Images|+Selector")
def daemon_set(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    template = spec["template"].get("spec") or {}
    numbers = ("desiredNumberScheduled", "currentNumberScheduled", "numberReady", "updatedNumberScheduled", "numberAvailable")
    return [
        obj["metadata"]["name"], *(status.get(n, 0) for n in numbers), selector_map(template.get("nodeSelector")),
        created(obj, now), *containers(template), selector_text(spec.get("selector")),
    ]  # fmt: skip


@printer(api.JOBS, "Name|Status|Completions|Duration|Age|+Containers|+Images|+Selector")
def job(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    done = status.get("succeeded", 0)
    if spec.get("completions") is not None:
        completions = f"{done}/{spec['completions']}"
    else:
        parallel = spec.get("parallelism") or 0
        completions = f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"
    took = ""
    if status.get("startTime"):
        end = seconds(status["completionTime"]) if status.get("completionTime") else now
        took = duration(end - seconds(status["startTime"]))
    return [
        obj["metadata"]["name"], _job_status(obj, status), completions, took, created(obj, now),
        *containers(spec["template"].get("spec") or {}), selector_text(spec.get("selector")),
    ]  # fmt: skip


def _job_status(obj: Object, status: Object) -> str:
    true = {c["type"] for c in status.get("conditions") or () if c.get("status") == "True"}
    for kind, word in (("Complete", "Complete"), ("Failed", "Failed")):
        if kind in true:
            return word
    if obj["metadata"].get("deletionTimestamp"):
        return "Terminating"
    for kind, word in (
        ("Suspended", "Suspended"),
        ("FailureTarget", "FailureTarget"),
        ("SuccessCriteriaMet", "SuccessCriteriaMet"),
    ):
        if kind in true:
            return word
    return "Running"


@printer(api.CRON_JOBS, "Name|Schedule|Timezone|Suspend|#Active|Last Schedule|Age|+Containers|+Images|+Selector")
def cron_job(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    last = status.get("lastScheduleTime")
    job_spec = spec["jobTemplate"].get("spec") or {}
    return [
        obj["metadata"]["name"], spec.get("schedule", ""), spec.get("timeZone") or NONE, str(bool(spec.get("suspend"))),
        len(status.get("active") or ()), age(last, now) if last else NONE, created(obj, now),
        *containers((job_spec.get("template") or {}).get("spec") or {}), selector_text(job_spec.get("selector")),
    ]  # fmt: skip


@printer(api.AUTOSCALERS, "Name|Reference|Targets|MinPods|MaxPods|#Replicas|Age")
def autoscaler(obj: Object, now: float) -> list[Any]:
    spec, status = obj["spec"], obj.get("status") or {}
    reference = spec["scaleTargetRef"]
    least = str(spec["minReplicas"]) if spec.get("minReplicas") is not None else "<unset>"
    return [
        obj["metadata"]["name"], f"{reference['kind']}/{reference['name']}", _targets(spec, status), least,
        str(spec.get("maxReplicas", 0)), status.get("currentReplicas", 0), created(obj, now),
    ]  # fmt: skip


def _targets(spec: Object, status: Object) -> str:
    current = {c["resource"]["name"]: c["resource"]["current"] for c in status.get("currentMetrics") or () if "resource" in c}
    words = []
    for metric in spec.get("metrics") or ():
        if metric["type"] != "Resource":
            continue
        name, target = metric["resource"]["name"], metric["resource"]["target"]
        used = current.get(name, {}).get("averageUtilization")
        words.append(f"{name}: {'<unknown>' if used is None else f'{used}%'}/{target.get('averageUtilization', 0)}%")
    return ", ".join(words) or NONE


@printer(api.REVISIONS, "Name|Controller|Revision|Age")
def revision(obj: Object, now: float) -> list[Any]:
    owner = next((r for r in obj["metadata"].get("ownerReferences") or () if r.get("controller")), None)
    group = owner["apiVersion"].partition("/")[0] if owner and "/" in owner["apiVersion"] else ""
    word = NONE if owner is None else f"{owner['kind'].lower()}{'.' + group if group else ''}/{owner['name']}"
    return [obj["metadata"]["name"], word, obj.get("revision", 0), created(obj, now)]


@printer(api.BUDGETS, "Name|Min Available|Max Unavailable|#Allowed Disruptions|Age")
def budget(obj: Object, now: float) -> list[Any]:
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    least, most = (str(spec[k]) if k in spec else "N/A" for k in ("minAvailable", "maxUnavailable"))
    return [obj["metadata"]["name"], least, most, status.get("disruptionsAllowed", 0), created(obj, now)]
