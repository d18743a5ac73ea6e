"""The main screen: the grid of four panes (or tabs), the views opened over it, and the dispatch of keys."""

from __future__ import annotations

from collections.abc import Coroutine
from time import monotonic
from typing import Any

from textual import events, messages
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import Worker

from tui.model import Finding
from tui.model.errors import ApiError
from tui.screens.console import Console
from tui.screens.footer import footer_hints
from tui.screens.header_bar import HeaderBar
from tui.screens.key_parts import LATE, KeyParts
from tui.screens.pane_view import PaneView
from widgets.breadcrumbs import TabLine
from widgets.direct import Covered
from widgets.pane import Divider
from widgets.prompt import Prompt
from widgets.status_bar import KeyBar

__all__ = ["LATE", "MainScreen"]

GRID_WIDTH = 160
GRID_HEIGHT = 20
AGE_SECONDS = 10.0


class Column(Covered, Vertical):
    """Two panes, one above the other."""


class Grid(Covered, Horizontal):
    """The two columns side by side."""


class Body(Covered, Container):
    """All between the first line and the last."""


class MainScreen(Covered, KeyParts, Screen[None]):
    """Line 1 says where and how; then panes; the last line says which keys work here."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        home = sorted((pane for pane in console.panes.values() if pane.home), key=lambda pane: pane.home)
        self.homes = [PaneView(console, pane, id=f"home-{pane.home}") for pane in home]
        self.opened: list[PaneView] = []
        self.focused_home = 0
        self.zoomed = False
        self.bare = False
        self.status = HeaderBar(console, id="status")
        self.tabs = TabLine(id="tabs")
        self.key_bar = KeyBar(id="keys")
        self.divider = Divider()
        self.prompt = Prompt(lambda prefix, text: self.prompting.suggest(prefix, text), id="prompt")
        self._last_key = console.clock.monotonic()
        self._laid_out = 0.0
        self._kind_under = ""

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.tabs
        left = Column(*self.homes[:2], id="left")
        right = Column(*reversed(self.homes[2:]), id="right")
        yield Body(Grid(left, self.divider, right, id="grid"), id="body")
        yield self.prompt
        yield self.key_bar

    # Textual lays out five times at the start: for each word of its size, and for each wish from before the first time. What
    # it has laid out already is left out here; where another version calls these parts of it otherwise, all is as it does it.

    def _screen_resized(self, size: Size) -> None:
        if size != self.outer_size:
            super()._screen_resized(size)

    def _refresh_layout(self, *size: Any, **how: Any) -> None:
        super()._refresh_layout(*size, **how)
        if self.outer_size:
            self._laid_out = monotonic()
            self._layout_required = False

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """The first time every widget has just got its styles."""
        if not self._laid_out:
            event.refresh_styles = False

    def on_layout(self, message: messages.Layout) -> None:
        """A wish older than the last layout was granted by it."""
        if message.time < self._laid_out:
            message.prevent_default()

    def on_mount(self) -> None:
        self.query("ToastRack").set(display=False)  # Textual does it too late, and lays out everything once more
        self.set_interval(AGE_SECONDS, self.age)
        self.lay_out()
        if self.console.settings.ui.plain:
            self.moving.plain()
        if self.console.settings.ui.start_view:
            self.moving.run_command(self.console.settings.ui.start_view)

    # ---- what is shown ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> PaneView:
        """The pane that keys go to."""
        return self.opened[-1] if self.opened else self.homes[self.focused_home]

    @property
    def wide(self) -> bool:
        """Whether the four panes stand side by side."""
        return self.fits_grid and not self.zoomed and not self.bare

    @property
    def fits_grid(self) -> bool:
        """Whether the terminal has room for four panes."""
        return self.size.width >= GRID_WIDTH and self.size.height >= GRID_HEIGHT

    def lay_out(self) -> None:
        """Show what the size and the opened views ask for, feed only that, and focus it."""
        grid = self.query_one("#grid")
        grid.display = not self.opened
        self.divider.display = self.wide
        self.query_one("#left").display = self.wide or self.focused_home < 2
        self.query_one("#right").display = self.wide or self.focused_home >= 2
        for index, view in enumerate(self.homes):
            view.display = not self.opened and (self.wide or index == self.focused_home)
        for opened in self.opened:
            opened.display = opened is self.opened[-1]
        for view in (*self.homes, *self.opened):
            if view.display:
                view.activate()
            else:
                view.deactivate()
        self.tabs.display = not self.opened and not self.wide and self.size.height > 8
        if not self.prompt.is_open:
            self.current.table.focus()
        self.paint_header()
        self.paint_keys()
        self.paint_tabs()
        # not through the screen's own queue: a message between two sizes would keep them from being taken for one
        self.divider.call_after_refresh(self._join_divider)

    def _join_divider(self) -> None:
        """The signs where title lines meet the divider."""
        if self.wide and self.homes:
            top = self.divider.region.y
            lines = {view.region.y - top for view in self.homes}
            self.divider.joints = {line: "┬" if line == 0 else "┼" for line in lines if line >= 0}

    def on_resize(self, event: events.Resize) -> None:
        self.lay_out()

    def age(self) -> None:
        """Ages are coarse: look every ten seconds whether one would be written otherwise, and whether anybody is there."""
        if self.console.clock.monotonic() - self._last_key > self.console.settings.refresh.idle_after_s:
            self.console.store.interest.idle = True
        for view in (*self.homes, *self.opened):
            if view.shown:
                view.recheck()
        self.paint_header()

    def paint_header(self) -> None:
        """Line 1."""
        self.status.paint()

    def paint_tabs(self) -> None:
        """The names of the four panes on narrow terminals."""
        names = [view.pane.short or view.pane.title for view in self.homes]
        self.tabs.set_tabs(names, self.focused_home)

    def paint_keys(self) -> None:
        """The keys that work here and now."""
        self.key_bar.show_keys(footer_hints(self.console, self.current))

    def renew_keys(self) -> None:
        """Other keys work, and nobody pressed one: a sentence stays until somebody does."""
        if not self.key_bar.says:
            self.paint_keys()

    def say(self, text: str, style: str = "", link: str = "") -> None:
        """A sentence in the last line, until the next key; with ``link`` a hyperlink."""
        self.key_bar.show_message(text, f"{style} url:{link}".strip() if link else style)

    def say_error(self, error: ApiError) -> None:
        """What failed and what to do."""
        self.say(f"{error}  {error.hint}".strip(), "state-bad")

    def connected(self) -> None:
        """The sources have been started, or could not be."""
        for view in (*self.homes, *self.opened):
            if view.shown:
                view.retitle()
        self.paint_header()
        self.renew_keys()

    def equipped(self) -> None:
        """The actions are there, and the runner where there are clients."""
        runner = self.console.runner
        if runner is not None:
            runner.subscribe(self.acting.heard)
            if runner.unfinished:
                words = f"{len(runner.unfinished)} action of an earlier session has no known outcome"
                self.say(f"{words}   :settle reads what became of it, :journal lists it", "state-warn")
        self.paint_header()
        self.renew_keys()

    def rescope(self) -> None:
        """Another place: profile, region, cluster or namespace."""
        for view in (*self.homes, *self.opened):
            if view.shown:
                view.refresh_list()
        self.paint_header()
        self.renew_keys()

    def use_theme(self, name: str) -> str:
        """Change the theme; why not, where it cannot be."""
        use = getattr(self.app, "use_theme", None)
        return str(use(name)) if callable(use) else "this app has one theme"

    def start(self, work: Coroutine[Any, Any, None]) -> Worker[None]:
        """Run work of a key without holding the screen; its failure is shown and logged."""
        return self.run_worker(work, exit_on_error=True)

    # ---- keys ------------------------------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """Look the key up for the pane it goes to; what is no command bubbles on to the table's own keys."""
        if self.prompt.is_open:
            # typed before the prompt had the focus, as in a burst of keys on a slow line
            await self.prompt.on_key(event)
            return
        if self.acting.busy:
            event.stop()
            event.prevent_default()
            self.interrupt_by(event.key)
            return
        self.console.learn()
        view = self.current
        row = view.cursor_row()
        target = view.pane.target(row, self.console.context()) if row is not None else None
        command = self.console.keys.lookup(view.pane, event.key, target.key.kind if target is not None else "")
        self.touched()
        if command is not None or self.key_bar.says:
            self.paint_keys()
        if command is None:
            return
        event.stop()
        event.prevent_default()
        self.dispatch(command)

    def touched(self) -> None:
        """A key: somebody is there."""
        self._last_key = self.console.clock.monotonic()
        if self.console.store.interest.idle:
            self.console.store.interest.idle = False

    # ---- what the panes and the prompt tell ------------------------------------------------------------------------

    def on_virtual_table_row_selected(self, event: Any) -> None:
        self.moving.drill()

    def on_virtual_table_row_highlighted(self, event: Any) -> None:
        """Other keys work on a row of another kind: a problem stands for its row."""
        self.status.ride()
        row = self.current.cursor_row() if self.current.pane.kind == "findings" else None
        kind = row.target.kind if isinstance(row, Finding) else self.current.pane.kind
        if kind != self._kind_under:
            self._kind_under = kind
            self.renew_keys()

    def on_virtual_table_sort_requested(self, event: Any) -> None:
        self.current.sort_by(event.column)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        self.prompting.changed(event.prefix, event.text)

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        self.prompting.submitted(event.prefix, event.text)

    def on_prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        self.prompting.cancelled(event.prefix)

    def on_app_blur(self, event: events.AppBlur) -> None:
        self.console.store.interest.focused = False

    def on_app_focus(self, event: events.AppFocus) -> None:
        self.console.store.interest.focused = True
