"""A pod's status as a kubelet writes it: container states, conditions, phase. Plain changes of a dictionary."""

from __future__ import annotations

from tui.simulator.kubernetes.controllers.pods import conditions_with
from tui.simulator.kubernetes.facts import Object, condition
from tui.simulator.kubernetes.times import stamp

LISTS = (("containers", "containerStatuses"), ("initContainers", "initContainerStatuses"))


def leaving(pod: Object) -> bool:
    """Whether nothing should be started in the pod any more."""
    return bool(pod["metadata"].get("deletionTimestamp")) or (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def spec_of(pod: Object, name: str) -> Object:
    """The container's spec."""
    for part, _ in LISTS:
        for container in pod["spec"].get(part) or ():
            if container["name"] == name:
                return dict(container)
    raise KeyError(name)


def status_of(pod: Object, name: str) -> Object:
    """The container's status, for changing."""
    for _, part in LISTS:
        for one in pod["status"].get(part) or ():
            if one["name"] == name:
                found: Object = one
                return found
    raise KeyError(name)


def through(pod: Object, container: Object) -> bool:
    """Whether an init container is done, or, as a sidecar, started."""
    one = status_of(pod, container["name"])
    ended = (one.get("state") or {}).get("terminated")
    if ended is not None:
        return bool(ended.get("exitCode") == 0)
    return container.get("restartPolicy") == "Always" and bool(one.get("started"))


def blank(container: Object, reason: str) -> Object:
    """The status of a container that did not start yet."""
    return {
        "name": container["name"],
        "state": {"waiting": {"reason": reason}},
        "lastState": {},
        "ready": False,
        "restartCount": 0,
        "image": container["image"],
        "imageID": "",
        "started": False,
    }


def waiting(pod: Object, now: float, host: str) -> None:
    """The first status that a kubelet writes."""
    status = pod.setdefault("status", {})
    first = pod["spec"].get("initContainers") or []
    status.update(phase="Pending", hostIP=host, hostIPs=[{"ip": host}], startTime=stamp(now))
    reason = "PodInitializing" if first else "ContainerCreating"
    if first:
        status["initContainerStatuses"] = [blank(c, "PodInitializing") for c in first]
    status["containerStatuses"] = [blank(c, reason) for c in pod["spec"]["containers"]]


def address(pod: Object, ip: str) -> None:
    """The pod has its network."""
    pod["status"]["podIP"] = ip
    pod["status"]["podIPs"] = [{"ip": ip}]


def set_state(pod: Object, name: str, state: Object) -> None:
    """Replace a container's state."""
    status_of(pod, name)["state"] = state


def running(pod: Object, name: str, now: float, image_id: str) -> None:
    """The container started."""
    one = status_of(pod, name)
    one["state"] = {"running": {"startedAt": stamp(now)}}
    one["started"] = True
    one["image"] = spec_of(pod, name)["image"]
    one["imageID"] = image_id
    one["containerID"] = container_id(pod, name, one["restartCount"])


def container_id(pod: Object, name: str, restarts: int) -> str:
    """A containerd id that depends only on pod, container and run."""
    from tui.simulator.world import digest_of

    uid = pod["metadata"]["uid"]
    return f"containerd://{digest_of(f'{uid}/{name}/{restarts}')}"


def ready(pod: Object, name: str, value: bool) -> None:
    """The container's readiness."""
    status_of(pod, name)["ready"] = value


def terminated(pod: Object, name: str, now: float, code: int, reason: str) -> None:
    """The container ended."""
    one = status_of(pod, name)
    began = ((one.get("state") or {}).get("running") or {}).get("startedAt") or stamp(now)
    ended = {"exitCode": code, "reason": reason, "startedAt": began, "finishedAt": stamp(now)}
    if one.get("containerID"):
        ended["containerID"] = one["containerID"]
    one["state"] = {"terminated": ended}
    one["ready"] = False
    one["started"] = False


def leave_message(pod: Object, name: str, message: str) -> None:
    """What the container that ended left behind as its termination message."""
    if message:
        status_of(pod, name)["state"]["terminated"]["message"] = message


def back_off(pod: Object, name: str, message: str) -> None:
    """The container waits to be restarted; how it ended becomes its last state."""
    one = status_of(pod, name)
    _remember(one)
    one["state"] = {"waiting": {"reason": "CrashLoopBackOff", "message": message}}


def count_restart(pod: Object, name: str) -> None:
    """The container is about to start once more."""
    one = status_of(pod, name)
    _remember(one)
    one["restartCount"] += 1


def _remember(one: Object) -> None:
    ended = (one.get("state") or {}).get("terminated")
    if ended is not None:
        one["lastState"] = {"terminated": ended}


def go_duration(span: float) -> str:
    """``10s``, ``1m20s``, ``5m0s``, as Go prints a duration."""
    total = int(span)
    return f"{total // 60}m{total % 60}s" if total >= 60 else f"{total}s"


def settle(pod: Object, now: float) -> None:
    """Bring phase and conditions into line with the containers."""
    status, spec = pod["status"], pod["spec"]
    if status.get("phase") not in ("Failed", "Succeeded"):
        status["phase"] = _phase(pod)
    text = stamp(now)
    ended = status["phase"] in ("Succeeded", "Failed")
    mains = status.get("containerStatuses") or []
    late = [one["name"] for one in mains if not one.get("ready")]
    initial = () if ended else spec.get("initContainers") or ()
    sidecars = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    late += [one["name"] for one in status.get("initContainerStatuses") or () if one["name"] in sidecars and not one.get("ready")]
    pending = [c["name"] for c in initial if not through(pod, c)]
    reason = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(status["phase"], "ContainersNotReady")
    wrong = {"reason": reason}
    if not ended:
        wrong["message"] = f"containers with unready status: [{' '.join(late)}]"
    started = bool(mains) and not pending
    news = [
        ("PodReadyToStartContainers", bool(status.get("podIP")) and not ended, {}),
        (
            "Initialized",
            not pending or ended,
            {"reason": "ContainersNotInitialized", "message": f"containers with incomplete status: [{' '.join(pending)}]"},
        ),
        ("Ready", started and not late and not ended, wrong),
        ("ContainersReady", started and not late and not ended, wrong),
    ]
    conditions = status.get("conditions")
    for kind, holds, why in news:
        new = {"type": kind, "status": "True" if holds else "False", "lastProbeTime": None}
        conditions = conditions_with(_without_reason(conditions, kind), {**new, **({} if holds else why)}, text)
    order = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    status["conditions"] = sorted(conditions or [], key=lambda c: order.index(c["type"]) if c["type"] in order else len(order))


def _without_reason(conditions: list[Object] | None, kind: str) -> list[Object]:
    return [{k: v for k, v in c.items() if k not in ("reason", "message")} if c["type"] == kind else c for c in conditions or ()]


def _phase(pod: Object) -> str:
    status, policy = pod["status"], pod["spec"].get("restartPolicy", "Always")
    states = [one.get("state") or {} for one in status.get("containerStatuses") or ()]
    if not states:
        return "Pending"
    if all("terminated" in state for state in states) and policy != "Always":
        failed = any(state["terminated"]["exitCode"] != 0 for state in states)
        if not failed:
            return "Succeeded"
        return "Failed" if policy == "Never" else "Running"
    started = any("running" in s or "terminated" in s for s in states)
    restarted = any(one.get("restartCount") or one.get("lastState") for one in status.get("containerStatuses") or ())
    return "Running" if started or restarted else "Pending"


def is_ready(pod: Object) -> bool:
    """The Ready condition."""
    found = condition(pod.get("status") or {}, "Ready")
    return bool(found and found["status"] == "True")
