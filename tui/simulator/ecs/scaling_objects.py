"""What Application Auto Scaling knows: targets, policies, scheduled actions, activities."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.simulator.ecs.alarms import Alarm
    from tui.simulator.ecs.objects import Tags
    from tui.simulator.world import Event


@dataclass(slots=True, eq=False)
class ScalableTarget:
    """The bounds of a service's desired count. ``resource``: ``service/cluster/name``."""

    resource: str
    minimum: int
    maximum: int
    created: float
    arn: str
    role: str
    suspended: dict[str, bool] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    last_out: float = 0.0
    last_in: float = 0.0


@dataclass(slots=True, eq=False)
class Policy:
    """A scaling policy; ``configuration`` as the API has it."""

    name: str
    arn: str
    resource: str
    kind: str
    configuration: dict[str, Any]
    created: float
    alarms: list[Alarm] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class ScheduledAction:
    """A scheduled action: new bounds at a time."""

    name: str
    arn: str
    resource: str
    schedule: str
    action: dict[str, int]
    created: float
    timezone: str = ""
    event: Event | None = None


@dataclass(slots=True)
class Activity:
    """A scaling activity; ``not_scaled`` where nothing was done and why."""

    id: str
    resource: str
    description: str
    cause: str
    start: float
    end: float = 0.0
    status: str = "Successful"
    message: str = ""
    not_scaled: dict[str, Any] | None = None
