"""The plan that takes a record back, and the action behind ``U``.

A record says what it left (``after``). Where the object is something else by now, the plan says what, since somebody else's
change would be taken back with ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions.base import Context, Plan, Record
from tui.actions.rowwise import RowAction
from tui.actions.service import minimal_row
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import DeploymentRow
from tui.model.row import Row


def row_of(record: Record, context: Context) -> Row:
    """The row that ``record`` changed, with the record's own scope: as the store has it, or a bare one."""
    row: Row | None = context.store.get(record.target) if context.store is not None else None
    if row is not None:
        return replace(row, scope=record.scope)
    if record.target.kind == "deployments":
        return DeploymentRow(
            key=record.target,
            scope=record.scope,
            name=record.locator.get("name", record.target_name),
            namespace=record.locator.get("namespace", ""),
            uid=record.target.id,
        )
    return minimal_row(record.scope, record.target, record.target_name)


async def undo_plan(
    action: RowAction, record: Record, context: Context, plan: Callable[[Sequence[Row]], Awaitable[Plan]]
) -> Plan | str:
    """``plan`` for the record's row, marked as its undo; a sentence where there is nothing to take back."""
    if record.outcome != "done":
        return f"{record.title.lower()} of {record.target_name} was not done ({record.outcome}): there is nothing to take back"
    try:
        facts = await action.current(record.scope, record.locator, context)
    except ApiError as error:
        if error.trouble is Trouble.NOT_FOUND:
            return str(error)
        raise
    row = row_of(record, context)
    made = await plan([row])
    return replace(
        made,
        title=f"Undo {record.title.lower()}",
        warnings=(*_differences(record.after, facts), *made.warnings),
        undoes={record.target.id: record.id},
        undo=made.undo.replace("U brings back", "U on its own screen (:rollouts) brings back"),
    )


def _differences(after: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    return [
        f"changed since by someone else: {name} is {_short(facts[name])} now, this left {_short(value)}"
        for name, value in after.items()
        if name in facts and name != "deployment" and facts[name] != value
    ]


def _short(value: Any) -> str:
    """An ARN without its head."""
    return value.rsplit("/", 1)[-1] if isinstance(value, str) and value.startswith("arn:") else str(value)
