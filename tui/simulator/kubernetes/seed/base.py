"""The cluster itself: namespaces, storage classes, access rules, nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import nodes
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

DAY = 86_400.0


def _put(cluster: KubernetesWorld, resource: Resource, name: str, age: float, **members: Any) -> None:
    metadata = {"name": name, "creationTimestamp": stamp(cluster.now() - age), **members.pop("metadata", {})}
    cluster.storage.create(resource, {"metadata": metadata, **members}, quiet=True)


def plant_namespaces(cluster: KubernetesWorld, scenario: dict[str, Any]) -> None:
    authority = "-----BEGIN CERTIFICATE-----\n(the cluster's authority)\n-----END CERTIFICATE-----\n"
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
        _put(cluster, api.CONFIG_MAPS, "kube-root-ca.crt", 210 * DAY, metadata={"namespace": name}, data={"ca.crt": authority})
    if cluster.storage.find(api.NAMESPACES, "", "default"):
        spec: Object = {
            "type": "ClusterIP",
            "clusterIP": "172.20.0.1",
            "clusterIPs": ["172.20.0.1"],
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443}],
            "ipFamilies": ["IPv4"],
            "sessionAffinity": "None",
        }
        metadata = {"namespace": "default", "labels": {"component": "apiserver", "provider": "kubernetes"}}
        _put(cluster, api.SERVICES, "kubernetes", 210 * DAY, metadata=metadata, spec=spec, status={"loadBalancer": {}})


def plant_classes(cluster: KubernetesWorld) -> None:
    default = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    waits = "WaitForFirstConsumer"
    ebs, efs = "ebs.csi.aws.com", "efs.csi.aws.com"
    common = {"reclaimPolicy": "Delete", "volumeBindingMode": waits, "allowVolumeExpansion": True}
    _put(
        cluster,
        api.STORAGE_CLASSES,
        "gp3",
        200 * DAY,
        metadata=default,
        provisioner=ebs,
        parameters={"type": "gp3", "encrypted": "true"},
        **common,
    )
    _put(
        cluster,
        api.STORAGE_CLASSES,
        "gp2",
        210 * DAY,
        provisioner="kubernetes.io/aws-ebs",
        parameters={"type": "gp2", "fsType": "ext4"},
        reclaimPolicy="Delete",
        volumeBindingMode=waits,
    )
    _put(
        cluster,
        api.STORAGE_CLASSES,
        "efs",
        190 * DAY,
        provisioner=efs,
        reclaimPolicy="Delete",
        volumeBindingMode="Immediate",
        parameters={"provisioningMode": "efs-ap", "fileSystemId": "fs-0a1b2c3d", "directoryPerms": "700"},
    )
    _put(
        cluster, api.CSI_DRIVERS, ebs, 200 * DAY, spec={"attachRequired": True, "podInfoOnMount": False, "storageCapacity": False}
    )
    _put(
        cluster,
        api.CSI_DRIVERS,
        efs,
        190 * DAY,
        spec={"attachRequired": False, "podInfoOnMount": False, "storageCapacity": False},
    )
    for name, value in (("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)):
        _put(cluster, api.PRIORITIES, name, 210 * DAY, value=value, preemptionPolicy="PreemptLowerPriority")
    _put(cluster, api.INGRESS_CLASSES, "alb", 200 * DAY, spec={"controller": "ingress.k8s.aws/alb"})


def plant_access(cluster: KubernetesWorld) -> None:
    every = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    reading = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
    for name, rules in (("cluster-admin", every), ("view", reading), ("operators", every)):
        _put(cluster, api.CLUSTER_ROLES, name, 210 * DAY, rules=rules)
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": f"shop:{name}"}
        _put(cluster, api.CLUSTER_ROLE_BINDINGS, name, 210 * DAY, roleRef=role, subjects=[subject])


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
