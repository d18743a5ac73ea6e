"""Amazon EFS: the file systems that task definitions mount, their mount targets and access points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0


class EfsState:
    """``world.state["efs"]``: file systems, mount targets and access points in the API's shapes, by id."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.systems: dict[str, dict[str, Any]] = {}
        self.targets: dict[str, dict[str, Any]] = {}
        self.points: dict[str, dict[str, Any]] = {}
        network = world.scenario.get("ecs", {}).get("network", {})
        for entry in world.scenario.get("account", {}).get("efs", ()):
            self._add(entry, network)

    def _add(self, entry: dict[str, Any], network: dict[str, Any]) -> None:
        world, identity, name = self.world, entry["id"], entry["name"]
        created = world.started - 320 * DAY
        zones = entry.get("zones")
        subnets = [s for s in network.get("subnets", ()) if zones is None or s["zone"] in zones]
        self.systems[identity] = {
            "OwnerId": world.account,
            "CreationToken": name,
            "FileSystemId": identity,
            "FileSystemArn": world.arn("elasticfilesystem", f"file-system/{identity}"),
            "CreationTime": created,
            "LifeCycleState": "available",
            "Name": name,
            "NumberOfMountTargets": len(subnets),
            "SizeInBytes": {"Value": entry["size"], "Timestamp": world.started, "ValueInStandard": entry["size"]},
            "PerformanceMode": "generalPurpose",
            "Encrypted": True,
            "ThroughputMode": "elastic",
            "Tags": [{"Key": "Name", "Value": name}],
        }
        for number, subnet in enumerate(subnets):
            target = _id("fsmt", name, subnet["id"])
            self.targets[target] = {
                "OwnerId": world.account,
                "MountTargetId": target,
                "FileSystemId": identity,
                "SubnetId": subnet["id"],
                "LifeCycleState": "available",
                "IpAddress": f"10.20.{16 * number}.25",
                "NetworkInterfaceId": _id("eni", name, subnet["id"]),
                "AvailabilityZoneId": f"euw1-az{number + 1}",
                "AvailabilityZoneName": subnet["zone"],
                "VpcId": network["vpc"],
            }
        for point, path_id in entry.get("points", {}).items():
            self._add_point(identity, point, path_id)

    def _add_point(self, system: str, name: str, identity: str) -> None:
        self.points[identity] = {
            "ClientToken": f"{name}-app",
            "Name": f"{name}-app",
            "AccessPointId": identity,
            "AccessPointArn": self.world.arn("elasticfilesystem", f"access-point/{identity}"),
            "FileSystemId": system,
            "PosixUser": {"Uid": 1000, "Gid": 1000},
            "RootDirectory": {"Path": f"/{name}"},
            "OwnerId": self.world.account,
            "LifeCycleState": "available",
            "Tags": [{"Key": "Name", "Value": f"{name}-app"}],
        }


def _id(prefix: str, *parts: str) -> str:
    return f"{prefix}-0{digest_of('/'.join((prefix, *parts)))[:16]}"


def create(world: World) -> None:
    """``world.state["efs"]``."""
    world.state["efs"] = EfsState(world)


def state_of(world: World) -> EfsState:
    """EFS of a world."""
    state: EfsState = world.state["efs"]
    return state


def _pages(items: list[dict[str, Any]], request: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    page, more = paginate(items, request, token_in="Marker", token_out="NextMarker", limit="MaxItems", error="BadRequest")
    return list(page), more


def _system(world: World, identity: str) -> dict[str, Any]:
    name = identity.rsplit("/", 1)[-1]
    if name not in state_of(world).systems:
        raise AwsError("FileSystemNotFound", f"File system '{name}' does not exist.", 404)
    return state_of(world).systems[name]


@operation("efs", "DescribeFileSystems")
def describe_file_systems(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    if request.get("FileSystemId"):
        return {"FileSystems": [_system(world, request["FileSystemId"])]}
    token = request.get("CreationToken")
    page, more = _pages([s for s in state_of(world).systems.values() if token in (None, s["CreationToken"])], request)
    return {"FileSystems": page, **more}


@operation("efs", "DescribeMountTargets")
def describe_mount_targets(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    targets = state_of(world).targets
    if request.get("MountTargetId"):
        if request["MountTargetId"] not in targets:
            raise AwsError("MountTargetNotFound", f"Mount target '{request['MountTargetId']}' does not exist.", 404)
        return {"MountTargets": [targets[request["MountTargetId"]]]}
    identity = request.get("FileSystemId")
    if request.get("AccessPointId"):
        identity = _point(world, request["AccessPointId"])["FileSystemId"]
    if not identity:
        raise AwsError("BadRequest", "Exactly one of FileSystemId, AccessPointId or MountTargetId must be specified.")
    wanted = _system(world, identity)["FileSystemId"]
    page, more = _pages([target for target in targets.values() if target["FileSystemId"] == wanted], request)
    return {"MountTargets": page, **more}


def _point(world: World, identity: str) -> dict[str, Any]:
    name = identity.rsplit("/", 1)[-1]
    if name not in state_of(world).points:
        raise AwsError("AccessPointNotFound", f"Access point {name} does not exist.", 404)
    return state_of(world).points[name]


@operation("efs", "DescribeAccessPoints")
def describe_access_points(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    if request.get("AccessPointId"):
        return {"AccessPoints": [_point(world, request["AccessPointId"])]}
    identity = request.get("FileSystemId")
    wanted = _system(world, identity)["FileSystemId"] if identity else None
    found = [point for point in state_of(world).points.values() if wanted in (None, point["FileSystemId"])]
    page, more = paginate(found, request, token_in="NextToken", token_out="NextToken", limit="MaxResults", error="BadRequest")
    return {"AccessPoints": list(page), **more}


@operation("efs", "DescribeMountTargetSecurityGroups")
def describe_mount_target_security_groups(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    target = request["MountTargetId"]
    if target not in state_of(world).targets:
        raise AwsError("MountTargetNotFound", f"Mount target '{target}' does not exist.", 404)
    return {"SecurityGroups": [_id("sg", "efs")]}


@operation("efs", "ListTagsForResource")
def list_tags(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    identity = request["ResourceId"].rsplit("/", 1)[-1]
    thing = _point(world, identity) if identity.startswith("fsap-") else _system(world, identity)
    return {"Tags": thing["Tags"]}
