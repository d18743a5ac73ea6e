"""Freshness, interest, history, and waiting until a step has settled."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.waiting import PATIENCE
from tui.model import Key, ManualClock, Scope
from tui.store import Freshness, FreshState, History, InterestNews, Step, Store, Urgency
from tui.store import history as history_module

SHOP = Scope(owner="aws:p@r", account="1", region="r", cluster="shop")
PAY = Scope(owner="aws:p@r", account="1", region="r", cluster="pay")
EKS = Scope(owner="kube:k", account="1", region="r", cluster="eks")


def key(number: int, scope: Scope = SHOP) -> Key:
    return Key.of("services", scope, str(number))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return Store(clock)


def entry(scope: Scope = SHOP, kind: str = "services", source: str = "ecs", **fields: Any) -> Freshness:
    return Freshness(source=source, kind=kind, scope=scope, **fields)


# -- freshness -----------------------------------------------------------------------------------------------------


def test_freshness_is_told_once_a_flush_and_says_how_much_was_read(store: Store) -> None:
    told: list[Any] = []
    store.freshness.subscribe(told.append)
    store.freshness.set(entry(SHOP, state=FreshState.LOADING))
    store.freshness.set(entry(SHOP, state=FreshState.POLLING, last_success=5.0))
    store.freshness.set(entry(PAY, state=FreshState.DENIED, message="no"))
    store.flush()
    store.flush()
    assert [[e.state for e in news] for news in told] == [[FreshState.POLLING, FreshState.DENIED]]
    assert store.freshness.coverage("services") == (1, 2)
    assert store.freshness.worst(["services"]) == entry(PAY, state=FreshState.DENIED, message="no")
    assert store.freshness.worst(["pods"]) is None
    store.drop_owner("aws:p@r")
    assert store.freshness.all() == ()


# -- interest ------------------------------------------------------------------------------------------------------


def test_interest_is_by_place_and_urgency(store: Store) -> None:
    table = store.interest
    told: list[InterestNews] = []
    table.subscribe(told.append)
    census = table.register("services", None, Urgency.BACKGROUND)
    pane = table.register("services", SHOP, Urgency.VISIBLE, frozenset({key(1), key(2, PAY)}))
    assert table.urgency("services", SHOP) is Urgency.VISIBLE
    assert table.urgency("services", PAY) is Urgency.BACKGROUND
    assert table.urgency("pods", SHOP) is None
    assert table.keys("services", SHOP) == {key(1)}
    pane.update(urgency=Urgency.ACTION)
    assert table.keys("services", SHOP, at_least=Urgency.ACTION) == {key(1)}
    pane.close()
    pane.close()
    census.close()
    assert table.urgency("services", SHOP) is None
    table.focused = False
    table.idle = True
    table.idle = True
    assert [news.kind for news in told] == ["services"] * 5 + ["", ""]


def test_a_refresh_is_remembered_for_those_it_concerns(store: Store) -> None:
    before = store.stamp()
    store.interest.refresh("services", SHOP)
    asked = store.interest.asked("services", SHOP)
    assert asked is not None
    assert asked > before
    assert store.interest.asked("services", PAY) is None
    store.interest.refresh()
    everything = store.interest.asked("pods", EKS)
    assert everything is not None
    assert everything > asked


# -- history -------------------------------------------------------------------------------------------------------


def test_history_counts_rises_and_durations(clock: ManualClock) -> None:
    history = History(clock)
    now = clock.now()
    for ago, value in ((700, 3), (500, 5), (100, 5), (50, 1)):
        history.step(key(1), "restarts", now - ago, value)
    assert history.count_since(key(1), "restarts", 600) == 3, "3 to 5, then a new start from 0 to 1"
    assert history.count_since(key(1), "restarts", 60) == 1
    assert len(history.series(key(1), "restarts")) == 3, "the same value again is no step"
    for minute, value in enumerate((50, 93, 91, 95)):
        history.point(key(1), "cpu", now + 60 * minute, value)
    history.point(key(1), "cpu", now + 90, 92)  # late
    assert [v for _, v in history.series(key(1), "cpu")] == [50, 93, 92, 91, 95]
    assert history.above_since(key(1), "cpu", 90) == now + 60
    assert history.above_since(key(1), "cpu", 99) is None
    history.transition(key(1), now, "RUNNING")
    history.transition(key(1), now + 1, "RUNNING")
    history.transition(key(1), now + 2, "STOPPED")
    assert history.transitions(key(1)) == ((now, "RUNNING"), (now + 2, "STOPPED"))
    history.forget(key(1))
    assert history.series(key(1), "cpu") == ()


def test_history_is_bounded(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "TRANSITION_KEYS", 10)
    history = History(clock, capacity=5000)
    for number in range(100):
        for time in range(1000):
            history.point(key(number), "cpu", time, time)
        history.transition(key(number), 0, "x")
    assert len(history.series(key(99), "cpu")) == history_module.POINTS
    assert history.series(key(99), "cpu")[-1] == (999, 999)
    assert history.series(key(1), "cpu") == ()
    assert sum(len(history.series(key(n), "cpu")) for n in range(100)) <= 5000
    assert sum(bool(history.transitions(key(n))) for n in range(100)) == 10


# -- settled -------------------------------------------------------------------------------------------------------


async def ticks() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_settled_waits_for_a_request_begun_after_it_and_for_the_bookmark(store: Store, clock: ManualClock) -> None:
    store.interest.register("services", None)
    store.interest.register("pods", None)
    for scope in (SHOP, PAY):
        store.freshness.set(entry(scope, state=FreshState.POLLING, last_success=1.0))
    store.freshness.set(entry(SHOP, kind="images", source="ecr", state=FreshState.LOADING))  # nobody looks
    store.freshness.set(entry(EKS, kind="pods", source="pods", state=FreshState.LIVE))
    store.freshness.watched("pods", "pods", EKS, "7")
    old = store.stamp()
    asked: list[InterestNews] = []
    store.interest.subscribe(asked.append)
    waiting = asyncio.ensure_future(store.settled(Step(clock.now(), "9")))
    await ticks()
    assert asked == [InterestNews(refresh=True)]
    new = store.stamp()
    store.freshness.polled("ecs", "services", SHOP, new)
    store.freshness.polled("ecs", "services", PAY, old)
    store.freshness.watched("pods", "pods", EKS, "9")
    store.freshness.watched("pods", "pods", EKS, "10")
    store.flush()
    await ticks()
    assert not waiting.done()
    assert len(store.unsettled(Step(clock.now(), "9"), old)) == 1
    store.freshness.polled("ecs", "services", PAY, new)
    store.flush()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_failing_scopes_count_once_tried_again_or_when_their_next_try_is_later(store: Store, clock: ManualClock) -> None:
    store.interest.register("services", None)
    store.freshness.set(entry(SHOP, state=FreshState.DENIED, next_try=clock.now() + 300))
    store.freshness.set(entry(PAY, state=FreshState.ERROR, next_try=clock.now() - 1))
    waiting = asyncio.ensure_future(store.settled(Step(clock.now())))
    await ticks()
    assert not waiting.done()
    store.freshness.set(entry(PAY, state=FreshState.ERROR, next_try=clock.now() - 1))  # tried, and failed the same way
    store.flush()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_settled_can_be_given_up(store: Store, clock: ManualClock) -> None:
    store.interest.register("services", None)
    store.freshness.set(entry(SHOP))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(store.settled(Step(clock.now())), 0.01)
    store.flush()
