"""Each widget can be tried alone: ``python -m widgets.table`` and so on draw their sample."""

from __future__ import annotations

import asyncio
import runpy
import warnings

import pytest

from widgets.samples import SampleApp

MODULES = (
    "table", "pane", "status_bar", "breadcrumbs", "prompt", "form", "confirm", "progress", "document", "log_view", "help", "chart"
)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_a_widget_draws_its_sample(module, monkeypatch):
    drawn: list[str] = []

    async def look(app: SampleApp) -> None:
        async with app.run_test(size=(80, 20)) as pilot:
            await pilot.press("j")
            drawn.extend(strip.text for strip in app.screen._compositor.render_strips())

    monkeypatch.setattr(SampleApp, "run", lambda app: asyncio.run(look(app)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the module is imported already
        runpy.run_module(f"widgets.{module}", run_name="__main__")
    assert sum(bool(line.strip()) for line in drawn) >= 1
