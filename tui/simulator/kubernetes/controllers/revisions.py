"""The replica sets of a deployment: one for each template it had, numbered by revision, and what a new one looks like."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.controllers.pods import owner_reference, template_hash
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.quantity import percent
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from tui.simulator.kubernetes.cluster import KubernetesWorld

REVISION = "deployment.kubernetes.io/revision"
REVISIONS = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MOST = "deployment.kubernetes.io/max-replicas"
NOT_COPIED = frozenset((REVISION, REVISIONS, DESIRED, MOST, "kubectl.kubernetes.io/last-applied-configuration",
                        "deprecated.deployment.rollback.to"))  # fmt: skip


def bounds(spec: Object) -> tuple[int, int]:
    """maxSurge and maxUnavailable in pods; when both come to 0, one may be unavailable."""
    if spec["strategy"]["type"] != "RollingUpdate":
        return 0, 0
    rolling = spec["strategy"].get("rollingUpdate") or {}
    surge = percent(rolling.get("maxSurge", "25%"), spec["replicas"], up=True)
    unavailable = percent(rolling.get("maxUnavailable", "25%"), spec["replicas"], up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


class Sets:
    """The replica sets of one deployment: the one whose template is the deployment's, and the older ones, oldest first."""

    def __init__(self, cluster: KubernetesWorld, deployment: Object) -> None:
        owned = [decode(stored) for stored in cluster.storage.owned(deployment["metadata"]["uid"], api.REPLICA_SETS)]
        owned.sort(key=lambda rs: (rs["metadata"]["creationTimestamp"], rs["metadata"]["name"]))
        wanted = _bare(deployment["spec"]["template"])
        self.new: Object | None = next((rs for rs in owned if _bare(rs["spec"]["template"]) == wanted), None)
        self.old = [rs for rs in owned if rs is not self.new]

    @property
    def all(self) -> list[Object]:
        """All of them, the new one last."""
        return [*self.old, self.new] if self.new else list(self.old)

    @property
    def asked(self) -> int:
        """How many pods they ask for together."""
        return sum(rs["spec"]["replicas"] for rs in self.all)

    @property
    def available(self) -> int:
        """How many of their pods are available."""
        return sum((rs.get("status") or {}).get("availableReplicas", 0) for rs in self.all)


def _bare(template: Object) -> Object:
    labels = {k: v for k, v in ((template.get("metadata") or {}).get("labels") or {}).items() if k != "pod-template-hash"}
    return {**template, "metadata": {**(template.get("metadata") or {}), "labels": labels}}


def revision_of(obj: Object) -> int:
    """The revision annotation as a number, 0 without one."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def replica_set_of(deployment: Object, revision: int) -> Object:
    """The replica set that a deployment's template makes, with 0 replicas."""
    spec = deployment["spec"]
    mark = template_hash(spec["template"], (deployment.get("status") or {}).get("collisionCount", 0))
    template = copy.deepcopy(spec["template"])
    labels = {**(template["metadata"].get("labels") or {}), "pod-template-hash": mark}
    template["metadata"]["labels"] = labels
    selector = copy.deepcopy(spec["selector"])
    selector["matchLabels"] = {**(selector.get("matchLabels") or {}), "pod-template-hash": mark}
    surge, _ = bounds(spec)
    notes = {
        **copied_notes(deployment),
        REVISION: str(revision),
        DESIRED: str(spec["replicas"]),
        MOST: str(spec["replicas"] + surge),
    }
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": {
            "name": f"{deployment['metadata']['name']}-{mark}",
            "namespace": deployment["metadata"]["namespace"],
            "generation": 1,
            "labels": labels,
            "annotations": notes,
            "ownerReferences": [owner_reference(api.DEPLOYMENTS, deployment)],
        },
        "spec": {
            "replicas": 0,
            "selector": selector,
            "template": template,
            **({"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}),
        },
        "status": {"replicas": 0},
    }


def copied_notes(deployment: Object) -> dict[str, str]:
    """The deployment's annotations that its replica sets carry as well."""
    return {k: v for k, v in (deployment["metadata"].get("annotations") or {}).items() if k not in NOT_COPIED}
