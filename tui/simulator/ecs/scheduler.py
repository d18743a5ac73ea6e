"""The service scheduler: keeps every service at its desired count, within its percentages, whatever happens to tasks.

Nothing is scanned: a change of a task, a target or a service wakes that one service a moment later.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tui.simulator.ecs import words
from tui.simulator.ecs.deployments import Deployments
from tui.simulator.ecs.objects import Service, Task
from tui.simulator.ecs.revisions import Deployment
from tui.simulator.ecs.starting import AT_ONCE, Starting, wanted_of

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine

REACTION = 0.6  # seconds between a change and the scheduler's pass
SETTLED = 6.0  # seconds that a task without any health check must have run to count as healthy
STEADY_AGAIN = 6 * 3600.0  # a steady service says so every 6 hours
RAN_WELL = 30.0  # a task that ran this long before it failed is replaced at once
STUCK_AGAIN = 300.0  # seconds between two events about percentages that leave no room
REMEMBERED = 400  # changes of the running count, for metrics


class Scheduler:
    """One for the world."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.deployments = Deployments(engine, self)
        self.starting = Starting(engine, self)

    # What wakes it

    def wake(self, service: Service, delay: float = REACTION) -> None:
        """Look at a service soon; a look that is planned earlier already serves."""
        due = self.world.now() + delay
        if service.wake is not None and service.wake.call is not None:
            if service.wake.time <= due:
                return
            service.wake.cancel()
        service.wake = self.world.at(due, lambda: self._look(service))

    def changed(self, service: Service) -> None:
        """A task of the service has come or gone."""
        service.steady = False
        self.wake(service)

    def count(self, service: Service) -> None:
        """Remember how many tasks run from now on."""
        then = service.running_then
        then.append((self.world.now(), service.running()))
        if len(then) > REMEMBERED:
            del then[: REMEMBERED // 2]

    def task_failed(self, task: Task, reason: str) -> None:
        """A task failed to start, crashed or was unhealthy: counts against its deployment, and slows the scheduler."""
        service = task.service
        if service is None or task.counted:
            return
        task.counted = True
        deployment = next((d for d in service.deployments if d.id == task.deployment), None)
        ran = task.started and task.stopping - task.started > RAN_WELL
        if deployment is None or (ran and deployment.rollout != "IN_PROGRESS"):
            self.changed(service)
            return
        deployment.failures_in_row += 1
        if deployment.rollout == "IN_PROGRESS":
            deployment.failed += 1
            deployment.updated = self.world.now()
        if deployment is service.primary:  # the rollback does not wait for what failed before it
            self._hold(service, deployment)
        self.deployments.judge(service, deployment, reason)
        self.changed(service)

    def _hold(self, service: Service, deployment: Deployment) -> None:
        """Back off: nothing for the first three failures in a row, then 10 s doubling every second failure to 2 min."""
        failures = deployment.failures_in_row
        if failures <= 3:
            return
        service.held_until = self.world.now() + min(120.0, 10.0 * 2 ** ((failures - 4) // 2))
        if failures % 6 == 0:
            self.engine.tell(service, words.not_consistently(service.name))

    # A pass

    def _look(self, service: Service) -> None:
        service.wake = None
        if service.status == "INACTIVE":
            return
        self.reconcile(service)

    def desired(self, service: Service) -> int:
        """The desired count; a DAEMON service wants one task on each ACTIVE instance."""
        if service.status == "DRAINING":
            return 0
        if service.scheduling == "DAEMON":
            return sum(i.status == "ACTIVE" for i in service.cluster.instances.values())
        return service.desired

    def healthy(self, task: Task) -> bool:
        """It runs and passes its checks: target group, container check, or a few seconds of running without either."""
        service = task.service
        if service is None or task.last_status != "RUNNING" or not task.wanted or not self.engine.targets.healthy(task):
            return False
        if any(c.has_check and c.essential for c in task.containers):
            return task.health == "HEALTHY"
        return bool(service.target_groups) or self.world.now() - task.started >= SETTLED

    def reconcile(self, service: Service) -> None:
        """Stop what is too much, start what is missing, and see how the deployment stands."""
        wanted = self.desired(service)
        service.desired = wanted if service.scheduling == "DAEMON" else service.desired
        service.primary.desired = wanted
        if service.primary.rollout == "FAILED":
            self._hold_the_line(service, wanted)
        else:
            self._stop_old(service, wanted)
            self._stop_surplus(service, wanted)
            self.starting.missing(service, wanted)
        self._say_stuck(service, wanted)
        self.deployments.progress(service, wanted)
        self._say_steady(service, wanted)

    def bounds(self, service: Service, wanted: int) -> tuple[int, int]:
        """(least tasks that stay healthy, most tasks that are alive) during a deployment."""
        lower = math.ceil(wanted * service.minimum_percent / 100)
        upper = max(1, math.floor(wanted * service.maximum_percent / 100)) if wanted else 0
        if service.scheduling == "DAEMON":
            upper = wanted  # one an instance: the old one must go first
        return lower, upper

    def _stop_old(self, service: Service, wanted: int) -> None:
        """Tasks of earlier deployments go as the new ones become healthy, or to make room for them."""
        alive = wanted_of(service)
        if len(service.deployments) == 1:
            return
        old = [t for t in alive if t.deployment != service.primary.id]
        mine = [t for t in alive if t.deployment == service.primary.id]
        healthy = {t.id for t in alive if self.healthy(t)}
        healthy_mine = sum(t.id in healthy for t in mine)
        need = max(0, wanted - healthy_mine)
        for deployment in service.deployments[1:]:
            deployment.desired = min(deployment.desired, need)
            need -= deployment.desired
        lower, upper = self.bounds(service, wanted)
        room = len(alive) + (wanted - len(mine)) - upper if len(mine) < wanted else 0
        many = max(len(old) - max(0, wanted - healthy_mine), room)
        spare = max(0, len(healthy) - lower)
        leaving: list[Task] = []
        for task in sorted(old, key=lambda t: (t.id in healthy, t.last_status == "RUNNING", t.created)):
            if len(leaving) >= min(many, AT_ONCE):
                break
            if task.id in healthy:
                if spare <= 0:
                    continue
                spare -= 1
            leaving.append(task)
        self._stop(service, leaving)
        for deployment in service.deployments[1:]:
            left = sum(t.deployment == deployment.id for t in old) - sum(t.deployment == deployment.id for t in leaving)
            deployment.desired = min(deployment.desired, left) if leaving else deployment.desired

    def _stop_surplus(self, service: Service, wanted: int) -> None:
        """Scaling in: unhealthy and starting tasks first, then from the zone that has most."""
        mine = [t for t in wanted_of(service) if t.deployment == service.primary.id]
        self._shrink(service, mine, wanted)

    def _hold_the_line(self, service: Service, wanted: int) -> None:
        """After a failed deployment nothing of it is started; the last completed one keeps the count."""
        alive = wanted_of(service)
        self._shrink(service, alive, wanted)
        good = next((d for d in service.deployments[1:] if d.rollout == "COMPLETED"), None)
        if good is None:
            return
        theirs = [t for t in alive if t.deployment == good.id]
        good.desired = min(wanted, max(len(theirs), wanted - (len(alive) - len(theirs))))
        self.starting.missing(service, wanted)

    def _shrink(self, service: Service, mine: list[Task], wanted: int) -> None:
        """Stop tasks of ``mine`` until ``wanted`` are left."""
        surplus = len(mine) - wanted
        if surplus <= 0:
            return
        zones: dict[str, int] = {}
        for task in mine:
            zones[task.zone] = zones.get(task.zone, 0) + 1
        now = self.world.now()
        free = [t for t in mine if t.protected_until is None or t.protected_until < now]
        order = sorted(free, key=lambda t: (self.healthy(t), t.last_status == "RUNNING", -zones[t.zone], -t.created))
        self._stop(service, order[: min(surplus, AT_ONCE)])
        if surplus > AT_ONCE:
            self.wake(service, 1.0)

    def _stop(self, service: Service, leaving: list[Task]) -> None:
        if not leaving:
            return
        ids = [t.id for t in leaving]
        if service.target_groups:
            self.engine.tell(service, words.draining(service.name, len(ids)))
        self.engine.tell(service, words.stopped(service.name, ids))
        for task in leaving:
            self.engine.lifecycle.stop(task, "ServiceSchedulerInitiated", words.scaling(task.deployment))
        service.steady = False

    def _say_stuck(self, service: Service, wanted: int) -> None:
        """Rounded up and down, the percentages can leave no task to stop and no room for one to start."""
        lower, upper = self.bounds(service, wanted)
        if len(service.deployments) == 1 or service.primary.rollout != "IN_PROGRESS" or lower < upper:
            return
        alive = wanted_of(service)
        mine = sum(t.deployment == service.primary.id for t in alive)
        healthy = sum(self.healthy(t) for t in alive)
        now = self.world.now()
        if mine < wanted and len(alive) >= upper and healthy <= lower and now - service.unplaced_at >= STUCK_AGAIN:
            service.unplaced_at = now
            self.engine.tell(service, words.stuck(service.name))

    def _say_steady(self, service: Service, wanted: int) -> None:
        now = self.world.now()
        tasks = service.tasks.values()
        rolling = service.primary.rollout == "IN_PROGRESS" or len(service.deployments) > 1
        if rolling or len(tasks) != wanted or not all(self.healthy(t) for t in tasks):
            return
        if not service.steady or now - service.steady_at >= STEADY_AGAIN:
            service.steady, service.steady_at = True, now
            service.primary.failures_in_row = 0
            self.engine.tell(service, words.steady(service.name))
            self.wake(service, STEADY_AGAIN)
