"""Whether an object has the form that its kind's messages say: objects where objects belong, strings where strings do.

The messages are those of ``protobuf``; members that they do not know are let through.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from tui.simulator.kubernetes.errors import bad_request
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.protobuf import INLINE, Field, messages

PLAIN: dict[str, tuple[str, tuple[type, ...]]] = {
    "s": ("string", (str,)),
    "b": ("[]uint8", (str,)),
    "t": ("bool", (bool,)),
    "i": ("int32", (int,)),
    "Q": ("resource.Quantity", (str, int, float)),
    "T": ("v1.Time", (str,)),
    "I": ("intstr.IntOrString", (str, int)),
}
#: integers that are wide in Go
LONG = frozenset((
    "generation", "observedGeneration", "terminationGracePeriodSeconds", "deletionGracePeriodSeconds", "activeDeadlineSeconds",
    "tolerationSeconds", "startingDeadlineSeconds", "runAsUser", "runAsGroup", "fsGroup", "expirationSeconds",
))  # fmt: skip
WORDS = {dict: "object", list: "array", str: "string", bool: "bool", int: "number", float: "number"}


def check(kind: str, obj: Object) -> None:
    """400, in the words of Go's decoder, when a member of ``obj`` is of the wrong type."""
    for name in ("metadata", "spec", "status"):
        if not isinstance(obj.get(name, {}), (dict, type(None))):
            raise _wrong(obj[name], kind, name, "object")
    _message("ObjectMeta", obj.get("metadata") or {}, f"{kind}.metadata")
    _message(kind, {k: v for k, v in obj.items() if k != "metadata"}, kind)


def _wrong(value: Any, message: str, path: str, wanted: str) -> Exception:
    word = WORDS.get(type(value), "value")
    return bad_request(f"json: cannot unmarshal {word} into Go struct field {message}.{path} of type {wanted}")


def unknown(kind: str, obj: Object) -> list[str]:
    """Paths of members that the kind does not have (``spec.replcas``); none for a kind that is not known here."""
    if kind not in messages():
        return []
    spec = {k: v for k, v in obj.items() if k not in ("kind", "apiVersion", "metadata", "status")}
    return _strangers("ObjectMeta", obj.get("metadata") or {}, "metadata.") + _strangers(kind, spec, "")


def _strangers(name: str, value: Object, place: str) -> list[str]:
    fields = fields_of(name)
    found: list[str] = []
    for member, content in value.items():
        known = fields.get(member)
        if known is None:
            found.append(place + member)
        elif known.kind.startswith(":"):
            items = enumerate(content) if isinstance(content, list) else ((None, content),)
            for number, item in items:
                where = f"{place}{member}." if number is None else f"{place}{member}[{number}]."
                found += _strangers(known.kind[1:], item, where) if isinstance(item, dict) else []
    return found


@cache
def fields_of(name: str) -> dict[str, Field]:
    """The members of a message as JSON has them, by name."""
    fields: dict[str, Field] = {}
    for field in messages().get(name, {}).values():
        if field.name in INLINE:
            fields.update(fields_of(field.kind[1:]))
        else:
            fields[field.name] = field
    return fields


def _message(name: str, value: Object, path: str) -> None:
    fields = fields_of(name)
    for member, content in value.items():
        known = fields.get(member)
        if known is None or content is None or known.kind == "x":
            continue
        if not known.repeated:
            _value(known.kind, content, path, member)
        elif not isinstance(content, list):
            raise _wrong(content, path, member, "array")
        else:
            for item in content:
                _value(known.kind, item, path, member)


def _value(kind: str, value: Any, path: str, member: str) -> None:
    if kind.startswith(":"):
        if not isinstance(value, dict):
            raise _wrong(value, path, member, f"v1.{kind[1:]}")
        _message(kind[1:], value, f"{path}.{member}")
    elif kind.startswith("m"):
        if not isinstance(value, dict):
            raise _wrong(value, path, member, "map")
        for item in value.values():
            _value(kind[1:], item, path, member)
    else:
        wanted, types = PLAIN[kind]
        wanted = "int64" if kind == "i" and member in LONG else wanted
        if not isinstance(value, types) or (isinstance(value, bool) and kind != "t"):
            raise _wrong(value, path, member, wanted)
