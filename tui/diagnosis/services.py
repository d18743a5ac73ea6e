"""Findings on ECS services, from the service, its tasks, definitions, targets, alarms and scaling together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.diagnosis import service_health, service_load, service_rollout
from tui.diagnosis.service_facts import Facts, alarm_service, target_service, task_group
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.finding import Finding


class Services(Derived):
    """Several rules, one line: the worst finding speaks for the service, the others become its evidence."""

    name = "services"
    output = "findings"
    inputs = {
        "services": lambda row: (row.key.id,),
        "tasks": lambda row: (task_group(row),) if row.service else (),
        "service-definitions": lambda row: (row.service.id,),
        "service-targets": lambda row: (row.service.id,),
        "alarms": lambda row: (group,) if (group := alarm_service(row)) else (),
        "scalable-targets": lambda row: (group,) if (group := target_service(row)) else (),
        "metrics": lambda row: (row.target.id,) if row.target.kind == "services" else (),
    }
    records = {"services": (("missing", lambda row: float(max(0, row.desired - row.running))),)}

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        if not members["services"]:
            return NOTHING
        facts = Facts.of(members, context)
        if facts.service.status == "INACTIVE":
            return NOTHING
        said = Said()
        if not said.take(service_rollout.deployment(facts)):
            said.take((service_rollout.no_room(facts), None))
            known = said.take(service_rollout.stopping(facts))
            said.take((service_health.unhealthy_targets(facts), None))
            if not known:  # the stopped tasks say nothing, or were not read: the events may, less exactly
                said.take(service_rollout.replaced(facts))
        else:
            said.take((service_health.unhealthy_targets(facts), None))
        said.take(service_load.load(facts))
        if not said.findings:
            said.take(service_rollout.below_desired(facts))
        return Computed(_one_line(said.findings), min(said.due, default=None))


class Said:
    """What the rules found, in their order, and when they want to be asked again."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.due: list[float] = []

    def take(self, answer: tuple[Finding | None, float | None]) -> bool:
        """Keep a rule's answer; whether it found anything."""
        found, again = answer
        self.findings += [found] if found is not None else []
        self.due += [again] if again is not None else []
        return found is not None


def _one_line(found: list[Finding]) -> tuple[Finding, ...]:
    """The worst first (the rules' order between equals); the rest grouped under it, their sentences as its evidence."""
    if len(found) < 2:
        return tuple(found)
    first, *rest = sorted(found, key=lambda f: f.severity)
    speaker = replace(first, evidence=(*first.evidence, *(f"also: {f.sentence}" for f in rest)))
    return (speaker, *(replace(f, grouped=True) for f in rest))
