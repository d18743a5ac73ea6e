"""Stamps order what was heard, not when it arrived.

An answer's stamp is taken when its request started, a watch event's when it arrived; so an answer that was on its way
while something newer came never undoes it.
"""

from __future__ import annotations

from msgspec import Struct

from tui.model.clock import Clock


class Stamp(Struct, frozen=True, order=True, gc=False):
    """``time``: epoch seconds by the injected clock, never going back. ``number``: running, unique in a store."""

    time: float
    number: int


LOWEST = Stamp(0.0, 0)
"""Older than everything: the stamp of rows that the warm start brings."""


class Stamps:
    """Gives stamps in rising order, also while the wall clock is set back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._time = 0.0
        self._number = 0

    def take(self) -> Stamp:
        """A stamp newer than all before it."""
        self._time = max(self._time, self._clock.now())
        self._number += 1
        return Stamp(self._time, self._number)
