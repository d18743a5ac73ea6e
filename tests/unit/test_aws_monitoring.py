"""Metrics, alarms, scaling and the health of targets: who is asked for, and how often."""

# ruff: noqa: E501 - answers of AWS, one a line
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.unit.aws_stage import ACCOUNT, REGION, Account, Bench, Refusal, Stage, cluster_arn
from tests.unit.test_aws_services import stage
from tui.model import Key
from tui.model.monitoring import AlarmRow, MetricRow, ScalableTargetRow, ScalingPolicyRow, TargetHealthRow
from tui.sources.aws.alarms import Alarms
from tui.sources.aws.autoscaling import Autoscaling
from tui.sources.aws.ecs_clusters import EcsClusters
from tui.sources.aws.ecs_services import EcsServices
from tui.sources.aws.metrics import Metrics
from tui.sources.aws.target_health import TargetHealth
from tui.store import FreshState, Urgency

__all__ = ["stage"]


async def test_metrics_of_services_on_the_screen_once_a_minute(stage: Stage) -> None:
    Account(stage, {"shop": 30})
    stage.handlers["cloudwatch:GetMetricData"] = lambda params: {
        "MetricDataResults": [
            {
                "Id": query["Id"],
                "Timestamps": [datetime.fromtimestamp(1_700_000_000 - age, UTC) for age in (120, 60)],
                "Values": [10.0, 20.0],
            }
            for query in params["MetricDataQueries"]
        ]
    }
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        keys = frozenset(Key.of("services", scope, f"{cluster_arn('shop')}#s{number:03}") for number in range(5))
        bench.store.interest.register("services", None, Urgency.VISIBLE, keys)
        bench.store.interest.register("metrics", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices, Metrics)
        await bench.after(10, 20)
        (first,) = stage.of("cloudwatch:GetMetricData")
        assert len(first["MetricDataQueries"]) == 10 and first["EndTime"] - first["StartTime"] >= (
            first["EndTime"] - first["EndTime"]
        )
        assert (first["EndTime"] - first["StartTime"]).total_seconds() == 3600
        await bench.after(120, 120)
        calls = stage.of("cloudwatch:GetMetricData")
        assert len(calls) == 3
        assert (calls[1]["EndTime"] - calls[1]["StartTime"]).total_seconds() == 600
        rows = [row for row in bench.store.rows("metrics") if isinstance(row, MetricRow)]
        assert len(rows) == 5 and all((row.cpu, row.memory) == (20.0, 20.0) for row in rows)
        assert rows[0].key.id == f"services:{rows[0].target.id}"
        assert [value for _, value in bench.store.history.series(rows[0].target, "cpu")] == [10.0, 20.0]


async def test_metrics_of_a_service_that_comes_into_sight_are_asked_for_a_second_later(stage: Stage) -> None:
    Account(stage, {"shop": 40})
    stage.handlers["cloudwatch:GetMetricData"] = lambda _: {"MetricDataResults": []}

    def asked() -> list[list[str]]:
        """The services of each call."""
        calls = [params["MetricDataQueries"] for params in stage.of("cloudwatch:GetMetricData")]
        return [sorted({query["MetricStat"]["Metric"]["Dimensions"][1]["Value"] for query in call}) for call in calls]

    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        keys = [Key.of("services", scope, f"{cluster_arn('shop')}#s{number:03}") for number in range(40)]
        interest = bench.store.interest.register("services", None, Urgency.VISIBLE, frozenset(keys[:5]))
        bench.store.interest.register("metrics", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices, Metrics)
        await bench.after(10, 20)
        assert asked() == [[f"s{number:03}" for number in range(5)]]
        (before,) = bench.store.freshness.of("metrics")
        while bench.store.freshness.of("metrics") == (before,):  # just after a turn, the next is 3 s away
            await bench.after(0.5)
        for first in range(1, 21):  # ``j`` is held: twenty rows come into sight one by one within half a second
            interest.update(keys=frozenset(keys[first : first + 5]))
            await bench.quiet()
        await bench.after(1.6, 8)
        assert asked()[1:] in ([[f"s{n:03}" for n in range(20, 25)]], [["s005"], [f"s{n:03}" for n in range(20, 25)]])
        count = len(asked())
        await bench.after(75, 75)
        again = asked()[count:]
        assert len(again) <= 2 and again[0] == [f"s{n:03}" for n in range(20, 25)], again


async def test_metrics_that_were_denied_are_asked_for_again(stage: Stage) -> None:
    Account(stage, {"shop": 2})

    def denied(_: dict[str, Any]) -> dict[str, Any]:
        raise Refusal("AccessDenied", "no")

    stage.handlers["cloudwatch:GetMetricData"] = denied
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        key = Key.of("services", scope, f"{cluster_arn('shop')}#s000")
        bench.store.interest.register("services", None, Urgency.VISIBLE, frozenset({key}))
        bench.start(EcsClusters, EcsServices, Metrics)
        await bench.after(10, 10)
        (entry,) = bench.store.freshness.of("metrics")
        assert entry.state is FreshState.DENIED and "cloudwatch:GetMetricData is denied" in entry.message
        stage.handlers["cloudwatch:GetMetricData"] = lambda _: {"MetricDataResults": []}
        bench.store.interest.refresh()
        await bench.quiet()
        (entry,) = bench.store.freshness.of("metrics")
        assert entry.state is FreshState.POLLING


def alarm(name: str, state: str) -> dict[str, Any]:
    return {
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
        "AlarmName": name,
        "StateValue": state,
        "StateReason": "crossed",
        "StateUpdatedTimestamp": datetime.fromtimestamp(1_700_000_000, UTC),
        "Dimensions": [{"Name": "ServiceName", "Value": "a"}, {"Name": "ClusterName", "Value": "shop"}],
        "Threshold": 80.0,
    }


async def test_alarms_that_ring_in_the_background_all_of_them_on_the_screen(stage: Stage) -> None:
    alarms = {"a": "ALARM", "b": "OK", "c": "OK"}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        wanted = params.get("StateValue")
        return {"MetricAlarms": [alarm(name, state) for name, state in alarms.items() if wanted in (None, state)]}

    stage.handlers["cloudwatch:DescribeAlarms"] = describe
    async with Bench(stage) as bench:
        bench.store.interest.register("alarms", None, Urgency.BACKGROUND)
        bench.start(Alarms)
        await bench.quiet()
        (row,) = bench.store.rows("alarms")
        assert isinstance(row, AlarmRow) and row.dimensions == (("ClusterName", "shop"), ("ServiceName", "a"))
        visible = bench.store.interest.register("alarms", None, Urgency.VISIBLE)
        await bench.after(14, 28)
        assert {row.name for row in bench.store.rows("alarms")} == {"a", "b", "c"}
        alarms["b"] = "ALARM"
        await bench.after(14, 28)
        assert [row.name for row in bench.store.rows("alarms") if isinstance(row, AlarmRow) and row.value == "ALARM"] == [
            "a",
            "b",
        ]
        alarms["a"] = "OK"
        await bench.after(62, 62)
        assert [row.name for row in bench.store.rows("alarms") if isinstance(row, AlarmRow) and row.value == "ALARM"] == ["b"]
        visible.close()
        await bench.after(33, 33)
        assert [row.name for row in bench.store.rows("alarms")] == ["b"]


async def test_scaling(stage: Stage) -> None:
    stage.handlers["application-autoscaling:DescribeScalableTargets"] = lambda _: {
        "ScalableTargets": [
            {"ResourceId": "service/shop/a", "ScalableDimension": "ecs:service:DesiredCount", "MinCapacity": 2, "MaxCapacity": 6,
             "SuspendedState": {"DynamicScalingInSuspended": True}, "ServiceNamespace": "ecs", "RoleARN": "r"}
        ]
    }  # fmt: skip
    stage.handlers["application-autoscaling:DescribeScalingPolicies"] = lambda params: {
        "ScalingPolicies": [
            {"PolicyARN": "p1", "PolicyName": "cpu", "ResourceId": "service/shop/a", "PolicyType": "TargetTrackingScaling",
             "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}},
             "Alarms": [{"AlarmName": "x", "AlarmARN": "y"}]},
        ] if "NextToken" in params else [{"PolicyARN": "p2", "PolicyName": "step", "ResourceId": "service/shop/b", "PolicyType": "StepScaling"}],
        **({} if "NextToken" in params else {"NextToken": "more"}),
    }  # fmt: skip
    async with Bench(stage) as bench:
        for kind in ("scalable-targets", "scaling-policies"):
            bench.store.interest.register(kind, None, Urgency.VISIBLE)
        bench.start(Autoscaling)
        await bench.quiet()
        (target,) = bench.store.rows("scalable-targets")
        assert isinstance(target, ScalableTargetRow) and (target.minimum, target.maximum, target.suspended) == (2, 6, True)
        policies = {row.name: row for row in bench.store.rows("scaling-policies") if isinstance(row, ScalingPolicyRow)}
        assert policies["cpu"].target_value == 60.0 and policies["cpu"].alarms == ("x",)
        assert policies["step"].target_value is None
        assert stage.calls["application-autoscaling:DescribeScalableTargets"] == 1
        await bench.after(25, 25)
        assert stage.calls["application-autoscaling:DescribeScalableTargets"] == 1


async def test_target_health_of_the_open_service_only(stage: Stage) -> None:
    account = Account(stage, {"shop": 3})
    for name, one in account.services["shop"].items():
        one["loadBalancers"] = [{"targetGroupArn": f"tg-{name}", "containerName": "app", "containerPort": 80}]
    targets = {
        "tg-s001": [
            {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "healthy"}},
            {"Target": {"Id": "10.0.0.2", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}},
        ]
    }  # fmt: skip
    stage.handlers["elbv2:DescribeTargetHealth"] = lambda params: {"TargetHealthDescriptions": targets[params["TargetGroupArn"]]}
    stage.handlers["elbv2:DescribeTargetGroups"] = lambda params: {"TargetGroups": []}
    async with Bench(stage) as bench:
        scope = bench.connection.cluster_scope(cluster_arn("shop"))
        key = Key.of("services", scope, f"{cluster_arn('shop')}#s001")
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.store.interest.register("target-health", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices, TargetHealth)
        await bench.after(4, 8)
        assert stage.calls["elbv2:DescribeTargetHealth"] == 0
        bench.store.interest.register("tasks", scope, Urgency.VISIBLE, frozenset({key}))
        await bench.after(4, 8)
        rows = {row.target: row for row in bench.store.rows("target-health") if isinstance(row, TargetHealthRow)}
        assert rows["10.0.0.2"].reason == "Request timed out" and rows["10.0.0.1"].health == "healthy"
        targets["tg-s001"] = targets["tg-s001"][:1]
        await bench.after(4, 8)
        assert bench.store.count("target-health") == 1


async def test_what_a_health_check_wants_is_asked_once_for_services_whose_events_speak_of_it(stage: Stage) -> None:
    account = Account(stage, {"shop": 3})
    for name, one in account.services["shop"].items():
        one["loadBalancers"] = [{"targetGroupArn": f"tg-{name}", "containerName": "app", "containerPort": 80}]
    words = "(service s001) (task 7) is unhealthy in (target-group tg-s001) due to (reason Health checks failed)."
    account.services["shop"]["s001"]["events"] = [{"id": "1", "createdAt": 1_700_000_000.0 - 60, "message": words}]
    unhealthy = {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Description": "x"}}
    stage.handlers["elbv2:DescribeTargetHealth"] = lambda params: {"TargetHealthDescriptions": [unhealthy]}
    group = {"TargetGroupArn": "tg-s001", "HealthCheckPath": "/healthz", "Matcher": {"HttpCode": "200-299"}}
    stage.handlers["elbv2:DescribeTargetGroups"] = lambda params: {"TargetGroups": [group]}
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.store.interest.register("target-health", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices, TargetHealth)
        await bench.after(4, 8)
        await bench.after(4, 8)
        (row,) = [row for row in bench.store.rows("target-health") if isinstance(row, TargetHealthRow)]
        assert (row.target_group, row.wanted, row.path) == ("tg-s001", "200-299", "/healthz")
        assert stage.calls["elbv2:DescribeTargetGroups"] == 1 < stage.calls["elbv2:DescribeTargetHealth"]


async def test_a_health_check_that_may_not_be_read_leaves_the_health(stage: Stage) -> None:
    account = Account(stage, {"shop": 1})
    ((name, one),) = account.services["shop"].items()
    one["loadBalancers"] = [{"targetGroupArn": "tg", "containerName": "app", "containerPort": 80}]
    one["events"] = [{"id": "1", "createdAt": 1_700_000_000.0 - 60, "message": f"({name}) (task 7) is unhealthy in (tg)."}]

    def refused(params: dict[str, Any]) -> dict[str, Any]:
        raise Refusal("AccessDenied", "not authorized", 403)

    stage.handlers["elbv2:DescribeTargetGroups"] = refused
    healthy = {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "healthy"}}
    stage.handlers["elbv2:DescribeTargetHealth"] = lambda params: {"TargetHealthDescriptions": [healthy]}
    async with Bench(stage) as bench:
        bench.store.interest.register("services", None, Urgency.VISIBLE)
        bench.store.interest.register("target-health", None, Urgency.VISIBLE)
        bench.start(EcsClusters, EcsServices, TargetHealth)
        await bench.after(4, 8)
        await bench.after(4, 8)
        assert [row.health for row in bench.store.rows("target-health")] == ["healthy"]
        assert stage.calls["elbv2:DescribeTargetGroups"] == 1
