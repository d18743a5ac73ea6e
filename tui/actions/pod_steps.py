"""The pods of a Deployment under watch, one by one: what each does while it starts, and why those that do not start don't."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from tui.actions.base import Context
from tui.actions.rowwise import Item

#: pods up to which a Deployment's are followed one by one
FOLLOWED = 60


class Pods(Struct, frozen=True):
    """``doing``: name to what a pod made by this rollout does; ``troubles``: why pods do not start, to how many."""

    doing: Mapping[str, str] = {}
    troubles: Mapping[str, int] = {}

    @property
    def reason(self) -> str:
        """``3 pods do not start: ImagePullBackOff: …``; empty while all do."""
        if not self.troubles:
            return ""
        worst = max(self.troubles, key=lambda word: self.troubles[word])
        count = self.troubles[worst]
        return f"{count} pod does not start: {worst}" if count == 1 else f"{count} pods do not start: {worst}"


async def read_pods(found: Mapping[str, Any], item: Item, since: float, context: Context) -> Pods:
    """The pods of the Deployment ``found``; those made after ``since`` are this rollout's. Raises ``ApiError``."""
    labels = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    path = f"/api/v1/namespaces/{item.locator['namespace']}/pods"
    query = {"labelSelector": ",".join(f"{k}={v}" for k, v in sorted(labels.items()))}
    answer = await context.clients.kubernetes(item.row.scope).get(path, query)
    return pods_of(answer.get("items") or [], since)


def pods_of(pods: Sequence[Mapping[str, Any]], since: float) -> Pods:
    """What is said of ``pods``."""
    doing: dict[str, str] = {}
    troubles: dict[str, int] = {}
    for pod in pods:
        metadata = pod.get("metadata") or {}
        if metadata.get("deletionTimestamp"):
            continue
        trouble = pod_trouble(pod)
        if trouble:
            troubles[trouble] = troubles.get(trouble, 0) + 1
        if _made(metadata) >= since - 1:
            doing[str(metadata.get("name", ""))] = f"does not start: {trouble}" if trouble else pod_words(pod)
    return Pods(doing if len(doing) <= FOLLOWED else {}, troubles)


def _made(metadata: Mapping[str, Any]) -> float:
    try:
        return datetime.fromisoformat(str(metadata.get("creationTimestamp", ""))).timestamp()
    except ValueError:
        return 0.0


def pod_words(pod: Mapping[str, Any]) -> str:
    """``waits for a node``, ``is being created on ip-10-0-1-17``, ``runs, not ready yet``, ``is ready``."""
    status = pod.get("status") or {}
    conditions = {c.get("type"): c.get("status") for c in status.get("conditions") or []}
    node = str((pod.get("spec") or {}).get("nodeName", "")).partition(".")[0]
    if conditions.get("Ready") == "True":
        return "is ready"
    if status.get("phase") == "Running":
        return "runs, not ready yet"
    if status.get("phase") in ("Succeeded", "Failed"):
        return "ended"
    return f"is being created on {node}" if node else "waits for a node"


def pod_trouble(pod: Mapping[str, Any]) -> str:
    """``ImagePullBackOff: Back-off pulling image "cart:9"``; empty for a pod that starts or runs."""
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = str(waiting.get("reason", ""))
        if reason and reason not in ("ContainerCreating", "PodInitializing"):
            return reason + (f": {waiting['message']}" if waiting.get("message") else "")
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False" and condition.get("message"):
            return str(condition["message"])
    return ""
