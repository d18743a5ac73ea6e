"""Adding a resource: one row type, one source, one pane. The three files below are all there is, and nothing else changes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tui.model
import tui.panes
import tui.sources.aws
from tests.embedded import World, embedded_world, get, settings_for, walking

ROW = '''
"""A family of task definitions, as a toy."""

from __future__ import annotations

from typing import ClassVar

from tui.model.row import Row


class ToyRow(Row, frozen=True, kw_only=True, gc=False):
    """Its name, and how long that is."""

    kind: ClassVar[str] = "toys"

    length: int = 0
'''

SOURCE = '''
"""Reads families and calls them toys."""

from __future__ import annotations

from tui.model import Key
from tui.model.toy import ToyRow
from tui.sources.aws.source import AwsSource, priority_of
from tui.sources.polling import Cadence
from tui.store.interest import Urgency


class Toys(AwsSource):
    """Rows of ``toys``."""

    name = "toys"
    kinds = ("toys",)
    reads = ("ecs:ListTaskDefinitionFamilies",)

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context)).run()

    async def _read(self, urgency: Urgency) -> str | None:
        relist = self.store.begin("toys", self.scope, self.store.stamp())
        for name in await self.aws.pages("ecs", "ListTaskDefinitionFamilies", {}, "families", priority=priority_of(urgency)):
            key = Key.of("toys", self.scope, name)
            relist.page([ToyRow(key=key, scope=self.scope, name=name, length=len(name))])
        relist.end()
        return None
'''

PANE = '''
"""The list of toys."""

from __future__ import annotations

from tui.panes.base import Pane, PaneColumn


class ToysPane(Pane):
    """Toys."""

    kind = "toys"
    title = "Toys"
    aliases = ("toy",)
    default_sort = "name"
    columns = (
        PaneColumn(id="name", title="NAME", width=30, minimum=8, letter="N", value=lambda r, c: r.name),
        PaneColumn(id="length", title="LENGTH", width=6, align="right", letter="L", value=lambda r, c: str(r.length)),
    )
'''


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


@pytest.fixture
def toys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The three files beside those of their packages, for as long as the test."""
    for package, name, text in ((tui.model, "toy", ROW), (tui.sources.aws, "toys", SOURCE), (tui.panes, "toys", PANE)):
        folder = tmp_path / package.__name__
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield
    for name in ("tui.model.toy", "tui.sources.aws.toys", "tui.panes.toys"):
        sys.modules.pop(name, None)
    for package, name in ((tui.model, "toy"), (tui.sources.aws, "toys"), (tui.panes, "toys")):
        vars(package).pop(name, None)


@pytest.mark.usefixtures("toys")
async def test_the_console_knows_it(world: World, tmp_path: Path) -> None:
    async with walking(world, tmp_path) as walk:
        await walk.press("colon")
        await walk.type("to")
        assert "toys" in walk.screen(), walk.screen()
        await walk.type("ys")
        await walk.press("enter")
        await walk.until("Toys 6", seconds=30)
        assert "LENGTH" in walk.screen() and "bff-mobile" in walk.screen()
        await walk.press("question_mark")
        assert "sort by length" in walk.screen(), walk.screen()
        await walk.press("escape", "L", "slash")
        await walk.type("checkout")
        await walk.press("enter")
        assert walk.line("checkout     ").split()[-1] == "8", walk.screen()
        await walk.press("d")
        assert "Describe  checkout" in walk.screen() and "Length" in walk.screen()
        await walk.press("escape")
        await walk.command("sources")
        assert "toys" in walk.screen()
        await walk.press("escape", "ctrl+a")
        assert "Toys" in walk.screen()


@pytest.mark.usefixtures("toys")
@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_get_knows_it(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], output: str) -> None:
    settings = settings_for(world, tmp_path, **{"kubernetes.enabled": False})
    assert get(settings, "toys", "-o", output) == 0
    printed = capsys.readouterr().out
    if output == "json":
        assert {"name": "checkout", "length": 8}.items() <= {m["name"]: m for m in json.loads(printed)}["checkout"].items()
    else:
        assert "checkout" in printed and "length" in printed.lower()


@pytest.mark.usefixtures("world")
def test_it_leaves_nothing_behind() -> None:
    from tui.panes import panes
    from tui.sources.base import discover

    assert "toys" not in panes()
    assert "toys" not in {source.name for source in discover("tui.sources.aws")}
