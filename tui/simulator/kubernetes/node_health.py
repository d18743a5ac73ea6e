"""Nodes that renew their leases, and nodes that stop answering: unknown after a grace, tainted, their pods not ready and later
deleted; and nodes that come back.

Which nodes are down is the fault ``down_nodes``. While a node is down its kubelet does nothing (``Kubelet`` asks ``is_down``),
so pods deleted there stay Terminating until it is back, as in a real cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import nodes, status
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.deletion import Options, delete
from tui.simulator.kubernetes.facts import Object, PodFacts, condition
from tui.simulator.kubernetes.scheduler import tolerated
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import micro, stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "node-controller"
GRACE = 40.0  # seconds without a word from a kubelet until its node is unknown
LEASES = "kube-node-lease"  # the namespace of the nodes' leases
LEASE_SECONDS = 40
HEARTBEAT = 10.0  # seconds between two renewals of a node's lease
EVICTION = 300.0  # seconds that pods tolerate an unreachable node by default
KEY = "node.kubernetes.io/unreachable"
TAINTS = [{"key": KEY, "effect": "NoSchedule"}, {"key": KEY, "effect": "NoExecute"}]


class NodeHealth:
    """Follows the fault and moves nodes and pods after it."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self._down: set[str] = set()
        self._next_beat = cluster.now() + HEARTBEAT

    def tick(self, now: float) -> None:
        """Let the kubelets renew their leases when it is time."""
        if now < self._next_beat:
            return
        self._next_beat = now + HEARTBEAT
        storage = self._cluster.storage
        for stored in storage.all(api.LEASES, LEASES):
            if not self.is_down(stored.name):
                lease = decode(stored)
                lease["spec"]["renewTime"] = micro(now)
                storage.update(api.LEASES, lease)

    def is_down(self, node: str) -> bool:
        """Whether the node's kubelet is silent."""
        return node in self._down

    def follow(self, wanted: set[str]) -> None:
        """Let nodes fall silent, or speak again."""
        for node in sorted(wanted - self._down):
            self._down.add(node)
            self._cluster.after(GRACE, lambda node=node: self._lost(node))  # type: ignore[misc]
        for node in sorted(self._down - wanted):
            self._down.discard(node)
            self._back(node)
        self._cluster.settle()

    def _change(self, name: str, conditions: dict[str, tuple[str, str, str]], taints: list[Object]) -> Object | None:
        """Rewrite a node's conditions (type → status, reason, message) and its unreachable taints."""
        node = self._cluster.storage.read(api.NODES, "", name)
        if node is None:
            return None
        now = stamp(self._cluster.now())
        for one in node["status"]["conditions"]:
            one["status"], one["reason"], one["message"] = conditions[one["type"]]
            one["lastTransitionTime"] = now
        kept = [t for t in node["spec"].get("taints") or () if t["key"] != KEY]
        node["spec"]["taints"] = kept + taints
        if not node["spec"]["taints"]:
            del node["spec"]["taints"]
        self._cluster.storage.update(api.NODES, node)
        return node

    def _lost(self, name: str) -> None:
        if name not in self._down:
            return
        silent = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
        node = self._change(name, {kind: silent for kind, *_ in nodes.GOOD}, TAINTS)
        if node is None:
            return
        record = self._cluster.events.record
        record(api.NODES, node, "Normal", "NodeNotReady", f"Node {name} status is now: NodeNotReady", COMPONENT)
        for pod in self._pods(name):
            ready = condition(pod["status"], "Ready")
            if ready is not None and ready["status"] == "True":
                ready.update(status="False", lastTransitionTime=stamp(self._cluster.now()))
                self._cluster.storage.update(api.PODS, pod)
                record(api.PODS, pod, "Warning", "NodeNotReady", "Node is not ready", COMPONENT)
        self._cluster.after(EVICTION, lambda: self._evict(name))

    def _pods(self, node: str) -> list[Object]:
        stored = self._cluster.storage.all(api.PODS)
        return [decode(s) for s in stored if isinstance(s.facts, PodFacts) and s.facts.node == node and not s.facts.ended]

    def _evict(self, name: str) -> None:
        """Delete the pods that do not tolerate the node for ever."""
        if name not in self._down:
            return
        for pod in self._pods(name):
            lasting = [t for t in pod["spec"].get("tolerations") or () if t.get("tolerationSeconds") is None]
            metadata = pod["metadata"]
            if tolerated(TAINTS[1], lasting) or metadata.get("deletionTimestamp"):
                continue
            message = f"Marking for deletion Pod {metadata['namespace']}/{metadata['name']}"
            self._cluster.events.record(api.PODS, pod, "Normal", "TaintManagerEviction", message, "taint-eviction-controller")
            delete(
                self._cluster, api.PODS, self._cluster.storage.get(api.PODS, metadata["namespace"], metadata["name"]), Options()
            )

    def _back(self, name: str) -> None:
        node = self._change(name, {kind: (state, reason, text) for kind, state, reason, text in nodes.GOOD}, [])
        if node is None:
            return
        self._cluster.events.record(api.NODES, node, "Normal", "NodeReady", f"Node {name} status is now: NodeReady", "kubelet")
        for pod in self._pods(name):
            if not pod["metadata"].get("deletionTimestamp"):
                status.settle(pod, self._cluster.now())
                self._cluster.storage.update(api.PODS, pod)
