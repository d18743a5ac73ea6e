"""A pod's containers: each specification with its status. The hottest part of a watch's burst."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tui.model.image import ImageRef
from tui.model.kubernetes import PodContainer
from tui.sources.kubernetes import wire
from tui.sources.kubernetes.quantity import quantity, timestamp

image = lru_cache(maxsize=8192)(ImageRef.parse)


@lru_cache(maxsize=16384)
def one(value: Any) -> Any:
    """The first of equal (hashable) values: label sets and the like are kept once."""
    return value


@lru_cache(maxsize=4096)
def _resources(cpu: Any, cpu_limit: Any, memory: Any, memory_limit: Any) -> tuple[float, float, int, int]:
    return quantity(cpu), quantity(cpu_limit), int(quantity(memory)), int(quantity(memory_limit))


def _container(spec: wire.Container, status: wire.ContainerStatus | None, init: bool) -> PodContainer:
    resources = spec.resources
    requests = (resources.requests if resources else None) or {}
    limits = (resources.limits if resources else None) or {}
    cpu, cpu_limit, memory, memory_limit = _resources(
        requests.get("cpu"), limits.get("cpu"), requests.get("memory"), limits.get("memory")
    )
    word, reason, message, code, since = "", "", "", None, 0.0
    last: wire.Terminated | None = None
    if status is not None:
        last = status.last_state.terminated if status.last_state else None
        state = status.state
        if state is not None:
            if state.running is not None:
                word, since = "running", timestamp(state.running.started_at)
            elif state.terminated is not None:
                ended = state.terminated
                word, since, code = "terminated", timestamp(ended.finished_at), ended.exit_code
                reason, message = ended.reason or "", ended.message or ""
            elif state.waiting is not None:
                word, reason, message = "waiting", state.waiting.reason or "", state.waiting.message or ""
    return PodContainer(
        name=spec.name,
        image=image(spec.image or ""),
        image_id=one(status.image_id or "") if status else "",
        ready=status.ready if status else False,
        started=bool(status.started) if status else False,
        restarts=status.restart_count if status else 0,
        state=word,
        reason=reason,
        message=message,
        exit_code=code,
        since=since,
        last_reason=(last.reason or "") if last else "",
        last_message=(last.message or "") if last else "",
        last_exit_code=last.exit_code if last else None,
        last_finished=timestamp(last.finished_at) if last else 0.0,
        init=init,
        sidecar=init and spec.restart_policy == "Always",
        cpu_request=cpu,
        cpu_limit=cpu_limit,
        memory_request=memory,
        memory_limit=memory_limit,
    )


def containers(pod: wire.Pod) -> tuple[PodContainer, ...]:
    """Init containers first, as they run; each spec with its status by name."""
    spec, status = pod.spec, pod.status
    statuses = {s.name: s for s in status.container_statuses or ()}
    mains = [_container(c, statuses.get(c.name), False) for c in spec.containers or ()]
    if not spec.init_containers:
        return tuple(mains)
    first = {s.name: s for s in status.init_container_statuses or ()}
    return (*[_container(c, first.get(c.name), True) for c in spec.init_containers], *mains)
