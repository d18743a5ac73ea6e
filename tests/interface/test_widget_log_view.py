"""LogView through Textual's pilot: following, staying where the reader is, searching, marks."""

from __future__ import annotations

from datetime import UTC

from textual.app import App, ComposeResult

from widgets.log_view import LogView
from widgets.samples import SampleLines, sample_lines


class Stage(App[None]):
    def __init__(self, count: int = 500, keep: int = 100_000) -> None:
        super().__init__()
        self.lines = SampleLines(keep)
        self.lines.extend(sample_lines(count))
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        yield LogView(self.lines, zone=UTC)

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)

    def add(self, count: int) -> None:
        self.lines.extend(sample_lines(count, self.lines.first + len(self.lines)))
        self.view.lines_added()

    def on_log_view_status_changed(self, message: LogView.StatusChanged) -> None:
        self.heard.append(message.status)

    def on_log_view_copy_requested(self, message: LogView.CopyRequested) -> None:
        self.heard.append(message.text)

    def screen_lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


async def test_follows_the_newest_until_a_move_upwards_and_g_is_now():
    app = Stage()
    async with app.run_test(size=(100, 10)) as pilot:
        assert "/cart/498 " in app.screen_lines()[-2]
        app.add(50)
        await pilot.pause()
        assert "/cart/548 " in app.screen_lines()[-2]
        await pilot.press("k")
        before = app.screen_lines()
        app.add(5000)
        await pilot.pause()
        assert app.screen_lines() == before
        assert app.view.status == "paused, 5,000 new"
        await pilot.press("j", "j", "j")
        assert not app.view.follow
        await pilot.press("G")
        assert app.view.follow
        assert "/cart/5548 " in app.screen_lines()[-2]
        assert app.heard[-1] == "follow"


async def test_dropped_lines_do_not_move_what_is_read_until_they_are_gone():
    app = Stage(1000, keep=1000)
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.press("ctrl+b")
        before = app.screen_lines()
        app.add(600)
        await pilot.pause()
        assert app.lines.first > 0
        assert app.screen_lines() == before
        await pilot.press("g")
        assert f"/cart/{app.lines.first} " in app.screen_lines()[0]
        app.add(3000)
        await pilot.pause()
        assert f"/cart/{app.lines.first} " in app.screen_lines()[0]


async def test_search_goes_upwards_first_and_marks_are_drawn():
    app = Stage()
    async with app.run_test(size=(100, 10)) as pilot:
        assert app.view.search("cart/100 ")
        await pilot.pause()
        assert any("/cart/100 " in line for line in app.screen_lines())
        assert not app.view.follow
        assert not app.view.search("no such (text")
        app.view.search("error")
        first = app.view._match
        await pilot.press("N")
        assert app.view._match < first
        await pilot.press("n", "G", "m")
        await pilot.pause()
        assert app.view._match == first
        assert app.screen_lines()[-1].startswith("── mark 14:13:23")


async def test_wrapped_lines_scroll_by_rows_and_nothing_is_lost():
    app = Stage(30)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.press("w", "t", "g")
        seen = set()
        for _ in range(80):
            seen.update(app.view.visible_text.splitlines())
            app.view.action_scroll_rows(1)
        await pilot.pause()
        text = "".join(sorted(seen))
        assert all(f"/cart/{number} " in text for number in range(29))
        assert app.screen_lines()[-1].strip()


async def test_hostile_lines_and_broken_times_do_no_harm():
    app = Stage(1)
    async with app.run_test(size=(60, 8)) as pilot:
        app.lines.extend(
            [(10**30, "\x1b[2Jevil", "\x1b[31mred\x1b[0m \x07\u202e\ud800 " + "é" * 20_000, "line"), (-(10**30), "", "", "error")]
        )
        app.view.lines_added()
        await pilot.press("w", "k", "k", "w", "c")
        await pilot.pause()
        text = "\n".join(app.screen_lines()) + str(app.heard[-1])
        assert not any(character in text for character in "\x1b\x07\u202e\ud800")
        assert "red" in text


async def test_tiny_and_empty():
    app = Stage(0)
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.press("k", "j", "G", "g", "m", "n", "w", "c", "ctrl+f")
        app.add(3)
        await pilot.press("G")
        await pilot.pause()
        assert any("INFO" in line or "ERROR" in line for line in app.screen_lines())
