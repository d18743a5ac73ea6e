"""The console on a slow line: figures for drawings, changes gathered, and what the line can do in the header."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.embedded import embedded_world, walking
from tui.app import GATHERED
from tui.line import LineApp
from tui.store import FLUSH_INTERVAL

STEPS = set("▁▂▃▄▅▆▇█")


async def test_loads_are_figures_and_changes_are_gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = False
    monkeypatch.setattr(LineApp, "link_slow", property(lambda app: slow))
    monkeypatch.setattr(LineApp, "link_text", lambda app: "link 250 ms 16 kB/s" if slow else "")
    with embedded_world() as world:
        async with walking(world, tmp_path, (120, 35)) as walk:
            await walk.until("▁", seconds=120)
            assert walk.app.store.interval() == FLUSH_INTERVAL
            assert "link 250 ms" not in walk.screen()
            slow = True
            assert walk.app.store.interval() == GATHERED
            await walk.step(60)
            await walk.press("j")  # the figure goes with a frame that comes anyway
            assert "link 250 ms 16 kB/s" in walk.screen()
            assert "%" in walk.screen()
            assert not STEPS & set(walk.screen())
