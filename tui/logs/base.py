"""The words of the log engine: a line, and who provides lines. No UI, no network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from tui.model.row import Row


class LogLine(Struct, frozen=True, gc=False):
    """One line (or a gap, or an error in its place).

    ``time``: epoch nanoseconds. ``source``: short label (``checkout 9f2c``). ``ident``: what tells it from an equal line
    (CloudWatch's eventId; else stream, stamps and ordinal), for joining overlaps without loss or doubling.
    """

    time: int
    source: str
    text: str
    ident: str = ""
    kind: Literal["line", "gap", "error", "note"] = "line"


class LogProvider(Protocol):
    """Implemented in ``tui.sources`` for the row kinds that have logs; handed over by ``app.py``."""

    kinds: tuple[str, ...]

    def follow(
        self, rows: Sequence[Row], *, since: float = 600.0, tail: int = 200, previous: bool = False
    ) -> AsyncIterator[Sequence[LogLine]]:
        """Batches of lines of all containers behind ``rows``, from ``since`` seconds ago (at most ``tail`` old lines a
        stream), then live until closed. Tasks and pods that join or leave are followed by themselves. Trouble (a group
        that does not exist, access denied, a cut) comes as a line of kind ``error`` or ``gap`` and is tried again."""
        ...
