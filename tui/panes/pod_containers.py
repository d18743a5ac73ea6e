"""Containers of a pod."""

from __future__ import annotations

from typing import ClassVar

from tui.model.kubernetes import PodContainerRow
from tui.panes.base import Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, dash, mebibytes, millicores


def state(row: PodContainerRow, context: PaneContext) -> Cell:
    """The state with its reason, as ``kubectl describe`` says it."""
    c = row.container
    return Cell(c.reason or c.state.capitalize() or "-", row.state.token if row.state <= 2 else "")


class PodContainersPane(Pane):
    """Containers of a pod, init containers first."""

    kind: ClassVar[str] = "pod-containers"
    title: ClassVar[str] = "Containers"
    world = "eks"
    inside = "pods"
    logs = True
    default_sort = ""
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=22, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="role", title="ROLE", width=7, minimum=4, priority=5, value=lambda r, c: "sidecar" if r.container.sidecar else "init" if r.container.init else "main"),
        PaneColumn(id="state", title="STATE", width=18, minimum=16, letter="S", value=state),
        PaneColumn(id="ready", title="READY", width=5, minimum=5, letter="R", value=lambda r, c: "yes" if r.container.ready else "no"),
        PaneColumn(id="restarts", title="RST", width=4, minimum=3, align="right", letter="T", value=lambda r, c: str(r.container.restarts), sort=lambda r, c: -r.container.restarts),
        PaneColumn(id="last", title="LAST EXIT", width=14, minimum=9, priority=3, value=lambda r, c: f"{r.container.last_exit_code} {r.container.last_reason}" if r.container.last_exit_code is not None else "-"),
        PaneColumn(id="image", title="IMAGE", width=30, minimum=20, shorten="middle", letter="I", value=lambda r, c: r.container.image.short),
        PaneColumn(id="cpu-request", title="CPU REQ", width=7, minimum=7, align="right", priority=6, value=lambda r, c: millicores(r.container.cpu_request or None)),
        PaneColumn(id="memory-request", title="MEM REQ", width=7, minimum=7, align="right", priority=6, value=lambda r, c: mebibytes(r.container.memory_request or None)),
        PaneColumn(id="memory-limit", title="MEM LIM", width=7, minimum=7, align="right", priority=6, value=lambda r, c: mebibytes(r.container.memory_limit or None)),
        PaneColumn(id="digest", title="IMAGE ID", width=14, wide=True, value=lambda r, c: dash(r.container.image_id.rpartition("sha256:")[2][:12])),
    )  # fmt: skip

    def describe(self, row: PodContainerRow, context: PaneContext) -> list[tuple[str, str]]:
        c = row.container
        facts = [fact for fact in super().describe(row, context) if not fact[0].endswith((" REQ", " LIM"))]
        facts += [("CPU request", cores(c.cpu_request)), ("CPU limit", cores(c.cpu_limit))]
        facts += [("Memory request", mib(c.memory_request)), ("Memory limit", mib(c.memory_limit))]
        facts += [("Pod", f"{row.namespace}/{row.pod_name}"), ("Message", dash(c.message))]
        if c.last_message:
            facts += [("Last words", line) for line in c.last_message.splitlines()[-10:]]
        return facts


def cores(number: float) -> str:
    """``100m``; ``-`` where none is set."""
    return f"{millicores(number)}m" if number else "-"


def mib(number: int) -> str:
    """``96 MiB``; ``-`` where none is set."""
    return f"{mebibytes(number)} MiB" if number else "-"
