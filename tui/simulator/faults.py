"""What goes wrong on the way: faults by service and operation, rate buckets as AWS has them, and the mix of ``--chaos``.

A rule is data (the control endpoint sends it as JSON). The fronts ask ``pick`` once a request, and do what the rule says
in their own protocol's words. The Kubernetes front has faults of its own kind (``tui.simulator.kubernetes.faults``).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

KINDS = (
    "latency",  # answer after ``seconds``
    "throttled",  # ThrottlingException, or 429 with Retry-After
    "internal",  # HTTP 500
    "unavailable",  # HTTP 503
    "expired",  # ExpiredTokenException, or 401
    "denied",  # AccessDeniedException, or 403
    "html",  # a proxy's HTML page, status 502
    "truncated",  # the first half of the answer's body, properly ended
    "cut",  # the connection ends within the answer (a stream: after ``seconds``)
    "reset",  # the connection ends before the answer
)


@dataclass(slots=True)
class Fault:
    """One rule. ``service`` and ``operation`` are patterns (``ecs``, ``Describe*``); ``count`` None means for ever."""

    kind: str
    service: str = "*"
    operation: str = "*"
    probability: float = 1.0
    count: int | None = None
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}: {', '.join(KINDS)}")

    def matches(self, service: str, operation: str) -> bool:
        """Whether the rule is about this operation."""
        return fnmatchcase(service, self.service) and fnmatchcase(operation, self.operation)


@dataclass(slots=True)
class Bucket:
    """A token bucket on real time: ``burst`` tokens, refilled with ``rate`` a second."""

    burst: float
    rate: float
    tokens: float = -1.0
    since: float = 0.0

    def take(self, now: float) -> bool:
        """Take one token if there is one."""
        self.tokens = self.burst if self.tokens < 0 else min(self.burst, self.tokens + (now - self.since) * self.rate)
        self.since = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


# (service, operations, burst, sustained a second). ECS: "Request throttling for the Amazon ECS API"; logs: its quotas page.
LIMITS: tuple[tuple[str, tuple[str, ...], float, float], ...] = (
    ("ecs", ("DescribeServices", "ListServices", "ListServicesByNamespace"), 100, 20),
    ("ecs", ("DescribeTasks", "ListTasks", "DescribeContainerInstances", "ListContainerInstances"), 100, 20),
    ("ecs", ("DescribeClusters", "ListClusters", "DescribeCapacityProviders"), 50, 20),
    ("ecs", ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"), 50, 20),
    ("ecs", ("RegisterTaskDefinition", "DeregisterTaskDefinition"), 20, 1),
    ("ecs", ("CreateService", "UpdateService", "DeleteService"), 50, 5),
    ("ecs", ("RunTask", "StartTask", "StopTask", "ExecuteCommand"), 100, 40),
    ("ecs", ("DescribeServiceDeployments", "ListServiceDeployments"), 50, 20),
    ("ecs", ("DescribeServiceRevisions",), 50, 20),
    ("ecs", ("ListTagsForResource",), 50, 20),
    ("logs", ("FilterLogEvents",), 10, 10),
    ("logs", ("GetLogEvents",), 10, 10),
    ("logs", ("StartLiveTail",), 5, 5),
    ("cloudwatch", ("GetMetricData",), 50, 50),
    ("cloudwatch", ("DescribeAlarms",), 9, 9),
)


@dataclass(slots=True)
class Faults:
    """The rules in force. ``limits`` switches the rate buckets on."""

    rng: random.Random
    rules: list[Fault] = field(default_factory=list)
    limits: bool = False
    monotonic: Callable[[], float] = time.monotonic
    _buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for service, operations, burst, rate in LIMITS:
            bucket = Bucket(burst, rate)
            self._buckets.update(((service, operation), bucket) for operation in operations)

    def configure(self, wanted: dict[str, Any]) -> None:
        """``{"rules": [{"kind": "throttled", "service": "ecs", "count": 3}], "add": [...], "limits": true}``."""
        if "rules" in wanted:
            self.rules = [Fault(**rule) for rule in wanted["rules"]]
        self.rules += [Fault(**rule) for rule in wanted.get("add", ())]
        self.limits = bool(wanted.get("limits", self.limits))

    def pick(self, service: str, operation: str) -> Fault | None:
        """The fault that this request meets, None mostly. Latency adds up with nothing: first match wins."""
        for rule in self.rules:
            if rule.matches(service, operation) and (rule.probability >= 1 or self.rng.random() < rule.probability):
                return self._use(rule)
        if self.limits:
            bucket = self._buckets.get((service, operation))
            if bucket is not None and not bucket.take(self.monotonic()):
                return Fault("throttled")
        return None

    def _use(self, rule: Fault) -> Fault:
        if rule.count is not None:
            rule.count -= 1
            if rule.count <= 0:
                self.rules.remove(rule)
        return rule


@dataclass(frozen=True, slots=True)
class Weather:
    """One entry of the chaos mix: rules for the AWS front, and changes for the Kubernetes front (its own ``Faults``)."""

    name: str
    rules: tuple[Fault, ...] = ()
    kubernetes: dict[str, Any] = field(default_factory=dict)


CALM = Weather("calm")
KUBERNETES_CALM: dict[str, Any] = {
    "throttle": 0,
    "errors": 0,
    "expired": False,
    "gone": 0,
    "cut": 0,
    "latency": 0.0,
    "forbidden_groups": (),
}
MENU: tuple[Weather, ...] = (
    CALM,
    Weather("slow link", (Fault("latency", probability=0.6, seconds=0.7),), {"latency": 1.0}),
    CALM,
    Weather("ECS throttled", (Fault("throttled", "ecs", "Describe*", 0.5), Fault("throttled", "ecs", "List*", 0.3))),
    Weather("errors", (Fault("internal", probability=0.15), Fault("unavailable", probability=0.05)), {"errors": 5}),
    CALM,
    Weather("streams cut", (Fault("cut", "logs", "StartLiveTail", 0.8, seconds=3),), {"cut": 1, "gone": 3}),
    Weather("images denied", (Fault("denied", "ecr"),)),
    Weather("Kubernetes throttled", (), {"throttle": 10, "latency": 0.5}),
    CALM,
    Weather("credentials expired", (Fault("expired"),), {"expired": True}),
    Weather(
        "a proxy in between",
        (Fault("html", probability=0.2), Fault("truncated", probability=0.1), Fault("reset", probability=0.1)),
    ),
    Weather("metrics denied", (Fault("denied", "cloudwatch"),), {"forbidden_groups": ("metrics.k8s.io",)}),
)


class Chaos:
    """An engine that puts another entry of ``MENU`` in force every 15 to 40 seconds of the world's time."""

    def __init__(
        self,
        faults: Faults,
        rng: random.Random,
        kubernetes: Callable[[dict[str, Any]], None] | None = None,
        menu: Sequence[Weather] = MENU,
    ) -> None:
        self.faults, self.rng, self.menu = faults, rng, menu
        self.phase = CALM.name
        self._kubernetes = kubernetes
        self._next = 0.0
        self._turn = 0

    def tick(self, now: float) -> None:
        """Change the weather when its time has come: once through the menu (calm first), then at random."""
        if now < self._next:
            return
        weather = self.menu[self._turn] if self._turn < len(self.menu) else self.rng.choice(self.menu)
        self._turn += 1
        self.phase = weather.name
        self._next = now + (self.rng.uniform(8, 12) if weather.kubernetes.get("expired") else self.rng.uniform(15, 40))
        self.faults.rules = [replace(rule) for rule in weather.rules]
        if self._kubernetes is not None:
            self._kubernetes({**KUBERNETES_CALM, **weather.kubernetes})
