"""Rows from objects: every optional member may be missing or null; quantities, times, huge bodies."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.model.kubernetes import EventRow, PodRow
from tui.model.scope import Scope
from tui.model.state import State
from tui.sources.kubernetes.decode import Place
from tui.sources.kubernetes.kinds import KINDS, Kind
from tui.sources.kubernetes.lists import Listing
from tui.sources.kubernetes.quantity import nanoseconds, quantity, timestamp

SCOPE = Scope("kube:shop-1", "aws", "482913750164", "eu-west-1", "arn:aws:eks:eu-west-1:482913750164:cluster/shop-1")
BY_KIND = {kind.kind: kind for kind in KINDS}

META = {
    "name": "cart-7f9c-x2k1b",
    "namespace": "cart",
    "uid": "u-1",
    "resourceVersion": "17",
    "generation": 4,
    "creationTimestamp": "2026-11-23T14:03:58Z",
    "labels": {"app": "cart", "pod-template-hash": "7f9c"},
    "annotations": {"deployment.kubernetes.io/revision": "3", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
    "ownerReferences": [
        {"kind": "Other", "name": "o", "uid": "u-0"},
        {"kind": "ReplicaSet", "name": "cart-7f9c", "uid": "u-rs", "controller": True},
    ],
    "managedFields": [{"manager": "kubelet", "fieldsV1": {"f:status": {}}}],
}
TEMPLATE = {"spec": {"containers": [{"name": "cart", "image": "registry.example/cart:3.0.1"}]}}
EXAMPLES: dict[str, dict[str, Any]] = {
    "pods": {
        "metadata": META,
        "spec": {
            "nodeName": "ip-10-0-1-7",
            "readinessGates": [{"conditionType": "gate"}],
            "initContainers": [{"name": "wait", "image": "busybox", "restartPolicy": "Always"}],
            "containers": [
                {
                    "name": "cart",
                    "image": "482913750164.dkr.ecr.eu-west-1.amazonaws.com/cart:3.0.1",
                    "resources": {"requests": {"cpu": "250m", "memory": "128Mi"}, "limits": {"memory": "512Mi", "cpu": 1}},
                }
            ],
        },
        "status": {
            "phase": "Running",
            "podIP": "10.0.3.4",
            "podIPs": [{"ip": "10.0.3.4"}],
            "qosClass": "Burstable",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady", "message": "m"}],
            "containerStatuses": [
                {
                    "name": "cart",
                    "ready": False,
                    "started": False,
                    "restartCount": 14,
                    "imageID": "sha256:9f2c",
                    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}},
                    "lastState": {
                        "terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-23T14:03:00Z", "message": "x"}
                    },
                }
            ],
        },
    },
    "deployments": {
        "metadata": META,
        "spec": {
            "replicas": 6,
            "selector": {"matchLabels": {"app": "cart"}},
            "template": TEMPLATE,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "10%"}},
        },
        "status": {
            "observedGeneration": 4,
            "replicas": 6,
            "updatedReplicas": 6,
            "readyReplicas": 5,
            "availableReplicas": 5,
            "unavailableReplicas": 1,
            "conditions": [{"type": "Available", "status": "True"}],
        },
    },
    "replica-sets": {"metadata": META, "spec": {"replicas": 2, "template": TEMPLATE}, "status": {"readyReplicas": 2}},
    "namespaces": {"metadata": META, "status": {"phase": "Active"}},
    "nodes": {
        "metadata": META,
        "spec": {"unschedulable": True},
        "status": {
            "allocatable": {"cpu": "1930m", "memory": "7Gi", "pods": "58"},
            "nodeInfo": {"kubeletVersion": "v1.33.1"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    },
    "events": {
        "metadata": META,
        "type": "Warning",
        "reason": "BackOff",
        "message": "Back-off restarting failed container",
        "count": 5,
        "firstTimestamp": "2026-11-23T14:00:00Z",
        "lastTimestamp": "2026-11-23T14:03:00Z",
        "eventTime": None,
        "involvedObject": {"kind": "Pod", "name": "cart", "uid": "u-1"},
        "source": {"component": "kubelet"},
    },
}


def row(kind: str, body: dict[str, Any]) -> Any:
    known = BY_KIND[kind]
    return known.row(msgspec.json.decode(json.dumps(body).encode(), type=known.wire), Place(SCOPE))


def test_pod() -> None:
    pod: PodRow = row("pods", EXAMPLES["pods"])
    assert pod.key.id == "u-1" and pod.key.identity == SCOPE.identity
    assert pod.scope.namespace == "cart" and SCOPE.covers(pod.scope)
    assert (pod.status, pod.ready, pod.total, pod.restarts) == ("CrashLoopBackOff", 0, 2, 14)
    assert pod.owner == ("ReplicaSet", "cart-7f9c", "u-rs")
    assert pod.annotations == (("deployment.kubernetes.io/revision", "3"),)
    assert (pod.ip, pod.node, pod.qos) == ("10.0.3.4", "ip-10-0-1-7", "Burstable")
    wait, cart = pod.containers
    assert wait.init and wait.sidecar and wait.state == ""
    assert (cart.cpu_request, cart.cpu_limit, cart.memory_request, cart.memory_limit) == (0.25, 1.0, 128 << 20, 512 << 20)
    assert (cart.state, cart.reason, cart.last_exit_code) == ("waiting", "CrashLoopBackOff", 1)
    assert cart.image.repository == "cart" and cart.image.tag == "3.0.1"
    assert pod.state is State.BROKEN and pod.reason == "back-off 5m0s"


def test_equal_objects_give_equal_rows_whatever_their_resource_version() -> None:
    other = json.loads(json.dumps(EXAMPLES["pods"]))
    other["metadata"]["resourceVersion"] = "99"
    other["metadata"]["managedFields"] = []
    assert row("pods", other) == row("pods", EXAMPLES["pods"])


def test_unschedulable_pod_says_why() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/5 nodes are available"}
    body = {"metadata": META, "spec": {}, "status": {"phase": "Pending", "conditions": [condition]}}
    assert row("pods", body).reason == "0/5 nodes are available"


def test_deployment_and_defaults() -> None:
    full = row("deployments", EXAMPLES["deployments"])
    assert (full.desired, full.ready, full.max_surge, full.max_unavailable, full.revision) == (6, 5, "1", "10%", "3")
    assert full.selector == (("app", "cart"),) and full.images[0].tag == "3.0.1"
    bare = row("deployments", {"metadata": META})
    assert (bare.desired, bare.max_surge, bare.strategy) == (1, "25%", "RollingUpdate")


def test_node_and_namespace() -> None:
    node = row("nodes", EXAMPLES["nodes"])
    assert node.ready and node.unschedulable and (node.cpu, node.memory, node.pods) == (1.93, 7 << 30, 58)
    assert row("namespaces", EXAMPLES["namespaces"]).phase == "Active"


def test_events_of_both_generations() -> None:
    old: EventRow = row("events", EXAMPLES["events"])
    assert (old.count, old.last - old.first, old.component) == (5, 180.0, "kubelet")
    new = EXAMPLES["events"] | {
        "count": None,
        "firstTimestamp": None,
        "lastTimestamp": None,
        "eventTime": "2026-11-23T14:00:00.123456Z",
        "series": {"count": 7, "lastObservedTime": "2026-11-23T14:05:00.000000Z"},
        "source": {},
        "reportingComponent": "default-scheduler",
    }
    event: EventRow = row("events", new)
    assert (event.count, event.component) == (7, "default-scheduler") and round(event.last - event.first) == 300


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(*at, key), *paths(inner, (*at, key))]
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            found += paths(inner, (*at, i))
    return found


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
@pytest.mark.parametrize("how", ["missing", "null"])
def test_any_optional_member_may_be_missing_or_null(kind: str, how: str) -> None:
    """Only what Kubernetes itself requires (``metadata``) may not be; maps' values and required names stay."""
    for path in paths(EXAMPLES[kind]):
        body = json.loads(json.dumps(EXAMPLES[kind]))
        target = body
        for step in path[:-1]:
            target = target[step]
        if path == ("metadata",) or (how == "null" and not isinstance(target[path[-1]], dict | list)):
            continue
        if how == "missing":
            del target[path[-1]]
        elif path[0] in ("spec", "status", "involvedObject") and len(path) == 1:
            continue  # never null: a struct in Go, not a pointer
        elif path[-1] == "template" or (kind != "pods" and path[-2:] == ("template", "spec")):
            continue
        else:
            target[path[-1]] = None
        made = row(kind, body)
        assert made.state in State and isinstance(made.reason, str), path


@pytest.mark.parametrize(
    ("text", "value"),
    [("250m", 0.25), ("1", 1.0), ("2Gi", 2.0 * 2**30), ("1e3", 1000.0), ("12E", 12e18), ("3E3", 3000.0),
     ("123456789n", 0.123456789), ("100k", 1e5), ("0.5Ki", 512.0), (2, 2.0),
     (None, 0.0), ("", 0.0), ("nonsense", 0.0), ("-1", -1.0), ("5000u", 0.005)],
)  # fmt: skip
def test_quantity(text: str | int | None, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


def test_times() -> None:
    assert timestamp("2026-11-23T14:03:58Z") == 1795442638.0
    assert timestamp("0001-01-01T00:00:00Z") == timestamp(None) == timestamp("soon") == 0.0
    assert nanoseconds("2026-11-23T14:03:58.123456789Z") == 1795442638_123456789
    assert nanoseconds("2026-11-23T14:03:58.5+00:00") == 1795442638_500000000
    assert nanoseconds("2026-11-23T14:03:58Z") == 1795442638_000000000
    assert nanoseconds("nothing") == 0


def listing_body(items: list[dict[str, Any]]) -> bytes:
    head = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "9", "continue": "c"}, "items": items}
    return json.dumps(head, separators=(",", ":")).encode() + b"\n"


# a "metadata" right after a comma within an item looks like the seam between two items
nested = st.builds(
    lambda names, text: {
        "metadata": {"name": text, "uid": text},
        "spec": {"containers": [], "volumeClaimTemplates": [{"metadata": {"name": n}} for n in names]},
    },
    st.lists(st.text(max_size=5), max_size=4),
    st.text(max_size=20),
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(nested, max_size=12), st.integers(1, 400))
def test_a_huge_list_is_cut_between_items_only(items: list[dict[str, Any]], piece: int) -> None:
    kind: Kind = BY_KIND["pods"]
    body = listing_body(items)
    cut = Listing(kind, body, cut_above=0, piece=piece)
    names = [pod.metadata.name for batch in cut.batches() for pod in batch]
    assert names == [item["metadata"]["name"] for item in items]
    assert cut.meta.continue_ == "c" and cut.meta.resource_version == "9"


def test_one_strange_object_does_not_hide_the_others() -> None:
    good = {"metadata": {"name": "good", "uid": "g"}}
    strange = {"metadata": {"name": "strange", "uid": "s"}, "spec": {"containers": "none"}}
    for cut_above in (0, 1 << 20):
        listing = Listing(BY_KIND["pods"], listing_body([good, strange, good]), cut_above=cut_above, piece=1)
        assert [pod.metadata.name for batch in listing.batches() for pod in batch] == ["good", "good"]
        assert listing.unreadable == 1
