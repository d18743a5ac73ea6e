"""The life of a task, from PROVISIONING to STOPPED, step by step on the world's event queue.

PROVISIONING (network interface) > PENDING (pull) > ACTIVATING (registration of targets) > RUNNING > DEACTIVATING
(draining) > STOPPING (SIGTERM) > DEPROVISIONING > STOPPED. Only ``awsvpc`` tasks have a network interface to make.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words
from tui.simulator.ecs.objects import Cluster, Container, ContainerInstance, Service, Tags, Task
from tui.simulator.ecs.revisions import TaskDefinition
from tui.simulator.world import digest_of

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine

SIGTERM_EXIT = 143
SIGKILL_EXIT = 137
HEALTH_SECONDS = 8.0  # until a container's own health check has passed


@dataclass(slots=True)
class Order:
    """What is to be started."""

    cluster: Cluster
    definition: TaskDefinition
    group: str
    launch_type: str
    service: Service | None = None
    deployment: str = ""
    provider: str = ""
    platform: str = ""
    instance: ContainerInstance | None = None
    subnet: dict[str, str] = field(default_factory=dict)
    started_by: str = ""
    tags: Tags = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    exec_enabled: bool = False


class Lifecycle:
    """Starts, stops and crashes tasks."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.ecs = engine.ecs

    # Starting

    def make(self, order: Order, created: float) -> Task:
        """A task object in its cluster, service and instance, with nothing under way."""
        cluster, definition = order.cluster, order.definition
        task_id = self.ecs.hex()
        task = Task(
            arn=self.world.arn("ecs", f"task/{cluster.name}/{task_id}"),
            id=task_id,
            cluster=cluster,
            definition=definition,
            group=order.group,
            launch_type=order.launch_type,
            created=created,
            containers=[self._container(cluster, task_id, data) for data in definition.containers],
            service=order.service,
            deployment=order.deployment,
            provider=order.provider,
            platform=order.platform,
            instance=order.instance,
            started_by=order.started_by,
            tags=order.tags,
            overrides=order.overrides,
            exec_enabled=order.exec_enabled,
        )
        if definition.awsvpc:
            task.subnet = order.subnet or self._subnet(order.service)
            task.ip = self.ecs.address(task.subnet)
            task.eni = f"eni-0{self.ecs.hex(16)}"
        elif order.instance is not None:
            task.ip = order.instance.ip
            task.host_port = 32768 + self.ecs.rng.randrange(28000)
        cluster.tasks[task_id] = task
        self.engine.logs.open(task)
        if order.service is not None:
            order.service.tasks[task_id] = task
        if order.instance is not None:
            order.instance.tasks[task_id] = task
        return task

    def start(self, order: Order) -> Task:
        """Make a task and set it on its way."""
        task = self.make(order, self.world.now())
        if task.definition.awsvpc:
            self._then(task, "provisioning", self._pend)
        else:
            self._pend(task)
        return task

    def _pend(self, task: Task) -> None:
        self._turn(task, "PENDING")
        task.pull_started = self.world.now()
        self._then(task, "pulling", self._pulled)

    def _pulled(self, task: Task) -> None:
        for container in task.containers:
            digest = self.digest(container.image)
            if digest is None:
                self.fail(task, words.cannot_pull(container.image), container)
                return
            container.digest = digest
        task.pull_stopped = self.world.now()
        self._turn(task, "ACTIVATING")
        task.connected = self.world.now()
        for container in task.containers:
            container.status, container.started = "RUNNING", self.world.now()
            container.runtime_id = self.runtime_id(task)
        self.engine.targets.register(task)
        self._then(task, "activating", self._run)

    def _run(self, task: Task) -> None:
        self._turn(task, "RUNNING")
        task.started = self.world.now()
        self.engine.behaviours.begin(task)
        self._then_after(task, HEALTH_SECONDS, self._settled)
        if task.service is not None:
            self.engine.scheduler.changed(task.service)

    def _settled(self, task: Task) -> None:
        for container in task.containers:
            if container.has_check and container.health == "UNKNOWN":
                container.health = "HEALTHY"
        task.version += 1
        if task.service is not None:
            self.engine.scheduler.wake(task.service)

    # Stopping

    def stop(self, task: Task, code: str, reason: str, *, exit_code: int = SIGTERM_EXIT) -> None:
        """Ask a task to stop; a second time does nothing."""
        if not task.wanted:
            return
        was = task.last_status
        self._ask(task, code, reason)
        if was in ("PROVISIONING", "PENDING"):
            self._deprovision(task)
            return
        if self.engine.targets.deregister(task):
            self._turn(task, "DEACTIVATING")
            self._then(task, "draining", lambda t: self._terminate(t, exit_code))
        else:
            self._terminate(task, exit_code)

    def fail(self, task: Task, reason: str, container: Container | None = None) -> None:
        """A task that never started (image, secret, network)."""
        if container is not None:
            container.reason = reason
        self._ask(task, "TaskFailedToStart", reason)
        self._deprovision(task)
        self._failed(task, reason)

    def crash(self, task: Task, name: str, exit_code: int, reason: str = "") -> None:
        """An essential container ends by itself; the others are stopped with it."""
        if not task.wanted or task.last_status not in ("RUNNING", "ACTIVATING"):
            return
        now = self.world.now()
        for container in task.containers:
            if container.name == name:
                container.exit_code, container.reason = exit_code, reason
                container.status, container.stopped = "STOPPED", now
        self._ask(task, "EssentialContainerExited", words.ESSENTIAL_EXITED)
        self.engine.targets.deregister(task)
        self._turn(task, "STOPPING")
        self._then(task, "stopping", lambda t: self._exited(t, SIGKILL_EXIT))
        self._failed(task, reason)

    def _ask(self, task: Task, code: str, reason: str) -> None:
        for pending in (task.next, task.doom):
            if pending is not None:
                pending.cancel()
        task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = code, reason
        task.stopping = self.world.now()
        task.version += 1

    def _terminate(self, task: Task, exit_code: int) -> None:
        self._turn(task, "STOPPING")
        self._then(task, "stopping", lambda t: self._exited(t, exit_code))

    def _exited(self, task: Task, exit_code: int) -> None:
        now = self.world.now()
        task.execution_stopped = now
        for container in task.containers:
            if container.status != "STOPPED":
                container.status, container.stopped, container.exit_code = "STOPPED", now, exit_code
        self._deprovision(task)

    def _deprovision(self, task: Task) -> None:
        task.execution_stopped = task.execution_stopped or self.world.now()
        if not task.definition.awsvpc:
            self._stopped(task)
            return
        self._turn(task, "DEPROVISIONING")
        self._then(task, "deprovisioning", self._stopped)

    def _stopped(self, task: Task) -> None:
        task.stopped = self.world.now()
        self._turn(task, "STOPPED")
        for container in task.containers:
            container.status = "STOPPED"
            container.health = "UNKNOWN" if container.health == "HEALTHY" else container.health
        self.forget_later(task)
        if task.instance is not None:
            task.instance.tasks.pop(task.id, None)
        if task.service is not None:
            task.service.tasks.pop(task.id, None)
            self.engine.scheduler.changed(task.service)

    def forget_later(self, task: Task) -> None:
        """ECS shows a stopped task for an hour."""
        keep = float(self.ecs.timing.get("keep_stopped", 3600.0))
        self.world.at(task.stopped + keep, lambda: self._forget(task))

    def _forget(self, task: Task) -> None:
        task.cluster.tasks.pop(task.id, None)

    # Helpers

    def digest(self, image: str) -> str | None:
        """The digest of an image, None when its registry does not have it. Foreign registries have everything."""
        if not image.startswith(self.world.registry):
            return image.partition("@")[2] or f"sha256:{digest_of(image)}"
        found = self.world.images.resolve(image)
        return found.digest if found else None

    def runtime_id(self, task: Task) -> str:
        """Fargate's form is ``<task id>-<number>``, EC2's is the Docker id."""
        if task.launch_type == "FARGATE":
            return f"{task.id}-{self.ecs.rng.randrange(10**9, 4 * 10**9)}"
        return self.ecs.hex(64)

    def _container(self, cluster: Cluster, task_id: str, data: dict[str, Any]) -> Container:
        return Container(
            name=data["name"],
            image=data["image"],
            arn=self.world.arn("ecs", f"container/{cluster.name}/{task_id}/{self.ecs.uuid()}"),
            essential=bool(data.get("essential", True)),
            has_check="healthCheck" in data,
        )

    def _subnet(self, service: Service | None) -> dict[str, str]:
        """The zone with the fewest of the service's tasks, as the scheduler spreads them."""
        subnets: list[dict[str, str]] = self.ecs.network["subnets"]
        if service is None:
            return self.ecs.rng.choice(subnets)
        taken = [t.subnet.get("id") for t in service.tasks.values()]
        return min(subnets, key=lambda subnet: taken.count(subnet["id"]))

    def _turn(self, task: Task, status: str) -> None:
        was, task.last_status = task.last_status, status
        task.version += 1
        if task.service is not None and "RUNNING" in (was, status):
            self.engine.scheduler.count(task.service)

    def _then(self, task: Task, phase: str, step: Callable[[Task], None]) -> None:
        self._then_after(task, self.ecs.draw(phase), step)

    def _then_after(self, task: Task, seconds: float, step: Callable[[Task], None]) -> None:
        task.next = self.world.after(seconds, lambda: step(task))

    def _failed(self, task: Task, reason: str) -> None:
        if task.service is not None:
            self.engine.scheduler.task_failed(task, reason)
