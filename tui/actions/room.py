"""Whether there is room for more: what the diagnosis found about the rows that a plan lets grow."""

from __future__ import annotations

from collections.abc import Collection

from tui.actions.base import Context
from tui.model.finding import Finding
from tui.model.scope import Key

#: causes of findings: tasks that no instance takes, pods that no node takes
NO_ROOM = ("no-capacity", "unschedulable")


def shortages(growing: Collection[Key], context: Context) -> dict[Key, list[str]]:
    """What keeps the rows from having even what they want now, in words; more would wait as well."""
    findings = context.store.rows(Finding.kind) if context.store is not None and growing else ()
    return {
        found.target: [f"there is no room now ({found.sentence}): more would wait as well"]
        for found in findings
        if isinstance(found, Finding) and found.cause in NO_ROOM and found.target in growing
    }
