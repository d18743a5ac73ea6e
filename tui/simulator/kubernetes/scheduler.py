"""Binding pods to nodes: requests against what is allocatable, taints, selectors; Kubernetes' words when nothing fits."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tui.simulator.kubernetes import quantity
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import conditions_with
from tui.simulator.kubernetes.facts import Object, PodFacts
from tui.simulator.kubernetes.fargate import wants_fargate
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.storage import Change, decode
from tui.simulator.kubernetes.times import stamp

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "default-scheduler"
RETRY = 60.0  # seconds until a pod that fits nowhere is tried again though nothing changed
UNSCHEDULABLE = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}


class NodeState:
    """A node as the scheduler sees it: its offer and what is already promised."""

    def __init__(self, node: Object) -> None:
        self.used = [0.0, 0.0, 0]  # cores, bytes, pods
        self.read(node)

    def read(self, node: Object) -> None:
        """Take over a node's present state."""
        self.name: str = node["metadata"]["name"]
        self.labels: dict[str, str] = node["metadata"].get("labels") or {}
        spec, status = node.get("spec") or {}, node.get("status") or {}
        self.taints: list[Object] = list(spec.get("taints") or ())
        if spec.get("unschedulable") and not any(t["key"] == UNSCHEDULABLE["key"] for t in self.taints):
            self.taints.append(dict(UNSCHEDULABLE))
        offer = status.get("allocatable") or {}
        self.cpu = quantity.parse(offer.get("cpu", "0"))
        self.memory = quantity.parse(offer.get("memory", "0"))
        self.pods = int(offer.get("pods", 110))
        self.address = next((a["address"] for a in status.get("addresses") or () if a["type"] == "InternalIP"), "")

    @property
    def load(self) -> float:
        """Share of the offer that is promised, the scarcer of cores and memory."""
        return max(self.used[0] / (self.cpu or 1), self.used[1] / (self.memory or 1), self.used[2] / (self.pods or 1))

    def refusal(self, spec: Object, facts: PodFacts) -> list[str]:
        """Why a pod does not fit here, in the scheduler's words; empty when it does."""
        for taint in self.taints:
            if taint.get("effect") != "PreferNoSchedule" and not tolerated(taint, spec.get("tolerations") or ()):
                value = f": {taint['value']}" if taint.get("value") else ""
                if taint["key"] == UNSCHEDULABLE["key"]:
                    return ["node(s) were unschedulable"]
                return [f"node(s) had untolerated taint {{{taint['key']}{value}}}"]
        if not selected(self.labels, self.name, spec):
            return ["node(s) didn't match Pod's node affinity/selector"]
        lacking = []
        if self.used[2] + 1 > self.pods:
            lacking.append("Too many pods")
        if facts.cpu and self.used[0] + facts.cpu > self.cpu + 1e-9:
            lacking.append("Insufficient cpu")
        if facts.memory and self.used[1] + facts.memory > self.memory:
            lacking.append("Insufficient memory")
        return lacking

    def takes_daemon(self, spec: Object) -> bool:
        """Whether a DaemonSet's pod belongs on this node."""
        tolerations = [*(spec.get("tolerations") or ()), {"key": UNSCHEDULABLE["key"], "operator": "Exists"}]
        return selected(self.labels, self.name, spec) and all(tolerated(t, tolerations) for t in self.taints)


def tolerated(taint: Object, tolerations: Any) -> bool:
    """Whether one of the tolerations covers the taint."""
    for one in tolerations:
        if one.get("effect") not in (None, "", taint.get("effect")):
            continue
        if one.get("operator", "Equal") == "Exists":
            if one.get("key") in (None, "", taint["key"]):
                return True
        elif one.get("key") == taint["key"] and one.get("value", "") == taint.get("value", ""):
            return True
    return False


def selected(labels: dict[str, str], name: str, spec: Object) -> bool:
    """Whether nodeSelector and the required node affinity accept a node."""
    if any(labels.get(k) != v for k, v in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution")
    if not affinity:
        return True
    return any(_term(term, labels, name) for term in affinity.get("nodeSelectorTerms") or ())


def _term(term: Object, labels: dict[str, str], name: str) -> bool:
    fields = {"metadata.name": name}
    wanted = [(labels, e) for e in term.get("matchExpressions") or ()] + [(fields, e) for e in term.get("matchFields") or ()]
    for values, expression in wanted:
        value, operator = values.get(expression["key"]), expression["operator"]
        listed = expression.get("values") or ()
        holds = {"In": value in listed, "NotIn": value not in listed, "Exists": value is not None, "DoesNotExist": value is None}
        if not holds.get(operator, False):
            return False
    return bool(wanted)


class Scheduler:
    """Keeps the nodes' books and binds what waits."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self._cluster = cluster
        self.nodes: dict[str, NodeState] = {}
        self._waiting: dict[tuple[str, str], None] = {}
        self._refused: dict[tuple[str, str], None] = {}
        cluster.storage.listeners.append(self._heard)

    def load(self) -> None:
        """Read the nodes and pods that the world began with."""
        for stored in self._cluster.storage.all(api.NODES):
            self.nodes[stored.name] = NodeState(decode(stored))
        for stored in self._cluster.storage.all(api.PODS):
            self._book(stored, 1)
            if isinstance(stored.facts, PodFacts) and not stored.facts.node and not stored.facts.ended:
                self._refused[stored.namespace, stored.name] = None

    def retry(self) -> None:
        """Something may fit now: try again what was refused."""
        self._waiting.update(self._refused)
        self._refused.clear()

    def run(self) -> bool:
        """Try each waiting pod once; whether there was any."""
        waiting, self._waiting = self._waiting, {}
        for namespace, name in waiting:
            self._place(namespace, name)
        return bool(waiting)

    def _heard(self, change: Change) -> None:
        if change.resource is api.NODES:
            self._node(change)
        if change.resource is not api.PODS:
            return
        if change.previous is not None:
            self._book(change.previous, -1)
        stored = change.stored
        facts = stored.facts
        assert isinstance(facts, PodFacts)
        if change.type == "DELETED":
            if facts.node:
                self.retry()
            self._refused.pop((stored.namespace, stored.name), None)
            return
        self._book(stored, 1)
        if facts.ended and facts.node:
            self.retry()
        if not facts.node and change.type == "ADDED" and not facts.ended:
            self._waiting[stored.namespace, stored.name] = None

    def _node(self, change: Change) -> None:
        if change.type == "DELETED":
            self.nodes.pop(change.stored.name, None)
            return
        node = decode(change.stored)
        known = self.nodes.get(change.stored.name)
        if known is None:
            self.nodes[change.stored.name] = NodeState(node)
        else:
            known.read(node)
        self.retry()

    def _book(self, stored: Stored, sign: int) -> None:
        facts = stored.facts
        assert isinstance(facts, PodFacts)
        node = self.nodes.get(facts.node)
        if node is not None and not facts.ended:
            node.used[0] += sign * facts.cpu
            node.used[1] += sign * facts.memory
            node.used[2] += sign

    def _place(self, namespace: str, name: str) -> None:
        pod = self._cluster.storage.read(api.PODS, namespace, name)
        if pod is None or pod["spec"].get("nodeName") or pod["metadata"].get("deletionTimestamp"):
            return
        stored = self._cluster.storage.get(api.PODS, namespace, name)
        facts = stored.facts
        assert isinstance(facts, PodFacts)
        reasons: Counter[str] = Counter()
        fitting = []
        for node in self.nodes.values():
            why = node.refusal(pod["spec"], facts)
            reasons.update(why)
            if not why:
                fitting.append(node)
        if fitting:
            mates = Counter(
                p.facts.node for p in self._cluster.storage.owned(stored.owner, api.PODS) if isinstance(p.facts, PodFacts)
            )
            best = min(fitting, key=lambda node: (mates[node.name], node.load, node.name))
            self.bind(pod, best.name)
        else:
            self._refuse(pod, reasons)

    def bind(self, pod: Object, node: str) -> None:
        """Assign ``pod`` to ``node``."""
        now = stamp(self._cluster.now())
        pod["spec"]["nodeName"] = node
        status = pod.setdefault("status", {})
        scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None}
        old = [c for c in status.get("conditions") or () if c["type"] != "PodScheduled"]
        status["conditions"] = conditions_with(old, scheduled, now)
        self._cluster.storage.update(api.PODS, pod)
        metadata = pod["metadata"]
        message = f"Successfully assigned {metadata['namespace']}/{metadata['name']} to {node}"
        self._cluster.events.record(api.PODS, pod, "Normal", "Scheduled", message, COMPONENT)

    def _refuse(self, pod: Object, reasons: Counter[str]) -> None:
        metadata = pod["metadata"]
        key = (metadata["namespace"], metadata["name"])
        self._refused[key] = None
        if wants_fargate(pod["spec"]):
            self._cluster.fargate.ask(*key)
            return
        message = refusal_message(len(self.nodes), reasons)
        now = stamp(self._cluster.now())
        status = pod.setdefault("status", {})
        unfit = {"type": "PodScheduled", "status": "False", "lastProbeTime": None, "reason": "Unschedulable", "message": message}
        status["conditions"] = conditions_with(status.get("conditions"), unfit, now)
        self._cluster.storage.update(api.PODS, pod)
        self._cluster.events.record(api.PODS, pod, "Warning", "FailedScheduling", message, COMPONENT)
        self._cluster.after(RETRY, lambda: self._again(key))

    def _again(self, key: tuple[str, str]) -> None:
        if key in self._refused:
            del self._refused[key]
            self._waiting[key] = None


def refusal_message(nodes: int, reasons: Counter[str]) -> str:
    """``0/6 nodes are available: 1 node(s) had untolerated taint {…}, 5 Insufficient cpu. preemption: …``"""
    if not nodes:
        return "no nodes available to schedule pods"
    listed = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    lacking = max((reasons[r] for r in ("Insufficient cpu", "Insufficient memory", "Too many pods")), default=0)
    never = nodes - lacking
    parts = [f"{never} Preemption is not helpful for scheduling"] if never else []
    parts += [f"{lacking} No preemption victims found for incoming pod"] if lacking else []
    return f"0/{nodes} nodes are available: {listed}. preemption: 0/{nodes} nodes are available: {', '.join(sorted(parts))}."
