"""What the header says of where we are, and the lines of ``:calls`` and ``:errors``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tui.sources.aws.limits import FamilyCalls
from tui.sources.failures import Failure


def role_of(caller: str) -> str:
    """``PowerUser`` of ``arn:aws:sts::1234:assumed-role/PowerUser/anna``; a user's name; ``root``."""
    what = caller.split(":", 5)[-1]
    parts = what.split("/")
    if parts[0] == "assumed-role" and len(parts) > 1:
        return parts[1]
    return parts[-1]


def call_lines(figures: Iterable[FamilyCalls]) -> list[dict[str, Any]]:
    """``:calls`` as mappings, the busiest first."""
    ordered = sorted(figures, key=lambda one: (-one.calls, one.family))
    return [
        {
            "family": one.family,
            "where": one.region,
            "calls": one.calls,
            "failed": one.failed,
            "throttled": one.throttled,
            "waiting": one.waiting,
            "used_per_s": f"{one.used:.2f}",
            "budget_per_s": f"{one.budget * one.factor:.2f}" + (" slowed" if one.factor < 1 else ""),
            "median_ms": "-" if one.latency is None else f"{one.latency * 1000:.0f}",
            "slowest_ms": "-" if one.slowest is None else f"{one.slowest * 1000:.0f}",
        }
        for one in ordered
    ]


def error_lines(failures: Iterable[Failure]) -> list[dict[str, Any]]:
    """``:errors`` as mappings, newest first."""
    return [
        {
            "time": one.last,
            "first": one.first,
            "count": one.count,
            "source": one.source,
            "operation": one.operation,
            "trouble": one.trouble,
            "message": one.message + (f" ({one.count} times)" if one.count > 1 else ""),
            "hint": one.hint,
            "detail": one.detail,
        }
        for one in reversed(tuple(failures))
    ]
