"""Budgets of calls: below AWS's rates, best priority first, halved when throttled, slowly back."""

from __future__ import annotations

import asyncio

import pytest

from tests.waiting import PATIENCE
from tui.model import ManualClock
from tui.sources.aws.families import Family, family_of
from tui.sources.aws.limits import RECOVERY_S, Bucket, Limits, Priority


def bucket(clock: ManualClock, sustained: float = 20, burst: float = 100) -> Bucket:
    return Bucket(Family("ecs service read", sustained, burst), clock, share=0.25)


async def spin() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_quarter_of_the_rate_and_half_of_the_burst() -> None:
    clock = ManualClock()
    one = bucket(clock)
    for _ in range(50):
        await asyncio.wait_for(one.acquire(Priority.VISIBLE), PATIENCE)
    waiting = [asyncio.ensure_future(one.acquire(Priority.VISIBLE)) for _ in range(10)]
    await spin()
    assert not any(task.done() for task in waiting)
    for passed in range(1, 11):
        clock.advance(0.2001)  # 5 a second
        await spin()
        assert sum(task.done() for task in waiting) == passed


async def test_an_action_does_not_wait_for_what_the_screen_has_used_but_what_it_took_is_paid_back() -> None:
    clock = ManualClock()
    one = bucket(clock)
    for _ in range(50):
        await asyncio.wait_for(one.acquire(Priority.VISIBLE), 1)
    screen = asyncio.ensure_future(one.acquire(Priority.VISIBLE))
    for _ in range(5):
        await asyncio.wait_for(one.acquire(Priority.ACTION), 1)
    more = asyncio.ensure_future(one.acquire(Priority.ACTION))
    await spin()
    assert not more.done() and not screen.done()
    clock.advance(1.1)  # five tokens and a half
    await spin()
    assert not more.done()
    clock.advance(0.11)
    await spin()
    assert more.done() and not screen.done()
    clock.advance(0.21)
    await spin()
    assert screen.done()


async def test_while_aws_throttles_an_action_waits_as_well() -> None:
    clock = ManualClock()
    one = bucket(clock)
    one.throttled()
    action = asyncio.ensure_future(one.acquire(Priority.ACTION))
    await spin()
    assert not action.done()
    action.cancel()


async def test_actions_before_the_screen_before_the_background() -> None:
    clock = ManualClock()
    one = bucket(clock, 20, 2)
    await one.acquire(Priority.BACKGROUND)
    served: list[str] = []

    async def ask(name: str, priority: Priority) -> None:
        await one.acquire(priority)
        served.append(name)

    order = [
        ("census", Priority.BACKGROUND),
        ("screen", Priority.VISIBLE),
        ("action", Priority.ACTION),
        ("screen 2", Priority.VISIBLE),
    ]
    tasks = [asyncio.ensure_future(ask(*one)) for one in order]
    await spin()
    for _ in range(4):
        clock.advance(0.25)
        await spin()
    assert served == ["action", "screen", "screen 2", "census"]
    await asyncio.gather(*tasks)


async def test_the_census_leaves_half_for_the_screen() -> None:
    clock = ManualClock()
    one = bucket(clock)
    census = [asyncio.ensure_future(one.acquire(Priority.BACKGROUND)) for _ in range(100)]
    await spin()
    assert sum(task.done() for task in census) == 25 and one.waiting() == 75
    for _ in range(25):
        await asyncio.wait_for(one.acquire(Priority.VISIBLE), PATIENCE)
    clock.advance(4.001)  # 20 tokens, of which 10 are the background's
    await spin()
    assert sum(task.done() for task in census) == 35
    for _ in range(10):
        await asyncio.wait_for(one.acquire(Priority.VISIBLE), PATIENCE)
    late = asyncio.ensure_future(one.acquire(Priority.VISIBLE))
    await spin()
    assert not late.done()
    one.close()
    await asyncio.gather(late, *census, return_exceptions=True)


async def test_throttling_halves_and_time_heals() -> None:
    clock = ManualClock()
    one = bucket(clock)
    one.throttled()
    assert one.factor == pytest.approx(0.5)
    one.throttled()
    assert one.factor == pytest.approx(0.25)
    clock.advance(RECOVERY_S)
    assert one.factor == pytest.approx(0.75)
    clock.advance(RECOVERY_S)
    assert one.factor == 1.0
    for _ in range(20):
        one.throttled()
    assert one.factor > 0


async def test_saved_tokens_are_gone_when_throttled() -> None:
    clock = ManualClock()
    one = bucket(clock)
    one.throttled()
    task = asyncio.ensure_future(one.acquire(Priority.VISIBLE))
    await spin()
    assert not task.done()
    clock.advance(0.41)  # half of 5 a second
    await spin()
    assert task.done()


async def test_who_gave_up_takes_no_token() -> None:
    clock = ManualClock()
    one = bucket(clock, 20, 2)
    await one.acquire(Priority.VISIBLE)
    first, second = (asyncio.ensure_future(one.acquire(Priority.VISIBLE)) for _ in range(2))
    await spin()
    first.cancel()
    await spin()
    assert one.waiting() == 1
    clock.advance(0.2001)
    await spin()
    assert second.done() and not second.cancelled()


def test_families_and_regions() -> None:
    assert family_of("logs", "FilterLogEvents", "us-east-1").sustained == 25
    assert family_of("logs", "FilterLogEvents", "eu-central-1").sustained == 5
    assert family_of("logs", "FilterLogEvents", "eu-west-1").sustained == 10
    assert family_of("ecs", "DescribeServices", "eu-west-1") is family_of("ecs", "ListServices", "eu-west-1")
    assert family_of("eks", "DescribeCluster", "eu-west-1").sustained * 0.25 == 5


def test_changes_may_use_more_of_their_small_quota() -> None:
    limits = Limits(ManualClock(), "eu-west-1")
    assert limits.bucket("ecs", "UpdateService").rate == pytest.approx(2.0)
    assert limits.bucket("ecs", "DescribeServices").rate == pytest.approx(5.0)


def test_figures() -> None:
    clock = ManualClock()
    limits = Limits(clock, "eu-west-1")
    one = limits.bucket("ecs", "ListTasks")
    one.done(0.1, failed=False)
    one.done(0.3, failed=True)
    one.throttled()
    (figure,) = limits.figures()
    assert (figure.family, figure.calls, figure.failed, figure.throttled) == ("ecs cluster resource read", 2, 1, 1)
    assert figure.latency == pytest.approx(0.2) and figure.slowest == pytest.approx(0.3)
    assert figure.factor < 1 and limits.slowed() == ("ecs cluster resource read",)
