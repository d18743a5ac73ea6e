"""Waiting until what is on screen has caught up with a step of the world: for tests that never sleep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec import Struct


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
