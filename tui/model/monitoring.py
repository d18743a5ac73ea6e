"""Metrics, alarms, scaling and target health: tables of their own beside the rows that they speak of."""

from __future__ import annotations

from typing import ClassVar

from tui.model.alarm_reason import crossing, figure
from tui.model.row import Row
from tui.model.scope import Key
from tui.model.state import State


class MetricRow(Row, frozen=True, kw_only=True, gc=False):
    """The newest figures of a target. Key id: ``target kind:target id``. History keeps the series.

    ``cpu`` and ``memory``: for a service percent of what it reserves (CloudWatch); for a pod cores and bytes
    (metrics.k8s.io). ``None``: not known.
    """

    kind: ClassVar[str] = "metrics"

    target: Key
    cpu: float | None = None
    memory: float | None = None
    time: float = 0.0


class AlarmRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeAlarms (metric alarms). Key id: the alarm's ARN."""

    kind: ClassVar[str] = "alarms"

    arn: str
    value: str = ""  # OK, ALARM, INSUFFICIENT_DATA
    value_reason: str = ""
    since: float = 0.0
    namespace: str = ""
    metric: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    threshold: float | None = None
    comparison: str = ""
    actions: tuple[str, ...] = ()

    @property
    def tracking(self) -> str:
        """``AlarmLow`` or ``AlarmHigh`` of an alarm that target tracking made for itself (Application Auto Scaling names
        it ``TargetTracking-service/shop/cart-AlarmLow-<uuid>``), else empty."""
        if not self.name.startswith("TargetTracking-"):
            return ""
        return "AlarmLow" if "-AlarmLow-" in self.name else "AlarmHigh"

    @property
    def state(self) -> State:
        if self.value == "ALARM" and self.tracking:  # how scaling works, nothing that someone should look at
            return State.IDLE if self.tracking == "AlarmLow" else State.CHANGING
        return {"ALARM": State.DEGRADED, "OK": State.WELL}.get(self.value, State.IDLE)

    @property
    def reason(self) -> str:
        """``CPUUtilization 91.8, above 90``; CloudWatch's own words where they are others."""
        if self.value != "ALARM":
            return ""
        found = crossing(self.value_reason)
        if found is None or not found.points:
            return self.value_reason
        scaling = {"AlarmLow": ": scales in where it may", "AlarmHigh": ": scales out"}.get(self.tracking, "")
        return f"{self.metric or 'its metric'} {figure(found.points[0])}, {found.side} {found.threshold}{scaling}"


class ScalableTargetRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeScalableTargets. Key id: ``resource id`` (``service/cluster/name``)."""

    kind: ClassVar[str] = "scalable-targets"

    resource: str
    dimension: str = ""
    minimum: int = 0
    maximum: int = 0
    suspended: bool = False


class ScalingPolicyRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeScalingPolicies. Key id: the policy's ARN."""

    kind: ClassVar[str] = "scaling-policies"

    arn: str
    resource: str = ""
    metric: str = ""
    target_value: float | None = None
    alarms: tuple[str, ...] = ()


class TargetHealthRow(Row, frozen=True, kw_only=True, gc=False):
    """DescribeTargetHealth, one target. Key id: ``target group ARN#target id:port``. ``wanted``, ``path``: the codes that its
    group's health check accepts and what it asks for (DescribeTargetGroups); empty where that was not read."""

    kind: ClassVar[str] = "target-health"

    target_group: str
    target: str
    port: int = 0
    health: str = ""  # initial, healthy, unhealthy, unused, draining, unavailable
    code: str = ""
    description: str = ""
    wanted: str = ""
    path: str = ""

    @property
    def state(self) -> State:
        return {"healthy": State.WELL, "unhealthy": State.BROKEN, "initial": State.CHANGING, "draining": State.CHANGING}.get(
            self.health, State.IDLE
        )

    @property
    def reason(self) -> str:
        return self.description if self.health == "unhealthy" else ""
