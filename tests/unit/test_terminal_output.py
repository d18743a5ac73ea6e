"""Writing without waiting: what is not taken waits, in order; a terminal that is gone is told once."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator

import pytest

from tests.waiting import PATIENCE
from tui.terminal.output import Output

Pipe = tuple[int, int]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """A line that takes one page at most."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.set_blocking(reader, False)
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    yield reader, writer
    for descriptor in (reader, writer):
        try:
            os.close(descriptor)
        except OSError:
            continue


def taken(reader: int) -> bytes:
    """What there is to read."""
    try:
        return os.read(reader, 3000)
    except BlockingIOError:
        return b""


async def test_what_is_not_taken_is_kept_and_sent_in_order(pipe: Pipe) -> None:
    reader, writer = pipe
    drained = asyncio.Event()
    output = Output(writer, asyncio.get_running_loop(), drained.set, lambda: None)
    sent = "".join(f"{number:7}" for number in range(40_000))
    output.send(sent[:1000])
    assert not output.busy
    output.send(sent[1000:])
    assert output.busy
    read = b""
    while len(read) < len(sent):
        read += taken(reader)
        await asyncio.sleep(0)
    assert read.decode() == sent
    await asyncio.wait_for(drained.wait(), PATIENCE)
    assert not output.busy
    output.close()


async def test_a_terminal_that_is_gone_is_told_once(pipe: Pipe) -> None:
    reader, writer = pipe
    gone: list[int] = []
    output = Output(writer, asyncio.get_running_loop(), lambda: None, lambda: gone.append(1))
    os.close(reader)
    output.send("x")
    output.send("y")
    assert gone == [1]
    assert output.closed
    assert not output.busy
    output.close()


async def test_leaving_waits_only_so_long(pipe: Pipe) -> None:
    _, writer = pipe
    output = Output(writer, asyncio.get_running_loop(), lambda: None, lambda: None)
    output.send("x" * 300_000)
    assert output.busy
    output.finish(0.05)
    assert not output.busy
    output.close()


async def test_a_descriptor_that_the_loop_cannot_watch_is_tried_again(pipe: Pipe, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = pipe
    loop = asyncio.get_running_loop()

    def refuse(*_: object) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(loop, "add_writer", refuse)
    monkeypatch.setattr("tui.terminal.output.TRY_AGAIN", 0.001)
    drained = asyncio.Event()
    output = Output(writer, loop, drained.set, lambda: None)
    output.send("x" * 100_000)
    read = b""
    while len(read) < 100_000:
        read += taken(reader)
        await asyncio.sleep(0.0005)
    await asyncio.wait_for(drained.wait(), PATIENCE)
    output.close()
