"""The cluster itself: namespaces, nodes, and the single objects of the scenario."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import nodes
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

DAY = 86_400.0
AUTHORITY = "-----BEGIN CERTIFICATE-----\n(the cluster's authority)\n-----END CERTIFICATE-----\n"


def _put(cluster: KubernetesWorld, resource: Resource, name: str, age: float, **members: Any) -> None:
    metadata = {"name": name, "creationTimestamp": stamp(cluster.now() - age), **members.pop("metadata", {})}
    cluster.storage.create(resource, {"metadata": metadata, **members}, quiet=True)


def plant_namespaces(cluster: KubernetesWorld, scenario: dict[str, Any]) -> None:
    """The namespaces, each with what the control plane puts into it."""
    for entry in scenario.get("namespaces", ()):
        name = entry["name"]
        labels = {"kubernetes.io/metadata.name": name}
        if entry.get("owner") == "argocd":
            labels["argocd.argoproj.io/instance"] = name
        elif entry.get("owner") == "helm":
            labels["app.kubernetes.io/managed-by"] = "Helm"
        kept, status = {"finalizers": ["kubernetes"]}, {"phase": "Active"}
        _put(cluster, api.NAMESPACES, name, 210 * DAY, metadata={"labels": labels}, spec=kept, status=status)
        _put(cluster, api.SERVICE_ACCOUNTS, "default", 210 * DAY, metadata={"namespace": name})
        _put(cluster, api.CONFIG_MAPS, "kube-root-ca.crt", 210 * DAY, metadata={"namespace": name}, data={"ca.crt": AUTHORITY})


def plant_objects(cluster: KubernetesWorld, scenario: dict[str, Any]) -> None:
    """The scenario's single objects, as they stand there."""
    for entry in scenario.get("objects", ()):
        resource = api.BY_KIND[entry["apiVersion"], entry["kind"]]
        metadata = {part: dict(entry[part]) for part in ("labels", "annotations") if part in entry}
        if "namespace" in entry:
            metadata["namespace"] = entry["namespace"]
        _put(cluster, resource, entry["name"], entry["age"] * DAY, metadata=metadata, **copy.deepcopy(entry["body"]))


def plant_nodes(cluster: KubernetesWorld, scenario: dict[str, Any], count: int, fargate: int) -> None:
    """``count`` nodes of each group (0: what the scenario says), then those that Fargate made for single pods."""
    number = 0
    listed = []
    for group in scenario.get("node_groups", ()):
        for _ in range(count or group["count"]):
            number += 1
            listed.append(nodes.managed(cluster, group, number))
    for _ in range(fargate):
        number += 1
        listed.append(nodes.fargate(cluster, number))
    for number, node in enumerate(listed, 1):
        age = (20 + noise("age", number) * 5) * DAY
        node["metadata"]["creationTimestamp"] = stamp(cluster.now() - age)
        for condition in node["status"]["conditions"]:
            condition["lastTransitionTime"] = stamp(cluster.now() - age + 40)
        cluster.storage.create(api.NODES, node, quiet=True)
