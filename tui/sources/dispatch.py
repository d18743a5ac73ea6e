"""Logs of both worlds: each row goes to the provider of its kind, and their lines come as one stream."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from random import Random
from typing import TYPE_CHECKING

from tui.logs.base import LogLine, LogProvider
from tui.model import Clock, Row, SystemClock
from tui.model.errors import ApiError
from tui.sources.backoff import Backoff

if TYPE_CHECKING:
    from config import Settings
    from tui.sources.clients import HubClients
    from tui.store import Store

_log = logging.getLogger("pierhead.sources.logs")
#: batches that wait for the reader; a slow reader slows the providers, never fills the memory
WAITING = 64
#: after a fault a provider reads again from this long before it (what was given is known by its identity), this many lines
OVERLAP_S, TAIL = 60.0, 10_000


Part = tuple[LogProvider, list[Row]]
Queue = asyncio.Queue[Sequence[LogLine]]


class LogDispatcher:
    """A LogProvider over several. ``resolve`` says which provider has the lines of which of the given rows."""

    def __init__(
        self,
        kinds: tuple[str, ...] = (),
        resolve: Callable[[Sequence[Row]], Sequence[Part]] = lambda rows: (),
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self.kinds = kinds
        self._resolve = resolve
        self._clock = clock or SystemClock()
        self._random = random or Random()

    async def follow(
        self, rows: Sequence[Row], *, since: float = 600.0, tail: int = 200, previous: bool = False
    ) -> AsyncIterator[Sequence[LogLine]]:
        """See ``LogProvider``. A fault of one provider is a line in its place; it is tried again, and the others go on."""
        queue: Queue = asyncio.Queue(WAITING)
        parts = self._resolve(rows)
        tasks = {asyncio.ensure_future(self._pump(part, queue, since, tail, previous)) for part in parts}
        try:
            while tasks or not queue.empty():
                getting = asyncio.ensure_future(queue.get())
                try:
                    done, _ = await asyncio.wait({getting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not getting.done():
                        getting.cancel()
                for task in done & tasks:
                    tasks.discard(task)
                    task.result()
                if getting.done() and not getting.cancelled():
                    yield getting.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _pump(self, part: Part, queue: Queue, since: float, tail: int, previous: bool) -> None:
        """Everything of one provider, through its faults."""
        provider, rows = part
        backoff = Backoff(self._random)
        while True:
            try:
                async for batch in provider.follow(rows, since=since, tail=tail, previous=previous):
                    backoff.reset()
                    await queue.put(batch)
                return
            except ApiError as error:
                words, again = f"{error}  {error.hint}".strip(), backoff.next(error)
            except Exception as error:  # noqa: BLE001 - the one place where a crash of a provider ends: shown, logged, tried again
                _log.exception("the logs of %s stopped", ", ".join(row.name for row in rows[:3]))
                words, again = f"reading logs failed on a fault of pierhead: {type(error).__name__}: {error}", backoff.next()
            failed = self._clock.now()
            await queue.put([LogLine(int(failed * 1e9), "logs", words, kind="error")])
            if previous:
                return
            await self._clock.sleep(again)
            since, tail = self._clock.now() - failed + OVERLAP_S, max(tail, TAIL)


def both_worlds(clients: HubClients, store: Store, settings: Settings, random: Random) -> LogDispatcher:
    """One provider for AWS, one for each cluster of the rows."""
    from tui.sources.aws.logs import CloudWatchLogs
    from tui.sources.kubernetes.logs import KubernetesLogs

    aws = CloudWatchLogs(clients, store, store.clock, poll_s=settings.logs.poll_s, random=random)

    def resolve(rows: Sequence[Row]) -> list[Part]:
        parts: dict[object, Part] = {}
        for row in rows:
            if row.key.kind in aws.kinds:
                parts.setdefault(aws, (aws, []))[1].append(row)
            elif row.key.kind in KubernetesLogs.kinds:
                cluster = clients.cluster(row.scope)
                if cluster not in parts:
                    parts[cluster] = (KubernetesLogs(cluster, store, store.clock, random), [])
                parts[cluster][1].append(row)
        return list(parts.values())

    return LogDispatcher((*aws.kinds, *KubernetesLogs.kinds), resolve, store.clock, random)
