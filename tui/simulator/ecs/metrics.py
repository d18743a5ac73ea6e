"""CloudWatch's metrics of the embedded world: which there are, and their values minute by minute, computed when asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.simulator.ecs.balancers import balancers
from tui.simulator.ecs.engine import Engine
from tui.simulator.ecs.load import Load

if TYPE_CHECKING:
    from tui.simulator.ecs.balancers import TargetGroup
    from tui.simulator.ecs.objects import Cluster, Service

MINUTE = 60
KEPT = 15 * 86_400.0  # seconds that one-minute points are kept
INSIGHTS = "ECS/ContainerInsights"
ALB, NLB = "AWS/ApplicationELB", "AWS/NetworkELB"


@dataclass(frozen=True, slots=True)
class Point:
    """The statistics of one minute."""

    average: float
    minimum: float
    maximum: float
    total: float
    count: float

    def statistic(self, name: str) -> float | None:
        """``Average``, ``Sum``, ``p99`` …; None for one that does not exist."""
        plain = {"Average": self.average, "Minimum": self.minimum, "Maximum": self.maximum, "Sum": self.total}
        if name in plain:
            return plain[name]
        if name == "SampleCount":
            return self.count
        if name[:1] == "p" and name[1:].replace(".", "", 1).isdigit():
            share = min(1.0, float(name[1:]) / 100)
            low, high = (self.minimum, self.average) if share < 0.5 else (self.average, self.maximum)
            return low + (high - low) * ((share * 2) % 1 if share != 1 else 1)
        return None


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with the function that gives a minute's point (None: nothing was reported)."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str
    value: Callable[[float], Point | None]
    since: float


class Metrics:
    """All metrics; ``world.state["metrics"]``. The catalogue is made anew for each question: services come and go."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.world = engine.world
        self.load = Load(engine)

    def find(self, namespace: str, name: str, dimensions: dict[str, str]) -> Metric | None:
        """The metric with exactly these dimensions."""
        wanted = frozenset(dimensions.items())
        candidates = self._narrowed(namespace, dimensions)
        return next((m for m in candidates if m.name == name and frozenset(m.dimensions) == wanted), None)

    def _narrowed(self, namespace: str, dimensions: dict[str, str]) -> Iterator[Metric]:
        """Only what the dimensions can mean: a question for one service must not walk through 200."""
        cluster = self.engine.ecs.clusters.get(dimensions.get("ClusterName", ""))
        if namespace in ("AWS/ECS", INSIGHTS):
            if cluster is None:
                return
            service = cluster.services.get(dimensions.get("ServiceName", ""))
            if service is not None:
                yield from self._of_service(service)
            elif "ServiceName" not in dimensions:
                yield from self._of_cluster(cluster)
        elif namespace in (ALB, NLB):
            for service in self._services():
                yield from self._of_targets(service, namespace, dimensions)

    def _services(self) -> Iterator[Service]:
        for cluster in self.engine.ecs.clusters.values():
            yield from cluster.services.values()

    def all(self) -> Iterator[Metric]:
        """Every metric (ListMetrics, SEARCH)."""
        for cluster in self.engine.ecs.clusters.values():
            yield from self._of_cluster(cluster)
        for service in self._services():
            if service.status == "ACTIVE":
                yield from self._of_service(service)
                yield from self._of_targets(service, "", {})

    # Families

    def _of_service(self, service: Service) -> Iterator[Metric]:
        dimensions = (("ClusterName", service.cluster.name), ("ServiceName", service.name))
        load, since = self.load, service.created

        def metric(namespace: str, name: str, unit: str, value: Callable[[float], Point | None]) -> Metric:
            return Metric(namespace, name, dimensions, unit, value, since)

        yield metric("AWS/ECS", "CPUUtilization", "Percent", lambda t: self._spread(service, load.cpu(service, t), t, 0.22))
        yield metric("AWS/ECS", "MemoryUtilization", "Percent", lambda t: self._spread(service, load.memory(service, t), t, 0.06))
        if service.cluster.settings.get("containerInsights") in ("enabled", "enhanced"):
            cpu, memory = service.definition.cpu, service.definition.memory
            running = service.running_at
            yield metric(INSIGHTS, "RunningTaskCount", "Count", lambda t: flat(running(t)))
            yield metric(INSIGHTS, "DesiredTaskCount", "Count", lambda t: flat(service.desired))
            yield metric(INSIGHTS, "PendingTaskCount", "Count", lambda t: flat(max(0, service.desired - running(t))))
            yield metric(INSIGHTS, "DeploymentCount", "Count", lambda t: flat(len(service.deployments)))
            yield metric(INSIGHTS, "CpuReserved", "None", lambda t: flat(cpu * running(t)))
            yield metric(INSIGHTS, "MemoryReserved", "Megabytes", lambda t: flat(memory * running(t)))
            yield metric(INSIGHTS, "CpuUtilized", "None", lambda t: flat((load.cpu(service, t) or 0) / 100 * cpu * running(t)))
            yield metric(
                INSIGHTS,
                "MemoryUtilized",
                "Megabytes",
                lambda t: flat((load.memory(service, t) or 0) / 100 * memory * running(t)),
            )

    def _of_cluster(self, cluster: Cluster) -> Iterator[Metric]:
        dimensions = (("ClusterName", cluster.name),)
        load = self.load

        def mean(figure: Callable[[Service, float], float | None], t: float) -> Point | None:
            values = [(v, s.running_at(t)) for s in cluster.services.values() if (v := figure(s, t)) is not None]
            weight = sum(w for _, w in values)
            return flat(sum(v * w for v, w in values) / weight) if weight else None

        yield Metric("AWS/ECS", "CPUUtilization", dimensions, "Percent", lambda t: mean(load.cpu, t), 0.0)
        yield Metric("AWS/ECS", "MemoryUtilization", dimensions, "Percent", lambda t: mean(load.memory, t), 0.0)
        instances = cluster.instances.values()
        if instances:
            cpu, memory = sum(i.cpu for i in instances), sum(i.memory for i in instances)
            yield Metric(
                "AWS/ECS",
                "CPUReservation",
                dimensions,
                "Percent",
                lambda t: flat(100 - 100 * sum(i.free_cpu for i in instances) / cpu),
                0.0,
            )
            yield Metric(
                "AWS/ECS",
                "MemoryReservation",
                dimensions,
                "Percent",
                lambda t: flat(100 - 100 * sum(i.free_memory for i in instances) / memory),
                0.0,
            )

    def _of_targets(self, service: Service, namespace: str, wanted: dict[str, str]) -> Iterator[Metric]:
        known = balancers(self.world)
        for arn in service.target_groups:
            group = known.groups.get(arn)
            if group is None or not group.balancers or wanted.get("TargetGroup", group.dimension) != group.dimension:
                continue
            balancer = known.balancers[group.balancers[0]]
            kind = ALB if balancer.kind == "application" else NLB
            if namespace not in ("", kind):
                continue
            both = (("TargetGroup", group.dimension), ("LoadBalancer", balancer.dimension))
            for dimensions in (both, both[:1]) if kind == ALB else (both,):
                yield from self._figures(service, group, kind, dimensions)

    def _figures(
        self, service: Service, group: TargetGroup, kind: str, dimensions: tuple[tuple[str, str], ...]
    ) -> Iterator[Metric]:
        load, since = self.load, service.created

        def metric(name: str, unit: str, value: Callable[[float], Point | None]) -> Metric:
            return Metric(kind, name, dimensions, unit, value, since)

        def healthy(t: float) -> Point:
            return flat(max(0, service.running_at(t) - load.unhealthy(service, t)))

        yield metric("HealthyHostCount", "Count", healthy)
        yield metric("UnHealthyHostCount", "Count", lambda t: flat(load.unhealthy(service, t)))
        if kind == NLB:
            yield metric("ActiveFlowCount", "Count", lambda t: flat(load.requests(service, t) / 30))
            yield metric("ProcessedBytes", "Bytes", lambda t: counted(load.requests(service, t) * 900))
            return
        yield metric("RequestCount", "Count", lambda t: counted(round(load.requests(service, t))))
        yield metric(
            "RequestCountPerTarget",
            "Count",
            lambda t: counted(round(load.requests(service, t) / max(1, service.running_at(t)))),
        )
        yield metric("TargetResponseTime", "Seconds", lambda t: self._latency(service, t))
        yield metric(
            "HTTPCode_Target_5XX_Count",
            "Count",
            lambda t: counted(round(load.requests(service, t) * load.errors(service, t))) if load.errors(service, t) else None,
        )
        yield metric("HTTPCode_Target_4XX_Count", "Count", lambda t: counted(round(load.requests(service, t) * 0.013)))
        yield metric(
            "HTTPCode_Target_2XX_Count",
            "Count",
            lambda t: counted(round(load.requests(service, t) * (0.987 - load.errors(service, t)))),
        )

    def _spread(self, service: Service, value: float | None, time: float, spread: float) -> Point | None:
        if value is None:
            return None
        running = service.running_at(time)
        off = spread * (0.5 + 0.5 * self.load.chance(service, "spread", time))
        return Point(value, max(0.0, value * (1 - off)), min(100.0, value * (1 + off)), value * running, running)

    def _latency(self, service: Service, time: float) -> Point:
        value = self.load.response_time(service, time)
        count = self.load.requests(service, time)
        return Point(value, value * 0.25, value * 9.0, value * count, count)

    # Reading

    def points(self, metric: Metric, start: float, end: float, period: int) -> list[tuple[float, Point]]:
        """(start of period, statistics) for complete minutes from ``start`` up to ``end``, oldest first."""
        now = self.world.now()
        start = max(start, metric.since, now - KEPT)
        end = min(end, now - now % MINUTE)
        period = max(MINUTE, int(period))
        found: list[tuple[float, Point]] = []
        at = start - start % period
        while at < end:
            minutes = [p for m in range(int(at), min(int(at) + period, int(end)), MINUTE) if (p := metric.value(m)) is not None]
            if minutes:
                found.append((at, _joined(minutes)))
            at += period
        return found


def flat(value: float) -> Point:
    """A gauge that was reported once in the minute."""
    return Point(float(value), float(value), float(value), float(value), 1.0)


def counted(value: float) -> Point:
    """A counter: one sample of 1 for each event."""
    return Point(1.0, 1.0, 1.0, float(value), max(1.0, float(value))) if value else Point(0.0, 0.0, 0.0, 0.0, 1.0)


def _joined(points: list[Point]) -> Point:
    if len(points) == 1:
        return points[0]
    count = sum(p.count for p in points)
    total = sum(p.total for p in points)
    return Point(total / count, min(p.minimum for p in points), max(p.maximum for p in points), total, count)
