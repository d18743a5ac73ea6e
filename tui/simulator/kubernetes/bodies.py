"""Request bodies: JSON, YAML, and protobuf as newer kubectl sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import DecodeError
from msgspec.json import decode as decode_json

from tui.simulator.kubernetes import errors, protobuf
from tui.simulator.kubernetes.facts import Object

if TYPE_CHECKING:
    from aiohttp import web


async def read_body(request: web.Request) -> Object:
    """The request's object, ``{}`` for an empty body; 400 when it is none."""
    data = await request.read()
    media = request.content_type
    if not data:
        return {}
    try:
        if "protobuf" in media:
            return protobuf.decode(data)
        content = read_yaml(data) if "yaml" in media else decode_json(data)
    except (DecodeError, ValueError) as error:
        words = "the object provided is unrecognized: couldn't get version/kind; json parse error"
        raise errors.bad_request(f"{words}: {error}") from None
    if not isinstance(content, dict):
        raise errors.bad_request("the object provided is not an object")
    return content


def read_yaml(data: bytes) -> Any:
    """YAML, of which JSON is a part; 400 when it does not parse."""
    if data.lstrip()[:1] in (b"{", b"["):
        return decode_json(data)
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(data.decode())
    except YAMLError as error:
        raise errors.bad_request(f"error converting YAML to JSON: {error}") from None
