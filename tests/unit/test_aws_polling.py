"""Polling follows interest, never faster than wanted; failures wait, are said, and mend; crashes are shown and started again."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from tests.unit.aws_stage import settings
from tests.waiting import PATIENCE
from tui.model import ManualClock, Scope
from tui.model.errors import ApiError, Trouble
from tui.sources.backoff import Backoff
from tui.sources.base import Source, SourceContext, World
from tui.sources.polling import Cadence, Poller
from tui.sources.supervisor import Supervisor, together
from tui.store import Freshness, FreshState, Step, Store, Urgency

SCOPE = Scope("aws:t@eu-west-1", "aws", "1", "eu-west-1")


class Fixed:
    """A Random that always draws the same part of a range."""

    def __init__(self, part: float = 0.0) -> None:
        self.part = part

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.part


class Toy(Source):
    name: ClassVar[str] = "toy"
    kinds: ClassVar[tuple[str, ...]] = ("toys",)
    connection: ClassVar[World] = "aws"

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.times: list[float] = []
        self.error: ApiError | Exception | None = None
        self.note: str | None = None
        self.starts = 0

    async def fetch(self, urgency: Urgency) -> str | None:
        self.times.append(self.clock.monotonic())
        if self.error is not None:
            raise self.error
        return self.note

    async def run(self) -> None:
        self.starts += 1
        await Poller(self, "toys", SCOPE, self.fetch, Cadence.of(self.context)).run()


class Rig:
    def __init__(self, part: float = 0.0) -> None:
        self.clock = ManualClock(1000.0)
        self.store = Store(self.clock, lambda delay, call: asyncio.get_running_loop().call_soon(call))
        self.context = SourceContext(store=self.store, clock=self.clock, settings=settings(), random=Fixed(part))  # type: ignore[arg-type]
        self.toy = Toy(self.context)
        self.supervisor = Supervisor()

    async def __aenter__(self) -> Rig:
        self.supervisor.start(self.toy, SCOPE)
        await self.spin()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.supervisor.stop()

    @staticmethod
    async def spin() -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    async def pass_by(self, seconds: float, step: float = 0.5) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            await self.spin()

    @property
    def freshness(self) -> Freshness | None:
        return self.store.freshness.get("toy", "toys", SCOPE)

    @property
    def reads(self) -> int:
        return len(self.toy.times)


async def test_nobody_interested_no_calls() -> None:
    async with Rig() as rig:
        await rig.pass_by(120)
        assert rig.reads == 0 and rig.freshness is None


async def test_cadence_by_urgency() -> None:
    async with Rig() as rig:
        background = rig.store.interest.register("toys", None, Urgency.BACKGROUND)
        await rig.spin()
        assert rig.reads == 1
        await rig.pass_by(60)
        assert rig.reads == 3
        visible = rig.store.interest.register("toys", SCOPE, Urgency.VISIBLE)
        await rig.spin()
        before = rig.reads
        await rig.pass_by(30)
        assert rig.reads - before == 10
        action = rig.store.interest.register("toys", SCOPE, Urgency.ACTION)
        before = rig.reads
        await rig.pass_by(10)
        assert 10 <= rig.reads - before <= 11
        for interest in (action, visible, background):
            interest.close()
        await rig.spin()
        before = rig.reads
        await rig.pass_by(120)
        assert rig.reads == before
        assert rig.freshness is not None and rig.freshness.state is FreshState.PAUSED


async def test_interest_elsewhere_is_none_here() -> None:
    async with Rig() as rig:
        rig.store.interest.register("toys", Scope("aws:t@us-east-1", "aws", "1", "us-east-1"), Urgency.VISIBLE)
        rig.store.interest.register("others", None, Urgency.VISIBLE)
        await rig.pass_by(30)
        assert rig.reads == 0


async def test_out_of_focus_or_idle_it_goes_slower_but_not_for_actions() -> None:
    async with Rig() as rig:
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        rig.store.interest.focused = False
        before = rig.reads
        await rig.pass_by(60)
        assert 4 <= rig.reads - before <= 5
        rig.store.interest.focused = True
        rig.store.interest.idle = True
        before = rig.reads
        await rig.pass_by(60)
        assert 5 <= rig.reads - before <= 6
        rig.store.interest.register("toys", None, Urgency.ACTION)
        before = rig.reads
        await rig.pass_by(10)
        assert rig.reads - before >= 10


async def test_refresh_reads_at_once_and_settled_waits_for_it() -> None:
    async with Rig() as rig:
        rig.store.interest.register("toys", None, Urgency.BACKGROUND)
        await rig.spin()
        assert rig.reads == 1
        rig.store.interest.refresh()
        await rig.spin()
        assert rig.reads == 2
        rig.store.interest.refresh("others")
        await rig.spin()
        assert rig.reads == 2
        await asyncio.wait_for(rig.store.settled(Step(rig.clock.now())), PATIENCE)
        assert rig.reads == 3


async def test_freshness_of_success_and_its_note() -> None:
    async with Rig() as rig:
        rig.toy.note = "1 of 3 could not be read"
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        entry = rig.freshness
        assert entry is not None
        assert (entry.state, entry.last_success, entry.interval) == (FreshState.POLLING, 1000.0, 3.0)
        assert entry.message == "1 of 3 could not be read"


@pytest.mark.parametrize(
    ("trouble", "state", "again"),
    [
        (Trouble.DENIED, FreshState.DENIED, 300.0),
        (Trouble.EXPIRED, FreshState.EXPIRED, 10.0),
        (Trouble.NO_CREDENTIALS, FreshState.EXPIRED, 10.0),
        (Trouble.UNREACHABLE, FreshState.UNREACHABLE, 1.0),
        (Trouble.NONSENSE, FreshState.ERROR, 1.0),
        (Trouble.ERROR, FreshState.ERROR, 1.0),
        (Trouble.THROTTLED, FreshState.THROTTLED, 3.0),
    ],
)
async def test_a_failure_is_said_and_tried_again(trouble: Trouble, state: FreshState, again: float) -> None:
    async with Rig(part=1.0) as rig:
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        await rig.pass_by(2)
        rig.toy.error = ApiError(trouble, "words", hint="what to do")
        await rig.pass_by(1.5)
        entry = rig.freshness
        assert entry is not None
        assert (entry.state, entry.message, entry.hint) == (state, "words", "what to do")
        assert entry.last_success == 1000.0
        assert entry.next_try == pytest.approx(rig.toy.times[-1] + again)
        failed = rig.reads
        await rig.pass_by(again - 1.0)
        assert rig.reads == failed
        rig.toy.error = None
        await rig.pass_by(1.5)
        assert rig.reads == failed + 1
        assert rig.freshness is not None and rig.freshness.state is FreshState.POLLING
        assert rig.context.failures.entries()[-1].message == "words"


async def test_throttled_polls_half_as_often_until_a_success() -> None:
    async with Rig() as rig:
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        rig.toy.error = ApiError(Trouble.THROTTLED, "slow down")
        await rig.pass_by(3)
        failed = rig.reads
        await rig.pass_by(6)
        assert rig.reads <= failed + 2


async def test_refresh_does_not_wait_for_a_backoff() -> None:
    async with Rig() as rig:
        rig.toy.error = ApiError(Trouble.DENIED, "no")
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        assert rig.reads == 1
        rig.toy.error = None
        rig.store.interest.refresh("toys")
        await rig.spin()
        assert rig.reads == 2
        assert rig.freshness is not None and rig.freshness.state is FreshState.POLLING


def test_full_jitter_doubles_up_to_a_ceiling() -> None:
    most = Backoff(Fixed(1.0))  # type: ignore[arg-type]
    assert [most.next() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    most.reset()
    assert most.next() == 1
    least = Backoff(Fixed(0.0))  # type: ignore[arg-type]
    assert all(least.next() == 0.2 for _ in range(5))
    assert most.next(ApiError(Trouble.THROTTLED, "x", retry_after=12.0)) == 12.0


async def test_a_crash_is_shown_logged_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    async with Rig(part=1.0) as rig:
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.spin()
        rig.toy.error = KeyError("a fault of ours")
        await rig.pass_by(3.5)
        entry = rig.freshness
        assert entry is not None and entry.state is FreshState.ERROR
        assert "toy stopped on a fault of pierhead: KeyError" in entry.message
        assert "Traceback" in caplog.text and "a fault of ours" in caplog.text
        (failure,) = rig.context.failures.entries()
        assert failure.trouble == "crash" and "Traceback" in failure.detail
        rig.toy.error = None
        await rig.pass_by(2)
        assert rig.toy.starts == 2
        assert rig.freshness is not None and rig.freshness.state is FreshState.POLLING


async def test_crashing_for_ever_is_not_a_hot_loop() -> None:
    async with Rig(part=1.0) as rig:
        rig.toy.error = RuntimeError("x")
        rig.store.interest.register("toys", None, Urgency.VISIBLE)
        await rig.pass_by(60)
        assert rig.toy.starts <= 8
        assert rig.context.failures.entries()[-1].count == rig.toy.starts


async def test_together_raises_the_first_error_and_ends_the_rest() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("endless")

    async def failing() -> None:
        raise ApiError(Trouble.DENIED, "no")

    with pytest.raises((ApiError, ExceptionGroup)):
        await together(endless, failing)
    assert ended == ["endless"]
