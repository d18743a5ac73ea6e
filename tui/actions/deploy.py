"""Deploy to an ECS service (an image, or a revision that exists), and roll back to the last good revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.actions.base import Change, Context, Field, InputError, Plan
from tui.actions.deploying import DeployingAction, Refused, Target, deploy_refusal
from tui.actions.images import check, choices, resolve
from tui.actions.plans import refuse
from tui.actions.redact import difference
from tui.actions.revisions import (
    family_revisions,
    images_of,
    last_good,
    main_container,
    read_whole,
    registration,
    unknown_words,
    with_image,
)
from tui.actions.service import absent, controller_of, describe_rows, name_in_cluster, short
from tui.model.image import ImageRef
from tui.model.row import Row

#: the word for ``revision`` that means the last revision that ran well
LAST_GOOD = "last-good"


class Deploy(DeployingAction):
    """``i`` on services. Values: ``image`` (with ``container``), or ``revision`` (``checkout:41``, an ARN, ``last-good``)."""

    id = "ecs.deploy"
    title = "Deploy"
    key = "i"
    confirm_title = "Deploy"

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        row = rows[0]
        service = (await describe_rows([row], context)).get(row.key)
        if service is None or not service.get("taskDefinition"):
            return ()  # gone, or its task sets have their own revisions: the plan says so
        whole = await read_whole(row.scope, str(service["taskDefinition"]), context)
        images = images_of(whole)
        chosen = main_container(whole, service)
        current = ImageRef.parse(images.get(chosen, ""))
        fields = [_image_field(current, await choices(current, row.scope, context))]
        if len(images) > 1:
            names = tuple((name, f"{name}  {ImageRef.parse(image).short}") for name, image in images.items())
            fields.insert(0, Field(id="container", label="container", kind="choice", default=chosen, choices=names))
        if len(rows) == 1:
            fields.append(await _revision_field(row, service, context, "or a revision", default=""))
        return tuple(fields)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        services = await describe_rows(rows, context)
        try:
            targets = [await self._target(row, services.get(row.key), values, context) for row in rows]
        except Refused as refusal:
            return refuse(self, rows, str(refusal), input=dict(values))
        return await self.plan_targets(rows, targets, values, context)

    async def _target(self, row: Row, service: Mapping[str, Any] | None, values: Mapping[str, str], context: Context) -> Target:
        if service is None or absent(row, service):
            raise Refused(absent(row, service))
        refusal = deploy_refusal(row.name, controller_of(service), str(service.get("schedulingStrategy") or "REPLICA"))
        if refusal:
            raise Refused(refusal)
        if not values.get("image", "").strip() and not values.get("revision", "").strip():
            raise InputError("image", "choose an image, or a revision that exists")
        revision = values.get("revision", "").strip()
        if revision == LAST_GOOD:
            revision = await last_good(row, service, context)
            if not revision:
                raise Refused(f"no revision of {name_in_cluster(row)} is known to have run well before this one")
        if revision:
            await _one_of_two(row, service, values, context)
            return await self.revision_target(row, service, qualified(revision, service), context)
        return await self._image_target(row, service, values, context)

    async def _image_target(self, row: Row, service: Mapping[str, Any], values: Mapping[str, str], context: Context) -> Target:
        """A target for a revision that is the current one with another image."""
        current = str(service["taskDefinition"])
        whole = await read_whole(row.scope, current, context)
        images = images_of(whole)
        container = values.get("container", "").strip() or main_container(whole, service)
        if container not in images:
            raise InputError("container", f"{short(current)} has no container {container!r}; allowed: {', '.join(images)}")
        old = ImageRef.parse(images[container])
        new = resolve(values["image"], old)
        if new.text == old.text:
            raise Refused(f"nothing to do: {container} runs {old.short} already; r makes new tasks of it")
        request = registration(whole)
        unknown = context.clients.aws(row.scope).unknown_members("ecs", "RegisterTaskDefinitionRequest", request)
        if unknown:
            raise Refused(unknown_words(unknown))
        architecture = str((whole["taskDefinition"].get("runtimePlatform") or {}).get("cpuArchitecture", ""))
        checked = await check(new, row.scope, context, architecture)
        if checked.refusal:
            raise Refused(checked.refusal)
        shown, newest_words = await _expected(row, current, context)
        return Target(
            row=row,
            service=service,
            container=container,
            image=new.text,
            shown=shown,
            changes=(
                Change("image" if len(images) == 1 else f"image of {container}", old.short, new.short, checked.note),
                Change("task definition", short(current), shown, "new: only the image changes, D shows the whole diff"),
            ),
            warnings=tuple(word for word in (checked.warning, newest_words) if word),
            diff=difference(request, with_image(request, container, new.text), short(current), shown),
        )


class RollBack(DeployingAction):
    """Roll a service back: to the last revision that ran well, or to one that is chosen."""

    id = "ecs.rollback"
    title = "Roll back"
    key = "ctrl+u"
    confirm_title = "Roll back"
    writes = ("ecs:UpdateService",)

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        if len(rows) > 1:
            return ()
        service = (await describe_rows(rows, context)).get(rows[0].key)
        if service is None or not service.get("taskDefinition"):
            return ()
        good = await last_good(rows[0], service, context)
        return (await _revision_field(rows[0], service, context, "revision", default=short(good)),)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        services = await describe_rows(rows, context)
        targets: list[Target] = []
        for row in rows:
            service = services.get(row.key)
            if service is None or absent(row, service):
                return refuse(self, rows, absent(row, service))
            refusal = deploy_refusal(row.name, controller_of(service), str(service.get("schedulingStrategy") or "REPLICA"))
            if refusal:
                return refuse(self, rows, refusal)
            chosen = values.get("revision", "").strip() or await last_good(row, service, context)
            if not chosen:
                return refuse(self, rows, f"{name_in_cluster(row)} has no earlier revision to go back to")
            try:
                targets.append(await self.revision_target(row, service, qualified(chosen, service), context))
            except Refused as why:
                return refuse(self, rows, str(why), input=dict(values))
        return await self.plan_targets(rows, targets, values, context)


def qualified(revision: str, service: Mapping[str, Any]) -> str:
    """``41`` or ``:41`` with the family of the service's own revision; anything else as it is. Raises ``InputError``."""
    text = revision.strip()
    bare = text.removeprefix(":")
    if bare.isascii() and bare.isdigit():
        return f"{short(str(service.get('taskDefinition', ''))).rpartition(':')[0]}:{int(bare)}"
    if not text.isprintable() or any(c.isspace() for c in text) or not text.isascii() or len(text) > 512:
        raise InputError("revision", "not a revision: family:number, a number, or an ARN")
    return text


async def _one_of_two(row: Row, service: Mapping[str, Any], values: Mapping[str, str], context: Context) -> None:
    """A form has both fields; an image that was changed beside a revision would be lost silently. Raises ``InputError``."""
    typed = values.get("image", "").strip()
    if not typed:
        return
    whole = await read_whole(row.scope, str(service["taskDefinition"]), context)
    old = ImageRef.parse(images_of(whole).get(values.get("container", "").strip() or main_container(whole, service), ""))
    if resolve(typed, old).text != old.text:
        raise InputError("revision", "choose another image, or a revision that exists, not both")


async def _expected(row: Row, current: str, context: Context) -> tuple[str, str]:
    """The name that the new revision will have, and a warning where a newer one than the current exists."""
    family, _, number = short(current).rpartition(":")
    newest = await family_revisions(row.scope, family, context, limit=1)
    last = int(short(newest[0]).rpartition(":")[2]) if newest else int(number)
    words = ""
    if newest and newest[0] != current and last > int(number):
        words = f"the newest revision is {family}:{last}; the new one is made from {short(current)}, which runs"
    return f"{family}:{max(last, int(number)) + 1}", words


def _image_field(current: ImageRef, tags: tuple[tuple[str, str], ...]) -> Field:
    return Field(
        id="image",
        label="image",
        kind="text",
        default=current.tag or current.digest,
        choices=tags,
        help="tag, digest or repository:tag",
    )


async def _revision_field(row: Row, service: Mapping[str, Any], context: Context, label: str, default: str) -> Field:
    current = str(service.get("taskDefinition", ""))
    family = short(current).rpartition(":")[0]
    arns = await family_revisions(row.scope, family, context)
    offered = tuple((short(arn), short(arn) + ("  runs now" if arn == current else "")) for arn in arns)
    return Field(id="revision", label=label, kind="text", default=default, choices=offered)
