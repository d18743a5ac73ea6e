"""Set the image of a container of a Kubernetes Deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from tui.actions import pod_scaling, shell
from tui.actions.base import Change, Context, Danger, Field, InputError, Plan, Record
from tui.actions.images import READS as IMAGE_READS
from tui.actions.images import Checked, check, choices, resolve
from tui.actions.kubernetes import paused, rollout_effect
from tui.actions.plans import finish, on_failure_of, refuse
from tui.actions.rowwise import Item, as_before
from tui.actions.undoing import undo_plan
from tui.actions.workloads import (
    WorkloadAction,
    denied,
    facts_of,
    images_of,
    locator_of,
    owners,
    patch,
    read,
    read_rows,
    rights_of,
    shown,
)
from tui.model.image import ImageRef
from tui.model.row import Row
from tui.model.scope import Scope


class SetImage(WorkloadAction):
    """``i`` on deployments. Values: ``image`` (a tag, a digest or a reference), ``container`` where there are several."""

    id = "k8s.image"
    title = "Set image"
    key = "i"
    confirm_title = "Deploy"
    writes = ("k8s:patch apps/deployments",)
    reads = (*WorkloadAction.reads, *IMAGE_READS)

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        found = await read(rows[0].scope, locator_of(rows[0]), context)
        images = images_of(found)
        chosen = next(iter(images), "")
        current = ImageRef.parse(images.get(chosen, ""))
        tags = await choices(current, rows[0].scope, context)
        words = "tag, digest or repository:tag"
        fields = [Field(id="image", label="image", default=current.tag or current.digest, choices=tags, help=words)]
        if len(images) > 1:
            names = tuple((name, f"{name}  {ImageRef.parse(image).short}") for name, image in images.items())
            fields.insert(0, Field(id="container", label="container", kind="choice", default=chosen, choices=names))
        return tuple(fields)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        if not values.get("image", "").strip():
            raise InputError("image", "choose an image")
        found = await read_rows(rows, context)
        picks: dict[str, Pick] = {}
        for row in rows:
            picked = await _pick(row, found[row.key.id], values, context)
            if isinstance(picked, str):
                return refuse(self, rows, picked, input=dict(values))
            picks[row.key.id] = picked
        wanted = [("patch", "apps", "deployments", locator_of(row)["namespace"]) for row in rows]
        rights = await rights_of(context.clients.kubernetes(rows[0].scope), wanted)
        known, unknown = await pod_scaling.autoscalers(rows, context)
        warnings = [*unknown, *(pod_scaling.warning(*found_) for found_ in known.values())]
        warnings += [word for one in found.values() for word in owners(one)]
        warnings += [pick.checked.warning for pick in picks.values() if pick.checked.warning]
        warnings += [paused(row.name) for row in rows if facts_of(found[row.key.id])["paused"]]
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(
                Change(_label(rows, row, pick), pick.old.short, pick.new.short, pick.checked.note)
                for row, pick in zip(rows, picks.values(), strict=True)
            ),
            effects=tuple(word for one in found.values() for word in rollout_effect(one)),
            warnings=tuple(warnings),
            danger=Danger.CAUTION,
            rights=rights,
            refusal=denied(rights),
            undo=f"U brings back {as_before([pick.old.short for pick in picks.values()])}",
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        items = [_image_item(row, found[row.key.id], picks[row.key.id], context) for row in rows]
        return finish(plan, items, {uid: {"images": images_of(one)} for uid, one in found.items()}, context)

    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        facts = dict(await super().current(scope, locator, context))
        # one container's image under its own name, so that a record can be compared with what runs
        facts |= {f"image of {container}": image for container, image in facts["images"].items()}
        return facts

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        index, container = item.detail["index"], item.detail["container"]
        path = f"/spec/template/spec/containers/{index}"
        operations = [
            {"op": "test", "path": f"{path}/name", "value": container},
            {"op": "test", "path": f"{path}/image", "value": item.before[f"image of {container}"]},
            {"op": "replace", "path": f"{path}/image", "value": item.after[f"image of {container}"]},
        ]
        await patch(item, operations, context)
        return {}

    async def undo(self, record: Record, context: Context) -> Plan | str:
        name = next(name for name in record.before if name.startswith("image of "))
        values = {"container": name.removeprefix("image of "), "image": str(record.before[name])}

        async def plan(rows: Sequence[Row]) -> Plan:
            return await self.plan(rows, values, context)

        return await undo_plan(self, record, context, plan)


class Pick(Struct, frozen=True):
    """The container and image of one row's plan."""

    container: str
    old: ImageRef
    new: ImageRef
    checked: Checked


async def _pick(row: Row, found: Mapping[str, Any], values: Mapping[str, str], context: Context) -> Pick | str:
    """Which container gets which image, or why none does."""
    images = images_of(found)
    container = values.get("container", "").strip() or next(iter(images), "")
    if container not in images:
        raise InputError("container", f"{row.name} has no container {container!r}; allowed: {', '.join(images)}")
    old = ImageRef.parse(images[container])
    new = resolve(values["image"], old)
    if new.text == old.text:
        return f"nothing to do: {container} of {row.name} runs {old.short} already; r makes new pods of it"
    checked = await check(new, row.scope, context)
    return checked.refusal or Pick(container, old, new, checked)


def _label(rows: Sequence[Row], row: Row, pick: Pick) -> str:
    return f"image of {pick.container}" if len(rows) == 1 else f"{shown(locator_of(row))} {pick.container}"


def _image_item(row: Row, found: Mapping[str, Any], pick: Pick, context: Context) -> Item:
    locator = locator_of(row)
    words = ("set", "image", f"deployment/{locator['name']}", f"{pick.container}={pick.new.text}")
    return Item(
        row=row,
        name=shown(locator),
        locator=locator,
        before={f"image of {pick.container}": pick.old.text, "revision": facts_of(found)["revision"]},
        after={f"image of {pick.container}": pick.new.text},
        detail={"container": pick.container, "index": list(images_of(found)).index(pick.container)},
        commands=(shell.kubectl(context, row.scope, locator["namespace"], *words),),
    )
