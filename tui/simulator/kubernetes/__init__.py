"""The embedded world's EKS cluster: an API server with real watches, controllers that really roll, kubelets that really crash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes.cluster import KubernetesWorld

if TYPE_CHECKING:
    from tui.simulator.world import World

__all__ = ["KubernetesWorld", "create"]


def create(world: World) -> KubernetesWorld:
    """The cluster of the scenario, moving with ``world``; also found in ``world.state["kubernetes"]``."""
    cluster = KubernetesWorld(world)
    world.engines.append(cluster)
    world.state["kubernetes"] = cluster
    return cluster
