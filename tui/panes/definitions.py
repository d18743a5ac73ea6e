"""ECS task definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from tui.model import Key, Row
from tui.model.ecs import TaskDefinitionRow, revision_of
from tui.model.usage import DefinitionUsageRow
from tui.panes.base import Drill, Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, dash


def usage(row: TaskDefinitionRow, context: PaneContext) -> DefinitionUsageRow | None:
    """Who uses the revision, where that has been joined."""
    found = context.store.get(Key("definition-usage", row.key.identity, row.key.id))
    return found if isinstance(found, DefinitionUsageRow) else None


def told(value: Callable[[TaskDefinitionRow], str]) -> Callable[[TaskDefinitionRow, PaneContext], str | Cell]:
    """A cell of what only DescribeTaskDefinition says: ``…`` until that was asked (every definition has containers)."""
    return lambda row, context: value(row) if row.containers else Cell("…", "muted")


def used_by(row: TaskDefinitionRow, context: PaneContext) -> Cell:
    """Services first, then the count of tasks; says so where not everything has been read."""
    found = usage(row, context)
    if found is None:
        return Cell("-" if row.containers else "…", "muted")
    services = ", ".join(found.services[:3]) + (f" +{len(found.services) - 3}" if len(found.services) > 3 else "")
    tasks = f" ({found.tasks})" if found.tasks else ""
    return Cell((services or ("tasks" if found.tasks else "-")) + tasks)


def role(arn: str) -> str:
    """A role's name without its ARN."""
    return arn.rsplit("/", 1)[-1] if arn else "-"


def compatible(row: TaskDefinitionRow) -> str:
    """``fargate`` where it may run there (it may then run on EC2 too), else ``ec2`` or ``external``."""
    return next(
        (word.lower() for word in ("FARGATE", "MANAGED_INSTANCES", "EC2", "EXTERNAL") if word in row.compatibilities), "-"
    )


def revisions(arn: str, row: Row) -> Drill:
    """The revisions of the family that ``arn`` names, as e1s's ``t``; from a service, a task or a family."""
    family, identity = revision_of(arn).rpartition(":")[0], row.scope.account_identity

    def where(other: Row) -> bool:
        return other.name == family and other.key.identity == identity

    return Drill(
        kind="task-definitions",
        title=f"revisions of {family}",
        where=where,
        scope=row.scope,
        keys=frozenset({Key("task-definition-families", identity, family)}),
        parent=row.key,
        sort="revision",
    )


class DefinitionsPane(Pane):
    """Task definition families by their newest revision, and revisions in use."""

    kind: ClassVar[str] = "task-definitions"
    title: ClassVar[str] = "Task definitions"
    short = "Definitions"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("td", "taskdef", "taskdefs", "definitions", "task-definition")
    home = 2
    joins: ClassVar[tuple[str, ...]] = ("definition-usage",)
    needs: ClassVar[tuple[str, ...]] = ("services", "tasks")
    default_sort = "name"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="FAMILY", width=22, minimum=16, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(
            id="revision",
            title="REV",
            width=5,
            minimum=4,
            align="right",
            letter="V",
            value=lambda r, c: f":{r.revision}",
            sort=lambda r, c: -r.revision,
        ),
        PaneColumn(id="cpu", title="CPU", width=5, minimum=4, align="right", priority=3, letter="C", value=told(lambda r: dash(r.cpu)), sort=lambda r, c: -r.cpu),
        PaneColumn(id="memory", title="MEM Mi", width=6, minimum=6, align="right", priority=3, letter="M", value=told(lambda r: dash(r.memory)), sort=lambda r, c: -r.memory),
        PaneColumn(id="compat", title="FOR", width=7, minimum=7, priority=5, letter="F", value=told(compatible)),
        PaneColumn(id="network", title="NETWORK", width=7, minimum=7, priority=6, letter="W", value=told(lambda r: dash(r.network_mode))),
        PaneColumn(id="containers", title="CONTAINERS", width=20, minimum=14, priority=7, most=44, value=told(lambda r: ", ".join(x.name for x in r.containers))),
        PaneColumn(id="status", title="STATUS", width=8, minimum=8, priority=11, letter="S", value=lambda r, c: r.status.lower() or "-"),
        PaneColumn(id="role", title="TASK ROLE", width=20, minimum=14, priority=9, shorten="middle", value=told(lambda r: role(r.task_role))),
        PaneColumn(id="execution", title="EXECUTION ROLE", width=20, minimum=14, priority=10, shorten="middle", value=told(lambda r: role(r.execution_role))),
        PaneColumn(id="age", title="AGE", width=4, minimum=3, align="right", priority=4, letter="A", value=lambda r, c: age(r.registered, c.now) if r.containers else Cell("…", "muted"), sort=lambda r, c: -r.registered),
        PaneColumn(id="used", title="USED BY", width=24, minimum=22, flexible=True, letter="Y", value=used_by),
    )  # fmt: skip

    def include(self, row: TaskDefinitionRow) -> bool:
        return row.latest

    def drill(self, row: TaskDefinitionRow, context: PaneContext) -> Drill:
        return revisions(row.arn, row)

    def describe(self, row: TaskDefinitionRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [("Arn", row.arn), ("Registered by", dash(row.registered_by)), ("Execution role", dash(row.execution_role))]
        for c in row.containers:
            logs = f"  logs {c.log_driver}:{c.log_group}" if c.log_driver else ""
            ports = f"  ports {', '.join(map(str, c.ports))}" if c.ports else ""
            facts.append((f"Container {c.name}", f"{c.image.text}{ports}{logs}"))
            facts += [(f"  {e.name}", e.value_from or "•••") for e in c.environment]
        return facts

    def console_path(self, row: TaskDefinitionRow) -> str:
        return f"/ecs/v2/task-definitions/{row.name}/{row.revision}/containers?region={row.scope.region}"
