"""``application/vnd.amazon.eventstream``: the framing of streaming answers (StartLiveTail).

Each message, big-endian: total length u32, headers' length u32, CRC-32 of these two; headers; payload; CRC-32 of all.
A header: length of the name u8, name, type u8 (7 is a string), length of the value u16, value.
"""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from tui.simulator.aws.protocols.base import Outgoing
from tui.simulator.aws.registry import AwsError

CONTENT_TYPE = "application/vnd.amazon.eventstream"
Dump = Callable[[Any, Mapping[str, Any]], bytes]


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message with string headers."""
    packed = b"".join(_header(name, value) for name, value in headers.items())
    start = struct.pack(">II", 16 + len(packed) + len(payload), len(packed))
    start += struct.pack(">I", binascii.crc32(start))
    rest = start + packed + payload
    return rest + struct.pack(">I", binascii.crc32(rest))


def _header(name: str, value: str) -> bytes:
    key, text = name.encode(), value.encode()
    return struct.pack(">B", len(key)) + key + struct.pack(">BH", 7, len(text)) + text


def answer(operation: Any, result: Mapping[str, Any], request_id: str, dump: Dump) -> Outgoing:
    """Headers, the initial response, then one message an event of the handler's iterator."""
    stream_name = operation.output_shape.event_stream_name
    stream_shape = operation.output_shape.members[stream_name]
    initial = message(_headers("initial-response"), b"{}")
    headers = {"Content-Type": CONTENT_TYPE, "x-amzn-RequestId": request_id}
    return Outgoing(200, headers, initial, _messages(stream_shape, result[stream_name], dump))


async def _messages(shape: Any, events: AsyncIterator[Mapping[str, Any]], dump: Dump) -> AsyncIterator[bytes]:
    try:
        async for event in events:
            for name, value in event.items():
                yield message(
                    _headers(name, bool(shape.members[name].metadata.get("exception"))), dump(shape.members[name], value)
                )
    except AwsError as error:
        yield message(_headers(error.code, exception=True), json.dumps({"message": error.message}).encode())


def _headers(name: str, exception: bool = False) -> dict[str, str]:
    kind = "exception" if exception else "event"
    return {":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"}
