"""A pod's STATUS, READY and RESTARTS in kubectl's words (``printPod`` of Kubernetes' internal printers)."""

from __future__ import annotations

from typing import NamedTuple

from tui.simulator.kubernetes.facts import Object, condition
from tui.simulator.kubernetes.times import seconds


class PodWords(NamedTuple):
    """What a pod's row says. ``last_restart``: epoch seconds, 0.0 when it never restarted."""

    reason: str
    ready: int
    total: int
    restarts: int
    last_restart: float


class _Restarts:
    def __init__(self) -> None:
        self.count = 0
        self.last = 0.0

    def add(self, status: Object) -> None:
        self.count += status.get("restartCount", 0)
        ended = (status.get("lastState") or {}).get("terminated") or {}
        if ended.get("finishedAt"):
            self.last = max(self.last, seconds(ended["finishedAt"]))


def pod_words(pod: Object) -> PodWords:
    """Read ``pod`` as kubectl does."""
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    reason = status.get("reason") or status.get("phase", "Unknown")
    scheduled = condition(status, "PodScheduled")
    if scheduled and scheduled.get("reason") == "SchedulingGated":
        reason = "SchedulingGated"
    sidecars = {c["name"] for c in spec.get("initContainers") or () if c.get("restartPolicy") == "Always"}
    total = len(spec.get("containers") or ()) + len(sidecars)
    restarts, side_restarts = _Restarts(), _Restarts()
    init_reason, ready = _initial(spec, status, sidecars, restarts, side_restarts)
    if init_reason:
        reason = init_reason
    initialized = condition(status, "Initialized")
    if not init_reason or (initialized and initialized.get("status") == "True"):
        restarts = side_restarts
        reason, ready = _running(status, reason, ready, restarts)
    if pod["metadata"].get("deletionTimestamp"):
        if status.get("reason") == "NodeLost":
            reason = "Unknown"
        elif status.get("phase") not in ("Succeeded", "Failed"):
            reason = "Terminating"
    return PodWords(reason, ready, total, restarts.count, restarts.last)


def _initial(spec: Object, status: Object, sidecars: set[str], restarts: _Restarts, side: _Restarts) -> tuple[str, int]:
    """The reason while init containers run (``""`` when they are through) and how many sidecars are ready."""
    ready = 0
    listed = status.get("initContainerStatuses") or ()
    for number, one in enumerate(listed):
        restarts.add(one)
        sidecar = one.get("name") in sidecars
        if sidecar:
            side.add(one)
        state = one.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if ended and ended.get("exitCode") == 0:
            continue
        if sidecar and one.get("started"):
            ready += bool(one.get("ready"))
            continue
        if ended:
            return "Init:" + (ended.get("reason") or _code(ended)), ready
        if waiting and waiting.get("reason") not in (None, "", "PodInitializing"):
            return "Init:" + waiting["reason"], ready
        return f"Init:{number}/{len(spec.get('initContainers') or ())}", ready
    return "", ready


def _running(status: Object, reason: str, ready: int, restarts: _Restarts) -> tuple[str, int]:
    running = False
    for one in reversed(status.get("containerStatuses") or ()):
        restarts.add(one)
        state = one.get("state") or {}
        ended, waiting = state.get("terminated"), state.get("waiting")
        if waiting and waiting.get("reason"):
            reason = waiting["reason"]
        elif ended:
            reason = ended.get("reason") or _code(ended)
        elif one.get("ready") and state.get("running") is not None:
            running = True
            ready += 1
    if reason == "Completed" and running:
        is_ready = condition(status, "Ready")
        reason = "Running" if is_ready and is_ready.get("status") == "True" else "NotReady"
    return reason, ready


def _code(ended: Object) -> str:
    return f"Signal:{ended['signal']}" if ended.get("signal") else f"ExitCode:{ended.get('exitCode', 0)}"
