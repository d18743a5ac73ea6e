"""The ECS engine: puts the parts that move (life of tasks, targets, scheduler) together and writes service events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.simulator.ecs.behaviour import Behaviours
from tui.simulator.ecs.lifecycle import Lifecycle
from tui.simulator.ecs.log_streams import Logs
from tui.simulator.ecs.scheduler import Scheduler
from tui.simulator.ecs.targets import Targets

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Service
    from tui.simulator.ecs.state import EcsState
    from tui.simulator.world import World


class Engine:
    """One for the world; ``world.state["ecs-engine"]``. All of it moves by events on the world's queue."""

    def __init__(self, world: World, ecs: EcsState) -> None:
        self.world = world
        self.ecs = ecs
        self.targets = Targets(self)
        self.lifecycle = Lifecycle(self)
        self.scheduler = Scheduler(self)
        self.behaviours = Behaviours(self)
        self.logs = Logs(self)

    def tell(self, service: Service, message: str, at: float | None = None) -> None:
        """Add a service event (ECS keeps the last 100)."""
        service.events.append((self.world.now() if at is None else at, self.ecs.uuid(), message))


def engine(world: World) -> Engine:
    """``world.state["ecs-engine"]``, typed."""
    found: Engine = world.state["ecs-engine"]
    return found
