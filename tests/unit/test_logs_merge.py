"""Nothing lost, nothing twice, in time order but for what is marked as late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tui.logs.base import LogLine
from tui.logs.merge import Merge, ordered
from tui.model import ManualClock

SECOND = 1_000_000_000


def made(source: str, time: int, ordinal: int) -> LogLine:
    return LogLine(time, source, f"{source} {time} {ordinal}", f"{source}/{time}/{ordinal}")


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[list[LogLine], list[tuple[float, list[LogLine]]]]:
    """Sources with equal stamps, cut into follows that overlap (reconnects), arriving interleaved, some late."""
    every: list[LogLine] = []
    pieces: list[list[LogLine]] = []
    for source in draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1)):
        times = sorted(draw(st.lists(st.integers(0, 12), max_size=20)))
        lines = [made(source, t * SECOND // 4, times[:i].count(t)) for i, t in enumerate(times)]
        every += lines
        at = 0
        while at < len(lines):
            size = draw(st.integers(1, 6))
            back = draw(st.integers(0, 3))  # a reconnect sends some lines again
            pieces.append(lines[max(at - back, 0) : at + size])
            at += size
    # each source's pieces in any order: late arrival is a piece that comes after its successor
    order = draw(st.permutations(pieces))
    return every, [(draw(st.sampled_from([0.0, 0.1, 0.5, 2.0])), piece) for piece in order]


@settings(max_examples=examples(300), deadline=None)
@given(arrivals(), st.booleans())
def test_no_loss_no_duplicate_any_interleaving(case: tuple[list[LogLine], list[tuple[float, list[LogLine]]]], held: bool) -> None:
    every, batches = case
    clock = ManualClock()
    merge = Merge(clock, wait=1.0, held=held)
    out: list[LogLine] = []
    for pause, lines in batches:
        merge.add(lines)
        out += merge.take()
        clock.advance(pause)
        out += merge.take()
    out += merge.flush()
    given_lines = [line for line in out if line.kind == "line"]
    assert sorted(line.ident for line in given_lines) == sorted(line.ident for line in every)
    # in order, but for late lines: each of those was counted, and a note stands before its batch
    newest, late = -1, 0
    for line in given_lines:
        late += line.time < newest
        newest = max(newest, line.time)
    assert late <= merge.late
    assert (merge.late == 0) == (not any(line.kind == "note" for line in out))


def test_sources_in_step_need_no_wait() -> None:
    clock = ManualClock()
    merge = Merge(clock)
    merge.add([made("a", 1, 0), made("a", 5, 0)])
    assert [line.time for line in merge.take()] == [1, 5]
    merge.add([made("b", 3, 0), made("b", 9, 0), made("a", 7, 0)])
    # b's 3 is late, b's 9 waits for a
    assert [(line.kind, line.time) for line in merge.take()] == [("note", 3), ("line", 3), ("line", 7)]
    assert merge.late == 1 and len(merge) == 1
    clock.advance(1.0)
    assert [line.time for line in merge.take()] == [9]


def test_a_silent_source_holds_nobody_up() -> None:
    clock = ManualClock()
    merge = Merge(clock, wait=1.0)
    merge.add([made("a", 1, 0), made("b", 2, 0)])
    assert [line.time for line in merge.take()] == [1]
    clock.advance(0.5)
    merge.add([made("b", 8, 0)])
    assert merge.take() == [] and merge.due_in == 0.5
    clock.advance(0.5)
    assert [line.time for line in merge.take()] == [2, 8]


def test_a_stream_of_older_lines_does_not_hold_up_one_that_has_waited() -> None:
    clock = ManualClock()
    merge = Merge(clock, wait=1.0)
    merge.add([made("a", 100, 0), made("b", 0, 0)])
    merge.take()
    for step in range(1, 10):
        clock.advance(0.2)
        merge.add([made("b", step, 0)])
        if any(line.time == 100 for line in merge.take()):
            assert step <= 5
            return
    raise AssertionError("never came")


def test_held_lines_wait_for_a_source_that_has_not_spoken_yet() -> None:
    clock = ManualClock()
    merge = Merge(clock, wait=3.0, held=True)
    merge.add([made("pod", 5, 0)])
    clock.advance(2)
    assert merge.take() == [] and merge.due_in == 1.0
    merge.add([made("task", 4, 0)])
    clock.advance(1)
    assert [line.time for line in merge.take()] == [4, 5] and merge.late == 0


def test_the_note_names_who_was_late() -> None:
    clock = ManualClock()
    merge = Merge(clock, wait=1.0)
    merge.add([made("a", 10 * SECOND, 0)])
    merge.take()
    merge.add([made("b", 7 * SECOND, 0), made("b", 8 * SECOND, 0)])
    clock.advance(1)
    note, *rest = merge.take()
    assert note.kind == "note" and note.text == "2 lines of b came late, by up to 3.0 s" and len(rest) == 2


def test_our_own_words_are_not_called_late() -> None:
    clock = ManualClock()
    merge = Merge(clock, wait=1.0)
    merge.add([made("a", 10 * SECOND, 0)])
    merge.take()
    merge.add([LogLine(9 * SECOND, "b", "joined", "", "note")])
    clock.advance(1)
    assert [line.text for line in merge.take()] == ["joined"] and merge.late == 0
    merge.add([made("b", 10 * SECOND - 1, 0), LogLine(8 * SECOND, "c", "joined", "", "note")])
    clock.advance(1)
    assert merge.take()[0].text == "1 line of b came late, by up to 0.1 s" and merge.late == 1


async def test_ordered_gives_what_waits_by_the_clock_and_the_rest_at_the_end() -> None:
    clock = ManualClock()
    more = asyncio.Event()

    async def batches() -> AsyncIterator[Sequence[LogLine]]:
        yield [made("a", 1, 0), made("b", 3, 0)]
        await more.wait()
        yield [made("b", 4, 0)]

    stream = ordered(batches(), clock)
    assert [line.time for line in await anext(stream)] == [1]
    waiting = asyncio.ensure_future(anext(stream))
    while not clock._sleepers:  # noqa: ASYNC110 - the clock is turned by hand
        await asyncio.sleep(0)
    assert not waiting.done()
    clock.advance(1)
    assert [line.time for line in await waiting] == [3]
    more.set()
    assert [[line.time for line in batch] async for batch in stream] == [[4]]


async def test_ordered_passes_errors_on_and_ends_its_source() -> None:
    ended = False

    async def batches() -> AsyncIterator[Sequence[LogLine]]:
        nonlocal ended
        try:
            while True:
                yield [made("a", 1, 0)]
                await asyncio.sleep(0)
        finally:
            ended = True

    source = batches()
    stream = ordered(source, ManualClock())
    await anext(stream)
    await stream.aclose()
    await source.aclose()
    assert ended
