"""What all actions on Deployments share: reading one afresh, its facts, its owners and autoscaler, the rights, the patch.

Every write carries its condition: JSON Patch ``test`` operations on the uid and on the fields that the plan shows, or a uid
precondition, so that the API server refuses what is no longer as planned (422 for a failed test, 409 for a precondition).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, ClassVar

from tui.actions.base import Context, Right, Step
from tui.actions.owners import kubernetes_owners
from tui.actions.ports import KubernetesPort
from tui.actions.rowwise import Item, RowAction
from tui.actions.workload_watch import watch_deployments
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import Object
from tui.model.row import Row
from tui.model.scope import Scope

REVISION = "deployment.kubernetes.io/revision"
RESTARTED = "kubectl.kubernetes.io/restartedAt"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"


class WorkloadAction(RowAction):
    """Base of the actions whose object is one Deployment."""

    kinds = ("deployments",)
    reads: ClassVar[tuple[str, ...]] = (
        "k8s:get apps/deployments",
        "k8s:list pods",
        "k8s:list autoscaling/horizontalpodautoscalers",
    )

    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        return facts_of(await read(scope, locator, context))

    def watch(self, items: Sequence[Item], context: Context) -> AsyncIterator[Step]:
        return watch_deployments(items, context)


def locator_of(row: Row) -> dict[str, str]:
    """Namespace, name and uid of a Kubernetes row."""
    if not isinstance(row, Object):
        return {"namespace": "", "name": row.name, "uid": row.key.id}
    return {"namespace": row.namespace, "name": row.name, "uid": row.uid or row.key.id}


def path_of(locator: Mapping[str, str], subresource: str = "") -> str:
    """The Deployment's path in the API."""
    path = f"/apis/apps/v1/namespaces/{locator['namespace']}/deployments/{locator['name']}"
    return f"{path}/{subresource}" if subresource else path


def shown(locator: Mapping[str, str]) -> str:
    """``payments/cart``."""
    return f"{locator['namespace']}/{locator['name']}"


async def read(scope: Scope, locator: Mapping[str, str], context: Context) -> dict[str, Any]:
    """The Deployment as the API gives it. ``NOT_FOUND`` where it is gone, or another one has its name."""
    found = await context.clients.kubernetes(scope).get(path_of(locator))
    if found["metadata"].get("uid") != locator["uid"]:
        raise ApiError(Trouble.NOT_FOUND, f"{shown(locator)} was deleted; another deployment has its name now")
    return found


async def read_rows(rows: Sequence[Row], context: Context) -> dict[str, dict[str, Any]]:
    """The Deployments of ``rows`` by uid; raises ``ApiError`` for the first that cannot be read."""
    return {row.key.id: await read(row.scope, locator_of(row), context) for row in rows}


def facts_of(found: Mapping[str, Any]) -> dict[str, Any]:
    """What plans of Deployments depend on and records keep."""
    spec, metadata = found.get("spec") or {}, found.get("metadata") or {}
    template = spec.get("template") or {}
    return {
        "replicas": spec.get("replicas", 1),
        "images": images_of(found),
        "revision": (metadata.get("annotations") or {}).get(REVISION, ""),
        "restartedAt": ((template.get("metadata") or {}).get("annotations") or {}).get(RESTARTED, ""),
        "paused": bool(spec.get("paused")),
    }


def images_of(found: Mapping[str, Any]) -> dict[str, str]:
    """Container name to image."""
    containers = (((found.get("spec") or {}).get("template") or {}).get("spec") or {}).get("containers") or []
    return {c.get("name", ""): c.get("image", "") for c in containers}


def owners(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings about who will put the object back."""
    metadata = found.get("metadata") or {}
    return kubernetes_owners(metadata.get("labels") or {}, metadata.get("annotations") or {})


async def rights_of(port: KubernetesPort, wanted: Sequence[tuple[str, str, str, str]]) -> tuple[Right, ...]:
    """The rights to (verb, group, resource, namespace), asked of the API server."""
    out: list[Right] = []
    for verb, group, resource, namespace in dict.fromkeys(wanted):
        try:
            allowed, why = await port.may(verb, group, resource, namespace)
        except ApiError:
            allowed, why = True, ""  # what cannot be asked is tried: the server decides
        name = f"{verb} {resource}{f'.{group}' if group else ''}" + (f" in {namespace}" if namespace else "")
        out.append(Right(name, "" if allowed else why or "denied by RBAC"))
    return tuple(out)


def denied(rights: Sequence[Right]) -> str:
    """The refusal for rights that are missing, empty where there are none."""
    return next((f"you may not {right.name}: {right.denied}" for right in rights if right.denied), "")


def uid_test(locator: Mapping[str, str]) -> dict[str, Any]:
    """The JSON Patch operation that makes sure that it is still the same object."""
    return {"op": "test", "path": "/metadata/uid", "value": locator["uid"]}


async def patch(item: Item, operations: Sequence[Mapping[str, Any]], context: Context, subresource: str = "") -> dict[str, Any]:
    """One conditional JSON Patch."""
    port = context.clients.kubernetes(item.row.scope)
    body = [uid_test(item.locator), *operations]
    return await conditional(port, "PATCH", path_of(item.locator, subresource), body, JSON_PATCH)


async def conditional(port: KubernetesPort, method: str, path: str, body: Any, content_type: str) -> dict[str, Any]:
    """A write whose condition may fail: then it says so in words."""
    try:
        return await port.write(method, path, body, content_type=content_type)
    except ApiError as error:
        conflict = error.trouble is Trouble.CONFLICT
        untrue = error.trouble is Trouble.INVALID and "test" in str(error).lower()
        if not (conflict or untrue):
            raise
        text = f"it was changed meanwhile, so nothing was done: {error}"
        raise ApiError(Trouble.CONFLICT, text, operation=error.operation, code=error.code) from None
