"""What the log screen says besides lines: whose they are, why there are none; and how they are saved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tui.logs.buffer import LogBuffer
from tui.logs.filtered import FilteredLines
from tui.model import Row
from tui.model.ecs import ServiceRow
from tui.model.kubernetes import DeploymentRow, PodRow, ReplicaSetRow
from tui.model.tasks import TaskRow
from tui.screens.console import Console

if TYPE_CHECKING:
    from tui.screens.log import LogScreen

#: k9s's digits: how far back the lines begin, in seconds
SINCE = {"2": 60.0, "3": 300.0, "4": 900.0, "5": 1800.0, "6": 3600.0}
#: old lines of each stream where the reader has chosen how far back
MOST = 10_000
#: lines written between two turns of the loop
_SLICE = 2_000


def subject(console: Console, row: Row) -> str:
    """``shop/checkout 4 tasks``, ``cart/cart 12 pods``: the row as it is now, and how many write."""
    now = console.store.get(row.key)
    alive = now if now is not None else row
    if isinstance(alive, ServiceRow):
        place = console.context().clusters.get(alive.cluster_arn, alive.cluster_arn.rpartition("/")[2])
        return f"{place}/{alive.name} {_count(alive.running, 'task')}"
    if isinstance(alive, TaskRow):
        return f"{alive.service or 'task'} {alive.name[:8]}"
    if isinstance(alive, DeploymentRow | ReplicaSetRow):
        return f"{alive.namespace}/{alive.name} {_count(alive.desired, 'pod')}"
    if isinstance(alive, PodRow):
        return f"{alive.namespace}/{alive.name}"
    return alive.name


def amount(rate: float, lines: int, calm: bool) -> str:
    """``1,204 lines/s`` while they come, else how many there are; about ``1,000`` where every change of a figure costs."""
    if rate < 1:
        return f"{lines:,} lines"
    return f"{float(f'{rate:.0e}') if calm else rate:,.0f} lines/s"


def minutes(console: Console, begin: int, end: int) -> str:
    """What the bars show, by minutes since 1970."""
    zone = UTC if console.settings.ui.times == "utc" else None
    first, last = (datetime.fromtimestamp(minute * 60, zone).strftime("%H:%M") for minute in (begin, end))
    return f"errors a minute, {first} to {last}" if first != last else f"errors a minute, {first}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def subjects(names: Sequence[str], room: int) -> str:
    """At most three names, and as many as ``room`` cells hold: ``shop/checkout 4 tasks and 2 more``."""
    for count in range(min(3, len(names)), 0, -1):
        more = f" and {len(names) - count} more" if len(names) > count else ""
        text = ", ".join(names[:count]) + more
        if len(text) <= room or count == 1:
            return text
    return ""


def nothing(screen: LogScreen, *, connected: bool) -> str:
    """Why no line is shown, and what may be done; "" where there are lines."""
    if len(screen.shown):
        return ""
    if screen.filter_text and len(screen.all):
        lines = "The one line does not match" if len(screen.all) == 1 else f"None of the {len(screen.all):,} lines matches"
        return f"{lines} {screen.filter_text}   Esc shows all"
    if not connected:
        return "Not connected yet: lines come as soon as the sources run."
    if screen.previous:
        return "No container of these has a run before this one." if screen.intake.ended else "Reading the runs before ..."
    if screen.intake.ended:
        return "Nothing writes here any more, and there are no lines."
    back = screen.intake.since / 60
    ago = f"{back:.0f}m" if back < 60 else f"{back / 60:.0f}h"
    return f"No lines of the last {ago} yet; new ones appear as they are written.   2-6 look further back"


async def save_lines(shown: LogBuffer | FilteredLines, path: Path) -> int:
    """Write what is shown to a new file that only its owner may read; answers how many lines. Raises OSError.

    In slices, so that a million lines stop nobody; lines that were dropped meanwhile are not in it.
    """
    count, number, end = 0, shown.first, shown.first + len(shown)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        while number < end:
            number = max(number, shown.first)
            for each in range(number, min(number + _SLICE, end)):
                time, source, text, kind = shown.line(each)
                stamp = datetime.fromtimestamp(time / 1e9, UTC).isoformat(timespec="milliseconds")
                file.write(f"{stamp} {source} {text if kind == 'line' else f'-- {text} --'}\n")
                count += 1
            number += _SLICE
            await asyncio.sleep(0)
    return count
