"""The pods of a Deployment under watch: one by one, in words, with the reason and an offer where they do not start."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.action_fakes import Desk, deployment_row, roll
from tests.unit.test_action_kubernetes import cart, desk
from tui.actions.pod_steps import FOLLOWED, pod_words, pods_of

__all__ = ["desk"]

PODS = "/api/v1/namespaces/shop/pods"
BACK_OFF = {"reason": "ImagePullBackOff", "message": 'Back-off pulling image "cart:9"'}


def pod(name: str, made: float, **status: Any) -> dict[str, Any]:
    stamp = datetime.fromtimestamp(made, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "metadata": {"name": name, "creationTimestamp": stamp, "uid": f"uid-{name}"},
        "spec": {"nodeName": "ip-10-0-1-17.eu-west-1.compute.internal"},
        "status": {"phase": "Pending", **status},
    }


def ready(value: str) -> list[dict[str, str]]:
    return [{"type": "Ready", "status": value}]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, "is being created on ip-10-0-1-17"),
        ({"phase": "Running", "conditions": ready("False")}, "runs, not ready yet"),
        ({"phase": "Running", "conditions": ready("True")}, "is ready"),
        ({"phase": "Failed"}, "ended"),
    ],
)
def test_words_of_a_pod(status: dict[str, Any], words: str) -> None:
    assert pod_words(pod("cart-x", 0.0, **status)) == words


def test_a_pod_without_a_node_waits_for_one() -> None:
    assert pod_words({"metadata": {}, "status": {"phase": "Pending"}}) == "waits for a node"


def test_too_many_pods_are_counted_and_not_told() -> None:
    many = [pod(f"cart-{n}", 100.0, containerStatuses=[{"state": {"waiting": BACK_OFF}}]) for n in range(FOLLOWED + 1)]
    found = pods_of(many, 50.0)
    assert found.doing == {} and found.reason.startswith(f"{FOLLOWED + 1} pods do not start: ImagePullBackOff")


def test_pods_that_leave_say_nothing() -> None:
    leaving = pod("cart-x", 100.0, containerStatuses=[{"state": {"waiting": BACK_OFF}}])
    leaving["metadata"]["deletionTimestamp"] = "2026-11-24T10:00:00Z"
    assert pods_of([leaving], 0.0) == pods_of([], 0.0)


async def test_a_rollout_is_followed_pod_by_pod_and_offers_to_roll_back_while_pods_do_not_start(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("k8s.restart", deployment_row()))
    began = desk.clock.now()
    looks = iter(range(1000))

    def each() -> None:
        number = next(looks)
        cart(desk)["status"]["updatedReplicas"] = 1
        desk.kube.objects[f"{PODS}/old"] = pod("old", began - 900, phase="Running", conditions=ready("True"))
        if number < 4:
            desk.kube.objects[f"{PODS}/new"] = pod("new", desk.clock.now())
        elif number < 20:
            stuck = pod("new", began + 2, containerStatuses=[{"state": {"waiting": BACK_OFF}}])
            desk.kube.objects[f"{PODS}/new"] = stuck
        elif number < 30:
            desk.kube.objects[f"{PODS}/new"] = pod("new", began + 2, phase="Running", conditions=ready("True"))
        else:
            roll(cart(desk))

    await desk.finish(run, each)
    texts = [step.text for step in run.steps]
    assert "pod new is being created on ip-10-0-1-17" in texts and "pod new is ready" in texts
    assert not any("pod old" in text for text in texts)
    offering = [step for step in run.steps if step.offer]
    assert {step.offer for step in offering} == {"k8s.rollback"}
    assert offering[0].reason == '1 pod does not start: ImagePullBackOff: Back-off pulling image "cart:9"'
    assert (run.status, run.steps[-1].offer, run.steps[-1].reason) == ("COMPLETED", "", "")


async def test_scaling_offers_no_roll_back(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("k8s.scale", deployment_row(), count="6"))
    looks = iter(range(1000))

    def each() -> None:
        stuck = pod("new", desk.clock.now(), containerStatuses=[{"state": {"waiting": BACK_OFF}}])
        desk.kube.objects[f"{PODS}/new"] = stuck
        if next(looks) > 20:
            roll(cart(desk))

    await desk.finish(run, each)
    assert any(step.reason for step in run.steps) and not any(step.offer for step in run.steps)
