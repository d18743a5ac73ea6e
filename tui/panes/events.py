"""Kubernetes events, and ECS's service deployments: what happened."""

from __future__ import annotations

from typing import ClassVar

from tui.model.ecs import ServiceDeploymentRow, revision_of
from tui.model.kubernetes import EventRow
from tui.panes.base import Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, stamp


class EventsPane(Pane):
    """Events of the connected cluster, last seen first."""

    kind: ClassVar[str] = "events"
    title: ClassVar[str] = "Events"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("ev", "event")
    scoped_by = "namespace"
    default_sort = "last"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="last", title="LAST", width=5, minimum=4, align="right", letter="L", value=lambda r, c: age(r.last, c.now), sort=lambda r, c: -r.last),
        PaneColumn(id="type", title="TYPE", width=7, minimum=7, priority=5, roomy=True, letter="T", value=lambda r, c: Cell(r.event_type, "state-warn" if r.event_type == "Warning" else "")),
        PaneColumn(id="reason", title="REASON", width=10, minimum=8, most=24, letter="R", value=lambda r, c: r.event_reason),
        PaneColumn(id="object", title="OBJECT", width=28, minimum=22, shorten="middle", letter="B", value=lambda r, c: f"{r.involved[0].lower()}/{r.involved[1]}"),
        PaneColumn(id="namespace", title="NAMESPACE", width=12, minimum=9, priority=4, letter="P", value=lambda r, c: r.namespace),
        PaneColumn(id="count", title="COUNT", width=5, minimum=5, align="right", priority=3, letter="C", value=lambda r, c: str(r.count), sort=lambda r, c: -r.count),
        PaneColumn(id="message", title="MESSAGE", width=60, minimum=30, flexible=True, letter="M", value=lambda r, c: r.message.replace("\n", " ")),
    )  # fmt: skip

    def scope_name(self, row: EventRow) -> str:
        return row.namespace

    def describe(self, row: EventRow, context: PaneContext) -> list[tuple[str, str]]:
        return [
            *super().describe(row, context),
            ("First", stamp(row.first)),
            ("Component", row.component),
            ("Message", row.message),
        ]


class ServiceDeploymentsPane(Pane):
    """Deployments of ECS services as ECS records them."""

    kind: ClassVar[str] = "service-deployments"
    title: ClassVar[str] = "Service deployments"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("sd", "rollouts-ecs")
    inside = "services"
    default_sort = "created"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="created", title="AGE", width=5, minimum=4, align="right", letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
        PaneColumn(id="name", title="DEPLOYMENT", width=22, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="service", title="SERVICE", width=20, minimum=12, shorten="middle", letter="S", value=lambda r, c: r.service.id.rpartition("#")[2] if r.service else "-"),
        PaneColumn(id="status", title="STATUS", width=12, minimum=12, most=24, letter="T", value=lambda r, c: Cell(r.status.lower().replace("_", " "), r.state.token if r.state <= 2 else "")),
        PaneColumn(id="stage", title="STAGE", width=10, minimum=8, most=24, priority=5, value=lambda r, c: r.stage.lower().replace("_", " ") or "-"),
        PaneColumn(id="target", title="TARGET", width=18, minimum=16, priority=4, value=lambda r, c: revision_of(r.target_revision) or "-"),
        PaneColumn(id="took", title="TOOK", width=5, minimum=4, align="right", priority=6, value=lambda r, c: age(r.started, r.finished) if r.finished else "-"),
    )  # fmt: skip

    def empty(self, context: PaneContext) -> str:
        return "ECS has no record of a deployment of this service."

    def describe(self, row: ServiceDeploymentRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = [*super().describe(row, context), ("Arn", row.arn), ("Reason", row.status_reason or "-")]
        return [*facts, ("Created", stamp(row.created)), ("Started", stamp(row.started)), ("Finished", stamp(row.finished))]
