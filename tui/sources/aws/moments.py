"""How points in time are read in answers that botocore's parser reads for us.

Its own way goes through the local time zone by dateutil: most of what reading an answer of GetMetricData takes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any


def moment(value: Any, otherwise: Callable[[Any], datetime]) -> datetime:
    """Epoch seconds, or ISO 8601 text with its offset, in UTC. Everything else is read by ``otherwise``."""
    try:
        found = datetime.fromtimestamp(value, UTC) if isinstance(value, (int, float)) else datetime.fromisoformat(value)
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        pass
    return otherwise(value)
