"""Joins that several rules read: a service with its task definitions, a service with its target groups.

A task definition or a target does not know its services, so the join is made where both know a name (the definition's
ARN, the target group's ARN) and handed on by the service's key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.ecs import ServiceRow, TaskDefinitionRow
from tui.model.monitoring import AlarmRow, TargetHealthRow
from tui.model.scope import Key
from tui.model.usage import ServiceDefinitionRow, ServiceTargetsRow


def definitions_of(service: ServiceRow) -> Iterable[str]:
    """ARNs of the revisions that the service or one of its deployments names, each once."""
    return dict.fromkeys(arn for arn in (service.task_definition, *(d.task_definition for d in service.deployments)) if arn)


class ServiceDefinitions(Derived):
    """Which images the revisions of a service name, and who registered them."""

    name = "service-definitions"
    output = "service-definitions"
    inputs = {"services": definitions_of, "task-definitions": lambda row: (row.arn,)}

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        definitions: Sequence[TaskDefinitionRow] = members["task-definitions"]
        services: Sequence[ServiceRow] = members["services"]
        if not definitions or not services:
            return NOTHING
        definition = definitions[0]
        images = tuple(c.image for c in sorted(definition.containers, key=lambda c: not c.essential))
        return Computed(
            tuple(
                ServiceDefinitionRow(
                    key=Key(ServiceDefinitionRow.kind, service.key.identity, f"{service.key.id}|{group}"),
                    scope=service.scope,
                    name=service.name,
                    service=service.key,
                    definition=group,
                    images=images,
                    memory=definition.memory,
                    registered=definition.registered,
                    registered_by=definition.registered_by,
                )
                for service in services
            )
        )


def target_group_suffix(arn: str) -> str:
    """``targetgroup/web/6d0e…``: what CloudWatch's dimension TargetGroup holds, and how an ARN ends."""
    return arn.rsplit(":", 1)[-1]


def alarm_groups(alarm: AlarmRow) -> Iterable[str]:
    """The target group that an alarm watches."""
    return (value for name, value in alarm.dimensions if name == "TargetGroup" and value.startswith("targetgroup/"))


class ServiceTargets(Derived):
    """How many targets of a service are healthy, and which alarms its target groups have."""

    name = "service-targets"
    output = "service-targets"
    inputs = {
        "services": lambda row: {target_group_suffix(b.target_group): None for b in row.load_balancers if b.target_group},
        "target-health": lambda row: (target_group_suffix(row.target_group),),
        "alarms": alarm_groups,
    }

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        services: Sequence[ServiceRow] = members["services"]
        targets: Sequence[TargetHealthRow] = members["target-health"]
        alarms: tuple[AlarmRow, ...] = tuple(alarm for alarm in members["alarms"] if alarm.value == "ALARM")
        if not services or not (targets or alarms):
            return NOTHING
        unhealthy = [target for target in targets if target.health == "unhealthy"]
        reasons = tuple(dict.fromkeys(t.description or t.code for t in unhealthy if t.description or t.code))
        return Computed(
            tuple(
                ServiceTargetsRow(
                    key=Key(ServiceTargetsRow.kind, service.key.identity, f"{service.key.id}|{group}"),
                    scope=service.scope,
                    name=service.name,
                    service=service.key,
                    target_group=group,
                    healthy=sum(target.health == "healthy" for target in targets),
                    unhealthy=len(unhealthy),
                    total=sum(target.health not in ("draining", "unused") for target in targets),
                    reasons=reasons,
                    wanted=next((target.wanted for target in targets if target.wanted), ""),
                    path=next((target.path for target in targets if target.path), ""),
                    alarms=alarms,
                )
                for service in services
            )
        )
