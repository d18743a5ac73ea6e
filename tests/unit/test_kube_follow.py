"""A container's log through any cuts: each line once, and what may be missing is said. Without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.logs.base import LogLine
from tui.model import ManualClock
from tui.model.errors import ApiError, Trouble
from tui.sources.backoff import Backoff
from tui.sources.kubernetes import follow
from tui.sources.kubernetes.follow import Follower, Target

START = 1_700_000_000 * 1_000_000_000
SECOND = 1_000_000_000


def stamped(at: int, text: str) -> bytes:
    moment = datetime.fromtimestamp((START + at) // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment}.{(START + at) % SECOND:09d}Z {text}\n".encode()


class Kubelet:
    """A log that grows; each request is cut where the test says, in pieces of the size that it says."""

    def __init__(self, lines: Sequence[tuple[int, str]], cuts: Sequence[tuple[int, int, int]]) -> None:
        self.lines, self.cuts = list(lines), list(cuts)
        self.asked: list[dict[str, str]] = []
        self.refusals: dict[int, ApiError] = {}  # by the number of the request
        self.timeouts = SimpleNamespace(for_log=lambda: None)

    @asynccontextmanager
    async def open(self, path: str, query: dict[str, str], **_: Any) -> AsyncIterator[Any]:
        self.asked.append(query)
        if len(self.asked) - 1 in self.refusals:
            raise self.refusals[len(self.asked) - 1]
        there, at, size = self.cuts.pop(0) if self.cuts else (len(self.lines), 1 << 40, 37)
        lines = self.lines[:there]
        if "sinceTime" in query:
            since = int(datetime.fromisoformat(query["sinceTime"]).timestamp()) * SECOND
            lines = [line for line in lines if START + line[0] >= since]
        elif "tailLines" in query:
            lines = lines[max(len(lines) - int(query["tailLines"]), 0) :]
        body = b"".join(stamped(*line) for line in lines)
        yield SimpleNamespace(content=SimpleNamespace(iter_any=lambda: self._pieces(body, at, size)))

    @staticmethod
    async def _pieces(body: bytes, at: int, size: int) -> AsyncIterator[bytes]:
        for start in range(0, min(len(body), at), size):
            yield body[start : min(start + size, at)]
        if at < len(body):
            raise ApiError(Trouble.UNREACHABLE, "cut")


def follower(kubelet: Kubelet, got: list[LogLine], tries: int, restarts: Any = lambda: 0) -> Follower:
    clock = ManualClock(START / SECOND + 100)
    left = [tries]

    async def give(lines: list[LogLine]) -> None:
        got.extend(lines)

    async def pause(seconds: float) -> None:
        left[0] -= 1
        clock.advance(seconds)

    target = Target("shop", "cart-1", "uid", "main", "cart 1")
    alive = lambda: left[0] > 0  # noqa: E731
    return Follower(kubelet, target, give, clock, Backoff(Random(1)), alive, pause, restarts)  # type: ignore[arg-type]


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[tuple[int, str]], list[tuple[int, int, int]]]:
    """Lines with equal texts and stamps, the two outputs' stamps up to a second out of order; how much of it is there at
    each request, where it is cut, and in which pieces it comes."""
    steps = draw(st.lists(st.integers(0, 3 * SECOND), min_size=1, max_size=25))
    at, lines = 0, []
    for step in steps:
        at += step
        lines.append(
            (max(at - draw(st.sampled_from([0, 0, 1, SECOND // 2, SECOND])), 0), draw(st.sampled_from(["a", "b", "ß" * 90])))
        )
    cuts = draw(st.lists(st.tuples(st.integers(0, len(lines)), st.integers(0, 900), st.integers(1, 200)), max_size=6))
    return lines, sorted(cuts)


@given(logs())
def test_each_line_comes_once_through_any_cuts(case: tuple[list[tuple[int, str]], list[tuple[int, int, int]]]) -> None:
    lines, cuts = case
    got: list[LogLine] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "LONGEST", 150)
        kubelet = Kubelet(lines, cuts)
        asyncio.run(follower(kubelet, got, len(cuts) + 2).run(600, None))
    idents = [line.ident for line in got if line.kind == "line"]
    assert len(idents) == len(set(idents))
    texts = [line.text for line in got if line.kind == "line"]
    assert [sum(text.count(letter) for text in texts) for letter in "ab"] == [
        sum(text == letter for _, text in lines) for letter in "ab"
    ]
    # a line that is longer than the longest comes in pieces, the same ones each time; a cut letter has two halves
    assert sum(len(text.encode()) >= 90 for text in texts) == sum(text[0] == "ß" for _, text in lines)


async def test_the_first_line_need_not_be_the_oldest() -> None:
    got: list[LogLine] = []
    await follower(Kubelet([(5, "out"), (3, "err"), (7, "out")], []), got, 1).run(600, 50)
    assert [line.text for line in got] == ["out", "err", "out"]


async def test_what_begins_after_it_was_waited_for_is_read_whole() -> None:
    got: list[LogLine] = []
    kubelet = Kubelet([(n, str(n)) for n in range(30)], [])
    kubelet.refusals[0] = ApiError(Trouble.INVALID, "container is waiting to start")
    await follower(kubelet, got, 3).run(600, 5)
    assert kubelet.asked[0]["tailLines"] == "5" and "tailLines" not in kubelet.asked[1]
    assert [line.text for line in got if line.kind == "line"] == [str(n) for n in range(30)]


async def test_gone_while_the_connection_was_cut_is_a_gap() -> None:
    got: list[LogLine] = []
    kubelet = Kubelet([(1, "one"), (2, "two")], [(2, 40, 20)])
    kubelet.refusals[1] = ApiError(Trouble.NOT_FOUND, "pods cart-1 not found")
    await follower(kubelet, got, 5).run(600, 5)
    assert [(line.kind, line.text) for line in got] == [
        ("line", "one"),
        ("gap", "cart 1 is gone since the connection was cut: its last lines may be missing"),
    ]


async def test_runs_that_nobody_read_are_a_gap() -> None:
    got: list[LogLine] = []
    runs = iter((0, 3, 3, 3))
    kubelet = Kubelet([(1, "one")], [])
    await follower(kubelet, got, 3, lambda: next(runs)).run(600, 5)
    assert [line.text for line in got if line.kind == "gap"] == ["cart 1 ended and began again: 2 runs in between may be missing"]
