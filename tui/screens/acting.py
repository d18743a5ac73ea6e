"""What changes things: form, plan, confirmation, run; undo and the runs under way."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import TYPE_CHECKING

from tui.actions.base import Action, InputError, Plan
from tui.actions.deploy import LAST_GOOD
from tui.actions.journal import JournalError
from tui.actions.rowwise import names_of
from tui.actions.runner import PlanChanged, PlanRefused, Run, Runner
from tui.model import Finding, Row
from tui.model.errors import ApiError
from tui.screens.dialogs import ConfirmScreen, FormScreen
from tui.screens.rollout import RolloutScreen, RunsScreen, rollout_plan

if TYPE_CHECKING:
    from tui.screens.main import MainScreen


class Acting:
    """Handlers of the main screen that lead to a plan; nothing is called before it was shown and confirmed."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self.console = main.console
        self._heard: set[int] = set()  # runs whose end was told
        self.busy = False  # a form or plan is on its way: keys typed meanwhile must not fall on the list

    def act(self, action_id: str) -> None:
        """A key of an action: on the marked rows, else on the row that was painted under the cursor."""
        rows = self.main.listing.target_rows()
        action = self.console.actions[action_id]
        if not rows or self.busy:
            return
        refused = self._refused(action, rows)
        if refused:
            self.main.say(refused, "state-warn")
            return
        self.main.say(f"{action.title} …")
        self.main.ask(self._act(action, rows, self._proposed(action)))

    def _proposed(self, action: Action) -> Mapping[str, str] | None:
        """What the problem under the cursor proposes for this action, so that the plan comes without a form."""
        row = self.main.current.cursor_row()
        if isinstance(row, Finding) and row.action == action.id and "last good" in row.action_title:
            return {"revision": LAST_GOOD}
        return None

    def _refused(self, action: Action, rows: Sequence[Row]) -> str:
        """Why the action is not even planned, empty where it is."""
        if self.console.runner is None:
            return "not connected yet: nothing can be done before the sources run"
        if self.main.current.table.cursor_gone and not self.main.current.marked_rows():
            return "this row is gone"
        cold = [row.name for row in rows if not self.console.store.is_live(row.key)]
        if cold:
            return f"{cold[0]} is from the last session and not live yet"
        others = sorted({row.key.kind for row in rows} - set(action.kinds))
        if others:
            return f"{action.title} does not take {', '.join(others)}"
        if len(rows) > 1 and not action.bulk:
            return f"{action.title} takes one row at a time"
        runner: Runner = self.console.runner
        return runner.unavailable(action, rows)

    async def _act(self, action: Action, rows: Sequence[Row], given: Mapping[str, str] | None = None) -> None:
        runner: Runner = self.console.runner
        self.busy = True
        self.main.current.table.pin()
        try:
            values: Mapping[str, str] | None = dict(given or {})
            error = ""
            fields = await runner.form(action, rows) if given is None else ()
            if fields:
                self.main.paint_keys()
            while True:
                if fields:
                    values = await self.main.app.push_screen_wait(FormScreen(action, rows, fields, values or {}, error))
                    if values is None:
                        return
                try:
                    plan = await runner.plan(action, rows, values)
                except InputError as problem:
                    error = f"{problem.field}: {problem}"
                    if not fields:
                        self.main.say(error, "state-bad")
                        return
                    continue
                break
            await self._confirm(plan)
        except ApiError as error_:
            self.main.say_error(error_)
        finally:
            self.busy = False
            self.main.current.table.unpin()

    async def _confirm(self, plan: Plan) -> None:
        """Show the plan until it is confirmed or left; a changed world gives a new plan."""
        runner: Runner = self.console.runner
        note = ""
        while True:
            self.main.paint_keys()
            confirmed = await self.main.app.push_screen_wait(ConfirmScreen(plan, self.console, note))
            if confirmed is None:
                return
            plan = confirmed
            try:
                run = await runner.start(plan)
            except PlanChanged as changed:
                plan, note = changed.plan, "changed meanwhile: " + "; ".join(changed.differences)
                if plan.refusal in changed.differences:
                    note = "this has changed since the plan was made"
                continue
            except (PlanRefused, JournalError) as refused:
                self.main.say(str(refused), "state-bad")
                return
            self.show(run)
            return

    def show(self, run: Run) -> None:
        """The run's own screen; Escape leaves it running."""
        self.main.current.table.action_clear_marks()
        self.main.app.push_screen(RolloutScreen(self.console, run))

    def heard(self, run: Run) -> None:
        """A step of a run: the header counts what runs; an end that nobody watches is said where the keys stand."""
        self.main.paint_header()
        if not run.done or run.number in self._heard:
            return
        self._heard.add(run.number)
        top = self.main.app.screen
        if isinstance(top, RolloutScreen) and top.run is run:
            return
        shown = rollout_plan(run)
        why = shown.reason or next((step.text for step in reversed(run.steps) if step.final), "")
        self.main.say(f"{shown.title} {shown.subject}: {shown.state}  {why}   :rollouts shows it", run.state.token)

    def undo(self, _: str = "") -> None:
        """``U``: take back the last action on this row, or on the marked ones."""
        if self.console.runner is None:
            self.main.say("not connected yet", "state-warn")
            return
        self.main.ask(self._undo())

    def undo_run(self, run: Run) -> None:
        """``U`` on a run's screen: take back what that very run did, whatever was done since."""
        self.main.ask(self._planned(self.console.runner.undo_run(run)))

    def follow(self, action_id: str, rows: Sequence[Row]) -> None:
        """What a run offers (to roll back), with its defaults: the plan comes without a form."""
        self.main.ask(self._planned(self.console.runner.plan(action_id, rows)))

    async def _planned(self, planning: Awaitable[Plan]) -> None:
        """Show the plan that ``planning`` makes, or say why there is none."""
        try:
            plan = await planning
        except InputError as problem:
            self.main.say(str(problem), "state-warn")
        except ApiError as error:
            self.main.say_error(error)
        else:
            await self._confirm(plan)

    async def _undo(self) -> None:
        runner: Runner = self.console.runner
        rows = self.main.listing.target_rows()
        if len(rows) > 1:
            await self._planned(runner.plan("undo", rows))
            return
        record = runner.undoable(rows[0].key) if rows else None
        if record is None:
            name = rows[0].name if rows else "this"
            self.main.say(f"nothing was done to {name} from here that could be undone   {self._elsewhere()}", "state-warn")
            return
        try:
            plan = await runner.undo(record)
        except ApiError as error:
            self.main.say_error(error)
            return
        if isinstance(plan, str):
            self.main.say(plan, "state-warn")
            return
        await self._confirm(plan)

    def _elsewhere(self) -> str:
        """What was done last, whose row may be gone from this list (a problem that is mended), and how to get at it."""
        runs = self.console.runner.runs if self.console.runner is not None else []
        if not runs:
            return ":journal lists what was done"
        last = runs[-1]
        return f"last was {last.plan.title} {', '.join(names_of(last.plan)[:2])}: :rollouts Enter U"

    def settle(self, _: str = "") -> None:
        """``:settle``: read what became of actions of an earlier session that have no outcome."""
        if self.console.runner is not None:
            self.main.ask(self._settle())

    async def _settle(self) -> None:
        runner: Runner = self.console.runner
        told = []
        for record in runner.unfinished:
            try:
                settled = await runner.settle(record)
            except (ApiError, JournalError) as error:
                told.append(f"{record.target_name}: {error}")
            else:
                told.append(f"{record.target_name}: {settled.outcome}")
        self.main.say("; ".join(told) or "no action is without outcome")

    def open_rollouts(self, _: str = "") -> None:
        """``:rollouts``: what runs and what has run in this session."""
        self.main.app.push_screen(RunsScreen(self.console))
