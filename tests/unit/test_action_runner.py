"""The runner: who is at the other end, what changed since, the journal first, one record a row, undo after a restart."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.action_fakes import Desk, definition, service, service_row, until
from tui.actions.base import Danger
from tui.actions.journal import Journal, JournalError
from tui.actions.runner import PlanChanged, PlanRefused
from tui.model.errors import ApiError, Trouble
from tui.model.state import State


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    for name in ("checkout", "search", "gateway"):
        desk.aws.services[name] = service(name, f"{name}:42", 3)
        desk.aws.definitions[f"{name}:42"] = definition(f"{name}:42", f"{name}:1.0.0")
    return desk


def settle_all(desk: Desk) -> None:
    for name in desk.aws.services:
        desk.aws.settle(name)


async def test_scale_runs_is_watched_and_recorded(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    run = await desk.runner.start(plan)
    assert desk.runner.running == (run,)
    await desk.finish(run, lambda: settle_all(desk))
    assert (run.state, run.status) == (State.WELL, "COMPLETED")
    assert [r.outcome for r in desk.journal.records] == ["intent", "done"]
    done = desk.journal.latest()[0]
    assert (done.who, done.before, done.after) == (
        "arn:aws:sts::482913750164:assumed-role/PowerUser/ada",
        {"desiredCount": 3},
        {"desiredCount": 5},
    )
    assert done.where == "account 482913750164, eu-west-1, cluster shop"
    assert desk.runner.running == ()


async def test_intent_is_on_the_disk_before_the_call(desk: Desk) -> None:
    desk.aws.hold = asyncio.Event()
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    await until(lambda: bool(desk.aws.writes))
    assert [r.outcome for r in Journal(desk.settings.state_dir).records] == ["intent"]
    desk.aws.hold.set()
    await desk.finish(run, lambda: settle_all(desk))


async def test_other_account_at_the_other_end_changes_nothing(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.aws.place = "111111111111"
    with pytest.raises(PlanRefused, match=r"482913750164.*111111111111"):
        await desk.runner.start(plan)
    assert desk.aws.writes == []
    assert desk.journal.records == ()


async def test_what_changed_since_gives_a_new_plan(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.aws.services["checkout"]["desiredCount"] = 4
    with pytest.raises(PlanChanged, match="desiredCount is 4 now, it was 3") as caught:
        await desk.runner.start(plan)
    assert desk.aws.writes == []
    assert caught.value.plan.changes[0].old == "4"
    await desk.finish(await desk.runner.start(caught.value.plan), lambda: settle_all(desk))
    assert desk.aws.services["checkout"]["desiredCount"] == 5


async def test_what_the_plan_does_not_depend_on_may_change(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.aws.services["checkout"] |= {"runningCount": 2, "pendingCount": 1}
    await desk.finish(await desk.runner.start(plan), lambda: settle_all(desk))
    assert len(desk.aws.writes) == 1


async def test_service_deleted_between_plan_and_run(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.aws.services["checkout"]["status"] = "INACTIVE"
    with pytest.raises(ApiError, match="does not exist any more"):
        await desk.runner.start(plan)
    assert desk.aws.writes == []


async def test_service_deleted_while_it_is_watched(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))

    def delete() -> None:
        desk.aws.services.pop("checkout", None)

    await desk.finish(run, delete)
    assert (run.state, run.status) == (State.BROKEN, "GONE")
    assert "does not exist any more" in run.steps[-1].text


async def test_unwritable_journal_means_nothing_is_changed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.journal.path.mkdir(parents=True)
    with pytest.raises(JournalError, match="nothing is changed"):
        await desk.runner.start(plan)
    assert desk.aws.writes == []


async def test_disk_that_fills_up_after_the_check_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    monkeypatch.setattr(os, "write", lambda fd, data: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    run = await desk.finish(await desk.runner.start(plan))
    assert desk.aws.writes == []
    assert run.state is State.BROKEN
    assert "No space left on device" in run.error


async def test_outcome_that_cannot_be_written_is_said_and_does_not_stop_watching(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    real = os.write

    def full_after_the_intent(descriptor: int, data: bytes) -> int:
        if b'"outcome":"intent"' in data:
            return real(descriptor, data)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full_after_the_intent)
    await desk.finish(run, lambda: settle_all(desk))
    assert any("could not be recorded" in step.text for step in run.steps)
    assert run.steps[-1].status == "COMPLETED"


async def test_read_only_refuses_and_writes_nothing(desk: Desk) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    desk.clients.read_only = True
    refused = await desk.plan("ecs.scale", service_row(), count="5")
    assert "read-only" in refused.refusal
    for one in (plan, refused):
        with pytest.raises(PlanRefused, match="read-only"):
            await desk.runner.start(one)
    assert desk.aws.writes == []


async def test_denied_write_fails_is_recorded_and_remembered(desk: Desk) -> None:
    why = ApiError(Trouble.DENIED, "ecs:UpdateService is denied to PowerUser", operation="ecs:UpdateService")
    desk.aws.faults["UpdateService"] = [why]
    run = await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")))
    assert [r.outcome for r in desk.journal.records] == ["intent", "failed"]
    assert run.state is State.BROKEN
    again = await desk.plan("ecs.scale", service_row(), count="5")
    assert again.rights[0].denied == "ecs:UpdateService is denied to PowerUser"
    assert not again.refusal  # it may have been granted since: only said


async def test_denial_is_kept_under_the_right_it_names_and_is_not_believed_for_ever(desk: Desk) -> None:
    words = "iam:PassRole is denied to PowerUser on arn:aws:iam::482913750164:role/checkout-task"
    desk.aws.faults["RegisterTaskDefinition"] = [ApiError(Trouble.DENIED, words, operation="ecs:RegisterTaskDefinition")]
    desk.aws.images["checkout", "1.8.2"] = {"imageDigest": "sha256:" + "a" * 64}
    run = await desk.finish(await desk.runner.start(await desk.plan("ecs.deploy", service_row(), image="1.8.2")))
    assert run.state is State.BROKEN and words in run.steps[-1].text
    known = {right.name: right.denied for right in (await desk.plan("ecs.deploy", service_row(), image="1.8.2")).rights}
    assert known["iam:PassRole"] == words and not known["ecs:RegisterTaskDefinition"]
    assert desk.runner.unavailable("ecs.deploy", [service_row()]) == "", "a revision that exists can still be deployed"
    desk.aws.faults["UpdateService"] = [ApiError(Trouble.DENIED, "ecs:UpdateService is denied", operation="ecs:UpdateService")]
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")))
    assert "ecs:UpdateService is denied" in desk.runner.unavailable("ecs.deploy", [service_row()])
    desk.clock.advance(301)
    assert desk.runner.unavailable("ecs.deploy", [service_row()]) == "", "the right may have been given meanwhile"


@pytest.mark.parametrize(("arrives", "outcome"), [(True, "done"), (False, "failed")])
async def test_unknown_outcome_is_settled_by_reading(desk: Desk, arrives: bool, outcome: str) -> None:
    lost = ApiError(Trouble.UNREACHABLE, "connection to ecs timed out", operation="ecs:UpdateService")
    if arrives:
        desk.aws.before_answer = lambda operation: (_ for _ in ()).throw(lost) if operation == "UpdateService" else None
    else:
        desk.aws.faults["UpdateService"] = [lost]
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    await desk.finish(run, lambda: settle_all(desk))
    assert len(desk.aws.writes) == 1  # never tried again
    assert desk.journal.latest()[0].outcome == outcome
    assert "timed out" in desk.journal.latest()[0].detail


async def test_unknown_outcome_that_cannot_be_read_stays_unknown_and_is_offered_at_the_next_start(desk: Desk) -> None:
    lost = ApiError(Trouble.UNREACHABLE, "timed out")
    desk.aws.faults["UpdateService"] = [lost]
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    desk.aws.faults["DescribeServices"] = [lost]
    await desk.finish(run)
    assert desk.journal.latest()[0].outcome == "unknown"
    desk.start()
    (left,) = desk.runner.unfinished
    desk.aws.services["checkout"]["desiredCount"] = 5
    settled = await desk.runner.settle(left)
    assert settled.outcome == "done"
    assert desk.runner.unfinished == ()


async def test_cancelled_in_the_middle_of_a_call_is_recorded_as_unknown(desk: Desk) -> None:
    desk.aws.hold = asyncio.Event()
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    await until(lambda: bool(desk.aws.writes))
    run.cancel()
    await run.wait()
    assert [r.outcome for r in desk.journal.records] == ["intent", "unknown"]


async def test_cancelled_while_watching_leaves_the_change_and_its_record(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    await until(lambda: any(r.outcome == "done" for r in desk.journal.records))
    run.cancel()
    await run.wait()
    assert desk.aws.services["checkout"]["desiredCount"] == 5
    assert [r.outcome for r in desk.journal.records] == ["intent", "done"]
    assert run.done


async def test_waiter_that_goes_away_leaves_it_running(desk: Desk) -> None:
    run = await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5"))
    waiter = asyncio.create_task(run.wait())
    await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(waiter, return_exceptions=True)
    assert not run.done
    await desk.finish(run, lambda: settle_all(desk))
    assert run.status == "COMPLETED"


ROWS = [service_row(name) for name in ("checkout", "search", "gateway")]


@pytest.mark.parametrize(("choice", "tried"), [("stop", ["checkout", "search"]), ("go on", ["checkout", "search", "gateway"])])
async def test_bulk_stops_at_the_first_failure_or_goes_on(desk: Desk, choice: str, tried: list[str]) -> None:
    plan = await desk.runner.plan("ecs.scale", ROWS, {"count": "5", "on_failure": choice})
    run = await desk.runner.start(plan)
    denied = ApiError(Trouble.DENIED, "denied")

    def fail_the_second() -> None:
        if len(desk.aws.writes) == 1 and not desk.aws.faults.get("UpdateService"):
            desk.aws.faults["UpdateService"] = [denied]
        settle_all(desk)

    await desk.finish(run, fail_the_second)
    assert [params["service"] for _, params in desk.aws.writes] == tried
    assert {r.target_name.rpartition("/")[2]: r.outcome for r in run.records.values()} == {
        name: "failed" if name == "search" else "done" for name in tried
    }
    assert any("1 of 3 not tried" in step.text for step in run.steps) == (choice == "stop")


async def test_bulk_warnings_say_which_row_they_are_about(desk: Desk) -> None:
    desk.aws.targets = [{"ResourceId": "service/shop/search", "MinCapacity": 4, "MaxCapacity": 12}]
    tag = {"key": "ManagedBy", "value": "Terraform"}
    for name in ("checkout", "search", "gateway"):
        desk.aws.services[name]["tags"] = [tag]
    for action, values in (("ecs.scale", {"count": "5"}), ("ecs.restart", {})):
        warnings = (await desk.runner.plan(action, ROWS, values)).warnings
        assert any(w.startswith("shop/search: autoscaling may change the count") for w in warnings), warnings
        assert [w for w in warnings if "Terraform" in w] == [
            "Terraform owns this (tag ManagedBy=Terraform) and will put this back at its next apply"
        ], "what is true of all is said once"


async def test_bulk_row_that_changed_before_its_turn_is_not_touched(desk: Desk) -> None:
    plan = await desk.runner.plan("ecs.scale", ROWS[:2], {"count": "5", "on_failure": "go on"})
    run = await desk.runner.start(plan)
    desk.aws.services["search"]["desiredCount"] = 7
    await desk.finish(run, lambda: desk.aws.settle("checkout"))
    assert [params["service"] for _, params in desk.aws.writes] == ["checkout"]
    assert any("shop/search: desiredCount is 7 now" in step.text for step in run.steps)


@pytest.mark.parametrize(("count", "status"), [(1, "COMPLETED"), (2, "FAILED"), (3, "COMPLETED")])
async def test_status_of_a_bulk_run_is_that_of_its_worst_row(desk: Desk, count: int, status: str) -> None:
    run = await desk.runner.start(await desk.runner.plan("ecs.scale", ROWS[:count], {"count": "5"}))
    seen: set[str] = set()

    def each() -> None:
        seen.add(run.status)
        if count == 2 and len(desk.aws.writes) == 1 and not desk.aws.faults.get("UpdateService"):
            desk.aws.faults["UpdateService"] = [ApiError(Trouble.DENIED, "denied")]
        settle_all(desk)

    await desk.finish(run, each)
    assert run.status == status
    assert count == 1 or seen == {"IN_PROGRESS"}, "one row that is through says nothing of the others"


async def test_a_run_can_be_taken_back_by_itself_even_where_it_was_an_undo(desk: Desk) -> None:
    first = await desk.finish(
        await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")), lambda: settle_all(desk)
    )
    undo = await desk.runner.undo_run(first)
    assert "on its own screen" in undo.undo and "brings back 5" in undo.undo
    second = await desk.finish(await desk.runner.start(undo), lambda: settle_all(desk))
    assert desk.aws.services["checkout"]["desiredCount"] == 3
    again = await desk.runner.undo_run(second)
    assert (again.changes[0].old, again.changes[0].new) == ("3", "5")
    await desk.finish(await desk.runner.start(again), lambda: settle_all(desk))
    assert desk.aws.services["checkout"]["desiredCount"] == 5


async def test_a_run_that_did_nothing_has_nothing_to_take_back(desk: Desk) -> None:
    desk.aws.faults["UpdateService"] = [ApiError(Trouble.DENIED, "denied")]
    run = await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")))
    assert "nothing was done" in (await desk.runner.undo_run(run)).refusal


async def test_choice_for_a_failure_outlives_a_change_of_the_plan(desk: Desk) -> None:
    plan = replace(await desk.runner.plan("ecs.scale", ROWS[:2], {"count": "5"}), on_failure="go on")
    desk.aws.services["checkout"]["desiredCount"] = 7
    with pytest.raises(PlanChanged) as changed:
        await desk.runner.start(plan)
    assert changed.value.plan.on_failure == "go on"


async def test_undo_works_after_a_restart_of_the_program(desk: Desk) -> None:
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")), lambda: settle_all(desk))
    desk.start()
    plan = await desk.plan("undo", service_row())
    assert (plan.action, plan.title, plan.changes[0].old, plan.changes[0].new) == ("ecs.scale", "Undo scale", "5", "3")
    assert plan.danger is Danger.CAUTION
    await desk.finish(await desk.runner.start(plan), lambda: settle_all(desk))
    assert desk.aws.services["checkout"]["desiredCount"] == 3
    nothing = await desk.plan("undo", service_row())
    assert "nothing on checkout" in nothing.refusal


async def test_undo_says_what_somebody_else_changed_since(desk: Desk) -> None:
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")), lambda: settle_all(desk))
    desk.aws.services["checkout"]["desiredCount"] = 8
    plan = await desk.plan("undo", service_row())
    assert "changed since by someone else: desiredCount is 8 now, this left 5" in plan.warnings
    assert (plan.changes[0].old, plan.changes[0].new) == ("8", "3")


async def test_undo_in_bulk_brings_each_its_own_back(desk: Desk) -> None:
    desk.aws.services["search"]["desiredCount"] = 6
    plan = await desk.runner.plan("ecs.scale", ROWS[:2], {"count": "9"})
    await desk.finish(await desk.runner.start(plan), lambda: settle_all(desk))
    undo = await desk.runner.plan("undo", ROWS[:2])
    assert [(c.old, c.new) for c in undo.changes] == [("9", "3"), ("9", "6")]
    await desk.finish(await desk.runner.start(undo), lambda: settle_all(desk))
    assert [desk.aws.services[n]["desiredCount"] for n in ("checkout", "search")] == [3, 6]
    assert {r.undoes for r in desk.journal.latest() if r.undoes} == set(undo.undoes.values())


async def test_undo_whose_object_changed_before_it_ran_is_planned_again(desk: Desk) -> None:
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")), lambda: settle_all(desk))
    plan = await desk.plan("undo", service_row())
    desk.aws.services["checkout"]["desiredCount"] = 8
    with pytest.raises(PlanChanged) as caught:
        await desk.runner.start(plan)
    assert caught.value.plan.undoes == plan.undoes
    assert caught.value.plan.changes[0].old == "8"


async def test_listeners_hear_every_step_and_the_end(desk: Desk) -> None:
    heard: list[tuple[int, bool]] = []
    leave = desk.runner.subscribe(lambda run: heard.append((len(run.steps), run.done)))
    await desk.finish(await desk.runner.start(await desk.plan("ecs.scale", service_row(), count="5")), lambda: settle_all(desk))
    assert heard[-1][1]
    assert [count for count, _ in heard] == sorted(count for count, _ in heard)
    leave()


async def test_defect_in_an_action_is_logged_and_shown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plan = await desk.plan("ecs.scale", service_row(), count="5")
    monkeypatch.setattr(desk.aws, "_UpdateService", lambda params: 1 / 0)
    run = await desk.finish(await desk.runner.start(plan))
    await asyncio.sleep(0)
    assert "ZeroDivisionError" in run.error
    assert "ZeroDivisionError" in caplog.text
    assert [r.outcome for r in desk.journal.records] == ["intent", "unknown"]
