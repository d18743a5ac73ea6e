"""Running plans: check, journal, call, watch, without ever holding up the interface.

Before a confirmed plan runs, the account or cluster behind each row is asked for its identity, and the fields that the plan
depends on are read afresh; where one changed there is a new plan to confirm. Then the plan runs in a task of its own. Leaving
a dialog leaves it running; ending the program leaves an intent without outcome in the journal, never a silent change.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions.base import Action, Context, Plan, Record, Step
from tui.actions.denials import denied_before
from tui.actions.journal import Journal, JournalError
from tui.actions.plans import refuse
from tui.actions.ports import Identity
from tui.actions.rowwise import Item, RowAction, items_of
from tui.actions.run import Run
from tui.actions.undo import lasting, undo_records
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State

__all__ = ["PlanChanged", "PlanRefused", "Run", "Runner", "is_kubernetes"]

LOG = logging.getLogger("pierhead.actions")


class PlanChanged(Exception):
    """Something that the plan depends on changed since. ``plan`` is the new one; ``differences`` say what changed."""

    def __init__(self, plan: Plan, differences: Sequence[str]) -> None:
        super().__init__("; ".join(differences))
        self.plan = plan
        self.differences = tuple(differences)


class PlanRefused(Exception):
    """The plan cannot be run at all: it refuses, or the other end is not who it was."""


class Runner:
    """Plans and runs actions. ``running`` is what the header shows as ◐."""

    def __init__(self, actions: Iterable[Action], context: Context, journal: Journal) -> None:
        self.actions: Mapping[str, Action] = {action.id: action for action in actions}
        self.journal = journal
        self.context = replace(context, journal=journal, registry=self.actions)
        self.runs: list[Run] = []
        self._numbers = itertools.count(1)
        self._listeners: list[Callable[[Run], None]] = []

    @property
    def running(self) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if not run.done)

    @property
    def unfinished(self) -> tuple[Record, ...]:
        """Intents of an earlier session without an outcome, and unknown outcomes; none of what runs now."""
        own = {record for run in self.runs for record in run.records}
        return tuple(record for record in self.journal.unfinished() if record.id not in own)

    def subscribe(self, listener: Callable[[Run], None]) -> Callable[[], None]:
        """``listener(run)`` for every step of every run."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def form(self, action: Action | str, rows: Sequence[Row]) -> tuple[Any, ...]:
        """The action's form for these rows. Raises ``ApiError``."""
        return await self._action(action).form(rows, self.context)

    async def plan(self, action: Action | str, rows: Sequence[Row], values: Mapping[str, str] | None = None) -> Plan:
        """What the action would do. Raises ``InputError`` and ``ApiError``."""
        return await self._action(action).plan(rows, values or {}, self.context)

    async def undo(self, record: Record) -> Plan | str:
        """The plan that takes ``record`` back, or why there is none."""
        action = self.actions.get(record.action)
        return await action.undo(record, self.context) if action else f"there is no action {record.action} in this version"

    async def undo_run(self, run: Run) -> Plan:
        """The plan that takes back what ``run`` did. Raises ``ApiError``."""
        done = {record.target: record for record in run.records.values() if record.outcome == "done"}
        rows = [row for row in run.plan.rows if row.key in done]
        action = self.actions[run.plan.action]
        if not rows:
            return refuse(action, run.plan.rows, "nothing was done, so there is nothing to take back")
        return await undo_records(action, rows, [done[row.key] for row in rows], self.context)

    def _action(self, action: Action | str) -> Action:
        return self.actions[action] if isinstance(action, str) else action

    async def start(self, plan: Plan) -> Run:
        """Check a confirmed plan and start it.

        Raises ``PlanRefused``, ``PlanChanged`` (confirm its plan instead), ``JournalError`` and ``ApiError``; nothing was
        changed then.
        """
        if plan.refusal:
            raise PlanRefused(plan.refusal)
        if self.context.clients.read_only:
            raise PlanRefused("read-only: nothing is changed in this session")
        action = self.actions[plan.action]
        self.journal.check()
        callers = {scope.identity: (await self._identity(scope)).caller for scope in _scopes(plan)}
        context = replace(self.context, callers=callers)
        differences = await _differences(action, plan, context)
        if differences:
            raise PlanChanged(await self._again(action, plan), differences)
        run = Run(next(self._numbers), plan, context.clock.now())
        self.runs.append(run)
        task = asyncio.create_task(self._run(run, action, context), name=f"action {plan.action} {run.number}")
        task.add_done_callback(lambda ended: self._ended(run, ended))
        run.attach(task)
        return run

    async def _again(self, action: Action, plan: Plan) -> Plan:
        """The plan made anew, from the form's values or from the records that it takes back."""
        if not plan.undoes:
            made = await action.plan(plan.rows, plan.input, self.context)
        else:
            records = [record for record in self.journal.latest() if record.id in plan.undoes.values()]
            made = await undo_records(action, plan.rows, records, self.context)
        return replace(made, on_failure=plan.on_failure)

    async def _identity(self, scope: Scope) -> Identity:
        """Who is at the other end of ``scope``, which must be who the rows came from."""
        clients = self.context.clients
        kubernetes = is_kubernetes(scope)
        identity = await (clients.kubernetes(scope) if kubernetes else clients.aws(scope)).identity()
        expected = scope.cluster if kubernetes else scope.account
        if expected and identity.place != expected:
            what = "cluster" if kubernetes else "account"
            raise PlanRefused(
                f"these rows are from {what} {expected}, but the client reaches {identity.place}: nothing was changed"
            )
        return identity

    async def _run(self, run: Run, action: Action, context: Context) -> None:
        """Journal records, keep steps, tell who listens; never raises but on cancellation."""
        generator = action.run(run.plan, context)
        interest = _watch_closely(run.plan, context)
        try:
            async for thing in generator:
                if isinstance(thing, Record):
                    self._record(run, thing)
                else:
                    run.steps.append(thing)
                    self._tell(run)
        except (JournalError, ApiError) as error:
            run.error = str(error)
            run.steps.append(Step(time=context.clock.now(), text=str(error), state=State.BROKEN, status="FAILED", final=True))
        except asyncio.CancelledError:
            run.error = "left: it goes on without being watched"
            self._record_unknown(run)
            raise
        finally:
            for one in interest:
                one.close()
            run.done = True
            self._tell(run)
            await generator.aclose()  # type: ignore[attr-defined]

    def _ended(self, run: Run, task: asyncio.Task[None]) -> None:
        """A defect of ours must not vanish with its task: it goes to the log and is shown where the run is shown."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        LOG.error("action %s failed by a defect", run.plan.action, exc_info=error)
        run.error = f"defect in {run.plan.action}: {type(error).__name__}: see the log file"
        self._record_unknown(run)
        self._tell(run)

    def _record(self, run: Run, record: Record) -> None:
        """Write a record; an intent that cannot be written ends the run before its call, an outcome only says so."""
        if record.outcome == "intent":
            self.journal.write(record)
            run.records[record.id] = record
            return
        run.records[record.id] = record
        try:
            self.journal.write(record)
        except JournalError as error:
            text = f"{record.target_name}: {record.outcome}, but that could not be recorded: {error}"
            run.steps.append(Step(time=record.time, text=text, target=record.target, state=State.DEGRADED))

    def _record_unknown(self, run: Run) -> None:
        for record in [r for r in run.records.values() if r.outcome == "intent"]:
            self._record(run, replace(record, outcome="unknown", detail="ended while the call was under way"))

    def _tell(self, run: Run) -> None:
        run.tell()
        for listener in tuple(self._listeners):
            listener(run)

    async def settle(self, record: Record) -> Record:
        """Find out by reading what became of an intent without outcome, and write that down. Raises ``ApiError``."""
        action = self.actions.get(record.action)
        if not isinstance(action, RowAction):
            raise ApiError(Trouble.INVALID, f"there is no action {record.action} in this version")
        row = Row(key=record.target, scope=record.scope, name=record.target_name)
        item = Item(row=row, name=row.name, locator=record.locator, before=record.before, after=record.after)
        facts = await action.arrived(item, self.context)
        outcome = "failed" if facts is None else "done"
        detail = "read afresh at a later start: " + ("nothing has changed" if facts is None else "it took effect")
        settled = replace(
            record, time=self.context.clock.now(), outcome=outcome, detail=detail, after={**record.after, **(facts or {})}
        )
        self.journal.write(settled)
        return settled

    def undoable(self, target: Key) -> Record | None:
        """What ``U`` on this row would take back."""
        return self.journal.undoable(target, lasting(self.actions))

    def unavailable(self, action: Action | str, rows: Sequence[Row]) -> str:
        """Why the action is greyed on these rows, empty where it can be tried.

        Read-only, what the rows say, rights that the API server denied, and AWS operations that were really denied before.
        """
        action = self._action(action)
        if self.context.clients.read_only:
            return "read-only: nothing is changed in this session"
        return action.unavailable(rows) or denied_before(action, rows, self.context)


def is_kubernetes(scope: Scope) -> bool:
    """Whether a scope is a Kubernetes cluster's: an EKS ARN or a server URL, and no ECS cluster."""
    return scope.cluster.startswith("http") or ":eks:" in scope.cluster


def _scopes(plan: Plan) -> tuple[Scope, ...]:
    """The distinct places of a plan's rows."""
    return tuple({(row.scope.owner, row.scope.identity): row.scope for row in plan.rows}.values())


async def _differences(action: Action, plan: Plan, context: Context) -> list[str]:
    if not isinstance(action, RowAction):
        return []
    out: list[str] = []
    for item in items_of(plan):
        out += await action.differences(plan, item, context)
    return out


def _watch_closely(plan: Plan, context: Context) -> list[Any]:
    """Ask the sources to read the plan's rows faster while it runs."""
    table = getattr(context.store, "interest", None)
    if table is None:
        return []
    from tui.store import Urgency

    by_scope: dict[tuple[str, Scope], set[Key]] = {}
    for row in plan.rows:
        by_scope.setdefault((row.kind, row.scope), set()).add(row.key)
    return [table.register(kind, scope, urgency=Urgency.ACTION, keys=frozenset(keys)) for (kind, scope), keys in by_scope.items()]
