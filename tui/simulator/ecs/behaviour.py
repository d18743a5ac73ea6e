"""What images do to their tasks: run out of memory, fail their health check, exit. Data of the scenario, by image and tag.

So the cure works as in life: an older image, or more memory where memory was the cause, and the service is well again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Container, Task


class Behaviours:
    """The scenario's ``[[behaviour]]`` tables by ``repository:tag``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.by_image: dict[str, dict[str, Any]] = {b["image"]: b for b in engine.ecs.data.get("behaviour", ())}

    def of(self, task: Task) -> tuple[Container, dict[str, Any]] | None:
        """The container that misbehaves and how, None for a task that is well."""
        for container in task.containers:
            found = self.by_image.get(container.image.rsplit("/", 1)[-1].partition("@")[0])
            if found and not self._cured(task, container, found):
                return container, found
        return None

    def begin(self, task: Task, ran: float = 0.0) -> None:
        """A task runs (since ``ran`` seconds): put what will happen to it on the queue."""
        found = self.of(task)
        if found is None:
            return
        container, how = found
        low, high = how["after"]
        seconds = max(1.0, self.engine.ecs.rng.uniform(low, high) - ran)
        task.doom = self.world.after(seconds, lambda: self._strike(task, container, how))

    def _strike(self, task: Task, container: Container, how: dict[str, Any]) -> None:
        lifecycle = self.engine.lifecycle
        if how["kind"] == "oom":
            lifecycle.crash(task, container.name, 137, words.OUT_OF_MEMORY)
        elif how["kind"] == "exit":
            lifecycle.crash(task, container.name, int(how["exit_code"]))
        elif how["kind"] == "health":
            self.engine.targets.spoil(task, int(how["code"]))
            task.doom = self.world.after(float(how["lasts"]), lambda: self._replace(task))
        elif how["kind"] == "check":
            container.health = "UNHEALTHY"
            task.version += 1
            task.doom = self.world.after(float(how["lasts"]), lambda: self._replace(task))
        else:
            raise ValueError(f"unknown kind of behaviour {how['kind']!r} of {how['image']}")

    def _replace(self, task: Task) -> None:
        """The scheduler replaces a task whose target or container is unhealthy."""
        sick = [group.arn for group, target in self.engine.targets.of(task) if target.state == "unhealthy"]
        reason = words.failed_elb(sick[0]) if sick else words.HEALTH_CHECK
        if task.service is not None and task.wanted:
            self.engine.tell(task.service, words.stopped(task.service.name, [task.id]))
        self.engine.lifecycle.stop(task, "ServiceSchedulerInitiated", reason, exit_code=0)
        if task.service is not None:
            self.engine.scheduler.task_failed(task, reason)

    def _cured(self, task: Task, container: Container, how: dict[str, Any]) -> bool:
        needs = int(how.get("needs_memory", 0))
        if not needs:
            return False
        data = next(c for c in task.definition.containers if c["name"] == container.name)
        return int(data.get("memory") or task.definition.memory) >= needs
