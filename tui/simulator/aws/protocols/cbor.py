"""smithy-rpc-v2-cbor: ``POST /service/<target>/operation/<name>`` with CBOR bodies; AWS's Go SDK asks CloudWatch so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.simulator.aws.protocols.base import Incoming, Outgoing, Protocol, epoch, message_member, read, serialization_error
from tui.simulator.aws.registry import AwsError

NAMESPACE = "com.amazonaws.cloudwatch"


class CborProtocol(Protocol):
    """CloudWatch."""

    name = "cbor"

    def operation(self, model: Any, incoming: Incoming) -> str:
        return incoming.path.rstrip("/").rpartition("/")[2]

    def parse(self, operation: Any, incoming: Incoming) -> dict[str, Any]:
        import cbor2

        try:
            body = cbor2.loads(incoming.body) if incoming.body else {}
        except (cbor2.CBORDecodeError, ValueError) as wrong:
            raise serialization_error("Could not parse request body as CBOR") from wrong
        if operation.input_shape is None:
            return {}
        parsed: dict[str, Any] = read(operation.input_shape, body)
        return parsed

    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        import cbor2

        shape = operation.output_shape
        return Outgoing(200, self._headers(request_id), cbor2.dumps(_encode(shape, result)) if shape is not None else b"\xa0")

    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        import cbor2

        name = shape.name if shape is not None else error.code
        wire = shape.metadata.get("error", {}).get("code", error.code) if shape is not None else error.code
        headers = self._headers(request_id)
        headers["x-amzn-query-error"] = f"{wire};{'Receiver' if error.status >= 500 else 'Sender'}"
        body = {"__type": f"{NAMESPACE}#{name}", message_member(shape): error.message, **error.extra}
        return Outgoing(error.status, headers, cbor2.dumps(body))

    def _headers(self, request_id: str) -> dict[str, str]:
        return {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor", "x-amzn-RequestId": request_id}


def _encode(shape: Any, value: Any) -> Any:
    """The value in CBOR's types: a time is tag 1 with epoch seconds."""
    kind = shape.type_name
    if kind == "structure":
        return {member: _encode(inner, value[member]) for member, inner in shape.members.items() if value.get(member) is not None}
    if kind == "list":
        return [_encode(shape.member, item) for item in value]
    if kind == "map":
        return {key: _encode(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        import cbor2

        return cbor2.CBORTag(1, epoch(value))
    if kind in ("float", "double"):
        return float(value)
    return value
