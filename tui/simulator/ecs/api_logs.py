"""Handlers: CloudWatch Logs groups, streams, events."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.log_filter import PatternError, Predicate, compile_pattern
from tui.simulator.ecs.log_search import decode, encode, search
from tui.simulator.ecs.log_streams import AnyStream, Group, Line, Logs

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
GROUP_PATTERN = re.compile(r"\^?[.\-_/#A-Za-z0-9]{3,24}(?:\|\^?[.\-_/#A-Za-z0-9]{3,24}){0,4}")
MOST_EVENTS = 10_000
MOST_STREAMS = 100
MOST_BYTES = 1_048_576


def logs(world: World) -> Logs:
    """The log groups of the world."""
    return engine(world).logs


def refuse(message: str) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def find_group(world: World, request: Answer) -> Group:
    """The group that ``logGroupName`` or ``logGroupIdentifier`` names."""
    name = request.get("logGroupName") or request.get("logGroupIdentifier") or ""
    if not name:
        raise refuse("At least one of logGroupName or logGroupIdentifier is required.")
    found = logs(world).groups.get(name.split(":log-group:")[-1].removesuffix(":*"))
    if found is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return found


def pattern_of(text: str | None) -> Predicate:
    """A filter pattern, or AWS's refusal."""
    try:
        return compile_pattern(text)
    except PatternError as wrong:
        raise refuse(str(wrong)) from wrong


# Groups and streams


def _group(found: Group) -> Answer:
    row: Answer = {
        "logGroupName": found.name,
        "creationTime": int(found.created * 1000),
        "metricFilterCount": 0,
        "arn": f"{found.arn}:*",
        "storedBytes": 1_200_000 + 4096 * len(found.streams),
        "logGroupClass": "STANDARD",
        "logGroupArn": found.arn,
    }
    return row | ({"retentionInDays": found.retention} if found.retention else {})


@operation("logs", "DescribeLogGroups")
def describe_log_groups(world: World, request: Answer, call: Call) -> Answer:
    prefix, pattern = request.get("logGroupNamePrefix") or "", request.get("logGroupNamePattern") or ""
    if prefix and pattern:
        raise refuse("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
    wanted = [i.split(":log-group:")[-1].removesuffix(":*") for i in request.get("logGroupIdentifiers") or ()]
    names = sorted(
        n for n in logs(world).groups if n.startswith(prefix) and pattern.lower() in n.lower() and (not wanted or n in wanted)
    )
    page, more = paginate(names, request, limit="limit", default=50)
    return {"logGroups": [_group(logs(world).groups[n]) for n in page], **more}


@operation("logs", "ListLogGroups")
def list_log_groups(world: World, request: Answer, call: Call) -> Answer:
    pattern = request.get("logGroupNamePattern") or ""
    if pattern and GROUP_PATTERN.fullmatch(pattern) is None:
        raise refuse(f"Invalid log group name pattern: {pattern}")
    names = sorted(n for n in logs(world).groups if re.search(pattern.replace(".", r"\."), n, re.I))
    page, more = paginate(names, request, limit="limit", default=50)
    rows = [{"logGroupName": n, "logGroupArn": logs(world).groups[n].arn, "logGroupClass": "STANDARD"} for n in page]
    return {"logGroups": rows, **more}


@operation("logs", "DescribeLogStreams")
def describe_log_streams(world: World, request: Answer, call: Call) -> Answer:
    group, now = find_group(world, request), world.now()
    prefix, by_time = request.get("logStreamNamePrefix") or "", request.get("orderBy") == "LastEventTime"
    if prefix and by_time:
        raise refuse("Cannot order by LastEventTime with a logStreamNamePrefix.")
    rows = [_stream(group, s, now) for s in group.streams.values() if s.name.startswith(prefix) and s.start]
    order = "lastEventTimestamp" if by_time else "logStreamName"
    rows.sort(key=lambda row: (row.get(order) or 0) if by_time else row[order], reverse=bool(request.get("descending")))
    page, more = paginate(rows, request, limit="limit", default=50)
    return {"logStreams": list(page), **more}


def _stream(group: Group, stream: AnyStream, now: float) -> Answer:
    row: Answer = {
        "logStreamName": stream.name,
        "creationTime": int(stream.start * 1000),
        "arn": f"{group.arn}:log-stream:{stream.name}",
        "storedBytes": 0,
        "uploadSequenceToken": "49039859611",
    }
    last = stream.last(now)
    if last is not None:
        row |= {
            "firstEventTimestamp": int(stream.start * 1000),
            "lastEventTimestamp": last.time,
            "lastIngestionTime": last.arrived,
        }
    return row


@operation("logs", "ListTagsForResource")
def list_log_tags(world: World, request: Answer, call: Call) -> Answer:
    return {"tags": find_group(world, {"logGroupName": request["resourceArn"]}).tags}


# Events


def _event(line: Line) -> Answer:
    return {
        "logStreamName": line.stream,
        "timestamp": line.time,
        "message": line.text,
        "ingestionTime": line.arrived,
        "eventId": line.id,
    }


def _chosen(group: Group, request: Answer) -> list[AnyStream]:
    names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix")
    if names and prefix:
        raise refuse("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
    if names:
        if len(names) > MOST_STREAMS:
            raise refuse(f"logStreamNames cannot have more than {MOST_STREAMS} items.")
        if any(name not in group.streams for name in names):
            raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
        return [group.streams[name] for name in names]
    return [s for s in group.streams.values() if s.name.startswith(prefix or "")]


@operation("logs", "FilterLogEvents")
def filter_log_events(world: World, request: Answer, call: Call) -> Answer:
    group = find_group(world, request)
    matches = pattern_of(request.get("filterPattern"))
    limit = int(request.get("limit") or MOST_EVENTS)
    if not 1 <= limit <= MOST_EVENTS:
        raise refuse(f"limit must be between 1 and {MOST_EVENTS}.")
    token = request.get("nextToken")
    after = decode(token) if token else None
    if token and after is None:
        raise refuse("The specified nextToken is invalid.")
    end = request.get("endTime")
    found = search(
        _chosen(group, request),
        matches,
        start=int(request.get("startTime") or 0) / 1000,
        end=math.inf if end is None else (int(end) + 1) / 1000,
        now=world.now(),
        limit=limit,
        after=after,
    )
    answer: Answer = {"events": [_event(line) for line in found.lines], "searchedLogStreams": []}
    if found.next is not None:
        answer["nextToken"] = encode(found.next)
    return answer


@operation("logs", "GetLogEvents")
def get_log_events(world: World, request: Answer, call: Call) -> Answer:
    """Pages by line number: ``f/…`` goes forwards from a line, ``b/…`` backwards."""
    group = find_group(world, request)
    stream = group.streams.get(request["logStreamName"])
    if stream is None or not stream.start:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    limit = min(MOST_EVENTS, int(request.get("limit") or MOST_EVENTS))
    now = world.now()
    total = stream.total(now)
    kind, position = _token(request.get("nextToken"), bool(request.get("startFromHead")), total)
    low, high = int(request.get("startTime") or 0), int(request.get("endTime") or 1 << 60)
    taken: list[tuple[int, Line]] = []
    size = 0
    for number in range(position, total) if kind == "f" else range(position - 1, -1, -1):
        line = stream.at(number)
        if not low <= line.time < high:
            if (kind == "f") == (line.time >= high):
                break
            continue
        if line.arrived > int(now * 1000):
            if kind == "f":
                break
            continue
        size += len(line.text) + 26
        if size > MOST_BYTES or len(taken) >= limit:
            break
        taken.append((number, line))
    taken.sort()
    first, last = (taken[0][0], taken[-1][0] + 1) if taken else (position, position)
    events = [{"timestamp": x.time, "message": x.text, "ingestionTime": x.arrived} for _, x in taken]
    return {"events": events, "nextForwardToken": f"f/{last:056d}/s", "nextBackwardToken": f"b/{first:056d}/s"}


def _token(token: str | None, from_head: bool, total: int) -> tuple[str, int]:
    if not token:
        return ("f", 0) if from_head else ("b", total)
    match = re.fullmatch(r"([fb])/(\d{56})/s", token)
    if match is None:
        raise refuse("The specified nextToken is invalid.")
    return match[1], min(int(match[2]), total)
