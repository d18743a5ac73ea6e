"""What Application Auto Scaling will do to a count that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from tui.actions.base import Context
from tui.actions.rowwise import UNSURE
from tui.actions.service import locator_of
from tui.model.errors import ApiError
from tui.model.monitoring import ScalableTargetRow
from tui.model.row import Row
from tui.model.scope import Key, Scope

TARGET = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}

READS = ("application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies")


class Bounds(Struct, frozen=True):
    """A scalable target in force. ``policies``: what it follows, in words."""

    minimum: int
    maximum: int
    policies: tuple[str, ...] = ()


def resource_id(row: Row) -> str:
    """``service/shop/checkout``, as Application Auto Scaling names an ECS service."""
    locator = locator_of(row)
    return f"service/{locator['cluster'].rsplit('/', 1)[-1]}/{locator['service']}"


def known_target(row: Row, context: Context) -> ScalableTargetRow | None:
    """What scales the service, as far as the store knows."""
    resource = resource_id(row)
    for target in context.store.rows(ScalableTargetRow.kind) if context.store is not None else ():
        if isinstance(target, ScalableTargetRow) and target.resource == resource and target.scope.owner == row.scope.owner:
            return None if target.suspended else target
    return None


async def set_maximum(row: Row, maximum: int, context: Context) -> None:
    """Give a scalable target another maximum; its minimum stays. Where the answer was lost it is read. Raises ``ApiError``."""
    params = {**TARGET, "ResourceId": resource_id(row), "MaxCapacity": maximum}
    try:
        await context.clients.aws(row.scope).write("application-autoscaling", "RegisterScalableTarget", params)
    except ApiError as error:
        if error.trouble not in UNSURE:
            raise
        known, _ = await bounds([row], context)
        if row.key not in known or known[row.key].maximum != maximum:
            raise


async def bounds(rows: Sequence[Row], context: Context) -> tuple[dict[Key, Bounds], tuple[str, ...]]:
    """The bounds of those of ``rows`` that are scaled by themselves, and a warning where they could not be read."""
    out: dict[Key, Bounds] = {}
    by_scope: dict[Scope, list[Row]] = {}
    for row in rows:
        by_scope.setdefault(row.scope, []).append(row)
    try:
        for scope, members in by_scope.items():
            for start in range(0, len(members), 50):
                out.update(await _bounds(scope, members[start : start + 50], context))
    except ApiError as error:
        return out, (f"whether autoscaling changes the count is not known: {error}",)
    return out, ()


async def _bounds(scope: Scope, rows: Sequence[Row], context: Context) -> dict[Key, Bounds]:
    port = context.clients.aws(scope)
    names = {resource_id(row): row for row in rows}
    targets = await port.read("application-autoscaling", "DescribeScalableTargets", {**TARGET, "ResourceIds": list(names)})
    out: dict[Key, Bounds] = {}
    for target in targets.get("ScalableTargets") or []:
        resource = target.get("ResourceId", "")
        suspended = target.get("SuspendedState") or {}
        if resource not in names or all(suspended.get(f"Dynamic{way}Suspended") for way in ("ScalingIn", "ScalingOut")):
            continue
        policies = await port.read("application-autoscaling", "DescribeScalingPolicies", {**TARGET, "ResourceId": resource})
        words = tuple(policy_words(policy) for policy in policies.get("ScalingPolicies") or [])
        out[names[resource].key] = Bounds(target.get("MinCapacity", 0), target.get("MaxCapacity", 0), words)
    return out


def policy_words(policy: Mapping[str, Any]) -> str:
    """``target CPU 60%``, or the policy's name where it steps."""
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
    metric = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType", "")
    target = tracking.get("TargetValue")
    words = {
        "ECSServiceAverageCPUUtilization": "CPU {}%",
        "ECSServiceAverageMemoryUtilization": "memory {}%",
        "ALBRequestCountPerTarget": "{} requests a target",
    }
    if target is not None:
        return "target " + words.get(metric, "{} of its metric").format(f"{target:g}")
    return f"policy {policy.get('PolicyName', '?')}"


def warning(found: Bounds) -> str:
    """``autoscaling may change the count meanwhile (2 to 10, target CPU 60%)``."""
    words = "".join(f", {policy}" for policy in found.policies)
    return f"autoscaling may change the count meanwhile ({found.minimum} to {found.maximum}{words})"


def count_warning(count: int, found: Bounds) -> str:
    """The warning for a count set by hand: outside the bounds it will not stay."""
    if count > found.maximum:
        return f"{count} is above autoscaling's maximum of {found.maximum}: it will bring the count back when it next acts"
    if count < found.minimum:
        return f"{count} is below autoscaling's minimum of {found.minimum}: it will bring the count back when it next acts"
    return warning(found)
