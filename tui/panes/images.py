"""ECR images."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Key, Row, State
from tui.model.ecr import ImageRow
from tui.model.tasks import TaskRow
from tui.model.usage import ImageUsageRow
from tui.panes.base import Drill, Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, dash, size


def runs_in(row: ImageRow, context: PaneContext) -> Cell:
    """Where the digest runs: services, tasks, pods; says so where not everything has been read."""
    found = context.store.get(Key("image-usage", row.key.identity, row.key.id))
    if not isinstance(found, ImageUsageRow):
        return Cell("-", "muted")
    return Cell(found.summary)


def tags(row: ImageRow) -> str:
    """Its tags; an image without any by its digest, else its like could not be told apart."""
    return ", ".join(row.image_tags) or f"@{row.digest.removeprefix('sha256:')[:8]}"


def scan(row: ImageRow) -> Cell:
    """The two worst kinds of findings, ``2C 11H``; ``clean``; ``-`` where nothing scanned it."""
    if not row.scanned:
        return Cell("-", "muted")
    parts = [f"{n}{letter}" for n, letter in ((row.critical, "C"), (row.high, "H"), (row.medium, "M")) if n]
    if not parts:
        return Cell("clean")
    return Cell(" ".join(parts[:2]), "state-warn" if row.critical or row.high else "")


def architecture(row: ImageRow) -> str:
    """``amd64``, or ``multi`` for an index of several."""
    return "multi" if len(row.architectures) > 1 else row.architectures[0] if row.architectures else "…"


class ImagesPane(Pane):
    """ECR images by push time."""

    kind: ClassVar[str] = "images"
    title: ClassVar[str] = "Images"
    world = "ecr"
    aliases: ClassVar[tuple[str, ...]] = ("image", "img", "ecr")
    home = 3
    joins: ClassVar[tuple[str, ...]] = ("image-usage",)
    needs: ClassVar[tuple[str, ...]] = ("repositories", "tasks", "services", "task-definitions")
    default_sort = "pushed"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="REPOSITORY", width=18, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="tag", title="TAG", width=16, minimum=12, most=32, letter="T", value=lambda r, c: tags(r)),
        PaneColumn(id="digest", title="DIGEST", width=12, minimum=12, priority=8, value=lambda r, c: r.digest.removeprefix("sha256:")[:12]),
        PaneColumn(id="pushed", title="PUSHED", width=6, minimum=4, align="right", priority=2, letter="P", value=lambda r, c: age(r.pushed, c.now), sort=lambda r, c: -r.pushed),
        PaneColumn(id="size", title="SIZE", width=5, minimum=4, align="right", priority=4, letter="S", value=lambda r, c: size(r.size), sort=lambda r, c: -r.size),
        PaneColumn(id="arch", title="ARCH", width=5, minimum=5, priority=5, letter="A", value=lambda r, c: architecture(r)),
        PaneColumn(id="scan", title="SCAN", width=8, minimum=8, most=14, priority=3, letter="V", value=lambda r, c: scan(r), sort=lambda r, c: (-r.critical, -r.high, -r.medium)),
        PaneColumn(id="used", title="RUNS IN", width=26, minimum=26, flexible=True, letter="R", value=runs_in),
        PaneColumn(id="pulled", title="PULLED", width=6, wide=True, align="right", value=lambda r, c: age(r.pulled, c.now)),
        PaneColumn(id="type", title="MEDIA TYPE", width=30, wide=True, value=lambda r, c: dash(r.media_type)),
    )  # fmt: skip

    def drill(self, row: ImageRow, context: PaneContext) -> Drill:
        digest, uri, tags = row.digest, row.repository_uri, set(row.image_tags)

        def where(task: Row) -> bool:
            if not isinstance(task, TaskRow) or task.state is State.IDLE:
                return False
            return any(
                c.digest == digest or (not c.digest and f"{c.image.registry}/{c.image.repository}" == uri and c.image.tag in tags)
                for c in task.containers
            )

        return Drill(
            kind="tasks",
            title=f"tasks that run {row.name}:{'/'.join(row.image_tags) or row.digest[7:19]}",
            where=where,
            scope=row.scope,
            parent=row.key,
        )

    def describe(self, row: ImageRow, context: PaneContext) -> list[tuple[str, str]]:
        return [
            *super().describe(row, context),
            ("Uri", f"{row.repository_uri}@{row.digest}"),
            ("Findings", f"{row.critical} critical, {row.high} high, {row.medium} medium, {row.low} low" if row.scanned else "-"),
            ("Scan status", dash(row.scan_status)),
        ]

    def console_path(self, row: ImageRow) -> str:
        account = row.scope.account
        return f"/ecr/repositories/private/{account}/{row.name}/_/image/{row.digest}/details?region={row.scope.region}"
