"""OpenAPI v3 of the cluster's resources: what kubectl reads before it writes, and what ``kubectl explain`` shows.

Members and types are those of the messages that bodies are decoded by; what those do not know is let through, as the
cluster itself does. The descriptions of the real document are not here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from tui.simulator.kubernetes.discovery import VERSION, of_version
from tui.simulator.kubernetes.protobuf import messages
from tui.simulator.kubernetes.resources import GROUPS, Resource
from tui.simulator.kubernetes.shapes import fields_of

META = "io.k8s.apimachinery.pkg.apis.meta.v1"
TYPES: dict[str, dict[str, str]] = {
    "s": {"type": "string"},
    "b": {"type": "string", "format": "byte"},
    "t": {"type": "boolean"},
    "i": {"type": "integer", "format": "int32"},
    "Q": {"type": "string"},
    "T": {"type": "string", "format": "date-time"},
    "I": {"type": "string", "format": "int-or-string"},
}


def index() -> dict[str, Any]:
    """``/openapi/v3``."""
    paths = {}
    for name, versions in GROUPS.items():
        for version in versions:
            path = f"apis/{name}/{version}" if name else f"api/{version}"
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash=2"}
    return {"paths": paths}


@lru_cache(maxsize=64)
def document(name: str, version: str) -> dict[str, Any]:
    """``/openapi/v3/apis/<group>/<version>``: the members of every kind, every write with ``fieldValidation``."""
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for resource in of_version(name, version):
        identity = {"group": name, "version": version, "kind": resource.kind}
        place = "/namespaces/{namespace}" if resource.namespaced else ""
        collection = f"{resource.root}{place}/{resource.plural}"
        paths[collection] = {"post": _operation(identity, "post")}
        paths[collection + "/{name}"] = {verb: _operation(identity, verb) for verb in ("put", "patch")}
        schemas[key_of(resource)] = _kind(resource, identity, schemas)
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def key_of(resource: Resource) -> str:
    """The schema's name of a kind."""
    return f"io.k8s.api.{resource.group.partition('.')[0] or 'core'}.{resource.version}.{resource.kind}"


def _kind(resource: Resource, identity: dict[str, str], schemas: dict[str, Any]) -> dict[str, Any]:
    members = {"apiVersion": TYPES["s"], "kind": TYPES["s"], "metadata": _reference("ObjectMeta", schemas)}
    members |= _members(resource.kind, schemas)
    return {
        "type": "object",
        "properties": members,
        "x-kubernetes-preserve-unknown-fields": True,
        "x-kubernetes-group-version-kind": [identity],
    }


def _members(message: str, schemas: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for member, field in sorted(fields_of(message).items()):
        schema = _schema(field.kind, schemas)
        found[member] = {"type": "array", "items": schema} if field.repeated else schema
    return found


def _schema(kind: str, schemas: dict[str, Any]) -> dict[str, Any]:
    if kind.startswith(":"):
        return _reference(kind[1:], schemas)
    if kind.startswith("m"):
        return {"type": "object", "additionalProperties": _schema(kind[1:], schemas)}
    return TYPES.get(kind, {"type": "object", "x-kubernetes-preserve-unknown-fields": True})


def _reference(message: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """A reference to the schema of a message, which is made when it is met first (some refer to themselves)."""
    key = f"{META}.{message}" if message in ("ObjectMeta", "LabelSelector", "OwnerReference") else f"io.k8s.api.parts.{message}"
    if message not in messages():
        return {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    if key not in schemas:
        schemas[key] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        schemas[key]["properties"] = _members(message, schemas)
    return {"allOf": [{"$ref": f"#/components/schemas/{key}"}]}


def _operation(identity: dict[str, str], verb: str) -> dict[str, Any]:
    names = ("dryRun", "fieldManager", "fieldValidation", "force")
    return {
        "x-kubernetes-action": verb,
        "x-kubernetes-group-version-kind": identity,
        "parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names],
        "responses": {"200": {"description": "OK"}},
    }
