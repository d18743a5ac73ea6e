"""Fargate: a node of its own for each pod that asks for one, made when the pod comes and gone after the pod."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import nodes
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.storage import Change

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

START = 35.0  # seconds from a waiting pod to its node
LINGER = 15.0  # seconds that the node stays after its pod


def wants_fargate(spec: Object) -> bool:
    """Whether a pod is to run on Fargate (its profile's selector, here a node selector)."""
    return (spec.get("nodeSelector") or {}).get(nodes.COMPUTE_TYPE) == "fargate"


class Fargate:
    """Makes and removes nodes."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self._asked: set[tuple[str, str]] = set()
        cluster.storage.listeners.append(self._heard)

    def ask(self, namespace: str, name: str) -> None:
        """A pod waits for a node: make one, in a while."""
        if (namespace, name) not in self._asked:
            self._asked.add((namespace, name))
            self._cluster.after(START, lambda: self._provide(namespace, name))

    def _provide(self, namespace: str, name: str) -> None:
        self._asked.discard((namespace, name))
        found = self._cluster.storage.find(api.PODS, namespace, name)
        if found is None or (isinstance(found.facts, PodFacts) and found.facts.node):
            return
        number = len(self._cluster.storage.tables[api.NODES].keys) + 1
        node = nodes.fargate(self._cluster, number)
        while self._cluster.storage.find(api.NODES, "", node["metadata"]["name"]) is not None:
            number += 1
            node = nodes.fargate(self._cluster, number)
        self._cluster.storage.create(api.NODES, node)

    def _heard(self, change: Change) -> None:
        facts = change.stored.facts
        if change.resource is not api.PODS or change.type != "DELETED" or not isinstance(facts, PodFacts):
            return
        if facts.node.startswith("fargate-"):
            self._cluster.after(LINGER, lambda: self._retire(facts.node))

    def _retire(self, node: str) -> None:
        busy = any(isinstance(s.facts, PodFacts) and s.facts.node == node for s in self._cluster.storage.all(api.PODS))
        if not busy and self._cluster.storage.find(api.NODES, "", node) is not None:
            self._cluster.storage.remove(api.NODES, "", node)
