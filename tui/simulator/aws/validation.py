"""Requests against the model's constraints: what AWS refuses before it looks at the account is refused here.

Required members, lengths, ranges, list limits and enumerations of the input come from botocore's service models; regular
expressions are left to handlers, since the models write them for another engine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tui.simulator.aws.registry import AwsError
from tui.simulator.aws.wording import refusal

NUMERIC = ("integer", "long", "float", "double")


def violations(shape: Any, value: Any, path: str = "") -> Iterator[tuple[str, str, str]]:
    """(kind, path, constraint) of each thing wrong; kind is ``missing``, ``enum``, ``length`` or ``range``."""
    kind = shape.type_name
    if kind == "structure":
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _bounds(shape, len(value), path, "length")
        for number, item in enumerate(value, start=1):
            yield from violations(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _bounds(shape, len(value), path, "length")
        for item in value.values():
            yield from violations(shape.value, item, path)
    elif kind in ("string", "blob"):
        yield from _bounds(shape, len(value), path, "length")
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield "enum", path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    elif kind in NUMERIC:
        yield from _bounds(shape, value, path, "range")


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    if shape.is_document_type:
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield "missing", f"{path}.{name}" if path else name, "Member must not be null"
    for name, item in value.items():
        yield from violations(shape.members[name], item, f"{path}.{name}" if path else name)


def _bounds(shape: Any, number: float, path: str, kind: str) -> Iterator[tuple[str, str, str]]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    word = "length" if kind == "length" else "value"
    if low is not None and number < float(low):
        yield kind, path, f"Member must have {word} greater than or equal to {low}"
    if high is not None and number > float(high):
        yield kind, path, f"Member must have {word} less than or equal to {high}"


def check(service: str, protocol: str, operation: Any, params: Mapping[str, Any]) -> None:
    """Raise AWS's refusal when ``params`` break the model's constraints."""
    shape = operation.input_shape
    found = list(violations(shape, params)) if shape is not None else []
    if found:
        raise _refuse(service, protocol, params, found)


def _refuse(service: str, protocol: str, params: Mapping[str, Any], found: list[tuple[str, str, str]]) -> AwsError:
    kind, path, constraint = found[0]
    if service == "ec2" and kind == "missing":
        return AwsError("MissingParameter", f"The request must contain the parameter {path}")
    if service == "cloudwatch":
        if kind == "missing":
            return AwsError("MissingParameter", f"The parameter {path} is required.")
        return AwsError(
            "InvalidParameterValue", f"Value {_at(params, path)} at '{path}' failed to satisfy constraint: {constraint}"
        )
    if service == "ecr":
        return AwsError(
            "InvalidParameterException", f"Invalid parameter at '{path}' failed to satisfy constraint: '{constraint}'"
        )
    parts = [
        f"Value {_quoted(_at(params, path))} at '{_lower(path)}' failed to satisfy constraint: {text}" for _, path, text in found
    ]
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return refusal("invalid", service, protocol, message=count + "; ".join(parts))


def _at(params: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(params, Mapping):
            params = params.get(part)
        elif isinstance(params, list) and part.isdigit():
            params = params[int(part) - 1]
    return params


def _quoted(value: Any) -> str:
    return "null" if value is None else f"'{value}'"


def _lower(path: str) -> str:
    return ".".join(part[:1].lower() + part[1:] for part in path.split("."))


def answer_faults(shape: Any | None, value: Any, path: str = "") -> list[str]:
    """What in a handler's answer the model does not know or types otherwise; tests demand an empty list."""
    if shape is None:
        return [f"{path or 'answer'}: the operation has no output"] if value else []
    if value is None:
        return []
    kind = shape.type_name
    if kind == "structure":
        if shape.serialization.get("eventstream"):
            return [] if hasattr(value, "__aiter__") else [f"{path}: not an event stream"]
        if not isinstance(value, Mapping):
            return [f"{path}: not a structure"]
        known = [f for k, v in value.items() if k in shape.members for f in answer_faults(shape.members[k], v, f"{path}.{k}")]
        return known + [f"{path}.{k}: not in {shape.name}" for k in value if k not in shape.members]
    if kind == "list":
        if hasattr(value, "__aiter__"):
            return []
        if not isinstance(value, (list, tuple)):
            return [f"{path}: not a list"]
        return [fault for item in value for fault in answer_faults(shape.member, item, f"{path}[]")]
    if kind == "map":
        return [fault for item in value.values() for fault in answer_faults(shape.value, item, f"{path}{{}}")]
    return [] if _fits(kind, value) else [f"{path}: {type(value).__name__} is not a {kind}"]


def _fits(kind: str, value: Any) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "long"):
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in ("float", "double"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind == "timestamp":
        return hasattr(value, "timestamp") or isinstance(value, (int, float))
    if kind == "blob":
        return isinstance(value, bytes)
    return isinstance(value, str)
