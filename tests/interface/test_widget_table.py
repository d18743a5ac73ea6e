"""VirtualTable through Textual's pilot: what is on screen after keys and changes, by an injected clock."""

from __future__ import annotations

import random

import pytest
from textual.app import App, ComposeResult

from widgets.cells import Cell
from widgets.columns import Column
from widgets.samples import SAMPLE_COLUMNS, SampleRows
from widgets.table import VirtualTable


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Stage(App[None]):
    def __init__(self, rows: SampleRows, columns=SAMPLE_COLUMNS) -> None:
        super().__init__()
        self.rows = rows
        self.clock = Clock()
        self.columns = columns
        self.heard: list[object] = []

    def compose(self) -> ComposeResult:
        yield VirtualTable(self.columns, self.rows, clock=self.clock)

    @property
    def table(self) -> VirtualTable:
        return self.query_one(VirtualTable)

    def on_virtual_table_row_highlighted(self, message: VirtualTable.RowHighlighted) -> None:
        self.heard.append(("at", message.key, message.gone))

    def on_virtual_table_row_selected(self, message: VirtualTable.RowSelected) -> None:
        self.heard.append(("open", message.key))

    def on_virtual_table_sort_requested(self, message: VirtualTable.SortRequested) -> None:
        self.heard.append(("sort", message.column, message.reverse))

    def lines(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]

    def pass_time(self, seconds: float) -> None:
        self.clock.now += seconds
        self.table.tick()


async def test_keys_move_the_cursor_and_the_window():
    app = Stage(SampleRows(1000))
    async with app.run_test(size=(100, 20)) as pilot:
        assert app.table.cursor_key == 0
        assert app.lines()[0].startswith("   NAME")
        await pilot.press("j", "j", "down", "k")
        assert app.table.cursor_key == 2
        await pilot.press("G")
        assert app.table.cursor_key == 999
        assert app.table.visible_keys == tuple(range(981, 1000))
        await pilot.press("ctrl+b")
        assert app.table.cursor_key == 981
        await pilot.press("g", "ctrl+f", "enter")
        assert app.table.cursor_key == 18
        await pilot.pause()
        assert app.heard[-1] == ("open", 18)
        await pilot.press("end", "pageup", "home")
        assert app.table.cursor_key == 0


async def test_order_is_held_while_someone_types_and_cells_still_change():
    app = Stage(SampleRows(30))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j")
        assert app.table.order_hold
        app.rows.order.reverse()
        app.rows.positions = {key: index for index, key in enumerate(app.rows.order)}
        app.rows.rows[2] = ["new-name", *list(app.rows.cells(2))[1:]]
        app.table.order_changed()
        app.table.refresh_keys([2])
        await pilot.pause()
        assert app.table.visible_keys[:3] == (0, 1, 2)
        assert "new-name" in app.lines()[3]
        app.pass_time(2.1)
        await pilot.pause()
        assert not app.table.order_hold
        assert app.table.cursor_key == 2
        assert app.table.cursor_index == 27
        assert "new-name" in app.lines()[1 + app.table.visible_keys.index(2)]


async def test_rows_that_come_while_held_stand_at_the_end_then_go_to_their_place():
    app = Stage(SampleRows(5))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j")
        app.rows.insert(0, 77)
        app.table.order_changed(added=[77])
        assert app.table.visible_keys == (0, 1, 2, 3, 4, 77)
        app.pass_time(3)
        assert app.table.visible_keys == (77, 0, 1, 2, 3, 4)
        assert app.table.cursor_key == 1


async def test_a_row_that_vanishes_under_the_cursor_stays_two_seconds_and_refuses():
    app = Stage(SampleRows(10))
    async with app.run_test(size=(100, 20)) as pilot:
        app.table.move_to(4)
        app.rows.remove(4)
        app.table.order_changed()
        await pilot.pause()
        assert app.table.visible_keys[4] == 4
        assert app.table.cursor_gone
        assert app.heard[-1] == ("at", 4, True)
        app.table.action_select()
        await pilot.pause()
        assert ("open", 4) not in app.heard
        app.pass_time(2.1)
        assert 4 not in app.table.visible_keys
        assert app.table.cursor_key == 5
        assert not app.table.cursor_gone


async def test_a_ghost_without_keys_goes_by_itself_and_its_row_may_come_back():
    app = Stage(SampleRows(10))
    async with app.run_test(size=(100, 20)):
        app.table.move_to(9)
        app.pass_time(5)
        app.rows.remove(9)
        app.table.order_changed()
        assert app.table.visible_keys[-1] == 9
        app.rows.insert(0, 9)
        app.table.order_changed(added=[9])
        assert not app.table.cursor_gone
        assert app.table.visible_keys == (9, 0, 1, 2, 3, 4, 5, 6, 7, 8)
        assert app.table.cursor_key == 9


async def test_a_changed_value_is_bold_for_two_seconds_and_nothing_else_is_painted():
    app = Stage(SampleRows(50))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        painted: list[int] = []
        whole = app.table.render_line
        app.table.render_line = lambda y: painted.append(y) or whole(y)
        app.rows.rows[7] = [app.rows.cells(7)[0], "9/9", *app.rows.cells(7)[2:]]
        app.table.refresh_keys([7, 40])
        await pilot.pause()
        assert set(painted) == {8}
        assert [segment.text.strip() for segment in whole(8) if segment.style.bold and segment.text.strip()] == ["9/9"]
        app.pass_time(2.1)
        await pilot.pause()
        assert set(painted) == {8}
        assert not any(segment.style.bold for segment in whole(8) if segment.text.strip())


async def test_a_move_paints_two_lines():
    app = Stage(SampleRows(50))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("j")
        await pilot.pause()
        painted: list[int] = []
        whole = app.table.render_line
        app.table.render_line = lambda y: painted.append(y) or whole(y)
        await pilot.press("j")
        await pilot.pause()
        assert set(painted) == {2, 3}


async def test_marks_follow_keys_and_ranges():
    app = Stage(SampleRows(50))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("space", "j", "j", "j", "ctrl+space")
        assert app.table.marks == {0, 1, 2, 3}
        app.rows.remove(2)
        assert app.table.hidden_marks == {2}
        await pilot.press("space")
        assert app.table.marks == {0, 1, 2}
        assert app.lines()[1].startswith("*")


async def test_sorting_is_asked_for_by_letter_and_by_selected_column():
    app = Stage(SampleRows(5))
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.press("N")
        await pilot.pause()
        assert app.heard[-1] == ("sort", "name", False)
        app.table.sort_column = "name"
        await pilot.press("N")
        await pilot.pause()
        assert app.heard[-1] == ("sort", "name", True)
        await pilot.press("shift+right", "shift+right", "O")
        await pilot.pause()
        assert app.heard[-1] == ("sort", "ready", False)
        assert "NAME↑" in app.lines()[0]


@pytest.mark.parametrize("size", [(20, 5), (1, 1), (80, 24), (300, 60)])
async def test_any_size(size):
    app = Stage(SampleRows(100))
    async with app.run_test(size=size) as pilot:
        await pilot.press("j", "G", "k")
        assert app.table.cursor_key == 98
        if size[0] >= 20:
            assert any("/4" in line for line in app.lines()[1:])


async def test_an_empty_table_says_why():
    app = Stage(SampleRows(0))
    async with app.run_test(size=(80, 10)) as pilot:
        app.table.empty_text = 'No services in cluster "shop" in eu-west-1.\n:clusters shows 2 others'
        await pilot.press("j", "G", "space", "enter")
        assert 'No services in cluster "shop"' in app.lines()[1]
        assert ":clusters shows 2 others" in app.lines()[2]
        app.rows.insert(0, 5)
        app.table.order_changed(added=[5])
        await pilot.pause()
        assert app.table.cursor_key == 5
        assert "No services" not in app.lines()[1]


async def test_hostile_names_do_no_harm_and_numbers_widen_their_column():
    rows = SampleRows(3)
    rows.rows = {
        0: ["\x1b[31mred\x1b]0;title\x07", Cell("1234567", "state-bad")],
        1: ["אבג\u202e👩‍👩‍👧\n" + "x" * 255, "1"],
        2: ["\ud800 lone", "2"],
    }
    rows.states = dict.fromkeys(range(3), ("●", "state-ok"))
    columns = (Column("name", "NAME", width=20, min_width=5, shorten="middle"), Column("n", "N", align="right", width=3))
    app = Stage(rows, columns)
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        text = "\n".join(app.lines())
        assert "1234567" in text
        assert not any(character in text for character in "\x1b\x07\u202e\u200d\ud800")


async def test_wide_shows_all_columns_and_scrolls():
    app = Stage(SampleRows(10))
    async with app.run_test(size=(40, 8)) as pilot:
        assert "LOAD" not in app.lines()[0]
        app.table.wide = True
        await pilot.press("right")
        await pilot.pause()
        assert "LOAD" in app.lines()[0]
        assert app.lines()[1].startswith("›")


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_painted_is_what_a_whole_repaint_would_paint(seed):
    """Any sequence of keys, changes and moments: no line is left as it was, the cursor stands on its key."""
    app = Stage(SampleRows(60, seed=seed))
    chance = random.Random(seed)
    async with app.run_test(size=(100, 16)) as pilot:
        table, rows = app.table, app.rows
        app._filters.clear()  # lines are compared before Textual's colour filters
        table.refresh()

        def churn() -> None:
            for _ in range(chance.randrange(1, 4)):
                if len(rows) and chance.random() < 0.5:
                    rows.remove(chance.choice(rows.order))
                else:
                    rows.insert(chance.randrange(len(rows) + 1), 1000 + chance.randrange(10_000))
            chance.shuffle(rows.order)
            rows.positions = {key: index for index, key in enumerate(rows.order)}
            table.order_changed(added=rows.order[-3:])

        def change() -> None:
            keys = [key for key in rows.order if chance.random() < 0.2]
            for key in keys:
                rows.change(key)
            table.refresh_keys(keys)

        def filtered() -> None:
            rows.order = [key for key in rows.order if chance.random() < 0.7]
            rows.positions = {key: index for index, key in enumerate(rows.order)}
            table.refresh_all()

        operations = [
            churn, churn, change, change, filtered, table.action_toggle_mark, table.action_mark_range, table.action_cursor_last,
            table.action_cursor_first, table.action_select, table.pin, table.unpin,
            lambda: app.pass_time(chance.choice([0.5, 2.5])), lambda: app.pass_time(2.5),
            lambda: table.action_cursor_by(chance.choice([1, -1, 7, -7])), lambda: table.action_page_by(chance.choice([1, -1])),
            lambda: setattr(table, "stale", chance.random() < 0.5),
            lambda: setattr(table, "sort_column", chance.choice(["name", "rev"])),
        ]  # fmt: skip
        for step in range(250):
            chance.choice(operations)()
            if step % 10 == 0:
                await pilot.pause()
            for y, strip in table._lines_drawn.items():
                assert list(strip) == list(table.render_line(y)), (seed, step, y)
            order = table._order
            assert list(table.visible_keys) == order.keys_between(table._top, table._top + table.page)
            if len(order) and table.cursor_key is not None:
                assert order.key_at(table.cursor_index) == table.cursor_key
                assert table.cursor_key in table.visible_keys


async def test_until_someone_came_the_first_row_has_the_cursor():
    app = Stage(SampleRows(5))
    async with app.run_test(size=(100, 20)) as pilot:
        app.rows.insert(0, 77)
        app.table.order_changed(added=[77])
        assert (app.table.cursor_key, app.table.cursor_index) == (77, 0)
        await pilot.press("j", "k")
        app.pass_time(3)
        app.rows.insert(0, 78)
        app.table.order_changed(added=[78])
        assert (app.table.cursor_key, app.table.cursor_index) == (77, 1)


async def test_a_row_that_vanishes_while_the_order_is_held_is_reported_too():
    app = Stage(SampleRows(10))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("j", "j")
        app.rows.remove(2)
        app.table.order_changed()
        await pilot.pause()
        assert app.heard[-1] == ("at", 2, True)
        app.rows.insert(2, 2)
        app.table.order_changed()
        await pilot.pause()
        assert app.heard[-1] == ("at", 2, False)


async def test_changes_are_not_marked_where_each_byte_counts():
    app = Stage(SampleRows(10))
    async with app.run_test(size=(100, 20)) as pilot:
        app.table.mark_changes = False
        app.rows.rows[3] = [app.rows.cells(3)[0], "9/9", *app.rows.cells(3)[2:]]
        app.table.refresh_keys([3])
        await pilot.pause()
        assert "9/9" in app.lines()[4]
        assert not any(segment.style.bold for segment in app.table.render_line(4) if segment.text.strip())
