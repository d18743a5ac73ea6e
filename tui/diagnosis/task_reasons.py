"""Why one task stopped or is not well: its reason read together with its containers' exit codes."""

from __future__ import annotations

from tui.diagnosis.reasons import Explanation, explain
from tui.diagnosis.words import exit_words
from tui.model.tasks import ContainerRow, TaskRow

VAGUE = frozenset({"exited", "other", "start-failed"})
"""Causes about which a container's own reason says more than the task's."""


def why_stopped(task: TaskRow) -> Explanation | None:
    """What stopped a task; None while it runs, or where nothing is said."""
    if task.last_status != "STOPPED" and task.desired_status != "STOPPED":
        return None
    if task.stop_code == "UserInitiated":
        return Explanation("user", "stopped by a user", fault=False)
    culprit = _culprit(task)
    image = culprit.image if culprit else None
    memory = (culprit.memory if culprit else 0) or task.memory
    said = explain(task.stopped_reason, image=image, memory=memory)
    if said is not None and said.cause not in VAGUE:
        return said
    if culprit is not None:
        own = explain(culprit.reason_text, image=image, memory=memory)
        if own is not None and own.cause not in VAGUE:
            return own
        if culprit.exit_code is not None and (said is None or said.cause == "exited"):
            return _exited(task, culprit)
        if own is not None:
            return own
    if task.stop_code in ("SpotInterruption", "TerminationNotice") and said is None:
        return Explanation("spot", "Fargate Spot took the capacity back")
    return said


def stopped_words(reason: str) -> str:
    """A stopped reason, or a container's, as a sentence; one that is not known as it is."""
    said = explain(reason)
    return said.sentence if said is not None else reason


def _culprit(task: TaskRow) -> ContainerRow | None:
    """The container that most likely ended the task: one with a reason, else one that failed, else one that ended."""
    return (
        next((c for c in task.containers if c.reason_text), None)
        or next((c for c in task.containers if c.exit_code), None)
        or next((c for c in task.containers if c.exit_code is not None), None)
    )


def _exited(task: TaskRow, container: ContainerRow) -> Explanation:
    name = f"{container.name}: " if len(task.containers) > 1 else ""
    if container.exit_code == 0:
        fault = bool(task.service)  # a job may end, a service's process should not
        return Explanation("exited", f"{name}ended by itself (exit 0)", "look at its last logs", fault)
    if container.exit_code == 137:
        words = f"{name}exit 137 (SIGKILL: killed for memory, or not stopped in time)"
        return Explanation("exited", words, "look at its memory and its last logs")
    return Explanation("exited", f"{name}{exit_words(container.exit_code or 0)}", "look at its last logs")
