"""The embedded world's clock: it follows real time at a chosen speed, or moves only when told to (tests, ``POST /step``)."""

from __future__ import annotations

import time
from collections.abc import Callable

MANUAL_START = 1_764_000_000.0  # a Monday at 16:00 UTC, so that repeated runs see the same load wave


class SimClock:
    """Seconds since the epoch in the embedded world.

    ``manual``: the clock stands still between ``advance`` calls. Otherwise it starts at the real time and runs ``speed``
    times as fast; ``advance`` then jumps ahead and the clock goes on running from there.
    """

    def __init__(
        self,
        start: float | None = None,
        *,
        manual: bool = False,
        speed: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.manual = manual
        self.speed = speed
        self._monotonic = monotonic
        self._base = start if start is not None else (MANUAL_START if manual else time.time())
        self._since = monotonic()

    def now(self) -> float:
        """The world's time in epoch seconds."""
        if self.manual:
            return self._base
        return self._base + (self._monotonic() - self._since) * self.speed

    def advance(self, seconds: float) -> float:
        """Move forwards by ``seconds`` (never back) and return the new time."""
        if seconds < 0:
            raise ValueError(f"the clock does not go back: {seconds}")
        self._base += seconds
        return self.now()
