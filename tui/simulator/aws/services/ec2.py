"""What ECS and EKS consoles ask of Amazon EC2: regions, zones, the network, instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.ec2_state import Ec2State, Instance, interface_id, matches, subnets, zone_id

if TYPE_CHECKING:
    from tui.simulator.world import World

REGIONS = (
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1"),
    "us-west-2",
)
STATES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in EC2's shape."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_facts(tags: dict[str, str]) -> dict[str, Any]:
    """Tags as filters name them."""
    return {**{f"tag:{key}": value for key, value in tags.items()}, "tag-key": list(tags)}


@operation("ec2", "DescribeRegions")
def describe_regions(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    names = request.get("RegionNames") or REGIONS
    unknown = [name for name in names if name not in REGIONS]
    if unknown:
        raise AwsError("InvalidParameterValue", f"Invalid region provided: {', '.join(unknown)}")
    regions = [
        {"RegionName": name, "Endpoint": f"ec2.{name}.amazonaws.com", "OptInStatus": "opt-in-not-required"} for name in names
    ]
    return {"Regions": [region for region in regions if matches(request.get("Filters", ()), _region_facts(region))]}


def _region_facts(region: dict[str, str]) -> dict[str, str]:
    return {"region-name": region["RegionName"], "endpoint": region["Endpoint"], "opt-in-status": region["OptInStatus"]}


@operation("ec2", "DescribeAvailabilityZones")
def describe_availability_zones(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    zones = [
        {
            "State": "available",
            "OptInStatus": "opt-in-not-required",
            "RegionName": call.region,
            "ZoneName": f"{call.region}{letter}",
            "ZoneId": zone_id(f"{call.region}{letter}"),
            "GroupName": call.region,
            "ZoneType": "availability-zone",
        }
        for letter in "abc"
    ]
    wanted = request.get("ZoneNames")
    return {"AvailabilityZones": [zone for zone in zones if not wanted or zone["ZoneName"] in wanted]}


def network_of(world: World) -> dict[str, Any]:
    """The scenario's network, empty where nothing runs."""
    found: dict[str, Any] = world.scenario.get("ecs", {}).get("network", {})
    return found


@operation("ec2", "DescribeVpcs")
def describe_vpcs(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    vpc = network_of(world).get("vpc")
    if not vpc:
        return {"Vpcs": []}
    _known(request.get("VpcIds"), {vpc}, "InvalidVpcID.NotFound", "The vpc ID")
    tags = {"Name": "harbour-prod"}
    facts = {"vpc-id": vpc, "cidr": "10.20.0.0/16", "state": "available", **tag_facts(tags)}
    found = {
        "VpcId": vpc,
        "CidrBlock": "10.20.0.0/16",
        "State": "available",
        "IsDefault": False,
        "OwnerId": world.account,
        "InstanceTenancy": "default",
        "DhcpOptionsId": "dopt-0a4be6c19d3f72850",
        "Tags": tag_list(tags),
    }
    return {"Vpcs": [found] if matches(request.get("Filters", ()), facts) else []}


def _known(wanted: list[str] | None, known: set[str], code: str, words: str) -> None:
    missing = [one for one in wanted or () if one not in known]
    if missing:
        raise AwsError(code, f"{words} '{missing[0]}' does not exist")


@operation("ec2", "DescribeSubnets")
def describe_subnets(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    all_of_them = subnets(world)
    _known(request.get("SubnetIds"), {s["id"] for s in all_of_them}, "InvalidSubnetID.NotFound", "The subnet ID")
    found = []
    for subnet in all_of_them:
        tags = {"Name": f"private-{subnet['zone'][-1]}", "kubernetes.io/role/internal-elb": "1"}
        vpc = network_of(world)["vpc"]
        facts = {"subnet-id": subnet["id"], "vpc-id": vpc, "availability-zone": subnet["zone"], **tag_facts(tags)}
        if matches(request.get("Filters", ()), facts) and subnet["id"] in (request.get("SubnetIds") or [subnet["id"]]):
            found.append(
                {
                    "SubnetId": subnet["id"],
                    "SubnetArn": world.arn("ec2", f"subnet/{subnet['id']}"),
                    "VpcId": vpc,
                    "State": "available",
                    "CidrBlock": subnet["cidr"],
                    "AvailabilityZone": subnet["zone"],
                    "AvailabilityZoneId": zone_id(subnet["zone"]),
                    "AvailableIpAddressCount": 3821,
                    "DefaultForAz": False,
                    "MapPublicIpOnLaunch": False,
                    "AssignIpv6AddressOnCreation": False,
                    "OwnerId": world.account,
                    "Tags": tag_list(tags),
                }
            )
    return {"Subnets": found}


@operation("ec2", "DescribeSecurityGroups")
def describe_security_groups(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    groups: dict[str, str] = network_of(world).get("security_groups", {})
    _known(request.get("GroupIds"), set(groups.values()), "InvalidGroup.NotFound", "The security group")
    everywhere = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    inside = [{"IpProtocol": "tcp", "FromPort": 1024, "ToPort": 65535, "IpRanges": [{"CidrIp": "10.20.0.0/16"}]}]
    found = [
        {
            "GroupId": identity,
            "GroupName": f"{name}-services",
            "Description": f"Tasks of {name}",
            "VpcId": network_of(world)["vpc"],
            "OwnerId": world.account,
            "IpPermissions": inside,
            "IpPermissionsEgress": everywhere,
            "SecurityGroupArn": world.arn("ec2", f"security-group/{identity}"),
            "Tags": tag_list({"ManagedBy": "Terraform"}),
        }
        for name, identity in groups.items()
        if identity in (request.get("GroupIds") or [identity])
        and matches(request.get("Filters", ()), {"group-id": identity, "group-name": f"{name}-services"})
    ]
    return {"SecurityGroups": found}


def instances_of(world: World) -> list[Instance]:
    """The account's instances."""
    state: Ec2State = world.state["ec2"]
    return state.instances()


@operation("ec2", "DescribeInstances")
def describe_instances(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    found = instances_of(world)
    wanted = request.get("InstanceIds")
    missing = [one for one in wanted or () if one not in {instance.id for instance in found}]
    if missing:
        raise AwsError("InvalidInstanceID.NotFound", f"The instance ID '{missing[0]}' does not exist")
    found = [i for i in found if i.id in (wanted or [i.id]) and matches(request.get("Filters", ()), _facts(i))]
    page, more = paginate(
        found,
        request,
        token_in="NextToken",
        token_out="NextToken",
        limit="MaxResults",
        default=1000,
        error="InvalidParameterValue",
    )
    reservations = [
        {"ReservationId": instance.id.replace("i-", "r-"), "OwnerId": world.account, "Instances": [describe(world, instance)]}
        for instance in page
    ]
    return {"Reservations": reservations, **more}


def _facts(instance: Instance) -> dict[str, Any]:
    return {
        "instance-id": instance.id,
        "instance-type": instance.type,
        "instance-state-name": instance.state,
        "availability-zone": instance.zone,
        "subnet-id": instance.subnet,
        "private-ip-address": instance.address,
        "private-dns-name": instance.private_name,
        **tag_facts({**instance.tags, "aws:autoscaling:groupName": instance.group}),
    }


def describe(world: World, instance: Instance) -> dict[str, Any]:
    """The API's ``Instance``."""
    network = network_of(world)
    found: dict[str, Any] = {
        "InstanceId": instance.id,
        "ImageId": instance.image,
        "State": {"Code": STATES[instance.state], "Name": instance.state},
        "PrivateDnsName": instance.private_name,
        "InstanceType": instance.type,
        "LaunchTime": instance.launched,
        "Placement": {"AvailabilityZone": instance.zone, "Tenancy": "default"},
        "Monitoring": {"State": "disabled"},
        "SubnetId": instance.subnet,
        "VpcId": network.get("vpc", ""),
        "PrivateIpAddress": instance.address,
        "Architecture": "x86_64",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "Hypervisor": "xen",
        "PlatformDetails": "Linux/UNIX",
        "IamInstanceProfile": {
            "Arn": world.arn("iam", f"instance-profile/{instance.profile}", region=""),
            "Id": "AIPAXAMPLE7QZ4L2WVKTN",
        },
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": interface_id(instance.id),
                "PrivateIpAddress": instance.address,
                "SubnetId": instance.subnet,
                "Status": "in-use",
            }
        ],
        "Tags": tag_list({**instance.tags, **({"aws:autoscaling:groupName": instance.group} if instance.group else {})}),
    }
    if instance.spot:
        found["InstanceLifecycle"] = "spot"
    return found


@operation("ec2", "DescribeInstanceStatus")
def describe_instance_status(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    wanted = request.get("InstanceIds")
    fine = {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}
    statuses = [
        {
            "InstanceId": instance.id,
            "AvailabilityZone": instance.zone,
            "InstanceState": {"Code": STATES[instance.state], "Name": instance.state},
            "InstanceStatus": fine,
            "SystemStatus": fine,
        }
        for instance in instances_of(world)
        if not wanted or instance.id in wanted
    ]
    return {"InstanceStatuses": statuses}
