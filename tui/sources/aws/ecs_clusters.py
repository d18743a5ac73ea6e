"""ECS clusters: ListClusters now and then, DescribeClusters while somebody looks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from tui.model import Key
from tui.model.ecs import ClusterRow
from tui.model.errors import ApiError, Trouble
from tui.sources.aws.decode import convert
from tui.sources.aws.rows import tags_of
from tui.sources.aws.source import AwsSource, batches, every, priority_of
from tui.sources.aws.wire import Tag, Wire
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

#: kinds whose sources need to know the clusters
NEEDED_BY = (
    "services", "tasks", "containers", "service-deployments", "target-health", "metrics", "images", "task-definitions",
)  # fmt: skip
LIST_EVERY_S = 30.0
BATCH = 100


class Cluster(Wire):
    """DescribeClusters' member ``clusters``."""

    cluster_arn: str = ""
    cluster_name: str = ""
    status: str = ""
    active_services_count: int = 0
    running_tasks_count: int = 0
    pending_tasks_count: int = 0
    registered_container_instances_count: int = 0
    capacity_providers: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()


class DescribeClusters(Wire):
    """The answer."""

    clusters: tuple[Cluster, ...] = ()


class EcsClusters(AwsSource):
    """Rows of ``clusters``, and the directory that the other ECS sources follow."""

    name: ClassVar[str] = "ecs-clusters"
    kinds: ClassVar[tuple[str, ...]] = ("clusters",)
    reads: ClassVar[tuple[str, ...]] = ("ecs:ListClusters", "ecs:DescribeClusters")

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.directory = self.aws.directory
        self._listed = float("-inf")

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context), also=NEEDED_BY).run()

    async def _read(self, urgency: Urgency) -> str | None:
        began = self.store.stamp()
        try:
            arns = await self._arns(urgency)
            if self.directory.clusters is None:
                self.directory.read(arns, self.clock.now(), began)  # the first time nobody waits for what they look like
            looked_at = self.store.interest.urgency("clusters", self.scope) is not None
            if looked_at:
                relist = self.store.begin("clusters", self.scope, began)
                for rows in await every(self._described(part, urgency) for part in batches(arns, BATCH)):
                    relist.page(rows)
                relist.end()
        except ApiError as error:
            self.directory.failed(error, began)
            raise
        self.directory.read(arns, self.clock.now(), began)
        return None if arns else "no clusters"

    async def _arns(self, urgency: Urgency) -> tuple[str, ...]:
        """The clusters, listed afresh every 30 s, or when asked for."""
        now = self.clock.monotonic()
        asked = self.store.interest.asked("clusters", self.scope)
        known = self.directory.clusters
        fresh = now - self._listed < LIST_EVERY_S
        if known is not None and fresh and (asked is None or (self.directory.began is not None and asked < self.directory.began)):
            return known
        wanted = self.context.settings.aws.cluster
        try:
            arns = await self._listing(urgency)
        except ApiError as error:
            if error.trouble != Trouble.DENIED or not wanted:
                raise
            arns = tuple(row.arn for row in await self._described((wanted,), urgency))
        self._listed = now
        if wanted:
            arns = tuple(arn for arn in arns if wanted in (arn, arn.rsplit("/", 1)[-1]))
        return arns

    async def _listing(self, urgency: Urgency) -> tuple[str, ...]:
        offered = self.directory.take()
        if offered is not None:
            return tuple(sorted(offered))
        found: list[str] = []
        token = ""
        while True:
            params = {"maxResults": 100, **({"nextToken": token} if token else {})}
            answer = await self.aws.call("ecs", "ListClusters", params, priority=priority_of(urgency))
            found += answer.get("clusterArns") or ()
            token = str(answer.get("nextToken") or "")
            if not token:
                return tuple(sorted(found))

    async def _described(self, arns: Sequence[str], urgency: Urgency) -> list[ClusterRow]:
        params = {"clusters": list(arns), "include": ["TAGS"]}
        answer = await self.aws.call("ecs", "DescribeClusters", params, priority=priority_of(urgency))
        whole = convert("ecs:DescribeClusters", answer, DescribeClusters)
        return [self._row(cluster) for cluster in whole.clusters if cluster.status != "INACTIVE"]

    def _row(self, cluster: Cluster) -> ClusterRow:
        return ClusterRow(
            key=Key.of("clusters", self.scope, cluster.cluster_arn),
            scope=self.scope,
            name=cluster.cluster_name,
            arn=cluster.cluster_arn,
            status=cluster.status,
            services=cluster.active_services_count,
            running=cluster.running_tasks_count,
            pending=cluster.pending_tasks_count,
            instances=cluster.registered_container_instances_count,
            capacity_providers=cluster.capacity_providers,
            tags=tags_of(cluster.tags),
        )
