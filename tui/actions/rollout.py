"""Watching ECS services after a change until they have settled: a deployment to COMPLETED or FAILED, a count to its number.

Facts (ECS API reference, Deployment): ``rolloutState`` is IN_PROGRESS, COMPLETED or FAILED; FAILED comes only from the circuit
breaker or an alarm, without them a deployment that cannot succeed stays IN_PROGRESS; a circuit breaker that rolls back makes
a new PRIMARY deployment of the last completed revision.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions.base import Context, Step
from tui.actions.rollout_tasks import Details, failure_words, read_details
from tui.actions.rollout_words import epoch, event_words, starting_words
from tui.actions.rowwise import Item
from tui.actions.service import describe_rows, gone, primary_of, short
from tui.model.errors import ApiError, Trouble
from tui.model.state import State

Bars = tuple[tuple[str, int, int, str], ...]

#: seconds after which a rollout that still moves is no longer watched here
LIMIT = 3 * 3600.0

#: seconds for which a read may still show the service as it was (ECS's API is eventually consistent)
LATE = 20.0

#: seconds between two looks at tasks and targets: three calls each, beside the one for the service
DETAIL_PACE = 3.0

#: rows up to which tasks and targets are followed one by one
DETAILED = 3

#: states of a service that was deleted (ECS API reference, Service: status)
LEAVING = ("DRAINING", "INACTIVE")

#: troubles after which reading again will not help
HOPELESS = (Trouble.DENIED, Trouble.READ_ONLY, Trouble.INVALID)


async def watch_services(items: Sequence[Item], context: Context, *, scaling: bool = False) -> AsyncIterator[Step]:
    """Steps of all ``items`` until each had its final one. ``scaling``: a count was set, no deployment was begun."""
    clock = context.clock
    began = clock.now()
    kind = CountWatch if scaling else DeploymentWatch
    watches: dict[Any, Watch] = {item.row.key: kind(item, began) for item in items}
    trouble = ""
    while watches:
        await clock.sleep(pace(clock.now() - began, context))
        try:
            services = await describe_rows([watch.item.row for watch in watches.values()], context)
        except ApiError as error:
            final = error.trouble in HOPELESS
            if str(error) != trouble or final:
                trouble = str(error)
                yield Step(time=clock.now(), text=f"cannot be read now: {error}", state=State.DEGRADED, final=final)
            if final:
                return
            continue
        trouble = ""
        for key, watch in tuple(watches.items()):
            service = services.get(key)
            detailed = service is not None and len(items) <= DETAILED
            if service is not None and detailed and clock.now() - watch.detailed >= DETAIL_PACE:
                await watch.read(service, context)
            steps = list(watch.look(service, clock.now()))
            if watch.done and service is not None and detailed and steps[-1].bars:
                await watch.read(service, context)  # the last picture is not of seconds ago
                steps[-1] = replace(steps[-1], bars=watch.bars(service))
            for step in steps:
                yield step
            if watch.done:
                del watches[key]
        if watches and clock.now() - began > LIMIT:
            yield Step(
                time=clock.now(), text="still not settled after 3h: no longer watched here", state=State.DEGRADED, final=True
            )
            return


def pace(elapsed: float, context: Context) -> float:
    """Seconds until the next look: fast in the first minute, then slower."""
    base = float(context.settings.refresh.action_s)
    return base if elapsed < 60 else base * 2 if elapsed < 600 else base * 5


class Watch:
    """One service under watch: what was already told, and when it is done."""

    def __init__(self, item: Item, began: float) -> None:
        self.item = item
        self.began = began
        self.done = False
        self.deployment = str(item.after.get("deployment", ""))
        self.failed = 0
        self.details = Details()
        self.detailed = 0.0
        self._events: set[str] = set()
        self._tasks: dict[str, str] = {}
        self._failures: dict[str, str] = {}
        self._told: tuple[Any, ...] = ()
        self._most: dict[str, int] = {}

    @property
    def reason(self) -> str:
        """Why it does not get on, as far as it is known; empty while no task failed."""
        return self.details.reason or (f"{self.failed} {'task' if self.failed == 1 else 'tasks'} failed" if self.failed else "")

    async def read(self, service: Mapping[str, Any], context: Context) -> None:
        """Read the tasks and targets behind the counts."""
        self.details = await read_details(self.item, service, self.deployment, self.began, self.details, context)
        self.detailed = context.clock.now()

    def look(self, service: Mapping[str, Any] | None, now: float) -> Iterator[Step]:
        """The steps that are new in ``service`` as it was just read."""
        if service is None:
            yield self._final(now, gone(self.item.row), State.BROKEN, "GONE")
            return
        yield from self._new_events(service)
        if service.get("status") in LEAVING:
            text = f"somebody deletes the service: it is {str(service['status']).lower()}"
            yield self._final(now, text, State.BROKEN, "GONE")
            return
        yield from self._task_steps(now)
        yield from self._progress(service, now)

    def _progress(self, service: Mapping[str, Any], now: float) -> Iterator[Step]:
        raise NotImplementedError

    def _new_events(self, service: Mapping[str, Any]) -> Iterator[Step]:
        for event in reversed(service.get("events") or []):
            time = epoch(event.get("createdAt"))
            if event.get("id") in self._events or time < self.began - 1:
                continue
            self._events.add(event.get("id", ""))
            text, state = event_words(str(event.get("message", "")))
            yield Step(time=time, text=text, target=self.item.row.key, state=state)

    def _task_steps(self, now: float) -> Iterator[Step]:
        for task, words in self.details.tasks.items():
            if self._tasks.get(task) != words:
                self._tasks[task] = words
                yield Step(time=now, text=f"task {task[:8]} {words}", target=self.item.row.key)
        for text in failure_words(self._failures, self.details.failures):
            yield Step(time=now, text=text, target=self.item.row.key, state=State.DEGRADED)
        self._failures = dict(self.details.failures)

    def _step(self, now: float, text: str, bars: Bars, status: str, state: State, offer: str = "") -> Iterator[Step]:
        """A step of progress, if it says something new."""
        reason = self.reason
        if (text, bars, status, reason) != self._told:
            self._told = (text, bars, status, reason)
            key = self.item.row.key
            yield Step(time=now, text=text, target=key, state=state, bars=bars, status=status, offer=offer, reason=reason)

    def _final(self, now: float, text: str, state: State, status: str, **more: Any) -> Step:
        self.done = True
        reason = "" if state is State.WELL else self.reason
        target = self.item.row.key
        return Step(time=now, text=text, target=target, state=state, status=status, final=True, reason=reason, **more)

    def bars(self, service: Mapping[str, Any]) -> Bars:
        """The new deployment first, then the older ones, then the targets."""
        bars: list[tuple[str, int, int, str]] = []
        for number, deployment in enumerate(_newest_first(service, self.deployment)):
            running = int(deployment.get("runningCount", 0))
            name = str(deployment.get("id", ""))
            self._most[name] = max(self._most.get(name, 0), running, int(deployment.get("desiredCount", 0)))
            label = f"{'old' if number else 'new'} {short(str(deployment.get('taskDefinition', '')))}"
            if number and running:
                leaving = running - int(deployment.get("desiredCount", 0))
                bars.append((label, running, self._most[name], f"{leaving} draining" if leaving > 0 else ""))
            elif not number:
                words = starting_words(int(deployment.get("pendingCount", 0)), self.details.starting)
                bars.append((label, running, int(deployment.get("desiredCount", 0)), words))
        if self.details.targets:
            healthy = self.details.targets.get("healthy", 0)
            rest = ", ".join(f"{n} {word}" for word, n in sorted(self.details.targets.items()) if word != "healthy")
            bars.append(("targets", healthy, sum(self.details.targets.values()), rest))
        return tuple(bars)


def _newest_first(service: Mapping[str, Any], ours: str) -> list[Mapping[str, Any]]:
    deployments = list(service.get("deployments") or [])
    return sorted(deployments, key=lambda d: (d.get("id") != ours, d.get("status") != "PRIMARY"))


class CountWatch(Watch):
    """Until the wanted number runs."""

    def _progress(self, service: Mapping[str, Any], now: float) -> Iterator[Step]:
        wanted = int(self.item.after["desiredCount"])
        desired, running = int(service.get("desiredCount", 0)), int(service.get("runningCount", 0))
        pending = int(service.get("pendingCount", 0))
        if desired != wanted and desired == self.item.before["desiredCount"] and now - self.began < LATE:
            return  # not visible yet
        if desired != wanted:
            text = f"the wanted number was set to {desired} by somebody else, or by autoscaling"
            yield self._final(now, text, State.DEGRADED, "SUPERSEDED")
        elif running == wanted and not pending:
            yield self._final(now, f"{running} of {wanted} tasks run", State.WELL, "COMPLETED", bars=self.bars(service))
        else:
            state = State.DEGRADED if self.details.failures else State.CHANGING
            yield from self._step(now, f"{running} of {wanted} tasks run", self.bars(service), "IN_PROGRESS", state)

    def bars(self, service: Mapping[str, Any]) -> Bars:
        """Tasks that run, out of those wanted."""
        running, wanted = int(service.get("runningCount", 0)), int(self.item.after["desiredCount"])
        if running > wanted:
            return (("tasks", running, self.item.before["desiredCount"], f"{running - wanted} to stop"),)
        return (("tasks", running, wanted, starting_words(int(service.get("pendingCount", 0)), self.details.starting)),)


class DeploymentWatch(Watch):
    """Until our deployment is COMPLETED or FAILED, or another one took its place; a rollback is followed to its end."""

    def __init__(self, item: Item, began: float) -> None:
        super().__init__(item, began)
        self._failure = ""

    def _progress(self, service: Mapping[str, Any], now: float) -> Iterator[Step]:
        primary = primary_of(service)
        if not self.deployment:
            self.deployment = str(primary.get("id", ""))
        ours = next((d for d in service.get("deployments") or [] if d.get("id") == self.deployment), None)
        if ours is None:
            if primary.get("taskDefinition") != self.item.before.get("taskDefinition") or now - self.began >= LATE:
                yield from self._replaced(primary, now)
            return
        self.failed = int(ours.get("failedTasks", 0))
        state = ours.get("rolloutState")
        if state == "FAILED" and not self._failure:
            yield from self._failed(ours, primary, self.bars(service), now)
        elif state == "COMPLETED" or (state is None and _settled_without_state(service, ours)):
            yield self._completed(service, ours, now)
        else:
            yield from self._moving(service, ours, now)

    def _moving(self, service: Mapping[str, Any], ours: Mapping[str, Any], now: float) -> Iterator[Step]:
        running, desired = int(ours.get("runningCount", 0)), int(ours.get("desiredCount", 0))
        text = f"{running} of {desired} running"
        failing = self.failed > 0
        if failing:
            text += f", {self.failed} {'task' if self.failed == 1 else 'tasks'} failed"
        status = "ROLLBACK_IN_PROGRESS" if self._failure else "IN_PROGRESS"
        state = State.DEGRADED if failing or self._failure else State.CHANGING
        offer = "ecs.rollback" if failing and not self._failure else ""
        yield from self._step(now, text, self.bars(service), status, state, offer)

    def _completed(self, service: Mapping[str, Any], ours: Mapping[str, Any], now: float) -> Step:
        revision = short(str(ours.get("taskDefinition", "")))
        bars = self.bars(service)
        if self._failure:
            text = f"{self._failure}; rolled back to {revision}"
            return self._final(now, text, State.BROKEN, "ROLLED_BACK", bars=bars)
        text = f"{ours.get('runningCount', 0)} of {ours.get('desiredCount', 0)} run {revision}"
        return self._final(now, text, State.WELL, "COMPLETED", bars=bars)

    def _failed(self, ours: Mapping[str, Any], primary: Mapping[str, Any], bars: Bars, now: float) -> Iterator[Step]:
        self._failure = f"failed: {ours.get('rolloutStateReason') or 'ECS gives no reason'}"
        if primary.get("id") == self.deployment or not primary:
            yield self._final(now, self._failure, State.BROKEN, "FAILED", bars=bars, offer="ecs.rollback")
            return
        target, reason = self.item.row.key, self.reason
        yield Step(time=now, text=self._failure, target=target, state=State.BROKEN, status="FAILED", bars=bars, reason=reason)
        self.deployment = str(primary.get("id", ""))

    def _replaced(self, primary: Mapping[str, Any], now: float) -> Iterator[Step]:
        """Our deployment is gone from the list: ECS rolled back between two looks, or somebody deployed again."""
        reason = str(primary.get("rolloutStateReason") or "")
        revision = short(str(primary.get("taskDefinition", ""))) or "nothing"
        if "rolling back" in reason.lower() or "rollback" in reason.lower():
            yield self._final(now, f"failed: {reason}", State.BROKEN, "ROLLED_BACK")
        else:
            yield self._final(now, f"another deployment took its place: {revision}", State.DEGRADED, "SUPERSEDED")


def _settled_without_state(service: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """For services whose deployments have no rollout state: one deployment, all of it running."""
    return (
        len(service.get("deployments") or []) == 1
        and ours.get("runningCount", 0) == ours.get("desiredCount", 0)
        and not ours.get("pendingCount", 0)
    )
