"""Kubernetes deployments and their replica sets."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Key, Row
from tui.model.kubernetes import DeploymentRow, PodRow
from tui.panes.base import Drill, Jump, Pane, PaneColumn, PaneContext
from tui.panes.words import Cell, age, bar, coarse, ratio_cell


def owned_by(deployment: DeploymentRow, pod: Row) -> bool:
    """Whether a replica set of the deployment controls the pod (its name is the deployment's with a hash)."""
    if not isinstance(pod, PodRow) or pod.namespace != deployment.namespace or pod.owner is None:
        return False
    kind, name, _ = pod.owner
    return kind == "ReplicaSet" and name.rpartition("-")[0] == deployment.name and pod.key.identity == deployment.key.identity


def rollout(row: DeploymentRow, context: PaneContext) -> Cell:
    """Updated of wanted while it rolls."""
    if row.paused:
        return Cell("paused", "state-warn")
    if row.updated >= row.desired and row.replicas == row.desired and row.observed >= row.generation:
        return Cell("-", "muted")
    style = "state-bad" if row.stalled else "state-change"
    if context.calm:
        return Cell(coarse(row.updated, row.desired), style)
    return Cell(f"{bar(row.updated, row.desired, 5, context.ascii)} {row.updated}/{row.desired}", style)


def to_replica_sets(row: DeploymentRow, context: PaneContext) -> Drill:
    """Its revisions, as k9s's ``z``."""
    uid = row.uid
    return Drill(
        kind="replica-sets",
        title=f"{row.namespace}/{row.name}",
        where=lambda other: bool(getattr(other, "owner", None)) and other.owner[2] == uid,  # type: ignore[attr-defined]
        scope=row.scope,
        parent=row.key,
    )


class DeploymentsPane(Pane):
    """Deployments of the connected cluster."""

    kind: ClassVar[str] = "deployments"
    title: ClassVar[str] = "Deployments"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("dp", "deploy", "deployment")
    logs = True
    needs: ClassVar[tuple[str, ...]] = ("pods", "replica-sets")
    scoped_by = "namespace"
    jumps: ClassVar[tuple[Jump, ...]] = (
        Jump(id="deployment.replica-sets", key="z", title="its replica sets", to=to_replica_sets),
    )
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="namespace", title="NAMESPACE", width=12, minimum=9, priority=2, letter="P", shorten="middle", value=lambda r, c: r.namespace),
        PaneColumn(id="name", title="NAME", width=22, minimum=18, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="ready", title="READY", width=6, minimum=5, align="right", letter="R", value=lambda r, c: ratio_cell(r.ready, r.desired), sort=lambda r, c: r.ready - r.desired),
        PaneColumn(id="updated", title="UP-TO-DATE", width=10, minimum=10, align="right", priority=9, value=lambda r, c: str(r.updated), sort=lambda r, c: -r.updated),
        PaneColumn(id="available", title="AVAILABLE", width=9, minimum=9, align="right", priority=8, letter="L", value=lambda r, c: str(r.available), sort=lambda r, c: -r.available),
        PaneColumn(id="rollout", title="ROLLOUT", width=11, minimum=11, priority=3, value=rollout),
        PaneColumn(id="image", title="IMAGE", width=22, minimum=20, priority=4, shorten="middle", letter="I", value=lambda r, c: ", ".join(x.short for x in r.images) or "-"),
        PaneColumn(id="age", title="AGE", width=4, minimum=3, align="right", priority=7, letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
    )  # fmt: skip

    def scope_name(self, row: DeploymentRow) -> str:
        return row.namespace

    def drill(self, row: DeploymentRow, context: PaneContext) -> Drill:
        return Drill(
            kind="pods",
            title=f"{row.namespace}/{row.name}",
            where=lambda pod: owned_by(row, pod),
            scope=row.scope,
            parent=row.key,
        )

    def describe(self, row: DeploymentRow, context: PaneContext) -> list[tuple[str, str]]:
        facts = super().describe(row, context)
        facts += [
            ("Strategy", f"{row.strategy}, surge {row.max_surge}, unavailable {row.max_unavailable}"),
            ("Revision", row.revision or "-"),
        ]
        facts += [("Selector", ", ".join(f"{n}={v}" for n, v in row.selector) or "-")]
        facts += [(f"Condition {t}", f"{s} {r} {m}".strip()) for t, s, r, m in row.conditions]
        facts += [(f"Label {name}", value) for name, value in row.labels]
        return facts

    def console_path(self, row: DeploymentRow) -> str:
        if ":eks:" not in row.scope.cluster:
            return ""
        cluster = row.scope.cluster.rsplit("/", 1)[-1]
        return f"/eks/home?region={row.scope.region}#/clusters/{cluster}/deployments/{row.name}?namespace={row.namespace}"


class ReplicaSetsPane(Pane):
    """Replica sets: a deployment's revisions."""

    kind: ClassVar[str] = "replica-sets"
    title: ClassVar[str] = "Replica sets"
    world = "eks"
    aliases: ClassVar[tuple[str, ...]] = ("rs", "replicaset", "replicasets")
    logs = True
    needs: ClassVar[tuple[str, ...]] = ("pods",)
    scoped_by = "namespace"
    columns: ClassVar[tuple[PaneColumn, ...]] = (
        PaneColumn(id="namespace", title="NAMESPACE", width=12, minimum=9, priority=3, letter="P", value=lambda r, c: r.namespace),
        PaneColumn(id="name", title="NAME", width=30, minimum=20, shorten="middle", letter="N", value=lambda r, c: r.name),
        PaneColumn(id="ready", title="READY", width=6, minimum=5, align="right", letter="R", value=lambda r, c: ratio_cell(r.ready, r.desired)),
        PaneColumn(id="revision", title="REV", width=4, minimum=3, align="right", letter="V", value=lambda r, c: r.revision or "-"),
        PaneColumn(id="image", title="IMAGE", width=24, minimum=18, shorten="middle", letter="I", value=lambda r, c: ", ".join(x.short for x in r.images) or "-"),
        PaneColumn(id="age", title="AGE", width=4, minimum=3, align="right", priority=5, letter="A", value=lambda r, c: age(r.created, c.now), sort=lambda r, c: -r.created),
    )  # fmt: skip

    def scope_name(self, row: Row) -> str:
        return str(getattr(row, "namespace", ""))

    def drill(self, row: Row, context: PaneContext) -> Drill:
        uid = getattr(row, "uid", "")
        return Drill(
            kind="pods",
            title=row.name,
            where=lambda pod: isinstance(pod, PodRow) and pod.owner is not None and pod.owner[2] == uid,
            scope=row.scope,
            parent=row.key,
        )


def deployment_of(pod: PodRow, context: PaneContext) -> Key | None:
    """The key of the deployment that owns ``pod``, where it has been read."""
    for row in context.store.rows("deployments"):
        if isinstance(row, DeploymentRow) and owned_by(row, pod):
            return row.key
    return None
