"""GET of one object and of lists: pages, Tables, metadata only. Bodies are joined from the bytes at rest."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from msgspec.json import decode as decode_json
from msgspec.json import encode

from tui.simulator.kubernetes import errors, tables
from tui.simulator.kubernetes.faults import Faults
from tui.simulator.kubernetes.history import Stored
from tui.simulator.kubernetes.request import Selection, Target, number, version
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.storage import Key, Storage, decode
from tui.simulator.kubernetes.views import body_of

PAGE_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the "
    "continue parameter, or use the continue token in this response to retrieve the remainder of the results."
)


def head_length(resource: Resource) -> int:
    """How many bytes ``{"kind":…,"apiVersion":…,`` takes in a stored body: a list's items come without them."""
    return len(f'{{"kind":"{resource.kind}","apiVersion":"{resource.api_version}",')


def rendered(stored: Stored, form: str, include: str, now: float, resource: Resource) -> bytes:
    """One object in the form asked for."""
    if form == "Table":
        return tables.table_body(resource, [decode(stored)], now, include, {"resourceVersion": str(stored.version)})
    if form == "PartialObjectMetadata":
        return encode(partial(stored))
    return body_of(resource, stored)


def partial(stored: Stored) -> dict[str, object]:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": decode(stored)["metadata"]}


class Page:
    """One page of a list: what it holds and how it goes on."""

    def __init__(self, items: list[Stored], version: int, next_key: Key | None, remaining: int | None) -> None:
        self.items = items
        self.version = version
        self.next_key = next_key
        self.remaining = remaining

    def metadata(self) -> dict[str, object]:
        """The list's ``metadata``."""
        metadata: dict[str, object] = {"resourceVersion": str(self.version)}
        if self.next_key is not None:
            metadata["continue"] = token(self.version, self.next_key)
            if self.remaining is not None:
                metadata["remainingItemCount"] = self.remaining
        return metadata


def page(storage: Storage, target: Target, query: Mapping[str, str], faults: Faults) -> Page:
    """Read one page. Later pages show the newest state under the first page's resourceVersion: a watch from there repeats
    whatever changed in between, so nothing is missed."""
    selection = Selection.of(target, query)
    table = storage.tables[target.resource.stored]
    limit = number(query, "limit") or 0
    listed, after = storage.version, ("", "")
    if query.get("continue"):
        listed, after = _continued(storage, target, query["continue"], faults)
    else:
        wanted = version(query)
        if wanted is not None and wanted > storage.version:
            raise errors.StatusError(504, "Timeout", f"Too large resource version: {wanted}, current: {storage.version}")
        if query.get("resourceVersion") == "0":
            limit = 0  # the watch cache ignores it
    keys = table.within(target.namespace, after)
    items: list[Stored] = []
    for position, key in enumerate(keys):
        if limit and len(items) == limit:
            remaining = len(keys) - position if selection.everything else None
            return Page(items, listed, keys[position - 1], remaining)
        stored = table.objects[key]
        if selection.labels is not None and not selection.labels(stored.labels):
            continue
        if selection.fields and not selection.fields.matches(stored, stored.facts):
            continue
        items.append(stored)
    return Page(items, listed, None, None)


def token(listed: int, last: Key) -> str:
    """The opaque ``continue``: where the page ended and in which state of the world."""
    return base64.urlsafe_b64encode(encode({"v": "meta.k8s.io/v1", "rv": listed, "start": list(last)})).decode()


def _continued(storage: Storage, target: Target, text: str, faults: Faults) -> tuple[int, Key]:
    try:
        content = decode_json(base64.urlsafe_b64decode(text))
        listed, start = int(content["rv"]), (str(content["start"][0]), str(content["start"][1]))
    except (ValueError, KeyError, TypeError, IndexError):
        raise errors.bad_request("continue key is not valid: illegal base64 data") from None
    if faults.take("gone_continue") or (0 <= listed < storage.tables[target.resource.stored].log.floor):
        raise errors.expired(PAGE_TOO_OLD, token(-1, start))
    return (storage.version if listed < 0 else listed), start


def list_body(found: Page, resource: Resource, form: str, include: str, now: float) -> bytes:
    """The list's JSON in the form asked for."""
    if form == "Table":
        return tables.table_body(resource, map(decode, found.items), now, include, found.metadata())
    if form == "PartialObjectMetadataList":
        head = encode({"kind": form, "apiVersion": "meta.k8s.io/v1", "metadata": found.metadata()})
        return head[:-1] + b',"items":[' + b",".join([encode(partial(stored)) for stored in found.items]) + b"]}"
    cut = head_length(resource)
    head_bytes = encode({"kind": f"{resource.kind}List", "apiVersion": resource.api_version, "metadata": found.metadata()})
    items_bytes = b",".join([b"{" + body_of(resource, stored)[cut:] for stored in found.items])
    return head_bytes[:-1] + b',"items":[' + items_bytes + b"]}"
