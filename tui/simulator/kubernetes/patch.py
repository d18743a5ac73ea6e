"""The patch types of the API: JSON Patch, JSON merge patch, strategic merge patch.

Merge keys are the ``patchMergeKey`` tags of k8s.io/api; a list that has none is replaced whole.
"""

from __future__ import annotations

import copy
from typing import Any

from tui.simulator.kubernetes.errors import StatusError, bad_request

Json = Any

#: list member to its merge key; a tuple of a parent's name and the member's where the member alone is ambiguous
MERGE_KEYS: dict[str, str] = {
    "containers": "name", "initContainers": "name", "ephemeralContainers": "name", "env": "name", "volumes": "name",
    "volumeMounts": "mountPath", "volumeDevices": "devicePath", "imagePullSecrets": "name", "hostAliases": "ip",
    "conditions": "type", "addresses": "type", "ownerReferences": "uid", "secrets": "name",
    "topologySpreadConstraints": "topologyKey", "resourceClaims": "name", "readinessGates": "conditionType",
}  # fmt: skip
PRIMITIVE_SETS = frozenset(("finalizers",))


def merge(target: Json, change: Json) -> Json:
    """RFC 7396: null removes, objects merge, everything else replaces."""
    if not isinstance(change, dict):
        return change
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def strategic(target: Json, change: Json, parent: str = "") -> Json:
    """A strategic merge patch of an object, with its directives ``$patch``, ``$retainKeys``, ``$setElementOrder/…`` and
    ``$deleteFromPrimitiveList/…``. ``parent``: the member that holds ``target``."""
    if not isinstance(change, dict):
        return change
    directive = change.get("$patch")
    body = {name: value for name, value in change.items() if not name.startswith("$")}
    if directive == "replace":
        return body
    if directive == "delete":
        return {}
    result = dict(target) if isinstance(target, dict) else {}
    if "$retainKeys" in change:
        result = {name: value for name, value in result.items() if name in change["$retainKeys"]}
    for name, value in body.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, list):
            result[name] = _list(name, result.get(name) or [], value)
        elif isinstance(value, dict):
            result[name] = strategic(result.get(name), value, name)
        else:
            result[name] = value
    for name, value in change.items():
        _list_directive(result, name, value)
    return result


def _key(name: str, items: list[Json]) -> str:
    """The merge key of the list ``name``; ports merge by containerPort in containers and by port in services."""
    if name == "ports":
        return "containerPort" if any(isinstance(i, dict) and "containerPort" in i for i in items) else "port"
    return MERGE_KEYS.get(name, "")


def _list(name: str, old: list[Json], change: list[Json]) -> list[Json]:
    if name in PRIMITIVE_SETS:
        return old + [item for item in change if item not in old]
    if any(isinstance(item, dict) and item.get("$patch") == "replace" for item in change):
        return [item for item in change if "$patch" not in item]
    key = _key(name, change + old)
    if not key:
        return change
    result = list(old)
    for item in change:
        if not isinstance(item, dict) or key not in item:
            raise bad_request(f"map: {item} does not contain declared merge key: {key}")
        place = next((i for i, existing in enumerate(result) if existing.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            if place is not None:
                del result[place]
        elif place is None:
            result.append(strategic({}, item, name))
        else:
            result[place] = strategic(result[place], item, name)
    return result


def _list_directive(result: dict[str, Json], directive: str, value: Json) -> None:
    kind, _, name = directive.partition("/")
    if kind == "$deleteFromPrimitiveList" and isinstance(result.get(name), list):
        result[name] = [item for item in result[name] if item not in value]
    elif kind == "$setElementOrder" and isinstance(result.get(name), list):
        key = _key(name, value + result[name])
        order = [item.get(key) if isinstance(item, dict) else item for item in value]
        ranks = {repr(item): rank for rank, item in enumerate(order)}

        def rank(item: Json) -> int:
            return ranks.get(repr(item.get(key) if isinstance(item, dict) else item), len(ranks))

        result[name] = sorted(result[name], key=rank)


def json_patch(target: Json, operations: Json) -> Json:
    """RFC 6902; a failed ``test`` or a path that is not there is 422 as the API server answers it."""
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    result = copy.deepcopy(target)
    for operation in operations:
        result = _apply(result, operation)
    return result


def _refuse(message: str) -> StatusError:
    return StatusError(422, "Invalid", f"the server rejected our request due to an error in our request: {message}", details={})


def _apply(document: Json, operation: dict[str, Json]) -> Json:
    kind, path = operation.get("op"), _pointer(operation.get("path", ""))
    if kind == "test":
        try:
            actual = _at(document, path)
        except (KeyError, IndexError, ValueError):
            actual = None
        if actual != operation.get("value"):
            raise _refuse(f"testing value {operation['path']} failed: test failed")
        return document
    try:
        if kind in ("move", "copy"):
            value = copy.deepcopy(_at(document, _pointer(operation["from"])))
            if kind == "move":
                document = _remove(document, _pointer(operation["from"]))
            return _add(document, path, value)
        if kind == "add":
            return _add(document, path, operation.get("value"))
        if kind == "remove":
            return _remove(document, path)
        if kind == "replace":
            _at(document, path)
            return _add(_remove(document, path), path, operation.get("value")) if path else operation.get("value")
    except (KeyError, IndexError, ValueError, TypeError):
        sentence = f'{kind} operation does not apply: doc is missing path: "{operation.get("path")}": missing value'
        raise _refuse(sentence) from None
    raise bad_request(f"unknown JSON patch operation {kind!r}")


def _pointer(text: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _at(document: Json, path: list[str]) -> Json:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document


def _add(document: Json, path: list[str], value: Json) -> Json:
    if not path:
        return value
    parent = _at(document, path[:-1])
    if isinstance(parent, list):
        place = len(parent) if path[-1] == "-" else int(path[-1])
        if not 0 <= place <= len(parent):
            raise IndexError(place)
        parent.insert(place, value)
    elif isinstance(parent, dict):
        parent[path[-1]] = value
    else:
        raise TypeError(path)
    return document


def _remove(document: Json, path: list[str]) -> Json:
    parent = _at(document, path[:-1])
    if isinstance(parent, list):
        del parent[int(path[-1])]
    else:
        del parent[path[-1]]
    return document
