"""How much work there is, and what it costs: a deterministic function of time, so that no metric has to be stored.

A service's profile says what it uses at its usual load and count; the wave of the day, the count that ran at the time and a
little noise do the rest. So scaling out lowers CPU, and two of four tasks carry twice as much each.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.ecs.engine import Engine
    from tui.simulator.ecs.objects import Service

DAY = 86_400.0
MINUTE = 60.0
RIPPLE = 780.0  # seconds of the short wave on top of the day's
UNKNOWN = {"cpu": 12, "memory": 30, "rps": 5, "wave": "flat"}  # a service that a client made
SATURATED = 80.0  # percent of CPU from which requests suffer


def wave(kind: str, time: float) -> float:
    """Load at ``time`` relative to the usual: about 0.3 to 1.3."""
    hour = time % DAY / 3600
    ripple = 0.10 * math.sin(time / RIPPLE * 2 * math.pi)
    if kind == "shop":
        return 0.90 + 0.30 * math.sin((hour - 14) / 24 * 2 * math.pi) + ripple
    if kind == "office":
        return 0.55 + 0.55 * max(0.0, math.sin((hour - 7) / 12 * math.pi)) * (7 <= hour <= 19) + ripple / 2
    if kind == "night":
        return 0.50 + 0.60 * max(0.0, math.cos((hour - 3) / 24 * 2 * math.pi)) + ripple / 2
    return 1.0 + ripple / 20


class Load:
    """Figures of services at a time (epoch seconds); None where nothing ran."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seed = engine.world.seed
        self._streams: dict[tuple[str, str], int] = {}

    def _usual(self, service: Service) -> dict[str, Any]:
        found: dict[str, Any] = service.profile.get("load", UNKNOWN)
        return found

    def chance(self, service: Service, what: str, time: float) -> float:
        """A number from 0 to 1, another one each minute; made for speed, since a chart asks for thousands."""
        stream = self._streams.get((service.arn, what))
        if stream is None:
            stream = self._streams[service.arn, what] = int(noise(self.seed, service.arn, what) * 4_294_967_296)
        return (hash((stream, int(time // MINUTE))) & 0xFFFFFFFF) / 4_294_967_296

    def _noise(self, service: Service, what: str, time: float, spread: float) -> float:
        """A factor within ``spread`` of 1."""
        return 1 + spread * (2 * self.chance(service, what, time) - 1)

    def demand(self, service: Service, time: float) -> float:
        """Work relative to the usual; ``surge`` in the profile: since so many minutes, and its share before that."""
        usual = self._usual(service)
        value = wave(usual["wave"], time) * self._noise(service, "load", time, 0.03)
        surge = usual.get("surge")
        if surge and time < self.engine.world.started - float(surge["minutes"]) * MINUTE:
            value *= float(surge["before"])
        return value

    def cpu(self, service: Service, time: float) -> float | None:
        """CPU in percent of what the tasks reserve."""
        running = service.running_at(time)
        if not running:
            return None
        usual = self._usual(service)
        count = max(1, int(service.profile.get("desired", running)))
        value = float(usual["cpu"]) * self.demand(service, time) * count / running
        return min(99.7, max(0.4, value))

    def memory(self, service: Service, time: float) -> float | None:
        """Memory in percent of what the tasks reserve; climbs to the limit where a leak is the story."""
        if not service.running_at(time):
            return None
        usual = float(self._usual(service)["memory"])
        life = self._killed_after(service)
        if life:
            return usual + (99.4 - usual) * ((time / life + self.chance(service, "phase", 0.0)) % 1)
        slow = 0.03 * math.sin(time / 5400 + 6 * self.chance(service, "phase", 0.0))
        return min(99.0, usual * (1 + slow) * self._noise(service, "memory", time, 0.008))

    def _killed_after(self, service: Service) -> float:
        """Seconds from start to being killed, 0 for a service without a leak."""
        image = str(service.definition.containers[0]["image"]).rsplit("/", 1)[-1]
        how = self.engine.behaviours.by_image.get(image, {})
        if how.get("kind") != "oom" or service.definition.memory >= int(how["needs_memory"]):
            return 0.0
        return float(sum(how["after"])) / 2

    def requests(self, service: Service, time: float) -> float:
        """Requests a minute at the load balancer."""
        return float(self._usual(service)["rps"]) * MINUTE * self.demand(service, time)

    def errors(self, service: Service, time: float) -> float:
        """The share of requests that the targets answer with 5xx."""
        sick = self.unhealthy(service, time)
        running = max(1, service.running_at(time))
        overload = max(0.0, (self.cpu(service, time) or 0.0) - SATURATED) / 400
        return min(0.6, 0.0004 * self._noise(service, "errors", time, 0.9) + overload + 0.5 * sick / running)

    def response_time(self, service: Service, time: float) -> float:
        """Seconds, on average."""
        usual = 0.02 + 0.12 * self.chance(service, "usual latency", 0.0)
        busy = min(0.97, (self.cpu(service, time) or 0.0) / 100)
        return usual * (1 + 0.5 * busy / (1 - busy)) * self._noise(service, "latency", time, 0.08)

    def unhealthy(self, service: Service, time: float) -> int:
        """Targets that fail their checks: as they are now; in the past, as often as the story says."""
        now = self.engine.world.now()
        if time >= now - MINUTE:
            targets = [x for t in service.tasks.values() for _, x in self.engine.targets.of(t)]
            return sum(target.state == "unhealthy" for target in targets)
        image = str(service.definition.containers[0]["image"]).rsplit("/", 1)[-1]
        how = self.engine.behaviours.by_image.get(image, {})
        if how.get("kind") != "health" or time < service.primary.created:
            return 0
        share = float(how["lasts"]) / (sum(how["after"]) / 2 + 55)
        running = service.running_at(time)
        return sum(noise(self.seed, service.arn, n, int(time // MINUTE)) < share for n in range(running))
