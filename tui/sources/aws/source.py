"""What the AWS sources share: the connection, priorities, batches, several calls at once, one loop for each ECS cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from typing import Any, ClassVar, TypeVar

from tui.model import Scope
from tui.model.errors import ApiError
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import answer_of
from tui.sources.aws.limits import Priority
from tui.sources.aws.wire import Wire
from tui.sources.base import Source, SourceContext, World
from tui.sources.polling import STATES, Cadence, Poller
from tui.store.freshness import Freshness, FreshState
from tui.store.interest import Urgency

T = TypeVar("T")
W = TypeVar("W", bound=Wire)


def priority_of(urgency: Urgency) -> Priority:
    """Who looks decides who waits."""
    if urgency == Urgency.ACTION:
        return Priority.ACTION
    return Priority.VISIBLE if urgency == Urgency.VISIBLE else Priority.BACKGROUND


def batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """``items`` in pieces of at most ``size``, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


async def every(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all at once and wait for all, also when some fail; then raise the first error (ApiErrors last)."""
    results = await asyncio.gather(*works, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    for error in sorted(errors, key=lambda error: isinstance(error, ApiError)):
        raise error
    return [result for result in results if not isinstance(result, BaseException)]


class AwsSource(Source):
    """A source of one AWS connection."""

    connection: ClassVar[World] = "aws"

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        if context.aws is None:
            raise ValueError(f"{self.name} needs an AWS connection")
        self.aws: AwsConnection = context.aws

    @property
    def scope(self) -> Scope:
        """The connection's account and region."""
        return self.aws.scope

    async def narrow(self, service: str, operation: str, params: dict[str, Any], kind: type[W], urgency: Urgency) -> W:
        """A hot call, read by our decoder."""
        answer = await self.aws.call(service, operation, params, priority=priority_of(urgency), how=kind)
        return answer_of(f"{service}:{operation}", answer, kind)

    def poller(
        self,
        fetch: Callable[[Urgency], Awaitable[str | None]],
        cadence: Cadence,
        *,
        kinds: str | tuple[str, ...] = "",
        scope: Scope | None = None,
        also: tuple[str, ...] = (),
        news: Callable[[], bool] = lambda: False,
    ) -> Poller:
        """A poller of the source's kinds in its account and region, unless said otherwise."""
        return Poller(self, kinds or self.kinds, scope or self.scope, fetch, cadence, also=also, news=news)


class ClusterSource(AwsSource):
    """A source that reads cluster by cluster: each has its own loop and freshness, so one that is denied hides no other."""

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.directory = self.aws.directory
        self._loops: dict[str, asyncio.Task[None]] = {}

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        """The endless work for one cluster (its ARN)."""
        raise NotImplementedError

    def left(self, cluster: str) -> None:
        """A cluster is gone: forget what is remembered of it."""

    async def run(self) -> None:
        """Follow the list of clusters."""
        changed = asyncio.Event()
        off = self.directory.subscribe(changed.set)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._follow(group)
                    await changed.wait()
                    changed.clear()
        finally:
            off()
            self._loops.clear()

    def _follow(self, group: asyncio.TaskGroup) -> None:
        """Start loops for new clusters, end those of clusters that are gone, and say what the list itself lacks."""
        known = self.directory.clusters
        self._say_list(known)
        for cluster in [cluster for cluster in self._loops if cluster not in (known or ())]:
            self._loops.pop(cluster).cancel()
            scope = self.aws.cluster_scope(cluster)
            for kind in self.kinds:
                self.store.begin(kind, scope, self.store.stamp()).end()
            self.store.freshness.drop(source=self.name, scope=scope)
            self.left(cluster)
        for cluster in known or ():
            if cluster not in self._loops:
                self._loops[cluster] = group.create_task(self.loop(cluster), name=f"{self.name} {cluster}")

    def _no_clusters(self, known: tuple[str, ...] | None) -> str:
        """What to say where the list was read and is empty."""
        if known is None:
            return ""
        wanted = self.context.settings.aws.cluster
        return f'no ECS cluster "{wanted}" in {self.aws.region}' if wanted else f"no ECS clusters in {self.aws.region}"

    def _say_list(self, known: tuple[str, ...] | None) -> None:
        """The freshness of the account where there is no cluster to say it of."""
        error = self.directory.error
        if known:
            self.store.freshness.drop(source=self.name, scope=self.scope)
            return
        state = FreshState.LOADING
        if error is not None:
            state = STATES.get(error.trouble, FreshState.ERROR)
        elif known is not None:
            state = FreshState.POLLING
        now = self.clock.now()
        for kind in self.kinds:
            self.store.freshness.set(
                Freshness(
                    source=self.name,
                    kind=kind,
                    scope=self.scope,
                    state=state,
                    since=now,
                    last_success=self.directory.read_at,
                    message=str(error) if error is not None else self._no_clusters(known),
                    hint=error.hint if error is not None else "",
                    next_try=self.directory.next_try,
                    interval=None,
                )
            )
            if self.directory.began is not None:
                self.store.freshness.polled(self.name, kind, self.scope, self.directory.began)
