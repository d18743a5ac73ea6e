"""ECS services."""

from __future__ import annotations

from typing import Any, ClassVar

from tui.model import Key, Row
from tui.model.ecs import ServiceRow, TaskDefinitionRow, revision_of
from tui.panes.base import Drill, Jump, Pane, PaneColumn, PaneContext
from tui.panes.definitions import revisions
from tui.panes.words import Cell, age, bar, dash, launch_word, ratio_cell, sparkline


def definition(row: ServiceRow, context: PaneContext) -> TaskDefinitionRow | None:
    """The service's task definition, where it has been read."""
    found = context.store.get(Key("task-definitions", row.scope.account_identity, row.task_definition))
    return found if isinstance(found, TaskDefinitionRow) else None


def image(row: ServiceRow, context: PaneContext) -> str:
    """The tag of the first essential container's image; ``…`` until the definition is read."""
    found = definition(row, context)
    if found is None or not found.containers:
        return "…"
    first = next((c for c in found.containers if c.essential), None)
    return "-" if first is None else first.image.tag or first.image.digest.removeprefix("sha256:")[:8]


def image_name(row: ServiceRow, context: PaneContext) -> str:
    """Image with its repository, for the wide list."""
    found = definition(row, context)
    return "…" if found is None or not found.containers else next((c.image.short for c in found.containers if c.essential), "-")


def load(series: str) -> Any:
    """A cell with the sparkline of a percentage."""

    def cell(row: ServiceRow, context: PaneContext) -> Cell:
        points = [value for _, value in context.store.history.series(row.key, series)]
        if not points:
            return Cell("-", "muted")
        style = "state-warn" if points[-1] >= 85 else "muted"
        if context.calm:
            return Cell(f"{round(points[-1] / 5) * 5}%", style)
        return Cell(sparkline(points, 4, 100, context.ascii), style)

    return cell


def last_load(series: str) -> Any:
    """What a load column sorts by: the newest figure, highest first."""

    def value(row: ServiceRow, context: PaneContext) -> float:
        points = context.store.history.series(row.key, series)
        return -points[-1][1] if points else 1.0

    return value


def status(row: ServiceRow, context: PaneContext) -> Cell:
    """One word for what the service is doing."""
    primary = row.primary
    if row.status != "ACTIVE":
        return Cell(row.status.lower() or "-", "muted")
    if primary and primary.rollout_state == "FAILED":
        return Cell("failed", "state-bad")
    if len(row.deployments) > 1 or (primary and primary.rollout_state == "IN_PROGRESS"):
        return Cell("rolling out", "state-change")
    if row.desired == 0:
        return Cell("stopped", "muted")
    if row.running != row.desired:
        return Cell("scaling", "state-change")
    return Cell("steady")


def rollout(row: ServiceRow, context: PaneContext) -> Cell:
    """The progress of a deployment under way."""
    primary = row.primary
    if primary is None or (len(row.deployments) < 2 and primary.rollout_state in ("COMPLETED", "")):
        return Cell("-", "muted")
    style = "state-bad" if primary.rollout_state == "FAILED" or primary.failed else "state-change"
    return Cell(f"{bar(primary.running, primary.desired, 5, context.ascii)} {primary.running}/{primary.desired}", style)


def launch(row: ServiceRow) -> str:
    """Fargate, EC2 … or the capacity providers."""
    return "+".join(map(launch_word, row.capacity_providers)) or launch_word(row.launch_type)


def to_deployments(row: ServiceRow, context: PaneContext) -> Drill:
    """ECS's record of the service's deployments, as e1s's ``p``."""
    key = row.key
    return Drill(
        kind="service-deployments",
        title=f"{row.cluster}/{row.name}",
        where=lambda other: getattr(other, "service", None) == key,
        scope=row.scope,
        keys=frozenset({key}),
        parent=key,
    )


class ServicesPane(Pane):
    """Every ECS service of the account and region."""

    kind: ClassVar[str] = "services"
    title: ClassVar[str] = "Services"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("svc", "service", "ecs")
    home = 1
    logs = True
    joins: ClassVar[tuple[str, ...]] = ("task-definitions", "metrics")
    needs: ClassVar[tuple[str, ...]] = ("clusters", "metrics", "task-definitions", "alarms", "scalable-targets")
    scoped_by = "cluster"
    least_reason = 28
    jumps: ClassVar[tuple[Jump, ...]] = (
        Jump(
            id="service.definitions",
            key="t",
            title="task definition and its revisions",
            to=lambda row, context: revisions(row.task_definition, row),
        ),
        Jump(id="service.deployments", key="p", title="deployments as ECS records them", to=to_deployments),
    )
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(
            id="name",
            title="NAME",
            width=22,
            minimum=16,
            shorten="middle",
            letter="N",
            value=lambda r, c: f"{r.cluster}/{r.name}",
        ),
        PaneColumn(
            id="ready",
            title="READY",
            width=5,
            minimum=5,
            align="right",
            letter="R",
            value=lambda r, c: ratio_cell(r.running, r.desired),
            sort=lambda r, c: r.running / r.desired if r.desired else 2.0,
        ),
        PaneColumn(
            id="pending",
            title="PEND",
            width=4,
            minimum=4,
            align="right",
            priority=11,
            roomy=True,
            value=lambda r, c: dash(r.pending),
            sort=lambda r, c: -r.pending,
        ),
        PaneColumn(id="status", title="STATUS", width=11, minimum=11, priority=5, letter="S", value=status),
        PaneColumn(
            id="revision",
            title="REV",
            width=5,
            minimum=4,
            priority=2,
            letter="V",
            value=lambda r, c: ":" + revision_of(r.task_definition).rpartition(":")[2] if r.task_definition else "-",
        ),
        PaneColumn(id="image", title="IMAGE", width=8, minimum=6, priority=3, letter="I", value=image),
        PaneColumn(id="rollout", title="ROLLOUT", width=11, minimum=11, priority=8, roomy=True, value=rollout),
        PaneColumn(
            id="launch",
            title="LAUNCH",
            width=8,
            minimum=7,
            most=22,
            priority=9,
            roomy=True,
            letter="L",
            value=lambda r, c: launch(r),
        ),
        PaneColumn(id="cpu", title="CPU", width=4, minimum=4, priority=4, letter="C", value=load("cpu"), sort=last_load("cpu")),
        PaneColumn(
            id="memory", title="MEM", width=4, minimum=4, priority=6, letter="M", value=load("memory"), sort=last_load("memory")
        ),
        PaneColumn(
            id="event",
            title="EVENT",
            width=5,
            minimum=4,
            align="right",
            priority=10,
            roomy=True,
            letter="E",
            value=lambda r, c: age(r.events[0].time, c.now) if r.events else "-",
            sort=lambda r, c: -r.events[0].time if r.events else 0.0,
        ),
        PaneColumn(id="full-image", title="CONTAINER IMAGE", width=30, minimum=20, wide=True, shorten="middle", value=image_name),
        PaneColumn(
            id="definition", title="TASK DEFINITION", width=24, wide=True, value=lambda r, c: revision_of(r.task_definition)
        ),
        PaneColumn(id="controller", title="CONTROLLER", width=11, wide=True, value=lambda r, c: r.controller),
    )

    def scope_name(self, row: ServiceRow) -> str:
        return row.cluster

    def drill(self, row: ServiceRow, context: PaneContext) -> Drill:
        cluster, name = row.cluster_arn, row.name

        def where(task: Row) -> bool:
            return getattr(task, "service", "") == name and getattr(task, "cluster_arn", "") == cluster

        return Drill(
            kind="tasks",
            title=f"{row.cluster}/{row.name}",
            where=where,
            scope=row.scope,
            keys=frozenset({row.key}),
            parent=row.key,
        )

    def describe(self, row: ServiceRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [
            ("Arn", row.arn),
            ("Controller", f"{row.controller}, {row.scheduling}, {row.strategy}"),
            ("Deployment", f"minimum {row.minimum_percent}%, maximum {row.maximum_percent}%"),
            ("Circuit breaker", "on, with rollback" if row.circuit_rollback else "on" if row.circuit_breaker else "off"),
            ("Exec", "enabled" if row.exec_enabled else "off"),
            ("Created", f"{age(row.created, context.now)} ago by {row.created_by or '-'}"),
        ]
        for d in row.deployments:
            words = f"{revision_of(d.task_definition)}  {d.running}/{d.desired} run, {d.pending} pending, {d.failed} failed  {d.rollout_state}"
            facts.append((d.status.capitalize(), words))
        for target in row.load_balancers:
            facts.append(("Target group", f"{target.target_group.rsplit(':', 1)[-1]} → {target.container}:{target.port}"))
        facts += [(f"Tag {name}", value) for name, value in row.tags]
        return facts

    def events(self, row: ServiceRow, context: PaneContext) -> list[tuple[float, str]]:
        return [(event.time, event.message) for event in row.events]

    def empty(self, context: PaneContext) -> str:
        if not context.clusters:
            return "No ECS cluster in this account and region.   ctrl-p changes the profile · :region NAME the region"
        names = ", ".join(sorted(context.clusters.values())[:4])
        return f"No services in {names}.   :clusters shows the clusters · ctrl-p changes the profile"

    def console_path(self, row: ServiceRow) -> str:
        return f"/ecs/v2/clusters/{row.cluster}/services/{row.name}/health?region={row.scope.region}"
