"""What deploy and roll back share: which services may be deployed to, the plan of one service, the call, the undo.

A service gets either a revision that exists, or one that is registered when the plan runs: the current revision with one
image changed. UpdateService is sent the revision alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct

from tui.actions import autoscaling, shell
from tui.actions.base import Change, Context, Danger, Plan, Record, Step
from tui.actions.command_files import request_file
from tui.actions.effects import duration, resources
from tui.actions.images import READS as IMAGE_READS
from tui.actions.images import check
from tui.actions.owners import aws_owners
from tui.actions.plans import finish, on_failure_of, rights
from tui.actions.redact import difference, masked, secrets_of
from tui.actions.revisions import READS as REVISION_READS
from tui.actions.revisions import images_of, read_whole, register, registration, with_image
from tui.actions.rollout import watch_services
from tui.actions.rollout_tasks import READS as WATCH_READS
from tui.actions.rowwise import Item
from tui.actions.service import (
    ServiceAction,
    labelled,
    locator_of,
    name_in_cluster,
    primary_of,
    replacement_effect,
    short,
    spare_tasks,
    tags_of,
    update_command,
)
from tui.actions.undoing import undo_plan
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.image import ImageRef
from tui.model.row import Row
from tui.model.scope import Key


class Target(Struct, frozen=True, kw_only=True):
    """What one service shall run. ``revision``: an ARN; or ``container`` and ``image`` for a revision to be made."""

    row: Row
    service: Mapping[str, Any]
    revision: str = ""
    container: str = ""
    image: str = ""
    shown: str = ""  # the revision's name, for one to be made the expected one
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()


class Refused(Exception):
    """A target that cannot be, with its sentence."""


async def _nothing() -> str:
    """Where nothing is to be asked."""
    return ""


def controller_refusal(name: str, controller: str) -> str:
    """Why UpdateService may not begin a deployment, empty where it may."""
    if controller == "CODE_DEPLOY":
        return f"{name} is deployed by CodeDeploy: ECS refuses a new deployment here, make one in CodeDeploy"
    if controller == "EXTERNAL":
        return f"{name} is deployed by an external controller through task sets: ECS refuses a new deployment here"
    return ""


def deploy_refusal(name: str, controller: str, scheduling: str) -> str:
    """Why no other revision is deployed to the service, empty where one can be."""
    if scheduling == "DAEMON":
        return (
            f"{name} is a DAEMON service: each instance loses its task before it gets the new one, with no spare beside it; "
            "pierhead does not deploy to daemons, aws ecs update-service does"
        )
    return controller_refusal(name, controller)


class DeployingAction(ServiceAction):
    """Base of deploy and roll back."""

    writes: ClassVar[tuple[str, ...]] = ("ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UpdateService", "iam:PassRole")
    needs = ("ecs:UpdateService",)  # a revision that exists needs no more
    reads = (*ServiceAction.reads, *REVISION_READS, *IMAGE_READS, *WATCH_READS, *autoscaling.READS)

    def unavailable(self, rows: Sequence[Row]) -> str:
        services = [row for row in rows if isinstance(row, ServiceRow)]
        return next((w for row in services if (w := deploy_refusal(row.name, row.controller, row.scheduling))), "")

    async def plan_targets(
        self, rows: Sequence[Row], targets: Sequence[Target], values: Mapping[str, str], context: Context
    ) -> Plan:
        """The whole plan from what each service shall run."""
        single = len(targets) == 1
        effects = [
            word if single else f"{name_in_cluster(t.row)}: {word}" for t in targets for word in replacement_effect(t.service)
        ]
        timed = single and len(effects) == 1 and effects[0].endswith(")")
        spare = [(t.row, t.service, spare_tasks(t.service)) for t in targets if spare_tasks(t.service) > 0]
        # side by side: each is a round trip or two, and somebody waits
        lasts, room, (known, unknown) = await asyncio.gather(
            duration(rows[0], context) if timed else _nothing(),
            resources(spare, context) if spare else _nothing(),
            autoscaling.bounds(rows, context),
        )
        if timed:
            effects[0] += lasts
        effects += [f"meanwhile up to {room.removeprefix(': ')}"] if room else []
        makes = any(t.image for t in targets)
        old = ", ".join(dict.fromkeys(short(str(t.service.get("taskDefinition", ""))) for t in targets))
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(change for t in targets for change in t.changes),
            effects=tuple(effects),
            warnings=(*labelled(rows, [(t.row, _warnings(t, known)) for t in targets]), *unknown),
            diff=tuple(line for t in targets for line in t.diff),
            danger=Danger.CAUTION,
            rights=rights(*(self.writes if makes else ("ecs:UpdateService",))),
            undo=f"U brings back {old}",
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        depends = {
            t.row.key.id: {"taskDefinition": t.service.get("taskDefinition", ""), "status": t.service.get("status", "")}
            for t in targets
        }
        return finish(plan, [_item(t, context) for t in targets], depends, context)

    async def revision_target(self, row: Row, service: Mapping[str, Any], revision: str, context: Context) -> Target:
        """A target for a revision that exists. Raises ``Refused`` and ``ApiError``."""
        current = str(service.get("taskDefinition", ""))
        new, old = await asyncio.gather(self._read(row, revision, context), self._read(row, current, context))
        definition = new["taskDefinition"]
        arn = str(definition.get("taskDefinitionArn", revision))
        if arn == current:
            raise Refused(f"nothing to do: {name_in_cluster(row)} runs {short(current)} already; r makes new tasks of it")
        if definition.get("status", "ACTIVE") != "ACTIVE":
            raise Refused(f"{short(arn)} is {definition['status']}: ECS runs no task of it")
        before, after = images_of(old), images_of(new)
        changes = [Change(f"image of {c}", _short(before.get(c, "-")), _short(i)) for c, i in after.items() if before.get(c) != i]
        warnings = await self._image_words(row, sorted(set(after.values())), definition, context)
        changes.append(Change("task definition", short(current), short(arn), "exists already, D shows the whole diff"))
        diff = difference(registration(old), registration(new), short(current), short(arn))
        return Target(
            row=row, service=service, revision=arn, shown=short(arn), changes=tuple(changes), warnings=warnings, diff=diff
        )

    async def _read(self, row: Row, revision: str, context: Context) -> dict[str, Any]:
        try:
            return await read_whole(row.scope, revision, context)
        except ApiError as error:
            if error.trouble in (Trouble.NOT_FOUND, Trouble.INVALID):
                raise Refused(f"there is no task definition {short(revision)}") from None
            raise

    async def _image_words(
        self, row: Row, images: Sequence[str], definition: Mapping[str, Any], context: Context
    ) -> tuple[str, ...]:
        """Warnings about a revision's images. A missing one does not refuse: ``U`` must bring back what was, whatever it was."""
        architecture = str((definition.get("runtimePlatform") or {}).get("cpuArchitecture", ""))
        words: list[str] = []
        for image in images:
            checked = await check(ImageRef.parse(image), row.scope, context, architecture)
            if checked.refusal:
                words.append(f"{checked.refusal}: its tasks will not start")
            words += [checked.warning] if checked.warning else []
        return tuple(words)

    async def differences(self, plan: Plan, item: Item, context: Context) -> list[str]:
        """As always, and an image that vanished from ECR since the plan."""
        found = await super().differences(plan, item, context)
        if not found and item.detail.get("image"):
            checked = await check(ImageRef.parse(item.detail["image"]), item.row.scope, context)
            found += [checked.refusal] if checked.refusal else []
        return found

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        revision = str(item.detail.get("revision", "")) or await self._register(item, context)
        port = context.clients.aws(item.row.scope)
        try:
            answer = await port.write("ecs", "UpdateService", {**item.locator, "taskDefinition": revision})
        except ApiError as error:
            if item.detail.get("revision"):
                raise
            text = f"{error} ({short(revision)} was registered, the service was not changed)"
            raise ApiError(error.trouble, text, operation=error.operation, code=error.code, hint=error.hint) from None
        deployment = primary_of(answer.get("service") or {})
        return {"taskDefinition": revision, "deployment": deployment.get("id", "")}

    async def _register(self, item: Item, context: Context) -> str:
        """Register the current revision with the one image changed. No value of its environment leaves in an error."""
        whole = await read_whole(item.row.scope, item.before["taskDefinition"], context)
        try:
            request = with_image(registration(whole), item.detail["container"], item.detail["image"])
            return await register(item.row.scope, request, context)
        except ApiError as error:
            text = masked(str(error), secrets_of(whole))
            raise ApiError(error.trouble, text, operation=error.operation, code=error.code, hint=error.hint) from None

    async def arrived(self, item: Item, context: Context) -> Mapping[str, Any] | None:
        facts = await self.current(item.row.scope, item.locator, context)
        runs = facts["taskDefinition"]
        found = {"taskDefinition": runs, "deployment": facts["deployment"]}
        wanted = item.after.get("taskDefinition") or item.detail.get("revision")
        if wanted or runs == item.before["taskDefinition"]:
            return found if runs == wanted else None
        images = images_of(await read_whole(item.row.scope, runs, context))
        return found if item.after.get("image") in images.values() else None

    def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        return watch_services(items, context)

    async def undo(self, record: Record, context: Context) -> Plan | str:
        async def plan(rows: Sequence[Row]) -> Plan:
            return await self.plan(rows, {"revision": str(record.before["taskDefinition"])}, context)

        return await undo_plan(self, record, context, plan)


def _warnings(target: Target, known: Mapping[Key, autoscaling.Bounds]) -> tuple[str, ...]:
    """What is to be minded of one service: its images, who will fight the change, who owns it."""
    scaled = (autoscaling.warning(known[target.row.key]),) if target.row.key in known else ()
    return (*target.warnings, *scaled, *aws_owners(tags_of(target.service)))


def _short(image: str) -> str:
    return ImageRef.parse(image).short if image not in ("", "-") else "-"


def _item(target: Target, context: Context) -> Item:
    locator = locator_of(target.row)
    current = str(target.service.get("taskDefinition", ""))
    update = update_command(context, target.row, task_definition=target.shown)
    after = {"taskDefinition": target.revision} if target.revision else {"image": target.image}
    commands: tuple[str, ...] = (update,)
    if target.image:
        file = f"file://{request_file(context, target.shown)}"
        register_it = shell.aws(context, target.row.scope, "ecs", "register-task-definition", cli_input_json=file)
        commands = (register_it, update)
    return Item(
        row=target.row,
        name=name_in_cluster(target.row),
        locator=locator,
        before={"taskDefinition": current},
        after=after,
        detail={"revision": target.revision, "container": target.container, "image": target.image, "shown": target.shown},
        commands=commands,
    )
