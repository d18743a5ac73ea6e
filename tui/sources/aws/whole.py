"""Whole objects as AWS gives them, made fit for JSON: dates in ISO 8601, environment values hidden."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tui.model import Secret

COPY = "kubectl.kubernetes.io/last-applied-configuration"


def iso(time: float | datetime) -> str:
    """``2026-11-23T14:02:31.250000+00:00``: UTC, from epoch seconds or a datetime."""
    moment = time if isinstance(time, datetime) else datetime.fromtimestamp(time, UTC)
    return moment.astimezone(UTC).isoformat()


def jsonable(value: Any) -> Any:
    """What botocore's parser gave, with dates as text and bytes as base64; order and everything else as it was."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: jsonable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


def hidden(value: Any) -> Any:
    """The same object with the values of environment variables as ``Secret`` (ECS: ``environment``; Kubernetes: ``env``),
    the data of a Kubernetes Secret, and the copy of the whole object that ``kubectl apply`` keeps."""
    if isinstance(value, Mapping):
        secret = value.get("kind") == "Secret"
        return {name: _member(str(name), item, secret) for name, item in value.items()}
    if isinstance(value, list):
        return [hidden(item) for item in value]
    return value


def _member(name: str, item: Any, secret: bool) -> Any:
    if name in ("environment", "env") and isinstance(item, list):
        return [_pair(pair) for pair in item]
    if name == COPY and isinstance(item, str):
        return Secret(item)
    if secret and name in ("data", "stringData") and isinstance(item, Mapping):
        return {key: Secret(text) if isinstance(text, str) else text for key, text in item.items()}
    return hidden(item)


def _pair(pair: Any) -> Any:
    if isinstance(pair, Mapping) and isinstance(pair.get("value"), str):
        return {**pair, "value": Secret(pair["value"])}
    return hidden(pair)
