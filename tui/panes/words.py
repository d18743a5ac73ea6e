"""Words and figures as the screens write them: ages, sizes, bars, state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

BLOCKS = "▁▂▃▄▅▆▇█"
ASCII_BLOCKS = "_.-=oO#@"


class Cell(NamedTuple):
    """A cell's text with a theme token."""

    text: str
    style: str = ""


def age(then: float, now: float) -> str:
    """Coarse, so that an idle screen sends nothing: tens of seconds in the first minute, then ``3m 2h 5d``."""
    if then <= 0:
        return "-"
    seconds = max(0, int(now - then))
    if seconds < 60:
        return f"{seconds // 10 * 10}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    if seconds < 48 * 3600:
        return f"{seconds // 3600}h"
    if seconds < 2 * 365 * 86400:
        return f"{seconds // 86400}d"
    return f"{seconds // (365 * 86400)}y"


def clock_time(then: float) -> str:
    """``14:02:31`` in local time."""
    return datetime.fromtimestamp(then).strftime("%H:%M:%S")


def moment(then: float, now: float) -> str:
    """``14:02`` in local time, with the day where it was another: ``22 Nov 14:02``."""
    time = datetime.fromtimestamp(then)
    return time.strftime("%H:%M" if time.date() == datetime.fromtimestamp(now).date() else "%d %b %H:%M")


def stamp(then: float) -> str:
    """``2026-11-23 14:02:31Z``; ``-`` where there is none."""
    return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if then > 0 else "-"


def size(number: float) -> str:
    """Bytes in one short word: ``84M``."""
    if number <= 0:
        return "-"
    for unit in ("", "K", "M", "G", "T"):
        if number < 1000 or unit == "T":
            return f"{number:.0f}{unit}" if number >= 10 or unit == "" else f"{number:.1f}{unit}"
        number /= 1000
    return "-"


def mebibytes(number: float | None) -> str:
    """Bytes as MiB without a unit (the header has it)."""
    return "-" if number is None else f"{number / 2**20:.0f}"


def millicores(cores: float | None) -> str:
    """Cores as millicores without a unit."""
    return "-" if cores is None else f"{cores * 1000:.0f}"


def sparkline(values: list[float], width: int, top: float, ascii: bool = False) -> str:
    """The newest ``width`` figures, one character each, in eight steps up to ``top``."""
    blocks = ASCII_BLOCKS if ascii else BLOCKS
    shown = values[-width:]
    if not shown or top <= 0:
        return ""
    return "".join(blocks[min(7, max(0, int(value / top * 8)))] for value in shown)


def bar(done: int, of: int, width: int, ascii: bool = False) -> str:
    """``███░░`` for ``done`` of ``of``."""
    full, empty = ("#", ".") if ascii else ("█", "░")
    filled = 0 if of <= 0 else min(width, round(width * done / of))
    return full * filled + empty * (width - filled)


def coarse(done: int, of: int) -> str:
    """``50%``: the share in quarters, rounded down, for a line on which every change costs. All of it only when all is."""
    return f"{min(4, max(0, 4 * done // of)) * 25 if of > 0 else 0}%"


def dash(text: object) -> str:
    """``-`` for what is not known."""
    return str(text) if text not in ("", None, 0, 0.0, ()) else "-"


def launch_word(name: str) -> str:
    """A launch type or capacity provider: AWS's own in words, others by their name."""
    known = {"FARGATE": "Fargate", "FARGATE_SPOT": "Spot", "EXTERNAL": "External", "MANAGED_INSTANCES": "Managed"}
    return known.get(name, name or "-")


def ratio_cell(have: int, want: int) -> Cell:
    """``2/4``, marked where something is missing."""
    return Cell(f"{have}/{want}", "state-bad" if want and not have else "state-warn" if have < want else "")
