"""The past of a service, as far as ECS remembers it: events, earlier deployments, tasks that stopped in the last hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words
from tui.simulator.ecs.objects import EVENTS_KEPT, Service, Task
from tui.simulator.ecs.placement import FARGATE_PROVIDERS, choose_provider
from tui.simulator.ecs.revisions import Deployment
from tui.simulator.ecs.starting import order_of

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine

STEADY = 6 * 3600.0
HOUR = 3600.0
Line = tuple[float, str]


class History:
    """Writes what happened before the world started."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.ecs = engine.ecs
        self._lines: list[Line] = []

    def write(self, service: Service) -> None:
        """Records of earlier deployments, stopped tasks and the last events of a service."""
        self._records(service)
        self._stopped(service)
        for deployment in service.deployments:
            self._deployed(service, deployment)
        self._steady(service)
        scaled = service.profile.get("scaled")
        if scaled:
            at = self.world.started - float(scaled["minutes"]) * 60
            ids = list(service.tasks)[-(service.desired - int(scaled["from"])) :]
            self._lines += [(at + 3, words.started(service.name, ids)), (at + 40, words.steady(service.name))]
        if "placed" in service.profile:
            self._unplaced(service)
        for at, message in sorted(self._lines)[-EVENTS_KEPT:]:
            service.events.append((at, self.ecs.uuid(), message))
        self._lines.clear()

    # Events

    def _deployed(self, service: Service, deployment: Deployment) -> None:
        name, at = service.name, deployment.created
        ids = [t.id for t in service.tasks.values() if t.deployment == deployment.id]
        if deployment.rollout != "COMPLETED":
            room = [self.ecs.hex() for _ in range(service.desired - sum(t.wanted for t in service.tasks.values()))]
            self._lines += [(at + 1, words.draining(name, len(room))), (at + 1, words.stopped(name, room))] if room else []
        if not ids:
            return
        self._lines.append((at + 3, words.started(name, ids[:10])))
        for group in service.target_groups:
            self._lines.append((at + 14, words.registered(name, len(ids), group)))
        if deployment.rollout != "COMPLETED":
            return
        gone = [self.ecs.hex() for _ in ids[:10]]
        for group in service.target_groups:
            self._lines.append((at + 61, words.deregistered(name, len(gone), group)))
            self._lines.append((at + 61, words.draining(name, len(gone))))
        self._lines.append((at + 62, words.stopped(name, gone)))
        self._lines.append((at + 178, words.completed(name, deployment.id)))
        self._lines.append((at + 180, words.steady(name)))

    def _steady(self, service: Service) -> None:
        """Every six hours, back to what 100 events can hold."""
        if service.profile.get("failing"):
            until = service.deployments[0].created
        elif self.engine.behaviours.by_image.get(self._image(service)):
            until = service.deployments[-1].created
        else:
            until = self.world.started
        at = until - self.ecs.rng.uniform(0.05, 1.0) * STEADY
        service.steady, service.steady_at = until == self.world.started, at
        for number in range(EVENTS_KEPT):
            self._lines.append((at - number * (STEADY + 7.0), words.steady(service.name)))

    def _unplaced(self, service: Service) -> None:
        instances = list(service.cluster.instances.values())
        closest = max(instances, key=lambda i: i.free_memory)
        for number in range(40):
            at = self.world.started - 20.0 - number * 93.0
            self._lines.append((at, words.no_instance(service.name, closest.id, "has insufficient memory available")))
        service.unplaced_at = self.world.started - 20.0

    def _image(self, service: Service) -> str:
        return str(service.definition.containers[0]["image"]).rsplit("/", 1)[-1]

    # Deployments that are over

    def _records(self, service: Service) -> None:
        deployments = self.engine.scheduler.deployments
        revisions = sorted(self.ecs.definitions[service.name].values(), key=lambda d: d.revision)
        oldest = service.deployments[-1]
        previous: list[tuple[str, int]] = []
        for definition in revisions[-4:]:
            if definition.revision >= oldest.definition.revision:
                break
            past = deployments.make(service, definition, float(definition.data["registeredAt"]) + 60)
            past.rollout, past.status = "COMPLETED", "INACTIVE"
            record = deployments.record(service, past, previous)
            record.status, record.finished, record.breaker_status = "SUCCESSFUL", past.created + 190, "MONITORING_COMPLETE"
            previous = [(record.target, service.desired)]
        for deployment in reversed(service.deployments):
            record = deployments.record(service, deployment, previous)
            if deployment.rollout == "COMPLETED":
                record.status, record.finished, record.breaker_status = "SUCCESSFUL", deployment.finished, "MONITORING_COMPLETE"
            previous = [(record.target, service.running(deployment.id))]

    # Tasks that have stopped

    def _stopped(self, service: Service) -> None:
        image = self._image(service)
        behaviour = self.engine.behaviours.by_image.get(image)
        every = service.profile.get("interrupted_every")
        if behaviour is not None:
            self._misbehaved(service, behaviour)
        elif every:
            for number in range(int(HOUR // every)):
                self._ended(service, number * every + 140.0, 2.5 * HOUR, "SpotInterruption", words.SPOT, exit_code=143)

    def _misbehaved(self, service: Service, behaviour: dict[str, Any]) -> None:
        low, high = behaviour["after"]
        life = (low + high) / 2
        every = (life + 30) / max(1, service.desired)
        ago = 25.0
        while ago < HOUR - 60:
            lived = self.ecs.rng.uniform(low, high)
            if behaviour["kind"] == "oom":
                code, reason, exit_code, detail = "EssentialContainerExited", words.ESSENTIAL_EXITED, 137, words.OUT_OF_MEMORY
            else:
                group = (service.target_groups or [""])[0]
                code, reason, exit_code, detail = "ServiceSchedulerInitiated", words.failed_elb(group), 0, ""
            task = self._ended(service, ago, lived, code, reason, exit_code=exit_code, detail=detail)
            at = self.world.started - ago
            if behaviour["kind"] == "health":
                why = f"Health checks failed with these codes: [{behaviour['code']}]"
                port = service.load_balancers[0]["containerPort"] if service.load_balancers else 0
                group = (service.target_groups or [""])[0]
                task.sick_since = at - float(behaviour["lasts"]) - 5
                self._lines.append((task.sick_since, words.unhealthy(service.name, task.id, port, group, why)))
                self._lines.append((at - 2, words.stopped(service.name, [task.id])))
            self._lines.append((at + 4, words.started(service.name, [self.ecs.hex()])))
            ago += every * self.ecs.rng.uniform(0.7, 1.3)

    def failed_starts(self, service: Service, deployment: Deployment, count: int, began: float) -> None:
        """Tasks of a deployment that never started since their image does not exist, two at a time, ever more slowly."""
        reason = words.cannot_pull(str(deployment.definition.containers[0]["image"]))
        now = self.world.started
        pair: list[str] = []
        for number in range(count):
            at = began + (now - began - 20) * (number // 2 * 2 / max(1, count)) ** 1.4 + 8
            task = self._task(service, deployment, at - 6)
            task.pull_started = at - 3
            task.containers[0].reason = reason
            self._end(task, at, "TaskFailedToStart", reason)
            pair.append(task.id)
            if len(pair) == 2 or number == count - 1:
                self._lines.append((at - 6, words.started(service.name, pair)))
                pair = []
            if number and number % 6 == 0:
                self._lines.append((at + 1, words.not_consistently(service.name)))
        service.held_until = now + 15.0

    def _ended(
        self, service: Service, ago: float, lived: float, code: str, reason: str, *, exit_code: int, detail: str = ""
    ) -> Task:
        """A task that ran for ``lived`` seconds and stopped ``ago`` seconds before now."""
        at = self.world.started - ago
        task = self._task(service, service.deployments[0], at - lived - 7)
        task.pull_started, task.pull_stopped = task.created + 2, task.created + 5
        task.connected, task.started = task.created + 2, task.created + 7
        for container in task.containers:
            container.started, container.stopped = task.created + 6, at - 3
            container.exit_code = exit_code
            container.runtime_id = self.engine.lifecycle.runtime_id(task)
        task.containers[0].reason = detail
        self._end(task, at, code, reason)
        return task

    def _task(self, service: Service, deployment: Deployment, created: float) -> Task:
        provider = choose_provider(service)
        launch = service.launch_type or ("FARGATE" if provider in FARGATE_PROVIDERS else "EC2")
        order = order_of(service, deployment, launch, provider, None)
        task = self.engine.lifecycle.make(order, created)
        del service.tasks[task.id]
        return task

    def _end(self, task: Task, at: float, code: str, reason: str) -> None:
        task.desired_status = task.last_status = "STOPPED"
        task.stop_code, task.stopped_reason = code, reason
        task.stopping, task.execution_stopped, task.stopped = at - 5, at - 3, at
        task.counted, task.version = True, 8
        for container in task.containers:
            container.status = "STOPPED"
        self.engine.lifecycle.forget_later(task)
