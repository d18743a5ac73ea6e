"""What an object is after a PATCH: by JSON patch, merge patch, strategic merge patch or server-side apply."""

from __future__ import annotations

import copy
from typing import Any

from msgspec import DecodeError
from msgspec.json import decode as decode_json

from tui.simulator.kubernetes import errors, patch, shapes
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.request import Target
from tui.simulator.kubernetes.times import stamp

PATCHES = (
    "application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml",
    "application/strategic-merge-patch+json", "application/apply-patch+cbor",
)  # fmt: skip


def changed(target: Target, media: str, data: bytes, old: Object) -> Object:
    """``old`` with a patch applied; 409 when the patch names another resourceVersion."""
    try:
        content = decode_json(data)
    except DecodeError as error:
        raise errors.bad_request(f"error decoding patch: {error}") from None
    if not isinstance(content, list if media == PATCHES[0] else dict):
        raise errors.bad_request(
            "error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}"
        )
    old_metadata, old = old["metadata"], copy.deepcopy(old)
    if media == PATCHES[0]:
        new = patch.json_patch(old, content)
    elif media == PATCHES[1]:
        new = patch.merge(old, content)
    else:
        new = patch.strategic(old, content)
    shapes.check(target.resource.kind, new)
    metadata = new.get("metadata") or {}
    if metadata.get("resourceVersion") != old_metadata.get("resourceVersion"):
        raise errors.conflict(target.resource, target.name)
    if metadata.get("uid") != old_metadata.get("uid"):
        why = f"Precondition failed: UID in precondition: {metadata.get('uid')}, UID in object meta: {old_metadata['uid']}"
        raise errors.conflict(target.resource, target.name, why)
    return dict(new)


def applied(target: Target, old: Object, content: Any, manager: str, now: float) -> Object:
    """Server-side apply, without field ownership: ``content`` is merged in and the manager noted; ``old`` where nothing but
    that would differ."""
    new = patch.strategic(copy.deepcopy(old), content)
    listed = [m for m in new["metadata"].get("managedFields") or () if m.get("manager") != manager]
    entry = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": target.resource.api_version,
        "time": stamp(now),
    }
    new["metadata"]["managedFields"] = [*listed, {**entry, "fieldsType": "FieldsV1", "fieldsV1": {}}]
    return old if _unmanaged(old) == _unmanaged(new) else new


def _unmanaged(obj: Object) -> Object:
    return {**obj, "metadata": {k: v for k, v in obj["metadata"].items() if k != "managedFields"}}
