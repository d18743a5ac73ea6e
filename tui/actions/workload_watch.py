"""Watching Deployments after a change until they have rolled out, in the words of ``kubectl rollout status``.

Facts (Kubernetes documentation, "Deployment status"): complete means that the controller has seen the newest generation, all
replicas are updated and available, and no old ones are left; failed is Progressing=False with ProgressDeadlineExceeded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from tui.actions.base import Context, Step
from tui.actions.rollout import DETAILED, HOPELESS, LIMIT, Bars, pace
from tui.actions.rowwise import Item
from tui.model.errors import ApiError, Trouble
from tui.model.state import State

#: seconds without an available pod after which the pods are asked why
PATIENCE = 5.0


async def watch_deployments(items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
    """Steps of all ``items`` until each had its final one."""
    clock = context.clock
    began = clock.now()
    watches = {item.row.key: WorkloadWatch(item) for item in items}
    while watches:
        await clock.sleep(pace(clock.now() - began, context))
        for key, watch in tuple(watches.items()):
            async for step in _look(watch, began, len(items) <= DETAILED, context):
                yield step
            if watch.done:
                del watches[key]
        if watches and clock.now() - began > LIMIT:
            text = "still not settled after 3h: no longer watched here"
            yield Step(time=clock.now(), text=text, state=State.DEGRADED, final=True)
            return


async def _look(watch: WorkloadWatch, began: float, detailed: bool, context: Context) -> AsyncIterator[Step]:
    port = context.clients.kubernetes(watch.item.row.scope)
    locator = watch.item.locator
    path = f"/apis/apps/v1/namespaces/{locator['namespace']}/deployments/{locator['name']}"
    try:
        found = await port.get(path)
        now = context.clock.now()
        for step in watch.look(found, now):
            yield step
        if detailed and not watch.done and now - began >= PATIENCE:
            for step in watch.why(await _troubles(found, context, watch.item), now):
                yield step
    except ApiError as error:
        for step in watch.trouble(error, context.clock.now()):
            yield step


async def _troubles(found: Mapping[str, Any], context: Context, item: Item) -> list[str]:
    """Why pods of the Deployment do not start, equal reasons once."""
    labels = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    path = f"/api/v1/namespaces/{item.locator['namespace']}/pods"
    query = {"labelSelector": ",".join(f"{k}={v}" for k, v in sorted(labels.items()))}
    pods = await context.clients.kubernetes(item.row.scope).get(path, query)
    return sorted({word for pod in pods.get("items") or [] if (word := pod_trouble(pod))})


def pod_trouble(pod: Mapping[str, Any]) -> str:
    """``ImagePullBackOff: Back-off pulling image "cart:9"``; empty for a pod that starts or runs."""
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = str(waiting.get("reason", ""))
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            return reason + (f": {waiting['message']}" if waiting.get("message") else "")
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False" and condition.get("message"):
            return str(condition["message"])
    return ""


class WorkloadWatch:
    """One Deployment under watch: what was already told, and when it is done."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self._told: tuple[Any, ...] = ()
        self._reasons: set[str] = set()
        self._error = ""

    def look(self, found: Mapping[str, Any], now: float) -> Iterator[Step]:
        """The steps that are new in ``found`` as it was just read."""
        self._error = ""
        if found["metadata"].get("uid") != self.item.locator["uid"]:
            yield self._final(now, "it was deleted; another deployment has its name now", State.BROKEN, "GONE")
            return
        wanted = self.item.after.get("replicas")
        replicas = int((found.get("spec") or {}).get("replicas", 1))
        if wanted is not None and replicas != wanted:
            text = f"the wanted number was set to {replicas} by somebody else, or by an autoscaler"
            yield self._final(now, text, State.DEGRADED, "SUPERSEDED")
            return
        failure = deadline_message(found)
        if failure:
            yield self._final(now, f"failed: {failure}", State.BROKEN, "FAILED", bars=bars(found), offer="k8s.rollback")
            return
        words = rollout_words(found)
        if not words:
            text = f"{(found.get('status') or {}).get('availableReplicas', 0)} of {replicas} available"
            yield self._final(now, text, State.WELL, "COMPLETED", bars=bars(found))
        elif (words, bars(found)) != self._told:
            self._told = (words, bars(found))
            yield Step(time=now, text=words, target=self.item.row.key, bars=bars(found), status="IN_PROGRESS")

    def why(self, reasons: Sequence[str], now: float) -> Iterator[Step]:
        """A step for each reason that was not told yet."""
        for reason in reasons:
            if reason not in self._reasons:
                self._reasons.add(reason)
                yield Step(time=now, text=reason, target=self.item.row.key, state=State.DEGRADED, status="IN_PROGRESS")

    def trouble(self, error: ApiError, now: float) -> Iterator[Step]:
        """A step for a read that failed; the last one where it cannot get better."""
        if error.trouble is Trouble.NOT_FOUND:
            yield self._final(now, f"{self.item.name} was deleted", State.BROKEN, "GONE")
        elif error.trouble in HOPELESS:
            yield self._final(now, f"cannot be watched: {error}", State.DEGRADED, "UNKNOWN")
        elif str(error) != self._error:
            self._error = str(error)
            yield Step(time=now, text=f"cannot be read now: {error}", target=self.item.row.key, state=State.DEGRADED)

    def _final(self, now: float, text: str, state: State, status: str, **more: Any) -> Step:
        self.done = True
        return Step(time=now, text=text, target=self.item.row.key, state=state, status=status, final=True, **more)


def deadline_message(found: Mapping[str, Any]) -> str:
    """The message of a rollout that exceeded its deadline, else empty."""
    for condition in (found.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            return str(condition.get("message", "")) or "it exceeded its progress deadline"
    return ""


def rollout_words(found: Mapping[str, Any]) -> str:
    """What is missing until the rollout is complete, empty when it is."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    total, updated, available = (int(status.get(name, 0)) for name in ("replicas", "updatedReplicas", "availableReplicas"))
    if spec.get("paused"):
        return "paused: nothing rolls out until it is resumed"
    if int(status.get("observedGeneration", 0)) < int(found["metadata"].get("generation", 0)):
        return "waiting for the controller"
    if updated < wanted:
        return f"{updated} of {wanted} updated"
    if total > updated:
        return f"{total - updated} old {'pod' if total - updated == 1 else 'pods'} to stop"
    return f"{available} of {updated} updated available" if available < updated else ""


def bars(found: Mapping[str, Any]) -> Bars:
    """New pods available of those wanted; old ones that are left."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    total, updated = int(status.get("replicas", 0)), int(status.get("updatedReplicas", 0))
    available = int(status.get("availableReplicas", 0))
    old = max(0, total - updated)
    starting = updated - min(updated, max(0, available - old))
    new = ("new", updated - starting, wanted, f"{starting} starting" if starting else "")
    return (new, ("old", old, wanted, f"{old} to stop")) if old else (new,)
