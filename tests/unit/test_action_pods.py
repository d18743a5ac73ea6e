"""Deleting pods: how dangerous it is, with which condition, and that read-only mode sends nothing."""

from __future__ import annotations

import pytest

from tests.unit.action_fakes import Desk, deployment_row, pod_row
from tests.unit.test_action_kubernetes import POD, desk, pod, with_history
from tui.actions.base import Danger
from tui.actions.runner import PlanRefused
from tui.model.errors import ApiError

__all__ = ["desk"]


async def test_pod_of_a_controller_is_caution_and_a_bare_one_destructive(desk: Desk) -> None:
    desk.kube.objects[POD] = pod()
    owned = await desk.plan("k8s.delete", pod_row("cart-x"))
    assert (owned.danger, owned.typed, owned.effects[0]) == (Danger.CAUTION, "", "ReplicaSet cart-7f9c makes another")
    desk.kube.objects[POD] = pod("")
    alone = await desk.plan("k8s.delete", pod_row("cart-x"))
    assert (alone.danger, alone.typed) == (Danger.DESTRUCTIVE, "cart-x")
    desk.kube.objects[POD] = pod("Node")
    mirror = await desk.plan("k8s.delete", pod_row("cart-x"))
    assert any("static pod" in warning for warning in mirror.warnings)


async def test_delete_carries_the_uid_and_is_watched_until_it_is_gone(desk: Desk) -> None:
    desk.kube.objects[POD] = pod()
    run = await desk.finish(await desk.runner.start(await desk.plan("k8s.delete", pod_row("cart-x"))))
    method, path, body = desk.kube.writes[0]
    assert (method, path, body["preconditions"]) == ("DELETE", POD, {"uid": "uid-cart-x"})
    assert (run.status, run.steps[-1].text) == ("COMPLETED", "pod shop/cart-x is gone")


async def test_pod_that_was_replaced_under_its_name_is_not_deleted(desk: Desk) -> None:
    desk.kube.objects[POD] = pod()
    plan = await desk.plan("k8s.delete", pod_row("cart-x"))
    desk.kube.objects[POD]["metadata"]["uid"] = "uid-another"
    with pytest.raises(ApiError, match="another one has its name"):
        await desk.runner.start(plan)
    assert "does not exist" in (await desk.plan("k8s.delete", pod_row("cart-x"))).refusal
    assert desk.kube.writes == []


async def test_read_only_writes_nothing(desk: Desk) -> None:
    desk.kube.objects[POD] = pod()
    with_history(desk)
    desk.clients.read_only = True
    for action, row, values in (
        ("k8s.scale", deployment_row(), {"count": "6"}),
        ("k8s.restart", deployment_row(), {}),
        ("k8s.image", deployment_row(), {"image": "x/y:1"}),
        ("k8s.rollback", deployment_row(), {}),
        ("k8s.delete", pod_row("cart-x"), {}),
    ):
        plan = await desk.plan(action, row, **values)
        assert "read-only" in plan.refusal
        with pytest.raises(PlanRefused):
            await desk.runner.start(plan)
    assert desk.kube.writes == []
