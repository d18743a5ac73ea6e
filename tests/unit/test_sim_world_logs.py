"""Log lines, filter patterns, pages and queries of the embedded world."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.unit.sim_world_kit import ask, make, service
from tui.simulator.aws.registry import AwsError
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.insights import Query, QueryError
from tui.simulator.ecs.log_filter import PatternError, compile_pattern
from tui.simulator.world import World

JSON = json.dumps(
    {"level": "ERROR", "n": 5, "user": {"id": 7, "tags": ["a", "b"]}, "ok": True, "gone": None, "text": "pay refused"}
)
ACCESS = '10.0.0.1 - mara [10/Oct/2026:13:55:36 +0000] "GET /x HTTP/1.1" 503 2326'

PATTERNS: list[tuple[str, str, bool]] = [
    ("", "anything", True),
    ("ERROR", "an ERROR here", True),
    ("ERROR", "an error here", False),
    ("ERROR timeout", "timeout then ERROR", True),
    ("ERROR timeout", "only ERROR", False),
    ("?ERROR ?WARN", "a WARN", True),
    ("?ERROR ?WARN", "an INFO", False),
    ("ERROR -exclude", "ERROR", True),
    ("ERROR -exclude", "ERROR exclude", False),
    ("-DEBUG", "INFO", True),
    ('"two words"', "has two words in it", True),
    ('"two words"', "two other words", False),
    ('"a \\"quoted\\" b"', 'x a "quoted" b', True),
    ('-"not this"', "but not this", False),
    ("%5[0-9]{2}%", "status 503", True),
    ("%^5[0-9]{2}%", "status 503", False),
    ('{ $.level = "ERROR" }', JSON, True),
    ("{ $.level = ERROR }", JSON, True),
    ('{ $.level = "ERR*" }', JSON, True),
    ('{ $.level != "INFO" }', JSON, True),
    ('{ $.level = "ERROR" && $.n > 3 }', JSON, True),
    ('{ $.level = "ERROR" && $.n > 5 }', JSON, False),
    ('{ ($.n >= 5 && $.n <= 5) || $.level = "INFO" }', JSON, True),
    ("{ $.user.id = 7 }", JSON, True),
    ('{ $.user.tags[1] = "b" }', JSON, True),
    ('{ $.user.tags[2] = "b" }', JSON, False),
    ("{ $.ok IS TRUE }", JSON, True),
    ("{ $.ok IS FALSE }", JSON, False),
    ("{ $.gone IS NULL }", JSON, True),
    ("{ $.nowhere NOT EXISTS }", JSON, True),
    ("{ $.level EXISTS }", JSON, True),
    ("{ $.text = %refused$% }", JSON, True),
    ('{ $.nowhere != "x" }', JSON, False),
    ('{ $.level = "ERROR" }', "not JSON", False),
    ('{ $.level = "ERROR" }', "{ broken", False),
    ("[ip, id, user, time, request, status = 5*, size]", ACCESS, True),
    ("[ip, id, user, time, request, status = 4*, size]", ACCESS, False),
    ("[..., status = 503, size > 2000]", ACCESS, True),
    ("[ip = 10.*, ...]", ACCESS, True),
    ("[ip, user]", ACCESS, False),
]


@pytest.mark.parametrize(("pattern", "message", "matches"), PATTERNS)
def test_filter_patterns(pattern: str, message: str, matches: bool) -> None:
    assert compile_pattern(pattern)(message) is matches


@pytest.mark.parametrize(
    "pattern", ["a.b", "{ $.a }", "{ $.a = }", "{ $.a > word }", '"open', "{ $.a = 1", "[a, ..., ...]", "%(%"]
)
def test_bad_patterns_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def _poll(world: World, group: str, back: float, end: float | None = None) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    request: dict[str, Any] = {"logGroupName": group, "startTime": int((world.now() - back) * 1000)}
    if end is not None:
        request["endTime"] = int(end * 1000)
    while True:
        answer = ask(world, "logs", "FilterLogEvents", **request)
        events += answer["events"]
        if "nextToken" not in answer:
            return events
        request["nextToken"] = answer["nextToken"]


def test_polling_with_an_overlap_misses_nothing_and_lines_never_change() -> None:
    world = make()
    seen: dict[tuple[str, int], tuple[str, str]] = {}
    for _ in range(120):
        world.step(5)
        for event in _poll(world, "/ecs/pay/statements", 60):
            number = int(re.search(r"seq=(\d+)", event["message"])[1])  # type: ignore[index]
            found = (event["eventId"], event["message"])
            assert seen.setdefault((event["logStreamName"], number), found) == found
            assert event["ingestionTime"] <= world.now() * 1000
    until = world.now()
    world.step(60)
    for event in _poll(world, "/ecs/pay/statements", 120, until):
        number = int(re.search(r"seq=(\d+)", event["message"])[1])  # type: ignore[index]
        seen[event["logStreamName"], number] = (event["eventId"], event["message"])
    streams: dict[str, list[int]] = {}
    for stream, number in seen:
        streams.setdefault(stream, []).append(number)
    assert len(streams) >= 6
    for numbers in streams.values():
        assert sorted(numbers) == list(range(min(numbers), max(numbers) + 1))
    assert len({event_id for event_id, _ in seen.values()}) == len(seen)
    assert sum("OutOfMemoryError" in text for _, text in seen.values()) >= 3


def test_some_lines_are_late_and_some_share_a_millisecond() -> None:
    world = make()
    world.step(60)
    events = _poll(world, "/ecs/shop/search", 300)
    delays = [e["ingestionTime"] - e["timestamp"] for e in events]
    assert max(delays) > 14_000
    assert sorted(delays)[len(delays) // 2] < 2_000
    pairs = [(e["logStreamName"], e["timestamp"]) for e in events]
    assert len(set(pairs)) < len(pairs)
    assert [e["timestamp"] for e in events] == sorted(e["timestamp"] for e in events)


def test_lines_fit_the_incident() -> None:
    world = make()
    world.step(300)
    sick = ask(
        world,
        "logs",
        "FilterLogEvents",
        logGroupName="/ecs/shop/recommendations",
        filterPattern='{ $.level = "ERROR" && $.msg = "*connection pool exhausted*" }',
        startTime=int((world.now() - 300) * 1000),
    )
    assert len(sick["events"]) >= 5


def test_filter_pages_by_limit_without_loss() -> None:
    world = make()
    request: dict[str, Any] = {
        "logGroupName": "/ecs/shop/search",
        "startTime": int((world.now() - 120) * 1000),
        "endTime": int((world.now() - 60) * 1000),
    }
    whole = ask(world, "logs", "FilterLogEvents", **request)["events"]
    parts: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    for _ in range(100):
        answer = ask(world, "logs", "FilterLogEvents", limit=50, **request, **token)
        assert len(answer["events"]) <= 50
        parts += answer["events"]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert parts == whole
    assert len(whole) > 200


def test_get_log_events_goes_forwards_and_backwards() -> None:
    world = make()
    group = "/ecs/shop/checkout"
    stream = ask(world, "logs", "DescribeLogStreams", logGroupName=group, orderBy="LastEventTime", descending=True)["logStreams"][
        0
    ]
    common = {"logGroupName": group, "logStreamName": stream["logStreamName"]}
    newest = ask(world, "logs", "GetLogEvents", limit=10, **common)
    older = ask(world, "logs", "GetLogEvents", limit=10, nextToken=newest["nextBackwardToken"], **common)
    again = ask(world, "logs", "GetLogEvents", limit=10, nextToken=older["nextForwardToken"], **common)
    assert again["events"] == newest["events"]
    assert older["events"][-1]["timestamp"] <= newest["events"][0]["timestamp"]
    world.step(30)
    more = ask(world, "logs", "GetLogEvents", nextToken=newest["nextForwardToken"], **common)
    assert 20 < len(more["events"]) < 80
    end = ask(world, "logs", "GetLogEvents", nextToken=more["nextForwardToken"], **common)
    assert end["nextForwardToken"] == more["nextForwardToken"]


def test_unknown_groups_and_bad_requests_are_refused() -> None:
    world = make()
    with pytest.raises(AwsError, match="ResourceNotFoundException"):
        ask(world, "logs", "FilterLogEvents", logGroupName="/nope")
    with pytest.raises(AwsError, match="InvalidParameterException"):
        ask(world, "logs", "FilterLogEvents", logGroupName="/ecs/shop/search", filterPattern="{ bad")
    with pytest.raises(AwsError, match="nextToken is invalid"):
        ask(world, "logs", "FilterLogEvents", logGroupName="/ecs/shop/search", nextToken="zzz")


async def test_live_tail_gives_what_arrives() -> None:
    world = make()
    arn = engine(world).logs.groups["/ecs/shop/search"].arn
    from tui.simulator.aws.registry import Call, find

    handler = find("logs", "StartLiveTail")
    assert handler is not None
    answer = handler(world, {"logGroupIdentifiers": [arn]}, Call("logs", "StartLiveTail", world.region))
    assert answer is not None
    stream = answer["responseStream"]
    assert "sessionStart" in await anext(stream)
    world.step(2)
    update = (await anext(stream))["sessionUpdate"]
    assert {r["logGroupIdentifier"] for r in update["sessionResults"]} == {f"{world.account}:/ecs/shop/search"}
    assert 3 < len(update["sessionResults"]) < 60
    await stream.aclose()
    assert world.state["live-tail"] == []


def test_insights() -> None:
    world = make()
    common = {"logGroupName": "/ecs/shop/checkout", "startTime": int(world.now() - 900), "endTime": int(world.now())}
    query = ask(world, "logs", "StartQuery", queryString='filter level = "ERROR" | stats count(*) as n by level', **common)
    assert ask(world, "logs", "GetQueryResults", queryId=query["queryId"])["status"] == "Scheduled"
    world.step(2)
    answer = ask(world, "logs", "GetQueryResults", queryId=query["queryId"])
    counted = int(answer["results"][0][1]["value"])
    found = ask(
        world,
        "logs",
        "FilterLogEvents",
        logGroupName="/ecs/shop/checkout",
        filterPattern='{ $.level = "ERROR" }',
        startTime=common["startTime"] * 1000,
        endTime=common["endTime"] * 1000 + 999,
    )
    assert answer["status"] == "Complete"
    assert counted == len(found["events"]) > 3
    with pytest.raises(AwsError, match="MalformedQueryException"):
        ask(world, "logs", "StartQuery", queryString="frobnicate x", **common)


RECORDS: list[dict[str, Any]] = [
    {"@timestamp": 1000 * n, "@message": f"m{n}", "level": "ERROR" if n % 2 else "INFO", "ms": n} for n in range(6)
]

QUERIES: list[tuple[str, list[list[tuple[str, str]]]]] = [
    ("fields ms | sort ms desc | limit 2", [[("ms", "5")], [("ms", "4")]]),
    ('fields ms | filter level = "ERROR" and ms > 2 | sort ms asc', [[("ms", "3")], [("ms", "5")]]),
    ("fields ms | filter @message like /m[45]/ | sort ms asc", [[("ms", "4")], [("ms", "5")]]),
    ('fields ms | filter @message not like "m" or ms in [1, 2] | sort ms asc', [[("ms", "1")], [("ms", "2")]]),
    (
        "stats sum(ms) as total by level | sort total desc",
        [[("level", "ERROR"), ("total", "9")], [("level", "INFO"), ("total", "6")]],
    ),
    ("stats max(ms), min(ms)", [[("max(ms)", "5"), ("min(ms)", "0")]]),
]


@pytest.mark.parametrize(("text", "rows"), QUERIES)
def test_queries(text: str, rows: list[list[tuple[str, str]]]) -> None:
    assert Query(text).run(RECORDS) == rows


def test_bad_queries_say_what_is_wrong() -> None:
    for text in ("limit x", "filter ms >", "stats nothing(ms)", "filter (ms > 1"):
        with pytest.raises(QueryError):
            Query(text)


def test_a_stream_belongs_to_each_container_of_each_task() -> None:
    world = make()
    group = engine(world).logs.groups["/ecs/shop/storefront"]
    tasks = service(world, "shop", "storefront").tasks
    for task in tasks.values():
        assert f"ecs/storefront/{task.id}" in group.streams
        assert f"ecs/envoy/{task.id}" in group.streams


def test_lines_that_a_client_puts_are_read_back_as_they_were() -> None:
    world = make()
    common = {"logGroupName": "/own", "logStreamName": "s/1"}
    ask(world, "logs", "CreateLogGroup", logGroupName="/own")
    ask(world, "logs", "CreateLogStream", **common)
    now = int(world.now() * 1000)
    texts = ["plain", "\x1b[31mred\x1b[0m", "مرحبا 🙂", "ERROR x"]
    events = [{"timestamp": now - 4000 + 1000 * n, "message": text} for n, text in enumerate(texts)]
    ask(world, "logs", "PutLogEvents", logEvents=events, **common)
    found = ask(world, "logs", "FilterLogEvents", logGroupName="/own")["events"]
    assert [e["message"] for e in found] == texts
    assert [e["message"] for e in ask(world, "logs", "GetLogEvents", **common)["events"]] == texts
    only = ask(world, "logs", "FilterLogEvents", logGroupName="/own", filterPattern="ERROR")["events"]
    assert [e["message"] for e in only] == ["ERROR x"]
    with pytest.raises(AwsError, match="chronological"):
        ask(world, "logs", "PutLogEvents", logEvents=events[::-1], **common)
    with pytest.raises(AwsError, match="ResourceAlreadyExistsException"):
        ask(world, "logs", "CreateLogGroup", logGroupName="/own")
