"""PodDisruptionBudgets: how many pods may go now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import count, replace_status
from tui.simulator.kubernetes.quantity import percent
from tui.simulator.kubernetes.selectors import object_match

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one budget."""
    budget = cluster.storage.read(api.BUDGETS, namespace, name)
    if budget is None:
        return
    spec = budget["spec"]
    match = object_match(spec.get("selector"))
    found = count((p for p in cluster.storage.all(api.PODS, namespace) if match(p.labels)), cluster.now())
    expected = len(found.live)
    if "minAvailable" in spec:
        wanted = percent(spec["minAvailable"], expected, up=True)
    else:
        wanted = expected - percent(spec.get("maxUnavailable", 0), expected, up=True)
    status = {
        "observedGeneration": budget["metadata"].get("generation", 1),
        "currentHealthy": found.ready,
        "desiredHealthy": wanted,
        "disruptionsAllowed": max(0, found.ready - wanted),
        "expectedPods": expected,
    }
    replace_status(cluster, api.BUDGETS, budget, status)
