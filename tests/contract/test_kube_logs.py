"""Follows of containers: cuts, restarts, overlaps, pods that come and go. Over real HTTP with a scripted server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from random import Random

from aiohttp import web

from tests.contract.kube_api import Api, Rig, bookmark, connect, event, pod, rig, serve, status
from tui.logs.base import LogLine
from tui.model import ManualClock
from tui.model.kubernetes import DeploymentRow, PodRow
from tui.sources.kubernetes.logs import LIMIT, KubernetesLogs, label_of

SECOND = "2026-11-23T14:03:5"


def text(*lines: tuple[str, str]) -> bytes:
    return b"".join(f"{SECOND}{stamp}Z {words}\n".encode() for stamp, words in lines)


class World:
    """Pods by one watch; logs by (pod, container) as scripted answers, the last one staying."""

    def __init__(self, api: Api, *pods: dict[str, object]) -> None:
        self.api = api
        self.logs = Api()
        self.pods = pods
        self.queries: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/log"):
            self.queries.append({"pod": request.path.split("/")[-2], **request.query})
            return await self.logs.handle(request)
        if request.path.endswith("/pods"):
            return await self.api.stream(*[event("ADDED", p) for p in self.pods], bookmark("20", end=True))(request)
        return await self.api.stream(bookmark("20", end=True))(request)


class Reader:
    """Collects what a follow gives."""

    def __init__(self, lines: AsyncIterator[Sequence[LogLine]]) -> None:
        self.lines: list[LogLine] = []
        self._task = asyncio.create_task(self._read(lines))

    async def _read(self, lines: AsyncIterator[Sequence[LogLine]]) -> None:
        async for batch in lines:
            self.lines += batch

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self.lines]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def done(self) -> bool:
        return self._task.done()


@contextlib.asynccontextmanager
async def reading(world: World, **options: object) -> AsyncIterator[tuple[Rig, Reader]]:
    world.api.say(world.answer)
    async with rig(world.api.url) as r:
        await r.until(lambda: len(r.names) == len(world.pods))
        rows = [row for row in r.store.rows("pods") if isinstance(row, PodRow)]
        reader = Reader(KubernetesLogs(r.connection, r.store, r.clock, Random(1)).follow(rows, **options))  # type: ignore[arg-type]
        try:
            yield r, reader
        finally:
            await reader.stop()


async def test_a_cut_loses_no_line_and_gives_none_twice() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("cart"))
        world.logs.say(
            # two equal lines at one stamp, and a line that the cut tears
            world.logs.stream(
                text(("1.000000001", "one"), ("2.5", "same"), ("2.5", "same")), f"{SECOND}3.1Z tor".encode(), cut=True
            ),
            world.logs.stream(text(("1.000000001", "one"), ("2.5", "same"), ("2.5", "same"), ("3.1", "torn"), ("4.2", "five"))),
        )
        async with reading(world, since=60.0, tail=9) as (r, reader):
            await r.until(lambda: len(reader.lines) >= 3)
            await r.until(lambda: bool(r.clock._sleepers))
            r.clock.advance(3)
            await r.until(lambda: "five" in reader.texts)
            lines = [line.text for line in reader.lines if line.kind == "line"]
            assert lines == ["one", "same", "same", "torn", "five"]
            gaps = [line.text for line in reader.lines if line.kind == "gap"]
            assert gaps == ["3s gap: cart reconnected"]
            assert world.queries[0] == {
                "pod": "cart", "tailLines": "9", "sinceSeconds": "60", "container": "main", "timestamps": "true",
                "follow": "true",
            }  # fmt: skip
            assert world.queries[1]["sinceTime"] == "2026-11-23T14:03:50Z" and "tailLines" not in world.queries[1]
            assert reader.lines[0].time == 1795442631_000000001 and reader.lines[0].source == "cart"
            assert len({line.ident for line in reader.lines if line.kind == "line"}) == 5


async def test_a_restarted_container_goes_on() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("cart"))
        world.logs.say(
            world.logs.stream(text(("1.1", "before")), end=True),
            status(400, "BadRequest", 'container "main" in pod "cart" is waiting to start: CrashLoopBackOff'),
            world.logs.stream(text(("1.1", "before"), ("9.1", "after"))),
        )
        async with reading(world) as (r, reader):
            for count in (2, 3):
                await r.until(lambda n=count: len(world.queries) >= n - 1 and bool(r.clock._sleepers))
                r.clock.advance(16)
                await r.until(lambda n=count: len(world.queries) >= n)
            await r.until(lambda: "after" in reader.texts)
            assert [line.text for line in reader.lines if line.kind == "line"] == ["before", "after"]
            assert [line.text for line in reader.lines if line.kind == "note"] == [
                'container "main" in pod "cart" is waiting to start: CrashLoopBackOff'
            ]


async def test_a_container_that_starts_again_is_read_at_once() -> None:
    async with serve(Api()) as api:
        ended = {"name": "main", "restartCount": 0, "state": {"terminated": {"exitCode": 1}}}
        again = {"name": "main", "restartCount": 1, "state": {"running": {}}}
        world = World(api, pod("cart", containerStatuses=[ended]))
        world.logs.say(world.logs.stream(text(("1.1", "before")), end=True), world.logs.stream(text(("9.1", "after"))))
        async with reading(world) as (r, reader):
            await r.until(lambda: bool(r.clock._sleepers) and "before" in reader.texts)
            await api.send(event("MODIFIED", pod("cart", "30", containerStatuses=[again])))
            # no time passes: the change alone ends the pause
            await r.until(lambda: (r.store.flush(), "after" in reader.texts)[1])


async def test_pods_join_and_leave() -> None:
    async with serve(Api()) as api:
        owned = pod("cart-1") | {"metadata": pod("cart-1")["metadata"] | {"labels": {"app": "cart"}}}
        other = pod("other")
        world = World(api, owned, other)
        world.logs.say(world.logs.stream(text(("1.1", "hello"))))
        world.api.say(world.answer)
        async with rig(api.url) as r:
            await r.until(lambda: len(r.names) == 2)
            scope = r.connection.scope
            row = DeploymentRow(
                key=next(iter(r.store.rows("pods"))).key, scope=scope, name="cart", namespace="shop", uid="d",
                selector=(("app", "cart"),),
            )  # fmt: skip
            reader = Reader(KubernetesLogs(r.connection, r.store, r.clock, Random(1)).follow([row]))
            await r.until(lambda: (r.store.flush(), len(reader.lines) == 1)[1])
            joined = pod("cart-2", "30") | {"metadata": pod("cart-2", "30")["metadata"] | {"labels": {"app": "cart"}}}
            await api.send(event("ADDED", joined))
            await r.until(lambda: (r.store.flush(), len(reader.lines) == 2)[1])
            assert [line.source for line in reader.lines] == ["cart-1", "cart-2"]
            assert {q["pod"] for q in world.queries} == {"cart-1", "cart-2"}
            await reader.stop()


async def test_previous_logs_end_by_themselves() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("cart"))
        world.logs.say(world.logs.stream(text(("1.1", "the cause")), end=True))
        async with reading(world, previous=True, tail=5) as (r, reader):
            await r.until(lambda: reader.done)
            assert reader.texts == ["the cause"]
            assert world.queries == [
                {"pod": "cart", "previous": "true", "tailLines": "5", "container": "main", "timestamps": "true"}
            ]


async def test_no_previous_run_is_a_note() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("cart"))
        words = 'previous terminated container "main" in pod "cart" not found'
        world.logs.say(status(400, "BadRequest", words))
        async with reading(world, previous=True) as (r, reader):
            await r.until(lambda: reader.done)
            assert [(line.kind, line.text) for line in reader.lines] == [("note", words)]


async def test_denied_is_an_error_line_in_its_place_and_the_others_go_on() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("a"), pod("b"))

        async def logs(request: web.Request) -> web.StreamResponse:
            if "/a/" in request.path:
                return status(403, "Forbidden", 'pods "a" is forbidden: User "me" cannot get resource "pods/log"')
            return await world.logs.stream(text(("1.1", "fine")))(request)

        world.logs.say(logs)
        async with reading(world) as (r, reader):
            await r.until(lambda: len(reader.lines) == 2)
            kinds = {line.source: (line.kind, line.text) for line in reader.lines}
            assert kinds["b"] == ("line", "fine") and kinds["a"][0] == "error" and "cannot get" in kinds["a"][1]


async def test_fifty_at_one_time_and_the_rest_is_said() -> None:
    async with serve(Api()) as api:
        world = World(api, *[pod(f"p{n:02}") for n in range(LIMIT + 3)])
        world.logs.say(world.logs.stream(text(("1.1", "x"))))
        async with reading(world) as (r, reader):
            # the cluster's budget of calls (50 at once, then 20 a second) goes by the clock
            await r.until(lambda: (r.clock.advance(0.01), len(reader.lines) == LIMIT + 1)[1])
            notes = [line.text for line in reader.lines if line.kind == "note"]
            assert notes == ["3 containers are not followed: 50 at one time; choose pods to see the others"]
            assert len(world.queries) == LIMIT


async def test_a_huge_line_nonsense_and_lines_without_a_stamp() -> None:
    async with serve(Api()) as api:
        world = World(api, pod("cart"))
        big = f"{SECOND}1.5Z ".encode() + b"y" * 3_000_000 + b"\n"
        strange = b"\xff\xfe \x00 half\n" + f"{SECOND}2.5Z \x1b[31mred\r\n".encode()
        world.logs.say(world.logs.stream(text(("1.1", "first")), big, strange))
        async with reading(world) as (r, reader):
            await r.until(lambda: any("red" in t for t in reader.texts))
            assert sum(t.count("y") for t in reader.texts) == 3_000_000
            assert "\x1b[31mred" in reader.texts and any("half" in t for t in reader.texts)


def test_labels() -> None:
    clock = ManualClock()
    assert clock.now()
    from tests.unit.test_kube_decode import EXAMPLES, row

    made: PodRow = row("pods", EXAMPLES["pods"])
    wait, cart = made.containers
    assert label_of(made, cart) == "cart x2k1b" and label_of(made, cart, 2) == "cart x2k1b cart"
    assert label_of(made, wait) == "cart x2k1b wait"


async def test_the_session_of_logs_is_its_own() -> None:
    connection = await connect("http://127.0.0.1:9", ManualClock())
    assert connection.requests.client is not connection.log_requests.client
    await connection.close()
