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


TRACE = ("ERROR boom", "\tat a.B.c(B.java:7)", "\tat d.E.f(E.java:9)", "\t... 12 more")


def entries(*texts: str, source: str = "cart") -> list[tuple[int, str, str, str]]:
    return [(1_700_000_000 * 10**9, source, text, "line") for text in texts]


async def test_a_stack_trace_is_one_row_until_enter_and_grows_in_its_place():
    app = Stage(0)
    async with app.run_test(size=(80, 10)) as pilot:

        async def come(*texts: str) -> list[str]:
            app.lines.extend(entries(*texts))
            app.view.lines_added()
            await pilot.pause()
            return [(line.partition("cart  ")[2] or line).strip() for line in app.screen_lines() if line.strip()]

        assert await come("INFO before", *TRACE[:2]) == ["INFO before", "ERROR boom", "at a.B.c(B.java:7)"]
        folded = ["INFO before", "ERROR boom", "…  3 lines of stack trace (Enter)"]
        assert await come(*TRACE[2:]) == folded
        assert await come("INFO after") == [*folded, "INFO after"]
        await pilot.press("enter")
        assert len(await come()) == 6
        await pilot.press("enter")
        assert await come() == [*folded, "INFO after"]
        # the search opens the trace in which it stands
        assert app.view.search("E.java")
        assert any("E.java:9" in line for line in await come())


async def test_folds_scroll_as_rows_and_nothing_else_is_hidden():
    app = Stage(0)
    async with app.run_test(size=(80, 6)) as pilot:
        for number in range(30):
            app.lines.extend(entries(f"INFO request {number}", *TRACE))
        app.view.lines_added()
        await pilot.press("g")
        seen = []
        for _ in range(60):
            seen.append(app.screen_lines()[0].partition("cart  ")[2] or app.screen_lines()[0].strip())
            await pilot.press("j")
        expected = [(f"INFO request {n}", "ERROR boom", "…  3 lines of stack trace (Enter)") for n in range(20)]
        assert seen == [row for rows in expected for row in rows]
        await pilot.press("G", "ctrl+b", "ctrl+b")
        assert any("INFO request" in line for line in app.screen_lines())


async def test_tiny_and_empty():
    app = Stage(0)
    async with app.run_test(size=(20, 5)) as pilot:
        await pilot.press("k", "j", "G", "g", "m", "n", "w", "c", "ctrl+f")
        app.add(3)
        await pilot.press("G")
        await pilot.pause()
        assert any("INFO" in line or "ERROR" in line for line in app.screen_lines())
