"""Whole objects as AWS gives them, made fit for JSON: dates in ISO 8601, bytes as base64."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


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
