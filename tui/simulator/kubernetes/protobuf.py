"""Bodies in protobuf: newer kubectl writes built-in kinds so. They are turned into what their JSON would be.

Field numbers stand in ``messages.toml``. Go's encoder writes zero values of plain members and leaves out nil pointers; the
JSON of a plain zero member has no such member, so zeros are dropped but for members that are pointers.
"""

from __future__ import annotations

import base64
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.times import stamp

MAGIC = b"k8s\0"
#: members whose fields stand in their parent in JSON
INLINE = frozenset(("volumeSource", "localObjectReference", "handler", "ingressRuleValue"))
#: pointers: zero and false are values
POINTERS = frozenset((
    "replicas", "parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished", "terminationGracePeriodSeconds",
    "gracePeriodSeconds", "revisionHistoryLimit", "controller", "blockOwnerDeletion", "automountServiceAccountToken", "suspend",
    "activeDeadlineSeconds", "maxUnavailable", "maxSurge", "minAvailable", "allowPrivilegeEscalation", "runAsNonRoot", "optional",
    "successfulJobsHistoryLimit", "failedJobsHistoryLimit", "enableServiceLinks", "readOnlyRootFilesystem", "runAsUser",
))  # fmt: skip
KEPT_EMPTY = frozenset(("emptyDir", "podSelector", "selector"))


class Field(NamedTuple):
    """One field of a message."""

    name: str
    kind: str
    repeated: bool


@cache
def messages() -> dict[str, dict[int, Field]]:
    """All messages by name, their fields by number."""
    with (Path(__file__).parent / "messages.toml").open("rb") as file:
        texts: dict[str, str] = tomllib.load(file)
    found: dict[str, dict[int, Field]] = {}
    for name, text in texts.items():
        fields = found[name] = {}
        for part in text.replace("\n", " ").split(","):
            code, _, member = part.strip().partition(" ")
            digits = len(code) - len(code.lstrip("0123456789"))
            kind = code[digits:]
            fields[int(code[:digits])] = Field(member, kind.removeprefix("*"), kind.startswith("*"))
    return found


def decode(data: bytes) -> Object:
    """The object in ``data``, an envelope of Kubernetes; ValueError when it is none, or of a kind that is not known."""
    if data[:4] != MAGIC:
        raise ValueError("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    head: dict[str, str] = {}
    raw = b""
    for number, value in _pieces(data[4:]):
        if number == 1 and isinstance(value, bytes):
            names = {1: "apiVersion", 2: "kind"}
            head = {names[n]: v.decode() for n, v in _pieces(value) if n in names and isinstance(v, bytes)}
        elif number == 2 and isinstance(value, bytes):
            raw = value
    if head.get("kind", "") not in messages():
        raise ValueError(f"no protobuf messages of kind {head.get('kind')!r} are known here")
    return {"kind": head["kind"], "apiVersion": head.get("apiVersion", ""), **_message(head["kind"], raw)}


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _pieces(data: bytes) -> list[tuple[int, int | bytes]]:
    """Field numbers with their raw values: integers, or bytes."""
    found: list[tuple[int, int | bytes]] = []
    at = 0
    try:
        while at < len(data):
            tag, at = _varint(data, at)
            wire = tag & 7
            if wire == 0:
                value, at = _varint(data, at)
                found.append((tag >> 3, value))
                continue
            size = {1: 8, 5: 4}.get(wire, 0)
            if wire == 2:
                size, at = _varint(data, at)
            elif not size:
                raise ValueError(f"wire type {wire}")
            found.append((tag >> 3, data[at : at + size]))
            at += size
    except IndexError:
        raise ValueError("unexpected EOF") from None
    return found


def _message(name: str, data: bytes) -> Object:
    fields = messages().get(name, {})
    result: Object = {}
    for number, raw in _pieces(data):
        field = fields.get(number)
        if field is None or field.kind == "x":
            continue
        if field.kind.startswith("m"):
            key, value = _entry(field.kind[1:], raw)
            result.setdefault(field.name, {})[key] = value
            continue
        value = _value(field.kind, raw)
        if field.name in INLINE and isinstance(value, dict):
            result.update(value)
        elif field.repeated:
            result.setdefault(field.name, []).append(value)
        elif value not in (None, "", 0, {}) or field.name in POINTERS or (value == {} and field.name in KEPT_EMPTY):
            result[field.name] = value
    return result


def _value(kind: str, raw: int | bytes) -> Any:
    if isinstance(raw, int):
        if kind == "t":
            return bool(raw)
        return raw - (1 << 64) if raw >= 1 << 63 else raw
    if kind.startswith(":"):
        return _message(kind[1:], raw)
    if kind == "b":
        return base64.b64encode(raw).decode()
    parts = dict(_pieces(raw)) if kind in ("Q", "T", "I") else {}
    if kind == "Q":
        return bytes(parts.get(1, b"")).decode()
    if kind == "T":
        return stamp(float(int(parts[1]))) if parts.get(1) else None
    if kind == "I":
        return bytes(parts[3]).decode() if parts.get(1) else int(parts.get(2, 0))
    return raw.decode()


def _entry(kind: str, raw: int | bytes) -> tuple[str, Any]:
    parts = dict(_pieces(raw)) if isinstance(raw, bytes) else {}
    key = parts.get(1, b"")
    return key.decode() if isinstance(key, bytes) else str(key), _value(kind, parts.get(2, b""))
