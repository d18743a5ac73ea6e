"""Alarms, scalable targets, policies and scheduled actions of the scenario, in the state that they have had for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.alarms import Alarm, Alarms
from tui.simulator.ecs.autoscaling import Autoscaling
from tui.simulator.ecs.balancers import balancers
from tui.simulator.ecs.scaling_objects import Policy, ScheduledAction
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Service

DAY = 86_400.0


class ScalingBuilder:
    """Reads ``scaling`` and ``alarm`` of every service."""

    def __init__(self, engine: Engine, alarms: Alarms, autoscaling: Autoscaling) -> None:
        self.engine = engine
        self.world = engine.world
        self.alarms = alarms
        self.autoscaling = autoscaling
        self.topic = self.world.arn("sns", "oncall")

    def build(self) -> None:
        """Everything, then one evaluation of each alarm."""
        for cluster in self.engine.ecs.clusters.values():
            for service in cluster.services.values():
                if "scaling" in service.profile:
                    self._scaling(service, service.profile["scaling"])
                if "alarm" in service.profile:
                    self._alarm(service, service.profile["alarm"])
        for alarm in self.alarms.by_name.values():
            self._settle(alarm)

    def _settle(self, alarm: Alarm) -> None:
        since = self.world.started - (0.05 + 3 * noise(alarm.name, "since")) * DAY
        self.alarms.settle(alarm, since)
        if alarm.value == "ALARM":
            alarm.updated = self.world.started - (8 + 5 * noise(alarm.name)) * 60
        alarm.configured = self.world.started - (20 + 200 * noise(alarm.name, "made")) * DAY

    def _data(self, service: Service, what: str, metric: str, threshold: float, **more: Any) -> dict[str, Any]:
        return {
            "AlarmName": f"{service.cluster.name}-{service.name}-{what}",
            "AlarmDescription": f"{metric} of {service.cluster.name}/{service.name}",
            "ActionsEnabled": True,
            "AlarmActions": [self.topic],
            "OKActions": [self.topic],
            "InsufficientDataActions": [],
            "Namespace": "AWS/ECS",
            "MetricName": metric,
            "Statistic": "Average",
            "Dimensions": [
                {"Name": "ClusterName", "Value": service.cluster.name},
                {"Name": "ServiceName", "Value": service.name},
            ],
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 3,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "missing",
            **more,
        }

    def _alarm(self, service: Service, wanted: dict[str, Any]) -> None:
        if "cpu" in wanted:
            self.alarms.put(self._data(service, "cpu-high", "CPUUtilization", float(wanted["cpu"])))
        if "memory" in wanted:
            data = self._data(service, "memory-high", "MemoryUtilization", float(wanted["memory"]), Statistic="Maximum")
            self.alarms.put(data | {"EvaluationPeriods": 5, "DatapointsToAlarm": 1})
        if "unhealthy_hosts" in wanted:
            group = balancers(self.world).groups[service.target_groups[0]]
            balancer = balancers(self.world).balancers[group.balancers[0]]
            dimensions = [
                {"Name": "TargetGroup", "Value": group.dimension},
                {"Name": "LoadBalancer", "Value": balancer.dimension},
            ]
            more = {
                "Namespace": "AWS/ApplicationELB",
                "Dimensions": dimensions,
                "Statistic": "Maximum",
                "EvaluationPeriods": 5,
                "DatapointsToAlarm": 1,
                "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            }
            data = self._data(service, "unhealthy-hosts", "UnHealthyHostCount", float(wanted["unhealthy_hosts"]), **more)
            self.alarms.put(data)

    # Scaling

    def _scaling(self, service: Service, wanted: dict[str, Any]) -> None:
        resource = f"service/{service.cluster.name}/{service.name}"
        target = self.autoscaling.register(resource, int(wanted["minimum"]), int(wanted["maximum"]))
        target.created = service.created + DAY
        if "cpu" in wanted and not wanted.get("steps"):
            predefined = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
            self._tracking(service, resource, "cpu", float(wanted["cpu"]), predefined)
        if "requests" in wanted:
            group = balancers(self.world).groups[service.target_groups[0]]
            label = f"{balancers(self.world).balancers[group.balancers[0]].dimension}/{group.dimension}"
            predefined = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label}
            self._tracking(service, resource, "requests", float(wanted["requests"]) * 60, predefined)
        if wanted.get("steps"):
            self._steps(service, resource, float(wanted["cpu"]))
        if wanted.get("schedule"):
            self._schedule(service, resource, wanted)
        scaled = service.profile.get("scaled")
        if scaled:
            policy = next(p for (r, _), p in self.autoscaling.policies.items() if r == resource)
            cause = f"monitor alarm {policy.alarms[0].name} in state ALARM triggered policy {policy.name}"
            at = self.world.started - float(scaled["minutes"]) * 60
            text = f"Setting desired count to {service.desired}."
            message = f"Successfully set desired count to {service.desired}. Change successfully fulfilled by ecs."
            self.autoscaling.note(target, text, cause, message=message, at=at)

    def _policy(self, service: Service, resource: str, what: str, kind: str, configuration: dict[str, Any]) -> Policy:
        name = f"{service.name}-{what}"
        number = self.engine.ecs.uuid()
        arn = self.world.arn("autoscaling", f"scalingPolicy:{number}:resource/ecs/{resource}:policyName/{name}")
        return Policy(name, arn, resource, kind, configuration, service.created + DAY)

    def _tracking(self, service: Service, resource: str, what: str, value: float, predefined: dict[str, str]) -> None:
        configuration = {
            "TargetValue": value,
            "PredefinedMetricSpecification": predefined,
            "ScaleOutCooldown": 60,
            "ScaleInCooldown": 300,
            "DisableScaleIn": False,
        }
        self.autoscaling.put_policy(self._policy(service, resource, what, "TargetTrackingScaling", configuration))

    def _steps(self, service: Service, resource: str, value: float) -> None:
        rules: tuple[tuple[str, str, float, list[dict[str, float]]], ...] = (
            (
                "out",
                "GreaterThanThreshold",
                value,
                [
                    {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 15, "ScalingAdjustment": 1},
                    {"MetricIntervalLowerBound": 15, "ScalingAdjustment": 3},
                ],
            ),
            ("in", "LessThanThreshold", value / 2, [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -1}]),
        )
        for side, comparison, threshold, steps in rules:
            configuration = {
                "AdjustmentType": "ChangeInCapacity",
                "StepAdjustments": steps,
                "Cooldown": 120,
                "MetricAggregationType": "Average",
            }
            policy = self._policy(service, resource, f"step-{side}", "StepScaling", configuration)
            self.autoscaling.put_policy(policy)
            data = self._data(service, f"step-{side}", "CPUUtilization", threshold, ComparisonOperator=comparison)
            data |= {"AlarmActions": [policy.arn], "OKActions": []}
            policy.alarms.append(self.alarms.put(data, hears=lambda a, v, p=policy: self.autoscaling.step(p, a, v)))  # type: ignore[misc]

    def _schedule(self, service: Service, resource: str, wanted: dict[str, Any]) -> None:
        usual = int(service.profile["desired"])
        bounds = {
            "office-hours": ("cron(0 6 ? * MON-FRI *)", usual, int(wanted["maximum"])),
            "night": ("cron(0 20 * * ? *)", int(wanted["minimum"]), usual),
        }
        for name, (schedule, low, high) in bounds.items():
            arn = self.world.arn("autoscaling", f"scheduledAction:{self.engine.ecs.uuid()}:resource/ecs/{resource}")
            action = {"MinCapacity": low, "MaxCapacity": high}
            made = ScheduledAction(name, f"{arn}:scheduledActionName/{name}", resource, schedule, action, service.created)
            self.autoscaling.schedule(made)
