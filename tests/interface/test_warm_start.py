"""The last session's rows in the first frame: grey, with their age, no target of anything, replaced as live rows come."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config import Settings
from tests.embedded import Walk, World, connect_loopback, embedded_world, settings_for, walking
from tests.waiting import PATIENCE, until
from tui.app import PierheadApp
from tui.last_session import LastSession, place_of
from tui.model import ManualClock
from tui.screens.main import MainScreen
from tui.store import Store

SIZE = (200, 50)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


async def remembered(world: World, folder: Path, **flags: Any) -> None:
    """A session that ends, so that its rows are kept."""
    async with walking(world, folder, SIZE, **flags) as walk:
        assert walk.store.count("services")


class Gate:
    """A connection that waits until the test opens it."""

    def __init__(self) -> None:
        self.open = asyncio.Event()

    async def __call__(self, settings: Settings, store: Store, *, loopback_only: bool) -> Any:
        await self.open.wait()
        return await connect_loopback(settings, store, loopback_only=loopback_only)


async def test_rows_of_the_last_session_stand_in_the_first_frame_and_become_live(world: World, tmp_path: Path) -> None:
    await remembered(world, tmp_path)
    gate = Gate()
    app = PierheadApp(settings_for(world, tmp_path), clock=ManualClock(world.time + 60), connect=gate)
    async with app.run_test(size=SIZE) as pilot:
        walk = Walk(app, pilot, world)
        main = app.screen
        assert isinstance(main, MainScreen)
        services, *_, pods = main.homes
        assert "pay/ledger" in walk.screen()
        assert " from " in walk.line("Services")
        assert len(services.view) > 10 and len(pods.view) > 10
        keys = services.view.keys()
        assert not any(walk.store.is_live(key) for key in keys)
        assert all(cell.style == "muted" for cell in services.source.read(keys[0])[0])  # type: ignore[union-attr]
        assert walk.store.count("findings") == 0, "nothing is concluded from an earlier session"
        await walk.press("s")
        assert "not connected yet" in walk.screen()
        walk.app.console_.runner = SimpleNamespace(running=(), unavailable=lambda *_: "")  # as when the first calls are under way
        for key in ("s", "r", "i"):  # each says it anew: any key ends what was said before
            await walk.press(key)
            assert "is from the last session and not live yet" in walk.screen()
        walk.app.console_.runner = None
        before = {key: walk.store.get(key) for kind in ("services", "pods") for key in walk.store.merged(kind)}

        gate.open.set()
        await until(lambda: app.console_.connection is not None)
        await asyncio.wait_for(app._hub.opened(), PATIENCE)
        await walk.step(1)
        assert {"services", "pods"} <= {key.kind for key in before}
        for key in before:
            assert walk.store.is_live(key) or walk.store.get(key) is None, "what is read again has the key that it had"
        assert sum(walk.store.is_live(key) for key in before) > len(before) / 2
        assert " from " not in walk.line("Services")
        assert any(getattr(cell, "style", "") != "muted" for cell in services.source.read(services.view.key_at(0))[0])


async def test_off_by_setting_nothing_is_kept_and_nothing_read(world: World, tmp_path: Path) -> None:
    await remembered(world, tmp_path, **{"cache.warm_start": False})
    assert not list((tmp_path / "cache").glob("*.warm"))
    await remembered(world, tmp_path)
    (kept,) = (tmp_path / "cache").glob("*.warm")
    assert kept.stat().st_mode & 0o777 == 0o600
    store = Store(ManualClock(world.time))
    off = LastSession(settings_for(world, tmp_path, **{"cache.warm_start": False}), store)
    assert off.load().reason == "off by cache.warm_start"
    assert store.count("services") == 0


async def test_a_session_that_never_connected_leaves_the_file_as_it_was(world: World, tmp_path: Path) -> None:
    await remembered(world, tmp_path)
    (kept,) = (tmp_path / "cache").glob("*.warm")
    before = kept.read_bytes()
    app = PierheadApp(settings_for(world, tmp_path), clock=ManualClock(world.time), connect=Gate())
    async with app.run_test(size=SIZE):
        assert app.store.warm_count("services")
    assert kept.read_bytes() == before


def test_the_demo_neither_reads_nor_writes_rows(tmp_path: Path) -> None:
    assert PierheadApp(Settings(), world=object()).last_session is None


def test_places_that_another_account_may_answer_for_are_apart() -> None:
    settings = Settings()
    environments = [
        {},
        {"AWS_PROFILE": "prod"},
        {"AWS_ACCESS_KEY_ID": "AKIA1"},
        {"AWS_ACCESS_KEY_ID": "AKIA2"},
        {"AWS_PROFILE": "prod", "AWS_REGION": "eu-west-1"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"},
        {"KUBECONFIG": "/tmp/other"},
    ]
    places = [tuple(place_of(settings, environment).values()) for environment in environments]
    assert len(set(places)) == len(places)
    assert not any("AKIA" in part for place in places for part in place)
