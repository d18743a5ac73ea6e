"""Which rows on the screen are drawn again when something that they are joined to has changed."""

from __future__ import annotations

from typing import Any

from tests.unit.aws_stage import settings
from tui.model import ManualClock
from tui.panes import panes
from tui.screens.console import Console
from tui.screens.pane_source import PaneSource, RowsOf
from tui.store import Store


def test_rows_are_looked_at_again_also_where_nobody_remembers_what_was_drawn() -> None:
    clock = ManualClock()
    console = Console(settings=settings(), store=Store(clock), clock=clock, panes=panes())
    source = PaneSource(console.panes["services"], RowsOf(lambda: ()), console.context)
    drawn: dict[Any, str] = {"a": "1", "b": "1", "c": "1"}
    source.draw = lambda key: ((drawn[key],), ("", ""))  # type: ignore[method-assign,assignment]
    for key in drawn:
        source.read(key)
    assert source.different(drawn) == []
    drawn["b"] = "2"
    assert source.different(drawn) == ["b"]
    source.read("b")
    source.prune(["a", "b"])  # what tells the window may be older than the window
    assert source.different(drawn) == ["c"]
