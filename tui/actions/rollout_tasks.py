"""The tasks and targets of a service under watch, read only for a few rows: task by task, and why tasks failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from tui.actions.base import Context
from tui.actions.rollout_words import STARTING, epoch, task_words
from tui.actions.rowwise import Item
from tui.actions.service import primary_of
from tui.model.errors import ApiError

READS = ("ecs:ListTasks", "ecs:DescribeTasks", "elbv2:DescribeTargetHealth")


class Details(Struct):
    """``tasks``: task id to what it does; ``starting``: status to count; ``targets``: health to count.

    ``failed``: how many tasks of the deployment failed so far; ``failures``: task id to why, where that was read.
    """

    tasks: dict[str, str] = {}
    starting: dict[str, int] = {}
    targets: dict[str, int] = {}
    failed: int = 0
    failures: dict[str, str] = {}

    @property
    def reason(self) -> str:
        """``9 tasks failed: image checkout:1.8.3 not found in ECR``; empty while none did."""
        reasons = list(self.failures.values())
        if not reasons:
            return ""
        worst = max(dict.fromkeys(reasons), key=reasons.count)
        count = max(self.failed, len(reasons))
        others = len(set(reasons)) - 1
        also = f" (and {others} other {'reason' if others == 1 else 'reasons'})" if others else ""
        return f"{count} {'task' if count == 1 else 'tasks'} failed: {worst}{also}"


async def read_details(
    item: Item, service: Mapping[str, Any], deployment: str, since: float, before: Details, context: Context
) -> Details:
    """What is going on behind the counts; what may not be read is left out (the counts still tell).

    ``deployment``: whose tasks; without one those made after ``since``. ``before``: what was read before.
    """
    ours: Mapping[str, Any] = next(
        (d for d in service.get("deployments") or [] if d.get("id") == deployment), primary_of(service) if not deployment else {}
    )
    details = Details(failed=int(ours.get("failedTasks", 0)), failures=dict(before.failures))
    try:
        for task in await _tasks(item, "RUNNING", context):
            if _ours(task, deployment, since):
                _add_task(details, task)
        if details.failed > len(details.failures):
            for task in await _tasks(item, "STOPPED", context):
                if _ours(task, deployment, since) and (why := _why_failed(task, context)):
                    details.failures.setdefault(_id(task), why)
        await _add_targets(details, item, service, context)
    except ApiError:
        return details
    return details


def failure_words(told: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each reason of the tasks in ``now`` that were not ``told``: ``task 57ebf984 failed: …``."""
    by_reason: dict[str, list[str]] = {}
    for task, reason in now.items():
        if task not in told:
            by_reason.setdefault(reason, []).append(task[:8])
    for reason, tasks in by_reason.items():
        names = f"task {tasks[0]}" if len(tasks) == 1 else f"tasks {', '.join(tasks[:4])}{' …' if len(tasks) > 4 else ''}"
        yield f"{names} failed: {reason}" if reason not in told.values() else f"{names} failed likewise"


def _ours(task: Mapping[str, Any], deployment: str, since: float) -> bool:
    return task.get("startedBy") == deployment if deployment else epoch(task.get("createdAt")) >= since - 1


def _id(task: Mapping[str, Any]) -> str:
    return str(task.get("taskArn", "")).rsplit("/", 1)[-1]


async def _tasks(item: Item, wanted: str, context: Context) -> list[dict[str, Any]]:
    """Up to 100 tasks of the service with this desired status."""
    port = context.clients.aws(item.row.scope)
    cluster = item.locator["cluster"]
    listing = {"cluster": cluster, "serviceName": item.locator["service"], "desiredStatus": wanted, "maxResults": 100}
    arns = (await port.read("ecs", "ListTasks", listing)).get("taskArns") or []
    if not arns:
        return []
    answer = await port.read("ecs", "DescribeTasks", {"cluster": cluster, "tasks": arns})
    return answer.get("tasks") or []


def _add_task(details: Details, task: Mapping[str, Any]) -> None:
    status = str(task.get("lastStatus", ""))
    details.tasks[_id(task)] = task_words(status, str(task.get("healthStatus", "")))
    if status in STARTING:
        details.starting[status] = details.starting.get(status, 0) + 1


def _why_failed(task: Mapping[str, Any], context: Context) -> str:
    """Why a task stopped that nobody wanted to stop; empty for one that was (scaled in, replaced, stopped by a user)."""
    if task.get("stopCode") in ("ServiceSchedulerInitiated", "UserInitiated"):
        return ""
    containers = task.get("containers") or []
    reason = next((c["reason"] for c in containers if c.get("reason")), "") or str(task.get("stoppedReason") or "")
    words = context.explain(reason) if reason else ""
    code = next((c["exitCode"] for c in containers if c.get("exitCode")), None)
    if code and f"exit {code}" not in words.lower() and f"code {code}" not in words.lower():
        words = f"{words} (exit {code})".strip()
    return words


async def _add_targets(details: Details, item: Item, service: Mapping[str, Any], context: Context) -> None:
    port = context.clients.aws(item.row.scope)
    for balancer in service.get("loadBalancers") or []:
        group = balancer.get("targetGroupArn")
        if not group:
            continue
        answer = await port.read("elbv2", "DescribeTargetHealth", {"TargetGroupArn": group})
        for description in answer.get("TargetHealthDescriptions") or []:
            word = str((description.get("TargetHealth") or {}).get("State", "unknown"))
            details.targets[word] = details.targets.get(word, 0) + 1
