"""Problems: every unhealthy row of both worlds with its reason, worst first."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Finding, Row, State
from tui.panes.base import Drill, Pane, PaneColumn, PaneContext
from tui.panes.words import age


class ProblemsPane(Pane):
    """Findings that someone should look at; keys act on the row that the finding is about."""

    kind: ClassVar[str] = "findings"
    title: ClassVar[str] = "Problems"
    world = "own"
    aliases: ClassVar[tuple[str, ...]] = ("problems", "problem", "findings", "pr")
    logs = True
    needs: ClassVar[tuple[str, ...]] = ("services", "tasks", "pods", "deployments", "alarms", "clusters", "task-definitions")
    default_sort = "problem"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="since", title="SINCE", width=5, minimum=4, align="right", priority=2, letter="A", value=lambda r, c: age(r.since, c.now), sort=lambda r, c: r.since),
        PaneColumn(id="world", title="IN", width=3, minimum=3, priority=3, letter="I", value=lambda r, c: r.world),
        PaneColumn(id="name", title="NAME", width=22, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="sentence", title="WHY", width=60, minimum=38, most=90, flexible=True, letter="W", value=lambda r, c: r.sentence),
        PaneColumn(id="evidence", title="EVIDENCE", width=40, minimum=40, priority=5, roomy=True, flexible=True, value=lambda r, c: evidence(r)),
        PaneColumn(id="next", title="NEXT", width=22, minimum=18, priority=4, most=40, value=lambda r, c: next_words(r)),
    )  # fmt: skip

    def include(self, row: Finding) -> bool:
        return row.severity <= State.DEGRADED and not row.grouped

    def target(self, row: Finding, context: PaneContext) -> Row | None:
        return context.store.get(row.target)

    def drill(self, row: Finding, context: PaneContext) -> Drill | None:
        return Drill(
            kind=row.target.kind, title=row.name, where=lambda other: other.key == row.target, parent=row.target, scope=row.scope
        )

    def scope_name(self, row: Finding) -> str:
        return ""

    def describe(self, row: Finding, context: PaneContext) -> list[tuple[str, str]]:
        facts = [("Row", row.name), ("Why", row.sentence), ("Since", f"{age(row.since, context.now)} ago" if row.since else "-")]
        return [*facts, *(("Evidence", line) for line in row.evidence), ("Next step", row.next_step or "-")]

    def empty(self, context: PaneContext) -> str:
        return "Nothing is wrong in what has been read."


def evidence(row: Finding) -> str:
    """What the sentence rests on, in one line."""
    return " · ".join(row.evidence)


def next_words(row: Finding) -> str:
    """What the finding proposes, in few words."""
    return row.action_title or row.next_step


def details(row: Finding) -> str:
    """The next step and the evidence in one line, for below the list; where the line is cut, it is the evidence that is."""
    return "   ".join(part for part in (f"next: {row.next_step}" if row.next_step else "", evidence(row)) if part)
