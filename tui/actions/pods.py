"""Delete Kubernetes pods: CAUTION where a controller makes another, DESTRUCTIVE where nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from tui.actions import shell
from tui.actions.base import Change, Context, Danger, Plan, Record, Step
from tui.actions.owners import kubernetes_owners
from tui.actions.plans import finish, on_failure_of, plural, refuse
from tui.actions.rollout import HOPELESS, pace
from tui.actions.rowwise import Item, RowAction
from tui.actions.workloads import conditional, denied, locator_of, rights_of, shown
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State


class DeletePod(RowAction):
    """``ctrl+d`` on pods."""

    id = "k8s.delete"
    title = "Delete"
    key = "ctrl+d"
    kinds = ("pods",)
    reversible = False
    confirm_title = "Delete"
    writes = ("k8s:delete pods",)
    reads = ("k8s:get pods",)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        pods: dict[str, dict[str, Any]] = {}
        for row in rows:
            try:
                pods[row.key.id] = await _read(row.scope, locator_of(row), context)
            except ApiError as error:
                if error.trouble is Trouble.NOT_FOUND:
                    return refuse(self, rows, f"pod {row.name} does not exist any more")
                raise
        alone = [row for row in rows if not _controller(pods[row.key.id])]
        wanted = [("delete", "", "pods", locator_of(row)["namespace"]) for row in rows]
        rights = await rights_of(context.clients.kubernetes(rows[0].scope), wanted)
        plan = Plan(
            action=self.id,
            title="Delete pod" if len(rows) == 1 else f"Delete {len(rows)} pods",
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(_change(row, pods[row.key.id]) for row in rows),
            effects=_effects(rows, pods),
            warnings=_warnings(rows, pods),
            danger=Danger.DESTRUCTIVE if alone else Danger.CAUTION,
            rights=rights,
            refusal=denied(rights),
            undo="a deleted pod does not come back" + ("" if alone else "; its controller makes another"),
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        items = [_item(row, pods[row.key.id], context) for row in rows]
        return finish(plan, items, {uid: {"deleting": False} for uid in pods}, context)

    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        pod = await _read(scope, locator, context)
        return {"deleting": bool(pod["metadata"].get("deletionTimestamp"))}

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        port = context.clients.kubernetes(item.row.scope)
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": {"uid": item.locator["uid"]}}
        await conditional(port, "DELETE", _path(item.locator), body, "application/json")
        return {}

    async def arrived(self, item: Item, context: Context) -> Mapping[str, Any] | None:
        try:
            facts = await self.current(item.row.scope, item.locator, context)
        except ApiError as error:
            if error.trouble is Trouble.NOT_FOUND:
                return {"deleting": True}
            raise
        return facts if facts["deleting"] else None

    async def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        left = {item.row.key: item for item in items}
        told: set[Key] = set()
        began = context.clock.now()
        while left:
            await context.clock.sleep(pace(context.clock.now() - began, context))
            for key, item in tuple(left.items()):
                step = await _gone(item, told, context)
                if step is not None:
                    yield step
                if step is not None and step.final:
                    del left[key]

    async def undo(self, record: Record, context: Context) -> Plan | str:
        return "a deleted pod does not come back: its controller makes another, a bare one is applied anew"


async def _gone(item: Item, told: set[Key], context: Context) -> Step | None:
    """One look at a pod that was told to go."""
    now, key = context.clock.now(), item.row.key
    try:
        await _read(item.row.scope, item.locator, context)
    except ApiError as error:
        if error.trouble is Trouble.NOT_FOUND:
            return Step(time=now, text=f"{item.name} is gone", target=key, state=State.WELL, status="COMPLETED", final=True)
        hopeless = error.trouble in HOPELESS
        return Step(time=now, text=f"cannot be read now: {error}", target=key, state=State.DEGRADED, final=hopeless)
    if key in told:
        return None
    told.add(key)
    return Step(time=now, text=f"{item.name} is terminating", target=key, status="IN_PROGRESS")


def _path(locator: Mapping[str, str]) -> str:
    return f"/api/v1/namespaces/{locator['namespace']}/pods/{locator['name']}"


async def _read(scope: Scope, locator: Mapping[str, str], context: Context) -> dict[str, Any]:
    """The pod; ``NOT_FOUND`` where it is gone, or another one has its name."""
    pod = await context.clients.kubernetes(scope).get(_path(locator))
    if pod["metadata"].get("uid") != locator["uid"]:
        raise ApiError(Trouble.NOT_FOUND, f"pod {shown(locator)} was deleted; another one has its name now")
    return pod


def _controller(pod: Mapping[str, Any]) -> str:
    """``ReplicaSet cart-7f9c``: what makes another pod; empty where nothing does. A node's mirror pod counts as alone."""
    for owner in (pod.get("metadata") or {}).get("ownerReferences") or []:
        if owner.get("controller") and owner.get("kind") != "Node":
            return f"{owner.get('kind')} {owner.get('name')}"
    return ""


def _change(row: Row, pod: Mapping[str, Any]) -> Change:
    phase = str((pod.get("status") or {}).get("phase", ""))
    return Change(shown(locator_of(row)), phase, "deleted", _controller(pod) or "no controller")


def _effects(rows: Sequence[Row], pods: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    graces = {int((pod.get("spec") or {}).get("terminationGracePeriodSeconds", 30)) for pod in pods.values()}
    words = [f"its containers get SIGTERM, then SIGKILL after {max(graces)}s; a disruption budget is not asked"]
    owners = sorted({_controller(pod) for pod in pods.values()} - {""})
    if owners:
        words.insert(0, f"{', '.join(owners)} makes {'another' if len(rows) == 1 else 'others'}")
    alone = sum(1 for pod in pods.values() if not _controller(pod))
    if alone:
        words.insert(0, f"{plural(alone, 'pod')} without a controller: nothing makes another")
    return tuple(words)


def _warnings(rows: Sequence[Row], pods: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    words: list[str] = []
    for row in rows:
        metadata = pods[row.key.id].get("metadata") or {}
        if any(owner.get("kind") == "Node" for owner in metadata.get("ownerReferences") or []):
            words.append(f"{row.name} mirrors a static pod of its node: the kubelet goes on running it")
        if metadata.get("deletionTimestamp"):
            words.append(f"{row.name} is being deleted already")
        if not _controller(pods[row.key.id]):
            words += kubernetes_owners(metadata.get("labels") or {}, metadata.get("annotations") or {})
    return tuple(words)


def _item(row: Row, pod: Mapping[str, Any], context: Context) -> Item:
    locator = locator_of(row)
    return Item(
        row=row,
        name=f"pod {shown(locator)}",
        locator=locator,
        before={"controller": _controller(pod), "node": (pod.get("spec") or {}).get("nodeName", "")},
        after={"deleting": True},
        commands=(shell.kubectl(context, row.scope, locator["namespace"], "delete", "pod", locator["name"]),),
    )
