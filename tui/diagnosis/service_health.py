"""Health checks of a service's targets, as the load balancer says (DescribeTargetHealth), else as service events say."""

from __future__ import annotations

import re

from tui.diagnosis.reasons import Explanation
from tui.diagnosis.service_facts import Facts
from tui.diagnosis.words import finding, one_line, plural
from tui.model.ecs import ServiceEvent
from tui.model.finding import Finding
from tui.model.state import State

RECENT_EVENT = 1800.0
"""Seconds that an event about an unhealthy target counts."""
STEP = "read the logs; check path, port, grace period and security group"

UNHEALTHY = re.compile(r"is unhealthy in .*due to \(reason (?P<reason>.*?)\)\.?$")

ANSWERS = (
    (re.compile(r"Health checks failed with these codes: \[(?P<codes>[^\]]*)\]"), "answered {codes}"),
    (re.compile(r"Request timed out"), "no answer in time"),
    (re.compile(r"Connection (?:to target )?timed out|connection timeout", re.I), "no connection in time"),
    (re.compile(r"Connection refused", re.I), "connection refused"),
    (re.compile(r"^(?:Health checks failed|Target\.FailedHealthChecks)\.?$"), ""),
)
"""Descriptions of Elastic Load Balancing's target health in few words (user guide: target health reason codes)."""


def answer_words(reason: str) -> str:
    """``answered 503``, ``no answer in time``; a description that is not known stays as it is."""
    text = one_line(reason)
    for pattern, says in ANSWERS:
        found = pattern.search(text)
        if found:
            return says.format_map({name: value.replace(",", ", ") for name, value in found.groupdict().items()})
    return text


def check_words(answer: str, wanted: str = "") -> str:
    """``health check fails: answered 503, wanted 200``; without an answer only that it fails."""
    code = f", wanted {wanted.replace(',', ', ')}" if wanted and answer.startswith("answered ") else ""
    return f"health check fails: {answer}{code}" if answer else "health check fails"


def unhealthy_event(event: ServiceEvent, wanted: str = "") -> Explanation | None:
    """A service event that says a target is unhealthy."""
    found = UNHEALTHY.search(event.message)
    if found is None:
        return None
    return Explanation("health-check", check_words(answer_words(found.group("reason")), wanted), STEP)


def wanted_of(facts: Facts) -> str:
    """The codes that the service's health check accepts, where its target groups agree on them."""
    codes = {targets.wanted for targets in facts.targets if targets.wanted}
    return codes.pop() if len(codes) == 1 else ""


def failing_check(facts: Facts) -> str:
    """What the targets answer to the health check now, or did to the newest of the service's events that says so."""
    for targets in facts.targets:
        for reason in targets.reasons:
            if words := answer_words(reason):
                return check_words(words, targets.wanted)
    told = (
        unhealthy_event(event, wanted_of(facts))
        for event in facts.service.events
        if facts.context.now - event.time <= RECENT_EVENT
    )
    return next((found.sentence for found in told if found is not None), "")


def unhealthy_targets(facts: Facts) -> Finding | None:
    """Targets that fail their health check: as the load balancer says, else as recent service events do."""
    service = facts.service
    bad = [targets for targets in facts.targets if targets.unhealthy]
    if bad:
        worst = max(bad, key=lambda targets: targets.unhealthy)
        check = check_words(answer_words(worst.reasons[0]), worst.wanted) if worst.reasons else "unhealthy"
        count = f"{worst.unhealthy} of {plural(worst.total, 'target')}"
        sentence, healthy, since = f"{check}, {count}" if worst.reasons else f"{count} unhealthy", worst.healthy, 0.0
        asks = f", which asks for {worst.path}" if worst.path else ""
        evidence: tuple[str, ...] = (f"target group {_short(worst.target_group)}{asks}", *worst.reasons[:3])
    else:
        event = _since_steady(facts)
        if event is None:
            return None
        told = unhealthy_event(event, wanted_of(facts))
        sentence, healthy, since = told.sentence if told else event.message, service.running, event.time
        evidence = (event.message,)
    return finding(
        "service-targets",
        service,
        severity=State.DEGRADED if healthy else State.BROKEN,
        cause="health-check",
        sentence=sentence,
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=evidence,
        next_step=STEP,
        action_title="l logs",
        since=since or next((e.time for e in service.events if unhealthy_event(e)), 0.0),
    )


def _short(target_group: str) -> str:
    """``targetgroup/web/6d0e…`` gives ``web``."""
    parts = target_group.split("/")
    return parts[1] if len(parts) > 2 else target_group


def _since_steady(facts: Facts) -> ServiceEvent | None:
    """The newest event about an unhealthy target since the service was steady."""
    for event in facts.service.events:
        if "has reached a steady state" in event.message or facts.context.now - event.time > RECENT_EVENT:
            return None
        if unhealthy_event(event) is not None:
            return event
    return None
