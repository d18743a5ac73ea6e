"""Lines of both worlds as one stream; a provider that fails is said and read again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from random import Random
from typing import Any

import pytest

from tui.logs.base import LogLine
from tui.model import ManualClock, Row
from tui.model.errors import ApiError, Trouble
from tui.sources.dispatch import LogDispatcher


class Provider:
    """Gives prepared batches, then waits or fails."""

    kinds: tuple[str, ...] = ("services",)

    def __init__(self, batches: Sequence[str], then: Exception | None = None) -> None:
        self.batches, self.then = batches, then
        self.closed = False
        self.asked: list[dict[str, Any]] = []

    async def follow(self, rows: Sequence[Row], **options: Any) -> AsyncIterator[Sequence[LogLine]]:
        self.asked.append(options)
        try:
            for text in self.batches:
                await asyncio.sleep(0)
                yield [LogLine(0, "x", text)]
            if self.then is not None:
                raise self.then
            if self.then is None:
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_lines_of_several_providers_come_as_one_stream() -> None:
    one, two = Provider(["a", "b"]), Provider(["c"])
    logs = LogDispatcher(("services",), lambda rows: [(one, []), (two, [])])  # type: ignore[list-item]
    found: list[str] = []
    stream = logs.follow([])
    async for batch in stream:
        found += [line.text for line in batch]
        if len(found) == 3:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    assert sorted(found) == ["a", "b", "c"] and one.closed and two.closed


@pytest.mark.parametrize("fault", [RuntimeError("x"), ApiError(Trouble.UNREACHABLE, "x does not answer")], ids=["ours", "theirs"])
async def test_a_fault_of_one_is_a_line_and_it_is_read_again_while_the_others_go_on(fault: Exception) -> None:
    one, two = Provider(["a"], fault), Provider(["b"])
    clock = ManualClock()
    logs = LogDispatcher(("services",), lambda rows: [(one, []), (two, [])], clock, Random(1))  # type: ignore[list-item]
    found: list[LogLine] = []

    async def read() -> None:
        async for batch in logs.follow([], tail=10):
            found.extend(batch)

    reading = asyncio.ensure_future(read())
    while not clock._sleepers:  # noqa: ASYNC110 - the clock is turned by hand
        await asyncio.sleep(0)
    while len(found) < 3:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert sorted(line.text for line in found if line.kind == "line") == ["a", "b"]
    (said,) = [line.text for line in found if line.kind == "error"]
    assert "x" in said and one.closed and not two.closed
    one.then, one.batches = None, ["c"]
    clock.advance(30)
    while len(found) < 4:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert found[-1].text == "c" and one.asked[-1]["since"] == 90.0 and one.asked[-1]["tail"] == 10_000
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert two.closed
