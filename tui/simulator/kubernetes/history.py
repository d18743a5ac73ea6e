"""What watches replay: the changes of one resource in order, bounded by bytes.

A change older than the log's floor cannot be replayed: whoever asks for it gets 410 and lists again.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Mapping

from msgspec import Struct

from tui.simulator.kubernetes.facts import PodFacts

ENTRY_COST = 300  # bytes of an entry beside the body it refers to


class Stored(Struct, frozen=True, gc=False):
    """An object at rest: its JSON and what is known of it without decoding. ``owner``: uid of its controller, or ``""``."""

    namespace: str
    name: str
    uid: str
    version: int
    body: bytes
    labels: Mapping[str, str]
    owner: str
    created: float
    deleting: bool
    facts: PodFacts | Mapping[str, str]


class Entry(Struct, frozen=True, gc=False):
    """One change. ``type``: ADDED, MODIFIED, DELETED or BOOKMARK; ``previous`` has the labels and facts before it."""

    version: int
    type: str
    stored: Stored | None
    labels: Mapping[str, str] | None = None
    facts: PodFacts | Mapping[str, str] | None = None


class EventLog:
    """The changes of one resource. Positions count all entries ever appended, so they stay valid while the log is cut."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.floor = 0  # every change with a higher resourceVersion is here
        self._entries: list[Entry] = []
        self._base = 0
        self._size = 0
        self._waiters: set[asyncio.Event] = set()

    @property
    def end(self) -> int:
        """The position after the newest entry."""
        return self._base + len(self._entries)

    def append(self, entry: Entry) -> None:
        """Add the newest change and wake the watches."""
        self._entries.append(entry)
        self._size += _cost(entry)
        if self._size > self.budget:
            self._cut(self.budget * 3 // 4)
        for waiter in self._waiters:
            waiter.set()

    def position_after(self, version: int) -> int | None:
        """Where to read on after ``version``; ``None`` when that is too old."""
        if version < self.floor:
            return None
        return self._base + bisect_right(self._entries, version, key=lambda entry: entry.version)

    def since(self, position: int, most: int = 500) -> list[Entry] | None:
        """The next entries; ``None`` when some of them were cut away (a watch that reads too slowly)."""
        if position < self._base:
            return None
        start = position - self._base
        return self._entries[start : start + most]

    def expire(self, version: int) -> None:
        """Forget everything up to ``version`` (compaction): older resourceVersions answer 410 from now on."""
        self._cut(-1)
        self.floor = version

    def register(self, waiter: asyncio.Event) -> None:
        """Set ``waiter`` at each change from now on."""
        self._waiters.add(waiter)

    def release(self, waiter: asyncio.Event) -> None:
        """End of ``register``."""
        self._waiters.discard(waiter)

    def _cut(self, size: int) -> None:
        gone = 0
        while self._size > size and gone < len(self._entries):
            entry = self._entries[gone]
            self._size -= _cost(entry)
            self.floor = entry.version
            gone += 1
        del self._entries[:gone]
        self._base += gone


def _cost(entry: Entry) -> int:
    return ENTRY_COST + (len(entry.stored.body) if entry.stored else 0)
