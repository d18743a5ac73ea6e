"""Handlers: Application Auto Scaling of ECS services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.ecs import schedule
from tui.simulator.ecs.autoscaling import DIMENSION, Autoscaling
from tui.simulator.ecs.scaling_objects import Activity, Policy, ScalableTarget, ScheduledAction

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
SERVICE = "application-autoscaling"


def scaling(world: World) -> Autoscaling:
    """``world.state["autoscaling"]``, typed."""
    found: Autoscaling = world.state["autoscaling"]
    return found


def refuse(message: str) -> AwsError:
    """ValidationException."""
    return AwsError("ValidationException", message)


def _page(rows: list[Answer], request: Answer) -> tuple[list[Answer], dict[str, str]]:
    size = int(request.get("MaxResults") or 50)
    if not 1 <= size <= 100:
        raise refuse(f"1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint")
    page, more = paginate(
        rows,
        request,
        token_in="NextToken",
        token_out="NextToken",
        limit="MaxResults",
        default=50,
        error="InvalidNextTokenException",
    )
    return list(page), more


def _mine(request: Answer, resource: str) -> bool:
    return (
        request["ServiceNamespace"] == "ecs"
        and request.get("ResourceId") in (None, resource)
        and request.get("ScalableDimension") in (None, DIMENSION)
    )


def _target(world: World, request: Answer) -> ScalableTarget:
    found = scaling(world).targets.get(request["ResourceId"])
    if found is None or request["ServiceNamespace"] != "ecs":
        message = (
            f"No scalable target found for service namespace: {request['ServiceNamespace']}, resource ID: "
            f"{request['ResourceId']}, scalable dimension: {request['ScalableDimension']}"
        )
        raise AwsError("ObjectNotFoundException", message)
    return found


# Targets


@operation(SERVICE, "DescribeScalableTargets")
def describe_targets(world: World, request: Answer, call: Call) -> Answer:
    wanted = request.get("ResourceIds")
    rows = [
        {
            "ServiceNamespace": "ecs",
            "ResourceId": t.resource,
            "ScalableDimension": DIMENSION,
            "MinCapacity": t.minimum,
            "MaxCapacity": t.maximum,
            "RoleARN": t.role,
            "CreationTime": t.created,
            "SuspendedState": {
                "DynamicScalingInSuspended": t.suspended.get("DynamicScalingInSuspended", False),
                "DynamicScalingOutSuspended": t.suspended.get("DynamicScalingOutSuspended", False),
                "ScheduledScalingSuspended": t.suspended.get("ScheduledScalingSuspended", False),
            },
            "ScalableTargetARN": t.arn,
        }
        for t in scaling(world).targets.values()
        if (not wanted or t.resource in wanted) and _mine(request, t.resource)
    ]
    page, more = _page(rows, request)
    return {"ScalableTargets": page, **more}


@operation(SERVICE, "RegisterScalableTarget")
def register_target(world: World, request: Answer, call: Call) -> Answer:
    resource = request["ResourceId"]
    if request["ServiceNamespace"] != "ecs" or request["ScalableDimension"] != DIMENSION:
        raise refuse(f"Unsupported service namespace, resource type or scalable dimension: {request['ScalableDimension']}")
    state = scaling(world)
    known = state.targets.get(resource)
    if state.service(resource) is None:
        raise refuse(f"ECS service doesn't exist: {resource}")
    low, high = request.get("MinCapacity"), request.get("MaxCapacity")
    if known is None and (low is None or high is None):
        raise refuse("Minimum and maximum capacity must be given when a scalable target is registered.")
    minimum, maximum = (known.minimum if low is None and known else low), (known.maximum if high is None and known else high)
    if minimum is not None and maximum is not None and minimum > maximum:
        raise refuse("Maximum capacity cannot be less than minimum capacity.")
    target = state.register(resource, low, high)
    target.suspended.update(request.get("SuspendedState") or {})
    target.tags.update(request.get("Tags") or {})
    return {"ScalableTargetARN": target.arn}


@operation(SERVICE, "DeregisterScalableTarget")
def deregister_target(world: World, request: Answer, call: Call) -> Answer:
    target, state = _target(world, request), scaling(world)
    for policy in [p for p in state.policies.values() if p.resource == target.resource]:
        state.delete_policy(policy)
    for key in [k for k in state.actions if k[0] == target.resource]:
        del state.actions[key]
    del state.targets[target.resource]
    return {}


# Policies


def _policy(policy: Policy) -> Answer:
    row: Answer = {
        "PolicyARN": policy.arn,
        "PolicyName": policy.name,
        "ServiceNamespace": "ecs",
        "ResourceId": policy.resource,
        "ScalableDimension": DIMENSION,
        "PolicyType": policy.kind,
        "Alarms": [{"AlarmName": a.name, "AlarmARN": a.arn} for a in policy.alarms],
        "CreationTime": policy.created,
    }
    member = "StepScalingPolicyConfiguration" if policy.kind == "StepScaling" else "TargetTrackingScalingPolicyConfiguration"
    return row | {member: policy.configuration}


@operation(SERVICE, "DescribeScalingPolicies")
def describe_policies(world: World, request: Answer, call: Call) -> Answer:
    names = request.get("PolicyNames")
    found = [p for p in scaling(world).policies.values() if (not names or p.name in names) and _mine(request, p.resource)]
    page, more = _page([_policy(p) for p in found], request)
    return {"ScalingPolicies": page, **more}


@operation(SERVICE, "PutScalingPolicy")
def put_policy(world: World, request: Answer, call: Call) -> Answer:
    target, state = _target(world, request), scaling(world)
    kind = request.get("PolicyType") or "StepScaling"
    members = {
        "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
        "StepScaling": "StepScalingPolicyConfiguration",
    }
    if kind not in members:
        raise refuse(f"Policy type {kind} is not supported for ECS here.")
    configuration = request.get(members[kind])
    if not configuration:
        raise refuse(f"{members[kind]} is required for policy type {kind}.")
    number = state.engine.ecs.uuid()
    resource = f"scalingPolicy:{number}:resource/ecs/{target.resource}:policyName/{request['PolicyName']}"
    arn = world.arn("autoscaling", resource)
    policy = Policy(request["PolicyName"], arn, target.resource, kind, configuration, world.now())
    state.put_policy(policy)
    return {"PolicyARN": policy.arn, "Alarms": [{"AlarmName": a.name, "AlarmARN": a.arn} for a in policy.alarms]}


@operation(SERVICE, "DeleteScalingPolicy")
def delete_policy(world: World, request: Answer, call: Call) -> Answer:
    found = scaling(world).policies.get((request["ResourceId"], request["PolicyName"]))
    if found is None:
        raise AwsError("ObjectNotFoundException", f"No scaling policy found with name {request['PolicyName']}")
    scaling(world).delete_policy(found)
    return {}


# Activities


def _activity(one: Activity) -> Answer:
    row: Answer = {
        "ActivityId": one.id,
        "ServiceNamespace": "ecs",
        "ResourceId": one.resource,
        "ScalableDimension": DIMENSION,
        "Description": one.description,
        "Cause": one.cause,
        "StartTime": one.start,
        "StatusCode": one.status,
        "StatusMessage": one.message,
    }
    if one.not_scaled is not None:
        row["NotScaledReasons"] = [one.not_scaled]
    if one.end:
        row["EndTime"] = one.end
    return row


@operation(SERVICE, "DescribeScalingActivities")
def describe_activities(world: World, request: Answer, call: Call) -> Answer:
    also = bool(request.get("IncludeNotScaledActivities"))
    found = [
        a
        for resource, done in scaling(world).activities.items()
        if _mine(request, resource)
        for a in done
        if also or a.not_scaled is None
    ]
    found.sort(key=lambda a: a.start, reverse=True)
    page, more = _page([_activity(a) for a in found], request)
    return {"ScalingActivities": page, **more}


# Scheduled actions


@operation(SERVICE, "DescribeScheduledActions")
def describe_actions(world: World, request: Answer, call: Call) -> Answer:
    names = request.get("ScheduledActionNames")
    rows = [
        {
            "ScheduledActionName": a.name,
            "ScheduledActionARN": a.arn,
            "ServiceNamespace": "ecs",
            "Schedule": a.schedule,
            "ResourceId": a.resource,
            "ScalableDimension": DIMENSION,
            "ScalableTargetAction": a.action,
            "CreationTime": a.created,
            **({"Timezone": a.timezone} if a.timezone else {}),
        }
        for a in scaling(world).actions.values()
        if (not names or a.name in names) and _mine(request, a.resource)
    ]
    page, more = _page(rows, request)
    return {"ScheduledActions": page, **more}


@operation(SERVICE, "PutScheduledAction")
def put_action(world: World, request: Answer, call: Call) -> Answer:
    target = _target(world, request)
    expression = request.get("Schedule") or ""
    if not schedule.valid(expression):
        raise refuse(f"Schedule expression {expression!r} is not valid. Use at(…), rate(…) or cron(…).")
    state, name = scaling(world), request["ScheduledActionName"]
    arn = world.arn("autoscaling", f"scheduledAction:{state.engine.ecs.uuid()}:resource/ecs/{target.resource}")
    action = ScheduledAction(
        name,
        f"{arn}:scheduledActionName/{name}",
        target.resource,
        expression,
        request.get("ScalableTargetAction") or {},
        world.now(),
        request.get("Timezone") or "",
    )
    state.schedule(action)
    return {}


@operation(SERVICE, "DeleteScheduledAction")
def delete_action(world: World, request: Answer, call: Call) -> Answer:
    found = scaling(world).actions.pop((request["ResourceId"], request["ScheduledActionName"]), None)
    if found is None:
        raise AwsError("ObjectNotFoundException", f"No scheduled action found with name {request['ScheduledActionName']}")
    if found.event is not None:
        found.event.cancel()
    return {}


@operation(SERVICE, "ListTagsForResource")
def list_tags(world: World, request: Answer, call: Call) -> Answer:
    found = next((t for t in scaling(world).targets.values() if t.arn == request["ResourceARN"]), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Resource not found: {request['ResourceARN']}")
    return {"Tags": found.tags}
