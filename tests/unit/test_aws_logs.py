"""CloudWatch Logs without loss or doubling: overlaps, late lines, streams that come later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.aws_stage import Bench, Refusal, Stage
from tui.model import ManualClock
from tui.sources.aws.log_group import LogGroup
from tui.sources.aws.streams import Stream

PAGE = 50


class Group:
    """A log group: events by ingestion; FilterLogEvents as CloudWatch does it."""

    def __init__(self, stage: Stage, bench: Bench, name: str = "g") -> None:
        self.name, self.bench = name, bench
        self.events: list[dict[str, Any]] = []
        self.streams: set[str] = set()
        stage.handlers["logs:FilterLogEvents"] = self.filter

    def write(self, stream: str, text: str, *, ago: float = 0.0) -> None:
        self.streams.add(stream)
        now = int(self.bench.clock.now() * 1000)
        number = len(self.events)
        self.events.append(
            {
                "logStreamName": stream,
                "timestamp": now - int(ago * 1000),
                "message": text,
                "ingestionTime": now,
                "eventId": f"{number:056}",
            }
        )

    def filter(self, params: dict[str, Any]) -> dict[str, Any]:
        if params["logGroupName"] != self.name:
            raise Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        if any(stream not in self.streams for stream in params["logStreamNames"]):
            raise Refusal("ResourceNotFoundException", "The specified log stream does not exist.")
        found = [
            e for e in self.events if e["logStreamName"] in params["logStreamNames"] and e["timestamp"] >= params["startTime"]
        ]
        found = [e for e in found if e["timestamp"] <= params.get("endTime", e["timestamp"])]
        found.sort(key=lambda event: event["timestamp"])
        start = int(params.get("nextToken", 0))
        more = {"nextToken": str(start + PAGE)} if start + PAGE < len(found) else {}
        return {"events": found[start : start + PAGE], **more}


def reader(bench: Bench, *names: str, since: float = 600.0, tail: int = 200) -> LogGroup:
    group = LogGroup(bench.connection, bench.clock, "g", "", since=since, tail=tail)
    group.keep({name: Stream("g", name, name) for name in names})
    return group


async def test_no_line_is_lost_or_doubled_late_ones_included() -> None:
    stage = Stage()
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("a", "old")
        one = reader(bench, "a")
        lines = await one.read()
        for turn in range(100):
            group.write("a", f"line {turn}")
            if turn % 7 == 0:
                group.write("a", f"late {turn}", ago=turn % 50)
            if turn == 50:
                group.write("a", "very late", ago=400)
            bench.clock.advance(2)
            lines += await one.read()
        for _ in range(31):
            bench.clock.advance(2)
            lines += await one.read()
        assert sorted(line.text for line in lines) == sorted(event["message"] for event in group.events)


async def test_equal_lines_at_one_time_are_two_lines() -> None:
    stage = Stage()
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("a", "same")
        group.write("a", "same")
        one = reader(bench, "a")
        lines = await one.read()
        bench.clock.advance(2)
        lines += await one.read()
        assert [line.text for line in lines] == ["same", "same"]


class Direct:
    """A connection that asks a group without a client in between."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.stage = Stage()

    async def call(self, service: str, operation: str, params: dict[str, Any], **_: object) -> dict[str, Any]:
        answer: dict[str, Any] = self.stage.handlers[f"{service}:{operation}"](params)
        return answer


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.floats(0, 55), st.integers(0, 5)), min_size=1, max_size=40))
def test_any_order_of_arrival(plan: list[tuple[str, float, int]]) -> None:
    async def run() -> None:
        direct: Any = Direct(ManualClock())
        group = Group(direct.stage, direct)
        group.write("a", "first")
        group.write("b", "first")
        one = LogGroup(direct, direct.clock, "g", "", since=600, tail=200)
        one.keep({name: Stream("g", name, name) for name in ("a", "b")})
        lines = await one.read()
        for stream, ago, pause in plan:
            group.write(stream, "x", ago=ago)
            for _ in range(pause):
                direct.clock.advance(2)
                lines += await one.read()
        direct.clock.advance(2)
        lines += await one.read()
        idents = [line.ident for line in lines]
        assert len(idents) == len(set(idents)) == len(group.events)

    asyncio.run(run())


moves = st.one_of(
    st.tuples(st.just("write"), st.sampled_from("abc"), st.integers(1, 30), st.floats(0, 800)),
    st.tuples(st.sampled_from(["join", "leave"]), st.sampled_from("abc"), st.just(0), st.just(0.0)),
    st.tuples(st.sampled_from(["fail", "read"]), st.just(""), st.integers(1, 20), st.just(0.0)),
)


@given(st.lists(moves, min_size=1, max_size=30))
def test_each_line_comes_once_whatever_joins_leaves_fails_bursts_and_is_late(plan: list[tuple[str, str, int, float]]) -> None:
    async def run() -> None:
        direct: Any = Direct(ManualClock())
        clock = direct.clock
        group = Group(direct.stage, direct)
        for name in "abc":
            group.write(name, "first")
        one = LogGroup(direct, clock, "g", "", since=900, tail=200)
        joined = {"a": Stream("g", "a", "a")}
        one.keep(joined)
        idents: list[str] = []

        async def read(times: int) -> None:
            for _ in range(times):
                clock.advance(2)
                idents.extend(line.ident for line in await one.read() if line.kind == "line")

        await read(1)
        for what, name, count, ago in plan:
            if what == "write":
                for number in range(count):
                    group.write(name, f"{number}", ago=ago + number)
            elif what == "join":
                joined[name] = Stream("g", name, name, joined=True)
            elif what == "leave":
                joined.pop(name, None)
            elif what == "fail":
                working, direct.stage.handlers = direct.stage.handlers, {}
                with pytest.raises(KeyError):
                    await read(1)
                direct.stage.handlers = working
                clock.advance(count * 10)
            else:
                await read(count)
            one.keep(joined)
        one.keep(joined := {name: Stream("g", name, name, joined=True) for name in "abc"})
        # two sweeps more
        await read(70)
        assert len(idents) == len(set(idents))
        owed = {event["eventId"] for event in group.events if event["timestamp"] >= event["ingestionTime"] - 700_000}
        assert owed <= set(idents)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.unit.test_aws_logs.PAGE", 7)
        patch.setattr("tui.sources.aws.log_group.PAGES", 2)
        asyncio.run(run())


async def test_a_stream_that_begins_later_does_not_move_where_the_others_go_on() -> None:
    """A burst that takes several readings, while a new stream's lines are newer than all of it."""
    direct: Any = Direct(ManualClock())
    group = Group(direct.stage, direct)
    group.write("a", "first")
    one = LogGroup(direct, direct.clock, "g", "", since=600, tail=10)
    one.keep({"a": Stream("g", "a", "a")})
    lines = await one.read()
    for number in range(PAGE * 25):
        group.write("a", f"{number}", ago=50 - number * 0.03)
    direct.clock.advance(2)
    group.write("b", "new")
    one.keep({name: Stream("g", name, name, joined=True) for name in "ab"})
    for _ in range(4):
        lines += await one.read()
        direct.clock.advance(2)
    texts = [line.text for line in lines if line.source == "a"]
    assert sorted(texts) == sorted(["first", *map(str, range(PAGE * 25))])


async def test_where_late_lines_cannot_be_looked_for_a_gap_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.sources.aws.log_group.REMEMBERED", 5)
    direct: Any = Direct(ManualClock())
    group = Group(direct.stage, direct)
    one = LogGroup(direct, direct.clock, "g", "", since=600, tail=50)
    one.keep({"a": Stream("g", "a", "a")})
    lines = []
    for number in range(80):
        group.write("a", f"{number}")
        lines += await one.read()
        direct.clock.advance(2)
    assert [line.text for line in lines if line.kind == "gap"] == [
        "g has too many lines to look for late ones: those that come 60 s late may be missing"
    ]


async def test_at_most_tail_old_lines_of_each_stream_and_pages_are_followed() -> None:
    stage = Stage()
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        for number in range(150):
            group.write("a", f"a{number}", ago=200 - number)
        group.write("b", "b0", ago=100)
        lines = await reader(bench, "a", "b", tail=10).read()
        said = "140 earlier lines of g are left out: the last 10 of each stream"
        assert [line.text for line in lines] == [said, "b0", *(f"a{number}" for number in range(140, 150))]
        assert stage.calls["logs:FilterLogEvents"] == 4


async def test_a_stream_that_does_not_exist_yet_holds_up_no_other() -> None:
    stage = Stage()
    async with Bench(stage) as bench:
        group = Group(stage, bench)
        group.write("a", "one")
        one = reader(bench, "a", "later", "b")
        group.write("b", "two")
        assert {line.text for line in await one.read()} == {"one", "two"}
        stage.reset()
        bench.clock.advance(2)
        await one.read()
        assert stage.calls["logs:FilterLogEvents"] == 1
        group.write("later", "three")
        bench.clock.advance(12)
        assert [line.text for line in await one.read()] == ["three"]


async def test_very_many_old_lines_shorten_the_time_shown() -> None:
    direct: Any = Direct(ManualClock())
    group = Group(direct.stage, direct)
    for number in range(3000):
        group.write("a", f"{number}", ago=590 - number * 0.19)
    one = LogGroup(direct, direct.clock, "g", "", since=600, tail=5)
    one.keep({"a": Stream("g", "a", "a")})
    lines = await one.read()
    assert [line.text for line in lines if line.kind == "line"] == [str(number) for number in range(2995, 3000)]
    (note,) = [line.text for line in lines if line.kind == "note"]
    assert note == "only the last 38 s are shown of g: there are too many lines before"
