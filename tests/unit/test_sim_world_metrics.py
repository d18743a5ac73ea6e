"""Metrics, metric math, alarms and Application Auto Scaling of the embedded world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.sim_world_kit import ask, make, service, until
from tui.simulator.aws.registry import AwsError
from tui.simulator.ecs.metric_math import MathError, evaluate
from tui.simulator.ecs.schedule import next_run, valid
from tui.simulator.world import World


def data(world: World, cluster: str, name: str, metric: str, minutes: int, stat: str = "Average") -> list[float]:
    """Values of one ECS metric, oldest first."""
    query = {
        "Id": "m",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/ECS",
                "MetricName": metric,
                "Dimensions": [{"Name": "ServiceName", "Value": name}, {"Name": "ClusterName", "Value": cluster}],
            },
            "Period": 60,
            "Stat": stat,
        },
    }
    span = {"StartTime": world.now() - minutes * 60, "EndTime": world.now(), "ScanBy": "TimestampAscending"}
    result = ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=[query], **span)["MetricDataResults"][0]
    assert result["Timestamps"] == sorted(result["Timestamps"])
    return list(result["Values"])


def test_search_has_been_near_its_limit_for_a_while() -> None:
    values = data(make(), "shop", "search", "CPUUtilization", 25)
    assert all(88 < v < 98 for v in values[-8:])
    assert all(v < 70 for v in values[:8])


def test_the_same_minute_has_the_same_value_whenever_it_is_asked_for() -> None:
    world = make()
    before = data(world, "pay", "ledger", "CPUUtilization", 30)
    world.step(600)
    assert data(world, "pay", "ledger", "CPUUtilization", 40)[: len(before)] == before


def test_scaling_out_lowers_the_load_of_each_task() -> None:
    world = make()
    before = data(world, "shop", "search", "CPUUtilization", 3)[-1]
    ask(
        world,
        "application-autoscaling",
        "RegisterScalableTarget",
        ServiceNamespace="ecs",
        ResourceId="service/shop/search",
        ScalableDimension="ecs:service:DesiredCount",
        MaxCapacity=12,
    )
    until(world, lambda: service(world, "shop", "search").desired > 6, 240, by=10)
    world.step(180)
    assert service(world, "shop", "search").running() >= 9
    assert data(world, "shop", "search", "CPUUtilization", 1)[-1] < before * 0.75
    rows = ask(world, "application-autoscaling", "DescribeScalingActivities", ServiceNamespace="ecs")["ScalingActivities"]
    assert rows[0]["Description"].startswith("Setting desired count to ")
    assert "in state ALARM triggered policy search-cpu" in rows[0]["Cause"]


def test_at_its_maximum_nothing_is_scaled_and_the_reason_is_kept() -> None:
    world = make()
    world.step(300)
    common = {"ServiceNamespace": "ecs", "ResourceId": "service/shop/search"}
    plain = ask(world, "application-autoscaling", "DescribeScalingActivities", **common)["ScalingActivities"]
    also = ask(world, "application-autoscaling", "DescribeScalingActivities", IncludeNotScaledActivities=True, **common)
    reasons = [a["NotScaledReasons"][0] for a in also["ScalingActivities"] if "NotScaledReasons" in a]
    assert all("NotScaledReasons" not in a for a in plain)
    assert reasons == [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 6, "CurrentCapacity": 6}]


def test_bounds_are_enforced_at_once() -> None:
    world = make()
    request: dict[str, Any] = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/catalog",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    ask(world, "application-autoscaling", "RegisterScalableTarget", MinCapacity=10, **request)
    assert service(world, "shop", "catalog").desired == 10
    with pytest.raises(AwsError, match="Maximum capacity cannot be less"):
        ask(world, "application-autoscaling", "RegisterScalableTarget", MaxCapacity=1, **request)
    with pytest.raises(AwsError, match="ECS service doesn't exist"):
        ask(world, "application-autoscaling", "RegisterScalableTarget", **{**request, "ResourceId": "service/shop/nope"})


def test_a_scheduled_action_fires() -> None:
    world = make()
    request: dict[str, Any] = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/batch/reports",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    ask(
        world,
        "application-autoscaling",
        "PutScheduledAction",
        ScheduledActionName="soon",
        Schedule="rate(5 minutes)",
        ScalableTargetAction={"MinCapacity": 7, "MaxCapacity": 8},
        **request,
    )
    world.step(310)
    assert service(world, "batch", "reports").desired >= 7
    names = ask(world, "application-autoscaling", "DescribeScheduledActions", ServiceNamespace="ecs")["ScheduledActions"]
    assert {"soon", "night", "office-hours"} <= {n["ScheduledActionName"] for n in names}


def test_alarms_follow_their_metric_and_keep_their_history() -> None:
    world = make()
    ask(
        world,
        "cloudwatch",
        "PutMetricAlarm",
        AlarmName="ledger-hot",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "ClusterName", "Value": "pay"}, {"Name": "ServiceName", "Value": "ledger"}],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )

    def alarm() -> dict[str, Any]:
        return dict(ask(world, "cloudwatch", "DescribeAlarms", AlarmNames=["ledger-hot"])["MetricAlarms"][0])

    assert alarm()["StateValue"] == "INSUFFICIENT_DATA"
    world.step(90)
    assert alarm()["StateValue"] == "ALARM"
    assert alarm()["StateReason"].startswith("Threshold Crossed: 2 out of the last 2 datapoints [")
    assert alarm()["StateReason"].endswith("(minimum 2 datapoints for OK -> ALARM transition).")
    ask(world, "cloudwatch", "SetAlarmState", AlarmName="ledger-hot", StateValue="OK", StateReason="by hand")
    assert alarm()["StateValue"] == "OK"
    world.step(90)
    assert alarm()["StateValue"] == "ALARM"
    history = ask(world, "cloudwatch", "DescribeAlarmHistory", AlarmName="ledger-hot", HistoryItemType="StateUpdate")
    summaries = [h["HistorySummary"] for h in history["AlarmHistoryItems"]]
    assert summaries[0] == "Alarm updated from OK to ALARM"
    assert len(summaries) == 3


def test_metric_data_is_refused_as_cloudwatch_does() -> None:
    world = make()
    query = {"Id": "e", "Expression": "nope + 1"}
    with pytest.raises(AwsError, match="ValidationError"):
        ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=[query], StartTime=0, EndTime=world.now())
    with pytest.raises(AwsError, match="greater than StartTime"):
        ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=[], StartTime=5, EndTime=5)
    with pytest.raises(AwsError, match="size greater than 500"):
        many = [{"Id": f"e{n}", "Expression": "1"} for n in range(501)]
        ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=many, StartTime=0, EndTime=5)
    metric = {"Metric": {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization"}, "Stat": "Average"}
    for words, query in (
        ("expected pattern", {"Id": "E", "Expression": "1"}),
        ("multiple of 60", {"Id": "e", "MetricStat": {**metric, "Period": 7}}),
        ("either MetricStat or Expression", {"Id": "e"}),
    ):
        with pytest.raises(AwsError, match=words):
            ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=[query], StartTime=0, EndTime=60)


def test_search_finds_many_metrics() -> None:
    world = make()
    text = "SEARCH('{AWS/ECS,ClusterName,ServiceName} MetricName=\"CPUUtilization\" pay', 'Average', 60)"
    span = {"StartTime": world.now() - 300, "EndTime": world.now()}
    query = [{"Id": "s", "Expression": text}]
    rows = ask(world, "cloudwatch", "GetMetricData", MetricDataQueries=query, **span)["MetricDataResults"]
    assert {r["Label"] for r in rows} >= {"ledger CPUUtilization", "gateway CPUUtilization"}
    assert len(rows) == 13


def test_the_load_balancers_requests_are_listed_and_read() -> None:
    world = make()
    listed = ask(world, "cloudwatch", "ListMetrics", Namespace="AWS/ApplicationELB", MetricName="RequestCount")["Metrics"]
    assert len(listed) >= 20
    found = ask(
        world,
        "cloudwatch",
        "GetMetricStatistics",
        StartTime=world.now() - 600,
        EndTime=world.now(),
        Period=300,
        Statistics=["Sum", "Average"],
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Dimensions=listed[0]["Dimensions"],
    )
    assert len(found["Datapoints"]) == 2
    assert all(p["Sum"] > 1000 and p["Average"] == 1.0 for p in found["Datapoints"])


A, B = {0.0: 2.0, 60.0: 4.0}, {0.0: 1.0, 60.0: 0.0, 120.0: 3.0}
MATH: list[tuple[str, list[dict[float, float]]]] = [
    ("a + b", [{0.0: 3.0, 60.0: 4.0}]),
    ("a / b", [{0.0: 2.0}]),
    ("100 * a", [{0.0: 200.0, 60.0: 400.0}]),
    ("-a", [{0.0: -2.0, 60.0: -4.0}]),
    ("a ^ 2", [{0.0: 4.0, 60.0: 16.0}]),
    ("SUM([a, b])", [{0.0: 3.0, 60.0: 4.0, 120.0: 3.0}]),
    ("MAX(METRICS())", [{0.0: 2.0, 60.0: 4.0, 120.0: 3.0}]),
    ("FILL(a, 0)", [{0.0: 2.0, 60.0: 4.0, 120.0: 0.0}]),
    ("FILL(a, REPEAT)", [{0.0: 2.0, 60.0: 4.0, 120.0: 4.0}]),
    ("IF(a > 3, 1, 0)", [{0.0: 0.0, 60.0: 1.0}]),
    ("DIFF(a)", [{60.0: 2.0}]),
    ("RATE(a)", [{60.0: 2.0 / 60}]),
    ("a / PERIOD(a)", [{0.0: 2.0 / 60, 60.0: 4.0 / 60}]),
    ("RUNNING_SUM(a)", [{0.0: 2.0, 60.0: 6.0}]),
    ("METRICS() * 2", [{0.0: 4.0, 60.0: 8.0}, {0.0: 2.0, 60.0: 0.0, 120.0: 6.0}]),
]


@pytest.mark.parametrize(("text", "value"), MATH)
def test_metric_math(text: str, value: list[dict[float, float]]) -> None:
    assert evaluate(text, {"a": A, "b": B}, 60) == value


@pytest.mark.parametrize("text", ["a +", "__import__('os')", "a.b", "nothing(a)", "c"])
def test_bad_math_is_refused(text: str) -> None:
    with pytest.raises(MathError):
        evaluate(text, {"a": A}, 60)


NOW = datetime(2026, 11, 23, 17, 30, tzinfo=UTC).timestamp()  # a Monday


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(5 minutes)", "2026-11-23T17:35"),
        ("at(2026-11-24T08:00:00)", "2026-11-24T08:00"),
        ("at(2026-11-20T08:00:00)", None),
        ("cron(0 20 * * ? *)", "2026-11-23T20:00"),
        ("cron(0 6 ? * MON-FRI *)", "2026-11-24T06:00"),
        ("cron(0 6 ? * SAT *)", "2026-11-28T06:00"),
        ("cron(0/15 * * * ? *)", "2026-11-23T17:45"),
        ("cron(0 0 1 1 ? *)", "2027-01-01T00:00"),
    ],
)
def test_schedules(expression: str, due: str | None) -> None:
    found = next_run(expression, NOW)
    assert valid(expression)
    assert (None if found is None else datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%dT%H:%M")) == due
