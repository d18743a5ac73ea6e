"""Watching Deployments after a change until they have rolled out, in the words of ``kubectl rollout status``.

Facts (Kubernetes documentation, "Deployment status"): complete means that the controller has seen the newest generation, all
replicas are updated and available, and no old ones are left; failed is Progressing=False with ProgressDeadlineExceeded.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from tui.actions.base import Context, Step
from tui.actions.pod_steps import Pods, read_pods
from tui.actions.rollout import DETAIL_PACE, DETAILED, HOPELESS, LIMIT, Bars, pace
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
        if detailed and now - watch.detailed >= DETAIL_PACE:
            watch.pods, watch.detailed = await read_pods(found, watch.item, began, context), now
        if now - began < PATIENCE:
            watch.pods = replace(watch.pods, troubles={})  # a pod may wait for its node a moment
        for step in watch.look(found, now):
            yield step
    except ApiError as error:
        for step in watch.trouble(error, context.clock.now()):
            yield step


class WorkloadWatch:
    """One Deployment under watch: what was already told, and when it is done."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.done = False
        self.pods = Pods()
        self.detailed = 0.0
        self._told: tuple[Any, ...] = ()
        self._doing: dict[str, str] = {}
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
        yield from self._pod_steps(now)
        failure = deadline_message(found)
        if failure:
            yield self._final(now, f"failed: {failure}", State.BROKEN, "FAILED", bars=bars(found), offer="k8s.rollback")
            return
        words = rollout_words(found)
        if not words:
            text = f"{(found.get('status') or {}).get('availableReplicas', 0)} of {replicas} available"
            yield self._final(now, text, State.WELL, "COMPLETED", bars=bars(found))
        elif (words, bars(found), self.pods.reason) != self._told:
            self._told = (words, bars(found), self.pods.reason)
            yield self._progress(words, found, now)

    def _progress(self, words: str, found: Mapping[str, Any], now: float) -> Step:
        """How far it is; with an offer to roll back while pods do not start, where it is a rollout."""
        reason = self.pods.reason
        offer = "k8s.rollback" if reason and "replicas" not in self.item.after else ""
        state = State.DEGRADED if reason else State.CHANGING
        target, status = self.item.row.key, "IN_PROGRESS"
        return Step(time=now, text=words, target=target, state=state, bars=bars(found), status=status, offer=offer, reason=reason)

    def _pod_steps(self, now: float) -> Iterator[Step]:
        """What pods do that they did not do before, and each reason why some do not start, once."""
        for pod, words in self.pods.doing.items():
            if self._doing.get(pod) != words and not words.startswith("does not start"):
                yield Step(time=now, text=f"pod {pod} {words}", target=self.item.row.key)
            self._doing[pod] = words
        for reason in sorted(set(self.pods.troubles) - self._reasons):
            self._reasons.add(reason)
            yield Step(time=now, text=reason, target=self.item.row.key, state=State.DEGRADED)

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
        reason = "" if state is State.WELL else self.pods.reason
        target = self.item.row.key
        return Step(time=now, text=text, target=target, state=state, status=status, final=True, reason=reason, **more)


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
