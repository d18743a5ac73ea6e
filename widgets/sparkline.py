"""Numbers as text one row high: sparklines in eight steps and bars, from block characters that survive screen and PuTTY.

All functions return text of an exact width in the Unicode set; a widget that draws it turns it into ASCII if need be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["STEPS", "bar", "gathered", "sparkline"]

STEPS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], width: int, *, low: float = 0.0, high: float | None = None) -> str:
    """The last ``width`` values, one cell each; None (nothing known) is a space, older room is spaces at the left.

    ``low`` and ``high`` are the ends of the scale; without ``high`` it is the largest value shown.
    """
    if width <= 0:
        return ""
    shown = [value if value is not None and math.isfinite(value) else None for value in values[-width:]]
    top = high if high is not None else max((value for value in shown if value is not None), default=0.0)
    return "".join(_step(value, low, top) for value in shown).rjust(width)


def _step(value: float | None, low: float, high: float) -> str:
    if value is None:
        return " "
    if high <= low:
        return STEPS[0]
    share = max(0.0, min(1.0, (value - low) / (high - low)))
    return STEPS[min(len(STEPS) - 1, int(share * len(STEPS)))]


def bar(part: float, whole: float, width: int) -> str:
    """``part`` of ``whole`` as full and empty cells, ``███████░░░``; full only when all is there, empty only when nothing is."""
    if width <= 0:
        return ""
    share = 0.0 if whole <= 0 or not math.isfinite(part) else max(0.0, min(1.0, part / whole))
    full = round(share * width)
    if 0 < share < 1 and width > 1:
        full = max(1, min(width - 1, full))
    return "█" * full + "░" * (width - full)


def gathered(times: Sequence[float], width: int, start: float, end: float) -> list[int]:
    """How many of ``times`` (seconds) fall into each of ``width`` equal parts of the time from ``start`` to ``end``."""
    counts = [0] * max(0, width)
    if width <= 0 or end <= start:
        return counts
    for moment in times:
        if start <= moment < end:
            counts[int((moment - start) / (end - start) * width)] += 1
    return counts
