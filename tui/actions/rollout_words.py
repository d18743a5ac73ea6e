"""The words of a rollout: ECS's events shortened, what tasks are doing while they start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tui.model.state import State

_SUBJECT = re.compile(r"^\(service [^)]*\)\s*")
_LISTED = re.compile(r"(?::| in)? ?\((?:task|instance|port|taskSet|deployment|target-group|targets?)[^)]*\)")
_HEAD = re.compile(r"^(?:has|is|was) ")
_MORE = re.compile(r"\s*For more information.*$")
_ONE = re.compile(r"\b1 (task|target|running task)s\b")

#: what a task does in each status before RUNNING (ECS developer guide, task lifecycle)
STARTING = {
    "PROVISIONING": "getting its network",
    "PENDING": "pulling its image",
    "ACTIVATING": "registering",
}


def task_words(status: str, health: str) -> str:
    """``is pulling its image``, ``runs``, ``is healthy``."""
    if status in STARTING:
        return f"is {STARTING[status]}"
    if status != "RUNNING":
        return f"is {status.lower()}"
    return {"HEALTHY": "is healthy", "UNHEALTHY": "is unhealthy"}.get(health, "runs")


def epoch(value: Any) -> float:
    """Seconds since the epoch of a ``datetime``, a number or nothing."""
    if isinstance(value, datetime):
        return value.timestamp()
    return float(value) if isinstance(value, (int, float)) else 0.0


def event_words(message: str) -> tuple[str, State]:
    """``(service checkout) has started 2 tasks: (task a) (task b).`` → ``started 2 tasks``, and how good that is."""
    text = _LISTED.sub("", _SUBJECT.sub("", message)).strip()
    text = _MORE.sub("", text)
    text = _ONE.sub(r"1 \1", _HEAD.sub("", re.sub(r"\s+", " ", text)).rstrip(". "))
    text = text.replace("begun draining connections on", "draining connections of")
    bad = ("unable", "failed", "unhealthy", "error", "rolling back")
    return text, State.DEGRADED if any(word in text.lower() for word in bad) else State.CHANGING


def starting_words(pending: int, starting: Mapping[str, int]) -> str:
    """``1 starting (pulling its image)``; without detail ``1 starting``."""
    if starting:
        return ", ".join(f"{n} starting ({STARTING.get(status, status.lower())})" for status, n in starting.items())
    return f"{pending} starting" if pending else ""
