"""The pods source against the embedded world, over TLS: each fault that it can make, what is said, how it mends."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from config.settings import Settings
from tests.contract.kube_api import Rig
from tests.embedded import World, embedded_world
from tui.logs.base import LogLine
from tui.model import ManualClock, State
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow, PodRow
from tui.model.scope import Key, Scope
from tui.sources.base import SourceContext
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import read
from tui.sources.kubernetes.logs import KubernetesLogs
from tui.sources.kubernetes.metrics import PodMetricsSource
from tui.sources.kubernetes.request import Timeouts
from tui.sources.kubernetes.token import EksTokenRequest
from tui.store import Freshness, FreshState

CALM: dict[str, Any] = {
    "throttle": 0, "unauthorized": 0, "expired": False, "errors": 0, "gone": 0, "gone_event": 0, "gone_continue": 0,
    "empty_watch": 0, "html": 0, "truncated": 0, "slow": 0.0, "latency": 0.0, "forbidden": [], "forbidden_groups": [],
    "unavailable_groups": [], "watch_list": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world(env=False) as made:
        yield made


@pytest.fixture(autouse=True)
def calm(world: World) -> Iterator[None]:
    world.reset_calls()
    yield
    world.faults(kubernetes=CALM)


def faults(world: World, **rules: Any) -> None:
    world.faults(kubernetes=rules)


async def opened(world: World, clock: ManualClock, **options: Any) -> KubernetesConnection:
    kubeconfig = await asyncio.to_thread(read, [Path(world.running.env["KUBECONFIG"])])
    settings = Options(clock=clock, loopback_only=True, timeouts=Timeouts(2.0, 5.0), **options)
    return await KubernetesConnection.open_context(kubeconfig, kubeconfig.current, settings)


@asynccontextmanager
async def rigged(world: World, kind: str = "pods") -> AsyncIterator[Rig]:
    clock = ManualClock(world.time)
    made = Rig(await opened(world, clock), clock, kind)
    made.start()
    try:
        yield made
    finally:
        await made.stop()


async def state(r: Rig, wanted: FreshState) -> Freshness:
    await r.until(lambda: (f := r.fresh()) and f.state is wanted)
    found = r.fresh()
    assert found is not None
    return found


async def mended(r: Rig) -> None:
    """Live again, with time passing."""
    await r.until(lambda: (r.clock.advance(1), (f := r.fresh()) and f.state is FreshState.LIVE)[1])


async def settle(r: Rig, world: World, seconds: float = 1.0) -> None:
    step = await asyncio.to_thread(world.step, seconds)
    r.clock.set(step.time)
    waiting = asyncio.ensure_future(r.store.settled(step))
    await r.until(lambda: (r.store.flush(), waiting.done())[1])
    await waiting


def calls(world: World, verb: str) -> int:
    return sum(n for name, n in world.calls().items() if name.startswith(f"kubernetes:{verb} /api/v1/pods"))


async def test_the_whole_cluster_through_eks_with_a_token_of_our_own(world: World) -> None:
    """DescribeCluster gives endpoint and CA; the token is a presigned GetCallerIdentity, checked as EKS does."""
    from tui.sources.aws.loading import load_sdk
    from tui.sources.aws.session import AwsSession, SessionPlan

    await asyncio.to_thread(load_sdk)
    env = world.running.env
    access = (env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"])
    region = env["AWS_REGION"]
    session = AwsSession(SessionPlan(region=region, endpoint_url=env["AWS_ENDPOINT_URL"], access=access, loopback_only=True))
    client = await session.client("eks", region)
    found = (await client.describe_cluster(name="shop-1"))["cluster"]
    arn = found["arn"]
    row = EksClusterRow(
        key=Key("eks-clusters", "", arn), scope=Scope("aws:demo", "aws", arn.split(":")[4], region), name="shop-1", arn=arn,
        endpoint=found["endpoint"], certificate_authority=found["certificateAuthority"]["data"], status="ACTIVE",
    )  # fmt: skip

    async def presign(request: EksTokenRequest) -> str:
        assert request == EksTokenRequest(cluster="shop-1", region=region)
        return await session.presign_caller_identity(request.cluster, request.region)

    clock = ManualClock(world.time)
    connection = await KubernetesConnection.open_eks(row, presign, Options(clock=clock, loopback_only=True))
    identity = await connection.identity()
    assert identity.place == arn == connection.scope.cluster and identity.caller.startswith("arn:aws:sts::")
    r = Rig(connection, clock)
    r.start()
    await state(r, FreshState.LIVE)
    assert len(r.names) == 300
    await r.stop()

    async def other(request: EksTokenRequest) -> str:
        return await session.presign_caller_identity("another-cluster", request.region)

    wrong = await KubernetesConnection.open_eks(row, other, Options(clock=clock, loopback_only=True))
    with pytest.raises(ApiError) as caught:
        await wrong.get("/api/v1/namespaces")
    assert caught.value.trouble is Trouble.EXPIRED
    await wrong.close()
    await session.close()


async def test_kubectls_words_are_the_servers_words(world: World) -> None:
    """The embedded server's Table and our words are two implementations of one printer."""
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
        table = json.loads(await r.connection.requests.read("/api/v1/pods", accept=accept))
        names = [column["name"].lower() for column in table["columnDefinitions"]]
        theirs = {}
        for line in table["rows"]:
            cells = dict(zip(names, line["cells"], strict=True))
            meta = line["object"]["metadata"]
            theirs[meta["namespace"], cells["name"]] = (cells["ready"], cells["status"], str(cells["restarts"]).split()[0])
        ours = {
            (row.namespace, row.name): (f"{row.ready}/{row.total}", row.status, str(row.restarts))
            for row in r.store.rows("pods")
            if isinstance(row, PodRow)
        }
        assert ours == theirs and len(ours) == 300
        assert {"CrashLoopBackOff", "Running", "Completed"} <= {words for _, words, _ in ours.values()}


async def test_a_step_is_seen_by_the_watch(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        await settle(r, world, 30)
        assert calls(world, "watch") == 1 and calls(world, "list") == 0


async def test_without_watch_list_it_pages_once_and_remembers(world: World) -> None:
    faults(world, watch_list=False)
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        assert len(r.names) == 300 and calls(world, "list") == 1 and calls(world, "watch") == 2
        assert r.connection.watch_list is False


@pytest.mark.parametrize(
    ("rules", "wanted", "words"),
    [
        ({"throttle": 1, "retry_after": 7}, FreshState.THROTTLED, "asks for patience"),
        ({"errors": 1}, FreshState.ERROR, "etcdserver: request timed out"),
        ({"html": 1}, FreshState.ERROR, "HTML page"),
        ({"expired": True}, FreshState.EXPIRED, "does not accept the credentials"),
        ({"forbidden_groups": ["pods"]}, FreshState.DENIED, "pods is forbidden: User"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_a_fault_is_said_the_rows_stay_and_it_mends(
    world: World, rules: dict[str, Any], wanted: FreshState, words: str
) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        faults(world, **rules, cut=2)
        fresh = await state(r, wanted)
        assert words in fresh.message and fresh.next_try is not None and fresh.last_success is not None
        assert len(r.names) == 300
        before = calls(world, "watch") + calls(world, "list")
        assert before <= 4  # one failing request, not a storm
        faults(world, expired=False, forbidden_groups=[])
        await mended(r)
        world.time = r.clock.now()
        await settle(r, world)
        assert len(r.names) == 300


async def test_a_cut_stream_goes_on_from_its_version_and_stays_live(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        await settle(r, world)
        for cut in (1, 2):
            watches = calls(world, "watch")
            faults(world, cut=cut)
            await r.until(lambda n=watches: calls(world, "watch") > n)
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            r.clock.advance(130)
        assert calls(world, "list") == 0 and len(r.names) == 300


@pytest.mark.parametrize("fault", ["gone", "gone_event"])
async def test_410_lists_again(world: World, fault: str) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        watches = calls(world, "watch")
        faults(world, **{fault: 1, "cut": 2})
        await r.until(lambda: calls(world, "watch") >= watches + 2)
        await settle(r, world)
        assert len(r.names) == 300 and (f := r.fresh()) is not None and f.state is FreshState.LIVE


async def test_an_expired_continue_token_and_a_truncated_list(world: World) -> None:
    faults(world, watch_list=False, gone_continue=1, truncated=1)
    async with rigged(world) as r:
        fresh = await state(r, FreshState.UNREACHABLE)
        assert "cut the connection in the middle of an answer" in fresh.message and not r.names
        await mended(r)
        assert len(r.names) == 300


async def test_silent_empty_watches_lead_to_a_list(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        watches = calls(world, "watch")
        faults(world, empty_watch=3, cut=2)
        # time passes only while the source waits: no watch is ever open for long by its clock
        await r.until(lambda: (r.clock.advance(bool(r.clock._sleepers)), calls(world, "watch") >= watches + 4)[1])
        await settle(r, world)
        assert len(r.names) == 300


async def test_401_after_a_stream_asks_for_one_new_credential_and_mends(world: World) -> None:
    async with rigged(world) as r:
        auth = r.connection._auth
        await state(r, FreshState.LIVE)
        auth._renewable = True
        watches = calls(world, "watch")
        faults(world, unauthorized=1, cut=2)
        # the demo's kubeconfig has a fixed token: renewing gives the same one, which is then said
        await state(r, FreshState.EXPIRED)
        assert calls(world, "watch") == watches + 1 and auth.made == 2
        await mended(r)


async def test_a_denied_cluster_scope_reads_namespaces_and_a_denied_one_empties_no_other(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        other = next(row.scope.namespace for row in r.store.rows("pods") if row.scope.namespace != "cart")
        faults(world, forbidden=["*", "cart"], cut=2)
        await r.until(lambda: (f := r.fresh(other)) and f.state is FreshState.LIVE)
        whole = r.fresh()
        assert whole is not None and whole.state is FreshState.LIVE
        assert "namespaces read; 1 denied" in whole.message and "pods is forbidden" in whole.message
        entries = {f.scope.namespace: f for f in r.store.freshness.of("pods")}
        assert entries["cart"].state is FreshState.DENIED and "in cart" in entries["cart"].message
        watched = set(entries) - {"", "cart"}
        assert len(watched) == len({row.scope.namespace for row in r.store.rows("pods")}) - 1
        assert len(r.names) == 300  # those of the denied namespace stay, as old as the freshness says
        faults(world, forbidden=[])
        r.store.interest.refresh()
        await r.until(lambda: r.fresh(other) is None and (f := r.fresh()) and not f.message)
        assert len(r.names) == 300


async def test_metrics_come_and_go(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        context = SourceContext(store=r.store, clock=r.clock, settings=Settings(), kubernetes=r.connection, random=Random(1))
        source = PodMetricsSource(context)
        r.store.interest.register("metrics", None)
        faults(world, unavailable_groups=["metrics.k8s.io"])
        running = asyncio.create_task(source.run())
        try:
            await r.until(lambda: any(f.state is FreshState.ERROR for f in r.store.freshness.of("metrics")))
            faults(world, unavailable_groups=[])
            await r.until(lambda: (r.clock.advance(1), r.store.count("metrics") > 250)[1])
            row: Any = next(iter(r.store.rows("metrics")))
            pod = r.store.get(row.target)
            assert isinstance(pod, PodRow) and pod.name == row.name and row.cpu >= 0 and row.memory > 0
            assert r.store.history.series(row.target, "memory")
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_logs_of_the_crash_loop_say_the_cause_and_sequence_numbers_have_no_hole(world: World) -> None:
    async with rigged(world) as r:
        await state(r, FreshState.LIVE)
        pods = [row for row in r.store.rows("pods") if isinstance(row, PodRow) and row.namespace == "cart"]
        broken = next(row for row in pods if row.state is State.BROKEN)
        logs = KubernetesLogs(r.connection, r.store, r.clock, Random(1))
        previous: list[LogLine] = []
        async for batch in logs.follow([broken], previous=True, tail=50):
            previous += batch
        assert any("REDIS_URL is not set" in line.text for line in previous), previous
        healthy = next(
            row for row in r.store.rows("pods") if isinstance(row, PodRow) and row.state is State.WELL and row.total == 1
        )
        lines: list[LogLine] = []

        async def reading() -> None:
            async for batch in logs.follow([healthy], since=3600, tail=100):
                lines.extend(line for line in batch if line.kind == "line")

        task = asyncio.create_task(reading())
        try:
            for _ in range(4):
                before = len(lines)
                await settle(r, world, 20)
                await r.until(lambda n=before: (r.clock.advance(0.1), len(lines) > n)[1])
                faults(world, cut=1)
            numbers = [int(found[1]) for line in lines if (found := re.search(r'seq"?[=:](\d+)', line.text))]
            assert len(numbers) == len(lines) > 100 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_read_only_writes_nothing_at_the_other_end(world: World) -> None:
    connection = await opened(world, ManualClock(world.time), read_only=True)
    for method, path in (
        ("PATCH", "/apis/apps/v1/namespaces/cart/deployments/cart"),
        ("DELETE", "/api/v1/namespaces/cart/pods/x"),
        ("POST", "/api/v1/namespaces/cart/pods/x/eviction"),
        ("PUT", "/apis/apps/v1/namespaces/cart/deployments/cart/scale"),
    ):
        with pytest.raises(ApiError):
            await connection.write(method, path, {})
    assert (await connection.may("get", "", "pods", "cart"))[0]
    verbs = {name.split()[0].removeprefix("kubernetes:") for name in world.calls() if name.startswith("kubernetes:")}
    assert not verbs & {"patch", "delete", "update", "deletecollection"}
    await connection.close()
