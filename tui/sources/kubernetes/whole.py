"""Whole objects as the API server sends them: one by its name, many by pages of their list, secret values wrapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tui.model import Key
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import PodContainerRow
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.kinds import Kind
from tui.sources.redact import redact

#: up to so many are asked for by name; more are picked out of their list, 500 a request
BY_NAME = 5
#: where a Pod has its containers (API reference: PodSpec, PodStatus)
CONTAINER_LISTS = (
    ("spec", ("containers", "initContainers", "ephemeralContainers")),
    ("status", ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")),
)
PAGE = 500


async def whole_object(cluster: KubernetesConnection, kind: Kind, row: Any) -> dict[str, Any]:
    """The object behind ``row``. Raises ApiError."""
    found: dict[str, Any] = redact(kind.kind, await cluster.get(f"{kind.path(_namespace(kind, row))}/{row.name}"))
    return found


async def whole_container(cluster: KubernetesConnection, pods: Kind, row: PodContainerRow) -> dict[str, Any]:
    """What its pod says of a container: ``{"name", "spec", "status"}``, the two as the server sends them. Raises ApiError."""
    pod: dict[str, Any] = redact(pods.kind, await cluster.get(f"{pods.path(row.namespace)}/{row.pod_name}"))
    found: dict[str, Any] = {"name": row.name}
    for part, lists in CONTAINER_LISTS:
        members = (member for name in lists for member in (pod.get(part) or {}).get(name) or ())
        found[part] = next((member for member in members if member.get("name") == row.name), None)
    return found


async def whole_objects(cluster: KubernetesConnection, kind: Kind, rows: Sequence[Any]) -> dict[Key, dict[str, Any]]:
    """The objects behind ``rows`` by their keys; those that are gone meanwhile are left out. Raises ApiError."""
    if len(rows) <= BY_NAME:
        return await _by_name(cluster, kind, rows)
    namespaces = {_namespace(kind, row) for row in rows}
    try:
        found = await _listed(cluster, kind, namespaces.pop() if len(namespaces) == 1 else "")
    except ApiError as error:
        if error.trouble is not Trouble.DENIED:
            raise
        return await _by_name(cluster, kind, rows)  # only some namespaces may be listed
    return {row.key: redact(kind.kind, found[row.uid]) for row in rows if row.uid in found}


async def _by_name(cluster: KubernetesConnection, kind: Kind, rows: Sequence[Any]) -> dict[Key, dict[str, Any]]:
    found: dict[Key, dict[str, Any]] = {}
    for row in rows:
        try:
            found[row.key] = await whole_object(cluster, kind, row)
        except ApiError as error:
            if error.trouble is not Trouble.NOT_FOUND:
                raise
    return found


async def _listed(cluster: KubernetesConnection, kind: Kind, namespace: str) -> dict[str, dict[str, Any]]:
    """All objects of the list by uid. Items come without ``apiVersion`` and ``kind``; the list says both, as kubectl knows."""
    found: dict[str, dict[str, Any]] = {}
    query = {"limit": str(PAGE)}
    while True:
        answer = await cluster.get(kind.path(namespace), query)
        said = {"apiVersion": answer.get("apiVersion", ""), "kind": str(answer.get("kind", "")).removesuffix("List")}
        found.update((str(item["metadata"]["uid"]), {**said, **item}) for item in answer.get("items") or ())
        more = (answer.get("metadata") or {}).get("continue")
        if not more:
            return found
        query = {"limit": str(PAGE), "continue": str(more)}


def _namespace(kind: Kind, row: Any) -> str:
    return str(row.namespace) if kind.namespaced else ""
