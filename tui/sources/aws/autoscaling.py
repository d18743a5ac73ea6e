"""Application Auto Scaling of ECS services: bounds and policies. They change rarely and are read rarely."""

from __future__ import annotations

from typing import Any, ClassVar

from tui.model import Key, Scope
from tui.model.monitoring import ScalableTargetRow, ScalingPolicyRow
from tui.sources.aws.decode import convert
from tui.sources.aws.source import AwsSource, every, priority_of
from tui.sources.aws.wire import Number, Wire
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

FACTOR = 10.0
SERVICE = "application-autoscaling"


class Suspended(Wire, rename="pascal"):
    """``SuspendedState``."""

    dynamic_scaling_in_suspended: bool = False
    dynamic_scaling_out_suspended: bool = False


class Target(Wire, rename="pascal"):
    """A member of ``ScalableTargets``."""

    resource_id: str = ""
    scalable_dimension: str = ""
    min_capacity: Number = 0
    max_capacity: Number = 0
    suspended_state: Suspended | None = None


class Targets(Wire, rename="pascal"):
    """DescribeScalableTargets' answer, all pages."""

    scalable_targets: tuple[Target, ...] = ()


class PolicyAlarm(Wire, rename="pascal"):
    """A member of a policy's ``Alarms``."""

    alarm_name: str = ""


class Predefined(Wire, rename="pascal"):
    """``PredefinedMetricSpecification``."""

    predefined_metric_type: str = ""


class Customized(Wire, rename="pascal"):
    """``CustomizedMetricSpecification``."""

    metric_name: str = ""


class Tracking(Wire, rename="pascal"):
    """``TargetTrackingScalingPolicyConfiguration``."""

    target_value: Number | None = None
    predefined_metric_specification: Predefined | None = None
    customized_metric_specification: Customized | None = None


class Policy(Wire):
    """A member of ``ScalingPolicies``."""

    arn: str = ""
    name: str = ""
    resource: str = ""
    tracking: Tracking | None = None
    alarms: tuple[PolicyAlarm, ...] = ()


class Policies(Wire, rename={"scaling_policies": "ScalingPolicies"}):
    """DescribeScalingPolicies' answer, all pages."""

    scaling_policies: tuple[Policy, ...] = ()


_POLICY_NAMES = {
    "PolicyARN": "arn",
    "PolicyName": "name",
    "ResourceId": "resource",
    "TargetTrackingScalingPolicyConfiguration": "tracking",
    "Alarms": "alarms",
}


class Autoscaling(AwsSource):
    """Rows of ``scalable-targets`` and ``scaling-policies``."""

    name: ClassVar[str] = "autoscaling"
    kinds: ClassVar[tuple[str, ...]] = ("scalable-targets", "scaling-policies")
    reads: ClassVar[tuple[str, ...]] = (
        f"{SERVICE}:DescribeScalableTargets", f"{SERVICE}:DescribeScalingPolicies",
    )  # fmt: skip

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context, visible=FACTOR, background=FACTOR)).run()

    async def _read(self, urgency: Urgency) -> str | None:
        await every((self._targets(urgency), self._policies(urgency)))
        return None

    async def _pages(self, operation: str, items: str, urgency: Urgency) -> list[dict[str, Any]]:
        params = {"ServiceNamespace": "ecs", "MaxResults": 50}
        return await self.aws.pages(SERVICE, operation, params, items, priority=priority_of(urgency))

    async def _targets(self, urgency: Urgency) -> None:
        relist = self.store.begin("scalable-targets", self.scope, self.store.stamp())
        found = await self._pages("DescribeScalableTargets", "ScalableTargets", urgency)
        answer = convert(f"{SERVICE}:DescribeScalableTargets", {"ScalableTargets": found}, Targets)
        relist.page([target_row(target, self.scope) for target in answer.scalable_targets])
        relist.end()

    async def _policies(self, urgency: Urgency) -> None:
        relist = self.store.begin("scaling-policies", self.scope, self.store.stamp())
        found = await self._pages("DescribeScalingPolicies", "ScalingPolicies", urgency)
        short = [{_POLICY_NAMES[name]: value for name, value in one.items() if name in _POLICY_NAMES} for one in found]
        answer = convert(f"{SERVICE}:DescribeScalingPolicies", {"ScalingPolicies": short}, Policies)
        relist.page([policy_row(policy, self.scope) for policy in answer.scaling_policies])
        relist.end()


def target_row(target: Target, scope: Scope) -> ScalableTargetRow:
    """The row of a scalable target; suspended when scaling out or in is."""
    state = target.suspended_state or Suspended()
    return ScalableTargetRow(
        key=Key.of("scalable-targets", scope, target.resource_id),
        scope=scope,
        name=target.resource_id.removeprefix("service/"),
        resource=target.resource_id,
        dimension=target.scalable_dimension,
        minimum=int(target.min_capacity),
        maximum=int(target.max_capacity),
        suspended=state.dynamic_scaling_in_suspended or state.dynamic_scaling_out_suspended,
    )


def policy_row(policy: Policy, scope: Scope) -> ScalingPolicyRow:
    """The row of a policy; target and metric for target tracking only."""
    tracking = policy.tracking or Tracking()
    metric = ""
    if tracking.predefined_metric_specification is not None:
        metric = tracking.predefined_metric_specification.predefined_metric_type
    elif tracking.customized_metric_specification is not None:
        metric = tracking.customized_metric_specification.metric_name
    return ScalingPolicyRow(
        key=Key.of("scaling-policies", scope, policy.arn),
        scope=scope,
        name=policy.name,
        arn=policy.arn,
        resource=policy.resource,
        metric=metric,
        target_value=None if tracking.target_value is None else float(tracking.target_value),
        alarms=tuple(alarm.alarm_name for alarm in policy.alarms),
    )
