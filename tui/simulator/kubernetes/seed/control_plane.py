"""What every cluster has beside its workloads: the two namespaces of the control plane, and a lease for each node.

Their uids are made from their names, so that they take nothing from the randomness that names the rest of the world.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.node_health import LEASE_SECONDS, LEASES
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.seed.base import AUTHORITY, DAY
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import micro, stamp
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

QUIET = (LEASES, "kube-public")


def plant_control_plane(cluster: KubernetesWorld) -> None:
    """The namespaces where no pod runs, and the nodes' leases."""
    before = cluster.rng.getstate()
    born = stamp(cluster.now() - 210 * DAY)
    for name in QUIET:
        labels = {"kubernetes.io/metadata.name": name}
        status: Object = {"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}
        _plant(cluster, api.NAMESPACES, {"name": name, "creationTimestamp": born, "labels": labels}, status)
        _plant(cluster, api.SERVICE_ACCOUNTS, {"name": "default", "namespace": name, "creationTimestamp": born}, {})
        root = {"name": "kube-root-ca.crt", "namespace": name, "creationTimestamp": born}
        _plant(cluster, api.CONFIG_MAPS, root, {"data": {"ca.crt": AUTHORITY}})
    for stored in cluster.storage.all(api.NODES):
        node = decode(stored)["metadata"]
        owner = {"apiVersion": "v1", "kind": "Node", "name": node["name"], "uid": node["uid"]}
        metadata: Object = {"name": node["name"], "namespace": LEASES, "creationTimestamp": node["creationTimestamp"]}
        spec = {"holderIdentity": node["name"], "leaseDurationSeconds": LEASE_SECONDS, "renewTime": micro(cluster.now())}
        _plant(cluster, api.LEASES, {**metadata, "ownerReferences": [owner]}, {"spec": spec})
    cluster.rng.setstate(before)  # the store draws a uid for every object, also for those that bring their own


def _plant(cluster: KubernetesWorld, resource: Resource, metadata: Object, members: Object) -> None:
    place = f"{resource.plural}/{metadata.get('namespace', '')}/{metadata['name']}"
    uid = str(uuid.UUID(hex=digest_of(place)[:32], version=4))
    cluster.storage.create(resource, {"metadata": {**metadata, "uid": uid}, **members}, quiet=True)
