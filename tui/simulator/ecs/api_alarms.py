"""Handlers: CloudWatch alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.ecs.alarms import COMPARISONS, Alarm, alarms
from tui.simulator.ecs.api_metrics import epoch

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
EVALUABLE = ("Namespace", "MetricName", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator")


def render(alarm: Alarm) -> Answer:
    """A member of DescribeAlarms' MetricAlarms."""
    data = alarm.data
    row: Answer = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured,
        "ActionsEnabled": alarm.enabled,
        "OKActions": data.get("OKActions", []),
        "AlarmActions": data.get("AlarmActions", []),
        "InsufficientDataActions": data.get("InsufficientDataActions", []),
        "StateValue": alarm.value,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": alarm.updated,
        "StateTransitionedTimestamp": alarm.updated,
    }
    if alarm.reason_data:
        row["StateReasonData"] = alarm.reason_data
    plain = ("AlarmDescription", "Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Unit", "TreatMissingData")
    numbers = ("Period", "EvaluationPeriods", "DatapointsToAlarm")
    row |= {name: data[name] for name in (*plain, *numbers, "ComparisonOperator", "Dimensions") if data.get(name) is not None}
    return row | {"Threshold": float(data["Threshold"])}


@operation("cloudwatch", "DescribeAlarms")
def describe_alarms(world: World, request: Answer, call: Call) -> Answer:
    names, prefix, action = request.get("AlarmNames"), request.get("AlarmNamePrefix"), request.get("ActionPrefix")
    if names and prefix:
        raise AwsError("ValidationError", "AlarmNamePrefix and AlarmNames are mutually exclusive.")
    rows = [
        a
        for a in sorted(alarms(world).by_name.values(), key=lambda a: a.name)
        if (not names or a.name in names)
        and a.name.startswith(prefix or "")
        and request.get("StateValue") in (None, a.value)
        and (not action or any(x.startswith(action) for x in a.data.get("AlarmActions", ())))
    ]
    kinds = request.get("AlarmTypes") or ["MetricAlarm"]
    page, more = paginate(
        rows, request, token_in="NextToken", token_out="NextToken", limit="MaxRecords", default=50, error="InvalidNextToken"
    )
    found = [render(a) for a in page] if "MetricAlarm" in kinds else []
    return {"MetricAlarms": found, "CompositeAlarms": [], **more}


@operation("cloudwatch", "DescribeAlarmsForMetric")
def describe_alarms_for_metric(world: World, request: Answer, call: Call) -> Answer:
    wanted = {d["Name"]: d["Value"] for d in request.get("Dimensions") or ()}
    rows = [
        render(a)
        for a in alarms(world).by_name.values()
        if a.data["Namespace"] == request["Namespace"]
        and a.data["MetricName"] == request["MetricName"]
        and a.dimensions == wanted
    ]
    return {"MetricAlarms": rows}


@operation("cloudwatch", "DescribeAlarmHistory")
def describe_alarm_history(world: World, request: Answer, call: Call) -> Answer:
    name, kind = request.get("AlarmName"), request.get("HistoryItemType")
    start = epoch(request["StartDate"]) if request.get("StartDate") else 0.0
    end = epoch(request["EndDate"]) if request.get("EndDate") else float("inf")
    rows: list[Answer] = [
        {
            "AlarmName": a.name,
            "AlarmType": "MetricAlarm",
            "Timestamp": at,
            "HistoryItemType": item,
            "HistorySummary": summary,
            "HistoryData": data,
        }
        for a in alarms(world).by_name.values()
        if name in (None, a.name)
        for at, item, summary, data in a.history
        if kind in (None, item) and start <= at <= end
    ]
    rows.sort(key=lambda row: row["Timestamp"], reverse=request.get("ScanBy") != "TimestampAscending")
    page, more = paginate(
        rows, request, token_in="NextToken", token_out="NextToken", limit="MaxRecords", default=100, error="InvalidNextToken"
    )
    return {"AlarmHistoryItems": list(page), **more}


@operation("cloudwatch", "PutMetricAlarm")
def put_metric_alarm(world: World, request: Answer, call: Call) -> Answer:
    lacking = [name for name in EVALUABLE if request.get(name) is None]
    if lacking:
        raise AwsError("ValidationError", f"The parameter {lacking[0]} is required.")
    if request["ComparisonOperator"] not in COMPARISONS:
        raise AwsError("ValidationError", f"The comparison {request['ComparisonOperator']} is not offered here.")
    data = {k: v for k, v in request.items() if k != "Tags"}
    alarm = alarms(world).put(data)
    alarm.tags.update({t["Key"]: t["Value"] for t in request.get("Tags") or ()})
    return {}


@operation("cloudwatch", "DeleteAlarms")
def delete_alarms(world: World, request: Answer, call: Call) -> Answer:
    for name in request["AlarmNames"]:
        alarms(world).remove(name)
    return {}


def _named(world: World, name: str) -> Alarm:
    found = alarms(world).by_name.get(name)
    if found is None:
        raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)
    return found


@operation("cloudwatch", "SetAlarmState")
def set_alarm_state(world: World, request: Answer, call: Call) -> Answer:
    if request["StateValue"] not in STATES:
        raise AwsError("ValidationError", f"StateValue must be one of {', '.join(STATES)}.")
    alarms(world).turn(_named(world, request["AlarmName"]), request["StateValue"], request["StateReason"], by_hand=True)
    return {}


@operation("cloudwatch", "EnableAlarmActions")
def enable_actions(world: World, request: Answer, call: Call) -> Answer:
    for name in request["AlarmNames"]:
        _named(world, name).enabled = True
    return {}


@operation("cloudwatch", "DisableAlarmActions")
def disable_actions(world: World, request: Answer, call: Call) -> Answer:
    for name in request["AlarmNames"]:
        _named(world, name).enabled = False
    return {}


@operation("cloudwatch", "ListTagsForResource")
def list_alarm_tags(world: World, request: Answer, call: Call) -> Answer:
    name = request["ResourceARN"].split(":alarm:", 1)[-1]
    found = alarms(world).by_name.get(name)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The resource {request['ResourceARN']} does not exist.", 404)
    return {"Tags": [{"Key": k, "Value": v} for k, v in found.tags.items()]}
