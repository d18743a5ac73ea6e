"""Discovery in both forms (one document a group, or all at once), and the version."""

from __future__ import annotations

from typing import Any

from tui.simulator.kubernetes.resources import GROUPS, RESOURCES, Resource

VERSION = {
    "major": "1",
    "minor": "34",
    "gitVersion": "v1.34.2-eks-b3126f4",
    "gitCommit": "b3126f4e5f1a7d0c9d8a4f2f7a9a8f1b2c3d4e5f",
    "gitTreeState": "clean",
    "buildDate": "2026-09-30T08:12:41Z",
    "goVersion": "go1.25.4",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_SUBKINDS = {
    "scale": ("autoscaling", "v1", "Scale"),
    "eviction": ("policy", "v1", "Eviction"),
    "binding": ("", "v1", "Binding"),
    "exec": ("", "v1", "PodExecOptions"),
    "attach": ("", "v1", "PodAttachOptions"),
    "portforward": ("", "v1", "PodPortForwardOptions"),
    "token": ("authentication.k8s.io", "v1", "TokenRequest"),
}
_SUBVERBS = {
    "status": ["get", "patch", "update"],
    "scale": ["get", "patch", "update"],
    "resize": ["get", "patch", "update"],
    "ephemeralcontainers": ["get", "patch", "update"],
    "log": ["get"],
    "exec": ["create", "get"],
    "attach": ["create", "get"],
    "portforward": ["create", "get"],
    "eviction": ["create"],
    "binding": ["create"],
    "token": ["create"],
    "finalize": ["update"],
}


def api_versions() -> dict[str, Any]:
    """``/api``."""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def groups(hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """``/apis``."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group(g) for g in GROUPS if g and g not in hidden]}


def group(name: str) -> dict[str, Any]:
    """``/apis/<group>`` without kind, as it stands in the list."""
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in GROUPS[name]]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def resource_list(name: str, version: str) -> dict[str, Any]:
    """``/api/v1`` and ``/apis/<group>/<version>``."""
    listed: list[dict[str, Any]] = []
    for resource in of_version(name, version):
        listed.append(_legacy(resource))
        listed += [_legacy_part(resource, part) for part in resource.subresources]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": f"{name}/{version}" if name else version,
        "resources": listed,
    }


def of_version(name: str, version: str) -> list[Resource]:
    """The resources of a group's version, by name."""
    return sorted((r for r in RESOURCES if (r.group, r.version) == (name, version)), key=lambda r: r.plural)


def _legacy(resource: Resource) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
    }
    if resource.short:
        entry["shortNames"] = list(resource.short)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    return entry


def _legacy_part(resource: Resource, part: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": f"{resource.plural}/{part}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _SUBVERBS[part],
    }
    if part in _SUBKINDS:
        entry["group"], entry["version"], entry["kind"] = _SUBKINDS[part]
    return entry


def aggregated(core: bool, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """``/api`` or ``/apis`` as an APIGroupDiscoveryList of apidiscovery.k8s.io/v2."""
    names = [""] if core else [name for name in GROUPS if name and name not in hidden]
    items = []
    for name in names:
        versions = [
            {"version": version, "resources": [_modern(r) for r in of_version(name, version)], "freshness": "Current"}
            for version in GROUPS[name]
        ]
        items.append({"metadata": {"name": name} if name else {}, "versions": versions})
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": items}


def _modern(resource: Resource) -> dict[str, Any]:
    own = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    entry: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": own,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short:
        entry["shortNames"] = list(resource.short)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.subresources:
        entry["subresources"] = [_modern_part(resource, part) for part in resource.subresources]
    return entry


def _modern_part(resource: Resource, part: str) -> dict[str, Any]:
    name, version, kind = _SUBKINDS.get(part, (resource.group, resource.version, resource.kind))
    return {
        "subresource": part,
        "responseKind": {"group": name, "version": version, "kind": kind},
        "verbs": _SUBVERBS[part],
    }
