"""What every move of a pod needs: its time on the world's queue, the pod as it is by then, and an Event that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes import status as words
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.history import Stored

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "kubelet"
SILENCE = 5.0  # how often a move is tried again while the node is down
FIRST_BACKOFF = 10.0
LONGEST_BACKOFF = 300.0
Move = Callable[[Object], None]


class Moves:
    """The queue and the Events of a kubelet."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster

    def soon(self, stored: Stored, move: Move, delay: float = 0.2) -> None:
        """``move`` the pod in a moment, as it is then, unless it is gone."""
        self._at(stored.namespace, stored.name, stored.uid, delay, move)

    def later(self, pod: Object, delay: float, move: Move) -> None:
        """``move`` the pod ``delay`` seconds later, as it is then, unless it is gone."""
        metadata = pod["metadata"]
        self._at(metadata["namespace"], metadata["name"], metadata["uid"], delay, move)

    def _at(self, namespace: str, name: str, uid: str, delay: float, move: Move) -> None:
        def run() -> None:
            pod = self.cluster.storage.read(api.PODS, namespace, name)
            if pod is None or pod["metadata"]["uid"] != uid:
                return
            if self.cluster.health.is_down(pod["spec"].get("nodeName", "")):
                self.cluster.after(SILENCE, run)
            else:
                move(pod)

        self.cluster.after(delay, run)

    def save(self, pod: Object) -> None:
        """Store the pod with what follows from its containers' states."""
        words.settle(pod, self.cluster.now())
        self.cluster.storage.update(api.PODS, pod)

    def say(self, pod: Object, kind: str, reason: str, message: str, container: str = "", *, init: bool = False) -> None:
        """Record an Event about the pod, or one of its containers."""
        path = f"spec.{'initContainers' if init else 'containers'}{{{container}}}" if container else ""
        host = pod["spec"].get("nodeName", "")
        self.cluster.events.record(api.PODS, pod, kind, reason, message, COMPONENT, host=host, field_path=path)
