"""Which controller looks at what: objects that changed, and the owners of what changed, are looked at once each, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers import (
    autoscaler,
    budgets,
    claims,
    cronjob,
    daemonset,
    deployment,
    endpoints,
    job,
    namespaces,
    replicaset,
    statefulset,
)
from tui.simulator.kubernetes.deletion import FOREGROUND, Options, delete
from tui.simulator.kubernetes.facts import PodFacts
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import Change

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

Place = tuple[Resource, str, str]
Handler = Callable[["KubernetesWorld", str, str], None]
MOST_LOOKS = 200_000  # at one moment; more means that two controllers undo each other's work
HANDLERS: dict[Resource, Handler] = {
    api.DEPLOYMENTS: deployment.sync,
    api.REPLICA_SETS: replicaset.sync,
    api.STATEFUL_SETS: statefulset.sync,
    api.DAEMON_SETS: daemonset.sync,
    api.JOBS: job.sync,
    api.CRON_JOBS: cronjob.sync,
    api.NAMESPACES: namespaces.sync,
    api.CLAIMS: claims.sync,
    api.SERVICES: endpoints.sync,
    api.BUDGETS: budgets.sync,
    api.AUTOSCALERS: autoscaler.sync,
}


class Manager:
    """The work queue."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self._queue: dict[Place, None] = {}
        self._garbage: dict[Place, None] = {}
        cluster.storage.listeners.append(self._heard)

    def enqueue(self, resource: Resource, namespace: str, name: str) -> None:
        """Look at this object in the next round."""
        self._queue[resource, namespace, name] = None

    def run(self) -> bool:
        """Work until the queue is empty; whether there was anything to do."""
        looks = 0
        while self._queue or self._garbage:
            self._collect()
            while self._queue:
                place = next(iter(self._queue))
                del self._queue[place]
                HANDLERS[place[0]](self._cluster, place[1], place[2])
                looks += 1
                if looks > MOST_LOOKS:
                    raise RuntimeError(f"the controllers do not come to rest over {place[0].plural} {place[1]}/{place[2]}")
        return looks > 0

    def _heard(self, change: Change) -> None:
        resource, stored = change.resource, change.stored
        if resource is api.EVENTS:
            return
        place = (resource, stored.namespace, stored.name)
        if resource in HANDLERS and change.type != "DELETED":
            self._queue[place] = None
        owner = self._cluster.storage.place(stored.owner) if stored.owner else None
        if owner and owner[0] in HANDLERS:
            self._queue[owner] = None
        if owner and change.type == "DELETED" and owner[0] not in HANDLERS:
            self._garbage[owner] = None
        if resource is api.PODS:
            self._pod(change)
        elif resource in (api.DEPLOYMENTS, api.STATEFUL_SETS):
            for one in self._cluster.storage.all(api.AUTOSCALERS, stored.namespace):
                self._queue[api.AUTOSCALERS, one.namespace, one.name] = None
        elif resource is api.NODES:
            for one in self._cluster.storage.all(api.DAEMON_SETS):
                self._queue[api.DAEMON_SETS, one.namespace, one.name] = None
        if change.type == "DELETED" or stored.deleting:
            self._garbage[place] = None
        if change.type == "DELETED" and owner:
            self._garbage[owner] = None
        if change.type == "DELETED" and owner and owner[0] is api.REPLICA_SETS:
            self._last_pod(owner)
        if change.type == "DELETED":
            self._orphans(stored.uid)
            self._namespace_waits(stored.namespace)

    def _last_pod(self, place: Place) -> None:
        """A Deployment that recreates waits until the last old pod is gone."""
        found = self._cluster.storage.find(*place)
        above = self._cluster.storage.place(found.owner) if found is not None and found.owner else None
        if above and above[0] is api.DEPLOYMENTS:
            self._queue[above] = None

    def _claim(self, namespace: str, name: str) -> None:
        """A claim got its first pod, or lost its last."""
        if self._cluster.storage.find(api.CLAIMS, namespace, name) is not None:
            self._queue[api.CLAIMS, namespace, name] = None

    def _pod(self, change: Change) -> None:
        """A pod whose readiness or address changed concerns the services of its namespace that select it."""
        now, before = change.stored.facts, change.previous.facts if change.previous else None
        assert isinstance(now, PodFacts)
        if now.claims and (change.type != "MODIFIED" or now.ended):
            for claim in now.claims:
                self._claim(change.stored.namespace, claim)
        same = isinstance(before, PodFacts) and (before.ready, before.ip) == (now.ready, now.ip)
        if same and change.type == "MODIFIED" and change.previous and change.previous.deleting == change.stored.deleting:
            return
        for place in endpoints.selecting(self._cluster, change.stored):
            self._queue[place] = None
        for budget in self._cluster.storage.all(api.BUDGETS, change.stored.namespace):
            self._queue[api.BUDGETS, budget.namespace, budget.name] = None

    def _orphans(self, uid: str) -> None:
        for resource, namespace, name in self._cluster.storage.children(uid):
            self._garbage[resource, namespace, name] = None

    def _namespace_waits(self, namespace: str) -> None:
        found = self._cluster.storage.find(api.NAMESPACES, "", namespace) if namespace else None
        if found is not None and found.deleting:
            self._queue[api.NAMESPACES, "", namespace] = None

    def _collect(self) -> None:
        """Delete what lost its owner; let go what waited for its dependents."""
        storage = self._cluster.storage
        while self._garbage:
            place = next(iter(self._garbage))
            del self._garbage[place]
            stored = storage.find(*place)
            if stored is None:
                continue
            if stored.owner and storage.place(stored.owner) is None and not stored.deleting:
                delete(self._cluster, place[0], stored, Options())
            elif stored.deleting and place[0] not in (api.PODS, api.NAMESPACES):
                self._foreground(place)

    def _foreground(self, place: Place) -> None:
        storage = self._cluster.storage
        obj = storage.read(*place)
        if obj is None or FOREGROUND not in (obj["metadata"].get("finalizers") or ()):
            return
        children = storage.children(obj["metadata"]["uid"])
        for child in children:
            found = storage.find(*child)
            if found is not None and not found.deleting:
                delete(self._cluster, child[0], found, Options(propagation="Foreground"))
        if not storage.children(obj["metadata"]["uid"]):
            obj["metadata"]["finalizers"] = [f for f in obj["metadata"]["finalizers"] if f != FOREGROUND]
            if obj["metadata"]["finalizers"]:
                storage.update(place[0], obj)
            else:
                storage.remove(*place)
