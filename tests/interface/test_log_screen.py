"""The log screen with a scripted provider: nothing lost, nothing twice, nothing moves under a reader, and why it is empty."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.app import App

from config import load
from tui.logs.base import LogLine
from tui.model import Key, ManualClock, Row, Scope
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.facts import Facts
from tui.model.kubernetes import DeploymentRow
from tui.screens import log as log_module
from tui.screens.console import Console
from tui.screens.log import LogScreen
from tui.store import Stamp, Store

CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/shop"


def service(running: int = 4) -> ServiceRow:
    scope = Scope("o", "aws", "1", "eu-west-1", CLUSTER)
    key = Key.of("services", scope, "checkout")
    return ServiceRow(key=key, scope=scope, name="checkout", arn="s", cluster_arn=CLUSTER, desired=4, running=running)


def deployment() -> DeploymentRow:
    scope = Scope("k", "", "", "", "https://x", "cart")
    return DeploymentRow(key=Key.of("deployments", scope, "d"), scope=scope, name="cart", namespace="cart", uid="d", desired=12)


class Provider:
    """Gives what ``say`` is told; keeps what was asked."""

    kinds = ("services", "deployments")

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.history: list[LogLine] = []
        self._queue: asyncio.Queue[list[LogLine] | Exception | None] = asyncio.Queue()

    async def follow(self, rows: Sequence[Row], **options: Any) -> AsyncIterator[Sequence[LogLine]]:
        self.asked.append(options)
        if self.history:
            yield list(self.history)
        while (said := await self._queue.get()) is not None:
            if isinstance(said, Exception):
                raise said
            self.history += said
            yield said

    def say(self, said: list[LogLine] | Exception | None) -> None:
        self._queue.put_nowait(said)


class Stage(App[None]):
    def __init__(self, rows: Sequence[Row], *, connected: bool = True, **options: Any) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.provider = Provider()
        self.store = Store(self.clock)
        flags = {"logs.buffer_lines": 100_000, "ui.times": "utc", **options.pop("flags", {})}
        self.console_ = Console(settings=load(Path(os.devnull), {}, flags), store=self.store, clock=self.clock, panes={})
        if connected:
            self.connect()
        self.screen_ = LogScreen(self.console_, rows, **options)
        self.made = 0

    def connect(self) -> None:
        self.console_.connection = SimpleNamespace(logs=self.provider, facts=lambda: Facts())  # type: ignore[assignment]

    async def on_mount(self) -> None:
        await self.push_screen(self.screen_)

    def lines(self, count: int, text: str = "INFO line {}", source: str = "checkout 9f2c") -> list[LogLine]:
        first, self.made = self.made, self.made + count
        now = int(self.clock.now() * 1e9)
        return [LogLine(now + n, source, text.format(n), f"{source}/{n}") for n in range(first, first + count)]

    def shown(self) -> list[str]:
        """The screen's lines from the title on, which the context's line stands above."""
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()][1:]


async def due(app: Stage, pilot: Any, seconds: float = 1.5) -> None:
    """Lines that were said are read, become due and are drawn."""
    for _ in range(40):
        await asyncio.sleep(0)
    app.clock.advance(seconds)
    app.screen_.flush()
    for _ in range(30):
        await pilot.pause()
        if not app.screen_.intake.due:
            break
    app.screen_.measure()
    await pilot.pause()


def texts(screen: LogScreen) -> list[str]:
    return [screen.all.text(n) for n in range(screen.all.first, screen.all.end)]


async def test_a_burst_of_fifty_thousand_lines_comes_whole_also_through_a_filter():
    app = Stage([service()])
    async with app.run_test(size=(100, 20)) as pilot:
        app.provider.say(app.lines(10))
        await due(app, pilot)
        app.screen_.set_filter("line")
        await due(app, pilot)
        app.provider.say(app.lines(50_000))
        for _ in range(3):
            await due(app, pilot)
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.screen_.all) == len(app.screen_.shown) == 50_010
        assert texts(app.screen_) == [f"INFO line {n}" for n in range(50_010)]
        assert "INFO line 50009" in app.shown()[-2]


async def test_looking_further_back_shows_all_lines_again():
    app = Stage([service()])
    async with app.run_test(size=(100, 20)) as pilot:
        app.provider.say(app.lines(20))
        await due(app, pilot)
        await pilot.press("6")
        await due(app, pilot)
        assert app.provider.asked[-1]["since"] == 3600.0 and app.provider.asked[-1]["tail"] == log_module.MOST
        assert texts(app.screen_) == [f"INFO line {n}" for n in range(20)]


async def test_a_filter_keeps_the_place_of_a_reader_and_none_does_too():
    app = Stage([service()])
    async with app.run_test(size=(100, 12)) as pilot:
        app.provider.say(app.lines(400))
        await due(app, pilot)
        await pilot.press("ctrl+b", "ctrl+b", "ctrl+b")
        top = app.screen_.view.top_line
        assert not app.screen_.view.follow and 0 < top < 380
        app.screen_.set_filter("/[02468]$/")
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        assert not app.screen_.view.follow
        assert app.screen_.filtered is not None
        assert app.screen_.filtered.original(app.screen_.view.top_line) == top + top % 2
        app.screen_.set_filter("")
        await pilot.pause()
        assert app.screen_.view.top_line == top + top % 2 and not app.screen_.view.follow
        await pilot.press("G")
        app.screen_.set_filter("/7$/")
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        assert app.screen_.view.follow and "INFO line 397" in app.shown()[-2]


async def test_the_title_says_whose_lines_how_many_write_the_rate_and_the_filter():
    app = Stage([service(), deployment()])
    app.store.upsert([service(3)], Stamp(1.0, 1))
    app.store.flush()
    async with app.run_test(size=(160, 20)) as pilot:
        app.provider.say(app.lines(500))
        await due(app, pilot)
        app.screen_.set_filter("level>=info")
        await pilot.pause()
        title = app.shown()[0]
        assert "Logs  shop/checkout 3 tasks, cart/cart 12 pods" in title
        assert "lines/s" in title and "filter level>=info" in title and title.rstrip(" ─").endswith("follow")
        app.store.upsert([service(1)], Stamp(2.0, 2))
        app.store.flush()
        await pilot.press("k")
        app.screen_.measure()
        await pilot.pause()
        assert "checkout 1 task," in app.shown()[0] and "paused" in app.shown()[0]


async def test_on_a_narrow_screen_names_make_room_for_the_state_and_the_filter():
    app = Stage([service(), deployment(), service()])
    async with app.run_test(size=(80, 20)) as pilot:
        app.provider.say(app.lines(500))
        await due(app, pilot, 4.0)
        app.screen_.set_filter("level>=info")
        await app.screen_.workers.wait_for_complete()
        await pilot.press("k")
        app.screen_.retitle()
        await pilot.pause()
        title = app.shown()[0]
        assert "and 2 more" in title and "filter level>=info (500 of 500)" in title and "paused" in title


@pytest.mark.parametrize(
    ("rows", "wait"), [([service()], 1.0), ([deployment()], 1.0), ([service(), deployment()], 3.0)], ids=["ecs", "eks", "both"]
)
async def test_streamed_lines_wait_for_polled_ones_where_both_are_shown(rows: list[Row], wait: float):
    app = Stage(rows)
    async with app.run_test(size=(100, 20)) as pilot:
        pods, tasks = app.lines(2, source="cart"), app.lines(1, source="checkout")
        app.provider.say(pods[:1])
        await due(app, pilot, 0.0)
        app.provider.say([LogLine(pods[0].time - 1, "checkout", tasks[0].text, "late")])
        app.provider.say(pods[1:])
        await due(app, pilot, 1.1)
        await due(app, pilot, wait)
        # with one kind of source a line is given at once, so that the older one is late, and said to be
        assert app.screen_.intake.merge.late == (0 if len(rows) > 1 else 1)
        assert sum(text.startswith("INFO") for text in texts(app.screen_)) == 3


async def test_why_nothing_is_shown():
    app = Stage([service()], connected=False)
    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        assert "Not connected yet" in app.shown()[1]
        app.connect()
        app.screen_.flush()
        await pilot.pause()
        assert "No lines of the last 10m yet" in app.shown()[1]
        app.provider.say(app.lines(3))
        await due(app, pilot)
        assert "INFO line 0" in app.shown()[1]
        app.screen_.set_filter("level>=error")
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        assert "None of the 3 lines matches level>=error   Esc shows all" in app.shown()[1]
        await pilot.press("escape")
        assert "INFO line 0" in app.shown()[1]


async def test_previous_logs_end_and_say_so():
    app = Stage([service()], previous=True)
    async with app.run_test(size=(100, 12)) as pilot:
        app.provider.say(None)
        await due(app, pilot)
        assert "No container of these has a run before this one." in app.shown()[1]
        assert "Previous logs  " in app.shown()[0] and "ended" in app.shown()[0]


async def test_an_error_is_a_line_in_its_place():
    app = Stage([service()])
    async with app.run_test(size=(120, 12)) as pilot:
        app.provider.say(app.lines(2))
        app.provider.say(ApiError(Trouble.DENIED, "you may not read logs", hint="ask for logs:FilterLogEvents"))
        await due(app, pilot)
        assert "you may not read logs  ask for logs:FilterLogEvents" in "\n".join(app.shown())


async def test_bars_come_while_it_follows_and_never_move_a_reader():
    app = Stage([service()])
    async with app.run_test(size=(100, 20)) as pilot:
        app.provider.say(app.lines(60))
        await due(app, pilot)
        await pilot.press("k")
        before = app.shown()[1:-1]
        app.provider.say(app.lines(5, text="ERROR boom {}"))
        await due(app, pilot)
        assert app.shown()[1:-1] == before
        await pilot.press("G")
        app.provider.say(app.lines(5, text="ERROR boom {}"))
        await due(app, pilot)
        assert "errors a minute" in app.shown()[1]


async def test_minutes_of_which_no_line_was_read_have_no_bar():
    app = Stage([service()])
    async with app.run_test(size=(100, 20)) as pilot:
        app.provider.say(app.lines(5, text="ERROR boom {}"))
        await due(app, pilot)
        bars, words = app.shown()[1].split("errors a minute, ")
        assert len(bars.split()) == 1 and len(bars.strip()) <= 2, "not a row of zeros for the half hour before"
        first, _, last = words.strip().partition(" to ")
        assert not last or (int(last[3:5]) - int(first[3:5])) % 60 == 1, "a minute on its own is named once"


async def test_saving_writes_what_is_shown_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    app = Stage([service()])
    async with app.run_test(size=(100, 12)) as pilot:
        gap = LogLine(int(app.clock.now() * 1e9) + 10_000, "cart", "2s gap: cart reconnected", "", "gap")
        app.provider.say([*app.lines(4_500), gap])
        await due(app, pilot)
        await pilot.press("ctrl+s")
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        (path,) = tmp_path.iterdir()  # noqa: ASYNC240 - a test
        lines = path.read_text().splitlines()
        assert len(lines) == 4_501 and lines[0] == "2023-11-14T22:13:20.000+00:00 checkout 9f2c INFO line 0"
        assert lines[-1].endswith("cart -- 2s gap: cart reconnected --") and path.stat().st_mode & 0o777 == 0o600
        assert "saved 4,501 lines to" in "".join(app.shown())
        await pilot.press("ctrl+s")
        await app.screen_.workers.wait_for_complete()
        await pilot.pause()
        assert "not saved" in "".join(app.shown())


async def test_on_a_slow_line_the_bars_stand_still_and_the_rate_is_round():
    app = Stage([service()])
    slow = False
    app.console_.calm = lambda: slow
    async with app.run_test(size=(100, 20)) as pilot:
        app.provider.say(app.lines(3, "ERROR refused {}"))
        await due(app, pilot, 2.0)
        chart = app.screen_.chart
        assert chart.display
        drawn = chart.render_line(0).text
        slow = True
        app.clock.advance(120)
        app.provider.say(app.lines(4321, "ERROR refused {}"))
        await due(app, pilot, 2.0)
        assert chart.render_line(0).text == drawn
        assert f"{float(f'{app.screen_.intake.rate:.0e}'):,.0f} lines/s" in app.shown()[0]
        slow = False
        app.provider.say(app.lines(3, "ERROR refused {}"))
        await due(app, pilot, 2.0)
        assert chart.render_line(0).text != drawn
