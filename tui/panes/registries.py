"""ECR repositories and CloudWatch alarms."""

from __future__ import annotations

from typing import ClassVar
from urllib.parse import quote

from tui.model.ecr import RepositoryRow
from tui.model.monitoring import AlarmRow
from tui.panes.base import Drill, Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, dash


class RepositoriesPane(Pane):
    """ECR repositories; Enter shows the images of one."""

    kind: ClassVar[str] = "repositories"
    title: ClassVar[str] = "Repositories"
    world = "ecr"
    aliases: ClassVar[tuple[str, ...]] = ("repo", "repos", "repository")
    default_sort = "name"
    least_reason = 12
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=30, minimum=16, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="tags", title="TAGS", width=9, minimum=9, letter="T", value=lambda r, c: "immutable" if r.immutable_tags else "mutable"),
        PaneColumn(id="scan", title="SCAN ON PUSH", width=12, minimum=12, priority=5, value=lambda r, c: "yes" if r.scan_on_push else "no"),
        PaneColumn(id="age", title="AGE", width=5, minimum=4, align="right", letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
        PaneColumn(id="uri", title="URI", width=60, minimum=20, priority=4, shorten="middle", value=lambda r, c: r.uri),
    )  # fmt: skip

    def drill(self, row: RepositoryRow, context: PaneContext) -> Drill:
        arn = row.arn
        return Drill(
            kind="images",
            title=row.name,
            where=lambda image: getattr(image, "repository_arn", "") == arn,
            scope=row.scope,
            parent=row.key,
        )

    def console_path(self, row: RepositoryRow) -> str:
        return f"/ecr/repositories/private/{row.scope.account}/{row.name}?region={row.scope.region}"


def short_name(row: AlarmRow) -> str:
    """The name; of target tracking's own alarms what they are of: ``service/shop/cart AlarmLow``."""
    if not row.tracking:
        return row.name
    return f"{row.name.removeprefix('TargetTracking-').partition(f'-{row.tracking}-')[0]} {row.tracking}"


class AlarmsPane(Pane):
    """CloudWatch alarms."""

    kind: ClassVar[str] = "alarms"
    title: ClassVar[str] = "Alarms"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("alarm", "al")
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=40, minimum=24, shorten="middle", letter="N", value=lambda r, c: short_name(r)),
        PaneColumn(id="value", title="STATE", width=17, minimum=8, letter="S", value=lambda r, c: Cell(r.value, r.state.token if r.value == "ALARM" else "")),
        PaneColumn(id="since", title="SINCE", width=5, minimum=4, align="right", letter="A", value=lambda r, c: age(r.since, c.now), sort=lambda r, c: -r.since),
        PaneColumn(id="metric", title="METRIC", width=26, minimum=18, priority=4, roomy=True, letter="M", value=lambda r, c: dash(r.metric)),
        PaneColumn(id="threshold", title="THRESHOLD", width=9, minimum=9, align="right", priority=5, roomy=True, value=lambda r, c: "-" if r.threshold is None else f"{r.threshold:g}"),
    )  # fmt: skip

    def describe(self, row: AlarmRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [("Arn", row.arn), ("Namespace", dash(row.namespace)), ("Reason", dash(row.value_reason))]
        return facts + [(f"Dimension {name}", value) for name, value in row.dimensions]

    def console_path(self, row: object) -> str:
        name, scope = getattr(row, "name", ""), getattr(row, "scope", None)
        return f"/cloudwatch/home?region={scope.region}#alarmsV2:alarm/{quote(name)}" if scope else ""
