"""How long to wait after a failure: full jitter, and what the other end asked for.

Full jitter (a uniform draw between zero and a doubling ceiling) spreads many consoles that failed at one moment.
"""

from __future__ import annotations

from random import Random

from tui.model.errors import ApiError, Trouble

BASE = 1.0
CEILING = 30.0
#: never at once: a source that fails without waiting for anything must not spin
FLOOR = 0.2
#: What does not mend by itself is tried again slowly; ``ctrl-r`` tries at once.
SLOW: dict[Trouble, float] = {Trouble.DENIED: 300.0, Trouble.NOT_FOUND: 60.0, Trouble.READ_ONLY: 300.0}
#: Expired credentials are looked for again often, so that recovery is felt at once: it costs a look at a file.
CREDENTIALS = (Trouble.EXPIRED, Trouble.NO_CREDENTIALS)
CREDENTIALS_AGAIN = 10.0


class Backoff:
    """Counts failures in a row and says how long to wait after each."""

    def __init__(self, random: Random, *, base: float = BASE, ceiling: float = CEILING) -> None:
        self._random = random
        self._base = base
        self._ceiling = ceiling
        self.failures = 0

    def reset(self) -> None:
        """A success: the next failure waits shortly again."""
        self.failures = 0

    def next(self, error: ApiError | None = None, *, least: float = FLOOR) -> float:
        """Seconds until the next try; ``Retry-After`` is obeyed, and never less than ``least``."""
        top = min(self._ceiling, self._base * 2.0 ** min(self.failures, 16))
        self.failures += 1
        wait = max(self._random.uniform(0, top), least, FLOOR)
        if error is None:
            return wait
        if error.retry_after is not None:
            return max(wait, error.retry_after)
        if error.trouble in CREDENTIALS:
            return CREDENTIALS_AGAIN
        return SLOW.get(error.trouble, wait)
