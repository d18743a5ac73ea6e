"""A watched kind as a source: all namespaces at once, or, where that is denied, each namespace that may be read.

A namespace that is denied or fails never empties the others: each has its own freshness. The whole is tried again every
five minutes and on ``ctrl-r``, since rights change.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from typing import Any, ClassVar, Literal

from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import NamespaceRow
from tui.sources.backoff import SLOW
from tui.sources.base import Source, SourceContext
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.decode import Place
from tui.sources.kubernetes.kinds import Kind
from tui.sources.kubernetes.reflector import Reflector
from tui.sources.kubernetes.status import Reporter
from tui.sources.polling import Waker
from tui.sources.supervisor import together
from tui.store import InterestNews

AGAIN = SLOW[Trouble.DENIED]
#: namespaces that are watched one by one at most
MOST = 50


class Watched(Source):
    """One kind of one cluster. ``objects.py`` makes a class of it for each entry of ``KINDS``."""

    connection: ClassVar[Literal["aws", "kubernetes"]] = "kubernetes"

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        if context.kubernetes is None:
            raise ValueError(f"{self.name} needs a Kubernetes connection")
        self.cluster: KubernetesConnection = context.kubernetes
        self._place = Place(self.cluster.scope)
        self._waker = Waker(self)

    @property
    @abstractmethod
    def watches(self) -> Kind:
        """What is watched."""

    async def run(self) -> None:
        """Reflect the whole cluster, or its namespaces where the whole is denied."""
        subscription = self.store.interest.subscribe(self._heard)
        try:
            while True:
                try:
                    await Reflector(self, self.cluster, self.watches, denied_ends=self.watches.namespaced).run()
                except ApiError as error:
                    await self._by_namespace(error)
        finally:
            subscription.close()

    def _heard(self, news: InterestNews) -> None:
        if news.refresh and news.kind in ("", self.watches.kind):
            self._waker.wake()

    async def _by_namespace(self, denied: ApiError) -> None:
        """Watch what may be read, for ``AGAIN`` seconds or until a refresh is asked for."""
        report = Reporter(self, self.watches.kind, self.cluster.scope)
        began = self.store.stamp()
        readable, refused = await self._namespaces()
        again = self.clock.now() + AGAIN
        if not readable:
            report.failed(denied, AGAIN)
        else:
            words = f"{len(readable)} namespaces read"
            if len(readable) < 6:
                words = f"read by namespace: {', '.join(readable)}"
            elif len(readable) > MOST:
                words = f"{MOST} of {len(readable)} namespaces read"
            more = f"; {len(refused)} denied" if refused else ""
            report.partly(f"{words}{more} ({denied})", again)
            for namespace in refused[:MOST]:
                self._reporter(namespace).denied(f"you may not list {self.watches.resource} in {namespace}", again)
        report.tried(began)
        works = [self._one(namespace) for namespace in readable[:MOST]]
        rest = asyncio.ensure_future(self._waker.sleep(AGAIN))
        group = asyncio.ensure_future(together(*works)) if works else None
        try:
            waiting: set[asyncio.Future[Any]] = {rest} if group is None else {rest, group}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if group is not None and group.done():
                await group
        finally:
            tasks = [rest, *([group] if group is not None else [])]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for namespace in (*readable[:MOST], *refused[:MOST]):
                self.store.freshness.drop(source=self.name, kind=self.watches.kind, scope=self._place.at(namespace))
            self.cluster.access.forget()

    def _reporter(self, namespace: str) -> Reporter:
        return Reporter(self, self.watches.kind, self._place.at(namespace))

    def _one(self, namespace: str) -> Any:
        return Reflector(self, self.cluster, self.watches, namespace).run

    async def _namespaces(self) -> tuple[list[str], list[str]]:
        """Namespaces that may be listed and those that may not, by access reviews of all that we know of."""
        known = await self._known()
        readable: list[str] = []
        refused: list[str] = []
        for namespace in known:
            try:
                allowed, _ = await self.cluster.may("list", self.watches.group, self.watches.resource, namespace)
            except ApiError:
                allowed = True  # a cluster that answers no reviews: the listing itself will say
            (readable if allowed else refused).append(namespace)
        return readable, refused

    async def _known(self) -> list[str]:
        """The context's and the user's namespace first, then those that the store knows of, then those of the server."""
        names = dict.fromkeys(n for n in (self.cluster.namespace, self.context.settings.kubernetes.namespace) if n)
        owner = self.cluster.scope.owner
        for row in self.store.rows("namespaces"):
            if isinstance(row, NamespaceRow) and row.scope.owner == owner:
                names[row.name] = None
        # rights that were taken away: what was read before says where to look
        seen = {row.scope.namespace for row in self.store.rows(self.watches.kind) if row.scope.owner == owner}
        names.update((name, None) for name in sorted(seen))
        if len(names) < 2:
            try:
                answer = await self.cluster.get("/api/v1/namespaces", {"limit": "500"})
            except ApiError as error:
                self.log.info("namespaces cannot be listed: %s", error)
            else:
                names.update((str(item["metadata"]["name"]), None) for item in answer.get("items") or ())
        return list(names)
