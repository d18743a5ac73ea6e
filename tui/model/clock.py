"""The clock that everything reads, so that tests can move it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import Protocol


class Clock(Protocol):
    """Wall clock and monotonic clock in seconds, and a sleep that follows them."""

    def now(self) -> float:
        """Seconds since the epoch (UTC)."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, from an arbitrary start."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Return ``seconds`` later by this clock."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that moves only when it is told to: for tests, and for the embedded world's steps."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> Awaitable[None]:
        """The wait begins with the call, not when it is first awaited: a step right after the call is never missed."""
        if seconds <= 0:
            return asyncio.sleep(0)
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (self._now + seconds, future)
        self._sleepers.append(entry)
        future.add_done_callback(lambda _: self._sleepers.remove(entry))
        return future

    def set(self, now: float) -> None:
        """Move to ``now`` (never back) and wake who waited for a time before it, earliest first."""
        self._now = max(self._now, now)
        for due, future in sorted(self._sleepers, key=lambda entry: entry[0]):
            if due <= self._now and not future.done():
                future.set_result(None)

    def advance(self, seconds: float) -> None:
        """Move ``seconds`` forwards."""
        self.set(self._now + seconds)
