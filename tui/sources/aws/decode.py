"""Hot answers are decoded by us, in botocore's public ``before-parse`` event; the rest stays botocore's.

A call says how it wants its answer read: by a narrow Struct of ``wire.py`` and its neighbours; FULL by botocore's parser;
RAW as the JSON that came, with members that botocore's model does not know. The wish travels in a context variable, since
the event comes from deep within the client, and holds for that operation alone: credentials may be renewed by a call in
the midst of ours. A body that a narrow decoder refuses (a null, an ISO date where AWS sends none: emulators do) goes to
botocore's parser, and is logged once for each member.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec

from tui.sources.aws.errors import nonsense
from tui.sources.aws.wire import Wire

log = logging.getLogger("pierhead.sources.aws.decode")

#: the member under which our reading of the answer travels through botocore
OURS = "pierhead"
JSON_PROTOCOLS = ("json", "rest-json")


class Reading(Enum):
    """How an answer is wanted that no narrow Struct reads."""

    FULL = "full"
    RAW = "raw"


How = Reading | type[Wire]

_wish: ContextVar[tuple[str, How]] = ContextVar("wish", default=("", Reading.FULL))
_decoders: dict[type[Wire], msgspec.json.Decoder[Any]] = {}
_syntax = msgspec.json.Decoder(msgspec.Raw)
_told: set[str] = set()
W = TypeVar("W", bound=Wire)


@contextmanager
def reading(name: str, how: How) -> Iterator[None]:
    """Answers of the operation ``name`` (``ecs:DescribeServices``) are read ``how`` inside."""
    token = _wish.set((name, how))
    try:
        yield
    finally:
        _wish.reset(token)


def before_parse(
    operation_model: Any, response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """botocore's event: leave our reading in ``customized_response_dict`` and an empty body to botocore's parser.

    Raises ApiError (NONSENSE) for an answer with status 200 that is not JSON where JSON is due: botocore would read an
    HTML page as an empty answer, and an empty list would be shown.
    """
    service = operation_model.service_model
    if response_dict["status_code"] != 200 or service.resolved_protocol not in JSON_PROTOCOLS:
        return
    body = response_dict["body"]
    if not isinstance(body, (bytes, bytearray)):
        return
    name = f"{service.service_name}:{operation_model.name}"
    wanted, how = _wish.get()
    if name != wanted:
        how = Reading.FULL
    if isinstance(how, type):
        answer = _narrow(name, body, how)
        if answer is not None:
            customized_response_dict[OURS] = answer
            response_dict["body"] = b"{}"
            return
    check_json(name, body)
    if how is Reading.RAW:
        customized_response_dict[OURS] = bytes(body)
        response_dict["body"] = b"{}"


def _narrow(name: str, body: bytes | bytearray, kind: type[Wire]) -> Wire | None:
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        answer: Wire = decoder.decode(body)
    except msgspec.ValidationError as error:
        _tell(name, str(error))
        return None
    except msgspec.DecodeError:
        return None
    return answer


def _tell(name: str, why: str) -> None:
    """Log a refused member once."""
    line = f"{name}: {why}"
    if line not in _told:
        _told.add(line)
        log.warning("%s; read by botocore's parser instead", line)


def check_json(name: str, body: bytes | bytearray) -> None:
    """Raise ApiError unless ``body`` is one whole JSON value (an empty body is an empty answer)."""
    if not body:
        return
    try:
        _syntax.decode(body)
    except msgspec.DecodeError as error:
        start = bytes(body[:200]).lstrip()
        if start[:1] == b"<":
            raise nonsense(name, "an HTML page instead of JSON") from error
        why = "JSON that ends in the middle" if "truncated" in str(error) else f"no JSON ({error})"
        raise nonsense(name, why) from error


def answer_of(operation: str, response: Mapping[str, Any], kind: type[W]) -> W:
    """The narrow answer in ``response``, made from botocore's reading where ours was refused."""
    ours = response.get(OURS)
    if isinstance(ours, kind):
        return ours
    return convert(operation, response, kind)


def convert(operation: str, response: Mapping[str, Any], kind: type[W]) -> W:
    """``kind`` from what botocore's parser (or moto, or a test) gave. Raises ApiError (NONSENSE) where it does not fit."""
    try:
        return msgspec.convert(plain(response), kind, strict=False)
    except msgspec.ValidationError as error:
        raise nonsense(operation, str(error)) from error


def plain(value: Any) -> Any:
    """``value`` with its dates as epoch seconds and without nulls."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, Mapping):
        return {name: plain(item) for name, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value if item is not None]
    return value
