"""CPU and memory of the services on the screen, from CloudWatch, once a minute; of one that comes into sight a second later.

GetMetricData is billed by the metric asked for, so only services on the screen are asked about: two metrics each, 250
services a call. The first time an hour comes, for the sparkline; then the last ten minutes, since figures arrive late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from msgspec import Struct

from tui.model import Key
from tui.model.ecs import ServiceRow
from tui.model.monitoring import MetricRow
from tui.sources.aws.source import AwsSource, batches, every, priority_of
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

EVERY_S = 60.0
TOGETHER_S = 15.0
PERIOD_S = 60
FIRST_S = 3600.0
AGAIN_S = 600.0
QUERIES = 500  # GetMetricData's limit
SERIES = (("cpu", "CPUUtilization"), ("memory", "MemoryUtilization"))


class Query(Struct, frozen=True):
    """One metric of one service."""

    target: Key
    series: str
    metric: str
    cluster: str
    service: str


class Metrics(AwsSource):
    """Rows of ``metrics`` for services, and the series ``cpu`` and ``memory`` (percent) of the history."""

    name: ClassVar[str] = "cloudwatch-metrics"
    kinds: ClassVar[tuple[str, ...]] = ("metrics",)
    reads: ClassVar[tuple[str, ...]] = ("cloudwatch:GetMetricData",)

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._read_at: dict[Key, float] = {}
        self._newest: dict[Key, dict[str, tuple[float, float]]] = {}

    async def run(self) -> None:
        turn = Cadence.of(self.context)
        cadence = Cadence(action=turn.visible, visible=turn.visible, background=EVERY_S)
        await self.poller(self._read, cadence, also=("services",), news=self._has_new).run()

    def _has_new(self) -> bool:
        """Whether a service has come into sight whose figures were never read."""
        return any(row.key not in self._read_at for row in self._visible())

    async def _read(self, urgency: Urgency) -> str | None:
        """Ask about services that are due: new ones on the screen at once, the others once a minute, with those that would be
        due soon, so that services which came into sight one after the other are asked about in one call again."""
        now = self.clock.monotonic()
        visible = self._visible()
        new = [row for row in visible if row.key not in self._read_at]
        waited = {row.key: now - self._read_at[row.key] for row in visible if row.key in self._read_at}
        late = max(waited.values(), default=0.0) >= EVERY_S
        old = [row for row in visible if late and waited.get(row.key, 0.0) >= EVERY_S - TOGETHER_S]
        await every(self._ask(rows, seconds, urgency) for rows, seconds in ((new, FIRST_S), (old, AGAIN_S)) if rows)
        return None

    def _visible(self) -> list[ServiceRow]:
        """Services on the screen that exist and are this connection's."""
        keys = self.store.interest.keys("services", self.scope, Urgency.VISIBLE) | self.store.interest.keys("metrics", self.scope)
        rows = (self.store.owned(self.aws.owner, key) for key in keys if key.kind == "services")
        return [row for row in rows if isinstance(row, ServiceRow) and self.store.is_live(row.key)]

    async def _ask(self, rows: Sequence[ServiceRow], seconds: float, urgency: Urgency) -> None:
        asked = [Query(row.key, series, metric, row.cluster, row.name) for row in rows for series, metric in SERIES]
        for row in rows:
            self._read_at[row.key] = self.clock.monotonic()
        await every(self._batch(part, seconds, urgency) for part in batches(asked, QUERIES))

    async def _batch(self, asked: Sequence[Query], seconds: float, urgency: Urgency) -> None:
        stamp = self.store.stamp()
        now = self.clock.now()
        params: dict[str, Any] = {
            "StartTime": datetime.fromtimestamp(now - seconds, UTC),
            "EndTime": datetime.fromtimestamp(now, UTC),
            "ScanBy": "TimestampAscending",
            "MetricDataQueries": [metric_query(number, query) for number, query in enumerate(asked)],
        }
        try:
            while True:
                answer = await self.aws.call("cloudwatch", "GetMetricData", params, priority=priority_of(urgency))
                for result in answer.get("MetricDataResults") or ():
                    self._take(asked[int(str(result["Id"])[1:])], result)
                if not answer.get("NextToken"):
                    break
                params = {**params, "NextToken": answer["NextToken"]}
        except BaseException:
            for query in asked:
                self._read_at.pop(query.target, None)
            raise
        self.store.upsert([self._row(key) for key in dict.fromkeys(query.target for query in asked)], stamp)

    def _take(self, query: Query, result: Mapping[str, Any]) -> None:
        """Points into the history; the newest is remembered for the row."""
        for time, value in zip(result.get("Timestamps") or (), result.get("Values") or (), strict=False):
            when = time.timestamp() if isinstance(time, datetime) else float(time)
            self.store.history.point(query.target, query.series, when, float(value))
            newest = self._newest.setdefault(query.target, {})
            if when >= newest.get(query.series, (0.0, 0.0))[0]:
                newest[query.series] = (when, float(value))

    def _row(self, target: Key) -> MetricRow:
        newest = self._newest.get(target, {})
        cpu, memory = newest.get("cpu"), newest.get("memory")
        cluster, _, name = target.id.rpartition("#")
        scope = self.aws.cluster_scope(cluster)
        return MetricRow(
            key=Key.of("metrics", scope, f"{target.kind}:{target.id}"),
            scope=scope,
            name=name,
            target=target,
            cpu=cpu[1] if cpu else None,
            memory=memory[1] if memory else None,
            time=max((cpu or (0.0, 0.0))[0], (memory or (0.0, 0.0))[0]),
        )


def metric_query(number: int, query: Query) -> dict[str, Any]:
    """A member of ``MetricDataQueries``: the average of a minute."""
    dimensions = [{"Name": "ClusterName", "Value": query.cluster}, {"Name": "ServiceName", "Value": query.service}]
    metric = {"Namespace": "AWS/ECS", "MetricName": query.metric, "Dimensions": dimensions}
    return {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": PERIOD_S, "Stat": "Average"}}
