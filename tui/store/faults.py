"""Faults of our own inside the store: a rule, a list or a listener that raised. All else goes on, and it is seen.

What failed keeps its last word, which may be old or missing: so each fault is data that the screen shows in its place
(header, the panes concerned, ``:errors``), one entry for all rows that it failed on. It is gone when the last of them went
well again. The traceback goes to the log once, not with every flush.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Hashable

from msgspec import Struct
from msgspec.structs import replace

from tui.model.clock import Clock

log = logging.getLogger(__name__)


class Fault(Struct, frozen=True, kw_only=True):
    """``what`` failed (``the rule service-load``) for so many ``rows``; 0 where it is about no row. ``kinds``: whose rows it
    reads. ``error``: the newest one in words; ``since``: when the first failed, epoch seconds; ``detail``: a traceback."""

    what: str
    kinds: frozenset[str]
    rows: int
    error: str
    since: float
    detail: str

    @property
    def sentence(self) -> str:
        """``the rule service-load failed for 3 rows: TypeError: …``."""
        many = f" for {self.rows} row{'' if self.rows == 1 else 's'}" if self.rows else ""
        return f"{self.what} failed{many}: {self.error}"


class Faults:
    """What fails now. ``where``: the group or row that it failed on, None where it is about no row."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failing: dict[str, dict[Hashable, None]] = {}
        self._faults: dict[str, Fault] = {}
        self._logged: dict[str, set[tuple[str, int]]] = {}
        self._listeners: dict[int, Callable[[], None]] = {}
        self._changed = False

    def __len__(self) -> int:
        return len(self._faults)

    def failed(self, what: str, kinds: frozenset[str], where: Hashable, error: Exception) -> None:
        """``what`` raised."""
        failing = self._failing.setdefault(what, {})
        failing[where] = None
        before = self._faults.get(what)
        trace = "".join(traceback.format_exception(error))
        self._faults[what] = Fault(
            what=what,
            kinds=kinds,
            rows=0 if where is None else len(failing),
            error=f"{type(error).__name__}: {error}".removesuffix(": "),
            since=before.since if before is not None else self._clock.now(),
            detail=trace,
        )
        self._changed = True
        at = traceback.extract_tb(error.__traceback__)
        mark = (type(error).__name__, at[-1].lineno or 0 if at else 0)
        known = self._logged.setdefault(what, set())
        if mark not in known:
            known.add(mark)
            log.error("%s failed on %r", what, where, exc_info=error)

    def well(self, what: str, where: Hashable) -> None:
        """``what`` worked."""
        failing = self._failing.get(what)
        if failing is None or where not in failing:
            return
        del failing[where]
        self._changed = True
        if failing:
            self._faults[what] = replace(self._faults[what], rows=len(failing))
        else:
            del self._failing[what], self._faults[what], self._logged[what]

    def all(self) -> tuple[Fault, ...]:
        """What fails now, the oldest first."""
        return tuple(sorted(self._faults.values(), key=lambda fault: (fault.since, fault.what)))

    def of(self, kind: str) -> tuple[Fault, ...]:
        """What makes a list of ``kind`` incomplete."""
        return tuple(fault for fault in self.all() if kind in fault.kinds) if self._faults else ()

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], object]:
        """Call ``listener`` after a flush in which something failed or recovered; the answer ends that."""
        token = max(self._listeners, default=0) + 1
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None)

    def flush(self) -> None:
        """Tell listeners. The store calls it; a listener that raises here has nobody left to tell, so it raises."""
        if self._changed:
            self._changed = False
            for listener in tuple(self._listeners.values()):
                listener()
