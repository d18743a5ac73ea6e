"""Names, tags, events and log lines from other people's systems: shown, never obeyed; on every size down to 20x5."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from tests.embedded import Walk, World, embedded_world, walking
from tui.logs.base import LogLine
from tui.model import Key, Row, Scope
from tui.screens.main import MainScreen

NASTY = (
    "n" * 255,
    "🚢 👩‍👩‍👧‍👦 🇩🇪 ❤️ 漢字",
    "שלום مرحبا \u202egnp.exe\u202c \u2066x\u2069",
    "bell\x07 null\x00 back\x08 \x9b31m csi \x85 next\r\nline\ttab",
    "\x1b[2J\x1b[H\x1b]0;owned\x07\x1b]52;c;ZXZpbA==\x1b\\\x1bP$q\x1b\\\x1b_x\x1b\\ end",
    "[bold red]markup[/] %s {x} \\ 'quote\" $(reboot) `id`",
    "é\u0301\u0301\u0301\u0301 \u200b\u200d\ufe0f\ufeff zero width",
)
FORBIDDEN = {chr(code) for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))} | {
    "\u200f"
}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def harmless(walk: Walk) -> None:
    """No line has a command for the terminal, and each is exactly as wide as the screen."""
    width = walk.app.size.width
    for strip in walk.app.screen._compositor.render_strips():
        for segment in strip:
            assert not segment.control, segment
            assert not FORBIDDEN & set(segment.text), repr(segment.text)
        assert cell_len(strip.text) == width, repr(strip.text)


def spoilt(value: Any, texts: Iterator[str]) -> Any:
    """Every text in a row replaced by a nasty one; its identity stays."""
    if isinstance(value, Key | Scope):
        return value
    if isinstance(value, msgspec.Struct):
        members = {name: spoilt(getattr(value, name), texts) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **members)
    if isinstance(value, tuple):
        return tuple(spoilt(member, texts) for member in value)
    return next(texts) if isinstance(value, str) and value else value


class NastyLogs:
    """Lines of every kind, then silence."""

    kinds = ("services", "tasks", "containers", "pods", "deployments")

    def __init__(self, now: float) -> None:
        self.now = now

    async def follow(self, rows: Sequence[Row], **options: Any) -> AsyncIterator[Sequence[LogLine]]:
        yield [LogLine(int((self.now - i) * 1e9), text, f"{text} {other}", str(i)) for i, (text, other) in
               enumerate(itertools.product(NASTY, NASTY))]  # fmt: skip
        await asyncio.Event().wait()


async def spoil(walk: Walk) -> None:
    """Every row of the store gets nasty texts; no source brings the old ones back before the next step."""
    texts = itertools.cycle(NASTY)
    store = walk.store
    kinds = [kind for kind in walk.app.console_.panes if kind != "findings"]
    for kind in kinds:
        rows = [row for row in store.rows(kind) if isinstance(row, Row)]
        store.upsert([spoilt(row, texts) for row in rows], store.stamp())
    store.flush()
    await walk.pilot.pause()


async def test_every_pane_and_screen(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 30)) as walk:
        await walk.until("pay/ledger", seconds=30)
        panes, main = walk.app.console_.panes, walk.app.screen
        assert isinstance(main, MainScreen)
        for kind in panes:
            main.moving.run_command("problems" if kind == "findings" else kind)
            await walk.pilot.pause()
        await walk.step(5)
        await spoil(walk)
        for kind in panes:
            main.moving.run_command("problems" if kind == "findings" else kind)
            await walk.pilot.pause()
            harmless(walk)
            main.listing.wide_columns()
            await walk.pilot.pause()
            harmless(walk)
            main.looking.describe()
            await walk.pilot.pause()
            harmless(walk)
            if walk.app.screen is not main:
                await walk.app.pop_screen()
        main.moving.run_command("services n")
        await walk.press("space", "j", "space", "s")
        harmless(walk)


async def test_logs(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 30)) as walk:
        await walk.until("pay/ledger", seconds=30)
        await spoil(walk)
        walk.app.console_.connection.logs = NastyLogs(walk.world.time)  # type: ignore[union-attr,misc]
        await walk.press("l")
        await walk.step(3)
        assert "owned" not in walk.screen()  # a title that a program would set is gone as a whole
        assert "nnnn" in walk.screen() and "漢字" in walk.screen()
        harmless(walk)
        for key in ("w", "t", "slash", "n", "enter", "question_mark", "e", "enter"):
            await walk.press(key)
            harmless(walk)


SIZES = [(20, 5), (1, 1), (200, 50)]


async def test_every_size(world: World, tmp_path: Path) -> None:
    """Resized at any moment, with any screen open: nothing breaks, and the row under the cursor can be read."""
    async with walking(world, tmp_path, (120, 30)) as walk:
        await walk.until("pay/ledger", seconds=30)
        opened = {"": (), "logs": ("l",), "why": ("x",), "help": ("question_mark",), "form": ("s",), "prompt": ("colon", "p")}
        for keys in opened.values():
            await walk.press(*keys)
            for size in SIZES:
                await walk.pilot.resize_terminal(*size)
                await walk.pilot.pause()
                harmless(walk)
            await walk.pilot.resize_terminal(120, 30)
            if keys:
                await walk.press("escape", "escape")
                await walk.command("services")
        await walk.pilot.resize_terminal(20, 5)
        await walk.pilot.pause()
        assert "checkout" in walk.screen(), walk.screen()
        await walk.press("j", "j", "d")
        assert "Describe" in walk.screen(), walk.screen()
