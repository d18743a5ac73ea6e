"""The embedded world put together: engines, fronts, faults and clock, without sockets (those are in ``process.py``)."""

from __future__ import annotations

import resource
import sys
from typing import Any

from tui.simulator import kubernetes, secret
from tui.simulator.aws import build, registry
from tui.simulator.aws.front import AwsFront
from tui.simulator.calls import CallLog
from tui.simulator.clock import SimClock
from tui.simulator.ecs import build as ecs
from tui.simulator.faults import Chaos, Faults
from tui.simulator.regions import Regions
from tui.simulator.world import World


class Assembly:
    """One run's world. ``strict``: answers that do not fit AWS's models are errors (for tests)."""

    def __init__(
        self, *, size: str = "small", seed: int = 0, chaos: bool = False, manual_clock: bool = False, strict: bool = False
    ) -> None:
        registry.load()
        self.world = World(size=size, seed=seed, clock=SimClock(manual=manual_clock))
        self.secret = secret.of(self.world)
        self.calls = CallLog()
        self.world.state["calls"] = self.calls
        self.faults = Faults(self.world.random("faults"))
        build.create(self.world)
        ecs.create(self.world)
        self.kubernetes = kubernetes.create(self.world)
        self.kubernetes.user = self.secret.root.caller
        self.kubernetes.verify_token = lambda token: self.secret.kubernetes_caller(token, self.kubernetes.name)
        build.settle(self.world)
        self.regions = Regions(self.world, self._empty)
        self.front = AwsFront(self.regions, self.faults, self.calls, strict=strict)
        self.chaos: Chaos | None = None
        if chaos:
            self.faults.limits = True
            self.chaos = Chaos(self.faults, self.world.random("chaos"), self.kubernetes.faults.set)
            self.world.engines.append(self.chaos)

    def _empty(self, region: str) -> World:
        """The same account in a region where nothing runs."""
        world = World(clock=self.world.clock, scenario={})
        world.region = region
        world.state["secret"], world.state["calls"] = self.secret, self.calls
        world.state["iam"] = self.world.state["iam"]
        build.create(world)
        ecs.create(world)
        return world

    def step(self, seconds: float) -> dict[str, Any]:
        """Move the world by ``seconds``, then bookmark every open watch."""
        now = self.world.step(seconds)
        return {"time": now, "resourceVersion": str(self.kubernetes.bookmark())}

    def configure_faults(self, wanted: dict[str, Any]) -> None:
        """What ``POST /faults`` sends: the AWS front's members, and ``kubernetes`` for the other front."""
        self.faults.configure(wanted)
        if "kubernetes" in wanted:
            self.kubernetes.faults.set(wanted["kubernetes"])

    def call_counts(self) -> dict[str, int]:
        """``ecs:DescribeServices``, ``kubernetes:list /api/v1/pods`` → how often since the last reset."""
        counts = dict(self.calls.counts)
        counts.update((f"kubernetes:{name}", number) for name, number in self.kubernetes.calls.items())
        return dict(sorted(counts.items()))

    def reset_calls(self) -> None:
        """Count from zero on both fronts."""
        self.calls.reset()
        self.kubernetes.calls.clear()

    def summary(self) -> dict[str, Any]:
        """The world's time, size, seed, chaos phase and memory (peak, MiB)."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return {
            "time": self.world.now(),
            "size": self.world.size,
            "seed": self.world.seed,
            "chaos": self.chaos.phase if self.chaos else "",
            "memory": round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024)),
        }
