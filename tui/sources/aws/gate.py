"""What to do with calls while credentials are broken: refuse them without a call, but let one through now and then.

So an expired session costs next to nothing, however many sources want something, and everything goes on by itself when it
works again.
"""

from __future__ import annotations

from collections.abc import Callable

from tui.model import Clock
from tui.model.errors import ApiError

#: broken credentials are tried again by one call in this time
PROBE_S = 9.0


class CredentialGate:
    """``broken``: the error that calls get meanwhile. ``on_recovered`` is called when a call has worked again."""

    def __init__(self, clock: Clock) -> None:
        self.broken: ApiError | None = None
        self.on_recovered: Callable[[], None] | None = None
        self._clock = clock
        self._probe_at = float("-inf")

    def enter(self) -> None:
        """Raise the remembered error, unless it is this call's turn to try."""
        if self.broken is None:
            return
        now = self._clock.monotonic()
        if now < self._probe_at:
            raise self.broken
        self._probe_at = now + PROBE_S

    def check(self, before: ApiError | None) -> None:
        """Raise where credentials broke while a call waited for its turn; ``before``: what ``broken`` was then."""
        if self.broken is not None and self.broken is not before:
            raise self.broken

    def close(self, error: ApiError) -> None:
        """They are broken."""
        self.broken = error
        self._probe_at = self._clock.monotonic() + PROBE_S

    def passed(self) -> None:
        """A call has worked."""
        if self.broken is not None:
            self.broken = None
            if self.on_recovered is not None:
                self.on_recovered()

    def probe_now(self) -> None:
        """The next call may try."""
        self._probe_at = float("-inf")
