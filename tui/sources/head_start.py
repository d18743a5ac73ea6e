"""The first list's way is kept free: until its rows are there, nothing else is imported, read or asked.

Everything that a start does wants the same interpreter, so what begins beside the first list only makes it later: measured
on loopback, its first rows came 1.3 s after the sources began where all began at once, and 0.4 s after where it goes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from tui.model import Clock
from tui.sources.waiting import within
from tui.store import Store, Urgency
from tui.store.freshness import Freshness, FreshState

#: the kind that the first list shows; what its source follows; the modules of both
FIRST = "services"
FIRST_KINDS = frozenset({"clusters", FIRST})
FIRST_MODULES = ("ecs_clusters", "ecs_services")
#: seconds after which the others do not wait any longer: AWS is slow or does not answer
LIMIT_S = 1.5


class HeadStart:
    """One for a connection's start. ``clock``: real seconds, since what is waited for is the machine and the network."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._over = asyncio.Event()
        self._heard = store.freshness.subscribe(self._look)
        if store.interest.urgency(FIRST) != Urgency.VISIBLE:
            self.end()  # another list is on the screen, or none
        else:
            self._look(store.freshness.of(FIRST))

    def _look(self, entries: Iterable[Freshness]) -> None:
        """Something was read of the first list, or could not be."""
        if any(entry.kind == FIRST and entry.state is not FreshState.LOADING for entry in entries):
            self.end()

    def end(self) -> None:
        """Nobody waits from now on."""
        self._heard.close()
        self._over.set()

    async def over(self) -> None:
        """Return when the first list has been read, or has failed, or takes too long."""
        if self._over.is_set():
            return
        await within(self._clock, LIMIT_S, self._over.wait())
        self.end()
