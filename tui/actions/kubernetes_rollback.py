"""Roll a Kubernetes Deployment back to an earlier revision, whose template its replica set keeps."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tui.actions import pod_scaling, shell
from tui.actions.base import Change, Context, Danger, Field, Plan, Record
from tui.actions.kubernetes import paused, rollout_effect
from tui.actions.plans import finish, refuse
from tui.actions.redact import difference
from tui.actions.rowwise import Item
from tui.actions.undoing import undo_plan
from tui.actions.workloads import (
    RESTARTED,
    REVISION,
    WorkloadAction,
    denied,
    facts_of,
    images_of,
    locator_of,
    owners,
    patch,
    read,
    rights_of,
    shown,
)
from tui.model.image import ImageRef
from tui.model.kubernetes import DeploymentRow
from tui.model.row import Row


class RollBackDeployment(WorkloadAction):
    """Roll a Deployment back, as ``kubectl rollout undo``: the template of an earlier replica set comes back."""

    id = "k8s.rollback"
    title = "Roll back"
    key = "ctrl+u"
    confirm_title = "Roll back"
    bulk = False
    writes = ("k8s:patch apps/deployments",)
    reads = (*WorkloadAction.reads, "k8s:list apps/replicasets")

    def unavailable(self, rows: Sequence[Row]) -> str:
        return next((paused(row.name) for row in rows if isinstance(row, DeploymentRow) and row.paused), "")

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        found = await read(rows[0].scope, locator_of(rows[0]), context)
        sets = await _history(rows[0], found, context)
        now = facts_of(found)["revision"]
        offered = tuple((number, f"{number}  {_images_words(one)}{_same(number, one, found)}") for number, one in sets.items())
        default = _before(now, sets, found)
        return (Field(id="revision", label="revision", default=default, choices=offered),)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        row = rows[0]
        found = await read(row.scope, locator_of(row), context)
        facts = facts_of(found)
        sets = await _history(row, found, context)
        chosen = values.get("revision", "").strip() or _before(facts["revision"], sets, found)
        why = _history_refusal(row, chosen, sets, facts)
        if why:
            return refuse(self, rows, why, input=dict(values))
        rights = await rights_of(
            context.clients.kubernetes(row.scope), [("patch", "apps", "deployments", locator_of(row)["namespace"])]
        )
        known, unknown = await pod_scaling.autoscalers(rows, context)
        template = _template(sets[chosen])
        old_images, new_images = images_of(found), images_of({"spec": {"template": template}})
        changes = [
            Change(f"image of {c}", ImageRef.parse(old_images.get(c, "-")).short, ImageRef.parse(i).short)
            for c, i in new_images.items()
            if old_images.get(c) != i
        ]
        changes.append(
            Change("revision", str(facts["revision"]), chosen, "comes back under a new number, D shows the whole diff")
        )
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=row.scope,
            changes=tuple(changes),
            effects=rollout_effect(found),
            warnings=(*(pod_scaling.warning(*found_) for found_ in known.values()), *unknown, *owners(found)),
            diff=difference(found["spec"]["template"], template, f"revision {facts['revision']}", f"revision {chosen}"),
            danger=Danger.CAUTION,
            rights=rights,
            refusal=denied(rights),
            undo=f"U brings back revision {facts['revision']}",
            input={**values, "revision": chosen},
        )
        depends = {row.key.id: {"revision": facts["revision"], "paused": False}}
        return finish(plan, [_rollback_item(row, facts, chosen, new_images, context)], depends, context)

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        found = await read(item.row.scope, item.locator, context)
        sets = await _history(item.row, found, context)
        annotation = REVISION.replace("/", "~1")
        operations = [
            {"op": "test", "path": f"/metadata/annotations/{annotation}", "value": item.before["revision"]},
            {"op": "replace", "path": "/spec/template", "value": _template(sets[item.detail["revision"]])},
        ]
        await patch(item, operations, context)
        return {}

    async def arrived(self, item: Item, context: Context) -> Mapping[str, Any] | None:
        facts = await self.current(item.row.scope, item.locator, context)
        changed = facts["revision"] != item.before["revision"] and facts["images"] == item.after["images"]
        return {"images": facts["images"]} if changed else None

    async def undo(self, record: Record, context: Context) -> Plan | str:
        async def plan(rows: Sequence[Row]) -> Plan:
            return await self.plan(rows, {"revision": str(record.before["revision"])}, context)

        return await undo_plan(self, record, context, plan)


async def _history(row: Row, found: Mapping[str, Any], context: Context) -> dict[str, dict[str, Any]]:
    """Revision number to replica set, newest first."""
    path = f"/apis/apps/v1/namespaces/{locator_of(row)['namespace']}/replicasets"
    labels = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    query = {"labelSelector": ",".join(f"{k}={v}" for k, v in sorted(labels.items()))} if labels else None
    answer = await context.clients.kubernetes(row.scope).get(path, query)
    uid = found["metadata"]["uid"]
    sets: dict[str, dict[str, Any]] = {}
    for one in answer.get("items") or []:
        metadata = one.get("metadata") or {}
        number = (metadata.get("annotations") or {}).get(REVISION, "")
        if number and any(owner.get("uid") == uid for owner in metadata.get("ownerReferences") or []):
            sets[number] = one
    return dict(sorted(sets.items(), key=lambda pair: int(pair[0]) if pair[0].isdigit() else 0, reverse=True))


def _before(now: str, sets: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """The newest revision that would make other pods; a mere restart made the same ones, and is nothing to go back to."""
    older = [number for number in sets if number != now]
    present = _plain(found["spec"]["template"])
    return next((number for number in older if _plain(_template(sets[number])) != present), older[0] if older else "")


def _same(number: str, replica_set: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    if number == facts_of(found)["revision"]:
        return "  runs now"
    return "  the same as runs now" if _plain(_template(replica_set)) == _plain(found["spec"]["template"]) else ""


def _plain(template: Mapping[str, Any]) -> dict[str, Any]:
    """A pod template without the annotation that a restart leaves."""
    plain = copy.deepcopy(dict(template))
    annotations = (plain.get("metadata") or {}).get("annotations") or {}
    annotations.pop(RESTARTED, None)
    if not annotations:
        (plain.get("metadata") or {}).pop("annotations", None)
    (plain.get("metadata") or {}).pop("creationTimestamp", None)
    return plain


def _history_refusal(row: Row, chosen: str, sets: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    if facts["paused"]:
        return paused(row.name)
    if not chosen:
        return f"{row.name} has no earlier revision to go back to"
    if chosen == facts["revision"]:
        return f"nothing to do: {row.name} runs revision {chosen} already"
    if chosen not in sets:
        return f"{row.name} has no revision {chosen[:24]!r}; there are {', '.join(sets) or 'none'}"
    return ""


def _template(replica_set: Mapping[str, Any]) -> dict[str, Any]:
    """The pod template of a replica set without the label that the Deployment controller adds."""
    template: dict[str, Any] = copy.deepcopy(replica_set["spec"]["template"])
    (template.get("metadata") or {}).get("labels", {}).pop("pod-template-hash", None)
    return template


def _images_words(replica_set: Mapping[str, Any]) -> str:
    return ", ".join(ImageRef.parse(image).short for image in images_of(replica_set).values())


def _rollback_item(row: Row, facts: Mapping[str, Any], chosen: str, images: Mapping[str, str], context: Context) -> Item:
    locator = locator_of(row)
    words = ("rollout", "undo", f"deployment/{locator['name']}", f"--to-revision={chosen}")
    return Item(
        row=row,
        name=shown(locator),
        locator=locator,
        before={"revision": facts["revision"], "images": facts["images"]},
        after={"images": dict(images)},
        detail={"revision": chosen},
        commands=(shell.kubectl(context, row.scope, locator["namespace"], *words),),
    )
