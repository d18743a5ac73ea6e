"""Nodes as objects: of a managed node group, and those that Fargate makes for one pod each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
FARGATE_TAINT = {"key": COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule"}
GOOD = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


def address_of(number: int) -> str:
    """The private address of the n-th node; its name follows from it."""
    return f"10.0.{1 + number // 200}.{11 + number % 200}"


def managed(cluster: KubernetesWorld, group: dict[str, Any], number: int) -> Object:
    """The n-th node, of a managed node group of the scenario."""
    zone = f"{cluster.world.region}{'abc'[number % 3]}"
    labels = {
        "alpha.eksctl.io/cluster-name": cluster.name,
        "eks.amazonaws.com/capacityType": "ON_DEMAND",
        "eks.amazonaws.com/nodegroup": group["name"],
        "node.kubernetes.io/instance-type": group["type"],
    }
    memory = group["memory_gib"] * 1024 * 1024
    capacity = {"cpu": str(group["cpu"]), "memory": f"{memory - 512_000}Ki", "pods": str(group["pods"])}
    offer = {**capacity, "cpu": f"{group['cpu'] * 1000 - 90}m", "memory": f"{memory - 1_530_000}Ki"}
    spec = {"providerID": f"aws:///{zone}/i-{digest_of(f'node {number}')[:17]}"}
    return _node(cluster, number, "", {**labels, "topology.kubernetes.io/zone": zone}, spec, capacity, offer)


def fargate(cluster: KubernetesWorld, number: int) -> Object:
    """The n-th node, made by Fargate: it takes one pod and keeps all others away."""
    zone = f"{cluster.world.region}{'abc'[number % 3]}"
    labels = {COMPUTE_TYPE: "fargate", "topology.kubernetes.io/zone": zone}
    capacity = {"cpu": "2", "memory": "3922384Ki", "pods": "1"}
    digest = digest_of(f"fargate {number}")
    spec = {"providerID": f"aws:///{zone}/{digest[:10]}-{digest[10:42]}", "taints": [dict(FARGATE_TAINT)]}
    return _node(cluster, number, "fargate-", labels, spec, capacity, capacity)


def _node(
    cluster: KubernetesWorld,
    number: int,
    prefix: str,
    labels: dict[str, str],
    spec: Object,
    capacity: dict[str, str],
    offer: dict[str, str],
) -> Object:
    address = address_of(number)
    name = f"{prefix}ip-{address.replace('.', '-')}.{cluster.world.region}.compute.internal"
    now = stamp(cluster.now())
    common = {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": cluster.world.region,
    }
    conditions = [
        {
            "type": kind,
            "status": status,
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
            "reason": reason,
            "message": message,
        }
        for kind, status, reason, message in GOOD
    ]
    names = (("InternalIP", address), ("Hostname", name), ("InternalDNS", name))
    status = {
        "capacity": {**capacity, "ephemeral-storage": "104779756Ki"},
        "allocatable": {**offer, "ephemeral-storage": "95491281146"},
        "conditions": conditions,
        "addresses": [{"type": kind, "address": value} for kind, value in names],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _info(cluster, number),
        "images": [],
    }
    return {"metadata": {"name": name, "labels": {**common, **labels}}, "spec": spec, "status": status}


def _info(cluster: KubernetesWorld, number: int) -> Object:
    digest = digest_of(f"machine {number}")
    return {
        "architecture": "amd64",
        "bootID": digest[:32],
        "containerRuntimeVersion": "containerd://2.1.4",
        "kernelVersion": "6.12.46-66.121.amzn2023.x86_64",
        "kubeProxyVersion": "",
        "kubeletVersion": cluster.scenario["version"],
        "machineID": f"ec2{digest[:29]}",
        "operatingSystem": "linux",
        "osImage": "Amazon Linux 2023.9.20260929",
        "systemUUID": f"ec2{digest[:29]}",
    }
