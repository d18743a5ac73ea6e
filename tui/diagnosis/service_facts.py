"""What the rules on a service read: the service with everything that was joined to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from tui.diagnosis.reasons import Explanation
from tui.diagnosis.task_reasons import why_stopped
from tui.model.derived import DerivedContext
from tui.model.ecs import Deployment, ServiceRow, revision_of
from tui.model.monitoring import AlarmRow, MetricRow, ScalableTargetRow
from tui.model.tasks import TaskRow
from tui.model.usage import ServiceDefinitionRow, ServiceTargetsRow

RECENT = 3600.0
"""Seconds that a stopped task counts; ECS forgets it after about an hour too."""


QUIET = 600.0
"""Seconds without another failure after which a service whose tasks all run counts as over it; longer where it failed seldom."""


class Failure(Struct, frozen=True):
    """Tasks that stopped by one cause: the newest's words, how many, from when to when. ``starting``: the newest never ran."""

    why: Explanation
    count: int
    first: float
    last: float
    starting: bool = False

    def recent(self, now: float) -> bool:
        """Whether another may follow."""
        gap = (self.last - self.first) / (self.count - 1) if self.count > 1 else 0.0
        return now - self.last <= max(QUIET, 2 * gap)


class Facts(Struct, frozen=True):
    """One service and its joins at one moment."""

    service: ServiceRow
    tasks: Sequence[TaskRow]
    definitions: Mapping[str, ServiceDefinitionRow]
    targets: Sequence[ServiceTargetsRow]
    alarms: Sequence[AlarmRow]
    scaling: ScalableTargetRow | None
    metric: MetricRow | None
    context: DerivedContext

    @classmethod
    def of(cls, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Facts:
        """From a derived table's members."""
        return cls(
            service=members["services"][0],
            tasks=members["tasks"],
            definitions={row.definition: row for row in members["service-definitions"]},
            targets=members["service-targets"],
            alarms=[
                *(alarm for alarm in members["alarms"] if alarm.value == "ALARM"),
                *(alarm for targets in members["service-targets"] for alarm in targets.alarms),
            ],
            scaling=next(iter(members["scalable-targets"]), None),
            metric=next(iter(members["metrics"]), None),
            context=context,
        )

    def failures(self, deployment: Deployment | None = None) -> list[Failure]:
        """Recent faults by cause, the most frequent first; ``deployment``: of its tasks only, else of the tasks of all
        that still count: what a deployment that is over left behind says nothing of the service now."""
        found: dict[str, list[tuple[float, Explanation, bool]]] = {}
        counting = self.counting() if deployment is None else (deployment,)
        for task in self.tasks:
            if task.last_status != "STOPPED" or not self._counts(task, counting):
                continue
            stopped = task.stopped or task.stopping or task.created
            if stopped and self.context.now - stopped > RECENT:
                continue
            why = why_stopped(task)
            if why is not None and why.fault:
                found.setdefault(why.sentence, []).append((stopped, why, task.stop_code == "TaskFailedToStart"))
        failures = []
        for stops in found.values():
            stops.sort(key=lambda stop: stop[0])
            _, why, starting = stops[-1]
            failures.append(Failure(why, len(stops), stops[0][0], stops[-1][0], starting))
        return sorted(failures, key=lambda failure: (-failure.count, -failure.last))

    def counting(self) -> tuple[Deployment, ...]:
        """The deployments that still matter: PRIMARY, and those that have tasks running."""
        return tuple(d for d in self.service.deployments if d.status == "PRIMARY" or d.running)

    def _counts(self, task: TaskRow, deployments: Sequence[Deployment]) -> bool:
        """Whether a task is of one of ``deployments``; task sets (CODE_DEPLOY, EXTERNAL) are none, there its revision decides."""
        if deployments:
            return any(_of(task, deployment) for deployment in deployments)
        return not self.service.task_definition or task.task_definition == self.service.task_definition

    def image_of(self, definition: str) -> str:
        """``checkout:1.8.2``: of the revision, else of a task that runs it; empty where neither has been read."""
        row = self.definitions.get(definition)
        if row is not None and row.images:
            return row.images[0].short
        task = next((task for task in self.tasks if task.task_definition == definition and len(task.containers) == 1), None)
        return task.containers[0].image.short if task is not None else ""

    def revision_words(self, definition: str) -> str:
        """``:41 (checkout:1.8.2)``."""
        revision = ":" + revision_of(definition).rpartition(":")[2]
        image = self.image_of(definition)
        return f"{revision} ({image})" if image else revision


def _of(task: TaskRow, deployment: Deployment) -> bool:
    if task.started_by.startswith("ecs-svc/"):
        return task.started_by == deployment.id
    return task.task_definition == deployment.task_definition


def task_group(task: TaskRow) -> str:
    """The service's natural id, as in its key."""
    return f"{task.cluster_arn}#{task.service}"


def alarm_service(alarm: AlarmRow) -> str:
    """The natural id of the service that an alarm's dimensions name, else empty."""
    names = dict(alarm.dimensions)
    if "ClusterName" not in names or "ServiceName" not in names:
        return ""
    place = alarm.scope
    return f"arn:{place.partition}:ecs:{place.region}:{place.account}:cluster/{names['ClusterName']}#{names['ServiceName']}"


def target_service(target: ScalableTargetRow) -> str:
    """The natural id of the service that a scalable target scales, else empty."""
    kind, _, rest = target.resource.partition("/")
    cluster, _, name = rest.partition("/")
    if kind != "service" or not name:
        return ""
    place = target.scope
    return f"arn:{place.partition}:ecs:{place.region}:{place.account}:cluster/{cluster}#{name}"
