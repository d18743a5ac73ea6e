"""Pods."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from tui.model import Finding, Key, Row, State
from tui.model.kubernetes import PodContainerRow, PodRow
from tui.model.monitoring import MetricRow
from tui.panes.base import Drill, Jump, Pane, PaneColumn, PaneContext
from tui.panes.deployments import deployment_of
from tui.panes.words import Cell, age, dash, mebibytes, millicores, ratio_cell, stamp


def metric(row: Row, context: PaneContext) -> MetricRow | None:
    """The newest figures of metrics.k8s.io."""
    found = context.store.get(Key("metrics", row.key.identity, f"{row.key.kind}:{row.key.id}"))
    return found if isinstance(found, MetricRow) else None


def cpu(row: PodRow, context: PaneContext) -> str:
    """Used millicores."""
    found = metric(row, context)
    return millicores(found.cpu if found else None)


def cpu_share(row: PodRow, context: PaneContext) -> Cell:
    """Percent of the CPU request."""
    found, want = metric(row, context), sum(c.cpu_request for c in row.containers if not c.init or c.sidecar)
    if not found or found.cpu is None or not want:
        return Cell("-", "muted")
    share = 100 * found.cpu / want
    return Cell(f"{share:.0f}", "state-warn" if share >= 100 else "")


def memory(row: PodRow, context: PaneContext) -> str:
    """Used MiB."""
    found = metric(row, context)
    return mebibytes(found.memory if found else None)


def memory_share(row: PodRow, context: PaneContext) -> Cell:
    """Percent of the memory request."""
    found, want = metric(row, context), sum(c.memory_request for c in row.containers if not c.init or c.sidecar)
    if not found or found.memory is None or not want:
        return Cell("-", "muted")
    return Cell(f"{100 * found.memory / want:.0f}")


def memory_limit_share(row: PodRow, context: PaneContext) -> Cell:
    """Percent of the memory limit, over which a container is killed; ``-`` where a container has none."""
    found, limits = metric(row, context), [c.memory_limit for c in row.containers if not c.init or c.sidecar]
    if not found or found.memory is None or not limits or not all(limits):
        return Cell("-", "muted")
    share = 100 * found.memory / sum(limits)
    return Cell(f"{share:.0f}", "state-warn" if share >= 90 else "")


def restarts(row: PodRow, context: PaneContext) -> str:
    """The count, as kubectl has it without the age."""
    return str(row.restarts)


def sentence(findings: Sequence[Finding]) -> str:
    """That of the worst."""
    return findings[0].sentence if findings else ""


def containers(pod: PodRow, said: str) -> tuple[PodContainerRow, ...]:
    """The pod's containers; the one that is not well, or the one that ``said`` names where several are not, says it."""
    rows = PodContainerRow.of(pod)
    unwell = [row for row in rows if row.state <= State.DEGRADED]
    named = [row for row in unwell if f"{row.name}: " in said] or unwell[:1]
    return tuple(replace(row, said=said) if said and row is named[0] else row for row in rows) if named else rows


def to_node(row: PodRow, context: PaneContext) -> Drill | None:
    """The pod's node, as k9s's ``o``."""
    name = row.node
    return (
        Drill(kind="nodes", title=name, where=lambda node: node.name == name, scope=row.scope, parent=row.key) if name else None
    )


def to_owner(row: PodRow, context: PaneContext) -> Drill | None:
    """The deployment that owns the pod, as k9s's ``J``."""
    key = deployment_of(row, context)
    return (
        Drill(kind="deployments", title=row.name, where=lambda other: other.key == key, scope=row.scope, parent=row.key)
        if key
        else None
    )


class PodsPane(Pane):
    """Pods of the connected cluster, in kubectl's words."""

    kind: ClassVar[str] = "pods"
    title: ClassVar[str] = "Pods"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("po", "pod", "eks")
    home = 4
    logs = True
    joins: ClassVar[tuple[str, ...]] = ("metrics",)
    needs: ClassVar[tuple[str, ...]] = ("metrics", "replica-sets", "deployments", "eks-clusters")
    scoped_by = "namespace"
    jumps: ClassVar[tuple[Jump, ...]] = (
        Jump(id="pod.node", key="o", title="show its node", to=to_node),
        Jump(id="pod.owner", key="J", title="jump to its owner", to=to_owner),
    )
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="namespace", title="NAMESPACE", width=12, minimum=9, priority=3, letter="P", shorten="middle", value=lambda r, c: r.namespace),
        PaneColumn(id="name", title="NAME", width=26, minimum=20, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="ready", title="READY", width=5, minimum=5, align="right", letter="R", value=lambda r, c: ratio_cell(r.ready, r.total) if r.status != "Completed" else f"{r.ready}/{r.total}", sort=lambda r, c: r.ready - r.total),
        PaneColumn(id="status", title="STATUS", width=17, minimum=16, priority=1, letter="S", value=lambda r, c: Cell(r.status, r.state.token if r.state <= 2 else "")),
        PaneColumn(id="restarts", title="RST", width=4, minimum=3, align="right", priority=2, letter="T", value=restarts, sort=lambda r, c: -r.restarts),
        PaneColumn(id="cpu", title="CPU m", width=5, minimum=5, align="right", priority=7, letter="C", value=cpu, sort=lambda r, c: -(((m := metric(r, c)) and m.cpu) or 0)),
        PaneColumn(id="cpu-share", title="%CPU", width=4, minimum=4, align="right", priority=9, value=cpu_share),
        PaneColumn(id="memory", title="MEM Mi", width=6, minimum=6, align="right", priority=5, letter="M", value=memory, sort=lambda r, c: -(((m := metric(r, c)) and m.memory) or 0)),
        PaneColumn(id="memory-share", title="%MEM", width=4, minimum=4, align="right", priority=8, value=memory_share),
        PaneColumn(id="memory-limit", title="%LIM", width=4, minimum=4, align="right", priority=12, value=memory_limit_share),
        PaneColumn(id="ip", title="IP", width=15, minimum=8, priority=11, letter="I", value=lambda r, c: dash(r.ip)),
        PaneColumn(id="node", title="NODE", width=20, minimum=14, most=40, priority=10, value=lambda r, c: dash(r.node)),
        PaneColumn(id="age", title="AGE", width=4, minimum=3, align="right", priority=4, letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
        PaneColumn(id="qos", title="QOS", width=10, wide=True, value=lambda r, c: dash(r.qos)),
        PaneColumn(id="image", title="IMAGE", width=30, wide=True, shorten="middle", value=lambda r, c: ", ".join(x.image.short for x in r.containers if not x.init)),
    )  # fmt: skip

    def scope_name(self, row: PodRow) -> str:
        return row.namespace

    def drill(self, row: PodRow, context: PaneContext) -> Drill:
        key, store = row.key, context.store

        def rows() -> tuple[Row, ...]:
            found = store.get(key)
            return containers(found, sentence(store.findings(key))) if isinstance(found, PodRow) else ()

        return Drill(kind="pod-containers", title=f"{row.namespace}/{row.name}", rows=rows, parent=key, scope=row.scope)

    def describe(self, row: PodRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [("Phase", row.phase), ("Created", stamp(row.created)), ("Message", dash(row.message))]
        if row.owner:
            facts.append(("Controlled by", f"{row.owner[0]}/{row.owner[1]}"))
        for c in row.containers:
            words = " ".join(x for x in (c.image.short, c.state, c.reason, c.message) if x)
            facts.append((f"{'Init container' if c.init else 'Container'} {c.name}", words))
            if c.last_reason or c.last_exit_code is not None:
                facts.append(("  last state", f"{c.last_reason} exit {c.last_exit_code} {c.last_message}".strip()))
        facts += [(f"Condition {t}", f"{s} {r} {m}".strip()) for t, s, r, m in row.conditions]
        facts += [(f"Label {name}", value) for name, value in row.labels]
        return facts

    def empty(self, context: PaneContext) -> str:
        return "No pods here.   0 shows all namespaces · :ctx lists the clusters"

    def console_path(self, row: PodRow) -> str:
        if ":eks:" not in row.scope.cluster:
            return ""
        cluster = row.scope.cluster.rsplit("/", 1)[-1]
        return f"/eks/home?region={row.scope.region}#/clusters/{cluster}/pods/{row.name}?namespace={row.namespace}"
