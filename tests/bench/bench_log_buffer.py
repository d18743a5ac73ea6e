"""The log engine at 1,000,000 lines of 120 bytes: memory, appending, search, filter, merge."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.run import record
from tui.logs.base import LogLine
from tui.logs.buffer import LogBuffer
from tui.logs.filtered import FilteredLines
from tui.logs.merge import Merge
from tui.logs.query import parse
from tui.logs.search import Search, find_all
from tui.model import ManualClock

NAMES = (
    "log_buffer.memory", "log_buffer.append", "log_buffer.search", "log_buffer.search-any-case", "log_buffer.regex",
    "log_buffer.regex-stall", "log_buffer.filter", "log_buffer.filter-stall", "log_buffer.filter-fields",
    "log_buffer.filter-fields-stall", "log_buffer.merge",
)  # fmt: skip
LINES = 1_000_000
BATCH = 1_000
START = 1_795_442_638_000_000_000


def lines(first: int, count: int = BATCH) -> list[LogLine]:
    """Lines as a service writes them, 120 characters each."""
    words = "2026-11-23T14:03:58.123Z INFO  request finished order=%08d path=/api/v1/checkout status=200 took=%dms user=u%06d"
    return [
        LogLine(START + n * 1_000_000, f"checkout {n % 40:04x}", (words % (n, n % 977, n % 100_003)).ljust(120, ".")[:120])
        for n in range(first, first + count)
    ]


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


async def searched(buffer: LogBuffer, search: Search) -> tuple[float, float, int]:
    """Milliseconds, the longest slice, and how many were found."""
    began = last = time.perf_counter()
    worst, count = 0.0, 0
    async for found in find_all(buffer, search):
        now = time.perf_counter()
        worst, last, count = max(worst, now - last), now, count + len(found)
    return (time.perf_counter() - began) * 1000, worst * 1000, count


async def filtered(buffer: LogBuffer, query: str) -> tuple[float, float]:
    """Milliseconds, and the longest slice."""
    view = FilteredLines(buffer, parse(query))
    worst, last = 0.0, time.perf_counter()
    began = last
    filling = asyncio.ensure_future(view.fill())
    while not filling.done():
        await asyncio.sleep(0)
        now = time.perf_counter()
        worst, last = max(worst, now - last), now
    await filling
    assert len(view) == LINES // 977 + 1, len(view)
    return (time.perf_counter() - began) * 1000, worst * 1000


def benchmarks() -> Iterator[dict[str, Any]]:
    """One buffer for all."""
    before = resident()
    buffer = LogBuffer(LINES)
    spent = 0.0
    for first in range(0, LINES, BATCH):
        batch = lines(first)
        began = time.process_time()
        buffer.append(batch)
        spent += time.process_time() - began
    assert len(buffer) == LINES
    yield record("log_buffer.memory", resident() - before, "MiB", budget=160)
    yield record("log_buffer.append", LINES / spent, "lines/s", budget=100_000, at_least=True)

    data = [bytes(block.data) for block in buffer.blocks(0)]
    pattern = re.compile(b"order=00999999", re.IGNORECASE)
    began = time.perf_counter()
    assert sum(len(pattern.findall(block)) for block in data) == 1
    slow = (time.perf_counter() - began) * 1000
    del data

    async def searches() -> Iterator[dict[str, Any]]:
        exact = min([await searched(buffer, Search("order=00999999", case=True)) for _ in range(3)])
        any_case = min([await searched(buffer, Search("ORDER=00999999")) for _ in range(3)])
        regex = await searched(buffer, Search(r"order=\d+99999\b", regex=True))
        assert (exact[2], any_case[2], regex[2]) == (1, 1, 10)
        took, stall = await filtered(buffer, '"took=97ms " level>=info')
        fields, fields_stall = await filtered(buffer, "took=97ms -status>=500")
        return iter(
            (
                record("log_buffer.search", exact[0], "ms", budget=150, baseline=slow, ratio_budget=5),
                record("log_buffer.search-any-case", any_case[0], "ms", budget=150, baseline=slow, ratio_budget=5),
                record("log_buffer.regex", regex[0], "ms"),
                record("log_buffer.regex-stall", regex[1], "ms", budget=50),
                record("log_buffer.filter", took, "ms"),
                record("log_buffer.filter-stall", stall, "ms", budget=50),
                record("log_buffer.filter-fields", fields, "ms"),
                record("log_buffer.filter-fields-stall", fields_stall, "ms", budget=50),
            )
        )

    yield from asyncio.run(searches())

    merge = Merge(ManualClock())
    batches = [lines(first) for first in range(0, 100_000, BATCH)]
    began = time.process_time()
    count = 0
    for batch in batches:
        merge.add(batch)
        count += len(merge.take())
    count += len(merge.flush())
    assert count >= 100_000
    yield record("log_buffer.merge", 100_000 / (time.process_time() - began), "lines/s", budget=100_000, at_least=True)
