"""awsJson 1.0 and 1.1: ``X-Amz-Target`` names the operation, the body is one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from tui.simulator.aws.protocols import eventstream
from tui.simulator.aws.protocols.base import (
    Incoming,
    Outgoing,
    Protocol,
    epoch,
    message_member,
    read,
    serialization_error,
    wire_name,
)
from tui.simulator.aws.registry import AwsError

_plain: dict[int, bool] = {}


def load_body(body: bytes) -> Any:
    """The body's JSON; an empty body counts as an empty object."""
    try:
        return json.loads(body) if body else {}
    except ValueError as wrong:
        raise serialization_error("Could not parse request body into json") from wrong


def dump(shape: Any | None, value: Mapping[str, Any]) -> bytes:
    """A handler's answer as JSON. Answers whose names are the wire's own are not walked: they can be large."""
    if shape is None:
        return b"{}"
    data = value if is_plain(shape) else rename(shape, value)
    body = msgspec.json.encode(data)  # bytes become base64
    if b":null" in body or b",null" in body or b"[null" in body:
        body = msgspec.json.encode(without_none(data))
    return body


def without_none(value: Any) -> Any:
    """The value without members that are None: AWS leaves out what is not set."""
    if isinstance(value, Mapping):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [without_none(item) for item in value if item is not None]
    return value


def is_plain(shape: Any) -> bool:
    """Whether every member below ``shape`` is called on the wire what the model calls it."""
    known = _plain.get(id(shape))
    if known is None:
        known = _plain[id(shape)] = _is_plain(shape, set())
    return known


def _is_plain(shape: Any, above: set[str]) -> bool:
    kind = shape.type_name
    if kind == "list":
        return _is_plain(shape.member, above)
    if kind == "map":
        return _is_plain(shape.value, above)
    if kind == "timestamp":
        return bool(shape.serialization.get("timestampFormat", "unixTimestamp") == "unixTimestamp")
    if kind != "structure" or shape.name in above:
        return True
    return all(
        wire_name(inner, member) == member and "location" not in inner.serialization and _is_plain(inner, above | {shape.name})
        for member, inner in shape.members.items()
    )


def rename(shape: Any, value: Any) -> Any:
    """The answer under the wire's names, with times in the wire's format; members in headers are left out."""
    kind = shape.type_name
    if value is None or (kind == "structure" and shape.is_document_type):
        return value
    if kind == "structure":
        return {
            wire_name(inner, member): rename(inner, value[member])
            for member, inner in shape.members.items()
            if value.get(member) is not None and "location" not in inner.serialization
        }
    if kind == "list":
        return [rename(shape.member, item) for item in value]
    if kind == "map":
        return {key: rename(shape.value, item) for key, item in value.items()}
    return epoch(value) if kind == "timestamp" else value


class JsonProtocol(Protocol):
    """ECS, ECR, CloudWatch Logs, Application Auto Scaling and others; one way of three to CloudWatch."""

    name = "json"

    def operation(self, model: Any, incoming: Incoming) -> str:
        return incoming.headers.get("x-amz-target", "").rpartition(".")[2]

    def parse(self, operation: Any, incoming: Incoming) -> dict[str, Any]:
        body = load_body(incoming.body)
        if operation.input_shape is None:
            return {}
        parsed: dict[str, Any] = read(operation.input_shape, body)
        return parsed

    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        shape = operation.output_shape
        if operation.has_event_stream_output:
            return eventstream.answer(operation, result, request_id, dump)
        headers = {"Content-Type": content_type(operation.metadata), "x-amzn-RequestId": request_id}
        return Outgoing(200, headers, dump(shape, result))

    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        body = {"__type": error.code, message_member(shape): error.message, **error.extra}
        headers = {"Content-Type": content_type(model.metadata if model else {}), "x-amzn-RequestId": request_id}
        if model is not None and "awsQueryCompatible" in model.metadata:
            wire = shape.metadata.get("error", {}).get("code", error.code) if shape is not None else error.code
            headers["x-amzn-query-error"] = f"{wire};{'Receiver' if error.status >= 500 else 'Sender'}"
        return Outgoing(error.status, headers, msgspec.json.encode(body))


def content_type(metadata: Mapping[str, Any]) -> str:
    """The media type of the service's version of the protocol."""
    return f"application/x-amz-json-{metadata.get('jsonVersion', '1.1')}"
