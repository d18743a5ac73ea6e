"""What ``kubectl get pods`` prints of a pod, decided as Kubernetes' own printer decides it.

Facts: ``pkg/printers/internalversion/printers.go`` (printPod) of Kubernetes v1.29 to v1.35, and the expected cells of its
tests, which ``tests/unit/test_kube_pods.py`` holds as data. The API server computes these words for kubectl's Tables;
we compute them because a watch of Tables would lose images, owners and conditions.
"""

from __future__ import annotations

from typing import NamedTuple

from tui.sources.kubernetes.quantity import moment
from tui.sources.kubernetes.wire import Condition, ContainerStatus, Pod, ReadinessGate, Terminated

Conditions = tuple[Condition, ...] | None


class Words(NamedTuple):
    """Kubectl's cells. ``last_restart``: epoch seconds, 0.0 where nothing restarted; ``gates``: (true, all)."""

    status: str
    ready: int
    total: int
    restarts: int
    last_restart: float
    gates: tuple[int, int]


def words(pod: Pod) -> Words:
    """STATUS, READY, RESTARTS and READINESS GATES of ``pod``."""
    spec, status = pod.spec, pod.status
    conditions = status.conditions
    sidecars = [c.name for c in spec.init_containers if c.restart_policy == "Always"] if spec.init_containers else []
    total = len(spec.containers or ()) + len(sidecars)
    reason = status.reason or status.phase
    for condition in conditions or ():
        if condition.reason == "SchedulingGated" and condition.type == "PodScheduled":
            reason = "SchedulingGated"

    ready, restarts, last = 0, 0, 0.0
    initializing = False
    if status.init_container_statuses:
        init = _init_words(pod, sidecars)
        initializing = bool(init.reason)
        reason = init.reason or reason
        ready, restarts, last = init.ready, init.restarts, init.last
        if not initializing or _true(conditions, "Initialized"):
            # the main containers run: restarts of finished init containers no longer count, those of sidecars do
            restarts, last = init.sidecar_restarts, init.sidecar_last
    if not initializing or _true(conditions, "Initialized"):
        reason, more, again, last = _main_words(status.container_statuses or (), conditions, reason, last)
        ready += more
        restarts += again

    if pod.metadata.deletion_timestamp:
        if status.reason == "NodeLost":
            reason = "Unknown"
        elif status.phase not in ("Succeeded", "Failed"):
            reason = "Terminating"
    gates = _gates(spec.readiness_gates, conditions) if spec.readiness_gates else (0, 0)
    return Words(reason, ready, total, restarts, last, gates)


class _Init(NamedTuple):
    reason: str
    ready: int
    restarts: int
    last: float
    sidecar_restarts: int
    sidecar_last: float


def _init_words(pod: Pod, sidecars: list[str]) -> _Init:
    """The first init container that is neither done nor a started sidecar gives the reason."""
    ready = restarts = sidecar_restarts = 0
    last = sidecar_last = 0.0
    reason = ""
    for i, status in enumerate(pod.status.init_container_statuses or ()):
        state, ended = status.state, _last_end(status)
        restarts += status.restart_count
        last = max(last, ended)
        if status.name in sidecars:
            sidecar_restarts += status.restart_count
            sidecar_last = max(sidecar_last, ended)
        terminated = state.terminated if state else None
        if terminated is not None and terminated.exit_code == 0:
            continue
        if status.name in sidecars and status.started:
            ready += status.ready
            continue
        waiting = (state.waiting.reason or "") if state and state.waiting else ""
        if terminated is not None:
            reason = "Init:" + _terminated_words(terminated)
        elif waiting and waiting != "PodInitializing":
            reason = "Init:" + waiting
        else:
            reason = f"Init:{i}/{len(pod.spec.init_containers or ())}"
        break
    return _Init(reason, ready, restarts, last, sidecar_restarts, sidecar_last)


def _main_words(
    statuses: list[ContainerStatus] | tuple[()], conditions: Conditions, reason: str, last: float
) -> tuple[str, int, int, float]:
    """The FIRST container that waits or has ended gives the reason (kubectl walks them from the last one)."""
    ready = restarts = 0
    running = False
    for status in reversed(statuses):
        restarts += status.restart_count
        if status.last_state is not None:
            last = max(last, _last_end(status))
        state = status.state
        if state is None:
            continue
        if state.waiting is not None and state.waiting.reason:
            reason = state.waiting.reason
        elif state.terminated is not None:
            reason = _terminated_words(state.terminated)
        elif status.ready and state.running is not None:
            running = True
            ready += 1
    if reason == "Completed" and running:
        reason = "Running" if _true(conditions, "Ready") else "NotReady"
    return reason, ready, restarts, last


def _terminated_words(terminated: Terminated) -> str:
    if terminated.reason:
        return terminated.reason
    return f"Signal:{terminated.signal}" if terminated.signal else f"ExitCode:{terminated.exit_code}"


def _last_end(status: ContainerStatus) -> float:
    last = status.last_state
    return moment(last.terminated.finished_at) if last is not None and last.terminated is not None else 0.0


def _true(conditions: Conditions, kind: str) -> bool:
    return any(c.type == kind and c.status == "True" for c in conditions or ())


def _gates(gates: list[ReadinessGate], conditions: Conditions) -> tuple[int, int]:
    return sum(_true(conditions, gate.condition_type) for gate in gates), len(gates)
