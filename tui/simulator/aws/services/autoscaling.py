"""EC2 Auto Scaling: the groups behind ECS capacity providers and EKS node groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.ec2 import instances_of
from tui.simulator.aws.services.ec2_state import Instance, subnets
from tui.simulator.aws.services.eks_state import EksCluster

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86400.0
T = TypeVar("T")


@dataclass(slots=True)
class Group:
    """An Auto Scaling group. ``nodegroup``: the EKS node group (its table in ``EksCluster``) that it belongs to."""

    name: str
    minimum: int
    maximum: int
    desired: int
    tags: dict[str, str]
    arn: str
    nodegroup: dict[str, Any] | None = None


def groups_of(world: World) -> dict[str, Group]:
    """Every group by name. A desired capacity that SetDesiredCapacity changed wins over the scenario's."""
    changed: dict[str, dict[str, int]] = world.state.setdefault("ec2-autoscaling", {})
    found: dict[str, Group] = {}
    ecs = world.state.get("ecs")
    for provider in ecs.providers.values() if ecs is not None else ():
        arn = provider.auto_scaling_group
        name = arn.rsplit("/", 1)[-1]
        running = sum(instance.group == name for instance in instances_of(world))
        found[name] = Group(name, provider.minimum, provider.maximum, running, {"AmazonECSManaged": "", "team": "data"}, arn)
    clusters: list[EksCluster] = list(world.state["eks"].clusters.values())
    for cluster in clusters:
        for nodegroup in cluster.nodegroups.values():
            name, sizes = nodegroup["resources"]["autoScalingGroups"][0]["name"], nodegroup["scalingConfig"]
            tags = {"eks:cluster-name": cluster.name, "eks:nodegroup-name": nodegroup["nodegroupName"]}
            found[name] = Group(
                name, sizes["minSize"], sizes["maxSize"], sizes["desiredSize"], tags, arn_of(world, name), nodegroup
            )
    for name, sizes_now in changed.items():
        for member, value in sizes_now.items():
            if name in found:
                setattr(found[name], member, value)
    return found


def group_of(world: World, name: str) -> Group:
    """The group of that name, or AWS's refusal."""
    found = groups_of(world).get(name)
    if found is None:
        raise AwsError("ValidationError", f"AutoScalingGroup name not found - AutoScalingGroup {name} not found")
    return found


def describe(world: World, group: Group) -> dict[str, Any]:
    """The API's ``AutoScalingGroup``."""
    instances = [instance for instance in instances_of(world) if instance.group == group.name]
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "MinSize": group.minimum,
        "MaxSize": group.maximum,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": [subnet["zone"] for subnet in subnets(world)],
        "HealthCheckType": "EC2",
        "HealthCheckGracePeriod": 15,
        "CreatedTime": world.started - 200 * DAY,
        "VPCZoneIdentifier": ",".join(subnet["id"] for subnet in subnets(world)),
        "LaunchTemplate": template(group.name),
        "Instances": [member(instance) for instance in instances],
        "NewInstancesProtectedFromScaleIn": group.nodegroup is None,
        "TerminationPolicies": ["Default"],
        "Tags": [
            {
                "ResourceId": group.name,
                "ResourceType": "auto-scaling-group",
                "Key": key,
                "Value": value,
                "PropagateAtLaunch": True,
            }
            for key, value in group.tags.items()
        ],
    }


def arn_of(world: World, name: str) -> str:
    """The ARN of a node group's group; the others' stand in their capacity providers."""
    identity = world.state["eks"].uuid("asg", name)
    return world.arn("autoscaling", f"autoScalingGroup:{identity}:autoScalingGroupName/{name}")


def template(name: str) -> dict[str, str]:
    """The launch template of a group."""
    return {"LaunchTemplateId": "lt-0d41b7a96c2e8f350", "LaunchTemplateName": name, "Version": "3"}


def member(instance: Instance) -> dict[str, Any]:
    """An instance as its group sees it."""
    return {
        "InstanceId": instance.id,
        "InstanceType": instance.type,
        "AvailabilityZone": instance.zone,
        "LifecycleState": "InService" if instance.state == "running" else "Terminating",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": False,
        "LaunchTemplate": template(instance.group),
    }


def pages(items: list[T], request: dict[str, Any], default: int = 50) -> tuple[Sequence[T], dict[str, str]]:
    """Auto Scaling's paging."""
    return paginate(
        items, request, token_in="NextToken", token_out="NextToken", limit="MaxRecords", default=default, error="InvalidNextToken"
    )


@operation("autoscaling", "DescribeAutoScalingGroups")
def describe_auto_scaling_groups(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    names = request.get("AutoScalingGroupNames")
    found = [group for name, group in sorted(groups_of(world).items()) if not names or name in names]
    page, more = pages(found, request)
    return {"AutoScalingGroups": [describe(world, group) for group in page], **more}


@operation("autoscaling", "DescribeAutoScalingInstances")
def describe_auto_scaling_instances(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    ids = request.get("InstanceIds")
    found = [i for i in instances_of(world) if i.group and (not ids or i.id in ids)]
    page, more = pages(found, request)
    return {
        "AutoScalingInstances": [{**member(i), "AutoScalingGroupName": i.group, "HealthStatus": "HEALTHY"} for i in page],
        **more,
    }


@operation("autoscaling", "SetDesiredCapacity")
def set_desired_capacity(world: World, request: dict[str, Any], call: Call) -> None:
    group, wanted = group_of(world, request["AutoScalingGroupName"]), request["DesiredCapacity"]
    if not group.minimum <= wanted <= group.maximum:
        side = "above max value" if wanted > group.maximum else "below min value"
        bound = group.maximum if wanted > group.maximum else group.minimum
        raise AwsError("ValidationError", f"New SetDesiredCapacity value {wanted} is {side} {bound} for the AutoScalingGroup.")
    _change(world, group, desired=wanted)


@operation("autoscaling", "UpdateAutoScalingGroup")
def update_auto_scaling_group(world: World, request: dict[str, Any], call: Call) -> None:
    group = group_of(world, request["AutoScalingGroupName"])
    names = (("MinSize", "minimum"), ("MaxSize", "maximum"), ("DesiredCapacity", "desired"))
    sizes = {ours: request[theirs] for theirs, ours in names if theirs in request}
    if sizes.get("minimum", group.minimum) > sizes.get("maximum", group.maximum):
        raise AwsError("ValidationError", "Max bound, must be greater than or equal to min bound")
    _change(world, group, **sizes)


def _change(world: World, group: Group, **sizes: int) -> None:
    world.state["ec2-autoscaling"].setdefault(group.name, {}).update(sizes)
    if group.nodegroup is not None:
        names = {"minimum": "minSize", "maximum": "maxSize", "desired": "desiredSize"}
        group.nodegroup["scalingConfig"].update({names[key]: value for key, value in sizes.items()})
    if "desired" in sizes and sizes["desired"] != group.desired:
        activities: list[dict[str, Any]] = world.state.setdefault("ec2-autoscaling-activities", [])
        activities.insert(0, _activity(world, group, sizes["desired"]))


def _activity(world: World, group: Group, wanted: int) -> dict[str, Any]:
    verb = "Launching a new EC2 instance" if wanted > group.desired else "Terminating EC2 instance"
    return {
        "ActivityId": world.state["eks"].uuid("activity", group.name, world.now(), wanted),
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group.arn,
        "Description": verb,
        "Cause": "A user request explicitly set group desired capacity "
        f"changing the desired capacity from {group.desired} to {wanted}.",
        "StartTime": world.now(),
        "StatusCode": "InProgress",
        "Progress": 50,
    }


@operation("autoscaling", "DescribeScalingActivities")
def describe_scaling_activities(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    name = request.get("AutoScalingGroupName")
    if name:
        group_of(world, name)
    found = [a for a in world.state.get("ec2-autoscaling-activities", ()) if name in (None, a["AutoScalingGroupName"])]
    page, more = pages(found, request, 100)
    return {"Activities": list(page), **more}
