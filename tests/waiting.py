"""Waiting in tests: for facts, with one patience for all; and when the app under Textual's pilot has answered a key.

The latter is a fact about the app's event loop, not a guess from the processor's load. Textual's own ``wait_for_idle`` sleeps
in pieces of 20 ms until the process used less than 1 ms of one, for at most a second. On a machine that is busy with something
else a process that is merely not scheduled looks idle, and one that is slow runs out of its second: keys then come before the
screen that they are for. Here the wait ends when nothing is left to run: no callback, no thread of the loop's pool, no answer
of a server that was asked, no timer of the next frame.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from weakref import WeakSet

import aiohttp

#: seconds that a test waits for what must happen: none where it happens, and a slow machine may need many
PATIENCE = 60.0
ANSWER = 1.0  # seconds that an answer under way is waited for: some tests have servers that never answer
FRAME = 0.05  # seconds: what the store and the screens put off until their next frame
FRAMES = 2  # how often: some timers come back for ever
TURNS = 3  # of the loop without anything to do


async def until(holds: Callable[[], object], told: Callable[[], object] = lambda: "it did not happen") -> None:
    """Turn the loop until ``holds``: for what another process or thread does. ``told`` says what there is instead."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, told()
        await asyncio.sleep(0.005)


def until_there(holds: Callable[[], object], told: Callable[[], object] = lambda: "it did not happen") -> None:
    """The same outside of a loop."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.005)


_asked = 0
_bodies: WeakSet[aiohttp.ClientResponse] = WeakSet()


def count_answers() -> None:
    """From now on know which answers are under way."""
    asking = aiohttp.ClientSession._request

    async def counted(self: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> aiohttp.ClientResponse:
        global _asked
        _asked += 1
        try:
            answer = await asking(self, method, url, **options)
        finally:
            _asked -= 1
        if not {"watch", "follow"} & set(answer.url.query):
            _bodies.add(answer)
        return answer

    aiohttp.ClientSession._request = counted  # type: ignore[method-assign]


def _under_way(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether a thread of this loop works or an answer to this process is to come."""
    pool: ThreadPoolExecutor | None = getattr(loop, "_default_executor", None)
    if pool is not None and (pool._work_queue.qsize() or len(pool._threads) > pool._idle_semaphore._value):
        return True
    return _asked > 0 or any(not body.closed for body in _bodies)


def _due(loop: Any) -> Iterator[float]:
    """Seconds until each timer that is set."""
    now = loop.time()
    return (timer.when() - now for timer in loop._scheduled if not timer.cancelled())


async def quiet(min_sleep: float = 0.0, max_sleep: float = 0.0) -> None:
    """Wait until the app has done all that it was given. Takes the place of Textual's ``wait_for_idle``."""
    loop: Any = asyncio.get_running_loop()
    began = loop.time()
    turns = frames = 0
    while turns < TURNS and loop.time() - began < PATIENCE:
        await asyncio.sleep(0)
        if loop._ready:
            turns = 0
            continue
        turns += 1
        if turns < TURNS:
            continue
        if _under_way(loop) and loop.time() - began < ANSWER:
            turns = 0
            await asyncio.sleep(0.001)
        elif frames < FRAMES and (due := min(_due(loop), default=FRAME + 1)) <= FRAME:
            turns, frames = 0, frames + 1
            await asyncio.sleep(max(due, 0.0))
