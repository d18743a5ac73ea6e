"""What every row is."""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from tui.model.scope import Key, Scope
from tui.model.state import State


class Row(Struct, frozen=True, kw_only=True, gc=False):
    """An immutable row; equality by value says whether anything changed.

    Fetch times and resource versions are therefore not fields. Times are seconds since the epoch, 0.0 where there is
    none; sizes in bytes unless the name says otherwise; an absent optional member is ``""``, ``0``, ``()`` or ``None``.
    """

    kind: ClassVar[str] = ""
    #: field names that the warm start may keep on disk (never tags, environment, events or free text)
    cached: ClassVar[tuple[str, ...]] = ()

    key: Key
    scope: Scope
    name: str

    @property
    def state(self) -> State:
        """What the row says of itself; findings may say worse."""
        return State.WELL

    @property
    def reason(self) -> str:
        """One sentence for the last column where no finding has one."""
        return ""
