"""Walks of an answer beside the shape that botocore's model has for it. The shapes come from ``session.py``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.sources.aws.whole import iso


def dated(shape: Any, value: Any) -> Any:
    """``value`` with its timestamps (epoch numbers) in ISO 8601; what the shape lacks stays as it is."""
    if shape is None:
        return value
    if shape.type_name == "structure" and isinstance(value, Mapping):
        return {name: dated(shape.members.get(name), item) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [dated(shape.member, item) for item in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {name: dated(shape.value, item) for name, item in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return iso(value)
    return value


def unknown(shape: Any, value: Any, path: str, found: list[str]) -> None:
    """Add to ``found`` the paths of members in ``value`` that the shape lacks."""
    if shape.type_name == "structure" and isinstance(value, Mapping):
        if getattr(shape, "is_document_type", False):
            return
        for name, item in value.items():
            place = f"{path}.{name}" if path else str(name)
            if name in shape.members:
                unknown(shape.members[name], item, place, found)
            else:
                found.append(place)
    elif shape.type_name == "list" and isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            unknown(shape.member, item, f"{path}[{number}]", found)
    elif shape.type_name == "map" and isinstance(value, Mapping):
        for name, item in value.items():
            unknown(shape.value, item, f"{path}.{name}", found)
