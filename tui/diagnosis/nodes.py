"""Findings on Kubernetes nodes: not ready, or under pressure. A cordoned node is somebody's decision, not a finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.words import finding, one_line
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext, own_key
from tui.model.kubernetes import NodeRow
from tui.model.scope import Key
from tui.model.state import State

PRESSURE = {
    "MemoryPressure": "short of memory",
    "DiskPressure": "short of disk space",
    "PIDPressure": "short of process ids",
    "NetworkUnavailable": "its network is not set up",
}


class Nodes(Derived):
    """Conditions of a node (Kubernetes documentation: node conditions)."""

    name = "nodes"
    output = "findings"
    inputs = {"nodes": own_key}
    records = {"nodes": (("unready", lambda row: 0.0 if row.ready else 1.0),)}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        node: NodeRow = members["nodes"][0]
        conditions = {kind: (status, reason, message) for kind, status, reason, message in node.conditions}
        pressed = [words for kind, words in PRESSURE.items() if conditions.get(kind, ("",))[0] == "True"]
        if node.ready and not pressed:
            return NOTHING
        if node.ready:
            sentence, cause, severity = ", ".join(pressed), "node-pressure", State.DEGRADED
        else:
            status, reason, message = conditions.get("Ready", ("", "", ""))
            lost = status == "Unknown"
            words = one_line(message) or reason
            sentence = f"{'its kubelet does not answer' if lost else 'not ready'}{f': {words}' if words else ''}"
            cause, severity = "node-not-ready", State.BROKEN
        since = context.history.above_since(node.key, "unready", 1) if not node.ready else None
        found = finding(
            "node",
            node,
            severity=severity,
            cause=cause,
            sentence=sentence,
            world="eks",
            evidence=(f"zone {node.zone}" if node.zone else "", node.instance_type),
            next_step="look at the instance; its pods move after five minutes",
            since=since or 0.0,
        )
        return Computed((found,))
