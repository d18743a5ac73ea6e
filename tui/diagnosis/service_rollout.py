"""What is wrong with a service's deployment and its tasks: new tasks that do not start, a rollout that stands still, no
room for a task, tasks that keep stopping, fewer tasks than wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tui.diagnosis.reasons import Explanation, explain, explain_placement
from tui.diagnosis.service_facts import Facts, Failure
from tui.diagnosis.service_health import failing_check, unhealthy_event
from tui.diagnosis.words import duration, finding, plural, times, who
from tui.model.ecs import Deployment, ServiceEvent, revision_of
from tui.model.finding import Finding
from tui.model.state import State

STUCK_AFTER = 900.0
"""Seconds after which a rollout without failures counts as stuck."""
LASTING = 60.0
"""Seconds from which a missing task is not merely being replaced."""
SHORT_AFTER = 180.0
"""Seconds that a service may have fewer tasks than wanted before it is said."""


EXPECTED = frozenset({"spot", "host-gone"})
"""What happens to tasks as a matter of course: a problem only while their replacements are missing."""
IN_LOGS = frozenset({"exited", "health-check", "container-health", "dependency", "service-connect", "start-failed", "other"})
"""Causes whose story stands in the logs."""


def deployment(facts: Facts) -> tuple[Finding | None, float | None]:
    """New tasks that do not start, or a rollout that stands still; and when to look again."""
    service, now = facts.service, facts.context.now
    primary = service.primary
    if primary is None or not service.desired:
        return None, None
    failures = [failure for failure in facts.failures(primary) if failure.why.cause not in EXPECTED]
    failing = primary.rollout_state == "FAILED" or (
        primary.running < primary.desired and (primary.failed > 0 or bool(failures)) and primary.rollout_state != "COMPLETED"
    )
    if failing:
        return _failing(facts, primary, failures), None
    if primary.rollout_state != "IN_PROGRESS" or primary.running >= primary.desired:
        return None, None
    if now - primary.created < STUCK_AFTER:
        return None, primary.created + STUCK_AFTER
    words = f"rollout stuck at {primary.running}/{primary.desired} for {duration(now - primary.created)}"
    why = placement(facts)
    if why is not None:
        words = f"{why.sentence}, rollout stuck at {primary.running}/{primary.desired}"
    return _about_deployment(facts, primary, "deployment-stuck", words, State.DEGRADED, ""), now + 60


def _failing(facts: Facts, primary: Deployment, failures: list[Failure]) -> Finding:
    why = _cause(facts, primary, failures)
    started = f"{primary.running} of {primary.desired} new tasks started"
    said = (failing_check(facts) or why.sentence) if why and why.cause == "health-check" else why.sentence if why else ""
    sentence = f"{said}, {started}" if said else f"{started}, {primary.failed} failed"
    severity = State.BROKEN if primary.rollout_state == "FAILED" or not primary.running else State.DEGRADED
    step = why.next_step if why else "look at the logs of its stopped tasks"
    return _about_deployment(facts, primary, why.cause if why else "deployment-failed", sentence, severity, step)


def _cause(facts: Facts, primary: Deployment, failures: list[Failure]) -> Explanation | None:
    """The best words for why the new tasks do not start: a task's, else the scheduler's, else the rollout's own."""
    if failures:
        return failures[0].why
    room = placement(facts)
    if room is not None:
        return room
    for event in facts.service.events:
        if event.time < primary.created:
            break
        if (found := unhealthy_event(event)) is not None:
            return found
    return explain(primary.rollout_reason) if primary.rollout_state == "FAILED" else None


def _about_deployment(facts: Facts, primary: Deployment, cause: str, sentence: str, severity: State, step: str) -> Finding:
    service = facts.service
    definition = facts.definitions.get(primary.task_definition)
    author = who(definition.registered_by) if definition is not None and definition.registered_by else ""
    good = last_good(facts, primary)
    back = service.controller == "ECS" and bool(good)
    evidence = f"since deployment of :{revision_of(primary.task_definition).rpartition(':')[2]}" + (
        f" by {author}" if author else ""
    )
    if good:
        evidence += f" · last good {facts.revision_words(good)}"
    return finding(
        "service-deployment",
        service,
        severity=severity,
        cause=cause,
        sentence=sentence,
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=(evidence, *_failed_words(primary)),
        next_step=f"deploy last good {facts.revision_words(good)}" if back else step,
        action="ecs.deploy" if back else "",
        action_title="i deploy last good" if back else "l logs" if cause in IN_LOGS else "",
        since=primary.created,
    )


def _failed_words(primary: Deployment) -> tuple[str, ...]:
    words = (f"{plural(primary.failed, 'task')} failed to start",) if primary.failed else ()
    return (*words, primary.rollout_reason) if primary.rollout_state == "FAILED" and primary.rollout_reason else words


def last_good(facts: Facts, primary: Deployment) -> str:
    """The ARN of the revision that ran before: of another deployment that has tasks, else of tasks that still run."""
    others = [d for d in facts.service.deployments if d.id != primary.id and d.task_definition != primary.task_definition]
    others.sort(key=lambda d: (d.running > 0, d.rollout_state == "COMPLETED", d.created), reverse=True)
    if others:
        return others[0].task_definition
    running = [t for t in facts.tasks if t.last_status == "RUNNING" and t.task_definition != primary.task_definition]
    return max(running, key=lambda task: task.started).task_definition if running else ""


def _refusals(facts: Facts) -> Iterator[tuple[ServiceEvent, Explanation]]:
    """What the scheduler said of finding no place since it last started a task or was steady, the newest first."""
    for event in facts.service.events:
        if "has reached a steady state" in event.message or "has started" in event.message:
            return
        found = explain_placement(event.message)
        if found is not None:
            yield event, found


def placement(facts: Facts) -> Explanation | None:
    """Why the scheduler found no place, if it said so since it last started a task or was steady."""
    return next((why for _, why in _refusals(facts)), None)


def no_room(facts: Facts) -> Finding | None:
    """No place for a task."""
    service = facts.service
    told = list(_refusals(facts)) if service.running < service.desired else []
    if not told:
        return None
    why = told[0][1]
    return finding(
        "service-placement",
        service,
        severity=State.DEGRADED if service.running else State.BROKEN,
        cause=why.cause,
        sentence=f"{why.sentence}, {service.running} of {service.desired} tasks run",
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=(told[0][0].message,),
        next_step=why.next_step,
        since=told[-1][0].time,
    )


def _matters(failure: Failure, now: float, short: bool, lasting: bool) -> bool:
    """Whether tasks that stopped so are a problem now. ``short``: a task is missing; ``lasting``: for a while already."""
    if failure.why.cause in EXPECTED:
        return lasting
    if not short and failure.starting:  # it could not start, and all run: that is past
        return False
    return lasting or failure.recent(now)


def stopping(facts: Facts) -> tuple[Finding | None, float | None]:
    """Tasks that keep stopping; and when the oldest no longer counts."""
    service, now = facts.service, facts.context.now
    short = service.running < service.desired
    since = facts.context.history.above_since(service.key, "missing", 1) if short else None
    lasting = since is not None and now - since >= LASTING
    failures = [failure for failure in facts.failures() if _matters(failure, now, short, lasting)]
    if not failures or (failures[0].count < 2 and not short):
        return None, since + LASTING if since is not None and not lasting else None
    worst = failures[0]
    cause = worst.why.cause
    if cause == "health-check" and (check := failing_check(facts)):
        again = f", {plural(worst.count, 'task')} replaced in {duration(now - worst.first)}" if worst.count > 1 else ""
        sentence, evidence = f"{check}{again}", [worst.why.sentence]
    else:
        again = f" {times(worst.count)} in {duration(now - worst.first)}" if worst.count > 1 else ""
        sentence, evidence = f"{worst.why.sentence}{again}", []
    found = finding(
        "service-tasks",
        service,
        severity=State.BROKEN if not service.running else State.DEGRADED,
        cause=cause,
        sentence=sentence,
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=(*evidence, *(f"also: {other.why.sentence} {times(other.count)}" for other in failures[1:3])),
        next_step=worst.why.next_step,
        action_title="l logs" if cause in IN_LOGS else "",
        since=worst.first,
    )
    return found, min(now + 60, worst.first + 3601)


STARTED = re.compile(r"has started (?P<count>\d+) tasks")
REPLACED_WITHIN = 1800.0
"""Seconds of events in which starts are counted."""


def replaced(facts: Facts) -> tuple[Finding | None, float | None]:
    """Tasks that are started again and again though nothing was deployed and nothing scales: known from the events
    alone, while the stopped tasks have not been read."""
    service, now = facts.service, facts.context.now
    begun = now - REPLACED_WITHIN
    if facts.scaling is not None or any(d.created > begun for d in service.deployments) or service.created > begun:
        return None, None
    starts = [(e.time, int(m.group("count"))) for e in service.events if e.time > begun and (m := STARTED.search(e.message))]
    count = sum(number for _, number in starts)
    if len(starts) < 3:
        return None, None
    first = min(at for at, _ in starts)
    found = finding(
        "service-tasks",
        service,
        severity=State.DEGRADED if service.running else State.BROKEN,
        cause="replaced",
        sentence=f"its tasks are replaced again and again: {count} started in {duration(now - first)}",
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=tuple(event.message for event in service.events[:2]),
        next_step="open it to read why its tasks stopped",
        since=first,
    )
    return found, min(now + 60, first + REPLACED_WITHIN + 1)


def below_desired(facts: Facts) -> tuple[Finding | None, float | None]:
    """Fewer tasks than wanted for a while, where nothing says why; and when to look again."""
    service, now = facts.service, facts.context.now
    if service.running >= service.desired or service.status != "ACTIVE":
        return None, None
    primary = service.primary
    rolling = primary is not None and primary.rollout_state == "IN_PROGRESS" and now - primary.created < STUCK_AFTER
    if primary is not None and rolling and service.running * 100 >= max(1, service.desired * service.minimum_percent):
        return None, primary.created + STUCK_AFTER  # its rollout may take that many away
    since = facts.context.history.above_since(service.key, "missing", 1)
    if since is None or now - since < SHORT_AFTER:
        return None, (since or now) + SHORT_AFTER
    found = finding(
        "service-short",
        service,
        severity=State.DEGRADED if service.running else State.BROKEN,
        cause="below-desired",
        sentence=f"{service.running} of {service.desired} tasks run for {duration(now - since)}",
        world="ecs",
        name=f"{service.cluster}/{service.name}",
        evidence=tuple(event.message for event in service.events[:2]),
        next_step="look at its events and its stopped tasks",
        since=since,
    )
    return found, now + 60
