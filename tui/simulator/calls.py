"""What was asked of this world: counts for tests ("no write in read-only mode"), and the trail that CloudTrail shows."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.simulator.aws.registry import Call
    from tui.simulator.world import World

READS = ("Describe", "List", "Get", "BatchGet", "BatchCheck", "Filter", "Lookup", "Simulate", "Start", "Head", "Test")
KEPT = 500


@dataclass(frozen=True, slots=True)
class TrailEvent:
    """One management event. ``time`` in the world's epoch seconds."""

    id: str
    time: float
    source: str
    name: str
    caller: str
    params: dict[str, Any]
    region: str


class CallLog:
    """Counts by ``service:Operation`` or ``kubernetes:verb kind``, and the newest writes."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.trail: deque[TrailEvent] = deque(maxlen=KEPT)

    def count(self, name: str) -> None:
        """One more request, whether it succeeds or not."""
        self.counts[name] += 1

    def written(self, world: World, call: Call, params: dict[str, Any]) -> None:
        """Keep a write that succeeded for CloudTrail."""
        if not call.operation.startswith(READS):
            source = f"{call.service}.amazonaws.com"
            self.trail.append(TrailEvent(call.request_id, world.now(), source, call.operation, call.caller, params, call.region))

    def reset(self) -> None:
        """Forget the counts; the trail stays."""
        self.counts.clear()
