"""Handler of StartLiveTail: an event stream with an update each second while the client listens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs.api_logs import find_group, logs, pattern_of, refuse

if TYPE_CHECKING:
    from tui.simulator.ecs.log_filter import Predicate
    from tui.simulator.ecs.log_streams import Group, Line
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST_GROUPS = 10
MOST_SESSIONS = 15
MOST_EVENTS = 500  # in one update; above that a sample
UPDATE = 1.0  # seconds between updates
LOOK = 0.2  # seconds between looks at the world's clock
LONGEST = 3 * 3600.0
LATE = 60.0  # how far back lines may lie that arrive now


@operation("logs", "StartLiveTail")
def start_live_tail(world: World, request: Answer, call: Call) -> Answer:
    names = request["logGroupIdentifiers"]
    if len(names) > MOST_GROUPS:
        raise refuse(f"logGroupIdentifiers cannot have more than {MOST_GROUPS} items.")
    if any(not name.startswith("arn:") for name in names):
        raise refuse("Log group identifiers must be ARNs.")
    if any(name.endswith("*") for name in names):
        raise refuse("Log group identifiers cannot end with an asterisk (*).")
    groups = [find_group(world, {"logGroupIdentifier": name}) for name in names]
    if (request.get("logStreamNames") or request.get("logStreamNamePrefixes")) and len(groups) > 1:
        raise refuse("logStreamNames and logStreamNamePrefixes need exactly one log group.")
    sessions: list[str] = world.state.setdefault("live-tail", [])
    if len(sessions) >= MOST_SESSIONS:
        raise AwsError("LimitExceededException", "You have reached the maximum number of concurrent Live Tail sessions.")
    matches = pattern_of(request.get("logEventFilterPattern"))
    return {"responseStream": _session(world, request, groups, matches, call)}


async def _session(world: World, request: Answer, groups: list[Group], matches: Predicate, call: Call) -> AsyncIterator[Answer]:
    session = logs(world).engine.ecs.uuid()
    sessions: list[str] = world.state["live-tail"]
    sessions.append(session)
    try:
        seen = world.now()
        start: Answer = {"requestId": call.request_id or session, "sessionId": session}
        for member in ("logGroupIdentifiers", "logStreamNames", "logStreamNamePrefixes", "logEventFilterPattern"):
            if request.get(member):
                start[member] = request[member]
        yield {"sessionStart": start}
        began, last = time.monotonic(), time.monotonic()
        while time.monotonic() - began < LONGEST:
            await asyncio.sleep(LOOK)
            now = world.now()
            if time.monotonic() - last < UPDATE and now - seen < UPDATE:
                continue
            last = time.monotonic()
            yield {"sessionUpdate": _update(request, groups, matches, seen, now)}
            seen = now
        yield {"SessionTimeoutException": {"message": "Your Live Tail session has timed out."}}
    finally:
        sessions.remove(session)


def _update(request: Answer, groups: list[Group], matches: Predicate, seen: float, now: float) -> Answer:
    """What has arrived since ``seen``, in order of arrival, at most 500 lines."""
    names, prefixes = request.get("logStreamNames"), tuple(request.get("logStreamNamePrefixes") or ())
    lines: list[tuple[Line, Group]] = []
    low, high = int(seen * 1000), int(now * 1000)
    for group in groups:
        for stream in group.streams.values():
            if (names and stream.name not in names) or (prefixes and not stream.name.startswith(prefixes)):
                continue
            if stream.end and stream.end < seen - LATE:
                continue
            new = (x for x in stream.lines(seen - LATE, now + 1, now) if low < x.arrived <= high and matches(x.text))
            lines += [(line, group) for line in new]
    lines.sort(key=lambda pair: (pair[0].arrived, pair[0]))
    sampled = len(lines) > MOST_EVENTS
    results = [
        {
            "logStreamName": line.stream,
            "logGroupIdentifier": group.arn.split("log-group:")[0].split(":")[4] + ":" + group.name,
            "message": line.text,
            "timestamp": line.time,
            "ingestionTime": line.arrived,
        }
        for line, group in lines[:MOST_EVENTS]
    ]
    return {"sessionMetadata": {"sampled": sampled}, "sessionResults": results}
