"""Restores services as they stand when the world starts: tasks that have run for days, rollouts half way, faults under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words
from tui.simulator.ecs.build_balancers import group_for
from tui.simulator.ecs.definitions import owner_tags
from tui.simulator.ecs.history import History
from tui.simulator.ecs.objects import Service, Task
from tui.simulator.ecs.placement import FARGATE_PROVIDERS, Refusal, choose_instance, choose_provider
from tui.simulator.ecs.revisions import Deployment
from tui.simulator.ecs.starting import order_of

if TYPE_CHECKING:
    from tui.simulator.ecs.balancers import TargetGroup
    from tui.simulator.ecs.definitions import Families
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.revisions import TaskDefinition

DAY = 86_400.0


class Restorer:
    """Makes services from their scenario tables."""

    def __init__(self, engine: Engine, families: Families) -> None:
        self.engine = engine
        self.world = engine.world
        self.ecs = engine.ecs
        self.families = families
        self.history = History(engine)

    def service(self, profile: dict[str, Any]) -> Service:
        """One service with its definitions, target group, deployments, tasks and past."""
        newest = self.families.build(profile, age_days=profile["age"], newest_hours=self._newest_hours(profile))
        group = group_for(self.ecs, profile)
        service = self._make(profile, newest, group)
        service.cluster.services[service.name] = service
        self._deployments(service, profile)
        self.history.write(service)
        service.running_then = self._running_then(service, profile)
        self.engine.scheduler.wake(service, self.ecs.rng.uniform(0.2, 1.2))
        return service

    def _running_then(self, service: Service, profile: dict[str, Any]) -> list[tuple[float, int]]:
        """How many tasks ran before, where the story has a change of it."""
        now, running = self.world.started, service.running()
        if "scaled" in profile:
            scaled = profile["scaled"]
            return [(0.0, int(scaled["from"])), (now - scaled["minutes"] * 60, running)]
        if "failing" in profile:
            return [(0.0, service.desired), (now - profile["failing"]["minutes"] * 60, running)]
        return [(0.0, running)]

    def _newest_hours(self, profile: dict[str, Any]) -> float:
        """The newest definition was registered just before its deployment."""
        if "failing" in profile:
            return float(profile["failing"]["minutes"]) / 60 + 0.02
        return 0.05 if "rolling" in profile else float(profile["deployed"]) + 0.02

    def _make(self, profile: dict[str, Any], newest: TaskDefinition, group: TargetGroup | None) -> Service:
        cluster = self.ecs.clusters[profile["cluster"]]
        launch = profile.get("launch", "FARGATE")
        provider = profile.get("provider") or ("FARGATE_SPOT" if launch == "FARGATE_SPOT" else "")
        breaker = profile.get("circuit_breaker", "")
        service = Service(
            arn=self.world.arn("ecs", f"service/{cluster.name}/{profile['name']}"),
            name=profile["name"],
            cluster=cluster,
            definition=newest,
            desired=profile["desired"],
            created=self.world.started - profile["age"] * DAY,
            created_by=self.families.people["pipeline"],
            launch_type="" if provider else launch,
            strategy=[{"capacityProvider": provider, "weight": 1, "base": 0}] if provider else [],
            platform="LATEST" if launch != "EC2" else "",
            scheduling=profile.get("scheduling", "REPLICA"),
            controller=profile.get("controller", "ECS"),
            minimum_percent=0 if profile.get("scheduling") == "DAEMON" else profile.get("minimum_percent", 100),
            maximum_percent=100 if profile.get("scheduling") == "DAEMON" else profile.get("maximum_percent", 200),
            breaker=bool(breaker),
            rollback=breaker == "rollback",
            grace=30 if group else None,
            exec_enabled=bool(profile.get("exec")),
            managed_tags=True,
            propagate_tags="SERVICE",
            zone_rebalancing="ENABLED" if launch == "FARGATE" and not profile.get("controller") else "DISABLED",
            role=self.world.arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", region=""),
            tags=owner_tags(profile.get("owner", "")) | {"service": profile["name"]},
            profile=profile,
        )
        if group is not None:
            entry = {"targetGroupArn": group.arn, "containerName": profile["name"], "containerPort": int(profile["port"])}
            service.load_balancers = [entry]
        if newest.awsvpc:
            service.network = {
                "awsvpcConfiguration": {
                    "subnets": [s["id"] for s in self.ecs.network["subnets"]],
                    "securityGroups": [self.ecs.network["security_groups"][cluster.name]],
                    "assignPublicIp": "DISABLED",
                }
            }
        if launch == "EC2" and service.scheduling == "REPLICA":
            service.placement = [{"type": "spread", "field": "instanceId"}]
        return service

    # Deployments and tasks

    def _deployments(self, service: Service, profile: dict[str, Any]) -> None:
        revisions = self.ecs.definitions[service.name]
        newest = service.definition
        deployed = self.world.started - float(profile["deployed"]) * 3600
        if "failing" in profile:
            before = self._deployment(service, revisions[newest.revision - 1], deployed)
            how = profile["failing"]
            began = self.world.started - how["minutes"] * 60
            new = self._deployment(service, newest, began, under_way=True)
            before.status, before.desired = "ACTIVE", how["running"]
            new.failed = new.failures_in_row = how["failed"]
            service.deployments = [new, before]
            self._run(service, before, how["running"], since=deployed)
            self.history.failed_starts(service, new, how["failed"], began)
        elif "rolling" in profile:
            before = self._deployment(service, revisions[newest.revision - 1], deployed)
            running = profile["rolling"]["running"]
            new = self._deployment(service, newest, self.world.started - 95.0, under_way=True)
            left = service.desired - running - 1
            before.status, before.desired = "ACTIVE", left
            service.deployments = [new, before]
            self._run(service, before, left, since=deployed)
            self._run(service, new, running, since=self.world.started - 80.0)
        else:
            deployment = self._deployment(service, newest, deployed)
            service.deployments = [deployment]
            self._run(service, deployment, profile.get("placed", service.desired), since=deployed)

    def _deployment(self, service: Service, definition: TaskDefinition, created: float, *, under_way: bool = False) -> Deployment:
        deployments = self.engine.scheduler.deployments
        deployment = deployments.make(service, definition, created)
        deployment.created = created
        if not under_way:
            deployment.rollout, deployment.reason = "COMPLETED", words.is_completed(deployment.id)
            deployment.finished = deployment.updated = created + 180.0
            deployment.stage = "CLEAN_UP"
        return deployment

    def _run(self, service: Service, deployment: Deployment, count: int, since: float) -> None:
        """Tasks that run already; those of an image that misbehaves are young, since they are replaced again and again."""
        rng = self.ecs.rng
        now = self.world.started
        for index in range(count):
            provider = choose_provider(service)
            launch = service.launch_type or ("FARGATE" if provider in FARGATE_PROVIDERS else "EC2")
            instance = None
            if launch == "EC2":
                taken = frozenset(t.instance.id for t in service.tasks.values() if t.instance)
                chosen = choose_instance(service.cluster, deployment.definition, provider=provider, without=taken)
                if isinstance(chosen, Refusal):
                    return
                instance = chosen
            order = order_of(service, deployment, launch, provider, instance)
            started = now - (now - since) * (0.35 + 0.65 * rng.random()) if rng.random() < 0.4 else since + rng.uniform(20, 60)
            task = self.engine.lifecycle.make(order, started - 7)
            behaviour = self.engine.behaviours.of(task)
            if behaviour is not None:
                started = now - (index + 0.5) / count * min(behaviour[1]["after"])
            self.settle(task, min(started, now - 1))
            self.engine.behaviours.begin(task, ran=now - task.started)

    def settle(self, task: Task, started: float) -> None:
        """Make a task one that has been running since ``started``, its targets healthy."""
        task.created = started - 7.0
        task.pull_started, task.pull_stopped = started - 4.5, started - 1.5
        task.connected, task.started = started - 1.4, started
        task.last_status, task.version = "RUNNING", 5
        for container in task.containers:
            container.status, container.started = "RUNNING", started - 1.2
            container.runtime_id = self.engine.lifecycle.runtime_id(task)
            container.digest = ""  # resolved when it is asked for: the registry is built after us
            container.health = "HEALTHY" if container.has_check else "UNKNOWN"
        if task.service is not None:
            for group, port in self.engine.targets.groups_of(task.service):
                self.engine.targets.place(group, task, port)
