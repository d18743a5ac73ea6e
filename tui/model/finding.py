"""A finding: why a row is not well, in words. Findings are rows of their own table."""

from __future__ import annotations

from typing import ClassVar

from tui.model.row import Row
from tui.model.scope import Key
from tui.model.state import State


class Finding(Row, frozen=True, kw_only=True, gc=False):
    """One cause on one row. ``name`` is the target's display name (``shop/checkout``).

    Its key is (``findings``, the target's identity, ``rule:target kind:target id``).
    ``world``: ``ecs``, ``ecr`` or ``eks``. ``cause``: a stable word for grouping (``image-not-found``, ``oom``,
    ``health-check``, ``no-capacity``, ``crash-loop``, ``deployment-stuck``, ``alarm`` …).
    ``since``: epoch seconds. ``grouped``: another row's finding speaks for this one as well (a deployment's for its
    pods), so that lists of problems leave it out. ``action`` and ``action_title``: what ``next_step`` proposes, by
    action id (``ecs.deploy``).
    """

    kind: ClassVar[str] = "findings"

    target: Key
    world: str
    severity: State
    cause: str
    sentence: str
    evidence: tuple[str, ...] = ()
    next_step: str = ""
    action: str = ""
    action_title: str = ""
    since: float = 0.0
    grouped: bool = False

    @property
    def state(self) -> State:
        return self.severity

    @property
    def reason(self) -> str:
        return self.sentence
