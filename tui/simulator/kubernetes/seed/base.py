"""The cluster itself: namespaces, storage classes, access rules, nodes."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

DAY = 86_400.0
NO_DAEMONS = {"key": "eks.amazonaws.com/compute-type", "value": "fargate", "effect": "NoSchedule"}


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


def plant_nodes(cluster: KubernetesWorld, scenario: dict[str, Any], count: int, fargate: list[dict[str, Any]]) -> None:
    number = 0
    for group in scenario.get("node_groups", ()):
        for _ in range(count or group["count"]):
            number += 1
            _node(cluster, group, number)
    for workload in fargate:
        number += 1
        _fargate(cluster, workload, number)


def node_address(number: int) -> str:
    """The private address of the n-th node; its name follows from it."""
    return f"10.0.{1 + number // 200}.{11 + number % 200}"


def _node(cluster: KubernetesWorld, group: dict[str, Any], number: int) -> None:
    zone = f"{cluster.world.region}{'abc'[number % 3]}"
    labels = {
        "alpha.eksctl.io/cluster-name": cluster.name,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup": group["name"],
        "node.kubernetes.io/instance-type": group["type"],
    }
    instance = f"aws:///{zone}/i-0{int(noise('node', number) * 2**60):016x}"
    capacity = {
        "cpu": str(group["cpu"]),
        "memory": f"{group['memory_gib'] * 1024 * 1024 - 512_000}Ki",
        "pods": str(group["pods"]),
    }
    offer = {**capacity, "cpu": f"{group['cpu'] * 1000 - 90}m", "memory": f"{group['memory_gib'] * 1024 * 1024 - 1_530_000}Ki"}
    _put_node(cluster, number, zone, labels, instance, capacity, offer, [])


def _fargate(cluster: KubernetesWorld, workload: dict[str, Any], number: int) -> None:
    zone = f"{cluster.world.region}a"
    labels = {"eks.amazonaws.com/compute-type": "fargate"}
    instance = f"aws:///{zone}/{base64.b32encode(workload['name'].encode()).decode().lower().strip('=')}"
    capacity = {"cpu": "2", "memory": "3922384Ki", "pods": "1"}
    _put_node(cluster, number, zone, labels, instance, capacity, capacity, [NO_DAEMONS])


def _put_node(
    cluster: KubernetesWorld, number: int, zone: str, labels: dict[str, str], instance: str,
    capacity: dict[str, str], offer: dict[str, str], taints: list[Object],
) -> None:  # fmt: skip
    address = node_address(number)
    region = cluster.world.region
    name = f"{'fargate-' if taints else ''}ip-{address.replace('.', '-')}.{region}.compute.internal"
    age = (20 + noise("age", number) * 5) * DAY
    since = stamp(cluster.now() - age + 40)
    beat = stamp(cluster.now() - 60 * noise("beat", number))
    good = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    )
    conditions = [
        {"type": t, "status": s, "lastHeartbeatTime": beat, "lastTransitionTime": since, "reason": r, "message": m}
        for t, s, r, m in good
    ]
    labels = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        **labels,
    }
    info = {
        "architecture": "amd64",
        "bootID": f"{int(noise('boot', number) * 2**32):08x}",
        "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.12.46-66.121.amzn2023.x86_64",
        "kubeProxyVersion": "",
        "kubeletVersion": cluster.scenario["version"],
        "machineID": f"ec2{int(noise('machine', number) * 2**48):012x}",
        "operatingSystem": "linux",
        "osImage": "Amazon Linux 2023.9.20260929",
        "systemUUID": f"ec2{int(noise('uuid', number) * 2**48):012x}",
    }
    addresses = [
        {"type": "InternalIP", "address": address},
        {"type": "Hostname", "address": name},
        {"type": "InternalDNS", "address": name},
    ]
    status = {
        "capacity": {**capacity, "ephemeral-storage": "104779756Ki"},
        "allocatable": {**offer, "ephemeral-storage": "95491281146"},
        "conditions": conditions,
        "addresses": addresses,
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": info,
        "images": [],
    }
    spec: Object = {"providerID": instance}
    if taints:
        spec["taints"] = taints
    _put(cluster, api.NODES, name, age, metadata={"labels": labels}, spec=spec, status=status)
