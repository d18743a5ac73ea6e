"""The five states of a row (SCREENS: one meaning, one look, everywhere)."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """How a row is; the order is the order of a list sorted by state, worst first."""

    BROKEN = 0  # ✖ someone should act
    DEGRADED = 1  # ▲ degraded or about to break
    CHANGING = 2  # ◐ a rollout, scaling, starting
    WELL = 3  # ●
    IDLE = 4  # ○ idle, stopped, or too old to trust

    @property
    def symbol(self) -> str:
        """The sign in the first column (the ASCII set is the widgets' affair)."""
        return "✖▲◐●○"[self]

    @property
    def token(self) -> str:
        """The theme's colour token without its dollar sign, e.g. ``state-bad``."""
        return ("state-bad", "state-warn", "state-change", "state-ok", "state-idle")[self]
