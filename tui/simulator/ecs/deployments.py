"""Deployments of a service: beginning, progress, completion, circuit breaker, rollback, and their lasting record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs import words
from tui.simulator.ecs.objects import Service
from tui.simulator.ecs.revisions import Deployment, ServiceDeployment, ServiceRevision, TaskDefinition

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.scheduler import Scheduler

RECORDS_KEPT = 100  # service deployments remembered of a service


class Deployments:
    """What the scheduler knows of rollouts."""

    def __init__(self, engine: Engine, scheduler: Scheduler) -> None:
        self.engine = engine
        self.world = engine.world
        self.scheduler = scheduler

    # Beginning

    def begin(self, service: Service, definition: TaskDefinition, *, back_from: Deployment | None = None) -> Deployment:
        """A new PRIMARY; what was PRIMARY becomes ACTIVE and drains. ``back_from``: the failed deployment."""
        now = self.world.now()
        source = [(self.revision_arn(service, d), service.running(d.id)) for d in service.deployments if service.running(d.id)]
        for old in service.deployments:
            if old.status == "PRIMARY":
                old.status = "ACTIVE"
                old.desired = min(old.desired, service.running(old.id)) if old.rollout != "COMPLETED" else old.desired
        deployment = self.make(service, definition, now)
        service.deployments.insert(0, deployment)
        if back_from is not None:
            deployment.rolled_back_from = back_from.id
            deployment.reason = words.breaker_back(deployment.id)
            self.engine.tell(service, words.rolling_back(service.name, deployment.id))
        else:
            self._supersede(service)
            self.record(service, deployment, source)
        service.definition = definition
        service.steady, service.held_until = False, 0.0
        self.scheduler.wake(service)
        return deployment

    def make(self, service: Service, definition: TaskDefinition, created: float) -> Deployment:
        """A deployment object with its revision, not yet in the service's list."""
        ecs = self.engine.ecs
        number = ecs.digits()
        deployment = Deployment(
            id=f"ecs-svc/{number}",
            definition=definition,
            created=created,
            updated=created,
            number=ecs.short_id(),
            desired=self.scheduler.desired(service),
        )
        deployment.reason = words.in_progress(deployment.id)
        arn = self.revision_arn(service, deployment)
        service.revisions[arn] = ServiceRevision(arn, self._configuration(service, definition, arn, created))
        return deployment

    def revision_arn(self, service: Service, deployment: Deployment) -> str:
        """ARN of the service revision that a deployment deploys."""
        digits = deployment.id.rsplit("/", 1)[-1]
        return self.world.arn("ecs", f"service-revision/{service.cluster.name}/{service.name}/{digits}")

    def record(self, service: Service, deployment: Deployment, source: list[tuple[str, int]]) -> ServiceDeployment:
        """The lasting record of a deployment (DescribeServiceDeployments)."""
        record = ServiceDeployment(
            arn=self.world.arn("ecs", f"service-deployment/{service.cluster.name}/{service.name}/{deployment.number}"),
            number=deployment.number,
            deployment=deployment,
            source=source,
            target=self.revision_arn(service, deployment),
            created=deployment.created,
        )
        service.history.append(record)
        del service.history[:-RECORDS_KEPT]
        return record

    def _configuration(self, service: Service, definition: TaskDefinition, arn: str, created: float) -> dict[str, Any]:
        images = [{"containerName": c["name"], "image": c["image"]} for c in definition.containers]
        data: dict[str, Any] = {
            "serviceRevisionArn": arn,
            "serviceArn": service.arn,
            "clusterArn": service.cluster.arn,
            "taskDefinition": definition.arn,
            "containerImages": images,
            "loadBalancers": service.load_balancers,
            "networkConfiguration": service.network,
            "guardDutyEnabled": False,
            "createdAt": created,
        }
        if service.strategy:
            data["capacityProviderStrategy"] = service.strategy
        else:
            data["launchType"] = service.launch_type
        if service.platform:
            data["platformVersion"] = "1.4.0"
            data["platformFamily"] = "Linux"
        return {k: v for k, v in data.items() if v not in ({}, [])}

    def _supersede(self, service: Service) -> None:
        """A deployment under way ends when another begins."""
        record = service.history[-1] if service.history else None
        if record is not None and record.status in ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
            now = self.world.now()
            record.status, record.finished, record.stopped = "STOPPED", now, now
            record.reason = "Deployment stopped because a newer deployment replaced it."

    # Progress

    def progress(self, service: Service, wanted: int) -> None:
        """Complete the PRIMARY deployment when its tasks are healthy and the old ones have gone; tidy old ones away."""
        primary = service.primary
        now = self.world.now()
        mine = [t for t in service.tasks.values() if t.deployment == primary.id and self.scheduler.healthy(t)]
        if mine and primary.failures_in_row and primary.rollout == "IN_PROGRESS":
            primary.failed = primary.failures_in_row = 0  # AWS: one running task resets the counter
        old = [t for t in service.tasks.values() if t.deployment != primary.id and (t.wanted or t.last_status == "RUNNING")]
        self._drop_empty(service)
        if primary.rollout != "IN_PROGRESS":
            if not old:
                self._tidy(service)
            return
        primary.stage = self._stage(len(mine), wanted, bool(old))
        primary.updated = now if mine else primary.updated
        if len(mine) >= wanted and not old:
            primary.rollout, primary.finished, primary.updated = "COMPLETED", now, now
            primary.reason = words.is_completed(primary.id)
            primary.failures_in_row = 0
            self.engine.tell(service, words.completed(service.name, primary.id))
            self._finish(service, primary)
            self._tidy(service)

    def _stage(self, healthy: int, wanted: int, old: bool) -> str:
        if healthy >= wanted:
            return "CLEAN_UP" if old else "BAKE_TIME"
        return "SCALE_UP"

    def _drop_empty(self, service: Service) -> None:
        """A superseded deployment without tasks goes; a FAILED one stays to be seen until its rollback is complete."""
        there = {t.deployment for t in service.tasks.values()}
        kept = [d for d in service.deployments[1:] if d.id in there or d.desired or d.rollout == "FAILED"]
        service.deployments[1:] = kept

    def _tidy(self, service: Service) -> None:
        keep = [d for d in service.deployments[1:] if any(t.deployment == d.id and t.wanted for t in service.tasks.values())]
        for gone in service.deployments[1:]:
            if gone not in keep:
                gone.status = "INACTIVE"
        service.deployments[1:] = keep

    def _finish(self, service: Service, deployment: Deployment) -> None:
        record = service.history[-1] if service.history else None
        if record is None:
            return
        record.finished = self.world.now()
        if deployment.rolled_back_from or record.status in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            record.status = "ROLLBACK_SUCCESSFUL"
        else:
            record.status, record.breaker_status = "SUCCESSFUL", "MONITORING_COMPLETE"

    # Failing

    def threshold(self, service: Service) -> int:
        """Failed tasks until the circuit breaker opens: half of the desired count, from 3 to 200."""
        return max(3, min(200, math.ceil(self.scheduler.desired(service) * 0.5)))

    def judge(self, service: Service, deployment: Deployment, reason: str) -> None:
        """After a failure: does the circuit breaker open?"""
        if not service.breaker or deployment.rollout != "IN_PROGRESS" or deployment.status != "PRIMARY":
            return
        if deployment.failures_in_row < self.threshold(service):
            return
        why = "tasks failed to start"
        if "health checks" in reason:
            why = "tasks failed health checks" if "container" in reason else "tasks failed ELB health checks"
        self.fail(service, deployment, why)

    def alarm(self, name: str) -> None:
        """An alarm went off: deployments that watch it fail."""
        for cluster in self.engine.ecs.clusters.values():
            for service in cluster.services.values():
                watched = service.alarms if service.alarms.get("enable") else {}
                primary = service.deployments[0] if service.deployments else None
                if name in watched.get("alarmNames", ()) and primary is not None and primary.rollout == "IN_PROGRESS":
                    service.history[-1].triggered.append(name)
                    self.fail(service, primary, "alarm detected", back=bool(watched.get("rollback")))

    def fail(self, service: Service, deployment: Deployment, why: str, *, back: bool | None = None) -> None:
        """The deployment FAILED; with rollback on, the last completed definition is deployed again.

        ``back``: whether, where it is not the circuit breaker's setting that says so.
        """
        deployment.rollout = "FAILED"
        deployment.reason = words.alarm_failed() if "alarm" in why else words.breaker_failed(why)
        deployment.updated = deployment.finished = self.world.now()
        self.engine.tell(service, words.failed(service.name, deployment.id, why))
        record = next((r for r in service.history if r.deployment is deployment), None)
        good = self.last_good(service, deployment)
        back = service.rollback if back is None else back
        going_back = back and good is not None and not deployment.rolled_back_from
        if record is not None:
            record.breaker_status = "TRIGGERED"
            record.reason = f"Service deployment failed because {why}."
            if not going_back:
                record.status, record.finished = "STOPPED", self.world.now()
        if going_back and good is not None:
            new = self.begin(service, good, back_from=deployment)
            if record is not None:
                cause = "an alarm was detected" if "alarm" in why else f"the circuit breaker threshold was exceeded: {why}"
                record.status = "ROLLBACK_IN_PROGRESS"
                record.rollback = {
                    "reason": f"Service deployment rolled back because {cause}.",
                    "startedAt": self.world.now(),
                    "serviceRevisionArn": self.revision_arn(service, new),
                }

    def last_good(self, service: Service, but: Deployment) -> TaskDefinition | None:
        """The definition of the last deployment that completed before ``but``."""
        for record in reversed(service.history):
            if record.deployment is not but and record.status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL"):
                return record.deployment.definition
        return None

    def stop(self, service: Service, record: ServiceDeployment, *, rollback: bool) -> None:
        """StopServiceDeployment: abort keeps what is there, rollback deploys the last completed definition again."""
        now = self.world.now()
        record.stopped = now
        good = self.last_good(service, record.deployment)
        record.deployment.rollout = "FAILED"
        record.deployment.reason = f"ECS deployment {record.deployment.id} stopped."
        record.deployment.finished = record.deployment.updated = now
        if not rollback or good is None:
            record.status, record.finished = "STOPPED", now
            record.reason = "Service deployment stopped at the request of the user."
            self.scheduler.wake(service)
            return
        record.status = "ROLLBACK_IN_PROGRESS"
        record.reason = "Service deployment rollback requested by the user."
        back = self.begin(service, good, back_from=record.deployment)
        back.reason = words.in_progress(back.id)
        record.rollback = {
            "reason": "Service deployment rolled back at the request of the user.",
            "startedAt": now,
            "serviceRevisionArn": self.revision_arn(service, back),
        }
