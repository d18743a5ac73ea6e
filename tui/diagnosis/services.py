"""Findings on ECS services, from the service, its tasks, definitions, targets, alarms and scaling together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.diagnosis import service_load, service_rollout
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
        rollout, stuck_at = service_rollout.deployment(facts)
        stops, stops_at = service_rollout.stopping(facts) if rollout is None else (None, None)
        if rollout is None and stops is None:
            stops, stops_at = service_rollout.replaced(facts)
        load, load_at = service_load.load(facts)
        found = [f for f in (rollout, service_rollout.no_room(facts) if rollout is None else None, stops) if f is not None]
        found += [f for f in (service_rollout.unhealthy_targets(facts), load) if f is not None]
        short_at = None
        if not found:
            short, short_at = service_rollout.below_desired(facts)
            found += [short] if short is not None else []
        due = [at for at in (stuck_at, stops_at, load_at, short_at) if at is not None]
        return Computed(_one_line(found), min(due, default=None))


def _one_line(found: list[Finding]) -> tuple[Finding, ...]:
    """The worst first (the rules' order between equals); the rest grouped under it, their sentences as its evidence."""
    if len(found) < 2:
        return tuple(found)
    first, *rest = sorted(found, key=lambda f: f.severity)
    speaker = replace(first, evidence=(*first.evidence, *(f"also: {f.sentence}" for f in rest)))
    return (speaker, *(replace(f, grouped=True) for f in rest))
