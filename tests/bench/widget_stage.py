"""Where widgets are measured: an app whose driver counts bytes and notes when each frame was written, no terminal needed.

The frames are rendered to the last byte, as with a real driver; only writing them costs nothing.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
os.environ.pop("NO_COLOR", None)

from textual import events
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.widget import Widget

__all__ = ["Stage", "on_stage", "percentile"]

QUIET = 0.12


class CountingDriver(HeadlessDriver):
    """Counts what would be written, and when it was written last."""

    bytes = 0
    last = 0.0
    awaited: Callable[[str], bool] | None = None
    arrived = 0.0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        type(self).bytes += len(data.encode("utf-8", "replace"))
        now = type(self).last = time.perf_counter()
        awaited = type(self).awaited
        if awaited is not None and awaited(data):
            type(self).arrived = now
            type(self).awaited = None


class Stage(App[None]):
    """One widget, the whole screen."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget: Widget) -> None:
        super().__init__(driver_class=CountingDriver)
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget

    @property
    def written(self) -> int:
        """Bytes so far."""
        return CountingDriver.bytes

    @property
    def last_frame(self) -> float:
        """When something was written last."""
        return CountingDriver.last

    async def quiet(self) -> None:
        """Until nothing was written for a while."""
        await asyncio.sleep(0.02)
        while (silent := time.perf_counter() - CountingDriver.last) < QUIET:  # noqa: ASYNC110
            await asyncio.sleep(QUIET - silent)

    async def until_idle(self, work: Callable[[], object]) -> float:
        """Milliseconds from the beginning of ``work`` to its last frame."""
        await self.quiet()
        began = time.perf_counter()
        work()
        await asyncio.sleep(0)
        await self.quiet()
        return (CountingDriver.last - began) * 1000

    async def bytes_for(self, work: Callable[[], object]) -> int:
        """Bytes written for ``work``, all its frames together."""
        await self.quiet()
        before = CountingDriver.bytes
        work()
        await self.quiet()
        return CountingDriver.bytes - before

    def key(self, key: str) -> None:
        """A key as from the driver."""
        self.post_message(events.Key(key, key if len(key) == 1 else None))

    async def key_to_frame(self, key: str, arrived: Callable[[], bool], sign: str = "", limit: float = 2.0) -> float:
        """Milliseconds from a key to the frame after ``arrived`` became true (and that has ``sign`` in it)."""
        written = asyncio.Event()
        CountingDriver.awaited = lambda data: len(data) > 20 and sign in data and arrived() and not written.set()
        began = CountingDriver.last = time.perf_counter()
        self.key(key)
        try:
            await asyncio.wait_for(written.wait(), limit)
        except TimeoutError:
            return limit * 1000
        finally:
            CountingDriver.awaited = None
        return (CountingDriver.arrived - began) * 1000


@asynccontextmanager
async def on_stage(widget: Widget, size: tuple[int, int] = (200, 50)) -> AsyncIterator[Stage]:
    """The widget on a screen of its own, drawn and quiet."""
    stage = Stage(widget)
    async with stage.run_test(headless=False, size=size):
        widget.focus()
        await stage.quiet()
        yield stage


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the others lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
