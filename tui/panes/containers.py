"""Containers: those of an ECS task."""

from __future__ import annotations

from typing import ClassVar

from tui.model import State
from tui.model.tasks import ContainerRow
from tui.panes.base import Pane, PaneColumn
from tui.panes.words import Cell, dash


class ContainersPane(Pane):
    """Containers of ECS tasks."""

    kind: ClassVar[str] = "containers"
    title: ClassVar[str] = "Containers"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("container", "co")
    logs = True
    needs: ClassVar[tuple[str, ...]] = ("tasks",)
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=20, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="status", title="STATUS", width=9, minimum=7, letter="S", value=lambda r, c: dash(r.status.lower())),
        PaneColumn(
            id="exit",
            title="EXIT",
            width=4,
            minimum=4,
            align="right",
            letter="E",
            value=lambda r, c: Cell(
                "-" if r.exit_code is None else str(r.exit_code), "state-bad" if r.exit_code and r.state is State.BROKEN else ""
            ),
        ),
        PaneColumn(
            id="health",
            title="HEALTH",
            width=9,
            minimum=7,
            priority=3,
            letter="H",
            value=lambda r, c: r.health.lower() if r.health not in ("", "UNKNOWN") else "-",
        ),
        PaneColumn(
            id="image", title="IMAGE", width=30, minimum=20, shorten="middle", letter="I", value=lambda r, c: r.image.short
        ),
        PaneColumn(
            id="digest",
            title="DIGEST",
            width=12,
            minimum=8,
            priority=6,
            value=lambda r, c: dash(r.digest.removeprefix("sha256:")[:12]),
        ),
        PaneColumn(
            id="cpu", title="CPU", width=5, minimum=4, align="right", priority=7, letter="C", value=lambda r, c: dash(r.cpu)
        ),
        PaneColumn(
            id="memory",
            title="MEM Mi",
            width=6,
            minimum=6,
            align="right",
            priority=7,
            letter="M",
            value=lambda r, c: dash(r.memory),
        ),
        PaneColumn(
            id="essential", title="ESSENTIAL", width=9, minimum=9, priority=8, value=lambda r, c: "yes" if r.essential else "no"
        ),
    )

    def labels(self, row: ContainerRow) -> dict[str, str]:
        return {}
