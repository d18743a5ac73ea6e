"""Load on a service: alarms in ALARM (its own and its target groups'), and CPU or memory at the top while scaling has
reached its maximum."""

from __future__ import annotations

import re

from tui.diagnosis.service_facts import Facts
from tui.diagnosis.words import finding, one_line
from tui.model.ecs import ServiceRow
from tui.model.finding import Finding
from tui.model.monitoring import AlarmRow
from tui.model.state import State

HIGH = 90.0
"""Percent of what is reserved from which CPU or memory counts as at its limit."""
HIGH_FOR = 300.0
"""Seconds that it must stay there without an alarm saying so."""

METRICS = {"CPUUtilization": ("CPU", "cpu"), "MemoryUtilization": ("memory", "memory")}
TRAFFIC = {
    "RequestCountPerTarget": "requests a target",
    "HTTPCode_Target_5XX_Count": "5xx answers",
    "HTTPCode_ELB_5XX_Count": "5xx answers of the load balancer",
    "UnHealthyHostCount": "unhealthy targets",
    "TargetResponseTime": "seconds to answer",
    "TargetConnectionErrorCount": "refused connections",
}
"""Metrics of a target group in words (AWS/ApplicationELB)."""


def scales_in(alarm: AlarmRow) -> bool:
    """Whether it is the low alarm of target tracking, which stands in ALARM whenever there is little to do."""
    return alarm.name.startswith("TargetTracking-") and "-AlarmLow-" in alarm.name


def load(facts: Facts) -> tuple[Finding | None, float | None]:
    """The alarm that matters most, else load at its limit; and when to look again."""
    alarms = [alarm for alarm in facts.alarms if not scales_in(alarm)]
    capped = at_maximum(facts)
    tracking = [alarm for alarm in alarms if alarm.name.startswith("TargetTracking-")]
    if tracking and not capped:  # scaling out is the answer to these, and it is under way
        alarms = [alarm for alarm in alarms if alarm not in tracking]
    if alarms:
        alarm = min(alarms, key=lambda a: (a.metric not in METRICS, a.since))
        return _finding(facts, alarm_words(alarm, facts), "alarm", alarm.since, (alarm.name, one_line(alarm.value_reason))), None
    return _without_alarm(facts, capped)


def _without_alarm(facts: Facts, capped: bool) -> tuple[Finding | None, float | None]:
    for label, series in METRICS.values():
        value = getattr(facts.metric, series) if facts.metric is not None else None
        since = facts.context.history.above_since(facts.service.key, series, HIGH)
        if value is None or value < HIGH or since is None:
            continue
        if facts.context.now - since < HIGH_FOR:
            return None, since + HIGH_FOR
        if capped or series == "memory":
            return _finding(facts, f"{label} {value:.0f}% of its limit", f"{series}-limit", since, ()), None
    return None, None


def alarm_words(alarm: AlarmRow, facts: Facts) -> str:
    """``CPU 93% of its limit`` where the alarm is on that, else the alarm's name with its figure."""
    known = METRICS.get(alarm.metric)
    value = _value(alarm)
    if known is not None:
        label, series = known
        newest = getattr(facts.metric, series) if facts.metric is not None else None
        figure = newest if newest is not None else value
        return f"{label} {figure:.0f}% of its limit" if figure is not None else f"{label} above {alarm.threshold or 0:g}%"
    if value is None:
        return f"alarm {alarm.name}"
    limit = f" (limit {alarm.threshold:g})" if alarm.threshold is not None else ""
    if alarm.metric in TRAFFIC:
        return f"{value:g} {TRAFFIC[alarm.metric]}{limit}"
    return f"alarm {alarm.name}: {alarm.metric or 'metric'} {value:g}{limit}"


def _value(alarm: AlarmRow) -> float | None:
    """The newest data point that CloudWatch's reason names: ``… datapoints [93.4 (23/11/26 13:48:00), …``."""
    found = re.search(r"\[(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?) \(", alarm.value_reason)
    return float(found.group(1)) if found else None


def at_maximum(facts: Facts) -> bool:
    """Whether Application Auto Scaling can add no more tasks."""
    return facts.scaling is not None and not facts.scaling.suspended and facts.service.desired >= facts.scaling.maximum


def _finding(facts: Facts, words: str, cause: str, since: float, evidence: tuple[str, ...]) -> Finding:
    service: ServiceRow = facts.service
    capped = at_maximum(facts)
    maximum = facts.scaling.maximum if facts.scaling is not None else 0
    return finding(
        "service-load",
        service,
        severity=State.DEGRADED,
        cause=cause,
        sentence=f"{words}, scaling at its maximum ({maximum})" if capped else words,
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=evidence,
        next_step="raise the maximum of its scaling, or the size of its tasks" if capped else "scale it, or look at what changed",
        action="ecs.scale" if service.scheduling == "REPLICA" else "",
        action_title="raise maximum" if capped else "scale",
        since=since,
    )
