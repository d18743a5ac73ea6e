"""Findings on CloudWatch alarms that are in ALARM. Those of a service or of its target groups are said by the service;
those that target tracking made for itself are how it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.joins import alarm_groups
from tui.diagnosis.service_facts import alarm_service
from tui.diagnosis.service_load import crossing_words, metric_words, tracks
from tui.diagnosis.words import finding, one_line
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.monitoring import AlarmRow
from tui.model.state import State


class Alarms(Derived):
    """One finding for each alarm; grouped where a service that has been read speaks for it."""

    name = "alarms"
    output = "findings"
    inputs = {
        "alarms": lambda row: (alarm_service(row) or next(iter(alarm_groups(row)), row.key.id),),
        "services": lambda row: (row.key.id,),
        "service-targets": lambda row: (row.target_group,),
    }

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        alarms: Sequence[AlarmRow] = [a for a in members["alarms"] if a.value == "ALARM" and not tracks(a)]
        if not alarms:
            return NOTHING
        spoken_for = bool(members["services"] or members["service-targets"])
        return Computed(
            tuple(
                finding(
                    "alarm",
                    alarm,
                    severity=State.DEGRADED,
                    cause="alarm",
                    sentence=metric_words(alarm).removeprefix(f"alarm {alarm.name}: ") or _reason(alarm),
                    world="ecs",
                    evidence=(", ".join(f"{name} {value}" for name, value in alarm.dimensions), crossing_words(alarm)),
                    next_step="look at what it watches",
                    since=alarm.since,
                    grouped=spoken_for,
                )
                for alarm in alarms
            )
        )


def _reason(alarm: AlarmRow) -> str:
    return one_line(alarm.value_reason) or f"{alarm.metric or 'its metric'} is in ALARM"
