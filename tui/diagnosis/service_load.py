"""Load on a service: alarms in ALARM (its own and its target groups'), and CPU or memory at the top while scaling has
reached its maximum."""

from __future__ import annotations

from tui.diagnosis.service_facts import Facts
from tui.diagnosis.words import duration, finding, one_line
from tui.model.alarm_reason import crossing, figure
from tui.model.ecs import ServiceRow
from tui.model.finding import Finding
from tui.model.monitoring import AlarmRow
from tui.model.state import State

HIGH = 90.0
"""Percent of what is reserved from which CPU or memory counts as at its limit."""
NEAR = 80.0
"""Percent from which its nearness to the limit says more than that it is above its target."""
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


def tracks(alarm: AlarmRow) -> bool:
    """Whether it is an alarm that target tracking made for itself (Application Auto Scaling names them so)."""
    return bool(alarm.tracking)


def scales_in(alarm: AlarmRow) -> bool:
    """Whether it is the low alarm of target tracking, which stands in ALARM whenever there is little to do."""
    return alarm.tracking == "AlarmLow"


def load(facts: Facts) -> tuple[Finding | None, float | None]:
    """The alarm that matters most, else load at its limit; and when to look again."""
    alarms = [alarm for alarm in facts.alarms if not scales_in(alarm)]
    own = [alarm for alarm in alarms if not tracks(alarm)]
    room = facts.scaling is None or not (at_maximum(facts) or facts.scaling.suspended)
    chosen = own if room else alarms
    now = facts.context.now
    if chosen:
        alarm = min(chosen, key=lambda a: (a.metric not in METRICS, a.since))
        words = tracking_words(alarm, facts) if tracks(alarm) else alarm_words(alarm, facts)
        evidence = () if tracks(alarm) else (f"alarm {alarm.name}",)
        return _finding(facts, words, "alarm", alarm.since, (*evidence, crossing_words(alarm))), now + 60
    if alarms:  # scaling out is the answer to these, and it is under way
        alarm = min(alarms, key=lambda a: (a.metric not in METRICS, a.since))
        return _scaling(facts, alarm), now + 60
    return _without_alarm(facts, at_maximum(facts))


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
    """``CPU 93% of its limit`` where the alarm is on that, else its metric in words, with its figure."""
    if alarm.metric in METRICS:
        label = METRICS[alarm.metric][0]
        figure = _figure(alarm, facts)
        return f"{label} {figure:.0f}% of its limit" if figure is not None else f"{label} above {alarm.threshold or 0:g}%"
    return metric_words(alarm) or f"alarm {alarm.name}"


def metric_words(alarm: AlarmRow) -> str:
    """``93.4 5xx answers (limit 85)``, ``alarm search-errors: Errors 12 (limit 5)``; empty where no figure is known."""
    value = _value(alarm)
    if value is None:
        return ""
    limit = f" (limit {alarm.threshold:g})" if alarm.threshold is not None else ""
    if alarm.metric in TRAFFIC:
        words = TRAFFIC[alarm.metric]
        return f"{figure(value)} {words.replace('targets', 'target', 1) if value == 1 else words}{limit}"
    return f"alarm {alarm.name}: {alarm.metric or 'metric'} {figure(value)}{limit}"


def tracking_words(alarm: AlarmRow, facts: Facts) -> str:
    """What the high alarm of target tracking means: ``CPU above its target (60%) for 12m``; near the limit, that."""
    target = f"{alarm.threshold:g}" if alarm.threshold is not None else ""
    lasts = f" for {duration(facts.context.now - alarm.since)}" if alarm.since else ""
    if alarm.metric in METRICS:
        figure = _figure(alarm, facts)
        if figure is not None and figure >= NEAR:
            return f"{METRICS[alarm.metric][0]} {figure:.0f}% of its limit"
        return f"{METRICS[alarm.metric][0]} above its target{f' ({target}%)' if target else ''}{lasts}"
    words = TRAFFIC.get(alarm.metric, alarm.metric or "load")
    return f"{words} above the target{f' ({target})' if target else ''}{lasts}"


def _figure(alarm: AlarmRow, facts: Facts) -> float | None:
    """The newest CPU or memory percentage: as measured, else as the alarm's reason has it."""
    newest = getattr(facts.metric, METRICS[alarm.metric][1]) if facts.metric is not None else None
    return newest if newest is not None else _value(alarm)


def _value(alarm: AlarmRow) -> float | None:
    """The newest data point that CloudWatch's reason names."""
    found = crossing(alarm.value_reason)
    return found.points[0] if found and found.points else None


def crossing_words(alarm: AlarmRow) -> str:
    """``3 of 3 data points above 85: 93.4, 92.1``; CloudWatch's own words where they are others."""
    found = crossing(alarm.value_reason)
    return found.words() if found else one_line(alarm.value_reason)


def at_maximum(facts: Facts) -> bool:
    """Whether Application Auto Scaling can add no more tasks."""
    return facts.scaling is not None and not facts.scaling.suspended and facts.service.desired >= facts.scaling.maximum


def _scaling(facts: Facts, alarm: AlarmRow) -> Finding:
    """Load above the target of its scaling, which has room: nothing to act on, so no line of the problems list."""
    label = METRICS[alarm.metric][0] if alarm.metric in METRICS else TRAFFIC.get(alarm.metric, alarm.metric or "load")
    lasts = f" for {duration(facts.context.now - alarm.since)}" if alarm.since else ""
    service = facts.service
    return finding(
        "service-load",
        service,
        severity=State.CHANGING,
        cause="scaling",
        sentence=f"{label} above its target{lasts}, scaling",
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=(crossing_words(alarm),),
        next_step="wait for its scaling",
        since=alarm.since,
        grouped=True,
    )


def _finding(facts: Facts, words: str, cause: str, since: float, evidence: tuple[str, ...]) -> Finding:
    service: ServiceRow = facts.service
    capped = at_maximum(facts)
    scaling = facts.scaling
    how, title = "", "s scale"
    step = "scale it, or look at what changed"
    if scaling is not None and capped:
        how, title = f", scaling at its maximum ({scaling.maximum})", "s raise maximum"
        step = "raise the maximum of its scaling, or the size of its tasks"
    elif scaling is not None and scaling.suspended:
        how, step = ", its scaling is suspended", "scale it, or resume its scaling"
    return finding(
        "service-load",
        service,
        severity=State.DEGRADED,
        cause=cause,
        sentence=f"{words}{how}",
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=evidence,
        next_step=step,
        action="ecs.scale" if service.scheduling == "REPLICA" else "",
        action_title=title if service.scheduling == "REPLICA" else "",
        since=since,
    )
