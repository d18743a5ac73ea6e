"""metrics.k8s.io: what pods and nodes use, from their application's profile, the hour of the day and noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.request import Selection, Target
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import stamp
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

WINDOW = 15  # seconds between two samples


def load_at(now: float) -> float:
    """How busy the shop is: 0.6 at night to 1.4 in the evening."""
    return 1.0 + 0.4 * math.sin((now / 86400.0 - 0.35) * 2 * math.pi)


class Metrics:
    """Answers for PodMetrics and NodeMetrics."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster

    def answer(self, target: Target, query: Mapping[str, str]) -> Object:
        """One object or a list."""
        if target.resource is api.NODE_METRICS:
            return self._nodes(target, query)
        return self._pods(target, query)

    def _pods(self, target: Target, query: Mapping[str, str]) -> Object:
        storage = self._cluster.storage
        if target.name:
            stored = storage.find(api.PODS, target.namespace, target.name)
            found = self.pod(stored) if stored is not None and _runs(stored) else None
            if found is None:
                raise errors.not_found(api.POD_METRICS, f"{target.namespace}/{target.name}")
            return found
        selection = Selection.of(Target(api.PODS, target.namespace, "", ""), query)
        items = []
        for stored in storage.all(api.PODS, target.namespace):
            if _runs(stored) and (selection.labels is None or selection.labels(stored.labels)):
                found = self.pod(stored)
                if found is not None:
                    items.append(found)
        return _list("PodMetricsList", items)

    def pod(self, stored: Stored) -> Object | None:
        """One PodMetrics, ``None`` while no container runs."""
        pod = decode(stored)
        usages = [
            {"name": c["name"], "usage": {"cpu": f"{int(cpu * 1e9)}n", "memory": f"{int(memory) >> 10}Ki"}}
            for c, cpu, memory in self._containers(pod)
        ]
        return self._sample("PodMetrics", pod, {"containers": usages}) if usages else None

    def _containers(self, pod: Object) -> list[tuple[Object, float, float]]:
        """Running containers with cores and bytes."""
        slot = int(self._cluster.now()) // WINDOW
        running = {c["name"] for c in pod["status"].get("containerStatuses") or () if "running" in (c.get("state") or {})}
        profile = self._cluster.behaviours.profile(pod)
        uid, found = pod["metadata"]["uid"], []
        for number, container in enumerate(pod["spec"]["containers"]):
            if container["name"] in running:
                share = 1.0 if number == 0 else 0.15
                cpu = profile.cpu * share * load_at(self._cluster.now()) * (0.8 + 0.4 * noise(uid, number, slot)) / 1000
                memory = profile.memory * share * (0.94 + 0.05 * noise(uid, number) + 0.01 * noise(uid, number, slot)) * (1 << 20)
                found.append((container, cpu, memory))
        return found

    def _nodes(self, target: Target, query: Mapping[str, str]) -> Object:
        storage = self._cluster.storage
        used = self._by_node()
        if target.name:
            stored = storage.find(api.NODES, "", target.name)
            if stored is None:
                raise errors.not_found(api.NODE_METRICS, target.name)
            return self._node(stored, used)
        selection = Selection.of(Target(api.NODES, "", "", ""), query)
        nodes = [s for s in storage.all(api.NODES) if selection.labels is None or selection.labels(s.labels)]
        return _list("NodeMetricsList", [self._node(stored, used) for stored in nodes])

    def _by_node(self) -> dict[str, list[float]]:
        """Cores and bytes that the pods of each node use: by what they asked for, as reading 10,000 pods would be slow."""
        used: dict[str, list[float]] = {}
        for stored in self._cluster.storage.all(api.PODS):
            facts = stored.facts
            if isinstance(facts, PodFacts) and facts.node and not facts.ended:
                sums = used.setdefault(facts.node, [0.15, 600.0 * (1 << 20)])
                sums[0] += facts.cpu * 0.35
                sums[1] += facts.memory * 0.6
        return used

    def _node(self, stored: Stored, used: dict[str, list[float]]) -> Object:
        cpu, memory = used.get(stored.name, [0.05, 200.0 * (1 << 20)])
        cpu *= load_at(self._cluster.now()) * (0.95 + 0.1 * noise(stored.uid, int(self._cluster.now()) // WINDOW))
        usage = {"cpu": f"{int(cpu * 1e9)}n", "memory": f"{int(memory) >> 10}Ki"}
        return self._sample("NodeMetrics", decode(stored), {"usage": usage})

    def _sample(self, kind: str, obj: Object, more: Object) -> Object:
        metadata = {k: obj["metadata"][k] for k in ("name", "namespace", "labels", "creationTimestamp") if k in obj["metadata"]}
        taken = stamp(self._cluster.now() // WINDOW * WINDOW)
        return {
            "kind": kind,
            "apiVersion": "metrics.k8s.io/v1beta1",
            "metadata": metadata,
            "timestamp": taken,
            "window": "15s",
            **more,
        }


def _runs(stored: Stored) -> bool:
    return isinstance(stored.facts, PodFacts) and stored.facts.phase == "Running"


def _list(kind: str, items: list[Object]) -> Object:
    return {"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": items}
