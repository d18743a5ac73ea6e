"""Kubectl's words for pods, against the cells that Kubernetes' own printer tests expect.

Source of every case: kubernetes/kubernetes ``pkg/printers/internalversion/printers_test.go`` (TestPrintPod,
TestPrintPodWithRestartableInitContainer, TestPrintPodwide, TestPrintPodConditions, TestPrintNonTerminatedPod), read
November 2026: inputs and expected cells as facts. Cases whose id starts with "own" follow ``printers.go`` where its tests
have none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from tui.sources.kubernetes.pods import words
from tui.sources.kubernetes.wire import Pod

NOW = 1_700_000_000.0
RUNNING = {"running": {}}
WAITING = {"waiting": {}}


def ago(seconds: float) -> dict[str, Any]:
    moment = datetime.fromtimestamp(NOW - seconds, UTC).isoformat().replace("+00:00", "Z")
    return {"terminated": {"exitCode": 0, "finishedAt": moment}}


def ended(reason: str = "", code: int = 0, signal: int = 0) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, "signal": signal, "reason": reason}}


def status(
    state: dict[str, Any] | None = None,
    restarts: int = 0,
    ready: bool = False,
    last: dict[str, Any] | None = None,
    name: str = "",
    started: bool | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "ready": ready, "restartCount": restarts}
    if state is not None:
        found["state"] = state
    if last is not None:
        found["lastState"] = last
    if started is not None:
        found["started"] = started
    return found


def pod(
    phase: str,
    mains: list[dict[str, Any]] | None = None,
    inits: list[dict[str, Any]] | None = None,
    *,
    containers: int = 2,
    init_specs: list[dict[str, Any]] | int = 0,
    conditions: list[dict[str, Any]] | None = None,
    reason: str = "",
    deleted: bool = False,
    gates: list[str] | None = None,
) -> dict[str, Any]:
    specs = [{"name": ""}] * init_specs if isinstance(init_specs, int) else init_specs
    body: dict[str, Any] = {
        "metadata": {"name": "test"},
        "spec": {"containers": [{"name": ""}] * containers, "initContainers": specs},
        "status": {
            "phase": phase,
            "reason": reason,
            "containerStatuses": mains,
            "initContainerStatuses": inits,
            "conditions": conditions,
        },
    }
    if deleted:
        body["metadata"]["deletionTimestamp"] = "2023-11-14T22:13:10Z"
    if gates:
        body["spec"]["readinessGates"] = [{"conditionType": gate} for gate in gates]
    return body


def is_(kind: str, value: str, reason: str = "") -> dict[str, Any]:
    return {"type": kind, "status": value, "reason": reason}


SIDECARS = [{"name": "restartable-init-1", "restartPolicy": "Always"}, {"name": "restartable-init-2", "restartPolicy": "Always"}]
S1, S2 = "restartable-init-1", "restartable-init-2"
OK3 = status(RUNNING, 3, True)

# id, pod, READY, STATUS, RESTARTS, seconds since the last restart (None: none)
CASES: list[tuple[str, dict[str, Any], str, str, int, float | None]] = [
    ("test1", pod("podPhase", [OK3, status(None, 3)]), "1/2", "podPhase", 6, None),
    (
        "test2",
        pod("podPhase", [OK3, status({"waiting": {"reason": "ContainerWaitingReason"}}, 3)]),
        "1/2",
        "ContainerWaitingReason",
        6,
        None,
    ),
    (
        "test3",
        pod(
            "podPhase",
            [
                status({"waiting": {"reason": "ContainerWaitingReason"}}, 3),
                status(ended("ContainerTerminatedReason"), 3),
            ],
        ),
        "0/2",
        "ContainerWaitingReason",
        6,
        None,
    ),
    ("test4", pod("podPhase", [OK3, status(None, 3, True)]), "1/2", "podPhase", 6, None),
    ("test5", pod("podPhase", [OK3, status(None, 3, True)], reason="podReason"), "1/2", "podReason", 6, None),
    ("test6", pod("Running", [status(ended("Completed"), 3, True), OK3]), "1/2", "NotReady", 6, None),
    (
        "test6 ready",
        pod("Running", [status(ended("Completed"), 3, True), OK3], conditions=[is_("Ready", "True")]),
        "1/2",
        "Running",
        6,
        None,
    ),
    (
        "test7",
        pod("podPhase", [status(WAITING)], [status(RUNNING, 3, last=ago(10))], containers=1, init_specs=1),
        "0/1",
        "Init:0/1",
        3,
        10,
    ),
    (
        "test8",
        pod("podPhase", [status(WAITING)], [status(RUNNING, 3, last=ago(10)), status(WAITING)], containers=1, init_specs=2),
        "0/1",
        "Init:0/2",
        3,
        10,
    ),
    (
        "test9",
        pod("podPhase", [status(WAITING)], [status(ended()), status(RUNNING, 3, last=ago(10))], containers=1, init_specs=2),
        "0/1",
        "Init:1/2",
        3,
        10,
    ),
    (
        "test10",
        pod(
            "podPhase",
            [status(WAITING)],
            [status(ended(), 2, last=ago(120)), status(RUNNING, 3, last=ago(10))],
            containers=1,
            init_specs=2,
        ),
        "0/1",
        "Init:1/2",
        5,
        10,
    ),
    (
        "test11",
        pod(
            "Running",
            [status(RUNNING, 4, last=ago(20))],
            [status(ended(), 2, last=ago(120))],
            containers=1,
            init_specs=1,
        ),
        "0/1",
        "Running",
        4,
        20,
    ),
    ("test12", pod("Running", [status(RUNNING, 3, True, ago(432000))], containers=1), "1/1", "Running", 3, 432000),
    (
        "test13",
        pod("Running", [status(RUNNING, 0, True), status(RUNNING, 3, True, ago(864000))]),
        "2/2",
        "Running",
        3,
        864000,
    ),
    (
        "test14",
        pod("Running", [status(RUNNING, 6, True, ago(432000)), status(RUNNING, 3, True, ago(1728000))]),
        "2/2",
        "Running",
        9,
        432000,
    ),
    (
        "test15",
        pod("podPhase", conditions=[is_("PodScheduled", "False", "SchedulingGated")]),
        "0/2",
        "SchedulingGated",
        0,
        None,
    ),
    ("test16", pod("Succeeded", [status(ended("Completed"))], containers=1), "0/1", "Completed", 0, None),
    ("test17", pod("Failed", [status(ended("Error", 1))], containers=1), "0/1", "Error", 0, None),
    ("test18", pod("Succeeded", [status(ended("Completed"))], containers=1, deleted=True), "0/1", "Completed", 0, None),
    ("test19", pod("Running", [status(RUNNING)], containers=1, deleted=True), "0/1", "Terminating", 0, None),
    ("test20", pod("Pending", containers=1, deleted=True), "0/1", "Terminating", 0, None),
    (
        "sidecar1",
        pod(
            "Pending",
            [status(WAITING)],
            [status(RUNNING, 3, last=ago(10), name=S1, started=False), status(WAITING, name=S2, started=False)],
            containers=1,
            init_specs=SIDECARS,
            conditions=[is_("Initialized", "False")],
        ),
        "0/3",
        "Init:0/2",
        3,
        10,
    ),
    (
        "sidecar1 started",
        pod(
            "Pending",
            [status(WAITING)],
            [status(RUNNING, 3, last=ago(10), name=S1, started=True), status(RUNNING, name=S2, started=False)],
            containers=1,
            init_specs=SIDECARS,
            conditions=[is_("Initialized", "False")],
        ),
        "0/3",
        "Init:1/2",
        3,
        10,
    ),
    (
        "sidecar2",
        pod(
            "Running",
            [status(RUNNING, 4, True, ago(20))],
            [status(RUNNING, 3, last=ago(10), name=S1, started=True), status(RUNNING, name=S2, started=True)],
            containers=1,
            init_specs=SIDECARS,
            conditions=[is_("Initialized", "True")],
        ),
        "1/3",
        "Running",
        7,
        10,
    ),
    (
        "sidecar3",
        pod(
            "Succeeded",
            [status(ended("Completed"), 4, last=ago(20))],
            [
                status(ended("Error", 137), 3, last=ago(10), name=S1, started=False),
                status(ended("Error", 137), name=S2, started=False),
            ],
            containers=1,
            init_specs=SIDECARS,
            conditions=[is_("Initialized", "True")],
        ),
        "0/3",
        "Completed",
        7,
        10,
    ),
    (
        "sidecar4 statuses of containers that are not in the spec",
        pod(
            "Running",
            [status(name="containerinvalid"), status(name="container1")],
            [status(name="initinvalid"), status(name="init1"), status(name="sidecar1")],
            containers=1,
            init_specs=[{"name": "init1"}, {"name": "sidecar1", "restartPolicy": "Always"}],
        ),
        "0/2",
        "Init:0/2",
        0,
        None,
    ),
    ("conditions running", pod("Running", [OK3, status(None, 3)]), "1/2", "Running", 6, None),
    ("conditions succeeded", pod("Succeeded", [OK3, status(None, 3)]), "1/2", "Succeeded", 6, None),
    ("conditions failed", pod("Failed", [OK3, status(None, 3)]), "1/2", "Failed", 6, None),
    ("non-terminated pending", pod("Pending", [OK3, status(None, 3)]), "1/2", "Pending", 6, None),
    ("non-terminated unknown", pod("Unknown", [OK3, status(None, 3)]), "1/2", "Unknown", 6, None),
    ("own crash loop", pod("Running", [status({"waiting": {"reason": "CrashLoopBackOff"}}, 9)], containers=1), "0/1",
     "CrashLoopBackOff", 9, None),
    ("own signal", pod("Failed", [status(ended("", 0, 9))], containers=1), "0/1", "Signal:9", 0, None),
    ("own exit code", pod("Failed", [status(ended("", 3))], containers=1), "0/1", "ExitCode:3", 0, None),
    ("own init signal", pod("Pending", [], [status(ended("", 1, 15))], containers=1, init_specs=1), "0/1", "Init:Signal:15",
     0, None),
    ("own init exit code", pod("Pending", [], [status(ended("", 2))], containers=1, init_specs=1), "0/1", "Init:ExitCode:2",
     0, None),
    ("own init error", pod("Pending", [], [status(ended("Error", 2))], containers=1, init_specs=1), "0/1", "Init:Error", 0, None),
    ("own init waits", pod("Pending", [], [status({"waiting": {"reason": "ImagePullBackOff"}})], containers=1, init_specs=1),
     "0/1", "Init:ImagePullBackOff", 0, None),
    ("own pod initializing", pod("Pending", [status({"waiting": {"reason": "PodInitializing"}})],
     [status({"waiting": {"reason": "PodInitializing"}})], containers=1, init_specs=1), "0/1", "Init:0/1", 0, None),
    ("own evicted", pod("Failed", reason="Evicted", containers=1), "0/1", "Evicted", 0, None),
    ("own node lost", pod("Running", [status(RUNNING, 0, True)], containers=1, reason="NodeLost", deleted=True), "1/1",
     "Unknown", 0, None),
]  # fmt: skip


@pytest.mark.parametrize(("case", "ready", "word", "restarts", "since"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_cells_of_kubernetes_own_printer(case: dict[str, Any], ready: str, word: str, restarts: int, since: float | None) -> None:
    said = words(msgspec.convert(case, Pod))
    assert (f"{said.ready}/{said.total}", said.status, said.restarts) == (ready, word, restarts)
    # kubectl prints the age only where something restarted
    shown = NOW - said.last_restart if said.restarts and said.last_restart else None
    assert shown == since


def test_readiness_gates() -> None:
    """TestPrintPodwide: condition1 is false, condition2 true, condition3 missing: 1/3."""
    case = pod(
        "podPhase",
        [OK3, status(None, 3)],
        gates=["condition1", "condition2", "condition3"],
        conditions=[is_("condition1", "False"), is_("condition2", "True")],
    )
    assert words(msgspec.convert(case, Pod)).gates == (1, 3)


def test_a_pod_with_nothing_but_a_name() -> None:
    said = words(msgspec.convert({"metadata": {"name": "bare"}}, Pod))
    assert (said.status, said.ready, said.total, said.restarts) == ("", 0, 0, 0)
