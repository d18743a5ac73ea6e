"""On a slow line: coarser progress, gathered changes, still drawings, and a figure that never draws itself."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App, ComposeResult

from tui.model import Key, ManualClock, Scope
from tui.model.facts import Facts
from tui.model.kubernetes import DeploymentRow
from tui.panes.base import PaneContext
from tui.panes.deployments import rollout
from tui.panes.words import coarse as coarse_share
from tui.screens.header_bar import HeaderBar
from tui.screens.log_words import amount
from tui.store import Stamp, Store
from widgets.progress import RolloutBar, bar_lines, coarse

SCOPE = Scope("k", "", "", "", "https://x", "cart")


def deployment(desired: int, updated: int = 0) -> DeploymentRow:
    key = Key.of("deployments", SCOPE, "d")
    return DeploymentRow(key=key, scope=SCOPE, name="cart", namespace="cart", uid="d", desired=desired, updated=updated)


def bar(done: int, total: int) -> RolloutBar:
    return RolloutBar("new", "", done, total, "running", "3 starting")


def shown(done: int, total: int) -> str:
    return "".join(text for text, _ in bar_lines([coarse(bar(done, total))], 80)[0])


def test_a_bar_of_many_moves_in_quarters() -> None:
    drawn = [shown(done, 200) for done in range(201)]
    assert len(set(drawn)) == 6  # none, some, a quarter, a half, three quarters, all
    assert "1+ of 200" in drawn[1] and "50+ of 200" in drawn[99] and "150+ of 200" in drawn[199]
    assert "200 of 200" in drawn[200] and "0 of 200" in drawn[0]
    assert not any("starting" in line for line in drawn)


@pytest.mark.parametrize("total", range(9, 40))
def test_what_is_said_of_many_is_true(total: int) -> None:
    for done in range(total + 1):
        assert coarse(bar(done, total)).done <= done
        assert (coarse(bar(done, total)).done == total) == (done == total)


@pytest.mark.parametrize("done", range(9))
def test_few_are_counted_one_by_one(done: int) -> None:
    assert coarse(bar(done, 8)) == bar(done, 8)


@pytest.mark.parametrize(("done", "of", "text"), [(0, 3, "0%"), (1, 3, "25%"), (2, 3, "50%"), (3, 3, "100%"), (1, 0, "0%")])
def test_a_share_in_quarters(done: int, of: int, text: str) -> None:
    assert coarse_share(done, of) == text


def test_the_rollout_of_a_deployment_changes_four_times_on_the_way() -> None:
    store = Store(ManualClock())
    calm, lively = (PaneContext(store=store, now=0.0, calm=calm) for calm in (True, False))
    rows = [deployment(40, updated) for updated in range(40)]
    assert [rollout(row, calm).text for row in rows] == ["0%"] * 10 + ["25%"] * 10 + ["50%"] * 10 + ["75%"] * 10
    assert len({rollout(row, lively).text for row in rows}) == 40


@pytest.mark.parametrize(
    ("rate", "calm", "text"), [(1204.0, False, "1,204 lines/s"), (1204.0, True, "1,000 lines/s"), (0.0, True, "7 lines")]
)
def test_lines_a_second(rate: float, calm: bool, text: str) -> None:
    assert amount(rate, 7, calm) == text


def test_changes_are_gathered() -> None:
    clock = ManualClock()
    planned: list[tuple[float, Callable[[], None]]] = []
    store = Store(clock, lambda seconds, call: planned.append((seconds, call)))
    store.interval = lambda: 0.25

    def change(number: int) -> None:
        store.upsert([deployment(number)], Stamp(clock.monotonic(), number))

    change(1)
    planned.pop()[1]()
    flushes = store.flushes
    for number in range(2, 22):  # a fifth of a second
        clock.advance(0.01)
        change(number)
    assert [round(seconds, 2) for seconds, _ in planned] == [0.24]
    planned.pop()[1]()
    assert store.flushes == flushes + 1


class Stage(App[None]):
    """A header whose link changes; ``frames`` counts what is drawn."""

    def __init__(self) -> None:
        super().__init__()
        clock = ManualClock()
        self.running: list[int] = []
        self.link = "link 250 ms"
        store = Store(clock)
        settings = SimpleNamespace(ui=SimpleNamespace(symbols="unicode"))
        self.console_: Any = SimpleNamespace(
            facts=Facts,
            clock=clock,
            store=store,
            settings=settings,
            runner=SimpleNamespace(running=self.running),
            connection=None,
        )
        self.frames = 0

    def link_text(self) -> str:
        return self.link

    def compose(self) -> ComposeResult:
        yield HeaderBar(self.console_)

    def post_display_hook(self) -> None:
        self.frames += 1


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the console is does not matter here."""
    monkeypatch.setattr("tui.screens.header.places", lambda console, brief=False: [])


async def test_what_is_known_of_the_link_never_causes_a_frame() -> None:
    app = Stage()
    async with app.run_test(size=(80, 2)) as pilot:
        header = app.query_one(HeaderBar)
        await pilot.pause()

        def text() -> str:
            return "".join(segment.text for segment in header.render_line(0))

        assert "link 250 ms" in text()
        app.link = "link 500 ms 16 kB/s"
        frames = app.frames
        header.paint()  # as time passes
        await pilot.pause()
        assert app.frames == frames
        assert "link 250 ms" in text()
        app.running.append(1)
        header.paint()  # something else is new
        await pilot.pause()
        assert app.frames > frames
        assert "link 500 ms 16 kB/s" in text()


async def test_it_goes_with_a_frame_that_comes_anyway() -> None:
    app = Stage()
    async with app.run_test(size=(80, 2)) as pilot:
        header = app.query_one(HeaderBar)
        await pilot.pause()
        app.link = ""
        header.ride()
        assert "link" not in "".join(segment.text for segment in header.render_line(0))
        frames = app.frames
        await pilot.pause()
        drawn = app.frames
        header.ride()
        await pilot.pause()
        assert frames <= drawn == app.frames
