"""The app's side of the line: what it says with the thin driver, and what without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Label

from config import Settings
from tui import line
from tui.line import LineApp, driver_for


class FakeDriver:
    """The parts of the thin driver that the app asks."""

    def __init__(self) -> None:
        self.drawn = 0
        self.seen = 0
        self.repainted = 0
        self.slow = True

    def frame_acknowledged(self) -> Callable[[], bool] | None:
        number = self.drawn
        return lambda: self.seen >= number

    def link_text(self) -> str:
        return "link 250 ms"

    def repaint_all(self) -> None:
        self.repainted += 1


def app_on(driver: FakeDriver | None) -> LineApp:
    app = LineApp()
    if driver is not None:
        app.driver_class = type("Thin", (), {"running": driver})  # type: ignore[assignment]
    return app


async def test_without_the_thin_driver_nothing_is_known() -> None:
    app = app_on(None)
    async with app.run_test():
        assert app.link_text() == ""
        assert not app.link_slow
        assert app.frame_acknowledged() is None
        app.repaint_all()


async def test_what_the_driver_knows_is_passed_on() -> None:
    driver = FakeDriver()
    app = app_on(driver)
    async with app.run_test():
        assert app.link_text() == "link 250 ms"
        assert app.link_slow
        app.repaint_all()
        assert driver.repainted == 1


class Dialog(ModalScreen[None]):
    """Lets no key through."""

    def on_key(self, event: Key) -> None:
        event.stop()
        event.prevent_default()


@pytest.mark.parametrize(
    ("own", "repainted"),
    [
        ({}, 2),
        ({"view.repaint": "ctrl+t"}, 0),
        ({"view.repaint": ""}, 0),
        ({"ecs.scale": "s,ctrl+l"}, 0),
        ({"ecs.scale": "S"}, 2),
        ({"ecs.scale": "ctrl+left"}, 2),
    ],
    ids=str,
)
async def test_ctrl_l_sends_all_again_from_anywhere_unless_the_user_has_it_otherwise(own: dict[str, str], repainted: int) -> None:
    driver = FakeDriver()
    app = app_on(driver)
    app.own_keys = own
    async with app.run_test() as pilot:
        await pilot.press("ctrl+l")
        await app.push_screen(Dialog())
        await pilot.press("ctrl+l")
        assert driver.repainted == repainted


async def test_only_the_frame_after_the_next_refresh_counts() -> None:
    driver = FakeDriver()
    app = app_on(driver)
    async with app.run_test() as pilot:
        armed = app.frame_acknowledged()
        assert armed is not None
        assert not armed()  # everything was seen, but the dialog is not drawn yet
        driver.drawn = 7
        await app.mount(Label("dialog"))
        await pilot.pause()
        assert not armed()
        driver.seen = 7
        assert armed()


def test_why_the_plain_driver_runs_is_kept_to_be_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any) -> tuple[None, str]:
        return None, "another Textual"

    monkeypatch.setattr("tui.terminal.choose.driver_class", none)
    monkeypatch.setattr(line.LineApp, "plain_reason", "")
    assert driver_for(Settings(), {}) is None
    assert line.LineApp.plain_reason == "another Textual"
