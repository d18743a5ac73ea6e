"""restJson 1: method and path name the operation; members travel in path, query string, headers and body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from tui.simulator.aws.protocols.base import Incoming, Outgoing, Protocol, message_member, read, serialization_error
from tui.simulator.aws.protocols.json_rpc import dump, load_body
from tui.simulator.aws.registry import AwsError

_LABEL = re.compile(r"\{(\w+)(\+?)\}")


@cache
def _routes(model: Any) -> list[tuple[str, re.Pattern[str], str]]:
    """(method, pattern of the path, operation), more literal paths first."""
    found = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        path = http["requestUri"].split("?")[0].rstrip("/") or "/"
        pattern = "".join(
            re.escape(part)
            if index % 3 == 0
            else ""
            if index % 3 == 2
            else f"(?P<{part}>{'.+' if parts[index + 1] else '[^/]+'})"
            for parts in [_LABEL.split(path)]
            for index, part in enumerate(parts)
        )
        found.append((http["method"], re.compile(f"^{pattern}/?$"), name, path.count("{")))
    return [(method, pattern, name) for method, pattern, name, _ in sorted(found, key=lambda item: item[3])]


class RestJsonProtocol(Protocol):
    """EKS and EFS."""

    name = "rest-json"

    def operation(self, model: Any, incoming: Incoming) -> str:
        return next(
            (name for method, pattern, name in _routes(model) if method == incoming.method and pattern.match(incoming.path)), ""
        )

    def parse(self, operation: Any, incoming: Incoming) -> dict[str, Any]:
        shape = operation.input_shape
        if shape is None:
            return {}
        pattern = next(p for _, p, name in _routes(operation.service_model) if name == operation.name)
        match = pattern.match(incoming.path)
        labels = {key: unquote(value) for key, value in (match.groupdict() if match else {}).items()}
        query: dict[str, list[str]] = {}
        for key, value in parse_qsl(incoming.query, keep_blank_values=True):
            query.setdefault(key, []).append(value)
        result = self._located(shape, labels, query, incoming.headers)
        payload = shape.serialization.get("payload")
        if payload:
            inner = shape.members[payload]
            result[payload] = incoming.body if inner.type_name == "blob" else read(inner, load_body(incoming.body))
        else:
            body = read(shape, load_body(incoming.body))
            result.update({key: value for key, value in body.items() if "location" not in shape.members[key].serialization})
        return result

    def _located(
        self, shape: Any, labels: Mapping[str, str], query: Mapping[str, list[str]], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for member, inner in shape.members.items():
            place = inner.serialization.get("location")
            name = inner.serialization.get("name", member)
            if place == "uri" and name in labels:
                result[member] = _text_value(inner, [labels[name]])
            elif place == "querystring" and name in query:
                result[member] = _text_value(inner, query[name])
            elif place == "header" and name.lower() in headers:
                result[member] = _text_value(inner, [headers[name.lower()]])
        return result

    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        shape = operation.output_shape
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id}
        if shape is not None:
            for member, inner in shape.members.items():
                if inner.serialization.get("location") == "header" and result.get(member) is not None:
                    headers[inner.serialization.get("name", member)] = str(result[member])
        return Outgoing(int(operation.http.get("responseCode", 200)), headers, dump(shape, result) if shape is not None else b"")

    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        body = {message_member(shape): error.message, **error.extra}
        if shape is not None and "ErrorCode" in shape.members:
            body["ErrorCode"] = error.code
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": request_id, "x-amzn-ErrorType": error.code}
        return Outgoing(error.status, headers, json.dumps(body).encode())


def _text_value(shape: Any, texts: list[str]) -> Any:
    """A member that came as text, outside the body."""
    kind = shape.type_name
    if kind == "list":
        return [_text_value(shape.member, [text]) for text in texts]
    text = texts[-1]
    if kind == "boolean":
        return text == "true"
    if kind in ("integer", "long"):
        if not re.fullmatch(r"-?\d+", text):
            raise serialization_error(f"STRING_VALUE can not be converted to an Integer: {text}")
        return int(text)
    return text
