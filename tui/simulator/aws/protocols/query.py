"""awsQuery and ec2Query: a form with ``Action`` and dotted names comes in, XML goes out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from tui.simulator.aws.protocols.base import NUMBERS, Incoming, Outgoing, Protocol, iso, read_time
from tui.simulator.aws.registry import AwsError

Tree = dict[str, Any]
LEAF = ""  # the key under which a node of the tree keeps its own text


def form(incoming: Incoming) -> dict[str, str]:
    """The form's fields, from the body or (GET) from the query string."""
    text = incoming.body.decode("utf-8", "replace") if incoming.method == "POST" and incoming.body else incoming.query
    return dict(parse_qsl(text, keep_blank_values=True))


def tree(fields: Mapping[str, str]) -> Tree:
    """``{"A.member.1.B": "x"}`` → ``{"A": {"member": {"1": {"B": {"": "x"}}}}}``."""
    root: Tree = {}
    for name, value in fields.items():
        node = root
        for part in name.split("."):
            node = node.setdefault(part, {})
        node[LEAF] = value
    return root


class QueryProtocol(Protocol):
    """IAM, STS, ELBv2, EC2 Auto Scaling; one way of three to CloudWatch."""

    name = "query"

    def operation(self, model: Any, incoming: Incoming) -> str:
        return form(incoming).get("Action", "")

    def parse(self, operation: Any, incoming: Incoming) -> dict[str, Any]:
        if operation.input_shape is None:
            return {}
        parsed: dict[str, Any] = self._structure(operation.input_shape, tree(form(incoming)))
        return parsed

    def _member_name(self, shape: Any, member: str) -> str:
        return str(shape.serialization.get("name", member))

    def _value(self, shape: Any, node: Tree) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape, node)
        if kind == "list":
            return [self._value(shape.member, item) for item in self._items(shape, node)]
        if kind == "map":
            return self._map(shape, node)
        return _scalar(shape, node.get(LEAF, ""))

    def _structure(self, shape: Any, node: Tree) -> dict[str, Any]:
        result = {}
        for member, inner in shape.members.items():
            name = self._member_name(inner, member)
            if inner.type_name == "list" and inner.serialization.get("flattened"):
                name = inner.member.serialization.get("name", name)
            if name in node:
                result[member] = self._value(inner, node[name])
        return result

    def _items(self, shape: Any, node: Tree) -> list[Tree]:
        for name in (shape.member.serialization.get("name", "member"), "member"):
            if name in node and not shape.serialization.get("flattened"):
                return _numbered(node[name])
        return _numbered(node)

    def _map(self, shape: Any, node: Tree) -> dict[str, Any]:
        entries = _numbered(node if shape.serialization.get("flattened") else node.get("entry", {}))
        key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        return {entry[key][LEAF]: self._value(shape.value, entry.get(value, {})) for entry in entries if key in entry}

    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        shape, name = operation.output_shape, operation.name
        body = members(shape, result) if shape is not None else ""
        wrapper = shape.serialization.get("resultWrapper") if shape is not None else None
        inner = f"<{wrapper}>{body}</{wrapper}>" if wrapper else body
        namespace = operation.service_model.metadata.get("xmlNamespace", "")
        text = (
            f'<{name}Response xmlns="{namespace}">{inner}'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{name}Response>"
        )
        return Outgoing(200, xml_headers(request_id), text.encode())

    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        namespace = model.metadata.get("xmlNamespace", "") if model is not None else ""
        side = "Receiver" if error.status >= 500 else "Sender"
        text = (
            f'<ErrorResponse xmlns="{namespace}"><Error><Type>{side}</Type><Code>{escape(error.code)}</Code>'
            f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
        )
        return Outgoing(error.status, xml_headers(request_id), text.encode())


class Ec2Protocol(QueryProtocol):
    """EC2's dialect: lists are flat, names start with a capital, the answer has no result wrapper."""

    name = "ec2"

    def _member_name(self, shape: Any, member: str) -> str:
        query_name = shape.serialization.get("queryName")
        name = str(shape.serialization.get("name", member))
        return str(query_name) if query_name else name[:1].upper() + name[1:]

    def _structure(self, shape: Any, node: Tree) -> dict[str, Any]:
        names = {member: self._member_name(inner, member) for member, inner in shape.members.items()}
        return {member: self._value(shape.members[member], node[name]) for member, name in names.items() if name in node}

    def _items(self, shape: Any, node: Tree) -> list[Tree]:
        return _numbered(node)

    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        shape, name = operation.output_shape, operation.name
        namespace = operation.service_model.metadata["xmlNamespace"]
        body = members(shape, result) if shape is not None else "<return>true</return>"
        text = f'<{name}Response xmlns="{namespace}/"><requestId>{request_id}</requestId>{body}</{name}Response>'
        return Outgoing(200, xml_headers(request_id), text.encode())

    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        text = (
            f"<Response><Errors><Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>"
        )
        return Outgoing(error.status, xml_headers(request_id), text.encode())


def xml_headers(request_id: str) -> dict[str, str]:
    """Headers of an XML answer."""
    return {"Content-Type": "text/xml", "x-amzn-RequestId": request_id}


def _numbered(node: Tree) -> list[Tree]:
    numbers = sorted(int(key) for key in node if key.isdigit())
    return [node[str(number)] for number in numbers]


def _scalar(shape: Any, text: str) -> Any:
    kind = shape.type_name
    if kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise AwsError("MalformedInput", f"Invalid boolean value: {text}")
        return text.lower() == "true"
    if kind in NUMBERS:
        try:
            return NUMBERS[kind](text)
        except ValueError as wrong:
            raise AwsError("MalformedInput", f"Invalid number: {text}") from wrong
    if kind == "timestamp":
        return read_time(text)
    return base64.b64decode(text) if kind == "blob" else text


def members(shape: Any, value: Mapping[str, Any]) -> str:
    """The members of a structure as XML elements, in the model's order."""
    return "".join(
        element(str(inner.serialization.get("name", member)), inner, value[member])
        for member, inner in shape.members.items()
        if value.get(member) is not None
    )


def element(name: str, shape: Any, value: Any) -> str:
    """One value as an XML element; a flattened list gives several."""
    kind = shape.type_name
    if kind == "structure":
        return f"<{name}>{members(shape, value)}</{name}>"
    if kind == "list":
        inner = str(shape.member.serialization.get("name", "member"))
        if shape.serialization.get("flattened"):
            return "".join(element(str(shape.member.serialization.get("name", name)), shape.member, item) for item in value)
        return f"<{name}>{''.join(element(inner, shape.member, item) for item in value)}</{name}>"
    if kind == "map":
        key, entry = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        pairs = "".join(
            f"<entry>{element(key, shape.key, one)}{element(entry, shape.value, item)}</entry>" for one, item in value.items()
        )
        return f"<{name}>{pairs}</{name}>"
    return f"<{name}>{escape(_text(kind, value))}</{name}>"


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "timestamp":
        return iso(value)
    if kind == "blob":
        return base64.b64encode(value).decode()
    return str(value)
