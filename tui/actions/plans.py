"""What every plan of this package has in common: form fields, counts, what must be typed, what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions.base import Action, Context, Danger, InputError, Plan, Right
from tui.actions.denials import believed
from tui.actions.places import cluster_of, namespace_of, place_of
from tui.actions.rowwise import Item
from tui.model.row import Row
from tui.model.scope import Scope

_WHOLE = re.compile(r"^[+-]?[0-9]+$")


def count_of(text: str, field: str, maximum: int, quota: str) -> int:
    """A count that was typed: 0 to ``maximum``. Raises ``InputError`` with what is allowed."""
    cleaned = text.strip()
    if not _WHOLE.match(cleaned):
        raise InputError(field, f"{_shown(text)} is not a whole number")
    if len(cleaned) > 10 or int(cleaned) > maximum:
        raise InputError(field, f"{_shown(cleaned)} is too many: at most {maximum:,} ({quota})")
    if cleaned.startswith("-") and int(cleaned) != 0:
        raise InputError(field, f"{_shown(cleaned)} is negative: 0 or more")
    return int(cleaned)


def _shown(text: str) -> str:
    """What was typed, harmless and short."""
    visible = "".join(c if c.isprintable() else "�" for c in text.strip())
    return repr(visible if len(visible) <= 24 else visible[:24] + "…")


def on_failure_of(values: Mapping[str, str]) -> str:
    """``stop`` or ``go on``."""
    value = values.get("on_failure", "stop")
    if value not in ("stop", "go on"):
        raise InputError("on_failure", f"{_shown(value)} is not allowed: stop, go on")
    return value


def refuse(action: Action, rows: Sequence[Row], sentence: str, **more: Any) -> Plan:
    """A plan that says why there is nothing to confirm."""
    first = rows[0]
    return Plan(
        action=action.id, title=action.title, rows=tuple(rows), scope=first.scope, place=place_of(first), refusal=sentence, **more
    )


def finish(plan: Plan, items: Iterable[Item], depends: Mapping[str, Mapping[str, Any]], context: Context) -> Plan:
    """Complete a plan: its items, what it depends on, read-only, protected places, what must be typed, the rights denied."""
    items = tuple(items)
    protected = [row for row in plan.rows if is_protected(row, context)]
    typed = ""
    if protected or plan.danger is Danger.DESTRUCTIVE:
        typed = str(len(plan.rows)) if len(plan.rows) > 1 else plan.rows[0].name
    warnings = plan.warnings
    if protected:
        warnings = (f"protected: {place_of(protected[0])}", *warnings)
    refusal = plan.refusal or ("read-only: nothing is changed in this session" if context.clients.read_only else "")
    return replace(
        plan,
        place=plan.place or place_of(plan.rows[0]),
        typed=typed,
        warnings=tuple(dict.fromkeys(warnings)),
        refusal=refusal,
        rights=tuple(_known(right, plan.scope, context) for right in plan.rights),
        commands=plan.commands or tuple(command for item in items for command in item.commands),
        depends=depends,
        steps={"items": items},
    )


def is_protected(row: Row, context: Context) -> bool:
    """Whether the settings protect the row's account, cluster or namespace."""
    return bool(context.settings.protects(row.scope.account, cluster_of(row), namespace_of(row)))


def _known(right: Right, scope: Scope, context: Context) -> Right:
    """A right with how it was really denied before, if it was."""
    return right if right.denied else replace(right, denied=believed(right.name, scope, context))


def rights(*names: str) -> tuple[Right, ...]:
    """Rights by name, denied where the session has seen it."""
    return tuple(Right(name) for name in names)


def plural(count: int, noun: str) -> str:
    """``1 task``, ``4 tasks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
