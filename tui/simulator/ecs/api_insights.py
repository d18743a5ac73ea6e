"""Handlers: Logs Insights queries, which take a moment of the world's time, as in life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs.api_logs import find_group, refuse
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.insights import Query, QueryError, Record, record

if TYPE_CHECKING:
    from tui.simulator.ecs.log_streams import Group
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST_GROUPS = 50
MOST_RECORDS = 50_000  # lines that a query looks at
TAKES = 1.5  # seconds
KEPT = 50  # queries


@dataclass(slots=True)
class Running:
    """A query that was started."""

    id: str
    text: str
    query: Query
    groups: list[Group]
    start: float
    end: float
    created: float
    stopped: bool = False
    rows: list[list[tuple[str, str]]] | None = None
    scanned: int = 0
    bytes: int = 0


def _queries(world: World) -> dict[str, Running]:
    found: dict[str, Running] = world.state.setdefault("insights", {})
    return found


@operation("logs", "StartQuery")
def start_query(world: World, request: Answer, call: Call) -> Answer:
    if request.get("queryLanguage") not in (None, "CWLI"):
        raise refuse(f"Query language {request['queryLanguage']} is not offered here.")
    names = list(request.get("logGroupNames") or request.get("logGroupIdentifiers") or ())
    names += [request["logGroupName"]] if request.get("logGroupName") else []
    if not names:
        raise refuse("At least one log group must be given.")
    if len(names) > MOST_GROUPS:
        raise AwsError("LimitExceededException", f"At most {MOST_GROUPS} log groups can be queried.")
    if int(request["startTime"]) > int(request["endTime"]):
        raise refuse("End time should not be less than start time.")
    try:
        query = Query(request["queryString"])
    except QueryError as wrong:
        raise AwsError("MalformedQueryException", str(wrong)) from wrong
    query.limit = query.limit or request.get("limit")
    groups = [find_group(world, {"logGroupName": name}) for name in names]
    start, end = float(request["startTime"]), float(request["endTime"])
    queries = _queries(world)
    running = Running(engine(world).ecs.uuid(), request["queryString"], query, groups, start, end + 1, world.now())
    queries[running.id] = running
    while len(queries) > KEPT:
        del queries[next(iter(queries))]
    return {"queryId": running.id}


def _find(world: World, request: Answer) -> Running:
    found = _queries(world).get(request["queryId"])
    if found is None:
        raise AwsError("ResourceNotFoundException", "The specified query does not exist.")
    return found


def _status(world: World, running: Running) -> str:
    if running.stopped:
        return "Cancelled"
    waited = world.now() - running.created
    return "Complete" if waited >= TAKES else "Running" if waited >= TAKES / 3 else "Scheduled"


@operation("logs", "GetQueryResults")
def get_query_results(world: World, request: Answer, call: Call) -> Answer:
    running = _find(world, request)
    status = _status(world, running)
    if status == "Complete" and running.rows is None:
        _run(world, running)
    rows = running.rows or []
    results = [[{"field": name, "value": value} for name, value in row] for row in rows]
    return {
        "queryLanguage": "CWLI",
        "results": results,
        "statistics": {
            "recordsMatched": float(len(rows)),
            "recordsScanned": float(running.scanned),
            "bytesScanned": float(running.bytes),
            "logGroupsScanned": float(len(running.groups)),
        },
        "status": status,
    }


def _run(world: World, running: Running) -> None:
    records: list[Record] = []
    for group in running.groups:
        for stream in group.streams.values():
            if len(records) >= MOST_RECORDS:
                break
            for line in stream.lines(running.start, running.end, world.now()):
                records.append(record(line, group.name, world.account))
                running.bytes += len(line.text)
    running.scanned = len(records)
    running.rows = running.query.run(records)


@operation("logs", "StopQuery")
def stop_query(world: World, request: Answer, call: Call) -> Answer:
    running = _find(world, request)
    if _status(world, running) not in ("Running", "Scheduled"):
        raise refuse("Provided query id is not in a running state.")
    running.stopped = True
    return {"success": True}


@operation("logs", "DescribeQueries")
def describe_queries(world: World, request: Answer, call: Call) -> Answer:
    rows = []
    for running in reversed(_queries(world).values()):
        status = _status(world, running)
        if request.get("status") not in (None, status):
            continue
        if request.get("logGroupName") and request["logGroupName"] not in [g.name for g in running.groups]:
            continue
        rows.append(
            {
                "queryLanguage": "CWLI",
                "queryId": running.id,
                "queryString": running.text,
                "status": status,
                "createTime": int(running.created * 1000),
                "logGroupName": running.groups[0].name,
            }
        )
    return {"queries": rows[: int(request.get("maxResults") or 50)]}
