"""The first part of a WatchList: the listing that comes as events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

from tui.model.row import Row
from tui.sources.gc_guard import guard
from tui.sources.kubernetes.kinds import EventOf
from tui.sources.kubernetes.status import Reporter
from tui.store import Relist

#: rows made between two turns of the loop
BATCH = 100


class Initial:
    """Takes objects until the bookmark that says that these were all."""

    def __init__(self, relist: Relist, row: Callable[[Any], Row], report: Reporter) -> None:
        self._relist = relist
        self._row = row
        self._report = report
        self._count = 0
        self.done = False

    def __enter__(self) -> Initial:
        guard.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        guard.__exit__(None, None, None)
        self._relist.abort()

    async def take(self, events: list[EventOf[Any]]) -> list[EventOf[Any]]:
        """Store what belongs to the listing; answers the events that came after its end (the bookmark included)."""
        for i, event in enumerate(events):
            annotations = event.object.metadata.annotations if event.type == "BOOKMARK" else None
            if annotations is not None and annotations.initial_events_end == "true":
                await self._store(events[:i])
                self._relist.end()
                self.done = True
                return events[i:]
        await self._store(events)
        self._report.loading(self._count)
        return []

    async def _store(self, events: list[EventOf[Any]]) -> None:
        objects = [event.object for event in events if event.type in ("ADDED", "MODIFIED")]
        for part in slices(objects):
            self._relist.page([self._row(o) for o in part])
            await asyncio.sleep(0)
        self._count += len(objects)


def slices(objects: list[Any]) -> Iterator[list[Any]]:
    """``objects`` in parts after each of which the loop may turn."""
    for start in range(0, len(objects), BATCH):
        yield objects[start : start + BATCH]
