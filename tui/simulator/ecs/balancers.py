"""Load balancers, listeners, rules and target groups: what Elastic Load Balancing knows. The engine is in ``targets``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Tags, Task
    from tui.simulator.world import World


@dataclass(slots=True, eq=False)
class Target:
    """A registered target. ``reason`` and ``description`` are those of DescribeTargetHealth."""

    id: str
    port: int
    zone: str
    task: Task | None
    state: str = "initial"
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    since: float = 0.0

    def turn(self, state: str, now: float, reason: str = "", description: str = "") -> None:
        """Take another state."""
        self.state, self.reason, self.description, self.since = state, reason, description, now


@dataclass(slots=True, eq=False)
class TargetGroup:
    """A target group; ``balancers`` are the ARNs of those whose listeners forward to it."""

    arn: str
    name: str
    protocol: str
    port: int
    kind: str  # ip or instance
    vpc: str
    path: str
    interval: int
    balancers: list[str] = field(default_factory=list)
    targets: dict[tuple[str, int], Target] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)

    @property
    def dimension(self) -> str:
        """The value of CloudWatch's TargetGroup dimension."""
        return self.arn.rsplit(":", 1)[-1]


@dataclass(slots=True, eq=False)
class Rule:
    """A listener's rule; the default rule has priority ``default``."""

    arn: str
    priority: str
    conditions: list[dict[str, Any]]
    actions: list[dict[str, Any]]


@dataclass(slots=True, eq=False)
class Listener:
    """A listener with its rules, in order of priority."""

    arn: str
    port: int
    protocol: str
    rules: list[Rule] = field(default_factory=list)
    certificate: str = ""


@dataclass(slots=True, eq=False)
class LoadBalancer:
    """An Application or Network Load Balancer."""

    arn: str
    name: str
    kind: str  # application or network
    scheme: str
    dns: str
    created: float
    vpc: str
    zones: list[dict[str, Any]]
    security_groups: list[str]
    listeners: list[Listener] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)

    @property
    def dimension(self) -> str:
        """The value of CloudWatch's LoadBalancer dimension."""
        return self.arn.split("loadbalancer/", 1)[-1]


@dataclass(slots=True, eq=False)
class BalancerState:
    """``world.state["elbv2"]``; all by ARN."""

    balancers: dict[str, LoadBalancer] = field(default_factory=dict)
    groups: dict[str, TargetGroup] = field(default_factory=dict)


def balancers(world: World) -> BalancerState:
    """``world.state["elbv2"]``, typed."""
    found: BalancerState = world.state["elbv2"]
    return found
