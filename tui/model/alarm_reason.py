"""What CloudWatch says of an alarm's state, read.

``StateReason`` of a metric alarm (DescribeAlarms): ``Threshold Crossed: 3 out of the last 3 datapoints [93.4 (23/11/26
13:48:00), 92.1 (23/11/26 13:47:00), 90.7 (23/11/26 13:46:00)] were greater than the threshold (85.0) (minimum 3 datapoints
for OK -> ALARM transition).``; other causes (no data points, anomaly bands) have texts of their own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_CROSSED = re.compile(
    r"Threshold Crossed: (?P<count>\d+)(?: out of the last (?P<of>\d+))? datapoints? \[(?P<points>[^\]]*)\] (?:was|were) "
    r"(?P<side>greater|less) than (?:or equal to )?the threshold \((?P<threshold>[^)]+)\)"
)
_POINT = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?) \(")


class Crossing(NamedTuple):
    """So many of the last so many data points stood on one side of the threshold; the newest first."""

    many: int
    of: int
    points: tuple[float, ...]
    side: str
    """``above`` or ``below``."""
    threshold: str

    def words(self) -> str:
        """``3 of 3 data points above 85: 93.4, 92.1, 90.7``."""
        shown = ", ".join(map(figure, self.points[:5]))
        points = "data point" if self.of == 1 else "data points"
        return f"{self.many} of {self.of} {points} {self.side} {self.threshold}{f': {shown}' if shown else ''}"


def crossing(reason: str) -> Crossing | None:
    """What a ``StateReason`` of a crossed threshold says; None for any other text."""
    found = _CROSSED.match(reason)
    if found is None:
        return None
    many = int(found["count"])
    points = tuple(float(point) for point in _POINT.findall(found["points"]))
    side = "above" if found["side"] == "greater" else "below"
    return Crossing(many, int(found["of"] or many), points, side, _plain(found["threshold"]))


def figure(value: float) -> str:
    """A measured value in few digits: ``91.8``, ``0.0123``, ``1234567``."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 or value == 0 else f"{value:.3g}"


def _plain(threshold: str) -> str:
    try:
        return f"{float(threshold):g}"
    except ValueError:
        return threshold
