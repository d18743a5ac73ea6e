"""What is said of pods, deployments and nodes, through the store with all rules at work."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.unit.diagnosis_stage import clock, problems, put, store
from tui.diagnosis.pod_words import scheduling_words
from tui.diagnosis.words import last_line
from tui.model import Key, ManualClock, Scope, State
from tui.model.image import ImageRef
from tui.model.kubernetes import DeploymentRow, NodeRow, PodContainer, PodRow
from tui.store import Store

__all__ = ["clock", "store"]


EKS = Scope(owner="kube:shop-1", account="1", region="eu-west-1", cluster="arn:aws:eks:eu-west-1:1:cluster/shop-1")
CART = ImageRef.parse("1.dkr.ecr.eu-west-1.amazonaws.com/cart:3.0.1")
HOUR = 3600.0
RECORDED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
WAITING = [(entry["reason"], entry["message"], entry["says"]) for entry in RECORDED["waiting"]]
SCHEDULER = [(entry["message"], entry["says"]) for entry in RECORDED["scheduler"]]


def container(**fields: Any) -> PodContainer:
    return PodContainer(**{"name": "app", "image": CART, **fields})


def pod(number: int = 1, *containers: PodContainer, **fields: Any) -> PodRow:
    values: dict[str, Any] = {
        "name": f"cart-7f9c4d5b6-x{number}", "namespace": "cart", "uid": f"pod-{number}", "status": "Running", "phase": "Running",
        "total": 1, "owner": ("ReplicaSet", "cart-7f9c4d5b6", "rs-1"), "containers": containers, **fields,
    }  # fmt: skip
    return PodRow(key=Key.of("pods", EKS, f"pod-{number}"), scope=EKS, **values)


def deployment(**fields: Any) -> DeploymentRow:
    values: dict[str, Any] = {"name": "cart", "namespace": "cart", "uid": "d-1", "desired": 12, "replicas": 12, "updated": 12}
    return DeploymentRow(key=Key.of("deployments", EKS, "d-1"), scope=EKS, images=(CART,), **{**values, **fields})


def crashing(number: int, clock: ManualClock, message: str = "starting\nREDIS_URL is not set\n", **fields: Any) -> PodRow:
    state = container(
        state="waiting", reason="CrashLoopBackOff", message="back-off 5m0s restarting failed container", restarts=14,
        last_reason="Error", last_exit_code=1, last_message=message,
    )  # fmt: skip
    return pod(number, state, status="CrashLoopBackOff", restarts=14, created=clock.now() - 2 * HOUR, **fields)


def waiting(reason: str, message: str, **fields: Any) -> PodRow:
    return pod(1, container(state="waiting", reason=reason, message=message), status=reason, phase="Pending", **fields)


def sentence(store: Store, row: PodRow) -> str:
    put(store, row)
    return store.reason(row)


def test_a_crash_loop_says_its_exit_code_how_often_and_its_last_words(store: Store, clock: ManualClock) -> None:
    assert sentence(store, crashing(1, clock)) == 'exit 1: "REDIS_URL is not set", 14 times in 2h'
    assert sentence(store, crashing(1, clock, message="")) == "exit 1, 14 times in 2h"
    assert store.state(crashing(1, clock)) is State.BROKEN


def test_pods_of_a_deployment_are_one_line(store: Store, clock: ManualClock) -> None:
    put(store, deployment(), *(crashing(n, clock) for n in range(12)))
    (found,) = problems(store)
    assert found.name == "cart/cart"
    assert found.target.kind == "deployments"
    assert found.sentence == '12 of 12 pods crash: exit 1, "REDIS_URL is not set"'
    assert found.severity is State.BROKEN
    assert found.since == clock.now() - 2 * HOUR
    assert len(store.findings(crashing(3, clock).key)) == 1
    assert store.findings(crashing(3, clock).key)[0].grouped


def test_pods_whose_last_words_differ_are_one_line_too(store: Store, clock: ManualClock) -> None:
    said = ["order 17 refused", "order 18 refused", "order 18 refused"]
    put(store, deployment(desired=3), *(crashing(n, clock, words) for n, words in enumerate(said)))
    (found,) = problems(store)
    assert found.sentence == '3 of 3 pods crash: exit 1, "order 18 refused"'
    assert found.action_title == "l logs"


def test_a_pod_started_again_in_its_crash_loop_is_not_well_yet(store: Store, clock: ManualClock) -> None:
    again = container(
        state="running", started=True, ready=True, restarts=14, last_reason="Error", last_exit_code=1, since=clock.now(),
        last_message="REDIS_URL is not set",
    )  # fmt: skip
    fields: dict[str, Any] = {"status": "Running", "ready": 1, "restarts": 14, "created": clock.now() - 2 * HOUR}
    put(store, deployment(desired=2), crashing(1, clock), pod(2, again, **fields))
    assert problems(store)[0].sentence == '2 of 2 pods crash: exit 1, "REDIS_URL is not set"'
    clock.advance(61)
    store.flush()
    assert problems(store)[0].sentence == '1 of 2 pods crashes: exit 1, "REDIS_URL is not set"'
    put(store, pod(3, again, **{**fields, "created": clock.now() - 200 * HOUR}, namespace="other"))
    assert [f.name for f in problems(store)] == ["cart/cart"], "fourteen restarts in eight days are no loop"


@pytest.mark.parametrize(
    ("left", "words"),
    [
        ("2026-11-23T18:37:00.123Z FATAL REDIS_URL is not set\n", "REDIS_URL is not set"),
        ("[2026-11-23 18:37:00,123] ERROR: no route", "no route"),
        ('{"time":"2026-11-23","level":"fatal","msg":"no route","seq":3}', "no route"),
        ('{"level":"fatal"}', '{"level":"fatal"}'),
        ("Error", "Error"),
        ("error handling is off", "error handling is off"),
        ("panic: runtime error: index out of range", "runtime error: index out of range"),
        ("one\n\n \x1b\n", "one"),
        ("{broken}", "{broken}"),
        ("", ""),
    ],
)
def test_last_words(left: str, words: str) -> None:
    assert last_line(left) == words


def test_without_their_deployment_one_pod_speaks_for_all(store: Store, clock: ManualClock) -> None:
    put(store, *(crashing(n, clock) for n in range(3)), pod(9, container(state="running", ready=True), ready=1))
    (found,) = problems(store)
    assert found.target.kind == "pods"
    assert found.sentence == '3 of 4 pods crash: exit 1, "REDIS_URL is not set"'


def test_two_causes_in_one_deployment_are_told_apart(store: Store, clock: ManualClock) -> None:
    missing = container(state="waiting", reason="ImagePullBackOff", message="rpc error: code = NotFound desc = not found")
    waits = pod(3, missing, status="ImagePullBackOff", phase="Pending")
    put(store, deployment(available=9, ready=9), crashing(1, clock), crashing(2, clock), waits)
    (found,) = problems(store)
    assert found.sentence == '2 of 3 pods crash: exit 1, "REDIS_URL is not set"'
    assert found.severity is State.DEGRADED
    assert "1 of 3 pods does not start: image cart:3.0.1 not found in ECR" in found.evidence


def test_a_pod_killed_for_memory(store: Store, clock: ManualClock) -> None:
    state = container(
        state="waiting",
        reason="CrashLoopBackOff",
        restarts=6,
        last_reason="OOMKilled",
        last_exit_code=137,
        memory_limit=512 * 2**20,
    )
    row = pod(1, state, status="CrashLoopBackOff", restarts=6, created=clock.now() - 600)
    assert sentence(store, row) == "killed for memory (512 MiB) 6 times in 10m"
    put(store, deployment(desired=1))
    assert problems(store)[0].sentence == "1 of 1 pods is killed for memory (512 MiB)" or problems(store)[
        0
    ].sentence == store.reason(row)


def test_restarts_seen_lately_count_more_than_those_of_a_long_life(store: Store, clock: ManualClock) -> None:
    created = clock.now() - 5 * 24 * HOUR

    def restarted(count: int) -> PodRow:
        state = container(state="waiting", reason="CrashLoopBackOff", restarts=count, last_reason="Error", last_exit_code=2)
        return pod(1, state, status="CrashLoopBackOff", restarts=count, created=created)

    assert sentence(store, restarted(20)) == "exit 2, 20 times in 5d"
    for count in (22, 24):
        clock.advance(120)
        put(store, restarted(count))
    assert store.reason(restarted(24)) == "exit 2, 4 times in 10m"


@pytest.mark.parametrize(("reason", "message", "words"), WAITING)
def test_containers_that_cannot_start(store: Store, reason: str, message: str, words: str) -> None:
    assert sentence(store, waiting(reason, message)) == words


@pytest.mark.parametrize(("message", "words"), SCHEDULER)
def test_the_schedulers_message_in_short(message: str, words: str) -> None:
    assert scheduling_words(message) == words


def test_a_pod_that_finds_no_node_is_said_after_a_minute(store: Store, clock: ManualClock) -> None:
    condition = ("PodScheduled", "False", "Unschedulable", "0/3 nodes are available: 3 Insufficient memory.")
    row = pod(1, status="Pending", phase="Pending", created=clock.now(), conditions=(condition,))
    put(store, row)
    assert problems(store) == []
    clock.advance(61)
    store.flush()
    (found,) = problems(store)
    assert found.sentence == "no node for it: not enough memory"
    assert found.severity is State.DEGRADED


def test_a_pod_that_is_not_ready(store: Store, clock: ManualClock) -> None:
    row = pod(1, container(state="running", started=True, since=clock.now()), created=clock.now())
    put(store, row)
    assert problems(store) == []
    clock.advance(180)
    store.flush()
    assert store.reason(row) == "readiness probe fails for 3m"


def test_evicted_failed_and_lost_pods(store: Store) -> None:
    evicted = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 90Mi."
    assert sentence(store, pod(1, status="Evicted", phase="Failed", message=evicted)) == f"evicted: {evicted}"
    assert sentence(store, pod(1, status="Unknown", phase="Unknown")) == "its node does not answer"
    assert sentence(store, pod(1, status="DeadlineExceeded", phase="Failed", message="too late")) == "too late"
    put(store, deployment(desired=1, available=1), pod(1, status="Evicted", phase="Failed", message=evicted))
    assert problems(store) == [], "it was replaced"


def test_a_pod_that_does_not_go(store: Store, clock: ManualClock) -> None:
    row = pod(1, status="Terminating", deleted=clock.now() + 30)
    put(store, row)
    assert problems(store) == []
    clock.advance(30 + 5 * 60)
    store.flush()
    assert store.reason(row) == "terminating for 5m past its grace period"


def test_init_containers_and_several_containers_are_named(store: Store) -> None:
    failing = container(name="migrate", init=True, state="terminated", reason="Error", exit_code=3, restarts=1)
    row = pod(1, failing, container(), container(name="proxy"), status="Init:Error", phase="Pending")
    assert sentence(store, row) == "init container migrate: exit 3"


def test_well_and_finished_pods_say_nothing(store: Store) -> None:
    put(store, pod(1, container(state="running", ready=True), ready=1), pod(2, status="Completed", phase="Succeeded"))
    assert list(store.rows("findings")) == []


def test_a_rollout_past_its_deadline(store: Store) -> None:
    stalled = ("Progressing", "False", "ProgressDeadlineExceeded", 'ReplicaSet "cart-9" has timed out progressing.')
    put(store, deployment(updated=3, available=9, conditions=(stalled,)))
    (found,) = problems(store)
    assert found.sentence == "rollout stuck at 3/12"
    assert stalled[3] in found.evidence


def test_nodes(store: Store, clock: ManualClock) -> None:
    def node(**fields: Any) -> NodeRow:
        return NodeRow(key=Key.of("nodes", EKS, "n"), scope=EKS, name="ip-10-0-0-1", **fields)

    put(store, node())
    assert problems(store) == []
    put(store, node(ready=False, conditions=(("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),)))
    (found,) = problems(store)
    assert found.sentence == "its kubelet does not answer: Kubelet stopped posting node status."
    assert (found.severity, found.since) == (State.BROKEN, clock.now())
    put(store, node(conditions=(("DiskPressure", "True", "KubeletHasDiskPressure", ""),)))
    assert problems(store)[0].sentence == "short of disk space"
