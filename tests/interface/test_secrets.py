"""Twenty secrets are planted in both worlds; everything that is written or drawn is searched for them."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import Walk, World, embedded_world, get, settings_for, walking
from tests.interface.planted import AWS_VALUES, KUBE_VALUES, plant_aws, plant_kubernetes, planted
from tui.screens.main import MainScreen


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        plant_aws(world)
        plant_kubernetes(world)
        world.step(60)
        world.others.add("ecs:RunTask")
        yield world


class Everything:
    """What was drawn (whole documents, not only the part on the screen), copied and logged."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.texts: list[str] = []
        self.log = io.StringIO()

    def keep(self) -> None:
        self.texts.append(self.walk.screen())
        shown = getattr(self.walk.app.screen, "_shown", "")
        self.texts.append(str(shown))
        self.texts.append(self.walk.app.clipboard)

    def __contains__(self, value: str) -> bool:
        return any(value in text for text in (*self.texts, self.log.getvalue()))


async def opened(walk: Walk, kind: str, name: str) -> MainScreen:
    """The list of ``kind`` with the cursor on ``name``."""
    main = walk.app.screen_stack[0]
    assert isinstance(main, MainScreen)
    while walk.app.screen is not main:
        await walk.press("escape")
    main.moving.run_command(f"{kind} /{name}" if name else kind)
    for _ in range(10):
        await walk.pilot.pause()
        if main.current.cursor_row() is not None:
            return main
        await walk.step(5)
    raise AssertionError(walk.screen())


LOOKED_AT = (
    ("services", "pay/ledger"), ("task-definitions", "ledger"), ("tasks", ""), ("containers", ""), ("images", "ledger"),
    ("deployments", "grafana"), ("pods", "grafana"), ("replica-sets", "grafana"), ("events", ""), ("problems", ""),
)  # fmt: skip


async def test_screens_files_and_logs(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (120, 40)) as walk:
        found = Everything(walk)
        handler = logging.StreamHandler(found.log)
        root = logging.getLogger()
        root.addHandler(handler)
        level = root.level
        root.setLevel(logging.INFO)  # as the log file
        try:
            await look(walk, found)
            await deploy(walk, found)
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
        texts = {value for value in planted(world) if value in found}
        assert not texts
        assert "•••" in found, "the environment was looked at"
        assert "PLANTED_0" in found, "names are shown, values are not"
    search_files(world, tmp_path)


def search_files(world: World, folder: Path) -> None:
    """Journal, cache, and the files that commands to copy refer to, which alone may have values."""
    written = {path: path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()}
    assert any(path.name == "journal.jsonl" for path in written)
    for path, text in written.items():
        assert path.stat().st_mode & 0o077 == 0, f"{path} can be read by others"
        if path.parent.name != "commands":  # what a command to copy refers to: the request itself, 0600
            assert not [value for value in planted(world) if value in text], path


async def look(walk: Walk, found: Everything) -> None:
    """Every list, description and whole object."""
    for kind, name in LOOKED_AT:
        await opened(walk, kind, name)
        found.keep()
        for keys in (("d",), ("x",), ("y", "J", "c")):
            for key in keys:
                await walk.press(key)
                await walk.pilot.pause()
                found.keep()
            await walk.press("escape")
    await opened(walk, "task-definitions", "ledger")
    await walk.press("D")
    await walk.pilot.pause()
    found.keep()


async def deploy(walk: Walk, found: Everything) -> None:
    """A new revision with all its environment: form, plan, whole diff, copied command, rollout, journal, undo's plan."""
    await opened(walk, "services", "pay/ledger")
    await walk.press("i")
    await walk.until("or a revision", seconds=10, by=1)
    found.keep()
    await walk.type("1.1.6")
    await walk.press("enter", "enter")
    await walk.until("→", seconds=10, by=1)
    found.keep()
    for keys in (("D",), ("escape",), ("c",), ("tab", "enter")):
        await walk.press(*keys)
        await walk.pilot.pause()
        found.keep()
    await walk.step(10)
    found.keep()
    main = await opened(walk, "services", "pay/ledger")
    for line in ("journal", "calls", "sources", "errors"):
        main.moving.run_command(line)
        await walk.pilot.pause()
        found.keep()
        await walk.press("escape")


async def test_the_reveal_key_shows_them(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path, (200, 50)) as walk:
        for kind, name, values in (("task-definitions", "ledger", AWS_VALUES[:6]), ("deployments", "grafana", KUBE_VALUES[:4])):
            await opened(walk, kind, name)
            await walk.press("y")
            await walk.pilot.pause()
            assert not [value for value in values if value in walk.app.screen._shown], kind  # type: ignore[attr-defined]
            await walk.press("ctrl+x")
            assert all(value in walk.app.screen._shown for value in values), kind  # type: ignore[attr-defined]
            assert "values shown" in walk.screen()
            await walk.press("ctrl+x")
            assert not [value for value in values if value in walk.app.screen._shown], kind  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["task-definitions", "tasks", "deployments"])
def test_get(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    name = {"task-definitions": "ledger", "deployments": "grafana"}.get(kind, "")
    shown = {"task-definitions": AWS_VALUES[:6], "tasks": AWS_VALUES[7:], "deployments": KUBE_VALUES[:5]}
    settings = settings_for(world, tmp_path)
    words = [kind, *([name] if name else [])]
    for output in ("json", "table") if kind == "deployments" else ("yaml",):
        assert get(settings, *words, "-o", output) == 0
        printed = capsys.readouterr()
        assert not [value for value in planted(world) if value in printed.out + printed.err], (kind, output)
    assert get(settings, *words, "-o", "json", "--reveal") == 0
    printed = capsys.readouterr()
    assert [value for value in shown[kind] if value not in printed.out] == [], kind


def test_there_are_twenty(world: World) -> None:
    assert len(set(planted(world))) == 20
