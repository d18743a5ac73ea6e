"""Starting the tasks that a service lacks: within its percentages, where there is capacity, and slower after failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.ecs import words
from tui.simulator.ecs.lifecycle import Order
from tui.simulator.ecs.objects import Service, Task
from tui.simulator.ecs.placement import FARGATE_PROVIDERS, Refusal, choose_instance, choose_provider
from tui.simulator.ecs.revisions import Deployment

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import ContainerInstance
    from tui.simulator.ecs.scheduler import Scheduler

AT_ONCE = 10  # tasks that are started or stopped in one pass
UNPLACED_AGAIN = 90.0  # seconds between two tries to place a task


def wanted_of(service: Service) -> list[Task]:
    """The service's tasks that are meant to run."""
    return [t for t in service.tasks.values() if t.wanted]


def order_of(service: Service, deployment: Deployment, launch: str, provider: str, instance: ContainerInstance | None) -> Order:
    """What a task of a service is started with."""
    tags = {"aws:ecs:clusterName": service.cluster.name, "aws:ecs:serviceName": service.name} if service.managed_tags else {}
    if service.propagate_tags == "SERVICE":
        tags |= {k: v for k, v in service.tags.items() if not k.startswith("aws:")}
    elif service.propagate_tags == "TASK_DEFINITION":
        tags |= deployment.definition.tags
    return Order(
        cluster=service.cluster,
        definition=deployment.definition,
        group=f"service:{service.name}",
        launch_type=launch,
        service=service,
        deployment=deployment.id,
        provider=provider,
        platform="1.4.0" if launch == "FARGATE" else "",
        instance=instance,
        started_by=deployment.id,
        tags=tags,
        exec_enabled=service.exec_enabled,
    )


class Starting:
    """The scheduler's half that starts."""

    def __init__(self, engine: Engine, scheduler: Scheduler) -> None:
        self.engine = engine
        self.scheduler = scheduler

    def missing(self, service: Service, wanted: int) -> None:
        """As many tasks of each deployment as it lacks and the percentages leave room for."""
        alive = wanted_of(service)
        _, upper = self.scheduler.bounds(service, wanted)
        room = max(0, upper - len(alive))
        started: list[str] = []
        for deployment in (service.primary, *service.deployments[1:]):
            have = sum(t.deployment == deployment.id for t in alive)
            missing = min(deployment.desired - have, room, AT_ONCE - len(started))
            if missing <= 0 or deployment.rollout == "FAILED":
                continue
            if deployment is service.primary and self._held(service):
                continue
            new = self._start(service, deployment, missing)
            room -= len(new)
            started += new
        if started:
            self.engine.tell(service, words.started(service.name, started))
            service.steady = False
            if len(started) >= AT_ONCE:
                self.scheduler.wake(service, 1.0)

    def _held(self, service: Service) -> bool:
        if self.engine.world.now() >= service.held_until:
            return False
        self.scheduler.wake(service, service.held_until - self.engine.world.now())
        return True

    def _start(self, service: Service, deployment: Deployment, many: int) -> list[str]:
        started: list[str] = []
        for _ in range(many):
            provider = choose_provider(service)
            launch = service.launch_type or ("FARGATE" if provider in FARGATE_PROVIDERS else "EC2")
            instance: ContainerInstance | None = None
            if launch == "EC2":
                taken = frozenset(t.instance.id for t in wanted_of(service) if t.instance)
                without = taken if service.scheduling == "DAEMON" else frozenset()
                chosen = choose_instance(service.cluster, deployment.definition, provider=provider, without=without)
                if isinstance(chosen, Refusal):
                    self._unplaced(service, chosen)
                    break
                instance = chosen
            order = order_of(service, deployment, launch, provider, instance)
            started.append(self.engine.lifecycle.start(order).id)
        return started

    def _unplaced(self, service: Service, refusal: Refusal) -> None:
        now = self.engine.world.now()
        if now - service.unplaced_at >= UNPLACED_AGAIN:
            service.unplaced_at = now
            self.engine.tell(service, words.no_instance(service.name, refusal.instance, refusal.lacks))
        self.scheduler.wake(service, UNPLACED_AGAIN)
