"""How many examples a property test draws: more in the long run (``make test-long``)."""

from __future__ import annotations

import os

#: how much longer the long run is
TIMES = 20
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"


def examples(usual: int, at_length: int | None = None) -> int:
    """``usual`` for every day; ``at_length`` in the long run, where it is not given ``TIMES`` as many."""
    if not LONG:
        return usual
    return usual * TIMES if at_length is None else at_length
