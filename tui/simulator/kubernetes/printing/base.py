"""How printers are declared, and the words that many of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.resources import Resource
from tui.simulator.kubernetes.times import seconds

Cells = Callable[[Object, float], list[Any]]
Column = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Printer:
    """Columns as (name, type, priority) and the function from (object, now) to cells."""

    columns: tuple[Column, ...]
    cells: Cells


PRINTERS: dict[Resource, Printer] = {}


def printer(resource: Resource, columns: str) -> Callable[[Cells], Cells]:
    """Declare a printer. ``columns`` has names parted by ``|``; ``#`` before a name: integer; ``+``: only with ``-o wide``."""
    parsed = tuple(_column(text.strip()) for text in columns.split("|"))

    def declare(cells: Cells) -> Cells:
        PRINTERS[resource] = Printer(parsed, cells)
        return cells

    return declare


def _column(text: str) -> Column:
    name = text.lstrip("#+")
    signs = text[: len(text) - len(name)]
    return name, "integer" if "#" in signs else "string", 1 if "+" in signs else 0


def age(time: str | None, now: float) -> str:
    """How long ago, in kubectl's words; ``<unknown>`` without a time."""
    return duration(now - seconds(time)) if time else "<unknown>"


def created(obj: Object, now: float) -> str:
    """The object's age."""
    return age(obj["metadata"].get("creationTimestamp"), now)


def duration(span: float) -> str:
    """``HumanDuration`` of k8s.io/apimachinery: at most two units, coarser the longer it is."""
    total = int(span)
    if total < -1:
        return "<invalid>"
    if total < 120:
        return f"{max(total, 0)}s"
    minutes, hours = total // 60, total // 3600
    if minutes < 10:
        return f"{minutes}m{total % 60}s" if total % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{hours // 24}d{hours % 24}h" if hours % 24 else f"{hours // 24}d"
    return _long(hours)


def _long(hours: int) -> str:
    days = hours // 24
    if hours < 24 * 365 * 2:
        return f"{days}d"
    if hours < 24 * 365 * 8:
        return f"{days // 365}y{days % 365}d" if days % 365 else f"{days // 365}y"
    return f"{days // 365}y"


def containers(spec: Object) -> tuple[str, str]:
    """Names and images of a pod template's containers, each joined by commas."""
    listed = spec.get("containers") or []
    return ",".join(c.get("name", "") for c in listed), ",".join(c.get("image", "") for c in listed)


def selector_map(labels: dict[str, str] | None) -> str:
    """``a=b,c=d`` or ``<none>``."""
    return ",".join(f"{k}={v}" for k, v in sorted((labels or {}).items())) or "<none>"


def _default_cells(obj: Object, now: float) -> list[Any]:
    return [obj["metadata"]["name"], obj["metadata"].get("creationTimestamp")]


default_printer = Printer((("Name", "string", 0), ("Created At", "date", 0)), _default_cells)
