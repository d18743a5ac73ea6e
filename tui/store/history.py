"""What was: bounded series and transitions of each key, for sparklines and for words like "6 times in 10m".

History is memory, not truth: it never wakes anybody. Bounds: points a series, points in all, transitions a key; what was
written to the longest ago goes first.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Sequence

from tui.model.clock import Clock
from tui.model.scope import Key

POINTS = 240
"""Points kept of a series: four hours of minutes, an hour of 15 s."""
CAPACITY = 400_000
"""Points kept in all (16 bytes each)."""
TRANSITIONS = 32
"""State changes kept of a key."""
TRANSITION_KEYS = 20_000


class _Series:
    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times = array("d")
        self.values = array("d")

    def put(self, time: float, value: float) -> int:
        """Keep a point in its place in time; returns by how many points the series grew."""
        times, values = self.times, self.values
        if not times or time > times[-1]:
            times.append(time)
            values.append(value)
        else:
            at = bisect_left(times, time)
            if times[at] == time:
                values[at] = value
                return 0
            times.insert(at, time)
            values.insert(at, value)
        if len(times) >= 2 * POINTS:
            surplus = len(times) - POINTS
            del times[:surplus], values[:surplus]
            return 1 - surplus
        return 1

    def value_at(self, time: float) -> float:
        """The last value at or before ``time``; the first known where there is none."""
        return self.values[max(0, bisect_right(self.times, time) - 1)]


class History:
    """Series of numbers and transitions of state, by key."""

    def __init__(self, clock: Clock, capacity: int = CAPACITY) -> None:
        self._clock = clock
        self._capacity = capacity
        self._points = 0
        self._series: OrderedDict[tuple[Key, str], _Series] = OrderedDict()  # the longest unwritten first
        self._transitions: OrderedDict[Key, deque[tuple[float, str]]] = OrderedDict()

    def point(self, key: Key, series: str, time: float, value: float) -> None:
        """Keep ``value`` at ``time`` (epoch seconds); late points find their place, an equal time is replaced."""
        ident = (key, series)
        known = self._series.get(ident)
        if known is None:
            known = self._series[ident] = _Series()
        else:
            self._series.move_to_end(ident)
        self._points += known.put(time, value)
        while self._points > self._capacity:
            _, oldest = self._series.popitem(last=False)
            self._points -= len(oldest.times)

    def step(self, key: Key, series: str, time: float, value: float) -> None:
        """Keep ``value`` unless it is the last one already: for counters, whose every change counts."""
        known = self._series.get((key, series))
        if known is None or known.values[-1] != value:
            self.point(key, series, time, value)

    def series(self, key: Key, series: str) -> Sequence[tuple[float, float]]:
        """(time, value), oldest first, at most ``POINTS``; empty where nothing is known."""
        known = self._series.get((key, series))
        if known is None:
            return ()
        return list(zip(known.times[-POINTS:], known.values[-POINTS:], strict=True))

    def transition(self, key: Key, time: float, value: str) -> None:
        """Keep that ``key`` became ``value`` (a state's name, a status) at ``time``; the same again is nothing."""
        known = self._transitions.get(key)
        if known is None:
            known = self._transitions[key] = deque(maxlen=TRANSITIONS)
            if len(self._transitions) > TRANSITION_KEYS:
                self._transitions.popitem(last=False)
        if not known or known[-1][1] != value:
            known.append((time, value))
            self._transitions.move_to_end(key)

    def transitions(self, key: Key) -> Sequence[tuple[float, str]]:
        """(time, value), oldest first."""
        return tuple(self._transitions.get(key, ()))

    def count_since(self, key: Key, series: str, seconds: float) -> int:
        """By how much the counter ``series`` rose in the last ``seconds``; a fall is a new start from 0."""
        known = self._series.get((key, series))
        if known is None:
            return 0
        since = self._clock.now() - seconds
        last, rise = known.value_at(since), 0.0
        for value in known.values[bisect_right(known.times, since) :]:
            rise += value - last if value >= last else value
            last = value
        return int(rise)

    def above_since(self, key: Key, series: str, threshold: float) -> float | None:
        """The time from which every point is at or above ``threshold``; None where the last is below."""
        known = self._series.get((key, series))
        since: float | None = None
        if known is not None:
            for time, value in zip(reversed(known.times), reversed(known.values), strict=True):
                if value < threshold:
                    break
                since = time
        return since

    def forget(self, key: Key) -> None:
        """Drop the transitions of a key, and its series."""
        self._transitions.pop(key, None)
        for ident in [ident for ident in self._series if ident[0] == key]:
            self._points -= len(self._series.pop(ident).times)
