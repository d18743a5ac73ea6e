"""What a plan on a Deployment says of its autoscaler and of the room that its pods need; which cluster its command reaches."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.action_fakes import Desk, deployment_row
from tests.unit.test_action_kubernetes import cart, desk, with_history
from tui.actions.base import Danger
from tui.actions.pod_scaling import quantity

__all__ = ["desk"]


async def test_command_reaches_the_cluster_of_the_rows_by_the_context_it_was_reached_by(desk: Desk) -> None:
    desk.kube.context = "prod"
    plan = await desk.plan("k8s.restart", deployment_row())
    assert plan.commands == ("kubectl --context prod -n shop rollout restart deployment/cart",)


def autoscaled(desk: Desk, low: int, high: int) -> None:
    desk.kube.objects["/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/cart"] = {
        "metadata": {"name": "cart-hpa"},
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": "cart"}, "minReplicas": low, "maxReplicas": high,
            "metrics": [
                {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}},
                {"type": "Pods", "pods": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "30"}}},
            ],
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("count", "words", "danger"),
    [
        ("6", "autoscaler cart-hpa will set the count itself (2 to 9, target CPU 70%, target queue 30)", Danger.SAFE),
        ("12", "12 is above the maximum of autoscaler cart-hpa (9): it brings the count back at once", Danger.CAUTION),
        ("1", "1 is below the minimum of autoscaler cart-hpa (2): it brings the count back at once", Danger.CAUTION),
        ("0", "autoscaler cart-hpa does nothing while 0 pods are wanted", Danger.DESTRUCTIVE),
    ],
)
async def test_an_autoscalers_bounds_decide_what_is_safe(desk: Desk, count: str, words: str, danger: Danger) -> None:
    autoscaled(desk, 2, 9)
    plan = await desk.plan("k8s.scale", deployment_row(), count=count)
    assert words in plan.warnings
    assert plan.danger is danger


@pytest.mark.parametrize(("action", "values"), [("k8s.restart", {}), ("k8s.image", {"image": "1.8.2"}), ("k8s.rollback", {})])
async def test_an_autoscaler_is_named_whatever_makes_new_pods(desk: Desk, action: str, values: dict[str, str]) -> None:
    autoscaled(desk, 2, 9)
    with_history(desk)
    desk.aws.images["cart", "1.8.2"] = {"imageDigest": "sha256:" + "a" * 64, "imagePushedAt": 1.0}
    plan = await desk.plan(action, deployment_row(), **values)
    assert any("autoscaler cart-hpa will set the count itself (2 to 9" in word for word in plan.warnings), plan


async def test_pods_that_start_say_what_they_request(desk: Desk) -> None:
    found = cart(desk)
    for container in found["spec"]["template"]["spec"]["containers"]:
        container["resources"] = {"requests": {"cpu": "250m", "memory": "512Mi"}}
    number = len(found["spec"]["template"]["spec"]["containers"])
    plan = await desk.plan("k8s.scale", deployment_row(), count="7")
    assert plan.effects[0] == f"4 pods start: {number} CPU and {2 * number} GiB more"


@given(st.text(max_size=12))
def test_any_text_as_a_quantity_is_a_number(text: str) -> None:
    assert isinstance(quantity(text), float)


QUANTITIES = {"250m": 0.25, "2": 2, "512Mi": 512 * 2**20, "1.5Gi": 1.5 * 2**30, "1e3": 1000, "128M": 128e6, "x": 0, None: 0}


@pytest.mark.parametrize(("text", "value"), QUANTITIES.items())
def test_quantities(text: str | None, value: float) -> None:
    assert quantity(text) == pytest.approx(value)


async def test_roll_back_passes_over_what_a_restart_made(desk: Desk) -> None:
    with_history(desk)
    base = "/apis/apps/v1/namespaces/shop/replicasets"
    now = cart(desk)
    again = copy.deepcopy(now["spec"]["template"])
    again.setdefault("metadata", {}).setdefault("annotations", {})["kubectl.kubernetes.io/restartedAt"] = "2026-11-24T10:00:00Z"
    again["metadata"].setdefault("labels", {})["pod-template-hash"] = "abc"
    number = int(now["metadata"]["annotations"]["deployment.kubernetes.io/revision"])
    now["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = str(number + 1)
    desk.kube.objects[f"{base}/cart-again"] = {
        "metadata": {
            "annotations": {"deployment.kubernetes.io/revision": str(number)},
            "ownerReferences": [{"uid": now["metadata"]["uid"], "controller": True}],
        },
        "spec": {"template": again},
    }
    fields = {field.id: field for field in await desk.runner.form("k8s.rollback", [deployment_row()])}
    assert fields["revision"].default == "1"
    assert dict(fields["revision"].choices)[str(number)].endswith("the same as runs now")
    plan = await desk.plan("k8s.rollback", deployment_row())
    assert ("revision", str(number + 1), "1") in [(c.label, c.old, c.new) for c in plan.changes]
