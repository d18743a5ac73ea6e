"""The first list goes first: what waits for it and how long, and its own first call telling whose account this is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, REGION, Refusal, Stage, plan
from tests.waiting import PATIENCE
from tui.model import ManualClock, Scope
from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws.identity import PATIENCE_S, identify
from tui.sources.head_start import LIMIT_S, HeadStart
from tui.store import Store, Urgency
from tui.store.freshness import Freshness, FreshState

CLUSTERS = [f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{name}" for name in ("shop", "batch")]


class Waiting:
    """A store in which somebody looks at ``kind``, and somebody who waits for the head start's end."""

    def __init__(self, kind: str = "services", urgency: Urgency = Urgency.VISIBLE) -> None:
        self.clock = ManualClock()
        self.store = Store(self.clock)
        self.store.interest.register(kind, None, urgency)
        self.start = HeadStart(self.store, self.clock)
        self.task = asyncio.ensure_future(self.start.over())

    async def ended(self) -> bool:
        self.store.flush()
        for _ in range(5):
            await asyncio.sleep(0)
        return self.task.done()

    def say(self, kind: str, state: FreshState) -> None:
        self.store.freshness.set(Freshness(source="s", kind=kind, scope=Scope("aws:x"), state=state))


@pytest.mark.parametrize("state", [FreshState.POLLING, FreshState.ERROR, FreshState.EXPIRED, FreshState.UNREACHABLE])
async def test_the_others_follow_when_the_first_list_was_read_or_failed(state: FreshState) -> None:
    waiting = Waiting()
    assert not await waiting.ended()
    waiting.say("services", FreshState.LOADING)
    waiting.say("images", FreshState.POLLING)
    assert not await waiting.ended(), "neither its beginning nor another list ends it"
    waiting.say("services", state)
    assert await waiting.ended()
    await waiting.start.over()


async def test_nobody_waits_longer_than_the_limit_and_a_late_one_not_at_all() -> None:
    waiting = Waiting()
    assert not await waiting.ended()
    waiting.clock.advance(LIMIT_S - 0.1)
    assert not await waiting.ended()
    waiting.clock.advance(0.2)
    assert await waiting.ended()
    await asyncio.wait_for(waiting.start.over(), PATIENCE)


@pytest.mark.parametrize(("kind", "urgency"), [("pods", Urgency.VISIBLE), ("services", Urgency.BACKGROUND)])
async def test_another_list_on_the_screen_waits_for_nothing(kind: str, urgency: Urgency) -> None:
    assert await Waiting(kind, urgency).ended()


class Account:
    """A connection that is signed in to a stage where ``ListClusters`` answers by ``clusters``."""

    def __init__(self, clusters: Any) -> None:
        self.stage = Stage()
        self.stage.handlers["ecs:ListClusters"] = clusters
        self.clock = ManualClock()
        guard = ReadGuard(read_only=False)
        self.connection = AwsConnection(plan(), clock=self.clock, guard=guard, hooks=self.stage.hooks)

    async def identified(self, *, by_clusters: bool = True) -> AwsConnection:
        await self.connection.sign_in()
        await identify(self.connection, self.clock, by_clusters=by_clusters)
        return self.connection


async def test_the_clusters_tell_the_account_and_are_not_asked_for_again() -> None:
    account = Account(lambda _: {"clusterArns": CLUSTERS})
    connection = await account.identified()
    assert (connection.account, connection.caller) == (ACCOUNT, "")
    assert dict(account.stage.calls) == {"ecs:ListClusters": 1}
    assert connection.directory.take() == tuple(CLUSTERS)
    assert connection.directory.take() is None
    await connection.who()
    assert connection.caller.endswith(":user/t")
    await connection.close()


async def test_a_first_page_tells_the_account_but_is_no_whole_list() -> None:
    connection = await Account(lambda _: {"clusterArns": CLUSTERS, "nextToken": "more"}).identified()
    assert connection.account == ACCOUNT and connection.directory.take() is None
    await connection.close()


def refuse(_: object) -> dict[str, Any]:
    raise Refusal("AccessDeniedException", "not allowed")


@pytest.mark.parametrize("clusters", [refuse, lambda _: {"clusterArns": []}, lambda _: {"clusterArns": ["nonsense"]}])
async def test_sts_tells_where_the_clusters_do_not(clusters: Any) -> None:
    account = Account(clusters)
    connection = await account.identified()
    assert (connection.account, account.stage.calls["sts:GetCallerIdentity"]) == (ACCOUNT, 1)
    await connection.close()


async def test_sts_is_asked_as_well_where_the_clusters_take_long() -> None:
    account = Account(lambda _: {"clusterArns": CLUSTERS})
    asked, never = asyncio.Event(), asyncio.Event()

    async def gate(name: str) -> None:
        if name == "ecs:ListClusters":
            asked.set()
            await never.wait()

    account.stage.gate = gate
    task = asyncio.ensure_future(account.identified())
    await asyncio.wait_for(asked.wait(), PATIENCE)
    account.clock.advance(PATIENCE_S + 0.1)
    connection = await asyncio.wait_for(task, PATIENCE)
    assert connection.account == ACCOUNT and connection.caller
    await connection.close()


async def test_without_interest_in_clusters_only_sts_is_asked() -> None:
    account = Account(refuse)
    await (await account.identified(by_clusters=False)).close()
    assert dict(account.stage.calls) == {"sts:GetCallerIdentity": 1}


async def test_what_sts_says_is_what_failed() -> None:
    def denied(_: object) -> dict[str, Any]:
        raise Refusal("AccessDenied", "no")

    account = Account(refuse)
    account.stage.handlers["sts:GetCallerIdentity"] = denied
    with pytest.raises(ApiError) as caught:
        await account.identified()
    assert caught.value.trouble is Trouble.DENIED and "sts:GetCallerIdentity" in str(caught.value)
    await account.connection.close()
