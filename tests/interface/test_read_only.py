"""Read-only: every action is tried through the console and behind its back, and nothing is written at the other end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec
import pytest

from tests.embedded import Walk, World, embedded_world, walking
from tests.waiting import PATIENCE
from tui.actions.base import Action, Context, Plan, Record, Step
from tui.model import Row
from tui.screens.main import MainScreen

READS = ("Describe", "List", "Get", "BatchGet", "Filter", "StartLiveTail", "list ", "get ", "watch ")
REVIEWS = "create /apis/authorization.k8s.io"
ROWS = {"services": "pay/ledger", "tasks": "", "deployments": "grafana", "pods": "grafana"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def written(world: World) -> dict[str, int]:
    """Calls that change something."""
    return {name: n for name, n in world.calls().items() if not name.partition(":")[2].startswith((*READS, REVIEWS))}


async def shown(walk: Walk, kind: str) -> Row:
    """A row of ``kind`` under the cursor."""
    main = walk.app.screen_stack[0]
    while walk.app.screen is not main:
        await walk.press("escape")
    assert isinstance(main, MainScreen)
    main.moving.run_command(f"{kind} /{ROWS[kind]}" if ROWS[kind] else kind)
    await walk.pilot.pause()
    for _ in range(12):
        row = main.current.cursor_row()
        if row is not None:
            return row
        await walk.step(5)
    raise AssertionError(walk.screen())


async def test_every_action_through_the_console(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, **{"safety.read_only": True}) as walk:
        await walk.until("pay/ledger", seconds=30)
        assert "READ-ONLY" in walk.screen()
        tried = set()
        for kind in ROWS:
            for action in walk.app.console_.actions.values():
                if kind not in action.kinds or not action.key:
                    continue
                await shown(walk, kind)
                world.reset_calls()
                await walk.press(action.key)
                await walk.pilot.pause()
                seen = walk.screen()
                await walk.press("enter", "enter", "tab", "enter")
                await walk.pilot.pause()
                assert written(world) == {}, (action.id, seen, walk.screen())
                tried.add(action.id)
        assert tried == set(walk.app.console_.actions)


async def fillings(action: Action, row: Row, context: Context) -> list[dict[str, str]]:
    """Ways to fill the action's form: its defaults with one more, then each choice that is offered."""
    fields = await action.form([row], context)
    first = {field.id: str(int(field.default or 0) + 1) if field.kind == "int" else field.default for field in fields}
    return [first, *({field.id: value} for field in fields for value, _ in field.choices)]


async def planned(action: Action, rows: Iterable[Row], context: Context) -> Plan:
    """A plan that only read-only refuses, with that refusal taken out, as a fault of ours might lose it."""
    for row in rows:
        for values in await fillings(action, row, context):
            plan = await action.plan([row], values, context)
            if plan.refusal.startswith("read-only"):
                return msgspec.structs.replace(plan, refusal="")
    raise AssertionError(f"{action.id} has nothing to do")


async def test_every_action_behind_the_consoles_back(world: World, tmp_path: Path) -> None:
    """The plan's refusal and the runner are left out: what is left is the transport, and it lets nothing pass."""
    async with walking(world, tmp_path, **{"safety.read_only": True}) as walk:
        await walk.until("pay/ledger", seconds=30)
        console = walk.app.console_
        context = console.action_context()
        assert context is not None
        refused = {}
        for kind in ROWS:
            row = await shown(walk, kind)
            world.reset_calls()
            for action in console.actions.values():
                if kind not in action.kinds or action.id == "undo":
                    continue
                plan = await planned(action, (row, *islice(console.store.rows(kind), 30)), context)
                async with asyncio.timeout(PATIENCE):
                    async for step in action.run(plan, context):
                        if isinstance(step, Record) and step.outcome != "intent":
                            refused[action.id] = (step.outcome, step.detail)
                        if isinstance(step, Step) and step.final:
                            break
            assert written(world) == {}
        assert set(refused) == set(console.actions) - {"undo"}
        assert {outcome for outcome, _ in refused.values()} == {"failed"}, refused
        assert all("read-only" in detail for _, detail in refused.values()), refused


async def test_undo_of_an_earlier_session(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.until("pay/ledger", seconds=30)
        await shown(walk, "services")
        await walk.press("s")
        await walk.until("Enter go on", seconds=10, by=1)
        await walk.type("4")
        await walk.press("enter")
        await walk.until("[ Scale ]", seconds=10, by=1)
        await walk.press("enter")
        await walk.until("COMPLETED", seconds=120)
    async with walking(world, tmp_path, **{"safety.read_only": True}) as walk:
        await walk.until("pay/ledger", seconds=30)
        await shown(walk, "services")
        world.reset_calls()
        await walk.press("U")
        await walk.step(1)
        assert "read-only: nothing is changed in this session" in walk.screen(), walk.screen()
        await walk.press("tab", "enter", "enter")
        await walk.step(2)
        assert written(world) == {}
