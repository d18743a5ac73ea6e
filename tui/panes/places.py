"""Where things run: ECS clusters, EKS clusters, namespaces, nodes."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Row
from tui.model.ecs import ClusterRow
from tui.model.kubernetes import EksClusterRow, NamespaceRow, NodeRow, PodRow
from tui.panes.base import Drill, Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, dash, mebibytes


class ClustersPane(Pane):
    """ECS clusters of the account and region."""

    kind: ClassVar[str] = "clusters"
    title: ClassVar[str] = "ECS clusters"
    world = "ecs"
    aliases: ClassVar[tuple[str, ...]] = ("cluster", "cl")
    default_sort = "name"
    least_reason = 12
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=26, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="status", title="STATUS", width=10, minimum=6, letter="S", value=lambda r, c: r.status.lower()),
        PaneColumn(id="services", title="SERVICES", width=8, minimum=8, align="right", letter="V", value=lambda r, c: dash(r.services), sort=lambda r, c: -r.services),
        PaneColumn(id="running", title="RUNNING", width=7, minimum=7, align="right", letter="R", value=lambda r, c: dash(r.running), sort=lambda r, c: -r.running),
        PaneColumn(id="pending", title="PENDING", width=7, minimum=7, align="right", letter="P", value=lambda r, c: dash(r.pending), sort=lambda r, c: -r.pending),
        PaneColumn(id="instances", title="INSTANCES", width=9, minimum=9, align="right", letter="I", value=lambda r, c: dash(r.instances)),
        PaneColumn(id="providers", title="CAPACITY PROVIDERS", width=30, minimum=18, most=70, priority=5, value=lambda r, c: ", ".join(r.capacity_providers) or "-"),
    )  # fmt: skip

    def drill(self, row: ClusterRow, context: PaneContext) -> Drill:
        arn = row.arn
        return Drill(
            kind="services",
            title=row.name,
            where=lambda service: getattr(service, "cluster_arn", "") == arn,
            scope=row.scope,
            parent=row.key,
        )

    def console_path(self, row: ClusterRow) -> str:
        return f"/ecs/v2/clusters/{row.name}/services?region={row.scope.region}"


class EksClustersPane(Pane):
    """EKS clusters of the account and region; Enter connects."""

    kind: ClassVar[str] = "eks-clusters"
    title: ClassVar[str] = "EKS clusters"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("eksclusters", "ekc", "ctx", "context", "contexts")
    default_sort = "name"
    least_reason = 12
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=26, minimum=12, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="status", title="STATUS", width=10, minimum=6, letter="S", value=lambda r, c: r.status.lower()),
        PaneColumn(id="version", title="VERSION", width=8, minimum=7, letter="V", value=lambda r, c: dash(r.version)),
        PaneColumn(id="platform", title="PLATFORM", width=9, minimum=9, priority=4, value=lambda r, c: dash(r.platform_version)),
        PaneColumn(id="endpoint", title="ENDPOINT", width=50, minimum=24, priority=5, shorten="middle", value=lambda r, c: dash(r.endpoint)),
    )  # fmt: skip

    def drill(self, row: EksClusterRow, context: PaneContext) -> Drill:
        return Drill(kind="pods", title=row.name, scope=row.scope, parent=row.key)

    def console_path(self, row: EksClusterRow) -> str:
        return f"/eks/home?region={row.scope.region}#/clusters/{row.name}"


class NamespacesPane(Pane):
    """Namespaces; Enter shows the pods of one."""

    kind: ClassVar[str] = "namespaces"
    title: ClassVar[str] = "Namespaces"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("ns", "namespace")
    default_sort = "name"
    least_reason = 12
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=30, minimum=8, letter="N", value=lambda r, c: r.name),
        PaneColumn(id="status", title="STATUS", width=12, minimum=6, letter="S", value=lambda r, c: dash(r.phase)),
        PaneColumn(id="age", title="AGE", width=5, minimum=4, align="right", letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
    )  # fmt: skip

    def drill(self, row: NamespaceRow, context: PaneContext) -> Drill:
        name = row.name
        return Drill(
            kind="pods", title=name, where=lambda pod: getattr(pod, "namespace", "") == name, scope=row.scope, parent=row.key
        )


class NodesPane(Pane):
    """Nodes of the connected cluster."""

    kind: ClassVar[str] = "nodes"
    title: ClassVar[str] = "Nodes"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("no", "node")
    needs: ClassVar[tuple[str, ...]] = ("pods",)
    least_reason = 16
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="name", title="NAME", width=32, minimum=20, most=50, letter="N", value=lambda r, c: r.name),
        PaneColumn(id="status", title="STATUS", width=8, minimum=8, most=24, letter="S", value=lambda r, c: Cell(("Ready" if r.ready else "NotReady") + (",SchedulingDisabled" if r.unschedulable else ""), "" if r.ready else "state-bad")),
        PaneColumn(id="version", title="VERSION", width=12, minimum=12, most=22, priority=4, letter="V", value=lambda r, c: dash(r.version)),
        PaneColumn(id="cpu", title="CPU", width=4, minimum=3, align="right", priority=3, letter="C", value=lambda r, c: f"{r.cpu:g}", sort=lambda r, c: -r.cpu),
        PaneColumn(id="memory", title="MEM Mi", width=7, minimum=6, align="right", priority=3, letter="M", value=lambda r, c: mebibytes(r.memory), sort=lambda r, c: -r.memory),
        PaneColumn(id="pods", title="PODS", width=5, minimum=4, align="right", priority=5, value=lambda r, c: dash(r.pods)),
        PaneColumn(id="zone", title="ZONE", width=11, minimum=10, priority=6, value=lambda r, c: dash(r.zone)),
        PaneColumn(id="type", title="TYPE", width=11, minimum=11, priority=7, letter="T", value=lambda r, c: dash(r.instance_type)),
        PaneColumn(id="age", title="AGE", width=5, minimum=4, align="right", priority=8, letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
    )  # fmt: skip

    def drill(self, row: NodeRow, context: PaneContext) -> Drill:
        name = row.name

        def where(pod: Row) -> bool:
            return isinstance(pod, PodRow) and pod.node == name

        return Drill(kind="pods", title=f"node {name}", where=where, scope=row.scope, parent=row.key)

    def describe(self, row: NodeRow, context: PaneContext) -> list[tuple[str, str]]:
        return [*super().describe(row, context), *((f"Condition {t}", f"{s} {r} {m}".strip()) for t, s, r, m in row.conditions)]
