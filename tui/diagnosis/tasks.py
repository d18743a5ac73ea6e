"""Findings on ECS tasks. A service's tasks are spoken for by their service, so theirs are kept off the problems list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.task_reasons import why_stopped
from tui.diagnosis.words import duration, finding
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext, own_key
from tui.model.finding import Finding
from tui.model.scope import Key
from tui.model.state import State
from tui.model.tasks import TaskRow

STARTING_LIMIT = 300.0
"""Seconds after which a task that does not run yet is stuck."""
STOPPING_LIMIT = 600.0


class Tasks(Derived):
    """A task that stopped by a fault, that fails its health check, or that neither starts nor ends."""

    name = "tasks"
    output = "findings"
    inputs = {"tasks": own_key}

    def compute(self, group: Key, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        task: TaskRow = members["tasks"][0]
        if task.last_status == "RUNNING" and task.desired_status != "STOPPED":
            return Computed((_unhealthy(task),)) if task.health == "UNHEALTHY" else NOTHING
        if task.last_status == "STOPPED":
            return _stopped(task)
        if task.desired_status == "STOPPED":
            return _slow(task, task.stopping, STOPPING_LIMIT, context.now, "stopping")
        return _slow(task, task.created, STARTING_LIMIT, context.now, "starting")


def _unhealthy(task: TaskRow) -> Finding:
    container = next((c.name for c in task.containers if c.health == "UNHEALTHY"), "")
    return _finding(
        task,
        "container-health",
        f"container health check fails{f' ({container})' if container else ''}",
        severity=State.DEGRADED,
        since=task.started,
        next_step="look at its logs; check healthCheck in the task definition",
    )


def _stopped(task: TaskRow) -> Computed:
    why = why_stopped(task)
    if why is None or not why.fault:
        return NOTHING
    evidence = (task.stopped_reason,) if why.sentence != task.stopped_reason else ()
    found = _finding(
        task,
        why.cause,
        why.sentence,
        severity=State.BROKEN,
        since=task.stopped or task.stopping,
        next_step=why.next_step,
        evidence=evidence,
    )
    return Computed((found,))


def _slow(task: TaskRow, since: float, limit: float, now: float, doing: str) -> Computed:
    """Nothing until the limit is over, then a finding whose age is said in steps of a minute."""
    if not since:
        return NOTHING
    if now - since < limit:
        return Computed(recheck_at=since + limit)
    words = f"{task.last_status} for {duration(now - since)}"
    found = _finding(
        task, f"stuck-{doing}", words, severity=State.DEGRADED, since=since, next_step="look at its events and its instance"
    )
    return Computed((found,), recheck_at=now + 60)


def _finding(
    task: TaskRow, cause: str, sentence: str, *, severity: State, since: float, next_step: str, evidence: tuple[str, ...] = ()
) -> Finding:
    owner = task.service or task.group.partition(":")[2]
    return finding(
        "tasks",
        task,
        severity=severity,
        cause=cause,
        sentence=sentence,
        world="ecs",
        name=f"{task.cluster}/{owner or 'task'} {task.name[:8]}",
        evidence=evidence,
        next_step=next_step,
        since=since,
        grouped=bool(task.service),
    )
