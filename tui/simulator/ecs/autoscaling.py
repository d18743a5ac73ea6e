"""Application Auto Scaling of ECS services: target tracking, step scaling and scheduled actions that really move the count."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.alarms import Alarm, Alarms
from tui.simulator.ecs.scaling_objects import Activity, Policy, ScalableTarget, ScheduledAction
from tui.simulator.ecs.schedule import next_run

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Service

DIMENSION = "ecs:service:DesiredCount"
ACTIVITIES_KEPT = 200
PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
    "ALBRequestCountPerTarget": "RequestCountPerTarget",
}


class Autoscaling:
    """``world.state["autoscaling"]``."""

    def __init__(self, engine: Engine, alarms: Alarms) -> None:
        self.engine = engine
        self.world = engine.world
        self.alarms = alarms
        self.targets: dict[str, ScalableTarget] = {}
        self.policies: dict[tuple[str, str], Policy] = {}
        self.actions: dict[tuple[str, str], ScheduledAction] = {}
        self.activities: dict[str, deque[Activity]] = {}

    def service(self, resource: str) -> Service | None:
        """The service behind ``service/cluster/name``."""
        parts = resource.split("/")
        cluster = self.engine.ecs.clusters.get(parts[1]) if len(parts) == 3 else None
        return cluster.services.get(parts[2]) if cluster else None

    def register(self, resource: str, minimum: int | None, maximum: int | None) -> ScalableTarget:
        """Create a target or change its bounds; a count outside of them is corrected at once."""
        target = self.targets.get(resource)
        if target is None:
            number = self.engine.ecs.hex(30)
            role = "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
            target = self.targets[resource] = ScalableTarget(
                resource,
                minimum or 0,
                maximum or 0,
                self.world.now(),
                self.world.arn("application-autoscaling", f"scalable-target/{number}"),
                self.world.arn("iam", role + "AWSServiceRoleForApplicationAutoScaling_ECSService", region=""),
            )
        target.minimum = target.minimum if minimum is None else minimum
        target.maximum = target.maximum if maximum is None else maximum
        self.enforce(target, "maximum or minimum capacity was changed")
        return target

    def enforce(self, target: ScalableTarget, cause: str) -> None:
        """Bring the count back between the bounds."""
        service = self.service(target.resource)
        if service is None or service.desired == 0:
            return
        wanted = min(target.maximum, max(target.minimum, service.desired))
        if wanted != service.desired:
            self.set_count(target, service, wanted, cause)

    def put_policy(self, policy: Policy) -> None:
        """Add or replace a policy; target tracking makes its two alarms itself."""
        key = (policy.resource, policy.name)
        before = self.policies.get(key)
        if before is not None:
            policy.created = before.created
            self._drop_alarms(before)
        self.policies[key] = policy
        if policy.kind == "TargetTrackingScaling":
            self._tracking_alarms(policy)

    def delete_policy(self, policy: Policy) -> None:
        """Remove a policy with the alarms that it made."""
        self._drop_alarms(policy)
        del self.policies[policy.resource, policy.name]

    def _drop_alarms(self, policy: Policy) -> None:
        if policy.kind == "TargetTrackingScaling":
            for alarm in policy.alarms:
                self.alarms.remove(alarm.name)

    # Target tracking

    def _tracking_alarms(self, policy: Policy) -> None:
        tracked = self.tracked(policy)
        if tracked is None:
            return
        value = float(policy.configuration["TargetValue"])
        common = {
            **tracked,
            "Period": 60,
            "ActionsEnabled": True,
            "AlarmActions": [policy.arn],
            "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
        }
        high = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": value, "EvaluationPeriods": 3}
        low = {"ComparisonOperator": "LessThanThreshold", "Threshold": round(value * 0.9, 4), "EvaluationPeriods": 15}
        for side, rule in (("High", high), ("Low", low)):
            name = f"TargetTracking-{policy.resource}-Alarm{side}-{self.engine.ecs.uuid()}"
            data = {"AlarmName": name, **common, **rule}
            out = side == "High"
            policy.alarms.append(self.alarms.put(data, hears=lambda a, v, out=out: self._track(policy, a, v, out)))  # type: ignore[misc]

    def tracked(self, policy: Policy) -> dict[str, Any] | None:
        """Namespace, name, statistic and dimensions of the metric that a target tracking policy follows."""
        custom = policy.configuration.get("CustomizedMetricSpecification")
        if custom:
            return {k: custom[k] for k in ("Namespace", "MetricName", "Dimensions", "Statistic") if k in custom}
        predefined = policy.configuration.get("PredefinedMetricSpecification") or {}
        name = PREDEFINED.get(predefined.get("PredefinedMetricType", ""))
        if name is None:
            return None
        if name == "RequestCountPerTarget":
            balancer, _, group = str(predefined.get("ResourceLabel", "")).partition("/targetgroup/")
            dimensions = [
                {"Name": "TargetGroup", "Value": f"targetgroup/{group}"},
                {"Name": "LoadBalancer", "Value": balancer},
            ]
            return {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Statistic": "Sum", "Dimensions": dimensions}
        _, cluster, service = policy.resource.split("/")
        dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]
        return {"Namespace": "AWS/ECS", "MetricName": name, "Statistic": "Average", "Dimensions": dimensions}

    def _track(self, policy: Policy, alarm: Alarm, value: float, out: bool) -> None:
        target, service = self.targets.get(policy.resource), self.service(policy.resource)
        if target is None or service is None or service.status != "ACTIVE" or not service.desired:
            return
        goal = float(policy.configuration["TargetValue"])
        wanted = math.ceil(service.desired * value / goal)
        wanted = max(wanted, service.desired + 1) if out else min(wanted, service.desired)
        if not out and (policy.configuration.get("DisableScaleIn") or service.primary.rollout == "IN_PROGRESS"):
            return
        self._scale(target, service, wanted, policy, alarm)

    def step(self, policy: Policy, alarm: Alarm, value: float) -> None:
        """A step scaling policy's alarm is in ALARM."""
        target, service = self.targets.get(policy.resource), self.service(policy.resource)
        if target is None or service is None:
            return
        beyond = value - float(alarm.data["Threshold"])
        for adjustment in policy.configuration.get("StepAdjustments", ()):
            lower = float(adjustment.get("MetricIntervalLowerBound", -math.inf))
            upper = float(adjustment.get("MetricIntervalUpperBound", math.inf))
            if lower <= beyond < upper:
                by = int(adjustment["ScalingAdjustment"])
                kind = policy.configuration.get("AdjustmentType", "ChangeInCapacity")
                wanted = by if kind == "ExactCapacity" else service.desired + by
                if kind == "PercentChangeInCapacity":
                    change = service.desired * by / 100
                    wanted = service.desired + (max(1, math.floor(change)) if change > 0 else min(-1, math.ceil(change)))
                self._scale(target, service, wanted, policy, alarm)
                return

    def _scale(self, target: ScalableTarget, service: Service, wanted: int, policy: Policy, alarm: Alarm) -> None:
        now = self.world.now()
        out = wanted > service.desired
        if wanted == service.desired or target.suspended.get(f"DynamicScaling{'Out' if out else 'In'}Suspended"):
            return
        bounded = min(target.maximum, max(target.minimum, wanted))
        cause = f"monitor alarm {alarm.name} in state ALARM triggered policy {policy.name}"
        if bounded == service.desired or (out and bounded < service.desired):
            self._not_scaled(target, service, cause, out)
            return
        configuration = policy.configuration
        default = 60 if out else 300
        cooldown = configuration.get("ScaleOutCooldown" if out else "ScaleInCooldown", configuration.get("Cooldown", default))
        if now - (target.last_out if out else max(target.last_in, target.last_out)) < float(cooldown):
            return
        if out:
            target.last_out = now
        else:
            target.last_in = now
        self.set_count(target, service, bounded, cause)

    def _not_scaled(self, target: ScalableTarget, service: Service, cause: str, out: bool) -> None:
        done = self.activities.setdefault(target.resource, deque(maxlen=ACTIVITIES_KEPT))
        reason = {
            "Code": "AlreadyAtMaxCapacity" if out else "AlreadyAtMinCapacity",
            ("MaxCapacity" if out else "MinCapacity"): target.maximum if out else target.minimum,
            "CurrentCapacity": service.desired,
        }
        if done and done[-1].not_scaled is not None and done[-1].not_scaled["Code"] == reason["Code"]:
            return
        text = "Attempting to scale due to alarm triggered"
        self.note(target, text, cause, status="Unfulfilled", message="", not_scaled=reason)

    def set_count(self, target: ScalableTarget, service: Service, wanted: int, cause: str) -> None:
        """Change the desired count as Application Auto Scaling does, and write the activity."""
        service.desired = wanted
        service.primary.desired = wanted
        service.steady = False
        self.engine.scheduler.wake(service)
        message = f"Successfully set desired count to {wanted}. Change successfully fulfilled by ecs."
        self.note(target, f"Setting desired count to {wanted}.", cause, message=message)

    def note(
        self,
        target: ScalableTarget,
        description: str,
        cause: str,
        *,
        status: str = "Successful",
        message: str = "",
        at: float | None = None,
        not_scaled: dict[str, Any] | None = None,
    ) -> None:
        """Write a scaling activity."""
        start = self.world.now() if at is None else at
        activity = Activity(
            self.engine.ecs.uuid(), target.resource, description, cause, start, start + 32, status, message, not_scaled
        )
        self.activities.setdefault(target.resource, deque(maxlen=ACTIVITIES_KEPT)).append(activity)

    # Scheduled actions

    def schedule(self, action: ScheduledAction) -> None:
        """Add or replace a scheduled action and plan its next run."""
        before = self.actions.get((action.resource, action.name))
        if before is not None and before.event is not None:
            before.event.cancel()
        self.actions[action.resource, action.name] = action
        self._plan(action)

    def _plan(self, action: ScheduledAction) -> None:
        due = next_run(action.schedule, self.world.now())
        if due is not None:
            action.event = self.world.at(due, lambda: self._run(action))

    def _run(self, action: ScheduledAction) -> None:
        if self.actions.get((action.resource, action.name)) is not action:
            return
        target = self.targets.get(action.resource)
        if target is not None and not target.suspended.get("ScheduledScalingSuspended"):
            target.minimum = int(action.action.get("MinCapacity", target.minimum))
            target.maximum = int(action.action.get("MaxCapacity", target.maximum))
            text = f"Setting min capacity to {target.minimum} and max capacity to {target.maximum}"
            cause = f"scheduled action name {action.name} was triggered"
            message = f"Successfully set min capacity to {target.minimum} and max capacity to {target.maximum}"
            self.note(target, text, cause, message=message)
            self.enforce(target, f"{cause}; {message[13:].lower()}")
        self._plan(action)
