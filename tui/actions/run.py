"""One plan under way, as screens see it: its steps so far, its records, whether it has settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.actions.base import Plan, Record, Step
from tui.model.state import State


class Run:
    """One plan under way. ``steps`` so far, ``records`` as they stand, ``done`` when watching has ended."""

    def __init__(self, number: int, plan: Plan, started: float) -> None:
        self.number = number
        self.plan = plan
        self.started = started
        self.steps: list[Step] = []
        self.records: dict[str, Record] = {}
        self.done = False
        self.error = ""
        self._task: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[Run], None]] = []

    @property
    def state(self) -> State:
        """CHANGING while it runs; then the worst of its last steps."""
        if not self.done:
            return State.CHANGING
        if self.error or any(r.outcome == "failed" for r in self.records.values()):
            return State.BROKEN
        finals = [step.state for step in self.steps if step.final]
        return min(finals, default=State.WELL)

    @property
    def status(self) -> str:
        """IN_PROGRESS, COMPLETED, FAILED …; of several rows COMPLETED only when all are, else the worst of them."""
        latest = {step.target: step for step in self.steps if step.status}
        if not latest:
            return "FAILED" if self.error else "IN_PROGRESS"
        if len(self.plan.rows) == 1:
            return list(latest.values())[-1].status
        if not self.done:
            return "IN_PROGRESS"
        worst = min(latest.values(), key=lambda step: step.state)
        tried = len(self.records) == len(self.plan.rows)
        return worst.status if worst.status != "COMPLETED" or tried else "STOPPED"

    def subscribe(self, listener: Callable[[Run], None]) -> Callable[[], None]:
        """``listener(run)`` after every step and at the end; the answer ends the subscription."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def tell(self) -> None:
        """Call the listeners."""
        for listener in tuple(self._listeners):
            listener(self)

    async def wait(self) -> None:
        """Until it has settled; cancelling the waiter leaves it running."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Stop watching. What was called stays called; a call under way is journalled as unknown."""
        if self._task is not None:
            self._task.cancel()

    def attach(self, task: asyncio.Task[None]) -> None:
        """Keep the task that runs it."""
        self._task = task
