"""CPU and memory of pods, from metrics.k8s.io: polled, since that API has no watch."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Literal

import msgspec

from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import PodRow
from tui.model.monitoring import MetricRow
from tui.model.scope import Key
from tui.sources.base import Source, SourceContext
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.errors import nonsense
from tui.sources.kubernetes.initial import slices
from tui.sources.kubernetes.kinds import ListOf
from tui.sources.kubernetes.quantity import quantity, timestamp
from tui.sources.kubernetes.wire import PodMetrics
from tui.sources.polling import Cadence, Poller
from tui.store import Urgency

PATH = "/apis/metrics.k8s.io/v1beta1/pods"
#: the metrics server measures every 15 s by default
VISIBLE, BACKGROUND = 15.0, 60.0
_decoder = msgspec.json.Decoder(ListOf[PodMetrics])


def _place_of(pod: PodRow) -> tuple[tuple[str, str, str], ...]:
    return ((pod.key.identity, pod.namespace, pod.name),)


class PodMetricsSource(Source):
    """Figures of all pods of a cluster, joined with pods by namespace and name: they carry no uid."""

    name: ClassVar[str] = "kubernetes.metrics"
    kinds: ClassVar[tuple[str, ...]] = ("metrics",)
    reads: ClassVar[tuple[str, ...]] = ("k8s:list metrics.k8s.io/pods",)
    connection: ClassVar[Literal["aws", "kubernetes"]] = "kubernetes"

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        if context.kubernetes is None:
            raise ValueError("the metrics source needs a Kubernetes connection")
        self.cluster: KubernetesConnection = context.kubernetes
        self._pods = self.store.index("pods", "place", _place_of)
        self._unjoined: list[PodMetrics] = []

    async def run(self) -> None:
        """Poll while somebody looks at metrics of this cluster."""
        cadence = Cadence(action=VISIBLE, visible=VISIBLE, background=BACKGROUND)
        subscription = self.store.subscribe(("pods",), lambda _: self._join_late())
        try:
            await Poller(self, "metrics", self.cluster.scope, self._fetch, cadence).run()
        finally:
            subscription.close()

    async def _fetch(self, _: Urgency) -> str | None:
        began = self.store.stamp()
        try:
            body = await self.cluster.requests.read(PATH, what="list pods.metrics.k8s.io")
        except ApiError as error:
            if error.trouble is not Trouble.NOT_FOUND:
                raise
            words = "this cluster has no metrics server: CPU and memory of pods are not known"
            raise ApiError(Trouble.NOT_FOUND, words, operation=error.operation) from error
        try:
            items = _decoder.decode(body).items or []
        except msgspec.MsgspecError as error:
            raise nonsense(error, body, f"GET {PATH}", self.cluster.endpoint.place) from error
        relist = self.store.begin("metrics", self.cluster.scope, began)
        unjoined: list[PodMetrics] = []
        for part in slices(items):
            rows, missing = self._join(part)
            relist.page(rows)
            unjoined += missing
            await asyncio.sleep(0)
        relist.end()
        self._unjoined = unjoined
        return None

    def _join(self, items: list[PodMetrics]) -> tuple[list[MetricRow], list[PodMetrics]]:
        """Rows of those whose pods are known, and the others, which wait for their pods."""
        pairs = [(item, self._row(item)) for item in items]
        rows = [row for _, row in pairs if row is not None]
        for row in rows:
            self._remember(row)
        return rows, [item for item, row in pairs if row is None]

    def _join_late(self) -> None:
        """Pods changed: figures that came before their pods find them now."""
        if self._unjoined:
            rows, self._unjoined = self._join(self._unjoined)
            if rows:
                self.store.upsert(rows, self.store.stamp())

    def _row(self, item: PodMetrics) -> MetricRow | None:
        meta, scope = item.metadata, self.cluster.scope
        found: tuple[Any, ...] = self._pods.get((scope.identity, meta.namespace, meta.name))
        if not found:
            return None
        pod = found[0]
        usages = [container.usage or {} for container in item.containers or ()]
        return MetricRow(
            key=Key.of("metrics", scope, f"pods:{pod.uid}"),
            scope=scope,
            name=meta.name,
            target=pod.key,
            cpu=sum(quantity(usage.get("cpu")) for usage in usages),
            memory=sum(quantity(usage.get("memory")) for usage in usages),
            time=timestamp(item.timestamp),
        )

    def _remember(self, row: MetricRow) -> None:
        time = row.time or self.clock.now()
        for series, value in (("cpu", row.cpu), ("memory", row.memory)):
            if value is not None:
                self.store.history.point(row.target, series, time, value)
