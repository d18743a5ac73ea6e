"""A rule of ours that fails is said in line 1, in the lists that it makes incomplete and in ``:errors``; the rest goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.embedded import World, embedded_world, walking
from tui.diagnosis.alarms import Alarms
from tui.model.derived import Computed


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def test_a_failing_rule_is_seen(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Any, group: Any, members: Any, context: Any) -> Computed:
        raise TypeError("no such member")

    monkeypatch.setattr(Alarms, "compute", fail)
    async with walking(world, tmp_path) as walk:
        await walk.until("▲ 1 fault of pierhead :errors", seconds=30)
        await walk.press("exclamation_mark")
        await walk.until("What is said here may be old or missing: the rule", seconds=30)
        await walk.until("not found in ECR", seconds=30)  # other rules go on
        await walk.command("errors")
        await walk.until("TypeError: no such member", seconds=30)
        await walk.until("Traceback", seconds=30)


async def test_a_start_that_fails_after_the_first_rows_is_seen(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("no rules today")

    monkeypatch.setattr("tui.diagnosis.rules", fail)
    async with walking(world, tmp_path) as walk:
        await walk.until("▲ 1 fault of pierhead :errors", seconds=30)
        assert "checkout" in walk.screen(), "the rows are there"
        await walk.command("errors")
        await walk.until("the start of rules and actions failed: RuntimeError: no rules today", seconds=30)
