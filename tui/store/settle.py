"""Waiting until what is on screen has caught up with a step of the world: for tests that never sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from tui.store.store import Store

CALM = 25
"""Turns of the event loop through which nothing may be unsettled before it is believed."""


class Step(Struct, frozen=True):
    """Where the world stands after a step: epoch seconds, and the resourceVersion of the bookmark sent on every watch."""

    time: float
    resource_version: str = ""


class Waiters:
    """Coroutines that wait for a condition; asked again whenever the store has something new."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Return once ``condition`` holds."""
        if condition():
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        entry = (condition, future)
        self._waiting.append(entry)
        try:
            await future
        finally:
            self._waiting.remove(entry)

    def ask(self) -> None:
        """Let go those whose condition holds."""
        for condition, future in tuple(self._waiting):
            if not future.done() and condition():
                future.set_result(None)


async def caught_up(store: Store, waiters: Waiters, step: Step) -> None:
    """Ask for a reading of everything and wait until nothing is unsettled any more, then flush."""
    began = store.stamp()
    store.interest.refresh()
    calm = 0
    while calm < CALM:  # what was read may start other readings (a cluster's services), which show at the next turns
        await waiters.until(lambda: not store.unsettled(step, began))
        await asyncio.sleep(0)
        calm = 0 if store.unsettled(step, began) else calm + 1
    store.flush()
