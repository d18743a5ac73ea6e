"""The embedded world: one clock, one seeded randomness, one queue of events, and the engines that move on them.

Engines either put events on the queue (``at``, ``after``: cheap, exact, run in time order whatever the size of a step)
or are called once a slice of time (``engines``, ``tick(now)``). Nothing here knows ECS, ECR or Kubernetes.
"""

from __future__ import annotations

import heapq
import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from tui.simulator.clock import SimClock
from tui.simulator.scenario import load_all

ACCOUNT = "482913750164"
REGION = "eu-west-1"
SLICE = 1.0  # seconds between two calls of an engine's tick while the world catches up
MOST_SLICES = 3600  # a longer gap (a laptop that slept) is made of longer slices


class ImageInfo(NamedTuple):
    """What a registry knows of an image. ``size`` in bytes, ``pushed`` in epoch seconds, architectures as ``amd64``."""

    digest: str
    size: int
    architectures: tuple[str, ...]
    pushed: float


class ImageResolver(Protocol):
    """The registry as the engines see it; the ECR module puts its own into ``World.images``."""

    def resolve(self, ref: str) -> ImageInfo | None:
        """The image that ``registry/repository[:tag][@digest]`` names, ``None`` when there is none."""
        ...


class AnyImage:
    """Every image exists but those that the scenario lists as missing: the registry until the ECR module sets its own."""

    def __init__(self, missing: frozenset[str]) -> None:
        self._missing = missing

    def resolve(self, ref: str) -> ImageInfo | None:
        name, _, digest = ref.rsplit("/", 1)[-1].partition("@")
        if name in self._missing:
            return None
        return ImageInfo(digest or f"sha256:{digest_of(ref)}", 80_000_000, ("amd64",), 0.0)


class Engine(Protocol):
    """A part of the world that is called once a slice of time."""

    def tick(self, now: float) -> None:
        """Move to ``now`` (epoch seconds)."""
        ...


@dataclass(slots=True)
class Event:
    """Something that will happen at ``time``; ``cancel`` makes it not happen."""

    time: float
    call: Callable[[], None] | None

    def cancel(self) -> None:
        self.call = None


class World:
    """The account, the region, and everything in them. ``state`` holds one object for each module, by the module's name."""

    def __init__(
        self,
        *,
        size: str = "small",
        seed: int = 0,
        clock: SimClock | None = None,
        scenario: dict[str, Any] | None = None,
    ) -> None:
        if size not in ("small", "large"):
            raise ValueError(f"size must be small or large, not {size!r}")
        self.clock = clock or SimClock()
        self.size = size
        self.seed = seed
        self.rng = random.Random(seed)
        self.account = ACCOUNT
        self.region = REGION
        self.partition = "aws"
        self.state: dict[str, Any] = {}
        self.scenario = load_all() if scenario is None else scenario
        self.engines: list[Engine] = []
        self.started = self.clock.now()
        self.images: ImageResolver = AnyImage(frozenset(self.scenario.get("ecs", {}).get("missing_images", ())))
        self._time = self.started
        self._queue: list[tuple[float, int, Event]] = []
        self._number = 0

    @property
    def registry(self) -> str:
        """Host of the account's container registry."""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """``arn:aws:<service>:<region>:<account>:<resource>``; IAM has no region: pass ``region=""``."""
        return f"arn:{self.partition}:{service}:{self.region if region is None else region}:{self.account}:{resource}"

    def random(self, name: str) -> random.Random:
        """A stream of randomness of its own for a module, so that one module's use does not shift another's."""
        return random.Random(f"{self.seed}:{name}")

    def now(self) -> float:
        """The time up to which the world has moved; inside an event, that event's time."""
        return self._time

    def at(self, time: float, call: Callable[[], None]) -> Event:
        """Call ``call`` when the world reaches ``time``; events of one time run in the order in which they were put."""
        event = Event(max(time, self._time), call)
        self._number += 1
        heapq.heappush(self._queue, (event.time, self._number, event))
        return event

    def after(self, seconds: float, call: Callable[[], None]) -> Event:
        """``at`` relative to ``now()``."""
        return self.at(self._time + seconds, call)

    def tick(self) -> None:
        """Move everything to ``clock.now()``."""
        target = self.clock.now()
        slice_length = max(SLICE, (target - self._time) / MOST_SLICES)
        while self._time < target:
            until = min(self._time + slice_length, target)
            self._run_until(until)
            self._time = until
            for engine in self.engines:
                engine.tick(until)
        self._run_until(target)

    def step(self, seconds: float) -> float:
        """Advance the clock by ``seconds``, move everything there, return the new time."""
        self.clock.advance(seconds)
        self.tick()
        return self._time

    def _run_until(self, until: float) -> None:
        queue = self._queue
        while queue and queue[0][0] <= until:
            time, _, event = heapq.heappop(queue)
            self._time = max(self._time, time)
            if event.call is not None:
                event.call()


def noise(*parts: object) -> float:
    """A number from 0 (included) to 1 (not included) that depends on nothing but ``parts``."""
    return zlib.crc32("\0".join(map(str, parts)).encode()) / 4_294_967_296


def digest_of(text: str) -> str:
    """64 hexadecimal digits that depend on nothing but ``text``: a digest for what has no content of its own."""
    return f"{random.Random(text).getrandbits(256):064x}"
