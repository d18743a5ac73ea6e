"""EKS as AWS sees it: the cluster with node groups, add-ons, profiles, insights and updates. Pods live elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0
POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/{}"


@dataclass(slots=True)
class EksCluster:
    """One cluster; the values of its tables are in the API's shapes."""

    name: str
    data: dict[str, Any]
    nodegroups: dict[str, dict[str, Any]] = field(default_factory=dict)
    addons: dict[str, dict[str, Any]] = field(default_factory=dict)
    fargate: dict[str, dict[str, Any]] = field(default_factory=dict)
    insights: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    entry_policies: dict[str, list[str]] = field(default_factory=dict)
    updates: dict[str, dict[str, Any]] = field(default_factory=dict)  # id -> the API's Update, with "_of" naming its part


class EksState:
    """``world.state["eks"]``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clusters: dict[str, EksCluster] = {}
        self.count = 0

    def cluster(self, name: str) -> EksCluster:
        """The cluster of that name, or AWS's refusal."""
        if name not in self.clusters:
            raise AwsError("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
        return self.clusters[name]

    def uuid(self, *parts: object) -> str:
        """An id in UUID's form that depends on ``parts`` only."""
        h = digest_of("/".join(map(str, parts)))
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}"

    def begin(
        self, cluster: EksCluster, kind: str, params: Mapping[str, Any], part: str = "", seconds: float = 20
    ) -> dict[str, Any]:
        """A new update that succeeds after ``seconds``; ``part`` names the node group or add-on it is about."""
        self.count += 1
        update: dict[str, Any] = {
            "id": self.uuid(cluster.name, kind, self.count),
            "status": "InProgress",
            "type": kind,
            "params": [{"type": key, "value": str(value)} for key, value in params.items()],
            "createdAt": self.world.now(),
            "errors": [],
            "_of": part,
        }
        cluster.updates[update["id"]] = update
        self.world.after(seconds, lambda: update.update(status="Successful"))
        return update


def create(world: World) -> None:
    """Read the cluster of ``account.toml``; a region without scenario has none."""
    state = world.state["eks"] = EksState(world)
    data = world.scenario.get("account", {}).get("eks")
    if data:
        state.clusters[data["name"]] = _cluster(state, data)


def endpoint_of(world: World, name: str) -> tuple[str, bytes]:
    """Address and authority of the Kubernetes front; without one, an address in EKS's form that leads nowhere."""
    kubernetes = world.state.get("kubernetes")
    if kubernetes is not None and kubernetes.url:
        return kubernetes.url, kubernetes.ca_pem.encode()
    return f"https://{digest_of(name)[:32].upper()}.gr7.{world.region}.eks.amazonaws.com", b"-----BEGIN CERTIFICATE-----\n"


def described(world: World, cluster: EksCluster) -> dict[str, Any]:
    """The API's ``Cluster`` with the address as it is now."""
    url, authority = endpoint_of(world, cluster.name)
    return {**cluster.data, "endpoint": url, "certificateAuthority": {"data": base64.b64encode(authority).decode()}}


def _cluster(state: EksState, data: Mapping[str, Any]) -> EksCluster:
    world, name = state.world, data["name"]
    network = world.scenario.get("ecs", {}).get("network", {})
    subnets = [entry["id"] for entry in network.get("subnets", ())]
    created = world.started - data["age"] * DAY
    issuer = f"https://oidc.eks.{world.region}.amazonaws.com/id/{digest_of(name)[:32].upper()}"
    logging = {"types": list(data["logging"]), "enabled": True}
    others = {"types": [t for t in ("controllerManager", "scheduler") if t not in data["logging"]], "enabled": False}
    cluster = EksCluster(
        name,
        {
            "name": name,
            "arn": world.arn("eks", f"cluster/{name}"),
            "createdAt": created,
            "version": data["version"],
            "platformVersion": data["platform"],
            "roleArn": world.arn("iam", f"role/{name}-cluster", region=""),
            "resourcesVpcConfig": {
                "subnetIds": subnets,
                "securityGroupIds": [],
                "clusterSecurityGroupId": f"sg-0{digest_of(name)[:16]}",
                "vpcId": network.get("vpc", ""),
                "endpointPublicAccess": True,
                "endpointPrivateAccess": True,
                "publicAccessCidrs": ["0.0.0.0/0"],
            },
            "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
            "logging": {"clusterLogging": [logging, others]},
            "identity": {"oidc": {"issuer": issuer}},
            "status": "ACTIVE",
            "tags": dict(data.get("tags", {})),
            "health": {"issues": []},
            "accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP"},
            "upgradePolicy": {"supportType": "EXTENDED"},
            "zonalShiftConfig": {"enabled": False},
            "deletionProtection": True,
        },
    )
    for entry in data.get("nodegroup", ()):
        cluster.nodegroups[entry["name"]] = _nodegroup(state, data, entry, subnets)
    for entry in data.get("addon", ()):
        cluster.addons[entry["name"]] = _addon(state, name, entry, created)
    for entry in data.get("fargate", ()):
        cluster.fargate[entry["name"]] = _profile(state, name, entry, subnets, created)
    for entry in data.get("insight", ()):
        insight = _insight(state, data, entry)
        cluster.insights[insight["id"]] = insight
    _add_entries(state, cluster, created)
    _add_history(state, cluster, data)
    return cluster


def group_name(state: EksState, cluster: str, nodegroup: str) -> str:
    """The Auto Scaling group behind a node group."""
    return f"eks-{nodegroup}-{state.uuid(cluster, nodegroup)}"


def _nodegroup(state: EksState, data: Mapping[str, Any], entry: Mapping[str, Any], subnets: list[str]) -> dict[str, Any]:
    world, cluster, name = state.world, data["name"], entry["name"]
    created = world.started - entry["age"] * DAY
    return {
        "nodegroupName": name,
        "nodegroupArn": world.arn("eks", f"nodegroup/{cluster}/{name}/{state.uuid(cluster, name)}"),
        "clusterName": cluster,
        "version": data["version"],
        "releaseVersion": entry["release"],
        "createdAt": created,
        "modifiedAt": world.started - entry["age"] / 3 * DAY,
        "status": "ACTIVE",
        "capacityType": entry["capacity"],
        "scalingConfig": {"minSize": entry["minimum"], "maxSize": entry["maximum"], "desiredSize": entry["desired"]},
        "instanceTypes": [entry["type"]],
        "subnets": subnets,
        "amiType": "AL2023_x86_64_STANDARD",
        "nodeRole": world.arn("iam", f"role/{cluster}-node", region=""),
        "labels": {"pool": name},
        "resources": {"autoScalingGroups": [{"name": group_name(state, cluster, name)}]},
        "diskSize": 80,
        "health": {"issues": []},
        "updateConfig": {"maxUnavailable": 1},
        "tags": {"team": "platform"},
    }


def _addon(state: EksState, cluster: str, entry: Mapping[str, Any], created: float) -> dict[str, Any]:
    issues = [{"code": entry["issue"], "message": entry["message"], "resourceIds": []}] if "issue" in entry else []
    return {
        "addonName": entry["name"],
        "clusterName": cluster,
        "status": entry.get("status", "ACTIVE"),
        "addonVersion": entry["version"],
        "health": {"issues": issues},
        "addonArn": state.world.arn("eks", f"addon/{cluster}/{entry['name']}/{state.uuid(cluster, entry['name'])}"),
        "createdAt": created,
        "modifiedAt": state.world.started - 30 * DAY,
        "tags": {},
    }


def _profile(state: EksState, cluster: str, entry: Mapping[str, Any], subnets: list[str], created: float) -> dict[str, Any]:
    arn = state.world.arn("eks", f"fargateprofile/{cluster}/{entry['name']}/{state.uuid(cluster, 'fargate', entry['name'])}")
    return {
        "fargateProfileName": entry["name"],
        "fargateProfileArn": arn,
        "clusterName": cluster,
        "createdAt": created,
        "podExecutionRoleArn": state.world.arn("iam", f"role/{cluster}-cluster", region=""),
        "subnets": subnets,
        "selectors": [{"namespace": name} for name in entry["namespaces"]],
        "status": "ACTIVE",
        "tags": {},
    }


def _insight(state: EksState, data: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    major, _, minor = data["version"].partition(".")
    return {
        "id": state.uuid(data["name"], "insight", entry["name"]),
        "name": entry["name"],
        "category": entry["category"],
        "kubernetesVersion": f"{major}.{int(minor) + 1}",
        "lastRefreshTime": state.world.started - 3600,
        "lastTransitionTime": state.world.started - 9 * DAY,
        "description": f"Checks: {entry['name'].lower()}.",
        "insightStatus": {"status": entry["status"], "reason": entry["reason"]},
        "recommendation": entry["recommendation"],
        "additionalInfo": {},
        "resources": [],
        "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": []},
    }


def _add_entries(state: EksState, cluster: EksCluster, created: float) -> None:
    world = state.world
    wanted: tuple[tuple[str, str, list[str], list[str]], ...] = (
        ("PowerUser", "STANDARD", ["AmazonEKSClusterAdminPolicy"], []),
        ("ReadOnly", "STANDARD", ["AmazonEKSAdminViewPolicy"], []),
        ("ci-deployer", "STANDARD", [], ["deployers"]),
        (f"{cluster.name}-node", "EC2_LINUX", [], ["system:nodes"]),
    )
    for role, kind, policies, groups in wanted:
        principal = world.arn("iam", f"role/{role}", region="")
        node = kind == "EC2_LINUX"
        session = f"arn:{world.partition}:sts::{world.account}:assumed-role/{role}/{{{{SessionName}}}}"
        path = f"access-entry/{cluster.name}/role/{world.account}/{role}/{state.uuid(role)}"
        cluster.entries[principal] = {
            "clusterName": cluster.name,
            "principalArn": principal,
            "kubernetesGroups": groups,
            "accessEntryArn": world.arn("eks", path),
            "createdAt": created,
            "modifiedAt": created,
            "tags": {},
            "username": "system:node:{{EC2PrivateDNSName}}" if node else session,
            "type": kind,
        }
        cluster.entry_policies[principal] = [POLICY_ARN.format(policy) for policy in policies]


def _add_history(state: EksState, cluster: EksCluster, data: Mapping[str, Any]) -> None:
    """Updates that have been: the cluster's last upgrade, and one of a node group."""
    for days, kind, part in (
        (60, "VersionUpdate", ""),
        (33, "VersionUpdate", data["nodegroup"][0]["name"]),
        (12, "ConfigUpdate", ""),
    ):
        state.count += 1
        identity = state.uuid(cluster.name, kind, state.count)
        params = [{"type": "Version", "value": data["version"]}] if kind == "VersionUpdate" else []
        cluster.updates[identity] = {
            "id": identity,
            "status": "Successful",
            "type": kind,
            "params": params,
            "createdAt": state.world.started - days * DAY,
            "errors": [],
            "_of": part,
        }
