"""The instances of the account, wherever they are known: ECS container instances and the nodes of the EKS cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.world import World


@dataclass(slots=True)
class Instance:
    """An EC2 instance. ``group`` is its Auto Scaling group; ``launched`` in epoch seconds."""

    id: str
    type: str
    zone: str
    subnet: str
    address: str
    launched: float
    image: str = "ami-0b7a9d2f4e61c8350"
    group: str = ""
    profile: str = ""
    spot: bool = False
    state: str = "running"
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def private_name(self) -> str:
        return f"ip-{self.address.replace('.', '-')}.eu-west-1.compute.internal"


Provider = Callable[["World"], Iterable[Instance]]


class Ec2State:
    """``world.state["ec2"]``. Others tell of their instances through ``providers``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.providers: list[Provider] = [ecs_instances, eks_instances]

    def instances(self) -> list[Instance]:
        """Every instance, by id."""
        found = [instance for provider in self.providers for instance in provider(self.world)]
        return sorted(found, key=lambda instance: instance.id)


def create(world: World) -> None:
    """``world.state["ec2"]``."""
    world.state["ec2"] = Ec2State(world)


def subnets(world: World) -> list[dict[str, str]]:
    """The account's subnets: ``id``, ``zone``, ``cidr``."""
    found: list[dict[str, str]] = world.scenario.get("ecs", {}).get("network", {}).get("subnets", [])
    return found


def subnet_of(world: World, zone: str) -> str:
    """The subnet in a zone."""
    return next((subnet["id"] for subnet in subnets(world) if subnet["zone"] == zone), "")


def ecs_instances(world: World) -> Iterator[Instance]:
    """The container instances of every ECS cluster."""
    ecs = world.state.get("ecs")
    if ecs is None:
        return
    for cluster in ecs.clusters.values():
        for one in cluster.instances.values():
            provider = ecs.providers.get(one.provider)
            yield Instance(
                one.ec2,
                one.type,
                one.zone,
                subnet_of(world, one.zone),
                one.ip,
                one.registered - 60,
                group=provider.auto_scaling_group.rsplit("/", 1)[-1] if provider else "",
                profile="ecsInstanceRole",
                tags={"Name": f"{cluster.name}-worker", "AmazonECSManaged": ""},
            )


def eks_instances(world: World) -> Iterator[Instance]:
    """The EC2 nodes of the EKS cluster; Fargate's have no instance."""
    cluster = world.state.get("kubernetes")
    if cluster is None:
        return
    from tui.simulator.kubernetes.resources import NODES
    from tui.simulator.kubernetes.storage import decode

    for stored in cluster.storage.all(NODES):
        node = decode(stored)
        labels, identity = node["metadata"]["labels"], node["spec"].get("providerID", "").rsplit("/", 1)[-1]
        if identity.startswith("i-"):
            yield _node(world, cluster.name, node, labels, identity)


def _node(world: World, cluster: str, node: dict[str, Any], labels: dict[str, str], identity: str) -> Instance:
    zone, pool = labels["topology.kubernetes.io/zone"], labels.get("eks.amazonaws.com/nodegroup", "")
    created = datetime.fromisoformat(node["metadata"]["creationTimestamp"].replace("Z", "+00:00")).timestamp()
    return Instance(
        identity,
        labels["node.kubernetes.io/instance-type"],
        zone,
        subnet_of(world, zone),
        next(entry["address"] for entry in node["status"]["addresses"] if entry["type"] == "InternalIP"),
        created - 60,
        group=next(iter(_groups(world, pool)), ""),
        profile=f"{cluster}-node",
        spot=labels.get("eks.amazonaws.com/capacityType") == "SPOT",
        tags={"Name": f"{cluster}-{pool}-node", "eks:cluster-name": cluster, "eks:nodegroup-name": pool},
    )


def _groups(world: World, nodegroup: str) -> Iterator[str]:
    for cluster in world.state["eks"].clusters.values():
        if nodegroup in cluster.nodegroups:
            yield cluster.nodegroups[nodegroup]["resources"]["autoScalingGroups"][0]["name"]


def zone_id(zone: str) -> str:
    """``eu-west-1a`` → ``euw1-az1``."""
    match = re.fullmatch(r"([a-z]+)-([a-z]+)-(\d)([a-z])", zone)
    return f"{match[1]}{match[2][0]}{match[3]}-az{ord(match[4]) - 96}" if match else zone


def interface_id(*parts: str) -> str:
    """``eni-0…``, made from what it belongs to."""
    return f"eni-0{digest_of('/'.join(parts))[:16]}"


def matches(filters: Iterable[dict[str, Any]], facts: dict[str, Any]) -> bool:
    """EC2's filters: each names a fact, any of its values may match; ``*`` and ``?`` are wildcards."""
    for wanted in filters:
        if not wanted.get("Name"):
            raise AwsError("InvalidParameterValue", "The filter 'null' is invalid")
        value = facts.get(wanted["Name"], "")
        values = value if isinstance(value, (list, set, tuple)) else [value]
        patterns = [_wildcard(text) for text in wanted.get("Values", ())]
        if not any(pattern.fullmatch(str(one)) for pattern in patterns for one in values):
            return False
    return True


def _wildcard(text: str) -> re.Pattern[str]:
    return re.compile(re.escape(text).replace(r"\*", ".*").replace(r"\?", "."))
