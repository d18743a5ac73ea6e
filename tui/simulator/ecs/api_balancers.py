"""Handlers: Elastic Load Balancing (version 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.ecs.balancers import Listener, LoadBalancer, Rule, Target, TargetGroup, balancers

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
PAGE = 400
MOST_TAGGED = 20
ZONE_ID = "Z32O12XQLNTSW2"


def _page(rows: list[Answer], request: Answer) -> tuple[list[Answer], dict[str, str]]:
    page, more = paginate(
        rows, request, token_in="Marker", token_out="NextMarker", limit="PageSize", default=PAGE, error="ValidationError"
    )
    return list(page), more


def _group(world: World, arn: str) -> TargetGroup:
    if not arn.startswith("arn:"):
        raise AwsError("ValidationError", f"'{arn}' is not a valid target group ARN")
    found = balancers(world).groups.get(arn)
    if found is None:
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    return found


def _balancer(world: World, arn: str) -> LoadBalancer:
    found = balancers(world).balancers.get(arn)
    if found is None:
        raise AwsError("LoadBalancerNotFound", f"Load balancer '{arn}' not found")
    return found


# Load balancers


@operation("elbv2", "DescribeLoadBalancers")
def describe_load_balancers(world: World, request: Answer, call: Call) -> Answer:
    known = balancers(world).balancers
    arns, names = request.get("LoadBalancerArns") or (), request.get("Names") or ()
    for arn in arns:
        _balancer(world, arn)
    for name in names:
        if not any(b.name == name for b in known.values()):
            raise AwsError("LoadBalancerNotFound", f"Load balancers '[{name}]' not found")
    rows = [
        {
            "LoadBalancerArn": b.arn,
            "DNSName": b.dns,
            "CanonicalHostedZoneId": ZONE_ID,
            "CreatedTime": b.created,
            "LoadBalancerName": b.name,
            "Scheme": b.scheme,
            "VpcId": b.vpc,
            "State": {"Code": "active"},
            "Type": b.kind,
            "AvailabilityZones": b.zones,
            "SecurityGroups": b.security_groups,
            "IpAddressType": "ipv4",
        }
        for b in known.values()
        if (not arns or b.arn in arns) and (not names or b.name in names)
    ]
    page, more = _page(rows, request)
    return {"LoadBalancers": page, **more}


@operation("elbv2", "DescribeLoadBalancerAttributes")
def describe_balancer_attributes(world: World, request: Answer, call: Call) -> Answer:
    return {"Attributes": _attributes(_balancer(world, request["LoadBalancerArn"]).attributes)}


def _attributes(attributes: dict[str, str]) -> list[Answer]:
    return [{"Key": key, "Value": value} for key, value in attributes.items()]


# Listeners and rules


def _listener(balancer: LoadBalancer, one: Listener) -> Answer:
    row: Answer = {
        "ListenerArn": one.arn,
        "LoadBalancerArn": balancer.arn,
        "Port": one.port,
        "Protocol": one.protocol,
        "DefaultActions": one.rules[-1].actions,
    }
    if one.certificate:
        row["Certificates"] = [{"CertificateArn": one.certificate}]
        row["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-2-2021-06"
    return row


@operation("elbv2", "DescribeListeners")
def describe_listeners(world: World, request: Answer, call: Call) -> Answer:
    wanted = request.get("ListenerArns") or ()
    arn = request.get("LoadBalancerArn")
    if not arn and not wanted:
        raise AwsError("ValidationError", "You must specify either listener ARNs or a load balancer ARN")
    chosen = [_balancer(world, arn)] if arn else list(balancers(world).balancers.values())
    rows = [_listener(b, x) for b in chosen for x in b.listeners if not wanted or x.arn in wanted]
    if wanted and len(rows) < len(wanted):
        raise AwsError("ListenerNotFound", "One or more listeners not found")
    page, more = _page(rows, request)
    return {"Listeners": page, **more}


def _rule(one: Rule) -> Answer:
    return {
        "RuleArn": one.arn,
        "Priority": one.priority,
        "Conditions": one.conditions,
        "Actions": one.actions,
        "IsDefault": one.priority == "default",
    }


@operation("elbv2", "DescribeRules")
def describe_rules(world: World, request: Answer, call: Call) -> Answer:
    wanted, arn = request.get("RuleArns") or (), request.get("ListenerArn")
    if not arn and not wanted:
        raise AwsError("ValidationError", "You must specify either listener rule ARNs or a listener ARN")
    listeners = [x for b in balancers(world).balancers.values() for x in b.listeners if arn in (None, x.arn)]
    if arn and not listeners:
        raise AwsError("ListenerNotFound", "One or more listeners not found")
    rows = [_rule(r) for x in listeners for r in x.rules if not wanted or r.arn in wanted]
    page, more = _page(rows, request)
    return {"Rules": page, **more}


# Target groups


def _target_group(one: TargetGroup) -> Answer:
    row: Answer = {
        "TargetGroupArn": one.arn,
        "TargetGroupName": one.name,
        "Protocol": one.protocol,
        "Port": one.port,
        "VpcId": one.vpc,
        "HealthCheckProtocol": "HTTP" if one.protocol == "HTTP" else "TCP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckEnabled": True,
        "HealthCheckIntervalSeconds": one.interval,
        "HealthCheckTimeoutSeconds": max(2, min(one.interval - 1, 5)),
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "LoadBalancerArns": one.balancers,
        "TargetType": one.kind,
        "IpAddressType": "ipv4",
    }
    if one.protocol == "HTTP":
        row |= {"HealthCheckPath": one.path, "Matcher": {"HttpCode": "200"}, "ProtocolVersion": "HTTP1"}
    return row


@operation("elbv2", "DescribeTargetGroups")
def describe_target_groups(world: World, request: Answer, call: Call) -> Answer:
    known = balancers(world).groups
    arns, names = request.get("TargetGroupArns") or (), request.get("Names") or ()
    for arn in arns:
        _group(world, arn)
    if any(name not in {g.name for g in known.values()} for name in names):
        raise AwsError("TargetGroupNotFound", "One or more target groups not found")
    balancer = request.get("LoadBalancerArn")
    if balancer:
        _balancer(world, balancer)
    rows = [
        _target_group(g)
        for g in known.values()
        if (not arns or g.arn in arns) and (not names or g.name in names) and (not balancer or balancer in g.balancers)
    ]
    page, more = _page(rows, request)
    return {"TargetGroups": page, **more}


@operation("elbv2", "DescribeTargetGroupAttributes")
def describe_group_attributes(world: World, request: Answer, call: Call) -> Answer:
    return {"Attributes": _attributes(_group(world, request["TargetGroupArn"]).attributes)}


def _health(target: Target) -> Answer:
    health: Answer = {"State": target.state}
    if target.reason:
        health |= {"Reason": target.reason, "Description": target.description}
    where: Answer = {"Id": target.id, "Port": target.port}
    if target.zone and not target.id.startswith("i-"):
        where["AvailabilityZone"] = target.zone
    return {"Target": where, "HealthCheckPort": str(target.port), "TargetHealth": health}


@operation("elbv2", "DescribeTargetHealth")
def describe_target_health(world: World, request: Answer, call: Call) -> Answer:
    group = _group(world, request["TargetGroupArn"])
    wanted = request.get("Targets")
    if not wanted:
        return {"TargetHealthDescriptions": [_health(t) for t in group.targets.values()]}
    rows = []
    for one in wanted:
        port = int(one.get("Port") or group.port)
        target = group.targets.get((one["Id"], port))
        if target is None:
            target = Target(one["Id"], port, "", None)
            target.turn("unused", world.now(), "Target.NotRegistered", "Target is not registered to the target group")
        rows.append(_health(target))
    return {"TargetHealthDescriptions": rows}


@operation("elbv2", "RegisterTargets")
def register_targets(world: World, request: Answer, call: Call) -> Answer:
    group = _group(world, request["TargetGroupArn"])
    for one in request["Targets"]:
        port = int(one.get("Port") or group.port)
        target = group.targets.setdefault((one["Id"], port), Target(one["Id"], port, "", None, since=world.now()))
        world.after(2.0 * group.interval, lambda t=target: _answered(world, t))  # type: ignore[misc]
    return {}


def _answered(world: World, target: Target) -> None:
    """A target that no task of this world is answers no health check."""
    if target.state == "initial" and target.task is None:
        target.turn("unhealthy", world.now(), "Target.Timeout", "Request timed out")


@operation("elbv2", "DeregisterTargets")
def deregister_targets(world: World, request: Answer, call: Call) -> Answer:
    group = _group(world, request["TargetGroupArn"])
    delay = float(group.attributes.get("deregistration_delay.timeout_seconds", "10"))
    for one in request["Targets"]:
        key = (one["Id"], int(one.get("Port") or group.port))
        target = group.targets.get(key)
        if target is not None:
            target.turn("draining", world.now(), "Target.DeregistrationInProgress", "Target deregistration is in progress")
            world.after(delay, lambda k=key: _gone(group, k))  # type: ignore[misc]
    return {}


def _gone(group: TargetGroup, key: tuple[str, int]) -> None:
    group.targets.pop(key, None)


# Tags


@operation("elbv2", "DescribeTags")
def describe_tags(world: World, request: Answer, call: Call) -> Answer:
    if len(request["ResourceArns"]) > MOST_TAGGED:
        raise AwsError("ValidationError", f"Up to {MOST_TAGGED} resources can be specified")
    state = balancers(world)
    rows = []
    for arn in request["ResourceArns"]:
        found = state.balancers.get(arn) or state.groups.get(arn)
        if found is None:
            missing = "LoadBalancerNotFound" if ":loadbalancer/" in arn else "TargetGroupNotFound"
            raise AwsError(missing, f"'{arn}' not found")
        rows.append({"ResourceArn": arn, "Tags": _attributes(found.tags)})
    return {"TagDescriptions": rows}
