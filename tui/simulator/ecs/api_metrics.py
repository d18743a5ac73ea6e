"""Handlers: CloudWatch metrics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.ecs.metric_math import SEARCH, MathError, Series, evaluate
from tui.simulator.ecs.metrics import Metric, Metrics

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
QUERY_ID = re.compile(r"[a-z][a-zA-Z0-9_]*")
MOST_QUERIES = 500
MOST_POINTS = 1440
LIST_PAGE = 500


def metrics(world: World) -> Metrics:
    """``world.state["metrics"]``, typed."""
    found: Metrics = world.state["metrics"]
    return found


def epoch(value: Any) -> float:
    """A timestamp of a request."""
    return float(value.timestamp()) if hasattr(value, "timestamp") else float(value)


def dimensions(request: Answer) -> dict[str, str]:
    """Dimensions of a request."""
    return {d["Name"]: d.get("Value", "") for d in request.get("Dimensions") or ()}


@operation("cloudwatch", "ListMetrics")
def list_metrics(world: World, request: Answer, call: Call) -> Answer:
    wanted = {d["Name"]: d.get("Value") for d in request.get("Dimensions") or ()}
    rows = [
        m
        for m in metrics(world).all()
        if request.get("Namespace") in (None, m.namespace)
        and request.get("MetricName") in (None, m.name)
        and all(dict(m.dimensions).get(k, "") and v in (None, dict(m.dimensions)[k]) for k, v in wanted.items())
    ]
    page, more = paginate(
        rows, {"NextToken": request.get("NextToken")}, token_in="NextToken", token_out="NextToken", default=LIST_PAGE
    )
    found = [
        {"Namespace": m.namespace, "MetricName": m.name, "Dimensions": [{"Name": k, "Value": v} for k, v in m.dimensions]}
        for m in page
    ]
    return {"Metrics": found, **more}


# GetMetricData


@operation("cloudwatch", "GetMetricData")
def get_metric_data(world: World, request: Answer, call: Call) -> Answer:
    queries = request["MetricDataQueries"]
    start, end = epoch(request["StartTime"]), epoch(request["EndTime"])
    if len(queries) > MOST_QUERIES:
        raise AwsError("ValidationError", f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.")
    if start >= end:
        raise AwsError("ValidationError", "The parameter EndTime must be greater than StartTime.")
    ids = [q["Id"] for q in queries]
    if len(set(ids)) != len(ids):
        raise AwsError("ValidationError", "The values for parameter Id in MetricDataQueries are not unique.")
    for query in queries:
        _check_query(query)
    if any(bool(q.get("MetricStat")) == bool(q.get("Expression")) for q in queries):
        raise AwsError("ValidationError", "Each member of MetricDataQueries takes either MetricStat or Expression.")
    series: dict[str, Series] = {}
    labels: dict[str, str] = {}
    period = 60
    for query in queries:
        if query.get("MetricStat"):
            stat = query["MetricStat"]
            period = int(stat["Period"])
            series[query["Id"]], labels[query["Id"]] = _stat(world, stat, start, end)
    rows: list[Answer] = []
    newest_first = request.get("ScanBy", "TimestampDescending") != "TimestampAscending"
    for query in queries:
        found = (
            _expression(world, query, series, period, (start, end))
            if query.get("Expression")
            else [(labels[query["Id"]], series[query["Id"]])]
        )
        if query.get("ReturnData", True) is False:
            continue
        for label, values in found:
            times = sorted(values, reverse=newest_first)
            label = query.get("Label") or label
            row = {"Id": query["Id"], "Label": label, "Timestamps": times, "Values": [values[t] for t in times]}
            rows.append({**row, "StatusCode": "Complete"})
    return {"MetricDataResults": rows, "Messages": []}


def _check_query(query: Answer) -> None:
    if QUERY_ID.fullmatch(query["Id"]) is None:
        raise AwsError(
            "ValidationError",
            f"The value {query['Id']} for parameter Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
        )
    period = int((query.get("MetricStat") or {}).get("Period", 60))
    if period not in (1, 5, 10, 20, 30) and (period % 60 or period <= 0):
        raise AwsError("ValidationError", "Period must be 1, 5, 10, 20, 30 or a multiple of 60.")


def _stat(world: World, stat: Answer, start: float, end: float) -> tuple[Series, str]:
    wanted = stat["Metric"]
    metric = metrics(world).find(wanted.get("Namespace", ""), wanted.get("MetricName", ""), dimensions(wanted))
    if metric is None:
        return {}, wanted.get("MetricName", "")
    return _values(world, metric, stat["Stat"], start, end, int(stat["Period"])), metric.name


def _values(world: World, metric: Metric, statistic: str, start: float, end: float, period: int) -> Series:
    points = metrics(world).points(metric, start, end, period)
    return {t: v for t, p in points if (v := p.statistic(statistic)) is not None}


def _expression(
    world: World, query: Answer, series: dict[str, Series], period: int, span: tuple[float, float]
) -> list[tuple[str, Series]]:
    expression = query["Expression"].strip()
    period = int(query.get("Period") or period)
    search = SEARCH.match(expression)
    if search:
        return _search(world, search["query"], search["stat"] or "Average", int(search["period"] or period), span)
    try:
        found = evaluate(expression, series, period)
    except MathError as wrong:
        raise AwsError("ValidationError", str(wrong)) from wrong
    if len(found) == 1:
        series[query["Id"]] = found[0]
    return [(query["Id"] if len(found) == 1 else f"{query['Id']} {n}", s) for n, s in enumerate(found, start=1)]


def _search(world: World, query: str, statistic: str, period: int, span: tuple[float, float]) -> list[tuple[str, Series]]:
    """``{Namespace,Dimension,…} words MetricName="…"``: terms must occur in the metric's name or its dimensions."""
    schema, _, rest = query.partition("}")
    namespace, *names = [part.strip().strip('"') for part in schema.lstrip("{ ").split(",")]
    terms = [t for t in rest.replace('"', " ").replace("=", " ").split() if t not in ("MetricName", "AND", *names)]
    found = []
    for metric in metrics(world).all():
        if metric.namespace != namespace or {k for k, _ in metric.dimensions} != set(names):
            continue
        text = " ".join([metric.name, *(v for _, v in metric.dimensions)])
        if all(term in text for term in terms):
            label = f"{metric.dimensions[-1][1]} {metric.name}"
            found.append((label, _values(world, metric, statistic, *span, period)))
    return found[:100]


# GetMetricStatistics


@operation("cloudwatch", "GetMetricStatistics")
def get_metric_statistics(world: World, request: Answer, call: Call) -> Answer:
    start, end, period = epoch(request["StartTime"]), epoch(request["EndTime"]), int(request["Period"])
    statistics, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
    if not statistics and not extended:
        raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
    if start >= end:
        raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
    if (end - start) / period > MOST_POINTS:
        message = (
            f"You have requested up to {int((end - start) / period):,} datapoints, which exceeds the limit of {MOST_POINTS:,}. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
        raise AwsError("InvalidParameterCombination", message)
    metric = metrics(world).find(request["Namespace"], request["MetricName"], dimensions(request))
    rows: list[Answer] = []
    for at, point in metrics(world).points(metric, start, end, period) if metric else ():
        row: Answer = {"Timestamp": at, "Unit": metric.unit if metric else "None"}
        row |= {name: point.statistic(name) for name in statistics}
        if extended:
            row["ExtendedStatistics"] = {name: point.statistic(name) for name in extended}
        rows.append(row)
    return {"Label": request["MetricName"], "Datapoints": rows}
