"""An action that changes one object for each row: how it runs, whatever it changes.

Each row gets one record: the intent before its call, then done, failed or unknown. A generator hands the records to the
runner, which writes each to the journal before the generator goes on; so a call is never made whose intent is not on the
disk. A call is made once. Where nobody knows whether it arrived, the object is read and compared.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tui.actions.base import Action, Context, Plan, Record, Step
from tui.actions.denials import remember
from tui.actions.journal import born
from tui.actions.places import place_of
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Scope
from tui.model.state import State

#: failures after which nobody knows whether the call arrived
UNSURE = (Trouble.UNREACHABLE, Trouble.ERROR, Trouble.NONSENSE)

#: seconds before each look at what a call of unknown outcome did
SETTLING = (2.0, 4.0, 8.0)

#: seconds between two writes of a bulk plan, well under ECS's 5 UpdateService a second for a whole account
BULK_PACE = 0.5


class Item(Struct, frozen=True, kw_only=True):
    """One row's part of a plan. ``before`` and ``after`` go to the journal: no secret may be in them.

    ``locator``: what finds the object again. ``detail``: what the call needs beside them.
    """

    row: Row
    name: str
    locator: Mapping[str, str]
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}
    detail: Mapping[str, Any] = {}
    commands: tuple[str, ...] = ()


def items_of(plan: Plan) -> tuple[Item, ...]:
    """The plan's items, one a row."""
    items: tuple[Item, ...] = plan.steps.get("items", ())
    return items


def names_of(plan: Plan) -> list[str]:
    """The plan's objects by name: ``shop/checkout``, ``payments/cart``; the rows' own names for a plan that refuses."""
    named = [item.name.removeprefix("task ").removeprefix("pod ") for item in items_of(plan)]
    return named or [row.name for row in plan.rows]


def as_before(values: Sequence[str]) -> str:
    """What the rows go back to, in their order: once where it is the same for all, not one by one where they are many."""
    if len(set(values)) == 1:
        return values[0]
    return ", ".join(values) if len(values) <= 4 else "what each of them has now"


class RowAction(Action):
    """Base of the actions of this package that write."""

    @abstractmethod
    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        """Facts of the object read afresh, under the names that plans use in ``depends``, ``before`` and ``after``.

        Raises ``ApiError`` (``NOT_FOUND`` where the object is gone).
        """

    @abstractmethod
    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        """Make the change, one attempt; the answer is added to the record's ``after``. Raises ``ApiError``."""

    @abstractmethod
    def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        """Steps until every item has settled; the last step of an item is ``final``."""

    async def arrived(self, item: Item, context: Context) -> Mapping[str, Any] | None:
        """Whether a call of unknown outcome took effect: the facts that show it, ``None`` where it did not."""
        facts = await self.current(item.row.scope, item.locator, context)
        wanted = {name: value for name, value in item.after.items() if name in facts}
        return wanted if wanted and all(facts[name] == value for name, value in wanted.items()) else None

    async def run(self, plan: Plan, context: Context) -> AsyncIterator[Step | Record]:
        done: list[Item] = []
        items = items_of(plan)
        for number, item in enumerate(items):
            if number:
                await context.clock.sleep(BULK_PACE)
                changed = await self._changed(plan, item, context)
                if changed:
                    yield _not_tried(context, item, changed)
                    if plan.on_failure == "stop":
                        yield _stopped(context, len(items) - number, len(items))
                        break
                    continue
            intent = self._intent(plan, item, context)
            yield intent
            outcome = await self._attempt(intent, item, context)
            yield outcome
            if outcome.outcome == "done":
                done.append(replace(item, after=outcome.after))
                yield Step(time=context.clock.now(), text=f"{item.name}: {plan.title.lower()} accepted", target=item.row.key)
                continue
            yield Step(
                time=context.clock.now(),
                text=f"{item.name}: {outcome.detail}",
                target=item.row.key,
                state=State.BROKEN if outcome.outcome == "failed" else State.DEGRADED,
                status="FAILED" if outcome.outcome == "failed" else "UNKNOWN",
                final=True,
            )
            left = len(items) - number - 1
            if plan.on_failure == "stop" and left:
                yield _stopped(context, left, len(items))
                break
        if done:
            async for step in self.watch(done, context):
                yield step

    def _intent(self, plan: Plan, item: Item, context: Context) -> Record:
        return Record(
            id=os.urandom(8).hex(),
            time=context.clock.now(),
            outcome="intent",
            action=self.id,
            title=plan.title,
            who=context.callers.get(item.row.scope.identity, ""),
            where=place_of(item.row),
            target=item.row.key,
            target_name=item.name,
            scope=item.row.scope,
            before=item.before,
            after=item.after,
            commands=item.commands,
            undoes=plan.undoes.get(item.row.key.id, ""),
            locator=item.locator,
            pid=os.getpid(),
            born=born(os.getpid()),
        )

    async def _attempt(self, intent: Record, item: Item, context: Context) -> Record:
        """One call, and its outcome as a record."""
        try:
            after = await self.call(item, context)
        except ApiError as error:
            if error.trouble is Trouble.DENIED:
                remember(error, item.row.scope, context)
            if error.trouble not in UNSURE:
                detail = f"{error}; {error.hint}" if error.hint else str(error)
                return replace(intent, time=context.clock.now(), outcome="failed", detail=detail)
            return await self._settle(intent, item, str(error), context)
        return replace(intent, time=context.clock.now(), outcome="done", after={**item.after, **after})

    async def _settle(self, intent: Record, item: Item, why: str, context: Context) -> Record:
        """Read what a call of unknown outcome did: a few times, since AWS shows a change some seconds late."""
        for wait in SETTLING:
            await context.clock.sleep(wait)
            try:
                facts = await self.arrived(item, context)
            except ApiError as error:
                detail = f"{why}; whether it arrived is not known: {error}"
                return replace(intent, time=context.clock.now(), outcome="unknown", detail=detail)
            if facts is not None:
                after = {**item.after, **facts}
                detail = f"{why}; read afresh: it took effect"
                return replace(intent, time=context.clock.now(), outcome="done", after=after, detail=detail)
        detail = f"{why}; read afresh: nothing has changed"
        return replace(intent, time=context.clock.now(), outcome="failed", detail=detail)

    async def _changed(self, plan: Plan, item: Item, context: Context) -> str:
        """For the later rows of a bulk plan, whose turn comes after the runner's check: what is no longer as planned."""
        try:
            return "; ".join(await self.differences(plan, item, context))
        except ApiError as error:
            return f"{item.name}: {error}; not tried"

    async def differences(self, plan: Plan, item: Item, context: Context) -> list[str]:
        """What the plan depends on and is no longer so, as sentences. Raises ``ApiError``."""
        depends = plan.depends.get(item.row.key.id, {})
        facts = await self.current(item.row.scope, item.locator, context)
        return [
            f"{item.name}: {name} is {facts.get(name)} now, it was {value} when this was planned"
            for name, value in depends.items()
            if facts.get(name) != value
        ]


def _not_tried(context: Context, item: Item, why: str) -> Step:
    """A row of a bulk plan that is no longer as planned."""
    return Step(time=context.clock.now(), text=why, target=item.row.key, state=State.BROKEN, status="NOT_TRIED", final=True)


def _stopped(context: Context, left: int, of: int) -> Step:
    """The end of a bulk plan at its first failure."""
    return Step(time=context.clock.now(), text=f"stopped here: {left} of {of} not tried", state=State.BROKEN)
