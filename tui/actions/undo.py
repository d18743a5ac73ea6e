"""``U``: take back what this console last did to a row, from the journal, also after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from msgspec.structs import replace

from tui.actions.base import Action, Context, Danger, Plan, Record, Step
from tui.actions.plans import is_protected, refuse
from tui.actions.rowwise import items_of
from tui.model.row import Row


class Undo(Action):
    """Finds each row's newest record that was not taken back; its plan is run by the record's own action."""

    id = "undo"
    title = "Undo"
    key = "U"
    kinds = ("services", "tasks", "deployments", "pods")
    confirm_title = "Undo"

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        records: list[Record] = []
        for row in rows:
            record = context.journal.undoable(row.key, lasting(context.registry)) if context.journal is not None else None
            if record is None:
                return refuse(self, rows, f"the journal holds nothing on {row.name} that could be taken back")
            records.append(record)
        return await undo_records(self, rows, records, context)

    def run(self, plan: Plan, context: Context) -> AsyncIterator[Step | Record]:
        raise NotImplementedError("an undo's plan names the action that runs it")


def lasting(registry: Mapping[str, Action]) -> tuple[str, ...]:
    """The ids of the actions that cannot be taken back."""
    return tuple(action.id for action in registry.values() if not action.reversible)


async def undo_records(action: Action, rows: Sequence[Row], records: Sequence[Record], context: Context) -> Plan:
    """One plan that takes back all ``records``; a refusal where that cannot be."""
    if len({record.action for record in records}) > 1:
        return refuse(action, rows, "different things were done to these rows: take them back one by one")
    plans: list[Plan] = []
    for record in records:
        source = context.registry.get(record.action)
        made = await source.undo(record, context) if source else f"there is no action {record.action} in this version"
        if isinstance(made, str):
            return refuse(action, rows, made)
        if made.refusal:
            return made
        plans.append(made)
    return plans[0] if len(plans) == 1 else _together(plans, context)


def _together(plans: Sequence[Plan], context: Context) -> Plan:
    """Plans of one action on several rows as one."""
    rows = tuple(row for plan in plans for row in plan.rows)
    danger = max((plan.danger for plan in plans), default=Danger.CAUTION)
    confirm = danger is Danger.DESTRUCTIVE or any(is_protected(row, context) for row in rows)
    return replace(
        plans[0],
        rows=rows,
        changes=tuple(
            replace(change, label=f"{item.name}: {change.label}")
            for plan in plans
            for item in items_of(plan)
            for change in plan.changes
        ),
        effects=tuple(dict.fromkeys(word for plan in plans for word in plan.effects)),
        warnings=tuple(dict.fromkeys(word for plan in plans for word in plan.warnings)),
        diff=tuple(line for plan in plans for line in plan.diff),
        rights=tuple(dict.fromkeys(right for plan in plans for right in plan.rights)),
        commands=tuple(command for plan in plans for command in plan.commands),
        danger=danger,
        typed=str(len(rows)) if confirm else "",
        undo="; ".join(dict.fromkeys(plan.undo for plan in plans)),
        undoes={key: record for plan in plans for key, record in plan.undoes.items()},
        depends={key: fields for plan in plans for key, fields in plan.depends.items()},
        steps={"items": tuple(item for plan in plans for item in items_of(plan))},
    )
