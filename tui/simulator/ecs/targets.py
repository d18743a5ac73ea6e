"""Target health: targets follow tasks from registration over health checks to draining, and tell the scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.ecs import words
from tui.simulator.ecs.balancers import Target, TargetGroup, balancers

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Service, Task

TOGETHER = 0.8  # seconds whose registrations are told in one event
GOOD_CHECKS = 2  # in a row make a target healthy


class Targets:
    """Moves targets; one for the world."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self._told: dict[tuple[str, str, str], int] = {}  # (service, group, what) -> targets not told of yet

    def groups_of(self, service: Service) -> list[tuple[TargetGroup, int]]:
        """The service's target groups with the container port of each."""
        known = balancers(self.world).groups
        found = []
        for entry in service.load_balancers:
            group = known.get(entry.get("targetGroupArn", ""))
            if group:
                found.append((group, int(entry.get("containerPort", group.port))))
        return found

    def of(self, task: Task) -> list[tuple[TargetGroup, Target]]:
        """The targets of a task."""
        if task.service is None:
            return []
        found = []
        for group, port in self.groups_of(task.service):
            target = group.targets.get(self._address(task, port))
            if target is not None and target.task is task:
                found.append((group, target))
        return found

    def healthy(self, task: Task) -> bool:
        """All of its targets take traffic (a group without a load balancer gives none: that counts as well)."""
        assert task.service is not None
        expected = self.groups_of(task.service)
        have = self.of(task)
        return len(have) == len(expected) and all(target.state in ("healthy", "unused") for _, target in have)

    def register(self, task: Task) -> None:
        """Register a starting task in the groups of its service."""
        if task.service is None:
            return
        for group, port in self.groups_of(task.service):
            address = self._address(task, port)
            target = Target(*address, task.zone, task, since=self.world.now())
            group.targets[address] = target
            self._tell(task.service, group, "registered")
            if not group.balancers:
                text = "Target group is not configured to receive traffic from the load balancer"
                target.turn("unused", self.world.now(), "Target.NotInUse", text)
                continue
            self.world.after(1.0, lambda t=target: self._checking(t))  # type: ignore[misc]
            self.world.after(1.0 + GOOD_CHECKS * group.interval, lambda g=group, t=target: self._checked(g, t))  # type: ignore[misc]

    def deregister(self, task: Task) -> bool:
        """Begin draining the targets of a stopping task; False when it has none."""
        have = self.of(task)
        now = self.world.now()
        for group, target in have:
            if target.state == "unused":
                del group.targets[target.id, target.port]
                continue
            target.turn("draining", now, "Target.DeregistrationInProgress", "Target deregistration is in progress")
            delay = float(self.engine.ecs.timing.get("draining", 10.0))
            self.world.after(delay, lambda g=group, t=target: self._gone(g, t))  # type: ignore[misc]
        if task.service is not None:
            for group, _ in have:
                self._tell(task.service, group, "deregistered")
        return bool(have)

    def spoil(self, task: Task, code: int) -> bool:
        """Make the health checks of a running task fail with an HTTP status; False when it has no target in use."""
        task.spoiled, task.sick_since = True, self.world.now()
        why = f"Health checks failed with these codes: [{code}]"
        hit = False
        for group, target in self.of(task):
            if target.state not in ("healthy", "initial"):
                continue
            hit = True
            target.turn("unhealthy", self.world.now(), "Target.ResponseCodeMismatch", why)
            if task.service is not None:
                sentence = words.unhealthy(task.service.name, task.id, target.port, group.arn, why)
                self.engine.tell(task.service, sentence)
        return hit

    def place(self, group: TargetGroup, task: Task, port: int) -> Target:
        """Put a task that has been running for long into a group, healthy already (for the restored state)."""
        address = self._address(task, port)
        target = group.targets[address] = Target(*address, task.zone, task)
        if group.balancers:
            target.turn("healthy", task.started)
        else:
            text = "Target group is not configured to receive traffic from the load balancer"
            target.turn("unused", task.started, "Target.NotInUse", text)
        return target

    def _tell(self, service: Service, group: TargetGroup, what: str) -> None:
        """One event for all targets of a moment, as ECS counts them together."""
        key = (service.arn, group.arn, what)
        if key not in self._told:
            self.world.after(TOGETHER, lambda: self._say(service, group, what))
        self._told[key] = self._told.get(key, 0) + 1

    def _say(self, service: Service, group: TargetGroup, what: str) -> None:
        count = self._told.pop((service.arn, group.arn, what))
        sentence = words.registered if what == "registered" else words.deregistered
        self.engine.tell(service, sentence(service.name, count, group.arn))

    def _address(self, task: Task, port: int) -> tuple[str, int]:
        if task.host_port and task.instance is not None:
            return task.instance.ec2, task.host_port
        return task.ip, port

    def _checking(self, target: Target) -> None:
        if target.state == "initial":
            text = "Initial health checks in progress"
            target.turn("initial", self.world.now(), "Elb.InitialHealthChecking", text)

    def _checked(self, group: TargetGroup, target: Target) -> None:
        if target.state != "initial" or group.targets.get((target.id, target.port)) is not target:
            return
        task = target.task
        if task is not None and (task.last_status != "RUNNING" or task.spoiled):
            self.world.after(group.interval, lambda: self._checked(group, target))
            return
        target.turn("healthy", self.world.now())
        if task is not None and task.service is not None:
            self.engine.scheduler.wake(task.service)

    def _gone(self, group: TargetGroup, target: Target) -> None:
        if group.targets.get((target.id, target.port)) is target:
            del group.targets[target.id, target.port]
