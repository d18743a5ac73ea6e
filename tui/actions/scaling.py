"""Scale an ECS service: UpdateService with the desired count alone (which never needs iam:PassRole), and where Application
Auto Scaling keeps the service within bounds, raise its maximum (RegisterScalableTarget with the maximum alone)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions import autoscaling, shell
from tui.actions.base import Change, Context, Danger, Field, InputError, Plan, Record, Step
from tui.actions.effects import READS as EFFECT_READS
from tui.actions.effects import resources
from tui.actions.owners import aws_owners
from tui.actions.plans import count_of, finish, on_failure_of, plural, refuse, rights
from tui.actions.rollout import watch_services
from tui.actions.room import shortages
from tui.actions.rowwise import Item, as_before
from tui.actions.service import (
    QUOTA_WORDS,
    TASKS_IN_A_SERVICE,
    ServiceAction,
    absent,
    describe_rows,
    labelled,
    locator_of,
    name_in_cluster,
    tags_of,
    update_command,
)
from tui.actions.undoing import undo_plan
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError
from tui.model.row import Row
from tui.model.scope import Key

RAISE = "application-autoscaling:RegisterScalableTarget"


class ScaleService(ServiceAction):
    """``s`` on services."""

    id = "ecs.scale"
    title = "Scale"
    key = "s"
    confirm_title = "Scale"
    writes = ("ecs:UpdateService", RAISE)
    needs = ("ecs:UpdateService",)
    reads = (*ServiceAction.reads, *autoscaling.READS, *EFFECT_READS)

    def unavailable(self, rows: Sequence[Row]) -> str:
        daemons = [row.name for row in rows if isinstance(row, ServiceRow) and row.scheduling == "DAEMON"]
        return daemon_refusal(daemons[0]) if daemons else ""

    async def form(self, rows: Sequence[Row], context: Context) -> tuple[Field, ...]:
        counts = {row.desired for row in rows if isinstance(row, ServiceRow)}
        default = str(counts.pop()) if len(counts) == 1 else ""
        label = "tasks wanted" if len(rows) == 1 else f"tasks wanted by each of {len(rows)} services"
        target = autoscaling.known_target(rows[0], context) if len(rows) == 1 else None
        kept = f"autoscaling keeps it between {target.minimum} and {target.maximum}" if target is not None else ""
        fields = [Field(id="count", label=label, kind="int", default=default, maximum=TASKS_IN_A_SERVICE, minimum=0, help=kept)]
        if target is not None:
            low, most, now = max(1, target.minimum), TASKS_IN_A_SERVICE, str(target.maximum)
            label = "autoscaling's maximum"
            fields.append(Field(id="maximum", label=label, kind="int", default=now, minimum=low, maximum=most))
        return tuple(fields)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        count = count_of(values.get("count", ""), "count", TASKS_IN_A_SERVICE, QUOTA_WORDS)
        typed = values.get("maximum", "").strip()
        maximum = count_of(typed, "maximum", TASKS_IN_A_SERVICE, QUOTA_WORDS) if typed else None
        return await self.plan_counts(rows, {row.key.id: count for row in rows}, values, context, maximum)

    async def plan_counts(
        self,
        rows: Sequence[Row],
        counts: Mapping[str, int],
        values: Mapping[str, str],
        context: Context,
        maximum: int | None = None,
    ) -> Plan:
        """The plan for a count of its own for each row (by key id): what an undo in bulk needs. ``maximum``: for the
        autoscaling of a single row."""
        services = await describe_rows(rows, context)
        for row in rows:
            refusal = absent(row, services.get(row.key))
            if refusal:
                return refuse(self, rows, refusal)
            if services[row.key].get("schedulingStrategy") == "DAEMON":
                return refuse(self, rows, daemon_refusal(row.name))
        known, warnings = await autoscaling.bounds(rows, context)
        raised = _raised(rows, known, maximum)
        known = {**known, **{key: bound for key, (_, bound) in raised.items()}}
        old = {row.key.id: int(services[row.key].get("desiredCount", 0)) for row in rows}
        if all(old[row.key.id] == counts[row.key.id] for row in rows) and not raised:
            return refuse(self, rows, f"nothing to do: {plural(counts[rows[0].key.id], 'task')} wanted already")
        growing = [
            (row, services[row.key], counts[row.key.id] - old[row.key.id]) for row in rows if counts[row.key.id] > old[row.key.id]
        ]
        short = shortages([row.key for row, _, _ in growing], context)
        said = ((row, [*short.get(row.key, ()), *_warnings(row, services[row.key], counts[row.key.id], known)]) for row in rows)
        items = [_item(row, old[row.key.id], counts[row.key.id], raised.get(row.key), context) for row in rows]
        plan = Plan(
            action=self.id,
            title=self.title,
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=(
                *(_change(row, rows, old[row.key.id], counts[row.key.id]) for row in rows),
                *(Change("scaling maximum", str(before), str(now.maximum)) for before, now in raised.values()),
            ),
            effects=_effects([(old[row.key.id], counts[row.key.id]) for row in rows], await resources(growing, context)),
            warnings=(*labelled(rows, said), *warnings),
            danger=_danger([(old[row.key.id], counts[row.key.id], known.get(row.key)) for row in rows]),
            rights=rights(*(self.writes if raised else self.needs)),
            undo=f"U brings back {as_before([str(old[row.key.id]) for row in rows])}"
            + "".join(f" and the maximum of {before}" for before, _ in raised.values()),
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        depends = {
            row.key.id: {
                "desiredCount": old[row.key.id],
                "schedulingStrategy": "REPLICA",
                "status": services[row.key].get("status"),
            }
            for row in rows
        }
        return finish(plan, items, depends, context)

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        wanted, maximum = item.after["desiredCount"], item.after.get("maximum")
        if maximum is not None:
            await autoscaling.set_maximum(item.row, maximum, context)
            if wanted == item.before["desiredCount"]:
                return {}
        try:
            answer = await context.clients.aws(item.row.scope).write(
                "ecs", "UpdateService", {**item.locator, "desiredCount": wanted}
            )
        except ApiError as error:
            if maximum is None:
                raise
            text = f"{error} (autoscaling's maximum is {maximum} now, the count was not changed)"
            raise ApiError(error.trouble, text, operation=error.operation, code=error.code, hint=error.hint) from None
        return {"desiredCount": (answer.get("service") or {}).get("desiredCount", wanted)}

    def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        return watch_services(items, context, scaling=True)

    async def undo(self, record: Record, context: Context) -> Plan | str:
        async def plan(rows: Sequence[Row]) -> Plan:
            before = int(record.before["desiredCount"])
            counts = {record.target.id: before}
            maximum = record.before.get("maximum")
            values = {"count": str(before), **({"maximum": str(maximum)} if maximum is not None else {})}
            return await self.plan_counts(rows, counts, values, context, maximum)

        return await undo_plan(self, record, context, plan)


def daemon_refusal(name: str) -> str:
    """Why a DAEMON service cannot be scaled."""
    return f"{name} is a DAEMON service: ECS runs one task on each instance, it has no count to set"


Raised = tuple[int, autoscaling.Bounds]
"""The maximum before, and the bounds as they will be."""


def _raised(rows: Sequence[Row], known: Mapping[Key, autoscaling.Bounds], maximum: int | None) -> dict[Key, Raised]:
    """The bounds that get another maximum. Raises ``InputError`` for one below the minimum."""
    found = known.get(rows[0].key)
    if len(rows) > 1 or maximum is None or found is None or maximum == found.maximum:
        return {}
    if maximum < max(1, found.minimum):
        raise InputError("maximum", f"{maximum} is below autoscaling's minimum of {found.minimum}")
    return {rows[0].key: (found.maximum, replace(found, maximum=maximum))}


def _item(row: Row, old: int, new: int, raised: Raised | None, context: Context) -> Item:
    locator = locator_of(row)
    before, after, commands = {"desiredCount": old}, {"desiredCount": new}, []
    if raised is not None:
        before["maximum"], after["maximum"] = raised[0], raised[1].maximum
        commands.append(
            shell.aws(
                context,
                row.scope,
                "application-autoscaling",
                "register-scalable-target",
                service_namespace="ecs",
                scalable_dimension="ecs:service:DesiredCount",
                resource_id=autoscaling.resource_id(row),
                max_capacity=str(raised[1].maximum),
            )
        )
    command = update_command(context, row, desired_count=str(new))
    return Item(
        row=row,
        name=name_in_cluster(row),
        locator=locator,
        before=before,
        after=after,
        commands=(*commands, *([command] if old != new else [])),
    )


def _change(row: Row, rows: Sequence[Row], old: int, new: int) -> Change:
    label = "tasks wanted" if len(rows) == 1 else name_in_cluster(row)
    return Change(label, str(old), str(new), "unchanged" if old == new else "")


def _effects(pairs: Sequence[tuple[int, int]], cost: str) -> tuple[str, ...]:
    up = sum(new - old for old, new in pairs if new > old)
    down = sum(old - new for old, new in pairs if new < old)
    words = [f"{plural(up, 'task')} start" + ("s" if up == 1 else "") + cost] if up else []
    if down:
        words.append(f"{plural(down, 'task')} stop" + ("s" if down == 1 else "") + ", ECS chooses which")
    nothing = sum(1 for old, new in pairs if new == 0 and old)
    if nothing:
        words.append("no task stays: the service is down until it is scaled up again")
    return tuple(words)


def _danger(rows: Sequence[tuple[int, int, autoscaling.Bounds | None]]) -> Danger:
    if any(new == 0 and old > 0 for old, new, _ in rows):
        return Danger.DESTRUCTIVE
    if any(new < old or (known and not known.minimum <= new <= known.maximum) for old, new, known in rows):
        return Danger.CAUTION
    return Danger.SAFE


def _warnings(row: Row, service: Mapping[str, Any], count: int, known: Mapping[Any, autoscaling.Bounds]) -> list[str]:
    words = [autoscaling.count_warning(count, known[row.key])] if row.key in known else []
    words += aws_owners(tags_of(service))
    return words
