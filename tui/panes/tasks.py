"""ECS tasks."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Row
from tui.model.ecs import revision_of
from tui.model.tasks import TaskRow
from tui.panes.base import Drill, Jump, Pane, PaneColumn, PaneContext
from tui.panes.definitions import revisions
from tui.panes.words import Cell, age, dash, launch_word, stamp


def status(row: TaskRow, context: PaneContext) -> Cell:
    """The last status, and where it is going when that differs."""
    text = row.last_status.lower()
    if row.desired_status == "STOPPED" and row.last_status != "STOPPED":
        return Cell(f"{text} (stopping)", "state-change")
    return Cell(text, "" if row.last_status == "RUNNING" else "muted" if row.last_status == "STOPPED" else "state-change")


class TasksPane(Pane):
    """ECS tasks, running and stopped for as long as ECS keeps them."""

    kind: ClassVar[str] = "tasks"
    title: ClassVar[str] = "Tasks"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("task", "ta")
    logs = True
    needs: ClassVar[tuple[str, ...]] = ("task-definitions", "target-health")
    scoped_by = "cluster"
    jumps: ClassVar[tuple[Jump, ...]] = (
        Jump(
            id="task.definition",
            key="t",
            title="its task definition",
            to=lambda row, context: revisions(row.task_definition, row),
        ),
    )
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(
            id="name", title="TASK", width=12, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name[:12]
        ),
        PaneColumn(
            id="group",
            title="SERVICE",
            width=20,
            minimum=16,
            priority=2,
            shorten="middle",
            letter="S",
            value=lambda r, c: f"{r.cluster}/{r.service or r.group.removeprefix('family:')}",
        ),
        PaneColumn(
            id="revision", title="REV", width=5, minimum=4, priority=3, letter="V", value=lambda r, c: ":" + revision_of(r.task_definition).rpartition(":")[2]
        ),
        PaneColumn(id="status", title="STATUS", width=14, minimum=10, letter="T", value=status),
        PaneColumn(
            id="health",
            title="HEALTH",
            width=9,
            minimum=7,
            priority=4,
            letter="H",
            value=lambda r, c: Cell(r.health.lower() if r.health not in ("", "UNKNOWN") else "-", "state-bad" if r.health == "UNHEALTHY" else ""),
        ),
        PaneColumn(id="cpu", title="CPU", width=5, minimum=4, align="right", priority=8, letter="C", value=lambda r, c: dash(r.cpu), sort=lambda r, c: -r.cpu),
        PaneColumn(id="memory", title="MEM Mi", width=6, minimum=6, align="right", priority=8, letter="M", value=lambda r, c: dash(r.memory), sort=lambda r, c: -r.memory),
        PaneColumn(id="launch", title="LAUNCH", width=8, minimum=7, most=22, priority=9, letter="L", value=lambda r, c: launch_word(r.capacity_provider or r.launch_type)),
        PaneColumn(id="address", title="IP", width=15, minimum=13, priority=7, letter="I", value=lambda r, c: dash(r.address)),
        PaneColumn(id="zone", title="ZONE", width=10, minimum=6, priority=10, value=lambda r, c: dash(r.availability_zone)),
        PaneColumn(
            id="age",
            title="AGE",
            width=4,
            minimum=3,
            align="right",
            priority=5,
            letter="A",
            value=lambda r, c: age(r.started or r.created, c.now),
            sort=lambda r, c: -(r.started or r.created),
        ),
    )  # fmt: skip

    def scope_name(self, row: TaskRow) -> str:
        return row.cluster

    def order(self, row: TaskRow) -> tuple[str, float, str]:
        """The tasks of a service together, the newest first: what ran before has been replaced by it."""
        return row.service or row.group, -(row.started or row.created), row.name

    def drill(self, row: TaskRow, context: PaneContext) -> Drill:
        key, store = row.key, context.store

        def rows() -> tuple[Row, ...]:
            found = store.get(key)
            return found.containers if isinstance(found, TaskRow) else ()

        return Drill(kind="containers", title=f"task {row.name[:12]}", rows=rows, parent=key, scope=row.scope)

    def describe(self, row: TaskRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [
            ("Arn", row.arn),
            ("Started by", dash(row.started_by)),
            ("Created", stamp(row.created)),
            ("Started", stamp(row.started)),
            ("Stopped", stamp(row.stopped)),
            ("Stop code", dash(row.stop_code)),
            ("Stopped reason", dash(row.stopped_reason)),
            ("Platform", dash(row.platform_version)),
            ("Instance", dash(row.container_instance.rsplit("/", 1)[-1])),
        ]
        for c in row.containers:
            code = "" if c.exit_code is None else f", exit {c.exit_code}"
            facts.append((f"Container {c.name}", f"{c.image.short}  {c.status.lower()}{code}  {c.reason_text}".rstrip()))
        return facts

    def console_path(self, row: TaskRow) -> str:
        return f"/ecs/v2/clusters/{row.cluster}/tasks/{row.name}/configuration?region={row.scope.region}"
