"""What the protocols share: the request and answer as plain data, and reading JSON-like values by their shape."""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tui.simulator.aws.registry import AwsError

NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as it came. ``headers`` have lower-case names; ``path`` and ``query`` are still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Outgoing:
    """An answer. ``events`` is the async iterator of an event stream, then ``body`` is what precedes it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    events: Any = None


class Protocol(ABC):
    """One wire protocol."""

    name: str

    @abstractmethod
    def operation(self, model: Any, incoming: Incoming) -> str:
        """The operation's name as the client spelt it."""

    @abstractmethod
    def parse(self, operation: Any, incoming: Incoming) -> dict[str, Any]:
        """The parameters under the model's member names; times as epoch seconds, blobs as bytes."""

    @abstractmethod
    def answer(self, operation: Any, result: Mapping[str, Any], request_id: str) -> Outgoing:
        """A success."""

    @abstractmethod
    def error(self, model: Any | None, error: AwsError, shape: Any | None, request_id: str) -> Outgoing:
        """A refusal. ``shape`` is the modelled exception, where the operation has one of that name."""


def serialization_error(message: str) -> AwsError:
    """What AWS says about a body that does not fit the types of the operation."""
    return AwsError("SerializationException", message)


def wire_name(shape: Any, member: str) -> str:
    """The name of a member in a body."""
    return str(shape.serialization.get("name", member))


def read(shape: Any, value: Any, path: str = "") -> Any:
    """Turn a JSON or CBOR value into what handlers get; unknown members are dropped, nulls count as absent."""
    kind = shape.type_name
    if kind == "structure":
        return _read_structure(shape, value, path)
    if kind == "list":
        if not isinstance(value, list):
            raise serialization_error(f"Expected list or null at {path or 'the body'}")
        return [read(shape.member, item, path) for item in value if item is not None]
    if kind == "map":
        if not isinstance(value, dict):
            raise serialization_error(f"Expected map or null at {path}")
        return {str(key): read(shape.value, item, path) for key, item in value.items() if item is not None}
    return _read_scalar(shape, value, path)


def _read_structure(shape: Any, value: Any, path: str) -> Any:
    if not isinstance(value, dict):
        raise serialization_error("Unexpected field type" if path else "Start of structure or map found where not expected.")
    if shape.is_document_type:
        return value
    result = {}
    for member, inner in shape.members.items():
        found = value.get(wire_name(inner, member))
        if found is not None:
            result[member] = read(inner, found, f"{path}.{member}" if path else member)
    return result


def _read_scalar(shape: Any, value: Any, path: str) -> Any:
    kind = shape.type_name
    if kind in ("string", "character"):
        if not isinstance(value, str):
            raise serialization_error(f"{_word(value)} can not be converted to a String")
        return value
    if kind == "boolean":
        if not isinstance(value, bool):
            raise serialization_error(f"{_word(value)} can not be converted to a Boolean")
        return value
    if kind in NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise serialization_error(
                f"{_word(value)} can not be converted to {'an Integer' if kind != 'double' else 'a Double'}"
            )
        return NUMBERS[kind](value)
    if kind == "timestamp":
        return read_time(value)
    if kind == "blob":
        return _read_blob(value, path)
    return value


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    return "NUMBER_VALUE" if isinstance(value, (int, float)) else "STRING_VALUE" if isinstance(value, str) else "START_OBJECT"


def _read_blob(value: Any, path: str) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError) as wrong:
        raise serialization_error(f"Invalid base64 at {path}") from wrong


def read_time(value: Any) -> float:
    """Epoch seconds from a number, an ISO 8601 text, or what CBOR's tag 1 was decoded to."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError as wrong:
        raise serialization_error(f"Invalid timestamp: {value}") from wrong
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def epoch(value: Any) -> float:
    """Epoch seconds of what a handler gave as a time."""
    return value.timestamp() if isinstance(value, datetime) else float(value)


def iso(value: Any) -> str:
    """ISO 8601 with milliseconds and Z, as the XML protocols write times."""
    return datetime.fromtimestamp(epoch(value), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def message_member(shape: Any | None) -> str:
    """``message`` or ``Message``, as the modelled exception spells it."""
    members = shape.members if shape is not None else {}
    return next((name for name in members if name.lower() == "message"), "message")
