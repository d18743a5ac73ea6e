"""What is asked of an API server: a budget well below what it takes, and the figures for ``:calls``."""

from __future__ import annotations

from tui.model.clock import Clock
from tui.sources.aws.families import Family
from tui.sources.aws.limits import Bucket, FamilyCalls, Priority

#: client-go's own default is 5 to 50 a second (QPS, Burst); API Priority and Fairness has no fixed figure to read.
FAMILY = Family("kubernetes", 40, 100)
SHARE = 0.5


class Calls:
    """The bucket and counts of one cluster. ``by_operation``: ``"list pods"`` → how many."""

    def __init__(self, clock: Clock, cluster: str) -> None:
        self._cluster = cluster
        self._clock = clock
        self._bucket = Bucket(FAMILY, clock, share=SHARE)
        self.by_operation: dict[str, int] = {}

    async def acquire(self, priority: Priority = Priority.VISIBLE) -> None:
        """Wait for a turn."""
        await self._bucket.acquire(priority)

    def begin(self, operation: str) -> float:
        """A call leaves; answers its start for ``end``."""
        self.by_operation[operation] = self.by_operation.get(operation, 0) + 1
        return self._clock.monotonic()

    def end(self, began: float, *, failed: bool, throttled: bool = False) -> None:
        """The call's answer began to come, or failed."""
        self._bucket.done(self._clock.monotonic() - began, failed=failed)
        if throttled:
            self._bucket.throttled()

    def close(self) -> None:
        """Nobody waits any more."""
        self._bucket.close()

    def figures(self) -> tuple[FamilyCalls, ...]:
        """One line of ``:calls``; the cluster stands where AWS families have their region."""
        return (self._bucket.figures(self._cluster),)
