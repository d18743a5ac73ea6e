"""ECS tasks and their containers, cluster by cluster, no more than is looked at.

- Somebody has services open (interest in ``tasks`` whose keys name them): their tasks, running and stopped, at each turn.
- Rows of tasks are on the screen: the whole cluster is listed every 15 s, and what is new, visible or not steady is described.
- Tasks are needed beside something else (who runs this image, this task definition?): the same once a minute.
- The census: tasks of services that are not steady.

A running task that is in the list no more is described once again: how it ended is what one wants to know. ECS keeps
stopped tasks for an hour, and so do we.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, ClassVar

from tui.model import Key, Scope, State
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError
from tui.model.tasks import TaskRow
from tui.sources.aws import wire_tasks
from tui.sources.aws.rows import ImageCache
from tui.sources.aws.source import ClusterSource, batches, every
from tui.sources.aws.task_rows import task_key, task_row
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency
from tui.store.stamp import Stamp

BATCH = 100  # DescribeTasks' limit
WHOLE_EVERY_S = 15.0
WHOLE_CENSUS_S = 60.0
#: a steady task is described again this often while it is on no screen
STEADY_AGAIN_S = 60.0
STOPPED_KEPT_S = 3600.0
#: services whose tasks the census reads in one turn
UNSTEADY_AT_ONCE = 10
WIDE = ("images", "task-definitions")


class Seen:
    """The tasks of one cluster: rows by ARN, and when each was last described."""

    def __init__(self) -> None:
        self.rows: dict[str, TaskRow] = {}
        self.read: dict[str, float] = {}
        self.listed = float("-inf")
        self.stamp: Stamp | None = None
        self.unsteady: dict[str, float] = {}
        self.unsteady_stamp: Stamp | None = None
        self.containers = False

    def forget(self, arns: Iterable[str]) -> None:
        """These are gone."""
        for arn in arns:
            self.rows.pop(arn, None)
            self.read.pop(arn, None)


def steady(row: TaskRow) -> bool:
    """Whether nothing is to be expected of a task by itself."""
    return row.last_status == "STOPPED" or row.state in (State.WELL, State.IDLE)


class EcsTasks(ClusterSource):
    """Rows of ``tasks``, and of ``containers`` while somebody looks at those."""

    name: ClassVar[str] = "ecs-tasks"
    kinds: ClassVar[tuple[str, ...]] = ("tasks", "containers")
    reads: ClassVar[tuple[str, ...]] = ("ecs:ListTasks", "ecs:DescribeTasks")

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._seen: dict[str, Seen] = {}
        self._images = ImageCache()

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        scope = self.aws.cluster_scope(cluster)

        async def fetch(urgency: Urgency) -> str | None:
            return await self.read(scope, urgency)

        return self.poller(fetch, Cadence.of(self.context), scope=scope, also=WIDE).run()

    def left(self, cluster: str) -> None:
        self._seen.pop(cluster, None)

    async def read(self, scope: Scope, urgency: Urgency) -> str | None:
        """One turn."""
        seen = self._seen.setdefault(scope.cluster, Seen())
        began = self.clock.monotonic()
        open_ones = self._open_services(scope)
        self._show_containers(scope, seen)
        if self._whole_due(scope, seen, open_ones):
            await self._whole(scope, seen, urgency)
        services = open_ones or self._unsteady_services(scope, seen)
        await every(self._service(scope, seen, name, urgency) for name in services)
        await self._again(scope, seen, urgency, began)
        self._expire(scope, seen)
        return None

    def _show_containers(self, scope: Scope, seen: Seen) -> None:
        """Somebody looks at containers since the last turn: those of the tasks that are known already."""
        wanted = self.store.interest.urgency("containers", scope) is not None
        if wanted and not seen.containers:
            self.store.upsert([one for row in seen.rows.values() for one in row.containers], self.store.stamp())
        seen.containers = wanted

    # -- what to list -------------------------------------------------------------------------------------------------

    def _open_services(self, scope: Scope) -> list[str]:
        """Names of the services whose tasks somebody looks at."""
        interest = self.store.interest
        keys = interest.keys("tasks", scope) | interest.keys("containers", scope)
        return sorted(key.id.rsplit("#", 1)[-1] for key in keys if key.kind == "services")

    def _unsteady_services(self, scope: Scope, seen: Seen) -> list[str]:
        """Services that are not well and whose tasks were not listed for a while, the longest ago first."""
        now = self.clock.monotonic()
        limit = now - self.context.settings.refresh.background_s
        asked = self.store.interest.asked("tasks", scope)
        forced = asked is not None and (seen.unsteady_stamp is None or asked > seen.unsteady_stamp)
        rows = [row for row in self.store.rows("services") if isinstance(row, ServiceRow) and row.cluster_arn == scope.cluster]
        names = {row.name for row in rows if self.store.state(row) not in (State.WELL, State.IDLE)}
        seen.unsteady = {name: seen.unsteady.get(name, float("-inf")) for name in names}
        due = sorted((time, name) for name, time in seen.unsteady.items() if time <= limit or forced)
        chosen = [name for _, name in due[:UNSTEADY_AT_ONCE]]
        seen.unsteady.update(dict.fromkeys(chosen, now))
        seen.unsteady_stamp = self.store.stamp()
        return chosen

    def _whole_due(self, scope: Scope, seen: Seen, open_ones: Sequence[str]) -> bool:
        """Whether it is time to list the whole cluster."""
        interest = self.store.interest
        asked = interest.asked("tasks", scope)
        looked_at = any((interest.urgency(kind, scope) or Urgency.BACKGROUND) >= Urgency.VISIBLE for kind in self.kinds)
        wide = any((interest.urgency(kind, self.scope) or Urgency.BACKGROUND) >= Urgency.VISIBLE for kind in WIDE)
        if not wide and (open_ones or not looked_at):
            return False
        on_screen = any(key.kind == "tasks" for key in interest.keys("tasks", scope, Urgency.VISIBLE))
        pause = WHOLE_EVERY_S if on_screen and not open_ones else WHOLE_CENSUS_S
        if asked is not None and (seen.stamp is None or asked > seen.stamp):
            return True
        return self.clock.monotonic() - seen.listed >= pause

    # -- reading ------------------------------------------------------------------------------------------------------

    async def _whole(self, scope: Scope, seen: Seen, urgency: Urgency) -> None:
        """List all running tasks of the cluster, describe the new ones, and those that have left the list."""
        stamp = self.store.stamp()
        arns = await self._list({"cluster": scope.cluster}, urgency)
        listed = set(arns)
        ended = [arn for arn, row in seen.rows.items() if arn not in listed and row.last_status != "STOPPED"]
        await self._describe(scope, seen, [*(arn for arn in arns if arn not in seen.rows), *ended], urgency)
        kept = [task_key(scope, arn) for arn in (*listed, *seen.rows)]
        relist = self.store.begin("tasks", scope, stamp)
        relist.page((), seen=kept)
        relist.end()
        seen.listed, seen.stamp = self.clock.monotonic(), stamp

    async def _service(self, scope: Scope, seen: Seen, name: str, urgency: Urgency) -> None:
        """The tasks of one service, those that have stopped too."""
        params = {"cluster": scope.cluster, "serviceName": name}
        try:
            running, stopped = await every(
                self._list({**params, "desiredStatus": status}, urgency) for status in ("RUNNING", "STOPPED")
            )
        except ApiError as error:
            if error.code != "ServiceNotFoundException":
                raise
            running, stopped = [], []  # deleted while it is looked at: its tasks are described once more, as they end
        listed = {*running, *stopped}
        group = f"service:{name}"
        ended = [a for a, row in seen.rows.items() if row.group == group and a not in listed and row.last_status != "STOPPED"]
        unknown = [arn for arn in (*running, *stopped) if arn not in seen.rows]
        await self._describe(scope, seen, [*unknown, *ended], urgency)

    async def _again(self, scope: Scope, seen: Seen, urgency: Urgency, began: float) -> None:
        """Describe what is on the screen, what is not steady, and what was not looked at for long; once a turn."""
        now = self.clock.monotonic()
        keys = self.store.interest.keys("tasks", scope) | self.store.interest.keys("containers", scope)
        visible = {key.id.split("#", 1)[0] for key in keys}
        names = {f"service:{key.id.rsplit('#', 1)[-1]}" for key in keys if key.kind == "services"}
        due: list[str] = []
        for arn, row in seen.rows.items():
            if seen.read[arn] >= began or row.last_status == "STOPPED":
                continue
            old = now - seen.read[arn] >= STEADY_AGAIN_S
            if not steady(row) or arn in visible or row.group in names or (old and urgency >= Urgency.VISIBLE):
                due.append(arn)
        due.sort(key=lambda arn: (arn not in visible, seen.read[arn]))
        await self._describe(scope, seen, due, urgency)

    async def _list(self, params: dict[str, Any], urgency: Urgency) -> list[str]:
        found: list[str] = []
        token = ""
        while True:
            more = {"nextToken": token} if token else {}
            page = await self.narrow("ecs", "ListTasks", {**params, "maxResults": 100, **more}, wire_tasks.ListTasks, urgency)
            found += page.task_arns
            token = page.next_token
            if not token:
                return found

    async def _describe(self, scope: Scope, seen: Seen, arns: Sequence[str], urgency: Urgency) -> None:
        await every(self._batch(scope, seen, part, urgency) for part in batches(arns, BATCH))

    async def _batch(self, scope: Scope, seen: Seen, arns: Sequence[str], urgency: Urgency) -> None:
        stamp = self.store.stamp()
        params = {"cluster": scope.cluster, "tasks": list(arns), "include": ["TAGS"]}
        answer = await self.narrow("ecs", "DescribeTasks", params, wire_tasks.DescribeTasks, urgency)
        rows = [task_row(task, scope, self._images) for task in answer.tasks]
        now = self.clock.monotonic()
        for row in rows:
            seen.rows[row.arn] = row
            seen.read[row.arn] = now
        self.store.upsert(rows, stamp)
        if seen.containers:
            self.store.upsert([container for row in rows for container in row.containers], stamp)
        gone = [failure.arn for failure in answer.failures if failure.reason == "MISSING"]
        self._remove(scope, seen, gone, stamp)

    def _expire(self, scope: Scope, seen: Seen) -> None:
        """What stopped more than an hour ago is gone at ECS too."""
        limit = self.clock.now() - STOPPED_KEPT_S
        old = [arn for arn, row in seen.rows.items() if row.last_status == "STOPPED" and 0 < row.stopped < limit]
        self._remove(scope, seen, old, self.store.stamp())

    def _remove(self, scope: Scope, seen: Seen, arns: Sequence[str], stamp: Stamp) -> None:
        if not arns:
            return
        keys: list[Key] = []
        for arn in arns:
            row = seen.rows.get(arn)
            keys.append(task_key(scope, arn))
            keys += [container.key for container in row.containers] if row is not None else []
        self.store.remove(scope.owner, keys, stamp)
        seen.forget(arns)
