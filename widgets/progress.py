"""A rollout under way: one bar for each revision, then what happened and when. It never blocks and never moves by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from widgets.cells import shorten_end
from widgets.line import Manner, Piece, arrange
from widgets.rows import Drawn, Rows, in_words
from widgets.sparkline import bar
from widgets.text import cell_width, clean, pad

__all__ = ["RolloutBar", "RolloutEvent", "RolloutPlan", "RolloutView", "coarse"]

_TITLE = Manner("─ ", "  ", " ─", "─", "rule")
_BAR = 10
#: up to so many, each one counts, also on a slow line
_FEW = 8


class RolloutBar(NamedTuple):
    """``new  checkout:43   ███████░░░  3 of 4 running   1 starting (pulling its image)``"""

    label: str
    name: str
    done: int
    total: int
    text: str  # "running"
    note: str = ""
    style: str = "state-change"
    about: bool = False  # ``done`` is rounded down: ``50+ of 200``


def coarse(bar: RolloutBar) -> RolloutBar:
    """The bar in quarters and without its note, for a line on which every change costs; few are counted one by one."""
    if bar.total <= _FEW or bar.done in (0, bar.total):
        return bar._replace(note="") if bar.total > _FEW else bar
    quarter = max(0, min(3, bar.done * 4 // bar.total))
    return bar._replace(done=max(1, -(-bar.total * quarter // 4)), note="", about=True)


class RolloutEvent(NamedTuple):
    """What happened; ``time`` as a clock time, ``14:02:11``."""

    time: str
    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """All that is shown of one rollout."""

    title: str  # "Rollout"
    subject: str  # "shop/checkout"
    name: str = ""  # "checkout:43"
    place: str = ""  # account, region and cluster
    state: str = ""  # "IN_PROGRESS"
    state_style: str = "state-change"
    since: str = ""
    until: str = ""  # "14:05" where it has ended
    bars: Sequence[RolloutBar] = ()
    events: Sequence[RolloutEvent] = ()
    reason: str = ""  # why it fails
    keys: Sequence[tuple[str, str]] = (("U", "roll back"), ("l", "logs of the new tasks"))


class RolloutView(Rows, can_focus=True):
    """Shows a ``RolloutPlan``; Escape leaves it, and the rollout goes on."""

    DEFAULT_CSS = """
    RolloutView { dock: bottom; width: 1fr; height: auto; max-height: 60%; min-height: 3; }
    """

    class Left(Message):
        """Escape or q: the reader has seen enough, the rollout goes on."""

        def __init__(self, view: RolloutView) -> None:
            super().__init__()
            self.view = view

    def __init__(self, rollout: RolloutPlan, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rollout = rollout

    def update_rollout(self, rollout: RolloutPlan) -> None:
        """Show how it stands now; nothing is painted where nothing differs. The newest event comes into view unless
        somebody reads older ones."""
        if rollout == self.rollout:
            return
        following = not self.size.height or self.top >= self.last_top
        old_height, before = self.row_count(), self._lines(self.size.width)
        self.rollout = rollout
        if self.row_count() != old_height or not self.size.height:
            self.refresh(layout=True)
            if following:
                self.call_after_refresh(self.action_scroll_last)
            return
        for index, (one, other) in enumerate(zip(before, self._lines(self.size.width), strict=False)):
            if one != other:
                self.repaint_row(index)

    def on_key(self, event: events.Key) -> None:
        """Escape leaves."""
        if event.key in ("escape", "q"):
            event.stop()
            self.post_message(self.Left(self))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are."""
        return self.row_count()

    def row_count(self) -> int:
        """Title, bars, reason, events, keys."""
        width = max(20, self.size.width)
        return 2 + len(self._pinned(width)) + len(_event_lines(self.rollout.events, width))

    def row(self, index: int) -> Sequence[Drawn]:
        """One of them."""
        lines = self._lines(self.size.width)
        return lines[index] if index < len(lines) else ()

    def render_line(self, y: int) -> Strip:
        """The title first, the keys last, bars and reason always in view, events scrolled between; never cached: it is
        small and changes."""
        last = self.size.height - 1
        index = 0 if y == 0 else self.row_count() - 1 if y == last else y if y < self._fixed else self.top + y
        return self.strip_of(self.row(index)).adjust_cell_length(self.size.width, self.palette.style())

    @property
    def _fixed(self) -> int:
        """How many lines at the top never scroll: none but the title where that would leave no room for events."""
        lines = 1 + len(self._pinned(max(20, self.size.width)))
        return lines if lines + 2 < self.size.height else 1

    def repaint_row(self, index: int) -> None:
        """Repaint one line if it is in view."""
        if index < self._fixed:
            self.refresh(Region(0, index, self.size.width, 1))
        elif self.top + self._fixed <= index < self.top + self.size.height:
            self.refresh(Region(0, index - self.top, self.size.width, 1))

    def _pinned(self, width: int) -> list[list[Drawn]]:
        """Bars, and why it fails."""
        reason = in_words(clean(self.rollout.reason), width - 4) if self.rollout.reason else []
        said: list[list[Drawn]] = [[("  " + line, "state-bad")] for line in reason]
        return [*bar_lines(self.rollout.bars, width), *said]

    def _lines(self, width: int) -> list[list[Drawn]]:
        rollout = self.rollout
        where = [
            Piece(rollout.title, "bold"),
            Piece(clean(rollout.subject), "bold"),
            Piece(clean(rollout.name), "", 1),
            Piece(clean(rollout.place), "muted", 3),
        ]
        state = [Piece(rollout.state, rollout.state_style), Piece(_times(rollout), "muted", 2)]
        lines = [arrange([where, state], width, _TITLE), *self._pinned(max(20, width))]
        lines += _event_lines(rollout.events, max(20, width))
        keys: list[Drawn] = []
        for key, text in rollout.keys:
            keys += [("  " + key, "bold"), (" " + text, "muted")]
        return [*lines, keys]


def _times(rollout: RolloutPlan) -> str:
    if rollout.until:
        return f"{rollout.since} to {rollout.until}"
    return f"since {rollout.since}" if rollout.since else ""


def bar_lines(bars: Sequence[RolloutBar], width: int) -> list[list[Drawn]]:
    """One line for each bar, their columns aligned."""
    if not bars:
        return []
    label = max(cell_width(clean(each.label)) for each in bars)
    name = min(max(cell_width(clean(each.name)) for each in bars), max(6, width // 4))
    counts = [f"{each.done}{'+' if each.about else ''} of {each.total} {each.text}" for each in bars]
    count = max(cell_width(text) for text in counts)
    lines: list[list[Drawn]] = []
    for each, text in zip(bars, counts, strict=True):
        head: list[Drawn] = [
            (f"  {pad(clean(each.label), label)}  ", "muted"),
            (pad(clean(each.name)[:name], name) + "   ", "bold"),
        ]
        drawn = bar(each.done, each.total, _BAR if width >= 96 else 6)
        line: list[Drawn] = [*head, (drawn, each.style), ("  " + pad(text, count), "")]
        left = max(0, width - sum(cell_width(piece) for piece, _ in line) - 4)
        lines.append([*line, ("   " + shorten_end(clean(each.note), left), "muted")])
    return lines


def _event_lines(happened: Sequence[RolloutEvent], width: int) -> list[list[Drawn]]:
    """Events one after the other, as many on a line as fit; one that is longer than a line goes on under itself."""
    lines: list[list[Drawn]] = []
    used = width
    for event in happened:
        first, *rest = in_words(clean(event.text), width - len(event.time) - 6)
        size = 2 + len(event.time) + 2 + cell_width(first)
        if rest or used + size + 4 > width:
            lines.append([])
            used = 0
        lines[-1] += [("  " if used == 0 else "    ", ""), (event.time + "  ", "muted"), (first, event.style)]
        lines += [[(" " * (len(event.time) + 4), ""), (line, event.style)] for line in rest]
        used = width if rest else used + size + (0 if used == 0 else 2)
    return lines


if __name__ == "__main__":
    from widgets.samples import show

    show(
        lambda: RolloutView(
            RolloutPlan(
                "Rollout", "shop/checkout", "checkout:43", "IN_PROGRESS", since="14:02",
                bars=(
                    RolloutBar("new", "checkout:43", 3, 4, "running", "1 starting (pulling its image)"),
                    RolloutBar("old", "checkout:42", 1, 4, "draining", "target health: 3 healthy, 1 initial", "state-idle"),
                ),
                events=(
                    RolloutEvent("14:02:11", "started 2 tasks"), RolloutEvent("14:02:40", "2 targets registered"),
                    RolloutEvent("14:03:02", "2 healthy"),
                ),
            )
        )
    )  # fmt: skip
