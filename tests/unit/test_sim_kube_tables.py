"""Table cells of the embedded API server against facts recorded from Kubernetes' own printers and their tests.

The pods of ``POD_FACTS`` and their cells are cases of ``pkg/printers/internalversion/printers_test.go`` (TestPrintPod and
TestPrintPodWithRestartableInitContainers), written in a shorthand: a container status is ``state[*][/restarts[/ago]]``, where
``run``, ``wait``, ``wait:Reason``, ``end:Reason`` or ``end#code`` is the state, ``*`` means ready, ago is in seconds.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.json import decode

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.printing import PRINTERS
from tui.simulator.kubernetes.printing.base import duration
from tui.simulator.kubernetes.tables import table_body
from tui.simulator.kubernetes.times import stamp

NOW = 1_764_000_000.0
DAY = 86_400


def container(text: str) -> dict[str, Any]:
    state, *counts = text.split("/")
    ready = state.endswith("*")
    state = state.rstrip("*")
    kind, _, reason = state.partition(":")
    kind, _, code = kind.partition("#")
    states: dict[str, Any] = {
        "run": {"running": {}},
        "wait": {"waiting": {"reason": reason} if reason else {}},
        "end": {"terminated": {"reason": reason, "exitCode": int(code or (0 if reason in ("Completed", "") else 1))}},
    }
    status: dict[str, Any] = {"ready": ready, "restartCount": int(counts[0]) if counts else 0, "state": states[kind]}
    if len(counts) > 1:
        status["lastState"] = {"terminated": {"finishedAt": stamp(NOW - int(counts[1]))}}
    return status


def pod(phase: str, mains: str, inits: str = "", **more: Any) -> dict[str, Any]:
    """``mains`` and ``inits``: shorthands with spaces between; ``more``: reason, deleted, conditions, total, sidecars."""
    main = [container(t) for t in mains.split()]
    first = [container(t) for t in inits.split()]
    for number, one in enumerate(first):
        one["name"] = f"i{number}"
        one["started"] = "running" in one["state"] and number in more.get("started", ())
    specs = [
        {"name": f"i{n}", **({"restartPolicy": "Always"} if n in more.get("sidecars", ()) else {})} for n in range(len(first))
    ]
    metadata: dict[str, Any] = {"name": "one"}
    if more.get("deleted"):
        metadata["deletionTimestamp"] = stamp(NOW)
    status = {"phase": phase, "containerStatuses": main, "initContainerStatuses": first, "conditions": more.get("conditions", [])}
    if more.get("reason"):
        status["reason"] = more["reason"]
    return {
        "metadata": metadata,
        "spec": {"containers": [{}] * more.get("total", len(main)), "initContainers": specs},
        "status": status,
    }


READY = [{"type": "Ready", "status": "True"}]
INITIALIZED = [{"type": "Initialized", "status": "True"}]
GATED = [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]
POD_FACTS = [
    (pod("podPhase", "run*/6 wait/3"), ["1/2", "podPhase", "9"]),
    (pod("podPhase", "run*/3 wait:ContainerWaitingReason/3"), ["1/2", "ContainerWaitingReason", "6"]),
    (pod("podPhase", "run*/3 end:ContainerTerminatedReason/3"), ["1/2", "ContainerTerminatedReason", "6"]),
    (pod("podPhase", "run*/3 run/3", reason="OverwriteReason"), ["1/2", "OverwriteReason", "6"]),
    (pod("Running", "end:Completed*/3 run*/3"), ["1/2", "NotReady", "6"]),
    (pod("Running", "end:Completed*/3 run*/3", conditions=READY), ["1/2", "Running", "6"]),
    (pod("podPhase", "wait", "run/3/10"), ["0/1", "Init:0/1", "3 (10s ago)"]),
    (pod("podPhase", "wait", "run/3/10 wait"), ["0/1", "Init:0/2", "3 (10s ago)"]),
    (pod("podPhase", "wait", "end run/3/10"), ["0/1", "Init:1/2", "3 (10s ago)"]),
    (pod("podPhase", "wait", "end/2/120 run/3/10"), ["0/1", "Init:1/2", "5 (10s ago)"]),
    (pod("Running", "run/4/20", "end/2/120"), ["0/1", "Running", "4 (20s ago)"]),
    (pod("Running", f"run*/3/{5 * DAY}"), ["1/1", "Running", "3 (5d ago)"]),
    (pod("Running", f"run* run*/3/{10 * DAY}"), ["2/2", "Running", "3 (10d ago)"]),
    (pod("Running", f"run*/6/{5 * DAY} run*/3/{20 * DAY}"), ["2/2", "Running", "9 (5d ago)"]),
    (pod("podPhase", "", total=2, conditions=GATED), ["0/2", "SchedulingGated", "0"]),
    (pod("Succeeded", "end:Completed"), ["0/1", "Completed", "0"]),
    (pod("Failed", "end:Error"), ["0/1", "Error", "0"]),
    (pod("Succeeded", "end:Completed", deleted=True), ["0/1", "Completed", "0"]),
    (pod("Running", "run", deleted=True), ["0/1", "Terminating", "0"]),
    (pod("Pending", "", total=1, deleted=True), ["0/1", "Terminating", "0"]),
    (pod("Running", "run", deleted=True, reason="NodeLost"), ["0/1", "Unknown", "0"]),
    (pod("Failed", "end:podCrash run*"), ["1/2", "podCrash", "0"]),
    (pod("Failed", "run* end:podCrash"), ["1/2", "podCrash", "0"]),
    (pod("Running", "end#3:"), ["0/1", "ExitCode:3", "0"]),
    (pod("Pending", "wait", "wait:CrashLoopBackOff/3/10"), ["0/1", "Init:CrashLoopBackOff", "3 (10s ago)"]),
    (pod("Pending", "wait", "end:Error"), ["0/1", "Init:Error", "0"]),
    (pod("Pending", "wait", "end#5:"), ["0/1", "Init:ExitCode:5", "0"]),
    (pod("Failed", "", total=1, reason="Evicted"), ["0/1", "Evicted", "0"]),
    # sidecars: init containers with restartPolicy Always count as containers
    (pod("Pending", "wait:PodInitializing", "run wait:PodInitializing", sidecars=(0,)), ["0/2", "Init:0/2", "0"]),
    (pod("Pending", "wait:PodInitializing", "run* run", sidecars=(0,), started=(0,)), ["1/2", "Init:1/2", "0"]),
    (pod("Running", "run*", "run* end:Completed", sidecars=(0,), started=(0,)), ["2/2", "Running", "0"]),
    (pod("Running", "run*", "run*/3/10", sidecars=(0,), started=(0,), conditions=INITIALIZED), ["2/2", "Running", "3 (10s ago)"]),
]


@pytest.mark.parametrize(("found", "cells"), POD_FACTS)
def test_pods(found: dict[str, Any], cells: list[str]) -> None:
    assert PRINTERS[api.PODS].cells(found, NOW)[1:4] == cells


# facts of HumanDuration (k8s.io/apimachinery/pkg/util/duration, duration_test.go)
@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1s"), (70, "70s"), (190, "3m10s"), (70 * 60, "70m"), (47 * 3600, "47h"), (49 * 3600, "2d1h"),
        ((8 * 24 + 2) * 3600, "8d"), (367 * 24 * 3600, "367d"),
        ((365 * 2 * 24 + 25) * 3600, "2y1d"), ((365 * 8 * 24 + 2) * 3600, "8y"),
        (0, "0s"), (-2, "<invalid>"), (-1, "0s"), (119, "119s"), (120, "2m"), (600, "10m"), (10799, "179m"), (10800, "3h"),
        (8 * 3600 - 1, "7h59m"), (8 * 3600, "8h"), (48 * 3600, "2d"), (365 * 24 * 3600 * 2, "2y"), (365 * 24 * 3600 * 3, "3y"),
    ],
)  # fmt: skip
def test_ages(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def cells(resource: api.Resource, **members: Any) -> list[Any]:
    metadata = {"name": "one", "creationTimestamp": stamp(NOW - 600), **members.pop("metadata", {})}
    return PRINTERS[resource].cells({"metadata": metadata, **members}, NOW)


TEMPLATE = {
    "spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:2"}], "nodeSelector": {"disk": "ssd"}}
}
SELECTOR = {"matchLabels": {"app": "one"}}


def test_workloads() -> None:
    spec = {"replicas": 5, "template": TEMPLATE, "selector": SELECTOR}
    status = {"replicas": 10, "updatedReplicas": 2, "availableReplicas": 1, "readyReplicas": 4}
    wide = ["a,b", "x:1,y:2", "app=one"]
    assert cells(api.DEPLOYMENTS, spec=spec, status=status) == ["one", "4/5", 2, 1, "10m", *wide]
    assert cells(api.REPLICA_SETS, spec=spec, status=status) == ["one", 5, 10, 4, "10m", *wide]
    assert cells(api.STATEFUL_SETS, spec=spec, status=status) == ["one", "4/5", "10m", *wide[:2]]
    numbers = {"desiredNumberScheduled": 3, "currentNumberScheduled": 2, "numberReady": 1, "updatedNumberScheduled": 2}
    assert cells(api.DAEMON_SETS, spec=spec, status=numbers) == ["one", 3, 2, 1, 2, 0, "disk=ssd", "10m", *wide]


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"completions": 2}, {"succeeded": 1}, ["Running", "1/2", ""]),
        ({}, {"succeeded": 0}, ["Running", "0/1", ""]),
        ({"parallelism": 20}, {"succeeded": 3}, ["Running", "3/1 of 20", ""]),
        ({"completions": 1}, {"startTime": stamp(NOW - 1200)}, ["Running", "0/1", "20m"]),
        ({"completions": 1}, {"succeeded": 1, "startTime": stamp(NOW - 1200), "completionTime": stamp(NOW - 600),
                              "conditions": [{"type": "Complete", "status": "True"}]}, ["Complete", "1/1", "10m"]),
        ({"completions": 1}, {"conditions": [{"type": "Failed", "status": "True"}]}, ["Failed", "0/1", ""]),
        ({"completions": 1}, {"conditions": [{"type": "Suspended", "status": "True"}]}, ["Suspended", "0/1", ""]),
    ],
)  # fmt: skip
def test_jobs(spec: dict[str, Any], status: dict[str, Any], expected: list[str]) -> None:
    assert cells(api.JOBS, spec={**spec, "template": TEMPLATE}, status=status)[1:4] == expected


def test_cron_jobs() -> None:
    spec = {"schedule": "0/5 * * * ?", "suspend": False, "jobTemplate": {"spec": {"template": TEMPLATE}}}
    assert cells(api.CRON_JOBS, spec=spec)[1:7] == ["0/5 * * * ?", "<none>", "False", 0, "<none>", "10m"]
    status = {"lastScheduleTime": stamp(NOW - 1800), "active": [{}, {}]}
    assert cells(api.CRON_JOBS, spec={**spec, "timeZone": "Europe/Dublin"}, status=status)[2:6] == [
        "Europe/Dublin",
        "False",
        2,
        "30m",
    ]


@pytest.mark.parametrize(
    ("spec", "status", "expected"),
    [
        ({"clusterIP": "1.4.5.6", "ports": [{"port": 8, "protocol": "UDP"}]}, {}, ["ClusterIP", "1.4.5.6", "<none>", "8/UDP"]),
        ({"type": "NodePort", "clusterIP": "10.9.8.7", "ports": [{"port": 8888, "nodePort": 9999}]}, {},
         ["NodePort", "10.9.8.7", "<none>", "8888:9999/TCP"]),
        ({"type": "LoadBalancer", "clusterIP": "10.9.8.7", "ports": [{"port": 80}]}, {},
         ["LoadBalancer", "10.9.8.7", "<pending>", "80/TCP"]),
        ({"type": "LoadBalancer", "clusterIP": "10.9.8.7"}, {"loadBalancer": {"ingress": [{"hostname": "a.example"}]}},
         ["LoadBalancer", "10.9.8.7", "a.example", "<none>"]),
        ({"type": "ExternalName", "externalName": "db.example"}, {}, ["ExternalName", "<none>", "db.example", "<none>"]),
        ({"clusterIP": "None"}, {}, ["ClusterIP", "None", "<none>", "<none>"]),
    ],
)  # fmt: skip
def test_services(spec: dict[str, Any], status: dict[str, Any], expected: list[str]) -> None:
    assert cells(api.SERVICES, spec=spec, status=status)[1:5] == expected


@pytest.mark.parametrize(
    ("conditions", "unschedulable", "word"),
    [
        ([{"type": "Ready", "status": "True"}], False, "Ready"),
        ([{"type": "Ready", "status": "False"}], False, "NotReady"),
        ([{"type": "Ready", "status": "Unknown"}], True, "NotReady,SchedulingDisabled"),
        ([], False, "Unknown"),
        ([], True, "Unknown,SchedulingDisabled"),
    ],
)
def test_nodes(conditions: list[dict[str, str]], unschedulable: bool, word: str) -> None:
    row = cells(api.NODES, spec={"unschedulable": unschedulable}, status={"conditions": conditions})
    assert row[1:5] == [word, "<none>", "10m", ""]
    assert row[5:] == ["<none>", "<none>", "<unknown>", "<unknown>", "<unknown>"]


def test_node_roles_and_addresses() -> None:
    labels = {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/edge": ""}
    status = {"addresses": [{"type": "InternalIP", "address": "1.1.1.1"}], "nodeInfo": {"kubeletVersion": "v1.34.2"}}
    row = cells(api.NODES, metadata={"labels": labels}, status=status)
    assert (row[2], row[4], row[5]) == ("edge,worker", "v1.34.2", "1.1.1.1")


def test_events() -> None:
    event = {
        "involvedObject": {"kind": "Pod", "name": "web-1", "fieldPath": "spec.containers{web}"},
        "source": {"component": "kubelet", "host": "node1"}, "type": "Warning", "reason": "BackOff", "message": "Back-off \n",
        "firstTimestamp": stamp(NOW - 10 * 60), "lastTimestamp": stamp(NOW - 60), "count": 6,
    }  # fmt: skip
    assert cells(api.EVENTS, **event) == [
        "60s", "Warning", "BackOff", "pod/web-1", "spec.containers{web}", "kubelet, node1", "Back-off", "10m", 6, "one",
    ]  # fmt: skip


def test_storage() -> None:
    spec = {"accessModes": ["ReadWriteMany", "ReadWriteOnce"], "volumeName": "v", "storageClassName": "gp3"}
    status = {"phase": "Bound", "capacity": {"storage": "5Gi"}, "accessModes": spec["accessModes"]}
    assert cells(api.CLAIMS, spec=spec, status=status) == [
        "one",
        "Bound",
        "v",
        "5Gi",
        "RWO,RWX",
        "gp3",
        "<unset>",
        "10m",
        "Filesystem",
    ]
    assert cells(api.CLAIMS, spec={"storageClassName": "gp3"}, status={"phase": "Pending"})[1:5] == ["Pending", "", "", ""]
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    row = cells(api.STORAGE_CLASSES, metadata=default, provisioner="ebs.csi.aws.com")
    assert row == ["one (default)", "ebs.csi.aws.com", "Delete", "Immediate", False, "10m"]


def test_autoscalers() -> None:
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 10, "metrics": [metric]}
    assert cells(api.AUTOSCALERS, spec=spec)[1:6] == ["Deployment/web", "cpu: <unknown>/80%", "2", "10", 0]
    current = [{"resource": {"name": "cpu", "current": {"averageUtilization": 50}}}]
    assert cells(api.AUTOSCALERS, spec=spec, status={"currentMetrics": current, "currentReplicas": 4})[2] == "cpu: 50%/80%"


def test_a_table_as_a_whole() -> None:
    body = decode(table_body(api.PODS, [pod("Succeeded", "end:Completed")], NOW, "Metadata", {"resourceVersion": "7"}))
    assert (body["kind"], body["apiVersion"], body["metadata"]["resourceVersion"]) == ("Table", "meta.k8s.io/v1", "7")
    columns = [(c["name"], c["priority"]) for c in body["columnDefinitions"]]
    assert columns == [
        ("Name", 0), ("Ready", 0), ("Status", 0), ("Restarts", 0), ("Age", 0),
        ("IP", 1), ("Node", 1), ("Nominated Node", 1), ("Readiness Gates", 1),
    ]  # fmt: skip
    row = body["rows"][0]
    assert row["conditions"][0]["reason"] == "Succeeded"
    assert row["object"]["kind"] == "PartialObjectMetadata"
    assert decode(table_body(api.PODS, [], NOW, "Metadata", {}))["rows"] == []
