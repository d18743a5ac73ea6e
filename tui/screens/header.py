"""Line 1: where we are, what is wrong, how fresh it is (SCREENS rule 6)."""

from __future__ import annotations

from collections.abc import Iterable

from tui.model import Finding, State
from tui.panes.words import clock_time
from tui.screens.console import Console
from tui.store import Freshness, FreshState
from widgets.status_bar import Piece

#: what the header calls a source of rows
WORLDS = {
    "ecs": ("services", "tasks", "clusters", "task-definitions"),
    "ecr": ("images", "repositories"),
    "eks": ("pods", "deployments", "namespaces"),
}

SIGNS = {
    FreshState.LIVE: ("●", "state-ok"),
    FreshState.POLLING: ("●", "state-ok"),
    FreshState.LOADING: ("◐", "state-change"),
    FreshState.THROTTLED: ("▲", "state-warn"),
    FreshState.STALE: ("○", "state-idle"),
    FreshState.PAUSED: ("○", "state-idle"),
}


def counts(console: Console) -> dict[State, int]:
    """Problems by severity, those that the problems list shows."""
    found = {State.BROKEN: 0, State.DEGRADED: 0, State.CHANGING: 0}
    for row in console.store.rows("findings"):
        if isinstance(row, Finding) and not row.grouped and row.severity in found:
            found[row.severity] += 1
    return found


def lateness(entry: Freshness, now: float) -> str:
    """An age where a poll is more than two intervals late, in steps; a watch is fresh while it lives."""
    if entry.state is FreshState.LIVE or not entry.interval or not entry.last_success:
        return ""
    late = now - entry.last_success
    if late <= 2 * entry.interval + 5:
        return ""
    return " " + next((word for limit, word in ((60, "10s"), (300, "1m"), (900, "5m")) if late < limit), "15m")


def world_piece(name: str, entries: Iterable[Freshness], now: float) -> Piece | None:
    """``ecs ●``: the worst of what is read of one world."""
    worst: tuple[int, Piece] | None = None
    order = list(FreshState)
    for entry in entries:
        sign, style = SIGNS.get(entry.state, ("✖", "state-bad"))
        rank = {"✖": 3, "▲": 2, "○": 1, "◐": 1, "●": 0}[sign]
        late = lateness(entry, now)
        piece = Piece(f"{name} {sign}{late}", style, 4)
        if worst is None or (rank, order.index(entry.state)) > (worst[0], 0):
            worst = (rank, piece)
    return worst[1] if worst else None


def places(console: Console, brief: bool = False) -> list[Piece]:
    """Who and where. ``brief``: without what is not narrowed, since the link needs the room."""
    facts = console.facts()
    found = [Piece(facts.alias or facts.profile or facts.account or "no profile yet", "bold", 0)]
    if facts.alias and facts.profile:
        found.append(Piece(facts.profile, "muted", 5))
    found.append(Piece(facts.region or "no region", "", 1))
    if facts.role:
        found.append(Piece(facts.role, "muted", 6))
    if facts.read_only:
        found.append(Piece("READ-ONLY", "state-change bold", 0))
    if facts.protected:
        found.append(Piece("PROTECTED", "state-warn bold", 0))
    if facts.cluster:
        namespace = console.namespace_filter or ("" if brief else "all namespaces")
        found.append(Piece(f"eks {facts.cluster} / {namespace}".removesuffix(" / "), "", 3))
    if console.cluster_filter:
        found.append(Piece(f"cluster {console.cluster_filter}", "", 3))
    if facts.trouble:
        found.append(Piece(facts.trouble, "state-bad", 5))
    return found


def problems(console: Console, running: int) -> list[Piece]:
    """Counts of what the problems list shows, and of what runs."""
    found = [
        Piece(f"{state.symbol} {number}", state.token if number else "muted", 1 if number else 3)
        for state, number in counts(console).items()
        if number or state is State.BROKEN
    ]
    if running:
        found.append(Piece(f"◐ {running} running", "state-change", 2))
    if faults := len(console.store.faults):
        found.append(Piece(f"▲ {faults} fault{'' if faults == 1 else 's'} of pierhead :errors", "state-warn", 2))
    return found


def freshness(console: Console, link: str) -> list[Piece]:
    """A symbol for each world, the link where it is slow, and the APIs that are asked less often since AWS throttled them."""
    found = [Piece(link, "state-warn", 2)] if link else []
    if slowed := console.facts().slowed:
        found.append(Piece(f"▲ throttled: {slowed[0] if len(slowed) == 1 else f'{len(slowed)} APIs'}", "state-warn", 2))
    now = console.clock.now()
    for name, kinds in WORLDS.items():
        entries = [entry for kind in kinds for entry in console.store.freshness.of(kind)]
        entries = [entry for entry in entries if entry.state is not FreshState.PAUSED]  # what somebody looks at
        piece = world_piece(name, entries, now)
        if piece is not None:
            found.append(piece)
    found.append(Piece("? help", "muted", 5))
    return found


def trouble_text(entries: Iterable[Freshness]) -> str:
    """What the place itself says of a source that fails: what, why, what to do, when again; else of what it lacks."""
    entries = tuple(entries)
    for entry in entries:
        if entry.state.trouble and entry.message:
            parts = [entry.message]
            if entry.hint:
                parts.append(entry.hint)
            when = f"again {clock_time(entry.next_try)}" if entry.next_try else ""
            parts.append(" · ".join(x for x in (when, "ctrl-r now") if x))
            return "   ".join(parts)
    return next((entry.message for entry in entries if entry.state.well and entry.message), "")


def age_text(entries: Iterable[Freshness]) -> str:
    """Since when the rows below a trouble are old: ``rows are from 14:01:05``; empty where they were never read."""
    times = [entry.last_success for entry in entries if entry.state.trouble and entry.last_success]
    return f"rows are from {clock_time(min(times))}" if times else ""
