"""LogView following at 200x50 beside Textual's RichLog and Log: lines accepted a second, and keys while lines pour in."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from textual.widget import Widget
from textual.widgets import Log, RichLog

from tests.bench.run import record
from tests.bench.widget_stage import on_stage, percentile
from widgets.log_view import LogView
from widgets.samples import SampleLines, sample_lines

NAMES = ("log_view.lines", "log_view.key-to-frame", "log_view.paused")

BATCH = 500
Lines = Sequence[tuple[int, str, str, str]]


async def lines_per_second(widget: Widget, add: Callable[[Lines], None], count: int) -> float:
    """Lines a second from the first to the frame that shows the last, given in batches, the loop running between them."""
    lines = sample_lines(count)
    async with on_stage(widget) as stage:
        began = time.perf_counter()
        for start in range(0, count, BATCH):
            add(lines[start : start + BATCH])
            await asyncio.sleep(0)
        await stage.quiet()
        return count / (stage.last_frame - began)


def our_view() -> tuple[LogView, SampleLines]:
    """A log view and the buffer behind it."""
    buffer = SampleLines()
    return LogView(buffer), buffer


async def accepted() -> tuple[float, float, float]:
    """Lines a second: ours, RichLog, Log."""
    view, buffer = our_view()

    def ours(lines: Lines) -> None:
        buffer.extend(lines)
        view.lines_added()

    mine = await lines_per_second(view, ours, 200_000)
    rich: RichLog = RichLog(max_lines=100_000)

    def to_rich(lines: Lines) -> None:
        for line in lines:
            rich.write(f"{line[0]}  {line[1]}  {line[2]}")

    log = Log(max_lines=100_000)

    def to_log(lines: Lines) -> None:
        for line in lines:
            log.write_line(f"{line[0]}  {line[1]}  {line[2]}")

    return mine, await lines_per_second(rich, to_rich, 4_000), await lines_per_second(log, to_log, 4_000)


async def keys_while_pouring() -> tuple[float, float]:
    """Key to frame (p99, ms) of k and j at 20,000 lines a second, and frames written for new lines while paused."""
    view, buffer = our_view()
    buffer.extend(sample_lines(5_000))
    async with on_stage(view) as stage:

        async def pour() -> None:
            while True:
                buffer.extend(sample_lines(1_000, buffer.first + len(buffer)))
                view.lines_added()
                await asyncio.sleep(0.05)

        pouring = asyncio.create_task(pour())
        times = []
        try:
            for press in range(80):
                before = view.visible_text
                key = "k" if press % 8 < 7 else "j"
                times.append(await stage.key_to_frame(key, lambda before=before: view.visible_text != before))
                await asyncio.sleep(0.02)
            await stage.quiet()
            written = stage.written
            await asyncio.sleep(0.4)
            paused = float(stage.written - written)
        finally:
            pouring.cancel()
    return percentile(times, 0.99), paused


def benchmarks() -> Iterable[dict[str, Any]]:
    """Lines accepted against both of Textual's logs, keys, and what a paused view writes."""
    mine, rich, log = asyncio.run(accepted())
    yield record("log_view.lines", mine, "lines/s", budget=20_000, baseline=max(rich, log), at_least=True)
    p99, paused = asyncio.run(keys_while_pouring())
    yield record("log_view.key-to-frame", p99, "ms p99", budget=50)
    yield record("log_view.paused", paused, "B", budget=0)
