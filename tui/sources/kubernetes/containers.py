"""A pod's containers: each specification with its status. The hottest part of a watch's burst."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tui.model.image import ImageRef
from tui.model.kubernetes import PodContainer
from tui.sources.kubernetes import wire
from tui.sources.kubernetes.quantity import moment, quantity, timestamp

image = lru_cache(maxsize=8192)(ImageRef.parse)


@lru_cache(maxsize=16384)
def one(value: Any) -> Any:
    """The first of equal (hashable) values: label sets and the like are kept once."""
    return value


class Spec(NamedTuple):
    """What a container's specification says, for every pod of its template. Cores and bytes."""

    name: str
    image: ImageRef
    sidecar: bool
    cpu_request: float
    cpu_limit: float
    memory_request: int
    memory_limit: int


@lru_cache(maxsize=4096)
def specs(containers: tuple[wire.Container, ...], init: bool) -> tuple[Spec, ...]:
    """The specifications of a pod's containers, made once for all pods of a template."""
    return tuple(_spec(container, init) for container in containers)


def _spec(container: wire.Container, init: bool) -> Spec:
    resources = container.resources or _NONE
    requests, limits = resources.requests or _NOTHING, resources.limits or _NOTHING
    return Spec(
        container.name, image(container.image or ""), init and container.restart_policy == "Always",
        quantity(requests.cpu), quantity(limits.cpu), int(quantity(requests.memory)), int(quantity(limits.memory)),
    )  # fmt: skip


_NONE, _NOTHING = wire.Resources(), wire.Amounts()


def _container(spec: Spec, status: wire.ContainerStatus | None, init: bool) -> PodContainer:
    name, reference, sidecar, cpu, cpu_limit, memory, memory_limit = spec
    if status is None:
        return PodContainer(
            name=name,
            image=reference,
            init=init,
            sidecar=sidecar,
            cpu_request=cpu,
            cpu_limit=cpu_limit,
            memory_request=memory,
            memory_limit=memory_limit,
        )
    word, reason, message, code, since = "", "", "", None, 0.0
    state = status.state
    if state is not None:
        if (running := state.running) is not None:
            word, since = "running", moment(running.started_at)
        elif (ended := state.terminated) is not None:
            word, since, code = "terminated", timestamp(ended.finished_at), ended.exit_code
            reason, message = ended.reason or "", ended.message or ""
        elif (waiting := state.waiting) is not None:
            word, reason, message = "waiting", waiting.reason or "", waiting.message or ""
    last_reason, last_message, last_code, last_finished = "", "", None, 0.0
    if (before := status.last_state) is not None and (last := before.terminated) is not None:
        last_reason, last_message = last.reason or "", last.message or ""
        last_code, last_finished = last.exit_code, timestamp(last.finished_at)
    return PodContainer(
        name=name,
        image=reference,
        image_id=one(status.image_id or ""),
        ready=status.ready,
        started=bool(status.started),
        restarts=status.restart_count,
        state=word,
        reason=reason,
        message=message,
        exit_code=code,
        since=since,
        last_reason=last_reason,
        last_message=last_message,
        last_exit_code=last_code,
        last_finished=last_finished,
        init=init,
        sidecar=sidecar,
        cpu_request=cpu,
        cpu_limit=cpu_limit,
        memory_request=memory,
        memory_limit=memory_limit,
    )


def containers(pod: wire.Pod) -> tuple[PodContainer, ...]:
    """Init containers first, as they run; each specification with its status by name."""
    spec, status = pod.spec, pod.status
    mains = _with_status(specs(spec.containers or (), False), status.container_statuses or (), False)
    if not spec.init_containers:
        return mains
    return _with_status(specs(spec.init_containers, True), status.init_container_statuses or (), True) + mains


def _with_status(declared: tuple[Spec, ...], statuses: Sequence[wire.ContainerStatus], init: bool) -> tuple[PodContainer, ...]:
    if len(declared) == len(statuses) == 1 and declared[0].name == statuses[0].name:  # as most pods
        return (_container(declared[0], statuses[0], init),)
    by_name = {status.name: status for status in statuses}
    return tuple([_container(spec, by_name.get(spec.name), init) for spec in declared])
