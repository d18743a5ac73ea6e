"""Handlers: log groups and streams that a client makes, and the events that it puts."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs.api_logs import find_group, logs, refuse
from tui.simulator.ecs.log_streams import PutStream

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
STREAM_NAME = re.compile(r"[^:*]{1,512}")
RETENTIONS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
MOST_EVENTS = 10_000
OLDEST, NEWEST = 14 * 86_400_000, 2 * 3_600_000  # milliseconds into the past and the future


@operation("logs", "CreateLogGroup")
def create_log_group(world: World, request: Answer, call: Call) -> Answer:
    name = request["logGroupName"]
    if not NAME.fullmatch(name):
        raise refuse(f"1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint")
    if name in logs(world).groups:
        raise AwsError("ResourceAlreadyExistsException", "The specified log group already exists")
    group = logs(world).group(name)
    group.created, group.retention = world.now(), None
    group.tags.update(request.get("tags") or {})
    return {}


@operation("logs", "DeleteLogGroup")
def delete_log_group(world: World, request: Answer, call: Call) -> Answer:
    del logs(world).groups[find_group(world, request).name]
    return {}


@operation("logs", "PutRetentionPolicy")
def put_retention(world: World, request: Answer, call: Call) -> Answer:
    if request["retentionInDays"] not in RETENTIONS:
        raise refuse(f"Invalid retention value: {request['retentionInDays']}")
    find_group(world, request).retention = int(request["retentionInDays"])
    return {}


@operation("logs", "CreateLogStream")
def create_log_stream(world: World, request: Answer, call: Call) -> Answer:
    group, name = find_group(world, request), request["logStreamName"]
    if not STREAM_NAME.fullmatch(name):
        raise refuse(f"1 validation error detected: Value '{name}' at 'logStreamName' failed to satisfy constraint")
    if name in group.streams:
        raise AwsError("ResourceAlreadyExistsException", "The specified log stream already exists")
    group.streams[name] = PutStream(name, world.now())
    return {}


@operation("logs", "DeleteLogStream")
def delete_log_stream(world: World, request: Answer, call: Call) -> Answer:
    group = find_group(world, request)
    if group.streams.pop(request["logStreamName"], None) is None:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    return {}


@operation("logs", "PutLogEvents")
def put_log_events(world: World, request: Answer, call: Call) -> Answer:
    stream = find_group(world, request).streams.get(request["logStreamName"])
    if stream is None:
        raise AwsError("ResourceNotFoundException", "The specified log stream does not exist.")
    if not isinstance(stream, PutStream):
        raise refuse("This stream is written by a container of the embedded world. Make one of your own.")
    events = [(int(e["timestamp"]), str(e["message"])) for e in request["logEvents"]]
    if len(events) > MOST_EVENTS:
        raise refuse(f"logEvents can have at most {MOST_EVENTS} items.")
    if any(a[0] > b[0] for a, b in itertools.pairwise(events)):
        raise refuse("Log events in a single PutLogEvents request must be in chronological order.")
    now = int(world.now() * 1000)
    good = [e for e in events if now - OLDEST <= e[0] <= now + NEWEST]
    stream.put(good, world.now())
    answer: Answer = {"nextSequenceToken": "49039859611"}
    if len(good) < len(events):
        old = sum(time < now - OLDEST for time, _ in events)
        answer["rejectedLogEventsInfo"] = {"tooOldLogEventEndIndex": old} if old else {"tooNewLogEventStartIndex": len(good)}
    return answer
