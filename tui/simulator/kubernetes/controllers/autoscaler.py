"""HorizontalPodAutoscalers: the present size, and their bounds kept. Load does not scale here: a demo should stand still."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import replace_status
from tui.simulator.kubernetes.request import Target

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

COMPONENT = "horizontal-pod-autoscaler"
PERIOD = 15.0  # seconds until an autoscaler notices


def sync(cluster: KubernetesWorld, namespace: str, name: str) -> None:
    """Look at one autoscaler."""
    autoscaler = cluster.storage.read(api.AUTOSCALERS, namespace, name)
    if autoscaler is None:
        return
    spec = autoscaler["spec"]
    resource = api.BY_KIND.get((spec["scaleTargetRef"].get("apiVersion", ""), spec["scaleTargetRef"]["kind"]))
    target = cluster.storage.read(resource, namespace, spec["scaleTargetRef"]["name"]) if resource else None
    if target is None or resource is None:
        return
    least, most = spec.get("minReplicas", 1), spec["maxReplicas"]
    asked = target["spec"]["replicas"]
    wanted = asked if asked == 0 else min(max(asked, least), most)
    status = {**(autoscaler.get("status") or {}), "currentReplicas": (target.get("status") or {}).get("replicas", 0)}
    status["desiredReplicas"] = wanted
    replace_status(cluster, api.AUTOSCALERS, autoscaler, status)
    if wanted != asked:
        cluster.after(PERIOD, lambda: _resize(cluster, Target(resource, namespace, target["metadata"]["name"], ""), name))


def _resize(cluster: KubernetesWorld, target: Target, name: str) -> None:
    """Bring the target back within the bounds, if it is still outside."""
    old = cluster.storage.read(target.resource, target.namespace, target.name)
    autoscaler = cluster.storage.read(api.AUTOSCALERS, target.namespace, name)
    if old is None or autoscaler is None:
        return
    spec, asked = autoscaler["spec"], old["spec"]["replicas"]
    wanted = asked if asked == 0 else min(max(asked, spec.get("minReplicas", 1)), spec["maxReplicas"])
    if wanted == asked:
        return
    cluster.writer.store(target, old, {**old, "spec": {**old["spec"], "replicas": wanted}})
    side = "below Spec.MinReplicas" if wanted > asked else "above Spec.MaxReplicas"
    message = f"New size: {wanted}; reason: Current number of replicas {side}"
    cluster.events.record(api.AUTOSCALERS, autoscaler, "Normal", "SuccessfulRescale", message, COMPONENT)
