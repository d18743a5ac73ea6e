"""A run as its screen shows it: bars, events, what is offered, who is named where there are several rows."""

from __future__ import annotations

from typing import Any

from tests.unit.action_fakes import SCOPE, service_row
from tui.actions.base import Plan, Record, Step
from tui.actions.run import Run
from tui.model.state import State
from tui.screens.rollout import offered, rollout_plan

CHECKOUT, SEARCH = service_row("checkout"), service_row("search")


def run_of(*rows: Any, action: str = "ecs.deploy", **after: str) -> Run:
    run = Run(1, Plan(action=action, title="Deploy", rows=rows, scope=SCOPE), 0.0)
    for row in rows:
        run.records[row.name] = Record(
            id=row.name, time=0.0, outcome="done", action=action, title="Deploy", who="", where="", target=row.key,
            target_name=row.name, scope=SCOPE, before={"taskDefinition": "arn:x/a:1"}, after=after,
        )  # fmt: skip
    return run


def step(row: Any, text: str, **more: Any) -> Step:
    return Step(time=1.0, text=text, target=row.key, **more)


def test_counts_stand_in_the_bars_alone_and_the_newest_reason_is_kept_in_view() -> None:
    run = run_of(CHECKOUT, taskDefinition="arn:x/checkout:43")
    bars = (("new checkout:43", 0, 4, ""), ("targets", 2, 4, "2 draining"))
    run.steps += [
        step(CHECKOUT, "0 of 4 running", bars=bars, status="IN_PROGRESS"),
        step(CHECKOUT, "0 of 4 running, 2 tasks failed", bars=bars, status="IN_PROGRESS", reason="2 tasks failed: no image"),
        step(CHECKOUT, "task aaaa0001 failed: no image", state=State.DEGRADED),
    ]
    shown = rollout_plan(run)
    assert [event.text for event in shown.events] == ["task aaaa0001 failed: no image"]
    assert (shown.name, shown.reason) == ("checkout:43", "2 tasks failed: no image")
    assert [(bar.name, bar.text) for bar in shown.bars] == [("new checkout:43", "running"), ("targets", "healthy")]


def test_a_rollout_that_fails_offers_to_roll_back_until_it_is_well() -> None:
    run = run_of(CHECKOUT, taskDefinition="arn:x/checkout:43")
    run.steps.append(step(CHECKOUT, "0 of 4 running, 1 task failed", status="IN_PROGRESS", offer="ecs.rollback"))
    assert offered(run) == ("ecs.rollback", [CHECKOUT])
    assert rollout_plan(run).keys[0] == ("ctrl-u", "roll back to last good")
    run.steps.append(step(CHECKOUT, "4 of 4 run checkout:43", status="COMPLETED", state=State.WELL, final=True))
    assert offered(run) == ("", [])
    assert rollout_plan(run).keys[0] == ("U", "take it back")


def test_what_cannot_be_taken_back_offers_no_undo() -> None:
    assert ("U", "take it back") not in rollout_plan(run_of(CHECKOUT, action="ecs.restart"), reversible=False).keys
    nothing = run_of(CHECKOUT)
    nothing.records.clear()
    assert ("U", "take it back") not in rollout_plan(nothing).keys


def test_several_rows_have_a_bar_each_and_their_names_before_what_happened() -> None:
    run = run_of(CHECKOUT, SEARCH, action="ecs.scale")
    run.steps += [
        step(CHECKOUT, "shop/checkout: scale accepted"),
        step(CHECKOUT, "1 of 4 tasks run", bars=(("tasks", 1, 4, ""),), status="IN_PROGRESS"),
        step(SEARCH, "2 of 6 tasks run", bars=(("tasks", 2, 6, ""),), status="IN_PROGRESS", offer="ecs.rollback"),
        step(SEARCH, "started 2 tasks"),
    ]
    shown = rollout_plan(run)
    assert [(bar.name, bar.done, bar.total) for bar in shown.bars] == [("checkout", 1, 4), ("search", 2, 6)]
    assert [event.text for event in shown.events] == ["shop/checkout: scale accepted", "search: started 2 tasks"]
    assert offered(run) == ("ecs.rollback", [SEARCH]), "only the row that it fits"


def test_on_a_slow_line_a_large_rollout_changes_five_times_in_all() -> None:
    run = run_of(CHECKOUT, taskDefinition="arn:x/checkout:43")
    drawn: list[Any] = []
    for done in range(41):
        bars = (("new checkout:43", done, 40, f"{40 - done} starting"), ("old checkout:42", 40 - done, 40, ""))
        run.steps.append(step(CHECKOUT, f"{done} of 40 running", bars=bars, status="IN_PROGRESS"))
        new, old = rollout_plan(run, calm=True).bars
        assert new.done <= done and old.done <= 40 - done
        if not drawn or drawn[-1] != new:
            drawn.append(new)
    assert [(bar.done, bar.about) for bar in drawn] == [(0, False), (1, True), (10, True), (20, True), (30, True), (40, False)]
    assert rollout_plan(run).bars[0].note == "0 starting"
