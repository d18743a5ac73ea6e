"""Logs of both worlds: each row goes to the provider of its kind, and their lines come as one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from random import Random
from typing import TYPE_CHECKING

from tui.logs.base import LogLine, LogProvider
from tui.model import Row

if TYPE_CHECKING:
    from config import Settings
    from tui.sources.clients import HubClients
    from tui.store import Store

#: batches that wait for the reader; a slow reader slows the providers, never fills the memory
WAITING = 64


Part = tuple[LogProvider, list[Row]]


class LogDispatcher:
    """A LogProvider over several. ``resolve`` says which provider has the lines of which of the given rows."""

    def __init__(self, kinds: tuple[str, ...] = (), resolve: Callable[[Sequence[Row]], Sequence[Part]] = lambda rows: ()) -> None:
        self.kinds = kinds
        self._resolve = resolve

    async def follow(
        self, rows: Sequence[Row], *, since: float = 600.0, tail: int = 200, previous: bool = False
    ) -> AsyncIterator[Sequence[LogLine]]:
        """See ``LogProvider``. A fault of one provider is raised here, and ends the others."""
        parts = self._resolve(rows)
        queue: asyncio.Queue[Sequence[LogLine]] = asyncio.Queue(WAITING)

        async def pump(provider: LogProvider, part: list[Row]) -> None:
            async for batch in provider.follow(part, since=since, tail=tail, previous=previous):
                await queue.put(batch)

        tasks = {asyncio.ensure_future(pump(provider, part)) for provider, part in parts}
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

    return LogDispatcher((*aws.kinds, *KubernetesLogs.kinds), resolve)
