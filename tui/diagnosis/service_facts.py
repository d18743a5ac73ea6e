"""What the rules on a service read: the service with everything that was joined to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from tui.diagnosis.reasons import Explanation
from tui.diagnosis.task_reasons import why_stopped
from tui.model.derived import DerivedContext
from tui.model.ecs import Deployment, ServiceRow, TaskRow, revision_of
from tui.model.monitoring import AlarmRow, MetricRow, ScalableTargetRow
from tui.model.usage import ServiceDefinitionRow, ServiceTargetsRow

RECENT = 3600.0
"""Seconds that a stopped task counts; ECS forgets it after about an hour too."""


class Failure(Struct, frozen=True):
    """Tasks that stopped by one cause: the newest's words, how many, from when to when."""

    why: Explanation
    count: int
    first: float
    last: float


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
        """Recent faults by cause, the most frequent first; ``deployment``: of its tasks only."""
        found: dict[str, list[tuple[float, Explanation]]] = {}
        for task in self.tasks:
            if task.last_status != "STOPPED" or (deployment is not None and not _of(task, deployment)):
                continue
            stopped = task.stopped or task.stopping or task.created
            if stopped and self.context.now - stopped > RECENT:
                continue
            why = why_stopped(task)
            if why is not None and why.fault:
                found.setdefault(why.sentence, []).append((stopped, why))
        failures = []
        for stops in found.values():
            stops.sort(key=lambda stop: stop[0])
            failures.append(Failure(stops[-1][1], len(stops), stops[0][0], stops[-1][0]))
        return sorted(failures, key=lambda failure: (-failure.count, -failure.last))

    def image_of(self, definition: str) -> str:
        """``checkout:1.8.2``, empty where the revision has not been read."""
        row = self.definitions.get(definition)
        return row.images[0].short if row is not None and row.images else ""

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
