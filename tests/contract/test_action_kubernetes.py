"""Actions on Kubernetes over real HTTPS against the embedded cluster, its clock moved by the test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.contract.action_world import WorldDesk, desk, running
from tui.actions.runner import PlanChanged, PlanRefused
from tui.model.errors import ApiError, Trouble
from tui.model.state import State
from tui.simulator.launch import Running

__all__ = ["desk", "running"]


WRITES = re.compile(r"(patch|put|post|delete)", re.IGNORECASE)


async def spec(desk: WorldDesk, namespace: str, name: str) -> dict[str, Any]:
    return (await desk.get(f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"))["spec"]


async def test_scale_two_to_six_and_undo(desk: WorldDesk) -> None:
    row = await desk.deployment("default", "echo")
    _, run = await desk.go("k8s.scale", row, count="6")
    assert (run.status, run.state) == ("COMPLETED", State.WELL), [s.text for s in run.steps]
    assert run.steps[-1].text == "6 of 6 available"
    plan, undone = await desk.go("undo", row)
    assert (plan.changes[0].old, plan.changes[0].new) == ("6", "2")
    assert undone.status == "COMPLETED"
    assert (await spec(desk, "default", "echo"))["replicas"] == 2
    assert [r.outcome for r in desk.journal.latest()] == ["done", "done"]


async def test_scale_to_nothing_and_back(desk: WorldDesk) -> None:
    row = await desk.deployment("shipping", "label-printer")
    plan, run = await desk.go("k8s.scale", row, count="0")
    assert plan.typed == "label-printer"
    assert any("Helm release" in warning for warning in plan.warnings)
    assert run.status == "COMPLETED"
    _, back = await desk.go("undo", row)
    assert back.status == "COMPLETED", [s.text for s in back.steps]


async def test_restart_makes_all_pods_new(desk: WorldDesk) -> None:
    row = await desk.deployment("catalog", "catalog-indexer")
    before = {p["metadata"]["uid"] for p in (await desk.get("/api/v1/namespaces/catalog/pods"))["items"]}
    plan, run = await desk.go("k8s.restart", row)
    assert plan.effects == ("4 pods replaced, at most 1 more at once (25%), at most 1 missing (25%)",)
    assert run.status == "COMPLETED", [s.text for s in run.steps]
    pods = (await desk.get("/api/v1/namespaces/catalog/pods"))["items"]
    new = [p for p in pods if p["metadata"]["name"].startswith("catalog-indexer") and p["metadata"]["uid"] not in before]
    assert len(new) == 4


async def test_set_image_roll_back_and_undo_of_the_roll_back(desk: WorldDesk) -> None:
    row = await desk.deployment("accounts", "mailer")
    old = (await spec(desk, "accounts", "mailer"))["template"]["spec"]["containers"][0]["image"]
    (field, *_) = await desk.runner.form("k8s.image", [row])
    other = next(tag for tag, _ in field.choices if tag not in (old.rpartition(":")[2], "latest"))
    _, run = await desk.go("k8s.image", row, image=other)
    assert run.status == "COMPLETED", [s.text for s in run.steps]
    assert any(bar[0] == "old" for step in run.steps for bar in step.bars)
    plan, back = await desk.go("k8s.rollback", row)
    assert plan.changes[0].new == f"mailer:{old.rpartition(':')[2]}"
    assert back.status == "COMPLETED"
    assert (await spec(desk, "accounts", "mailer"))["template"]["spec"]["containers"][0]["image"] == old
    _, forth = await desk.go("undo", row)
    assert forth.status == "COMPLETED"
    assert (await spec(desk, "accounts", "mailer"))["template"]["spec"]["containers"][0]["image"].endswith(f":{other}")


async def test_image_that_cannot_be_pulled_says_why_and_fails_at_its_deadline(desk: WorldDesk) -> None:
    row = await desk.deployment("shipping", "tracking")
    await desk.control("POST", "/faults", {"rules": [{"service": "ecr", "operation": "DescribeImages", "kind": "denied"}]})
    try:
        plan = await desk.runner.plan("k8s.image", [row], {"image": "0.0.0-none"})
    finally:
        await desk.control("POST", "/faults", {"rules": []})
    assert any(":0.0.0-none exists is not known" in warning for warning in plan.warnings)
    run = await desk.finish(await desk.runner.start(plan), stride=15)
    assert (run.status, run.state, run.steps[-1].offer) == ("FAILED", State.BROKEN, "k8s.rollback"), [s.text for s in run.steps]
    assert any("ImagePull" in step.text for step in run.steps)
    _, back = await desk.go("k8s.rollback", row)
    assert back.status == "COMPLETED", [s.text for s in back.steps]


async def test_delete_a_pod_that_its_replica_set_replaces(desk: WorldDesk) -> None:
    row = await desk.pod("payments", "app.kubernetes.io/name=fraud")
    plan, run = await desk.go("k8s.delete", row)
    assert "makes another" in plan.effects[0]
    assert (run.status, run.state) == ("COMPLETED", State.WELL)
    await desk.step(60)
    fraud = await desk.get("/apis/apps/v1/namespaces/payments/deployments/fraud")
    assert fraud["status"]["availableReplicas"] == fraud["spec"]["replicas"] == 6


async def test_somebody_else_scaled_between_plan_and_run(desk: WorldDesk) -> None:
    row = await desk.deployment("search", "search-suggest")
    plan = await desk.runner.plan("k8s.scale", [row], {"count": "9"})
    port = desk.hub.clients.kubernetes(row.scope)
    path = "/apis/apps/v1/namespaces/search/deployments/search-suggest/scale"
    await port.write("PATCH", path, {"spec": {"replicas": 7}}, content_type="application/merge-patch+json")
    with pytest.raises(PlanChanged, match="replicas is 7 now, it was 6"):
        await desk.runner.start(plan)


async def test_change_between_the_check_and_the_call_is_refused_by_the_server(
    desk: WorldDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await desk.deployment("accounts", "sessions")
    plan = await desk.runner.plan("k8s.scale", [row], {"count": "12"})

    async def same(*_: object) -> list[str]:
        return []

    monkeypatch.setattr(type(desk.runner.actions["k8s.scale"]), "differences", same)
    port = desk.hub.clients.kubernetes(row.scope)
    path = "/apis/apps/v1/namespaces/accounts/deployments/sessions/scale"
    await port.write("PATCH", path, {"spec": {"replicas": 11}}, content_type="application/merge-patch+json")
    run = await desk.finish(await desk.runner.start(plan))
    assert run.state is State.BROKEN
    assert "changed meanwhile, so nothing was done" in desk.journal.latest()[0].detail
    assert (await spec(desk, "accounts", "sessions"))["replicas"] == 11


async def test_read_only_writes_nothing(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await WorldDesk.open(running, tmp_path, monkeypatch, read_only=True)
    try:
        await desk.control("POST", "/reset-calls")
        row = await desk.deployment("default", "echo")
        for action, target, values in (
            ("k8s.scale", row, {"count": "7"}),
            ("k8s.restart", row, {}),
            ("k8s.image", row, {"image": "x.example/echo:1"}),
            ("k8s.delete", await desk.pod("default", "app.kubernetes.io/name=echo"), {}),
        ):
            plan = await desk.runner.plan(action, [target], values)
            assert plan.refusal, action
            with pytest.raises(PlanRefused):
                await desk.runner.start(plan)
        port = desk.hub.clients.kubernetes(row.scope)
        path = "/apis/apps/v1/namespaces/default/deployments/echo/scale"
        with pytest.raises(ApiError) as caught:
            await port.write("PATCH", path, {"spec": {"replicas": 7}}, content_type="application/merge-patch+json")
        assert caught.value.trouble is Trouble.READ_ONLY
        written = [name for name in await desk.calls() if WRITES.search(name) and "selfsubject" not in name.lower()]
        assert written == []
    finally:
        await desk.close()
