"""Waiting for whichever comes first: something that happens, or so many seconds of the injected clock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from tui.model import Clock


async def within(clock: Clock, seconds: float, what: Awaitable[Any]) -> bool:
    """Wait for ``what``, at most ``seconds``; whether it came. Neither goes on afterwards: what did not come is cancelled, and
    its end waited for. What it raised is for the caller to find out, by asking for its result."""
    waiting = [asyncio.ensure_future(what), asyncio.ensure_future(clock.sleep(seconds))]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        return waiting[0].done()
    finally:
        for future in waiting:
            future.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def woken(clock: Clock, seconds: float, wake: asyncio.Event) -> None:
    """Return ``seconds`` later, or as soon as ``wake`` is set from now on (``ctrl-r``)."""
    wake.clear()
    await within(clock, seconds, wake.wait())
