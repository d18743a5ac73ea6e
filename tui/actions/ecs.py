"""Restart an ECS service: a new deployment of the revision that runs, which also pulls a moved tag afresh."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from tui.actions.autoscaling import READS as AUTOSCALING_READS
from tui.actions.autoscaling import Bounds, bounds, warning
from tui.actions.base import Change, Context, Danger, Plan, Record, Step
from tui.actions.deploying import controller_refusal
from tui.actions.owners import aws_owners
from tui.actions.plans import finish, on_failure_of, refuse, rights
from tui.actions.rollout import watch_services
from tui.actions.rollout_tasks import READS as WATCH_READS
from tui.actions.rowwise import Item
from tui.actions.service import (
    ServiceAction,
    absent,
    controller_of,
    describe_rows,
    facts_of,
    labelled,
    locator_of,
    name_in_cluster,
    primary_of,
    replacement_effect,
    short,
    tags_of,
    update_command,
)
from tui.model.ecs import ServiceRow
from tui.model.row import Row
from tui.model.scope import Key


class RestartService(ServiceAction):
    """``r`` on services: new tasks of the same revision, UpdateService with ``forceNewDeployment``."""

    id = "ecs.restart"
    title = "Restart"
    key = "r"
    reversible = False
    confirm_title = "Restart"
    writes = ("ecs:UpdateService",)
    reads = (*ServiceAction.reads, *AUTOSCALING_READS, *WATCH_READS)

    def unavailable(self, rows: Sequence[Row]) -> str:
        services = [row for row in rows if isinstance(row, ServiceRow)]
        return next((word for row in services if (word := controller_refusal(row.name, row.controller))), "")

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        services = await describe_rows(rows, context)
        for row in rows:
            refusal = absent(row, services.get(row.key)) or controller_refusal(row.name, controller_of(services[row.key]))
            if refusal:
                return refuse(self, rows, refusal)
        known, warnings = await bounds(rows, context)
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(_change(rows, row, short(str(services[row.key].get("taskDefinition", "")))) for row in rows),
            effects=tuple(word for row in rows for word in _labelled(rows, row, replacement_effect(services[row.key]))),
            warnings=(*labelled(rows, [(row, _warnings(row, services[row.key], known)) for row in rows]), *warnings),
            danger=Danger.CAUTION,
            rights=rights(*self.writes),
            undo="a restart cannot be taken back; nothing but the tasks changes",
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        items = [_item(row, services[row.key], context) for row in rows]
        depends = {
            row.key.id: {name: facts_of(services[row.key])[name] for name in ("taskDefinition", "deploymentController", "status")}
            for row in rows
        }
        return finish(plan, items, depends, context)

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        params = {**item.locator, "forceNewDeployment": True}
        answer = await context.clients.aws(item.row.scope).write("ecs", "UpdateService", params)
        return {"deployment": primary_of(answer.get("service") or {}).get("id", "")}

    async def arrived(self, item: Item, context: Context) -> Mapping[str, Any] | None:
        facts = await self.current(item.row.scope, item.locator, context)
        begun = facts["deployment"] and facts["deployment"] != item.before["deployment"]
        return {"deployment": facts["deployment"]} if begun else None

    def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        return watch_services(items, context)

    async def undo(self, record: Record, context: Context) -> Plan | str:
        return "a restart cannot be taken back: nothing but the tasks was changed"


def _warnings(row: Row, service: Mapping[str, Any], known: Mapping[Key, Bounds]) -> tuple[str, ...]:
    scaled = (warning(known[row.key]),) if row.key in known else ()
    return (*scaled, *aws_owners(tags_of(service)))


def _change(rows: Sequence[Row], row: Row, revision: str) -> Change:
    label = "task definition" if len(rows) == 1 else name_in_cluster(row)
    return Change(label, revision, revision, "the same revision, new tasks")


def _labelled(rows: Sequence[Row], row: Row, words: Sequence[str]) -> list[str]:
    return list(words) if len(rows) == 1 else [f"{name_in_cluster(row)}: {word}" for word in words]


def _item(row: Row, service: Mapping[str, Any], context: Context) -> Item:
    locator = locator_of(row)
    command = update_command(context, row, force_new_deployment="")
    facts = facts_of(service)
    return Item(
        row=row,
        name=name_in_cluster(row),
        locator=locator,
        before={"taskDefinition": facts["taskDefinition"], "deployment": facts["deployment"]},
        after={"taskDefinition": facts["taskDefinition"]},
        commands=(command,),
    )
