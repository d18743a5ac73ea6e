"""The AWS sources over real HTTP against the embedded world: what each fault does to freshness and rows, how it mends, what
it costs, and that nothing is written in read-only mode."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from tests.embedded import World, embedded_world, settings_for
from tests.narrow import HOT
from tests.waiting import PATIENCE
from tui.actions.ports import AwsPort
from tui.logs.base import LogLine
from tui.model import ManualClock, Row
from tui.model.ecr import ImageRow
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.tasks import TaskRow
from tui.sources.aws.decode import OURS, answer_of, convert
from tui.sources.aws.guard import SIGNING_IN
from tui.sources.declared import declared_reads
from tui.sources.hub import Hub
from tui.store import Freshness, FreshState, Store, Urgency


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as found:
        yield found


@pytest.fixture(autouse=True)
def calm(world: World) -> Iterator[None]:
    yield
    world.faults(rules=[], limits=False)


class Session:
    """A hub on the world, whose clock is the world's."""

    def __init__(self, world: World, hub: Hub, store: Store, clock: ManualClock) -> None:
        self.world, self.hub, self.store, self.clock = world, hub, store, clock

    def look(self, *kinds: str) -> None:
        for kind in kinds:
            self.store.interest.register(kind, None, Urgency.VISIBLE)

    async def step(self, seconds: float = 1.0) -> None:
        step = await asyncio.to_thread(self.world.step, seconds)
        self.clock.set(step.time)
        await asyncio.wait_for(self.store.settled(step), PATIENCE)

    async def pass_by(self, seconds: float, by: float = 1.0) -> None:
        """Only the console's time passes: backoffs end, polls are due."""
        for _ in range(round(seconds / by)):
            self.clock.advance(by)
            await asyncio.sleep(0.02)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        for _ in range(int(PATIENCE / 0.02)):
            if condition():
                return
            self.clock.advance(0.2)
            await asyncio.sleep(0.02)
        entries = [f"{e.source} {e.kind} {e.state} {e.message}" for e in self.store.freshness.all()]
        raise AssertionError(f"never: {what}\n" + "\n".join(entries))

    async def services(self) -> None:
        """The services of all three clusters have been read."""
        well = {FreshState.POLLING}
        await self.until(lambda: len(self.entries("services")) == 3 and self.states("services") == well, "services")

    def entries(self, kind: str) -> list[Freshness]:
        return [entry for entry in self.store.freshness.of(kind) if entry.state is not FreshState.PAUSED]

    def states(self, kind: str) -> set[FreshState]:
        return {entry.state for entry in self.entries(kind)}

    def rows(self, kind: str) -> list[Any]:
        return sorted(self.store.rows(kind), key=lambda row: row.key)


@asynccontextmanager
async def session(world: World, folder: Path, *, kubernetes: bool = False, **flags: Any) -> AsyncIterator[Session]:
    settings = settings_for(world, folder, **{"kubernetes.enabled": kubernetes, "refresh.rate_share": 1.0, **flags})
    if not kubernetes:
        settings = msgspec.structs.replace(settings, kubernetes=msgspec.structs.replace(settings.kubernetes, enabled=False))
    clock = ManualClock(world.time)
    loop = asyncio.get_running_loop()
    store = Store(clock, lambda delay, call: loop.call_later(min(delay, 0.01), call))
    hub = Hub(settings, store, loopback_only=True, census=False, random=Random(1))
    await hub.start()
    try:
        yield Session(world, hub, store, clock)
    finally:
        await hub.stop()


async def test_everything_is_read(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("clusters", "services", "tasks", "task-definitions", "images", "repositories", "alarms")
        one.look("scalable-targets", "scaling-policies", "eks-clusters")
        await one.services()
        await one.step()
        counts = {kind: one.store.count(kind) for kind in ("clusters", "services", "repositories", "images", "eks-clusters")}
        assert counts["clusters"] == 3 and 35 <= counts["services"] <= 45 and counts["images"] == 400
        assert counts["eks-clusters"] == 1 and counts["repositories"] >= 25
        assert one.store.count("tasks") > 150 and one.store.count("alarms") > 3 and one.store.count("scaling-policies") > 3
        facts = one.hub.facts()
        assert (facts.account, facts.region, facts.role) == ("482913750164", "eu-west-1", "PowerUser")
        assert all(entry.state is FreshState.POLLING for entry in one.store.freshness.all()), one.store.freshness.all()
        checkout = next(row for row in one.rows("services") if row.name == "checkout")
        assert isinstance(checkout, ServiceRow) and checkout.cluster == "shop" and checkout.tags
        assert one.hub.errors() == []


async def test_architectures_of_images_on_the_screen(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        interest = one.store.interest.register("images", None, Urgency.VISIBLE)
        await one.until(lambda: one.store.count("images") == 400, "images")
        images = [row for row in one.rows("images") if isinstance(row, ImageRow)]
        assert not any(row.architectures for row in images)
        shown = [*images[:3], *(row for row in images if "index" in row.media_type or "list" in row.media_type)][:6]
        interest.update(keys=frozenset(row.key for row in shown))
        one.store.interest.refresh("images")

        def known(row: Row) -> tuple[str, ...]:
            found = one.store.get(row.key)
            return found.architectures if isinstance(found, ImageRow) else ()

        await one.until(lambda: all(known(row) for row in shown), "architectures")
        assert {name for row in shown for name in known(row)} <= {"amd64", "arm64"}
        many = [row for row in shown if "index" in row.media_type or "list" in row.media_type]
        assert all(len(known(row)) == 2 for row in many) and many


FAULTS: list[tuple[str, FreshState, str]] = [
    ("denied", FreshState.DENIED, "is denied to"),
    ("expired", FreshState.EXPIRED, "expired: "),
    ("internal", FreshState.ERROR, "HTTP 500"),
    ("unavailable", FreshState.ERROR, "HTTP 503"),
    ("html", FreshState.ERROR, "HTTP 502"),
    ("truncated", FreshState.ERROR, "cannot be read"),
    ("cut", FreshState.UNREACHABLE, "was cut in the middle"),
    ("reset", FreshState.UNREACHABLE, ""),
    ("throttled", FreshState.THROTTLED, "is throttled"),  # last: it leaves the budget small for a minute
]


async def test_each_fault_is_said_rows_stay_and_it_mends(world: World, tmp_path: Path) -> None:
    """One session through all of them: each is said for each cluster, costs little, and leaves nothing behind."""
    async with session(world, tmp_path) as one:
        one.look("services")
        await one.services()
        before = {row.key for row in one.rows("services")}
        for kind, state, words in FAULTS:
            world.faults(rules=[{"kind": kind, "service": "ecs", "operation": "*Services"}])
            await one.until(lambda state=state: one.states("services") == {state}, f"{state} after {kind}")  # type: ignore[misc]
            entries = one.entries("services")
            assert len(entries) == 3 and all(words in entry.message for entry in entries), (kind, entries)
            assert all(entry.last_success and entry.next_try for entry in entries), kind
            assert {row.key for row in one.rows("services")} == before, kind
            world.reset_calls()
            await one.pass_by(10)
            # three clusters fail for 10 s: backoff, and at most one retry a call
            assert sum(world.calls().values()) <= 50, (kind, world.calls())
            world.faults(rules=[])
            one.store.interest.refresh()
            await one.until(lambda: one.states("services") == {FreshState.POLLING}, f"mended after {kind}")
            assert {row.key for row in one.rows("services")} == before, kind
        assert len(one.hub.errors()) >= len(FAULTS) - 1  # a cut and a reset read alike


async def test_one_api_denied_leaves_the_others(world: World, tmp_path: Path) -> None:
    world.faults(rules=[{"kind": "denied", "service": "ecr"}])
    async with session(world, tmp_path) as one:
        one.look("services", "images", "repositories")
        await one.services()
        denied = {FreshState.DENIED}  # two sources, each with a list of its own
        await one.until(lambda: one.states("images") == denied == one.states("repositories"), "denied")
        (entry,) = one.entries("repositories")
        assert "ecr:DescribeRepositories is denied to" in entry.message and "PowerUser" in entry.message
        world.reset_calls()
        await one.pass_by(60)
        assert world.calls().get("ecr:DescribeRepositories", 0) == 0, "a denied API is asked again after five minutes only"
        assert one.states("services") == {FreshState.POLLING}


async def test_expired_is_probed_by_one_call_and_goes_on_by_itself(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "images", "alarms", "task-definitions")
        await one.services()
        await one.until(lambda: one.store.count("images") == 400, "images")
        world.faults(rules=[{"kind": "expired"}])
        await one.until(lambda: one.states("services") == {FreshState.EXPIRED}, "expired")
        await one.pass_by(5)
        world.reset_calls()
        await one.pass_by(60)
        # broken credentials are looked at every nine seconds of real time by one call and one after signing in again
        assert sum(world.calls().values()) <= 6, world.calls()
        world.faults(rules=[])
        one.store.interest.refresh()
        await one.until(lambda: one.states("services") == {FreshState.POLLING}, "mended")


async def test_throttling_slows_down_and_says_so(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services")
        await one.services()
        world.faults(rules=[{"kind": "throttled", "service": "ecs", "operation": "DescribeServices", "count": 3}])
        await one.until(lambda: bool(one.hub.facts().slowed), "slowed")
        assert "ecs service read" in one.hub.facts().slowed
        line = next(line for line in one.hub.calls() if line["family"] == "ecs service read")
        assert line["throttled"] >= 1 and "slowed" in line["budget_per_s"]


async def test_slow_answers_are_no_failure(world: World, tmp_path: Path) -> None:
    world.faults(rules=[{"kind": "latency", "service": "ecs", "seconds": 0.3}])
    async with session(world, tmp_path) as one:
        one.look("services")
        await one.until(lambda: one.states("services") == {FreshState.POLLING}, "services")
        assert one.hub.errors() == []


async def test_an_answer_that_never_comes(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path, **{"aws.read_timeout_s": 1.0}) as one:
        one.look("services")
        await one.services()
        world.faults(rules=[{"kind": "latency", "service": "ecs", "operation": "*Services", "seconds": 10}])
        await one.until(lambda: one.states("services") == {FreshState.UNREACHABLE}, "unreachable")
        assert all("did not answer in time" in entry.message for entry in one.entries("services"))


async def test_rows_follow_the_world(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services")
        await one.services()
        row = next(row for row in one.rows("services") if row.name == "ledger")
        port: AwsPort = one.hub.clients.aws(row.scope)
        wanted = row.desired + 2
        await port.write("ecs", "UpdateService", {"cluster": row.cluster_arn, "service": row.name, "desiredCount": wanted})
        for _ in range(8):
            await one.step(10)
        after = one.store.get(row.key)
        assert isinstance(after, ServiceRow) and (after.desired, after.running) == (wanted, wanted)


async def test_an_open_service_shows_its_tasks_stopped_ones_too(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions")
        await one.services()
        row = next(row for row in one.rows("services") if row.name == "checkout")
        one.store.interest.register("tasks", row.scope, Urgency.VISIBLE, frozenset({row.key}))
        await one.step(60)
        tasks = [task for task in one.rows("tasks") if isinstance(task, TaskRow) and task.service == "checkout"]
        assert any(task.last_status == "RUNNING" for task in tasks)
        assert any("CannotPullContainerError" in task.stopped_reason for task in tasks), [t.stopped_reason for t in tasks]


def rounded(value: Any) -> Any:
    """Built-ins with times to the millisecond: botocore's datetimes hold microseconds, JSON's numbers more."""
    if isinstance(value, msgspec.Struct):
        return rounded(msgspec.to_builtins(value))
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


async def test_hot_answers_of_the_world_read_the_same_both_ways(world: World, tmp_path: Path) -> None:
    """The world stands still between two calls: ours and botocore's reading of one answer must agree, member by member."""
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions")
        await one.services()
        row = next(row for row in one.rows("services") if row.name == "gateway")
        connection = one.hub.clients.connection(row.scope)
        cluster = {"cluster": row.cluster_arn}
        tasks = (await connection.call("ecs", "ListTasks", cluster))["taskArns"]
        group = {"logGroupName": "/ecs/pay/gateway", "startTime": int((one.clock.now() - 60) * 1000)}
        asked: dict[str, dict[str, Any]] = {
            "ecs:ListServices": {**cluster, "maxResults": 100},
            "ecs:DescribeServices": {**cluster, "services": [row.name], "include": ["TAGS"]},
            "ecs:ListTasks": cluster,
            "ecs:DescribeTasks": {**cluster, "tasks": tasks, "include": ["TAGS"]},
            "ecs:ListTaskDefinitions": {"maxResults": 100},
            "ecs:DescribeTaskDefinition": {"taskDefinition": row.task_definition, "include": ["TAGS"]},
            "ecr:DescribeImages": {"repositoryName": "gateway"},
            "logs:FilterLogEvents": group,
        }
        assert asked.keys() == HOT.keys()
        for name, params in asked.items():
            service, operation = name.split(":")
            ours = await connection.call(service, operation, params, how=HOT[name])
            whole = await connection.call(service, operation, params)
            assert OURS in ours, f"{name}: our decoder refused the answer"
            assert rounded(answer_of(name, ours, HOT[name])) == rounded(convert(name, whole, HOT[name])), name


async def test_whole_objects(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions", "clusters", "alarms", "scalable-targets", "scaling-policies", "repositories")
        await one.services()
        await one.step()
        for kind in (
            "services",
            "task-definitions",
            "clusters",
            "alarms",
            "scalable-targets",
            "scaling-policies",
            "repositories",
        ):
            row = one.rows(kind)[0]
            ((found, whole),) = await one.hub.objects(kind, [row])
            assert found is row and whole
            raw = await one.hub.clients.raw(row)
            assert raw.keys() == whole.keys(), kind
            if kind == "services":
                assert whole["createdAt"] == raw["createdAt"] and whole["createdAt"].endswith("+00:00")
            if kind == "task-definitions":
                assert repr(raw).count("•••") == repr(whole).count("•••")


SERVICES = ("ecs", "ecr", "eks", "logs", "cloudwatch", "application-autoscaling", "elbv2", "efs", "iam", "sts", "ec2")


def every_operation() -> list[tuple[str, str]]:
    """All operations of all services that the embedded world has."""
    import botocore.session

    models = botocore.session.Session()
    return [(service, name) for service in SERVICES for name in models.get_service_model(service).operation_names]


async def test_read_only_writes_nothing_at_the_other_end(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path, **{"safety.read_only": True}) as one:
        one.look("services", "images", "tasks", "task-definitions", "alarms", "scalable-targets", "eks-clusters", "target-health")
        await one.services()
        world.reset_calls()
        row = one.rows("services")[0]
        port = one.hub.clients.aws(row.scope)
        allowed = declared_reads() | SIGNING_IN
        operations = [(service, name) for service, name in every_operation() if f"{service}:{name}" not in allowed]
        assert len(operations) > 1000
        for service, operation in operations:
            with pytest.raises(ApiError) as caught:
                await port.write(service, operation, {})
            assert caught.value.trouble is Trouble.READ_ONLY
        client = await one.hub.clients.connection(row.scope)._session.client("ecs", "eu-west-1")
        with pytest.raises(ApiError):
            await client.update_service(cluster="shop", service="ledger", desiredCount=9)
        await one.step()
        assert one.hub.facts().read_only
        words = ("Describe", "List", "Get", "BatchGet", "Filter")
        written = [name for name in world.calls() if ":" in name and not name.split(":")[1].startswith(words)]
        assert written == []


# -- logs -------------------------------------------------------------------------------------------------------------


async def gathered(one: Session, row: Row, *, turns: int, seconds: float = 2.0, **options: Any) -> list[LogLine]:
    """What a log view has after some turns of the world."""
    lines: list[LogLine] = []

    async def read() -> None:
        async for batch in one.hub.logs.follow([row], **options):
            lines.extend(batch)

    reading = asyncio.ensure_future(read())
    try:
        for _ in range(turns):
            step = await asyncio.to_thread(world_step, one, seconds)
            one.clock.set(step)
            await asyncio.sleep(0.06)
        if options.get("previous"):
            await asyncio.wait_for(reading, PATIENCE)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return lines


def world_step(one: Session, seconds: float) -> float:
    return one.world.step(seconds).time


async def test_logs_of_a_service_lose_and_double_nothing(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions")
        await one.services()
        row = next(row for row in one.rows("services") if row.name == "gateway")
        began = one.clock.now()
        lines = await gathered(one, row, turns=35, since=60, tail=1000)
        found = [line for line in lines if line.kind == "line"]
        idents = [line.ident for line in found]
        assert len(idents) == len(set(idents)) > 20
        assert {line.source.split()[0] for line in found} == {"gateway"}
        port = one.hub.clients.aws(row.scope)
        definition = next(d for d in one.rows("task-definitions") if d.arn == row.task_definition).containers[0]
        running = {line.source.split()[1] for line in found}
        seen: dict[str, dict[str, Any]] = {}
        params: dict[str, Any] = {"logGroupName": definition.log_group, "startTime": int(began * 1000)}
        while True:
            answer = await port.read("logs", "FilterLogEvents", params)
            seen |= {event["eventId"]: event for event in answer["events"]}
            if "nextToken" not in answer:
                break
            params = {**params, "nextToken": answer["nextToken"]}
        limit = int((one.clock.now() - 20) * 1000)  # of arrival: a line may reach CloudWatch 45 s after it was written
        own = {
            ident
            for ident, event in seen.items()
            if event["ingestionTime"] < limit and event["logStreamName"].rsplit("/", 1)[-1][:4] in running
        }
        assert own and own <= set(idents)
        assert one.hub.errors() == []


async def test_logs_that_cannot_be_read_say_so_in_their_place_and_come_back(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions")
        await one.services()
        row = next(row for row in one.rows("services") if row.name == "gateway")
        world.faults(rules=[{"kind": "denied", "service": "logs", "count": 1}])
        lines = await gathered(one, row, turns=8, since=60, tail=5)
        (error,) = [line for line in lines if line.kind == "error"]
        assert "logs:FilterLogEvents is denied to" in error.text
        await one.step(300)
        again = await gathered(one, row, turns=6, since=60, tail=5)
        assert any(line.kind == "line" for line in again)


async def test_previous_gives_the_last_words_of_tasks_that_ended(world: World, tmp_path: Path) -> None:
    async with session(world, tmp_path) as one:
        one.look("services", "task-definitions")
        await one.services()
        for _ in range(6):
            await one.step(30)
        crashing = next(
            row for row in one.rows("services") if any("OutOfMemory" in e.message or "unhealthy" in e.message for e in row.events)
        )
        one.store.interest.register("tasks", crashing.scope, Urgency.VISIBLE, frozenset({crashing.key}))
        await one.step(10)
        lines = await gathered(one, crashing, turns=1, since=3600, tail=5, previous=True)
        assert [line for line in lines if line.kind == "line"]
