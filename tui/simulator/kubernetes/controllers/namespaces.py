"""A namespace that is being deleted: its content goes first, then the namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.deletion import Options, delete

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one namespace."""
    found = cluster.storage.find(api.NAMESPACES, "", name)
    if found is None:
        return
    if not found.deleting:
        if cluster.storage.find(api.SERVICE_ACCOUNTS, name, "default") is None:
            cluster.storage.create(api.SERVICE_ACCOUNTS, {"metadata": {"name": "default", "namespace": name}})
        return
    left = 0
    for resource in api.STORED:
        if not resource.namespaced:
            continue
        for stored in list(cluster.storage.all(resource, name)):
            if not stored.deleting:
                delete(cluster, resource, stored, Options())
            left += cluster.storage.find(resource, name, stored.name) is not None
    if not left:
        cluster.storage.remove(api.NAMESPACES, "", name)
