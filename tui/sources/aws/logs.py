"""Logs of ECS services, tasks and containers from CloudWatch Logs (``tui.logs.base.LogProvider``).

Which tasks belong to a service is read from the store, whose source of tasks is kept at work by an interest while logs are
open; so tasks that start are followed by themselves, and how a task ended is said in its place.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from random import Random
from typing import ClassVar

import msgspec

from tui.logs.base import LogLine
from tui.model import Clock, Key, Row
from tui.model.ecs import ContainerDefinition, ServiceRow, TaskDefinitionRow
from tui.model.errors import ApiError, Trouble
from tui.model.tasks import ContainerRow, TaskRow
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import answer_of
from tui.sources.aws.limits import Priority
from tui.sources.aws.log_group import MS, LogGroup
from tui.sources.aws.rows import ImageCache
from tui.sources.aws.source import every
from tui.sources.aws.streams import Stream, label_of, stream_of
from tui.sources.aws.task_definitions import container_definition
from tui.sources.aws.task_rows import task_row
from tui.sources.aws.wire_definitions import DescribeTaskDefinition
from tui.sources.aws.wire_tasks import DescribeTasks
from tui.sources.backoff import Backoff
from tui.sources.clients import HubClients
from tui.store import Store, Urgency

#: tasks that have ended whose last lines are shown too, by service
ENDED = 10

Group = tuple[str, str, str]


class CloudWatchLogs:
    """The provider for all AWS connections."""

    kinds: tuple[str, ...] = ("services", "tasks", "containers")
    reads: ClassVar[tuple[str, ...]] = ("logs:FilterLogEvents", "ecs:DescribeTasks", "ecs:DescribeTaskDefinition")

    def __init__(
        self, clients: HubClients, store: Store, clock: Clock, *, poll_s: float = 2.0, random: Random | None = None
    ) -> None:
        self._clients = clients
        self._store = store
        self._clock = clock
        self._poll = poll_s
        self._random = random or Random()

    async def follow(
        self, rows: Sequence[Row], *, since: float = 600.0, tail: int = 200, previous: bool = False
    ) -> AsyncIterator[Sequence[LogLine]]:
        """See ``LogProvider``. ``previous``: the last lines of tasks that have ended, then it ends."""
        open_view = _Tail(self._clients, self._store, self._clock, self._random, rows, since, tail, previous)
        interests = [
            self._store.interest.register("tasks", row.scope, Urgency.VISIBLE, frozenset({row.key}))
            for row in rows
            if isinstance(row, ServiceRow)
        ]
        try:
            while True:
                batch = await open_view.turn()
                if batch:
                    yield batch
                if previous and open_view.complete:
                    return
                await self._clock.sleep(self._poll)
        finally:
            for interest in interests:
                interest.close()


class _Tail:
    """One open log view."""

    def __init__(
        self,
        clients: HubClients,
        store: Store,
        clock: Clock,
        random: Random,
        rows: Sequence[Row],
        since: float,
        tail: int,
        previous: bool,
    ) -> None:
        self.complete = False
        self._clients = clients
        self._store = store
        self._clock = clock
        self._random = random
        self._rows = rows
        self._since = since
        self._tail = tail
        self._previous = previous
        self._groups: dict[Group, LogGroup] = {}
        self._trouble: dict[Group, tuple[str, float, Backoff]] = {}
        self._definitions: dict[str, tuple[ContainerDefinition, ...]] = {}
        self._said: set[str] = set()
        self._refused: set[str] = set()
        self._members: dict[str, TaskRow] | None = None
        self._images = ImageCache()
        self._opened = clock.now()

    async def turn(self) -> list[LogLine]:
        """Look who belongs, read what is new."""
        lines: list[LogLine] = []
        await self._join(lines)
        for part in await every(self._read(name, group) for name, group in self._groups.items()):
            lines += part
        self.complete = True
        return sorted(lines, key=lambda line: line.time)

    # -- who belongs --------------------------------------------------------------------------------------------------

    async def _join(self, lines: list[LogLine]) -> None:
        """The streams of all containers behind the rows now. What is not known of one task holds up no other."""
        streams: dict[Group, dict[str, Stream]] = {}
        tasks, refused = await self._tasks()
        for task, only in tasks:
            try:
                definitions = await self._definition(self._clients.connection(task.scope), task.task_definition)
            except ApiError as error:
                refused.append(str(error))
                continue
            for place in self._places(task, only, definitions):
                if isinstance(place, Stream):
                    streams.setdefault((task.scope.owner, place.region, place.group), {})[place.name] = place
                elif place:
                    self._say_once(lines, place, "note")
        for text in dict.fromkeys(refused):
            self._say_once(lines, text, "error")
        self._refused &= set(refused)  # what was mended and breaks again is said again
        self._refused |= set(refused)
        self._say_changes(lines, [task for task, _ in tasks], whole=not refused)
        for name, found in streams.items():
            self._group(name).keep(found)
        for name, group in self._groups.items():
            if name not in streams and not refused:
                group.keep({})

    def _places(self, task: TaskRow, only: str, definitions: Sequence[ContainerDefinition]) -> Iterator[Stream | str]:
        """Where each container's lines are, or why they are nowhere."""
        by_name = {one.name: one for one in definitions}
        for container in task.containers:
            definition = by_name.get(container.name)
            if definition is None or (only and container.name != only):
                continue
            place = stream_of(task, container, definition, label_of(task, container, task.containers))
            joined = isinstance(place, Stream) and task.created > self._opened
            yield msgspec.structs.replace(place, joined=True) if joined else place  # type: ignore[type-var]

    def _group(self, name: Group) -> LogGroup:
        group = self._groups.get(name)
        if group is None:
            owner, region, title = name
            connection = self._clients.aws_connections[owner]
            since = self._since if not self._previous else max(self._since, 3600.0)
            group = LogGroup(connection, self._clock, title, region, since=since, tail=self._tail)
            self._groups[name] = group
        return group

    async def _tasks(self) -> tuple[list[tuple[TaskRow, str]], list[str]]:
        """Tasks behind the rows, with the name of the one container that is wanted, or empty; and what was refused."""
        found: dict[tuple[str, str], tuple[TaskRow, str]] = {}
        refused: list[str] = []
        for row in self._rows:
            try:
                for task, only in await self._tasks_of(row):
                    found.setdefault((task.arn, only), (task, only))
            except ApiError as error:
                refused.append(str(error))
        return list(found.values()), refused

    async def _tasks_of(self, row: Row) -> list[tuple[TaskRow, str]]:
        if isinstance(row, ServiceRow):
            return [(task, "") for task in self._of_service(row)]
        arn = row.task_arn if isinstance(row, ContainerRow) else row.key.id
        task = await self._task(row, arn)
        return [(task, row.name if isinstance(row, ContainerRow) else "")] if task is not None else []

    def _of_service(self, service: ServiceRow) -> list[TaskRow]:
        """The tasks of a service that the store has: running ones, and the last that have ended."""
        tasks = [
            row
            for row in self._store.rows("tasks")
            if isinstance(row, TaskRow) and row.cluster_arn == service.cluster_arn and row.service == service.name
        ]
        ended = sorted((task for task in tasks if task.last_status == "STOPPED"), key=lambda task: -task.stopped)[:ENDED]
        return ended if self._previous else [*(task for task in tasks if task.last_status != "STOPPED"), *ended]

    async def _task(self, row: Row, arn: str) -> TaskRow | None:
        """A task by its ARN: from the store, else asked for."""
        known = self._store.get(Key.of("tasks", row.scope, arn))
        if isinstance(known, TaskRow):
            return known
        connection = self._clients.connection(row.scope)
        params = {"cluster": row.scope.cluster, "tasks": [arn]}
        answer = await connection.call("ecs", "DescribeTasks", params, priority=Priority.ACTION, how=DescribeTasks)
        tasks = answer_of("ecs:DescribeTasks", answer, DescribeTasks).tasks
        return task_row(tasks[0], row.scope, self._images) if tasks else None

    async def _definition(self, connection: AwsConnection, arn: str) -> tuple[ContainerDefinition, ...]:
        """The container definitions of a revision: from the store, else asked for once."""
        known = self._definitions.get(arn)
        if known is not None:
            return known
        row = self._store.get(Key.of("task-definitions", connection.scope, arn))
        if isinstance(row, TaskDefinitionRow) and row.containers:
            found = row.containers
        else:
            answer = await connection.call(
                "ecs",
                "DescribeTaskDefinition",
                {"taskDefinition": arn},
                priority=Priority.ACTION,
                how=DescribeTaskDefinition,
            )
            whole = answer_of("ecs:DescribeTaskDefinition", answer, DescribeTaskDefinition).task_definition
            parts = whole.container_definitions if whole is not None else ()
            found = tuple(container_definition(part, self._images) for part in parts)
        self._definitions[arn] = found
        return found

    # -- what is said besides lines -----------------------------------------------------------------------------------

    def _say_changes(self, lines: list[LogLine], tasks: Sequence[TaskRow], *, whole: bool) -> None:
        """Tasks that joined, have ended, or are gone, since the last turn."""
        before, self._members = self._members, {task.name: task for task in tasks}
        if before is None:
            return
        for task in tasks:
            label = f"{task.service or 'task'} {task.name[:4]}"
            ended = task.last_status == "STOPPED"
            known = before.get(task.name)
            if known is None and task.created > self._opened:
                self._note(lines, label, "joined", task.created)
            if ended and (known.last_status != "STOPPED" if known is not None else task.created > self._opened):
                why = task.stopped_reason or task.stop_code or "stopped"
                codes = ", ".join(f"{one.name} exit {one.exit_code}" for one in task.containers if one.exit_code is not None)
                self._note(lines, label, f"ended: {why}{f' ({codes})' if codes else ''}", task.stopped)
        for name, task in before.items():
            if name in self._members or task.last_status == "STOPPED":
                continue
            if whole:
                self._note(lines, f"{task.service or 'task'} {name[:4]}", "is gone: ECS lists it no more", 0)
            else:
                self._members[name] = task

    def _note(self, lines: list[LogLine], label: str, text: str, when: float) -> None:
        time = int((when or self._clock.now()) * 1000) * MS
        lines.append(LogLine(time, label, text, f"{label} {text}", kind="note"))

    def _say_once(self, lines: list[LogLine], text: str, kind: str) -> None:
        if text not in (self._refused if kind == "error" else self._said):
            self._said.add(text)
            now = int(self._clock.now() * 1000) * MS
            lines.append(LogLine(now, "logs", text, kind="error" if kind == "error" else "note"))

    # -- lines --------------------------------------------------------------------------------------------------------

    async def _read(self, name: Group, group: LogGroup) -> list[LogLine]:
        """What is new in a group; trouble is said once in its place and tried again later."""
        known = self._trouble.get(name)
        if known is not None and self._clock.monotonic() < known[1]:
            return []
        try:
            lines = await group.read()
        except ApiError as error:
            return self._failed(name, group, error)
        if known is not None:
            del self._trouble[name]
            now = int(self._clock.now() * 1000) * MS
            lines.append(LogLine(now, "logs", f"{group.group} is read again", kind="note"))
        return lines

    def _failed(self, name: Group, group: LogGroup, error: ApiError) -> list[LogLine]:
        known = self._trouble.get(name)
        backoff = known[2] if known is not None else Backoff(self._random, ceiling=30.0)
        wait = backoff.next(error)
        if error.trouble == Trouble.NOT_FOUND:
            wait = min(wait, 30.0)
        text = f"log group {group.group} does not exist" if error.trouble == Trouble.NOT_FOUND else str(error)
        self._trouble[name] = (text, self._clock.monotonic() + wait, backoff)
        if known is not None and known[0] == text:
            return []
        return [LogLine(int(self._clock.now() * 1000) * MS, "logs", text, kind="error")]
