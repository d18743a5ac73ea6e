"""How good the line to the terminal is, learnt from how long its answers take. In steps, so that the figure does not dance."""

from __future__ import annotations

from collections import deque

#: a round trip is shown as one of these (milliseconds), from half way below on
STEPS_MS = (50, 100, 250, 500, 1000)
#: a line at least this fast (bytes a second) and with shorter round trips than the first step is no slow one
FAST = 256 * 1024
#: a sample must have this many bytes to say anything about the rate, and take this much longer than a round trip
TELLING_BYTES = 1024
TELLING_SECONDS = 0.02
SAMPLES = 12
#: how far beyond a step's edge the figure must be before the step changes
STICKY = 1.15


class Link:
    """Round trip (seconds) and rate (bytes a second); 0.0 while not known."""

    def __init__(self) -> None:
        self._trips: deque[float] = deque(maxlen=SAMPLES)
        self._rates: deque[float] = deque(maxlen=SAMPLES)
        self._last = 0.0
        self._step = 0
        self._power = 0

    @property
    def rtt(self) -> float:
        """The shortest of the last round trips: the others waited behind bytes."""
        return min(self._trips, default=0.0)

    @property
    def rate(self) -> float:
        """The middle one of the last rates."""
        ordered = sorted(self._rates)
        half = len(ordered) // 2
        return (ordered[half] + ordered[~half]) / 2 if ordered else 0.0

    def answered(self, size: int, sent: float, now: float, alone: bool) -> None:
        """A frame of ``size`` bytes begun at ``sent`` was answered. ``alone``: no other was on its way when it was sent."""
        if alone:
            self._trips.append(now - sent)
        # the line carried it from when it was free of the frame before, or from when this one could be there at the earliest
        over = now - max(sent + self.rtt, 0.0 if alone else self._last)
        self._last = now
        if size < TELLING_BYTES:
            return
        rate = size / max(over, TELLING_SECONDS)
        # a frame without a delay that could be measured only says that the line is at least so fast
        if over >= TELLING_SECONDS or rate > (self.rate or FAST):
            self._rates.append(rate)

    @property
    def slow(self) -> bool:
        """Whether fewer frames and less movement are called for."""
        return bool(self.step or self.power)

    @property
    def step(self) -> int:
        """The round trip in milliseconds, one of the steps; 0 where it is not slow."""
        trip = self.rtt * 1000
        edges = [0.0, *(step * 0.75 for step in STEPS_MS)]
        values = (0, *STEPS_MS)
        at = values.index(self._step)
        while at + 1 < len(values) and trip > edges[at + 1] * STICKY:
            at += 1
        while at and trip < edges[at] / STICKY:
            at -= 1
        self._step = values[at]
        return self._step

    @property
    def power(self) -> int:
        """The rate in kB/s as a power of two; 0 where it is not slow or not known."""
        rate = self.rate
        if not rate or rate >= FAST * (STICKY if self._power else 1.0):
            self._power = 0
            return 0
        kilo = max(rate / 1024, 1.0)
        if not self._power or not self._power / 1.5 / STICKY < kilo < self._power * 1.5 * STICKY:
            self._power = max(1, 1 << round(kilo).bit_length() - 1)
            if kilo > self._power * 1.5:
                self._power *= 2
        return self._power

    def text(self) -> str:
        """``link 250 ms 16 kB/s``; empty on a line that is not slow."""
        words = [f"{self.step} ms" if self.step < 1000 else "1 s"] if self.step else []
        words += [f"{self.power} kB/s"] if self.power else []
        return " ".join(["link", *words]) if words else ""
