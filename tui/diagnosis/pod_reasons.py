"""Why a pod is not well: its containers' states, its conditions and its status, read in kubelet's and the scheduler's
words (Kubernetes documentation: pod lifecycle, container states, node-pressure eviction, scheduling events)."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from tui.diagnosis.pod_words import Said, config_words, image_words, scheduling_words
from tui.diagnosis.words import duration, exit_words, last_line, mebibytes, one_line, times
from tui.model.derived import DerivedContext
from tui.model.kubernetes import PodContainer, PodRow
from tui.model.state import State

PENDING_LIMIT = 60.0
"""Seconds that a pod may be without a node before it is said (autoscalers need about that long to begin)."""
CREATING_LIMIT = 300.0
READY_LIMIT = 120.0
"""Seconds that a running container may be not ready."""
CRASHES = 3
"""Restarts from which a container that crashed may be in a loop."""
CRASH_EVERY = 900.0
"""Mean seconds between restarts below which it is in one (kubelet's longest back-off is 300)."""
SETTLED = 60.0
"""Seconds that such a container must run before its crashes count as past."""
STUCK_LIMIT = 120.0
"""Seconds after the deletion time from which a pod counts as stuck terminating."""


class Trouble(Struct, frozen=True):
    """``cause``: also what pods of one workload are grouped by, with ``alike`` (where a process's last words may differ
    from pod to pod) or ``brief``. ``brief``: the cause without figures of this pod; ``sentence``: with them. ``verb``: what
    the pods of a workload do, for "12 of 12 pods crash"."""

    cause: str
    brief: str
    sentence: str
    verb: str
    severity: State = State.BROKEN
    since: float = 0.0
    next_step: str = ""
    evidence: tuple[str, ...] = ()
    recheck_at: float | None = None
    alike: str = ""


IMAGE_REASONS = frozenset(
    {"ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "RegistryUnavailable"}
)
CONFIG_REASONS = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"})


def trouble(pod: PodRow, context: DerivedContext) -> Trouble | float | None:
    """What is wrong with a pod, or the time (epoch seconds) at which something may be, or None."""
    if pod.deleted:
        return _terminating(pod, context)
    if pod.status == "Running" and pod.ready == pod.total and pod.restarts < CRASHES:
        return None
    if pod.status in ("Completed", "Succeeded"):
        return None
    if pod.status == "Evicted":
        words = one_line(pod.message)
        return Trouble(
            "evicted",
            words or "evicted",
            f"evicted: {words}" if words else "evicted",
            "were evicted",
            State.DEGRADED,
            _since(pod),
            "look at the node's memory and disk",
        )
    for container in sorted(pod.containers, key=lambda c: not c.init):
        found = _container(pod, container, context)
        if found is not None:
            return found
    return _whole_pod(pod, context)


def _container(pod: PodRow, container: PodContainer, context: DerivedContext) -> Trouble | None:
    if container.state == "waiting":
        if container.reason in IMAGE_REASONS:
            return _waiting(pod, container, image_words(container))
        if container.reason in CONFIG_REASONS:
            return _waiting(pod, container, config_words(container))
        if container.reason == "CrashLoopBackOff" or (container.restarts and container.last_reason):
            return _crash(pod, container, context)
    if _between_crashes(pod, container, context):
        return replace(_crash(pod, container, context), recheck_at=container.since + SETTLED)
    if container.state == "terminated" and (container.exit_code or 0) != 0:
        return _crash(pod, container, context)
    return None


def _between_crashes(pod: PodRow, container: PodContainer, context: DerivedContext) -> bool:
    """Whether a container that crashes again and again has only just been started once more: no sign that it is well."""
    if container.state != "running" or container.restarts < CRASHES or not container.last_exit_code:
        return False
    if not container.since or context.now - container.since >= SETTLED:
        return False
    often = bool(pod.created) and context.now - pod.created < container.restarts * CRASH_EVERY
    return often or context.history.count_since(pod.key, "restarts", 600) >= 2


def _waiting(pod: PodRow, container: PodContainer, said: Said) -> Trouble:
    """A container that cannot start, for want of its image or by its configuration."""
    cause, words, step = said
    message = one_line(container.message)
    evidence = () if not message or message == words or message.startswith("Back-off pulling image") else (message,)
    return Trouble(cause, words, words, "do not start", State.BROKEN, container.since or pod.created, step, evidence)


def _crash(pod: PodRow, container: PodContainer, context: DerivedContext) -> Trouble:
    """A container that ends by a fault again and again: by what, how often, in what time."""
    ended_now = container.state == "terminated"
    reason = container.reason if ended_now else container.last_reason
    code = container.exit_code if ended_now else container.last_exit_code
    left = container.message if ended_now else container.last_message
    hint = last_line(left)
    where = f"{container.name}: " if _several(pod) else ""
    init = "init container " if container.init and not container.sidecar else ""
    often = _often(pod, container, context)
    alike = ""
    if reason == "OOMKilled":
        limit = f" ({mebibytes(container.memory_limit)})" if container.memory_limit else ""
        brief, cause, verb = f"{init}{where}killed for memory{limit}", "oom", "are killed for memory"
        sentence, step = f"{brief}{' ' + often if often else ''}", "raise its memory limit, or find the leak"
    else:
        words = exit_words(code) if code is not None else reason or "ended"
        said = f', "{hint}"' if hint else ""
        alike = f"{init}{where}{words}"
        brief, cause, verb = f"{alike}{said}", "crash-loop", "crash"
        sentence = alike + (f': "{hint}"' if hint else "") + (f", {often}" if often else "")
        step = "read its logs (l, or p for its last run)"
        if code == 127 or reason in ("StartError", "ContainerCannotRun"):
            step = "correct the command, or the image"
    since = pod.created if container.restarts else container.last_finished or container.since or pod.created
    return Trouble(cause, brief, sentence, verb, State.BROKEN, since, step, _before(left), alike=alike)


def _before(left: str) -> tuple[str, ...]:
    """The lines that came before a process's last words, the nearest first."""
    return tuple(one_line(line)[:160] for line in left.splitlines()[-2:-4:-1])


def _often(pod: PodRow, container: PodContainer, context: DerivedContext) -> str:
    """``14 times in 2h``: what was seen in the last ten minutes where that is known, else since the pod began."""
    count = container.restarts or (1 if container.state == "terminated" else 0)
    if count < 2:
        return ""
    recent = context.history.count_since(pod.key, "restarts", 600)
    age = context.now - pod.created if pod.created else 0.0
    if recent >= 3 and age > 1800:
        return f"{times(recent)} in 10m"
    return f"{times(count)} in {duration(age)}" if age else times(count)


def _whole_pod(pod: PodRow, context: DerivedContext) -> Trouble | float | None:
    now = context.now
    scheduled = _condition(pod, "PodScheduled")
    if scheduled is not None and scheduled[1] == "False":
        since = pod.created or now
        if now - since < PENDING_LIMIT:
            return since + PENDING_LIMIT
        words = scheduling_words(scheduled[3] or pod.message)
        return Trouble(
            "unschedulable",
            words,
            f"no node for it: {words}",
            "find no node",
            State.DEGRADED,
            since,
            "add nodes, or change requests, selectors or tolerations",
            (one_line(scheduled[3]),),
        )
    if pod.phase == "Failed":
        words = one_line(pod.message) or pod.status
        return Trouble("failed", words, words, "failed", State.BROKEN, _since(pod), "look at its logs")
    if pod.phase == "Unknown" or pod.status == "Unknown":
        return Trouble(
            "unknown",
            "its node does not answer",
            "its node does not answer",
            "are lost",
            State.BROKEN,
            _since(pod),
            "look at the node",
        )
    if pod.status in ("ContainerCreating", "PodInitializing", "Pending") and pod.created:
        if now - pod.created < CREATING_LIMIT:
            return pod.created + CREATING_LIMIT
        words = one_line(pod.message)
        sentence = f"{pod.status} for {duration(now - pod.created)}" + (f": {words}" if words else "")
        return Trouble(
            "creating",
            words or pod.status,
            sentence,
            "do not start",
            State.DEGRADED,
            pod.created,
            "look at its events: volumes, network, secrets",
            (),
            now + 60,
        )
    if pod.status == "Running":
        return _not_ready(pod, now)
    return None


def _not_ready(pod: PodRow, now: float) -> Trouble | float | None:
    waiting = [c for c in pod.containers if not c.ready and c.state == "running" and (not c.init or c.sidecar)]
    if not waiting:
        gate = next((t for t, s, _, _ in pod.conditions if s == "False" and "/" in t), "")
        return (
            Trouble(
                "readiness-gate",
                f"readiness gate {gate} is false",
                f"readiness gate {gate} is false",
                "are not ready",
                State.DEGRADED,
                _since(pod),
                "look at what sets the gate",
            )
            if gate
            else None
        )
    since = max((c.since for c in waiting), default=0.0) or pod.created
    if since and now - since < READY_LIMIT:
        return since + READY_LIMIT
    names = ", ".join(c.name for c in waiting) if _several(pod) else ""
    brief = "startup probe fails" if not all(c.started for c in waiting) else "readiness probe fails"
    sentence = f"{brief}{f' ({names})' if names else ''} for {duration(now - since)}" if since else brief
    return Trouble(
        "readiness", brief, sentence, "are not ready", State.DEGRADED, since, "look at its logs and the probe", (), now + 60
    )


def _terminating(pod: PodRow, context: DerivedContext) -> Trouble | float | None:
    """``deleted`` is when the grace period ends: kubelet should have ended it by then."""
    late = context.now - pod.deleted
    if late < STUCK_LIMIT:
        return pod.deleted + STUCK_LIMIT
    words = f"terminating for {duration(late)} past its grace period"
    return Trouble(
        "terminating",
        "stuck terminating",
        words,
        "are stuck terminating",
        State.DEGRADED,
        pod.deleted,
        "look at its finalizers and its node",
        (),
        context.now + 60,
    )


def _condition(pod: PodRow, name: str) -> tuple[str, str, str, str] | None:
    return next((condition for condition in pod.conditions if condition[0] == name), None)


def _several(pod: PodRow) -> bool:
    return sum(not c.init for c in pod.containers) > 1


def _since(pod: PodRow) -> float:
    return (
        max((c.last_finished for c in pod.containers), default=0.0)
        or max((c.since for c in pod.containers), default=0.0)
        or pod.created
    )
