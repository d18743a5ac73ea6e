"""Stop ECS tasks: CAUTION where a service starts another, DESTRUCTIVE where nothing brings it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from tui.actions import shell
from tui.actions.base import Change, Context, Danger, Plan, Record, Step
from tui.actions.plans import finish, on_failure_of, plural, refuse, rights
from tui.actions.rollout import HOPELESS, pace
from tui.actions.rowwise import Item, RowAction
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Key, Scope
from tui.model.state import State

REASON = "stopped by hand with pierhead"


class StopTask(RowAction):
    """``ctrl+d`` on tasks."""

    id = "ecs.stop"
    title = "Stop"
    key = "ctrl+d"
    kinds = ("tasks",)
    reversible = False
    confirm_title = "Stop"
    writes = ("ecs:StopTask",)
    reads = ("ecs:DescribeTasks",)

    async def plan(self, rows: Sequence[Row], values: Mapping[str, str], context: Context) -> Plan:
        tasks = await _describe(rows, context)
        for row in rows:
            task = tasks.get(row.key)
            if task is None:
                return refuse(self, rows, f"task {row.name[:12]} does not exist any more")
            if task.get("lastStatus") == "STOPPED" or task.get("desiredStatus") == "STOPPED":
                return refuse(self, rows, f"task {row.name[:12]} is {str(task.get('lastStatus', '')).lower()} already")
        alone = [row for row in rows if not _service(tasks[row.key])]
        plan = Plan(
            action=self.id,
            title="Stop task" if len(rows) == 1 else f"Stop {len(rows)} tasks",
            rows=tuple(rows),
            scope=rows[0].scope,
            changes=tuple(
                Change(row.name[:12], str(tasks[row.key].get("lastStatus")), "STOPPED", _group(tasks[row.key])) for row in rows
            ),
            effects=_effects(rows, tasks, len(alone)),
            warnings=_emptied(rows, tasks, context),
            danger=Danger.DESTRUCTIVE if alone else Danger.CAUTION,
            rights=rights(*self.writes),
            undo="a stopped task does not come back" + ("" if alone else "; its service starts another"),
            input=dict(values),
            on_failure=on_failure_of(values),  # type: ignore[arg-type]
        )
        depends = {row.key.id: {"desiredStatus": tasks[row.key].get("desiredStatus", "RUNNING")} for row in rows}
        return finish(plan, [_item(row, tasks[row.key], context) for row in rows], depends, context)

    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        params = {"cluster": locator["cluster"], "tasks": [locator["task"]]}
        answer = await context.clients.aws(scope).read("ecs", "DescribeTasks", params)
        found = answer.get("tasks") or []
        if not found:
            name = locator["task"].rsplit("/", 1)[-1][:12]
            raise ApiError(Trouble.NOT_FOUND, f"task {name} does not exist any more", operation="ecs:DescribeTasks")
        return {name: found[0].get(name, "") for name in ("desiredStatus", "lastStatus")}

    async def call(self, item: Item, context: Context) -> Mapping[str, Any]:
        await context.clients.aws(item.row.scope).write("ecs", "StopTask", {**item.locator, "reason": REASON})
        return {}

    async def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        left = {item.row.key: item for item in items}
        told: dict[Key, str] = {}
        began = context.clock.now()
        while left:
            await context.clock.sleep(pace(context.clock.now() - began, context))
            now = context.clock.now()
            try:
                tasks = await _describe([item.row for item in left.values()], context)
            except ApiError as error:
                yield Step(time=now, text=f"cannot be read now: {error}", state=State.DEGRADED, final=error.trouble in HOPELESS)
                if error.trouble in HOPELESS:
                    return
                continue
            for key, item in tuple(left.items()):
                status = str(tasks.get(key, {}).get("lastStatus", "STOPPED"))
                if status == "STOPPED":
                    del left[key]
                    text = f"{item.name} stopped"
                    yield Step(time=now, text=text, target=key, state=State.WELL, status="COMPLETED", final=True)
                elif told.get(key) != status:
                    told[key] = status
                    yield Step(time=now, text=f"{item.name} {status}", target=key, status="IN_PROGRESS")

    async def undo(self, record: Record, context: Context) -> Plan | str:
        return "a stopped task does not come back: its service starts another, a standalone task is run anew"


async def _describe(rows: Sequence[Row], context: Context) -> dict[Key, dict[str, Any]]:
    """The tasks of ``rows``, a hundred to a call."""
    groups: dict[tuple[Scope, str], dict[str, Row]] = {}
    for row in rows:
        groups.setdefault((row.scope, _cluster(row)), {})[row.key.id] = row
    out: dict[Key, dict[str, Any]] = {}
    for (scope, cluster), members in groups.items():
        arns = list(members)
        for start in range(0, len(arns), 100):
            params = {"cluster": cluster, "tasks": arns[start : start + 100]}
            answer = await context.clients.aws(scope).read("ecs", "DescribeTasks", params)
            for task in answer.get("tasks") or []:
                if task.get("taskArn") in members:
                    out[members[task["taskArn"]].key] = task
    return out


def _cluster(row: Row) -> str:
    """The cluster's ARN; from the task's ARN (``…:task/CLUSTER/ID``) where the row does not say."""
    known = str(getattr(row, "cluster_arn", ""))
    if known:
        return known
    head, _, rest = row.key.id.partition(":task/")
    return f"{head}:cluster/{rest.partition('/')[0]}"


def _group(task: Mapping[str, Any]) -> str:
    return str(task.get("group", ""))


def _service(task: Mapping[str, Any]) -> str:
    group = _group(task)
    return group.removeprefix("service:") if group.startswith("service:") else ""


def _effects(rows: Sequence[Row], tasks: Mapping[Key, Mapping[str, Any]], alone: int) -> tuple[str, ...]:
    words = ["its containers get SIGTERM, then SIGKILL after their stop timeout"]
    replaced = len(rows) - alone
    if replaced:
        names = ", ".join(sorted({_service(tasks[row.key]) for row in rows} - {""}))
        what = "it" if len(rows) == 1 else plural(replaced, "task")
        words.insert(0, f"service {names} starts another for {what}" if len(rows) == 1 else f"{what} replaced by {names}")
    if alone:
        words.insert(0, f"{plural(alone, 'standalone task')}: nothing starts another")
    return tuple(words)


def _emptied(rows: Sequence[Row], tasks: Mapping[Key, Mapping[str, Any]], context: Context) -> tuple[str, ...]:
    """Services that lose all their tasks at once."""
    if context.store is None:
        return ()
    stopped = Counter((_cluster(row), _service(tasks[row.key])) for row in rows if _service(tasks[row.key]))
    running = {(row.cluster_arn, row.name): row.running for row in context.store.rows("services") if isinstance(row, ServiceRow)}
    return tuple(
        f"all {count} running tasks of {name} stop at once: it is down until others run"
        for (cluster, name), count in stopped.items()
        if 0 < running.get((cluster, name), 0) <= count
    )


def _item(row: Row, task: Mapping[str, Any], context: Context) -> Item:
    cluster = _cluster(row)
    command = shell.aws(
        context, row.scope, "ecs", "stop-task", cluster=cluster.rsplit("/", 1)[-1], task=row.key.id, reason=REASON
    )
    return Item(
        row=row,
        name=f"task {row.name[:12]}",
        locator={"cluster": cluster, "task": row.key.id},
        before={"desiredStatus": task.get("desiredStatus", ""), "group": _group(task)},
        after={"desiredStatus": "STOPPED"},
        commands=(command,),
    )
