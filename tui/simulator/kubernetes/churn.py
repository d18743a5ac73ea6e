"""Movement on order: so many pod events a second, for benchmarks and for a screen that is never still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.facts import PodFacts
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

REPLACED = 0.005  # share of the events that delete a pod, whose successor then makes about eight more
MOST = 2000  # events made up for at once after the world stood still


class Churn:
    """Restarts containers of running pods, and replaces a pod now and then."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self._rng = cluster.world.random("kubernetes churn")
        self._last = cluster.now()
        self._due = 0.0

    def tick(self, now: float) -> None:
        """Make the events that are due; their rate is the fault ``churn``."""
        rate = self._cluster.faults.churn
        self._due = min(self._due + rate * (now - self._last), MOST) if rate else 0.0
        self._last = now
        keys = self._cluster.storage.tables[api.PODS].keys
        while self._due >= 1 and keys:
            self._due -= 1
            self._one(*keys[self._rng.randrange(len(keys))])

    def _one(self, namespace: str, name: str) -> None:
        storage = self._cluster.storage
        stored = storage.get(api.PODS, namespace, name)
        facts = stored.facts
        if not isinstance(facts, PodFacts) or facts.phase != "Running" or stored.deleting:
            return
        if self._rng.random() < REPLACED:
            delete(self._cluster, api.PODS, stored, Options())
            return
        pod = decode(stored)
        one = pod["status"]["containerStatuses"][0]
        running = (one.get("state") or {}).get("running")
        if running is None:
            return
        now = stamp(self._cluster.now())
        ended = {"exitCode": 0, "reason": "Completed", "startedAt": running["startedAt"], "finishedAt": now}
        one["lastState"] = {"terminated": ended}
        one["state"] = {"running": {"startedAt": now}}
        one["restartCount"] += 1
        storage.update(api.PODS, pod)
