"""What a pane says of itself: title, the facts beside it, why it is empty, the whole reason of the row under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.model import Finding
from tui.panes import Pane
from tui.panes.problems import details
from tui.panes.words import moment
from tui.store import Freshness, FreshState

if TYPE_CHECKING:
    from tui.screens.pane_view import PaneView


def entries_of(view: PaneView) -> tuple[Freshness, ...]:
    """Freshness of the pane's own kind, the worst first."""
    kinds = (view.pane.kind,) if view.pane.kind != "findings" else ("services", "pods")
    freshness = view.console.store.freshness
    worst = freshness.worst(kinds)
    rest = tuple(entry for kind in kinds for entry in freshness.of(kind))
    return (worst, *rest) if worst else rest


def title(view: PaneView, entries: Sequence[Freshness]) -> str:
    """``Services 38``, with where it was drilled from."""
    total = _total(view) if view.filter_text and view.drill is None else 0
    shown = len(view.view)
    count = f"{shown} of {total}" if total else f"{shown}"
    if not shown and _reading(view, entries):
        count = "…"  # nothing is known yet, and that is no zero
    elif not shown and view.drill is None and not any(entry.last_success for entry in entries):
        count = "-"  # it was never read: denied, not reached
    return f"{view.pane.title} {count}" + (f"  {view.path}" if view.path else "")


def _total(view: PaneView) -> int:
    """How many rows there are without the filter; what the pane itself leaves out is none of them."""
    store = view.console.store
    if type(view.pane).include is Pane.include:
        return store.count(view.pane.kind)
    return sum(1 for row in store.rows(view.pane.kind) if view.pane.include(row))


def facts(view: PaneView) -> tuple[str, ...]:
    """Filter, marks and sort for the right of the title."""
    parts = []
    saved = view.console.saved_at(view.pane.kind)
    if saved is not None:
        parts.append(f"from {moment(saved, view.console.clock.now())}")
    if view.filter_text:
        parts.append(f"filter /{view.filter_text}")
    if view.table.marks:
        hidden = len(view.table.hidden_marks)
        parts.append(f"{len(view.table.marks)} marked" + (f" ({hidden} hidden)" if hidden else ""))
    column = view.column()
    word = column.title.lower() if column else {"problem": "worst first", "": ""}.get(view.sort_id, view.sort_id)
    if word:
        parts.append(f"sort {word}{' down' if view.sort_reverse else ''}")
    return tuple(parts)


def _reading(view: PaneView, entries: Sequence[Freshness]) -> bool:
    """Whether the whole list has not been read once."""
    return view.drill is None and (not entries or any(entry.state is FreshState.LOADING for entry in entries))


def empty(view: PaneView, entries: Sequence[Freshness], trouble: str) -> str:
    """Why there are no rows."""
    if trouble:
        return trouble
    if broken := faults(view):
        return broken
    if view.filter_text:
        return f"Nothing matches /{view.filter_text}.   Esc clears the filter"
    if view.console.connection is None:
        return "Connecting …"
    if _reading(view, entries):
        return "Reading …" if entries or view.pane.world != "own" else view.pane.empty(view.console.context())
    said = next((entry for entry in entries if entry.message), None)
    if view.drill is None and said is not None and not any(entry.last_success for entry in entries):
        return "   ".join(part for part in (said.message, said.hint) if part)
    return view.pane.empty(view.console.context())


def faults(view: PaneView) -> str:
    """What of the list may be old or missing because a rule of ours failed; in the problems list any rule counts."""
    kind, store = view.pane.kind, view.console.store
    found = store.faults.all() if kind == "findings" else store.faults.of(kind)
    if not found:
        return ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"What is said here may be old or missing: {found[0].sentence}{more}   :errors shows the details"


def reason(view: PaneView) -> str:
    """The whole reason of the row under the cursor; a problem's with its next step and evidence. Where the namespace has no
    column although it is no other's, it stands here."""
    row = view.cursor_row()
    if row is None:
        return ""
    if isinstance(row, Finding):
        return f"{row.sentence}   {details(row)}"
    said = view.console.store.reason(row)
    return f"{view.pane.scope_name(row)}/{row.name}   {said}" if view.nameless() else said
