"""Confirmation, form, prompt, document, help, rollout and pane through Textual's pilot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.widget import Widget

from widgets.confirm import ConfirmDialog
from widgets.document import DocumentView
from widgets.fields import Choice, Field
from widgets.form import Form
from widgets.help import HelpKey, HelpView, key_label
from widgets.pane import Pane
from widgets.progress import RolloutBar, RolloutEvent, RolloutPlan, RolloutView
from widgets.prompt import Prompt, Suggestion
from widgets.samples import SAMPLE_COLUMNS, SAMPLE_PLAN, SampleRows
from widgets.status_bar import KeyBar, KeyHint
from widgets.symbols import ASCII
from widgets.table import VirtualTable


class Stage(App[None]):
    def __init__(self, *parts: Widget) -> None:
        super().__init__()
        self.parts: Sequence[Widget] = parts
        self.heard: list[Message] = []

    def compose(self) -> ComposeResult:
        yield from self.parts

    def lines(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]

    def hear(self, message: Message) -> None:
        self.heard.append(message)

    on_confirm_dialog_confirmed = on_confirm_dialog_cancelled = on_confirm_dialog_copy_requested = hear
    on_confirm_dialog_failure_choice_changed = hear
    on_confirm_dialog_diff_requested = on_form_submitted = on_form_cancelled = hear
    on_prompt_submitted = on_prompt_cancelled = on_document_view_searched = on_document_view_copy_requested = hear
    on_rollout_view_left = on_help_view_left = hear

    @property
    def last(self) -> str:
        return type(self.heard[-1]).__name__ if self.heard else ""


async def test_cancel_is_highlighted_and_the_action_must_be_reached():
    app = Stage(VirtualTable(SAMPLE_COLUMNS, SampleRows(20)), ConfirmDialog(SAMPLE_PLAN))
    async with app.run_test(size=(120, 24)) as pilot:
        dialog = app.query_one(ConfirmDialog)
        dialog.focus()
        await pilot.press("enter")
        assert app.last == "Cancelled"
        await pilot.press("x", "d", "enter")
        assert app.last == "Confirmed"
        await pilot.press("tab", "tab", "c")
        assert app.last == "CopyRequested" and app.heard[-1].text == SAMPLE_PLAN.command
        await pilot.press("D")
        assert app.last == "DiffRequested"
        await pilot.press("escape")
        assert app.last == "Cancelled"
        text = "\n".join(app.lines())
        assert "checkout:1.8.3  →  checkout:1.8.2" in text
        assert "▲ autoscaling may change the count" in text
        assert app.lines()[-1].endswith("c copy command  D whole diff")


async def test_keys_before_the_dialog_was_seen_are_thrown_away():
    seen: list[bool] = []
    app = Stage(ConfirmDialog(replace(SAMPLE_PLAN, safe=True), armed=lambda: bool(seen)))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("enter", "escape")
        assert not app.heard
        seen.append(True)
        await pilot.press("enter")
        assert app.last == "Confirmed"


async def test_a_destructive_plan_wants_its_name_typed():
    app = Stage(ConfirmDialog(replace(SAMPLE_PLAN, typed="checkout", action="Stop")))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("tab", "enter")
        assert app.last == "Cancelled"
        app.heard.clear()
        await pilot.press(*"chekout", "enter", "tab", "enter")
        assert not app.heard
        assert "that is not checkout" in app.lines()[-1]
        await pilot.press("ctrl+u", *"checkout", "enter")
        assert not app.heard
        await pilot.press("enter")
        assert app.last == "Confirmed"


async def test_a_refused_plan_has_no_action():
    app = Stage(ConfirmDialog(replace(SAMPLE_PLAN, refusal="its controller is CODE_DEPLOY", safe=True)))
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.press("tab", "d")
        assert "✖ its controller is CODE_DEPLOY" in "\n".join(app.lines())
        assert "Deploy ]" not in app.lines()[-1]
        await pilot.press("enter")
        assert app.last == "Cancelled"


FIELDS = (
    Field("count", "tasks", "int", 3, minimum=0, maximum=10),
    Field("image", "image", "choice", "a:1", choices=[Choice(f"a:{number}", note="amd64") for number in range(30)]),
    Field("force", "force", "bool", False),
)


async def test_a_form_is_filled_in_by_keys():
    app = Stage(Form("Deploy", FIELDS))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("5", "enter", "2", "7", "down", "enter", "space", "enter")
        assert app.last == "Submitted"
        assert app.heard[-1].values == {"count": 5, "image": "a:27", "force": True}


@pytest.mark.parametrize("typed", ["-1", "11", "x", "9" * 300, "1.5", "٣", ""])
async def test_counts_that_are_none_are_refused(typed):
    app = Stage(Form("Scale", FIELDS[:1]))
    async with app.run_test(size=(80, 12)) as pilot:
        form = app.query_one(Form)
        form.edits[0].set("")
        form.edits[0].insert(typed)
        await pilot.press("enter")
        assert not app.heard
        assert form.wrong["count"]
        assert form.wrong["count"] in "\n".join(app.lines())
        await pilot.press("ctrl+u", "4", "enter")
        assert app.heard[-1].values == {"count": 4}


async def test_a_free_choice_gives_the_value_of_what_was_picked_else_what_was_typed():
    field = Field("image", "image", "choice", choices=[Choice("a@sha256:1", "1.8.2  sha256:1")], free=True, required=False)
    app = Stage(Form("Deploy", [field]))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("down", "enter")
        assert app.heard[-1].values == {"image": "a@sha256:1"}
        await pilot.press("x", ":", "2", "enter")
        assert app.heard[-1].values == {"image": "x:2"}


COMMANDS = [Suggestion("pods"), Suggestion("pods payments"), Suggestion("problems")]


async def test_the_prompt_completes_and_remembers():
    def complete(prefix: str, text: str) -> list[Suggestion]:
        return [command for command in COMMANDS if command.text.startswith(text)]

    history = {":": ["services", "pods cart"]}
    app = Stage(Prompt(complete, history=history))
    async with app.run_test(size=(80, 10)) as pilot:
        prompt = app.query_one(Prompt)
        prompt.open(":")
        await pilot.press("p", "r", "tab", "enter")
        assert app.heard[-1].text == "problems" and not prompt.is_open
        assert history[":"][-1] == "problems"
        prompt.open(":")
        await pilot.press("up", "up", "down", "up", "enter")
        assert app.heard[-1].text == "pods cart"
        prompt.open("/", "cart")
        await pilot.press("ctrl+w", "x", "left", "a", "escape")
        assert app.last == "Cancelled"
        prompt.open(":", "p")
        await pilot.pause()
        assert "ods" in prompt.render_line(0).text
        await pilot.press("right", "enter")
        assert app.heard[-1].text == "pods"


async def test_a_document_is_searched_and_wrapped():
    text = "\n".join(f"key{number}: value {'long ' * 40}{number}" for number in range(60))
    app = Stage(DocumentView(text, "yaml"))
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(DocumentView)
        assert view.search("KEY5") == 0
        assert view.search("key5") == 11
        await pilot.press("n")
        await pilot.pause()
        assert app.heard[-1].number == 2
        assert any("key50" in line for line in app.lines())
        await pilot.press("w", "G")
        assert app.lines()[-1].endswith("59")
        await pilot.press("w", "g", "c")
        await pilot.pause()
        assert app.lines()[0].startswith("key0: value") and app.heard[-1].text == text
        view.set_text("a: \x1b[31m1\u202e", "yaml")
        await pilot.pause()
        assert app.lines()[0] == "a: ·1"


async def test_help_names_keys_and_reasons():
    keys = [HelpKey("Services", "s", "scale", "ecs:UpdateService is denied"), HelpKey("Lists", "ctrl+f,pagedown", "page down")]
    app = Stage(HelpView(keys))
    async with app.run_test(size=(120, 10)) as pilot:
        assert "scale: ecs:UpdateService is denied" in "\n".join(app.lines())
        assert "ctrl-f PgDn  page down" in "\n".join(app.lines())
        await pilot.press("escape")
        assert app.last == "Left"
    assert key_label("ctrl+@,ctrl+space") == "ctrl-space"


async def test_a_rollout_repaints_only_what_differs():
    bars = (RolloutBar("new", "a:2", 1, 4, "running"), RolloutBar("old", "a:1", 3, 4, "draining"))
    before = RolloutPlan("Rollout", "shop/a", bars=bars)
    app = Stage(RolloutView(before))
    async with app.run_test(size=(100, 20)) as pilot:
        view = app.query_one(RolloutView)
        await pilot.pause()
        painted: list[int] = []
        whole = view.render_line
        view.render_line = lambda y: painted.append(y) or whole(y)
        view.update_rollout(replace(before, bars=(RolloutBar("new", "a:2", 2, 4, "running"), before.bars[1])))
        await pilot.pause()
        assert painted == [1]
        assert "2 of 4 running" in "\n".join(app.lines())


async def test_bars_and_reason_stay_while_events_scroll_and_follow_the_newest():
    events = [RolloutEvent(f"14:02:{n:02}", f"task {n:08x} is pulling its image and more words") for n in range(40)]
    bars = (RolloutBar("", "new a:2", 1, 4, "running"),)
    reason = "9 tasks failed: image checkout:1.8.3 not found in ECR, and a long story beside it that needs two lines to be told"
    plan = RolloutPlan("Rollout", "shop/a", state="IN_PROGRESS", bars=bars, events=events, reason=reason)
    app = Stage(RolloutView(replace(plan, events=events[:1])))
    async with app.run_test(size=(80, 20)) as pilot:
        view = app.query_one(RolloutView)
        view.focus()
        view.update_rollout(plan)
        await pilot.pause()
        shown = app.lines()[-view.size.height :]
        assert "1 of 4 running" in shown[1] and "9 tasks failed" in shown[2] and "to be told" in shown[3]
        assert "14:02:39" in shown[-2] and "logs of the new tasks" in shown[-1]
        await pilot.press("up")
        view.update_rollout(replace(plan, events=[*events, RolloutEvent("14:03:00", "one more")]))
        await pilot.pause()
        assert "1 of 4 running" in app.lines()[-view.size.height + 1]
        assert "14:03:00" not in "\n".join(app.lines()), "whoever reads older events is not pulled away"
        await pilot.press("G")
        assert "14:03:00" in "\n".join(app.lines())


async def test_an_event_longer_than_a_line_is_told_whole():
    text = "CannotPullContainerError: the manifest was retried 1 time(s): failed to resolve ref checkout:1.8.3: not found"
    app = Stage(RolloutView(RolloutPlan("Rollout", "shop/a", events=[RolloutEvent("14:02:11", text)])))
    async with app.run_test(size=(60, 20)):
        assert text in " ".join(line.strip() for line in app.lines())


@pytest.mark.parametrize("width", [60, 80, 120, 200])
async def test_account_region_and_cluster_are_always_said_in_full(width):
    place = "account 482913750164, eu-west-1, cluster shop, namespace payments"
    app = Stage(ConfirmDialog(replace(SAMPLE_PLAN, place=place, subject="shop/checkout")))
    async with app.run_test(size=(width, 40)):
        assert place in " ".join(line.strip() for line in app.lines())


async def test_a_bulk_plan_changes_its_choice_and_copies_while_a_number_is_typed():
    plan = replace(SAMPLE_PLAN, typed="3", at_failure="stop there")
    app = Stage(ConfirmDialog(plan))
    async with app.run_test(size=(120, 24)) as pilot:
        dialog = app.query_one(ConfirmDialog)
        await pilot.press("3", "f")
        assert app.last == "FailureChoiceChanged"
        dialog.amend(replace(plan, at_failure="go on with the rest"))
        await pilot.press("ctrl+y")
        assert app.last == "CopyRequested"
        dialog.tell("copied")
        await pilot.pause()
        text = "\n".join(app.lines())
        assert "at a failure" in text and "go on with the rest" in text and "copied" in app.lines()[-1]
        assert dialog.may_act, "what was typed stays"


async def test_a_pane_says_what_is_wrong_in_its_place_and_shows_the_reason():
    pane = Pane(VirtualTable(SAMPLE_COLUMNS, SampleRows(20)), title="Services 38")
    app = Stage(pane, KeyBar([KeyHint("l", "logs"), KeyHint("s", "scale", enabled=False)]))
    async with app.run_test(size=(80, 12)) as pilot:
        pane.facts = ("filter /cart", "sort state")
        pane.reason = "image checkout:1.8.3 not found in ECR"
        await pilot.pause()
        assert app.lines()[0].startswith("─ Services 38 ──") and app.lines()[0].endswith("── filter /cart ── sort state ─")
        assert app.lines()[-2].strip() == "image checkout:1.8.3 not found in ECR"
        assert app.lines()[-1] == " l logs  s scale"
        pane.notice = "You may not list services.\nctrl-r now"
        pane.held = True
        await pilot.pause()
        assert app.lines()[1].strip() == "You may not list services." and app.lines()[2].strip() == "ctrl-r now"
        assert "order held" in app.lines()[0]
        pane.notice = ""
        await pilot.pause()
        assert "NAME" in app.lines()[1]


async def test_everything_has_an_ascii_form():
    class Plain(Stage):
        symbols = ASCII

    pane = Pane(VirtualTable(SAMPLE_COLUMNS, SampleRows(20)), title="Services 38")
    app = Plain(pane, ConfirmDialog(SAMPLE_PLAN))
    async with app.run_test(size=(80, 24)):
        assert "\n".join(app.lines()).isascii()


@pytest.mark.parametrize("size", [(20, 5), (5, 2)])
async def test_dialogs_live_in_tiny_terminals(size):
    for part in (ConfirmDialog(SAMPLE_PLAN), Form("Deploy", FIELDS), HelpView([HelpKey("a", "b", "c")]), DocumentView("a\nb")):
        app = Stage(VirtualTable(SAMPLE_COLUMNS, SampleRows(5)), part)
        async with app.run_test(size=size) as pilot:
            part.focus()
            await pilot.press("tab", "down", "escape")
