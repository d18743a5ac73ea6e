"""Server-side Tables (``as=Table``): what ``kubectl get`` prints. Columns and cells are those of Kubernetes' own printers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.json import encode

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.printing import PRINTERS, Printer, default_printer
from tui.simulator.kubernetes.resources import PODS, Resource

_ENDED = {
    "Succeeded": {"type": "Completed", "status": "True", "reason": "Succeeded", "message": "The pod has completed successfully."},
    "Failed": {"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."},
}


def table_body(resource: Resource, objects: Iterable[Object], now: float, include: str, metadata: dict[str, Any]) -> bytes:
    """The Table of ``objects`` as JSON; ``include`` is ``None``, ``Metadata`` or ``Object``; ``now`` for ages.

    Each row is encoded as it is made: ten thousand decoded pods at once would cost the garbage collector seconds.
    """
    printer = PRINTERS.get(resource.stored, default_printer)
    head = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [definition(*column) for column in printer.columns],
    }
    rows = b",".join([encode(row(resource, printer, obj, now, include)) for obj in objects])
    return encode(head)[:-1] + b',"rows":[' + rows + b"]}"


def event_body(resource: Resource, obj: Object, now: float, include: str, first: bool) -> dict[str, Any]:
    """The Table of one object of a watch; only the first of a stream describes the columns."""
    printer = PRINTERS.get(resource.stored, default_printer)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": obj["metadata"]["resourceVersion"]},
        "columnDefinitions": [definition(*column) for column in printer.columns] if first else None,
        "rows": [row(resource, printer, obj, now, include)],
    }


def definition(name: str, kind: str, priority: int) -> dict[str, Any]:
    """One column."""
    return {"name": name, "type": kind, "format": "name" if name == "Name" else "", "description": name, "priority": priority}


def row(resource: Resource, printer: Printer, obj: Object, now: float, include: str) -> dict[str, Any]:
    """One row: cells and the object, or its metadata, that they belong to."""
    shown: dict[str, Any] = {"cells": printer.cells(obj, now)}
    if resource is PODS and (ended := _ENDED.get((obj.get("status") or {}).get("phase", ""))):
        shown["conditions"] = [ended]
    if include == "Object":
        shown["object"] = obj
    elif include != "None":
        shown["object"] = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": obj["metadata"]}
    return shown
