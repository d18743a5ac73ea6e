"""Who moves the world besides its users: scheduled jobs, pipelines that deploy again, and Spot interruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words
from tui.simulator.ecs.lifecycle import Order
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Service, Task


class Actors:
    """The scenario's ``[[job]]`` and ``[[pipeline]]`` tables and ``interrupted_every``."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.ecs = engine.ecs

    def begin(self) -> None:
        """Put the first act of everyone on the queue, and the jobs of the last hour into the past."""
        for job in self.ecs.data.get("job", ()):
            self._job_history(job)
            self.world.after(float(job["every"]) * 0.3, lambda j=job: self._job(j, 0))  # type: ignore[misc]
        for pipeline in self.ecs.data.get("pipeline", ()):
            self.world.after(float(pipeline["first"]), lambda p=pipeline: self._deploy(p))  # type: ignore[misc]
        for cluster in self.ecs.clusters.values():
            for service in cluster.services.values():
                if service.profile.get("interrupted_every"):
                    self._interrupt_later(service)

    # Jobs

    def _order(self, job: dict[str, Any]) -> Order:
        definition = self.ecs.definition(job["family"])
        if definition is None:
            raise ValueError(f"job of a family that the scenario lacks: {job['family']}")
        return Order(
            cluster=self.ecs.clusters[job["cluster"]],
            definition=definition,
            group=f"family:{definition.family}",
            launch_type="FARGATE",
            platform="1.4.0",
            started_by=job["started_by"],
        )

    def _job(self, job: dict[str, Any], number: int) -> None:
        task = self.engine.lifecycle.start(self._order(job))
        runs = float(job["runs"]) * (0.8 + 0.4 * noise(task.id))
        self.world.after(10.0 + runs, lambda: self._finish(task, self._exit_code(job, number)))
        self.world.after(float(job["every"]), lambda: self._job(job, number + 1))

    def _exit_code(self, job: dict[str, Any], number: int) -> int:
        every = int(job.get("fails_every", 0))
        return int(job["exit_code"]) if every and number % every == every - 1 else 0

    def _finish(self, task: Task, exit_code: int) -> None:
        self.engine.lifecycle.crash(task, task.containers[0].name, exit_code)

    def _job_history(self, job: dict[str, Any]) -> None:
        every, now = float(job["every"]), self.world.started
        for number in range(1, int(3600 // every) + 1):
            ended = now - number * every + 40
            if ended > now - 20:
                continue
            task = self.engine.lifecycle.make(self._order(job), ended - float(job["runs"]) - 12)
            task.pull_started, task.pull_stopped = task.created + 2, task.created + 5
            task.connected, task.started = task.created + 2, task.created + 7
            task.desired_status = task.last_status = "STOPPED"
            task.stop_code, task.stopped_reason = "EssentialContainerExited", words.ESSENTIAL_EXITED
            task.stopping, task.execution_stopped, task.stopped = ended - 4, ended - 3, ended
            for container in task.containers:
                container.status, container.exit_code = "STOPPED", self._exit_code(job, number)
                container.started, container.stopped = task.started - 1, ended - 4
                container.runtime_id = self.engine.lifecycle.runtime_id(task)
            self.engine.lifecycle.forget_later(task)

    # Pipelines

    def _deploy(self, pipeline: dict[str, Any]) -> None:
        cluster, _, name = str(pipeline["service"]).partition("/")
        service = self.ecs.clusters[cluster].services.get(name)
        if service is None or service.status != "ACTIVE":
            return
        if service.primary.rollout == "COMPLETED" and len(service.deployments) == 1:
            self.engine.scheduler.deployments.begin(service, service.definition)
        self.world.after(float(pipeline["every"]), lambda: self._deploy(pipeline))

    # Spot

    def _interrupt_later(self, service: Service) -> None:
        every = float(service.profile["interrupted_every"])
        self.world.after(every * self.ecs.rng.uniform(0.6, 1.4), lambda: self._interrupt(service))

    def _interrupt(self, service: Service) -> None:
        if service.status != "ACTIVE":
            return
        spot = [t for t in service.tasks.values() if t.provider == "FARGATE_SPOT" and t.last_status == "RUNNING" and t.wanted]
        if spot:
            victim = self.ecs.rng.choice(spot)
            self.engine.lifecycle.stop(victim, "SpotInterruption", words.SPOT)
            self.engine.scheduler.changed(service)
        self._interrupt_later(service)
