"""Calls are spent, not made: a token bucket for each quota, well below what AWS allows, since colleagues and pipelines
share the account's quota during an incident.

Who waits is served by priority: an action of the user, then what is on the screen, then the background. A throttled answer
halves the rate; it grows back slowly. The figures for ``:calls`` are kept here.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import IntEnum
from statistics import median
from typing import Any

from msgspec import Struct

from tui.model import Clock
from tui.sources.aws.errors import THROTTLED
from tui.sources.aws.families import Family, family_of

#: our part of the burst; the part of the sustained rate is the user's setting ``refresh.rate_share``
BURST_SHARE = 0.5
#: bulk changes may use more of the small quota of UpdateService than reads use of theirs (2 of 5 a second)
MODIFY_SHARE = 0.4
#: the background's part of our part
BACKGROUND_SHARE = 0.5
LOWEST = 1 / 16
#: tokens that an action may take before they are there, while AWS does not throttle: somebody waits for it, and our part of a
#: burst is half of AWS's
OVERDRAFT = 5.0
#: the whole way back from half speed takes this long
RECOVERY_S = 60.0
LATENCIES_KEPT = 200


class Priority(IntEnum):
    """Who is served first."""

    ACTION = 0
    VISIBLE = 1
    BACKGROUND = 2


class FamilyCalls(Struct, frozen=True, kw_only=True):
    """One line of ``:calls``. Rates in calls a second, latencies in seconds; ``factor`` is below 1 while throttled."""

    family: str
    region: str
    calls: int
    failed: int
    throttled: int
    waiting: int
    budget: float
    factor: float
    used: float
    latency: float | None
    slowest: float | None


class Tokens:
    """A token bucket: ``rate`` a second up to ``size``. Who waits is served best priority first."""

    def __init__(self, clock: Clock, rate: float, size: float, name: str) -> None:
        self._clock = clock
        self.rate = rate
        self.size = max(1.0, size)
        self._name = name
        self._tokens = self.size
        self._filled = clock.monotonic()
        self._factor = 1.0
        self._factor_at = self._filled
        self._waiting: list[tuple[Priority, int, asyncio.Future[None]]] = []
        self._number = 0
        self._pump: asyncio.Task[None] | None = None

    @property
    def factor(self) -> float:
        """1.0, or less after throttling: linear recovery."""
        grown = (self._clock.monotonic() - self._factor_at) / RECOVERY_S / 2
        return min(1.0, self._factor + grown)

    async def acquire(self, priority: Priority) -> None:
        """Wait for a token."""
        self._fill()
        if self._tokens >= 1 and not self._waiting:
            self._tokens -= 1
            return
        if priority is Priority.ACTION and self.factor == 1.0 and self._tokens >= 1 - OVERDRAFT:
            self._tokens -= 1  # the others wait the longer
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number += 1
        heapq.heappush(self._waiting, (priority, self._number, future))
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._serve(), name=f"bucket {self._name}")
        await future

    async def _serve(self) -> None:
        """Hand out tokens as they come, best priority first, until nobody waits."""
        while self._waiting:
            self._fill()
            if self._tokens < 1:
                await self._clock.sleep((1 - self._tokens) / (self.rate * self.factor))
                continue
            *_, future = heapq.heappop(self._waiting)
            if not future.done():
                self._tokens -= 1
                future.set_result(None)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self.size, self._tokens + (now - self._filled) * self.rate * self.factor)
        self._filled = now

    def throttled(self) -> None:
        """Half the rate from now on, and what was saved up is gone."""
        self._fill()
        self._factor = max(LOWEST, self.factor / 2)
        self._factor_at = self._clock.monotonic()
        self._tokens = min(self._tokens, 0.0)

    def close(self) -> None:
        """Cancel who waits."""
        if self._pump is not None:
            self._pump.cancel()
        for *_, future in self._waiting:
            future.cancel()
        self._waiting.clear()

    def waiting(self) -> int:
        """How many wait for a token."""
        return sum(1 for *_, future in self._waiting if not future.done())


_bucket: ContextVar[Bucket | None] = ContextVar("bucket", default=None)


class Bucket:
    """The tokens of one quota, and its figures. The background has a smaller bucket of its own to draw on first, so that
    however much the census wants, half of the quota's part is there for the screen and for actions."""

    def __init__(self, family: Family, clock: Clock, *, share: float) -> None:
        self.family = family
        self._clock = clock
        modifies = "modify" in family.name
        self.rate = family.sustained * (max(share, MODIFY_SHARE) if modifies else share)
        self._tokens = Tokens(clock, self.rate, family.burst * BURST_SHARE, family.name)
        size = self._tokens.size * BACKGROUND_SHARE
        self._background = Tokens(clock, self.rate * BACKGROUND_SHARE, size, f"{family.name}, background")
        self.calls = self.failed = self.throttles = 0
        self.latencies: deque[float] = deque(maxlen=LATENCIES_KEPT)
        self._recent: deque[float] = deque(maxlen=1000)

    @property
    def factor(self) -> float:
        """1.0, or less after throttling."""
        return self._tokens.factor

    async def acquire(self, priority: Priority) -> None:
        """Wait for a token."""
        if priority is Priority.BACKGROUND:
            await self._background.acquire(priority)
        await self._tokens.acquire(priority)

    def throttled(self) -> None:
        """AWS said no."""
        self._tokens.throttled()
        self._background.throttled()
        self.throttles += 1

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Answers that come in this block, in this task, say whether this bucket is too full (``note_throttling``)."""
        token = _bucket.set(self)
        try:
            yield
        finally:
            _bucket.reset(token)

    def done(self, seconds: float, *, failed: bool) -> None:
        """A call ended."""
        self.calls += 1
        self.failed += failed
        self.latencies.append(seconds)
        self._recent.append(self._clock.monotonic())

    def close(self) -> None:
        """Cancel who waits."""
        self._background.close()
        self._tokens.close()

    def used(self) -> float:
        """Calls a second over the last minute."""
        now = self._clock.monotonic()
        return sum(1 for time in self._recent if now - time <= 60) / 60

    def waiting(self) -> int:
        """How many wait for a token."""
        return self._tokens.waiting() + self._background.waiting()

    def figures(self, place: str) -> FamilyCalls:
        """One line of ``:calls``; ``place``: the region, or the cluster whose API server is asked."""
        return FamilyCalls(
            family=self.family.name,
            region=place,
            calls=self.calls,
            failed=self.failed,
            throttled=self.throttles,
            waiting=self.waiting(),
            budget=self.rate,
            factor=self.factor,
            used=self.used(),
            latency=median(self.latencies) if self.latencies else None,
            slowest=max(self.latencies) if self.latencies else None,
        )


def note_throttling(parsed_response: Any = None, **_: object) -> None:
    """botocore's ``response-received``: also sees the answers that botocore tries again by itself."""
    bucket = _bucket.get()
    if bucket is None or not isinstance(parsed_response, Mapping):
        return
    code = str((parsed_response.get("Error") or {}).get("Code", ""))
    if code in THROTTLED:
        bucket.throttled()


class Limits:
    """The buckets of one account and region, and their figures."""

    def __init__(self, clock: Clock, region: str, *, share: float = 0.25) -> None:
        self._clock = clock
        self._region = region
        self._share = share
        self._buckets: dict[str, Bucket] = {}
        self.operations: dict[str, int] = {}

    def bucket(self, service: str, operation: str) -> Bucket:
        """The bucket that ``operation`` draws on."""
        family = family_of(service, operation, self._region)
        bucket = self._buckets.get(family.name)
        if bucket is None:
            bucket = self._buckets[family.name] = Bucket(family, self._clock, share=self._share)
        return bucket

    def count(self, service: str, operation: str) -> None:
        """One call of ``operation`` is made."""
        name = f"{service}:{operation}"
        self.operations[name] = self.operations.get(name, 0) + 1

    def close(self) -> None:
        """End what still hands out tokens; who waits is cancelled."""
        for bucket in self._buckets.values():
            bucket.close()

    def slowed(self) -> tuple[str, ...]:
        """Names of the families that are throttled now, for the header."""
        return tuple(sorted(name for name, bucket in self._buckets.items() if bucket.factor < 1))

    def figures(self) -> tuple[FamilyCalls, ...]:
        """``:calls``, by family."""
        return tuple(bucket.figures(self._region) for _, bucket in sorted(self._buckets.items()))
