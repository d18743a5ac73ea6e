"""VirtualTable with 10,000 rows at 200x50 beside Textual's DataTable: loading, keys while rows change, bytes written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from textual.widgets import DataTable

from tests.bench.run import record
from tests.bench.widget_stage import Stage, on_stage, percentile
from widgets.samples import SAMPLE_COLUMNS, SampleRows
from widgets.table import VirtualTable

NAMES = (
    "table.idle", "table.key-to-frame", "table.lines-painted", "table.bytes-row-down", "table.bytes-scroll",
    "table.bytes-cell", "table.bytes-idle",
)  # fmt: skip

ROWS = 10_000
PRESSES = 150
CHANGES_A_FLUSH = 25  # twenty flushes a second


def ours() -> tuple[VirtualTable, SampleRows]:
    """A table of sample rows whose cells all exist already."""
    rows = SampleRows(ROWS)
    for key in range(ROWS):
        rows.cells(key)
    return VirtualTable(SAMPLE_COLUMNS), rows


def fill(table: DataTable[str], rows: SampleRows) -> None:
    """The same rows for Textual's table."""
    table.add_columns("", *(column.title for column in SAMPLE_COLUMNS))
    table.add_rows([rows.state(key)[0], *(getattr(cell, "text", cell) for cell in rows.cells(key))] for key in range(ROWS))


def fill_by_key(table: DataTable[str], rows: SampleRows) -> None:
    """As ``fill``, with keys by which cells can be changed."""
    for column in SAMPLE_COLUMNS:
        table.add_column(column.title, key=column.id)
    for key in range(ROWS):
        table.add_row(*(getattr(cell, "text", cell) for cell in rows.cells(key)), key=str(key))


async def load() -> tuple[float, float]:
    """Milliseconds until 10,000 rows stand on the screen and all is idle: ours, DataTable's."""
    table, rows = ours()
    async with on_stage(table) as stage:
        mine = min([await stage.until_idle(lambda: table.set_source(SampleRows(ROWS))) for _ in range(3)])
    other: DataTable[str] = DataTable(cursor_type="row")
    async with on_stage(other) as stage:
        theirs = await stage.until_idle(lambda: fill(other, rows))
    return mine, theirs


async def hold(stage: Stage, key: str, moved: Callable[[int], bool], change: Callable[[], None], sign: str = "") -> list[float]:
    """Milliseconds from key to frame for each press of a key, 30 a second, while rows change twenty times a second."""

    async def stir() -> None:
        while True:
            await asyncio.sleep(0.05)
            change()

    stirring = asyncio.create_task(stir())
    times = []
    try:
        for press in range(1, PRESSES + 1):
            times.append(await stage.key_to_frame(key, lambda press=press: moved(press), sign))
            await asyncio.sleep(max(0.0, 0.033 - times[-1] / 1000))
    finally:
        stirring.cancel()
    return times


async def keys() -> tuple[list[float], list[float]]:
    """Key to frame with 500 changes a second: ours, DataTable's."""
    table, rows = ours()
    table.set_source(rows)

    def change() -> None:
        first = table.cursor_index
        changed = [first + rows.random.randrange(-40, 40) for _ in range(5)] + rows.random.sample(
            range(ROWS), CHANGES_A_FLUSH - 5
        )
        changed = [key for key in changed if 0 <= key < ROWS]
        for key in changed:
            rows.change(key)
        table.refresh_keys(changed)

    async with on_stage(table) as stage:
        mine = await hold(stage, "j", lambda press: table.cursor_index == press, change, "›")
    other: DataTable[str] = DataTable(cursor_type="row")

    def update() -> None:
        for key in rows.random.sample(range(ROWS), CHANGES_A_FLUSH):
            other.update_cell(str(key), "ready", f"{rows.random.randrange(5)}/4")

    async with on_stage(other) as stage:
        fill_by_key(other, rows)
        await stage.quiet()
        theirs = await hold(stage, "down", lambda press: other.cursor_row == press, update)
    return mine, theirs


async def painted() -> tuple[float, int]:
    """Lines painted and lines that had changed, over 20 flushes of 25 changes of which some are in view."""
    rows = SampleRows(ROWS)
    table = VirtualTable(SAMPLE_COLUMNS, rows, clock=lambda: 0.0)  # no change is old enough to lose its mark
    async with on_stage(table) as stage:
        lines: list[int] = []
        whole = table.render_line
        table.render_line = lambda y: lines.append(y) or whole(y)  # type: ignore[method-assign,func-returns-value]
        wanted = 0
        for flush in range(20):
            changed = [flush, *range(100 + flush * 24, 124 + flush * 24)]
            for key in changed:
                rows.rows[key] = [rows.cells(key)[0], f"{flush + 5}/9", *rows.cells(key)[2:]]
            wanted += 1
            await stage.bytes_for(lambda changed=changed: table.refresh_keys(changed))
        return float(len(lines)), wanted


async def wire(stage: Stage, key: str, change_cell: Callable[[], None]) -> tuple[float, float, float]:
    """Bytes for one row down without scrolling, one row with scrolling, one changed cell."""
    down = [await stage.bytes_for(lambda: stage.key(key)) for _ in range(4)]
    cell = await stage.bytes_for(change_cell)
    for _ in range(60):
        stage.key(key)
    await stage.quiet()
    scroll = [await stage.bytes_for(lambda: stage.key(key)) for _ in range(4)]
    return sum(down) / 4, sum(scroll) / 4, float(cell)


async def bytes_written() -> tuple[tuple[float, float, float], tuple[float, float, float], float]:
    """Ours, DataTable's, and what ours writes in half a second when nothing happens."""
    table, rows = ours()
    table.set_source(rows)

    def change() -> None:
        rows.rows[10] = [rows.cells(10)[0], "9/9", *rows.cells(10)[2:]]
        table.refresh_keys([10])

    async with on_stage(table) as stage:
        before = stage.written
        await asyncio.sleep(0.5)
        idle = float(stage.written - before)
        mine = await wire(stage, "j", change)
    other: DataTable[str] = DataTable(cursor_type="row")
    async with on_stage(other) as stage:
        for column in SAMPLE_COLUMNS:
            other.add_column(column.title, key=column.id)
        for key in range(500):
            other.add_row(*(getattr(cell, "text", cell) for cell in rows.cells(key)), key=str(key))
        await stage.quiet()
        theirs = await wire(stage, "down", lambda: other.update_cell("10", "ready", "8/9"))
    return mine, theirs, idle


def benchmarks() -> Iterable[dict[str, Any]]:
    """The figures, in the order of DESIGN's table."""
    mine, theirs = asyncio.run(load())
    yield record("table.idle", mine, "ms", budget=60, baseline=theirs, ratio_budget=30)
    our_keys, their_keys = asyncio.run(keys())
    p99, their_p99 = percentile(our_keys, 0.99), percentile(their_keys, 0.99)
    yield record("table.key-to-frame", p99, "ms p99", budget=50, baseline=their_p99, ratio_budget=4)
    lines, wanted = asyncio.run(painted())
    yield record("table.lines-painted", lines, "lines", budget=wanted)
    (down, scroll, cell), (their_down, their_scroll, their_cell), idle = asyncio.run(bytes_written())
    yield record("table.bytes-row-down", down, "B", budget=1200, baseline=their_down)
    yield record("table.bytes-scroll", scroll, "B", baseline=their_scroll)
    yield record("table.bytes-cell", cell, "B", budget=400, baseline=their_cell)
    yield record("table.bytes-idle", idle, "B", budget=0)
