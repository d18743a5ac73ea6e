"""The tasks and targets of a service under watch, read only for a few rows: task by task, and why tasks failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tui.actions.base import Context
from tui.actions.rowwise import Item
from tui.model.errors import ApiError

READS = ("ecs:ListTasks", "ecs:DescribeTasks", "elbv2:DescribeTargetHealth")


class Details(Struct):
    """``tasks``: task id to what it does; ``starting``: status to count; ``targets``: health to count.

    ``failed``: how many tasks of the deployment failed so far; ``failures``: why, where there are more than were told.
    """

    tasks: dict[str, str] = {}
    starting: dict[str, int] = {}
    targets: dict[str, int] = {}
    failed: int = 0
    failures: list[str] = []


async def read_details(item: Item, service: Mapping[str, Any], deployment: str, told: int, context: Context) -> Details:
    """What is going on behind the counts; what may not be read is left out (the counts still tell)."""
    ours: Mapping[str, Any] = next((d for d in service.get("deployments") or [] if d.get("id") == deployment), {})
    details = Details(failed=int(ours.get("failedTasks", 0)))
    try:
        for task in await _tasks(item, "RUNNING", context):
            if not deployment or task.get("startedBy") == deployment:
                _add_task(details, task)
        if details.failed > told:
            details.failures = _failures(await _tasks(item, "STOPPED", context), deployment)
        await _add_targets(details, item, service, context)
    except ApiError:
        return details
    return details


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
    health = str(task.get("healthStatus", ""))
    words = status + (f" {health}" if health in ("HEALTHY", "UNHEALTHY") else "")
    details.tasks[str(task.get("taskArn", "")).rsplit("/", 1)[-1]] = words
    if status in ("PROVISIONING", "PENDING", "ACTIVATING"):
        details.starting[status] = details.starting.get(status, 0) + 1


def _failures(tasks: list[dict[str, Any]], deployment: str) -> list[str]:
    """Why tasks of the deployment stopped, equal reasons once."""
    counted: dict[str, int] = {}
    for task in tasks:
        if deployment and task.get("startedBy") != deployment:
            continue
        reason = next((c["reason"] for c in task.get("containers") or [] if c.get("reason")), "") or task.get("stoppedReason", "")
        code = next((c["exitCode"] for c in task.get("containers") or [] if c.get("exitCode")), None)
        if code and f"exit {code}" not in reason.lower() and f"code {code}" not in reason.lower():
            reason = f"{reason} (exit {code})".strip()
        if reason:
            counted[reason] = counted.get(reason, 0) + 1
    return [f"{n} {'task' if n == 1 else 'tasks'} failed: {reason}" for reason, n in counted.items()]


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
