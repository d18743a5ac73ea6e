"""One pane on the screen: its frame, its table, its view of the store, and the interest that keeps it fed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from textual.app import ComposeResult
from textual.widget import Widget

from tui.model import Key, Row
from tui.panes import Drill, Pane, PaneColumn, PaneContext
from tui.screens import pane_words
from tui.screens.console import Console
from tui.screens.header import age_text, trouble_text
from tui.screens.pane_source import PaneSource, RowsOf
from tui.store import Freshness, KindChanges, Subscription, Urgency, View, ViewChange
from widgets.direct import Covered
from widgets.line import Manner
from widgets.pane import Pane as Frame
from widgets.pane import PaneTitle
from widgets.table import VirtualTable
from widgets.table_messages import HoldChanged, MarksChanged, RowHighlighted, WindowChanged


class PaneView(Covered, Widget):
    """A pane that is fed while it is shown and costs nothing while it is hidden."""

    DEFAULT_CSS = "PaneView { width: 1fr; height: 1fr; }"

    def __init__(
        self, console: Console, pane: Pane, *, drill: Drill | None = None, title: str = "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.console = console
        self.pane = pane
        self.drill = drill
        self.path = title
        self.filter_text = ""
        self.sort_id = drill.sort if drill is not None and drill.sort else pane.default_sort
        self.sort_reverse = False
        self._test: Callable[[Row], bool] | None = None
        self._sort_context: tuple[int, PaneContext] | None = None
        self.view: View[Row] | RowsOf
        if drill is not None and drill.rows is not None:
            self.view = RowsOf(drill.rows)
        else:
            self.view = console.store.view(pane.kind, where=self._where, sort=self._sort_value)
        self._built_at = console.store.flushes
        self.source = PaneSource(pane, self.view, console.context)
        self.source.choose(wide=False, hidden=self._same())
        self.table = VirtualTable(self.source.table_columns, self.source, clock=console.clock.monotonic)
        self.table.hold_seconds = console.settings.ui.hold_order_s
        self.frame = Frame(self.table)
        self.frame.reason_lines = 2 if pane.kind == "findings" else 1  # evidence and next step stand there too
        self._interests: list[Any] = []
        self._subscriptions: list[Subscription] = []
        self._no_faults: Callable[[], object] = lambda: None
        self.shown = False

    def compose(self) -> ComposeResult:
        yield self.frame

    # ---- feeding ---------------------------------------------------------------------------------------------------

    def activate(self) -> None:
        """Ask the sources for what this pane shows, and listen."""
        if self.shown:
            return
        self.shown = True
        store = self.console.store
        scope = self.drill.scope if self.drill else None
        keys = self.drill.keys if self.drill else frozenset()
        seen = frozenset(cast(Sequence[Key], self.table.visible_keys))  # a pane that comes back knows its rows already
        own = store.interest.register(self.pane.kind, scope, Urgency.VISIBLE, keys | seen)
        self._interests = [own, *(store.interest.register(kind, None, Urgency.VISIBLE) for kind in self.pane.needs)]
        if self.drill is not None and self.drill.parent is not None:
            self._interests.append(
                store.interest.register(self.drill.parent.kind, scope, Urgency.VISIBLE, frozenset({self.drill.parent, *keys}))
            )
        if isinstance(self.view, View):
            self._subscriptions.append(self.view.subscribe(self._view_changed))
        watched = {self.pane.kind, *self.pane.joins, "findings"}
        if self.drill is not None and self.drill.parent is not None:
            watched.add(self.drill.parent.kind)
        self._subscriptions.append(store.subscribe(watched, self._joins_changed))
        self._subscriptions.append(store.freshness.subscribe(self._freshness_changed))
        self._no_faults = store.faults.subscribe(self.retitle)
        if isinstance(self.view, View) and self._built_at == store.flushes:
            self.retitle()  # it was built a moment ago
        else:
            self.refresh_list()

    def deactivate(self) -> None:
        """Nobody looks any more: no calls for this pane."""
        self.shown = False
        for interest in self._interests:
            interest.close()
        for subscription in self._subscriptions:
            subscription.close()
        self._no_faults()
        self._interests, self._subscriptions = [], []

    def on_unmount(self) -> None:
        self.deactivate()
        self.view.close()

    def _view_changed(self, change: ViewChange) -> None:
        if change.reset:
            self.source.cached.clear()
            self.table.refresh_all()
        else:
            if change.added or change.removed or change.moved:
                self.table.order_changed(change.added)
            if change.changed:
                self.table.refresh_keys(change.changed)
        self.retitle()

    def _joins_changed(self, changes: Mapping[str, KindChanges]) -> None:
        if isinstance(self.view, RowsOf):
            self.view.reload()
            self.source.cached.clear()
            self.table.refresh_all()
        self.recheck()

    def recheck(self) -> None:
        """Redraw the rows on screen whose joins, findings or ages would be drawn otherwise now."""
        keys = self.source.different(self.table.visible_keys)
        if keys:
            self.table.refresh_keys(keys)
        self.retitle()

    def _freshness_changed(self, entries: tuple[Freshness, ...]) -> None:
        if any(entry.kind == self.pane.kind for entry in entries):
            self.retitle()

    # ---- narrowing and sorting -------------------------------------------------------------------------------------

    def _where(self, row: Row) -> bool:
        if self.drill is not None and self.drill.where is not None:
            if not self.drill.where(row):
                return False
        elif not self.pane.include(row):
            return False
        scoped = self.pane.scoped_by
        if scoped and self.drill is None:
            wanted = self.console.cluster_filter if scoped == "cluster" else self.console.namespace_filter
            if wanted and self.pane.scope_name(row) != wanted:
                return False
        return self._test is None or self._test(row)

    def column(self) -> PaneColumn | None:
        """The column that the list is sorted by."""
        return next((column for column in self.pane.columns if column.id == self.sort_id), None)

    def _sort_value(self, row: Row) -> Any:
        store = self.console.store
        scoped = self.pane.scope_name(row)
        if self.sort_id == "state":
            return store.state(row), scoped, self.pane.order(row)
        if self.sort_id == "problem":
            return store.state(row), -getattr(row, "since", 0.0), row.name
        column = self.column()
        if column is None:
            return (scoped, row.name)
        if self._sort_context is None or self._sort_context[0] != store.flushes:
            self._sort_context = (store.flushes, self.console.context())
        context = self._sort_context[1]  # one for all rows of a flush
        if column.sort is not None:
            return (column.sort(row, context), scoped, row.name)
        cell = column.cell(row, context)
        return (cell if isinstance(cell, str) else cell.text, scoped, row.name)

    def _same(self) -> frozenset[str]:
        """Columns that would say the same in every row: the namespace where there is only one."""
        if self.pane.scoped_by != "namespace":
            return frozenset()
        if self.drill is None:
            one = bool(self.console.namespace_filter)
        else:
            one = self.drill.parent is not None and self.drill.parent.kind in ("deployments", "replica-sets", "namespaces")
        return frozenset({"namespace"}) if one else frozenset()

    def nameless(self) -> bool:
        """Whether rows of several namespaces are shown without room for the column that tells them apart."""
        shown = self.table.shown_columns
        return self.pane.scoped_by == "namespace" and not self._same() and bool(shown) and "namespace" not in shown

    def refresh_list(self) -> None:
        """Build the list anew: another filter, sort or scope."""
        if self.source.choose(wide=self.table.wide, hidden=self._same()):
            self.table.set_columns(self.source.table_columns)
        self.view.update(where=self._where, sort=self._sort_value, reverse=self.sort_reverse)
        self.source.cached.clear()
        self.table.refresh_all()
        self.retitle()

    def set_filter(self, text: str) -> str:
        """Narrow by the ``/`` line; the sentence of what is wrong with it, empty where it holds."""
        from tui.panes.filter import FilterError, parse  # the first frame has no filter

        try:
            self._test = parse(text, self.pane, self.console.context)
        except FilterError as error:
            return str(error)
        self.filter_text = text
        self.refresh_list()
        return ""

    def sort_by(self, column_id: str) -> None:
        """Sort by a column; again for the other direction."""
        self.sort_reverse = not self.sort_reverse if column_id == self.sort_id else False
        self.sort_id = column_id
        self.table.sort_column = column_id
        self.table.sort_reverse = self.sort_reverse
        self.refresh_list()

    def set_bare(self, bare: bool) -> None:
        """Titles without rules."""
        self.frame.title_line.manner = Manner() if bare else PaneTitle.manner
        if self.is_mounted:
            self.frame.title_line.redraw()

    def toggle_wide(self) -> None:
        """All columns, or those that fit."""
        wide = not self.table.wide
        self.source.choose(wide=wide, hidden=self._same())
        self.table.set_columns(self.source.table_columns)
        self.table.wide = wide

    # ---- rows ------------------------------------------------------------------------------------------------------

    def cursor_row(self) -> Row | None:
        """The row painted under the cursor."""
        key = self.table.cursor_key
        return self.source.row(key) if key is not None else None

    def marked_rows(self) -> list[Row]:
        """The marked rows, also those that a filter hides."""
        rows = []
        for key in self.table.marks:
            row = self.source.row(key) or self.console.store.get(cast(Key, key))
            if row is not None:
                rows.append(row)
        return sorted(rows, key=lambda row: row.name)

    def all_rows(self) -> Sequence[Row]:
        """The list as it is filtered and sorted."""
        return [row for key in (*self.view.keys(),) if (row := self.view.row(key)) is not None]

    # ---- the frame -------------------------------------------------------------------------------------------------

    def retitle(self) -> None:
        """Title, the sentence of a source in trouble or of an empty list, and the reason of the row under the cursor."""
        if not self.is_mounted:
            return
        entries = pane_words.entries_of(self)
        trouble = trouble_text(entries) or self.console.failed
        old = bool(trouble) and not any(entry.state.well for entry in entries)
        self.table.stale = old and len(self.view) > 0
        self.table.empty_text = pane_words.empty(self, entries, trouble)
        self.frame.title = pane_words.title(self, entries)
        self.frame.facts = pane_words.facts(self)
        self.frame.held = self.table.order_hold
        said = (trouble, age_text(entries), pane_words.faults(self))
        self.frame.notice = "   ".join(part for part in said if part) if len(self.view) else ""
        self.frame.reason = pane_words.reason(self)

    def on_virtual_table_row_highlighted(self, event: RowHighlighted) -> None:
        self.frame.reason = pane_words.reason(self)

    def on_virtual_table_marks_changed(self, event: MarksChanged) -> None:
        self.frame.facts = pane_words.facts(self)

    def on_virtual_table_window_changed(self, event: WindowChanged) -> None:
        """Visible rows are described first."""
        self.source.prune(self.table.visible_keys)  # which may be others again by now
        if self._interests:
            extra = self.drill.keys if self.drill else frozenset()
            self._interests[0].update(keys=frozenset(cast(Sequence[Key], event.keys)) | extra)

    def on_virtual_table_hold_changed(self, event: HoldChanged) -> None:
        self.frame.held = event.held
