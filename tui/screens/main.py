"""The main screen: the grid of four panes (or tabs), the views opened over it, and the dispatch of keys."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.screen import Screen

from tui.model import Row
from tui.panes import Drill, Pane
from tui.panes.keys import Command
from tui.screens import header
from tui.screens.command_line import CommandError, Do, Goto, completions, parse
from tui.screens.console import Console
from tui.screens.footer import footer_hints, help_sections
from tui.screens.pane_view import PaneView
from widgets.breadcrumbs import TabLine
from widgets.pane import Divider
from widgets.prompt import Prompt, Suggestion
from widgets.status_bar import ContextBar, KeyBar

if TYPE_CHECKING:
    from tui.screens.acting import Acting
    from tui.screens.looking import Looking
    from tui.screens.placing import Placing

#: imported after the first frame
LATE = ("tui.screens.acting", "tui.screens.looking", "tui.screens.placing", "tui.screens.help")
GRID_WIDTH = 160
GRID_HEIGHT = 20
AGE_SECONDS = 10.0
LEAVE_SECONDS = 2.0


class MainScreen(Screen[None]):
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
        self.past: list[str] = []
        self.past_at = -1
        self.last_line = ""
        self.status = ContextBar(id="status")
        self.tabs = TabLine(id="tabs")
        self.key_bar = KeyBar(id="keys")
        self.divider = Divider()
        self.prompt = Prompt(self._suggest, id="prompt")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._leave_at = 0.0
        self._last_key = console.clock.monotonic()
        self._filtering: tuple[PaneView, str] | None = None

    # The first frame needs none of these; what they import is there before the first key (``LATE``).

    @cached_property
    def looking(self) -> Looking:
        """Documents, logs, files."""
        from tui.screens.looking import Looking

        return Looking(self)

    @cached_property
    def acting(self) -> Acting:
        """Actions, undo, what runs."""
        from tui.screens.acting import Acting

        return Acting(self)

    @cached_property
    def placing(self) -> Placing:
        """Profile, region, context, cluster and namespace."""
        from tui.screens.placing import Placing

        return Placing(self)

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.tabs
        left = Vertical(*self.homes[:2], id="left")
        right = Vertical(*reversed(self.homes[2:]), id="right")
        yield Container(Horizontal(left, self.divider, right, id="grid"), id="body")
        yield self.prompt
        yield self.key_bar

    def on_mount(self) -> None:
        self.console.store.subscribe(("findings",), lambda changes: self.paint_header())
        self.console.store.freshness.subscribe(lambda entries: self.paint_header())
        self.set_interval(AGE_SECONDS, self.age)
        self.lay_out()
        if self.console.settings.ui.plain:
            self.plain()
        if self.console.settings.ui.start_view:
            self.run_command(self.console.settings.ui.start_view)

    # ---- what is shown ---------------------------------------------------------------------------------------------

    @property
    def current(self) -> PaneView:
        """The pane that keys go to."""
        return self.opened[-1] if self.opened else self.homes[self.focused_home]

    @property
    def wide(self) -> bool:
        """Whether the four panes stand side by side."""
        return self.size.width >= GRID_WIDTH and self.size.height >= GRID_HEIGHT and not self.zoomed and not self.bare

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
        self.call_after_refresh(self._join_divider)

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
        if self.is_mounted:
            running = len(self.console.runner.running) if self.console.runner else 0
            self.status.show(
                header.places(self.console),
                header.problems(self.console, running),
                header.freshness(self.console, self.link_text()),
            )

    def link_text(self) -> str:
        """``link 250 ms 16 kB/s`` where the driver knows the link and it is slow."""
        text = getattr(self.app, "link_text", None)
        return text() if callable(text) else ""

    def paint_tabs(self) -> None:
        """The names of the four panes on narrow terminals."""
        names = [view.pane.short or view.pane.title for view in self.homes]
        self.tabs.set_tabs(names, self.focused_home)

    def paint_keys(self) -> None:
        """The keys that work here and now."""
        self.key_bar.show_keys(footer_hints(self.console, self.current))

    def say(self, text: str, style: str = "", link: str = "") -> None:
        """A sentence in the last line, until the next key; with ``link`` a hyperlink."""
        self.key_bar.show_message(text, f"{style} url:{link}".strip() if link else style)

    def connected(self) -> None:
        """The sources have been started, or the place has changed."""
        for view in (*self.homes, *self.opened):
            if view.shown:
                view.refresh_list()
        if self.console.runner is not None:
            self.console.runner.subscribe(lambda run: self.paint_header())
            unfinished = self.console.runner.unfinished
            if unfinished:
                words = f"{len(unfinished)} action of an earlier session has no known outcome"
                self.say(f"{words}   :settle reads what became of it, :journal lists it", "state-warn")
        self.paint_header()
        self.paint_keys()

    def rescope(self) -> None:
        """Another cluster or namespace."""
        for view in (*self.homes, *self.opened):
            if view.shown:
                view.refresh_list()
        self.paint_header()

    def use_theme(self, name: str) -> str:
        """Change the theme; why not, where it cannot be."""
        use = getattr(self.app, "use_theme", None)
        return str(use(name)) if callable(use) else "this app has one theme"

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run work of a key without holding the screen; its failure is shown and logged."""
        self.run_worker(work, exit_on_error=True)

    # ---- keys ------------------------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Look the key up for the pane it goes to; what is no command bubbles on to the table's own keys."""
        if self.prompt.is_open:
            return
        if self.acting.busy:
            event.stop()
            event.prevent_default()
            return
        view = self.current
        row = view.cursor_row()
        target = view.pane.target(row, self.console.context()) if row is not None else None
        command = self.console.keys.lookup(view.pane, event.key, target.key.kind if target is not None else "")
        self.touched()
        if command is None:
            return
        event.stop()
        event.prevent_default()
        self.paint_keys()
        self.dispatch(command)

    def touched(self) -> None:
        """A key: somebody is there."""
        self._last_key = self.console.clock.monotonic()
        if self.console.store.interest.idle:
            self.console.store.interest.idle = False

    def dispatch(self, command: Command) -> None:
        """Call the handler of a command."""
        for owner in (self, self.looking, self.acting, self.placing):
            handler = getattr(owner, command.handler, None)
            if callable(handler):
                handler(command.argument)
                return
        raise LookupError(f"no handler {command.handler} for {command.id}")

    # ---- rows ------------------------------------------------------------------------------------------------------

    def chosen_row(self) -> tuple[Row, Pane] | None:
        """The row under the cursor (a problem stands for its row) with the pane of its kind."""
        row = self.current.cursor_row()
        if row is None:
            return None
        target = self.current.pane.target(row, self.console.context())
        if target is None:
            self.say(f"{row.name} is not there any more", "state-warn")
            return None
        return target, self.console.panes.get(target.key.kind, self.current.pane)

    def target_rows(self) -> list[Row]:
        """The marked rows, else the one under the cursor; problems stand for their rows."""
        context = self.console.context()
        rows = self.current.marked_rows()
        if not rows:
            row = self.current.cursor_row()
            rows = [row] if row is not None else []
        targets = [target for row in rows if (target := self.current.pane.target(row, context)) is not None]
        return list({target.key: target for target in targets}.values())

    # ---- moving ----------------------------------------------------------------------------------------------------

    def open_view(self, pane: Pane, drill: Drill | None = None, title: str = "", filter_text: str = "") -> PaneView:
        """A view of its own over what is there."""
        view = PaneView(self.console, pane, drill=drill, title=title)
        view.set_bare(self.bare)
        self.opened.append(view)
        self.query_one("#body").mount(view)
        self.call_after_refresh(self.lay_out)
        if filter_text:
            problem = view.set_filter(filter_text)
            if problem:
                self.say(problem, "state-bad")
        return view

    def drill(self, _: str = "") -> None:
        """Enter."""
        view = self.current
        row = view.cursor_row()
        if row is None:
            return
        drill = view.pane.drill(row, self.console.context())
        pane = self.console.panes.get(drill.kind) if drill is not None else None
        if drill is None or pane is None:
            self.looking.describe()
            return
        if view.pane.kind == "eks-clusters":
            self.placing.choose_context(row.name)
        self.open_view(pane, drill, drill.title)

    def jump(self, jump_id: str) -> None:
        """A key that leads to a neighbour of the row."""
        row, pane = self.current.cursor_row(), self.current.pane
        found = next((jump for jump in pane.jumps if jump.id == jump_id), None)
        if row is None or found is None:
            return
        drill = found.to(row, self.console.context())
        if drill is None:
            self.say(f"{row.name}: nothing to show ({found.title})", "state-warn")
        else:
            self.open_view(self.console.panes[drill.kind], drill, drill.title)

    def on_virtual_table_row_selected(self, event: Any) -> None:
        self.drill()

    def on_virtual_table_sort_requested(self, event: Any) -> None:
        self.current.sort_by(event.column)

    def back(self, _: str = "") -> None:
        """Esc: clear the filter, else the marks, else close the view."""
        view = self.current
        if view.filter_text:
            view.set_filter("")
        elif view.table.marks:
            view.table.action_clear_marks()
        elif self.opened:
            closed = self.opened.pop()
            closed.deactivate()
            closed.remove()
            self.lay_out()
        elif self.zoomed:
            self.zoom()

    def back_or_quit(self, _: str = "") -> None:
        """``q``: back, and from the first screen out."""
        if self.opened or self.zoomed or self.current.filter_text:
            self.back()
        else:
            self.leave()

    def leave(self, _: str = "") -> None:
        """End the program; asks first while something runs."""
        running = self.console.runner.running if self.console.runner else ()
        now = self.console.clock.monotonic()
        if running and now > self._leave_at:
            self._leave_at = now + LEAVE_SECONDS
            self.say(f"{len(running)} rollout runs and would not be watched any more; again within 2 s to leave", "state-warn")
            return
        self.app.exit(0)

    def interrupt(self, _: str = "") -> None:
        """``ctrl-c``: says how to quit; twice within two seconds it does."""
        now = self.console.clock.monotonic()
        if now <= self._leave_at:
            self.app.exit(0)
            return
        self._leave_at = now + LEAVE_SECONDS
        running = len(self.console.runner.running) if self.console.runner else 0
        more = f", {running} rollouts would not be watched any more" if running else ""
        self.say(f"ctrl-c again within 2 s leaves pierhead (q goes back){more}", "state-warn")

    def plain(self, _: str = "") -> None:
        """``:plain``: one pane without borders, so that the terminal's own selection takes nothing but text; again: back."""
        self.bare = not self.bare
        for view in (*self.homes, *self.opened):
            view.set_bare(self.bare)
        self.lay_out()

    def go_home(self, _: str = "") -> None:
        """The first screen."""
        for view in self.opened:
            view.deactivate()
            view.remove()
        self.opened.clear()
        self.lay_out()

    def next_pane(self, _: str = "") -> None:
        """Tab."""
        self.home_pane(str((self.focused_home + 1) % len(self.homes) + 1))

    def previous_pane(self, _: str = "") -> None:
        """Shift-tab."""
        self.home_pane(str((self.focused_home - 1) % len(self.homes) + 1))

    def home_pane(self, number: str) -> None:
        """F1 to F4."""
        self.focused_home = min(len(self.homes), int(number)) - 1
        self.go_home()

    def zoom(self, _: str = "") -> None:
        """``Z``."""
        if not self.opened:
            self.zoomed = not self.zoomed
            self.lay_out()

    def open_kind(self, kind: str) -> None:
        """A kind's whole list, as after ``:``; home panes are gone to, others opened."""
        self.run_command("problems" if kind == "findings" else kind)

    # ---- the prompt ------------------------------------------------------------------------------------------------

    def _suggest(self, prefix: str, text: str) -> list[Suggestion]:
        """Completion of the ``:`` line; a filter has none."""
        return [Suggestion(line) for line in completions(text, self.console)] if prefix == ":" else []

    def _open_prompt(self, prefix: str, text: str) -> None:
        self.key_bar.display = False
        self.prompt.open(prefix, text)

    def open_command(self, _: str = "") -> None:
        """``:``."""
        self._open_prompt(":", "")

    def open_filter(self, _: str = "") -> None:
        """``/``."""
        self._filtering = (self.current, self.current.filter_text)
        self._open_prompt("/", self.current.filter_text)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """The list narrows while one types."""
        if event.prefix == "/" and self.prompt.is_open:
            problem = self.current.set_filter(event.text)
            if problem:
                self.prompt.say(problem)

    def on_prompt_submitted(self, event: Prompt.Submitted) -> None:
        self._close_prompt()
        if event.prefix == ":" and event.text:
            self.run_command(event.text)
        elif event.prefix == "/":
            self.current.set_filter(event.text)

    def on_prompt_cancelled(self, event: Prompt.Cancelled) -> None:
        if event.prefix == "/" and self._filtering is not None:
            view, text = self._filtering
            view.set_filter(text)
        self._close_prompt()

    def _close_prompt(self) -> None:
        """Back to the table."""
        self.key_bar.display = True
        self.current.table.focus()
        self.paint_keys()

    def run_command(self, line: str, *, remember: bool = True) -> None:
        """A line of the ``:`` prompt."""
        try:
            meant = parse(line, self.console)
        except CommandError as error:
            self.say(str(error), "state-warn")
            return
        if isinstance(meant, Do):
            self.dispatch(Command(id="line", keys=(), title="", group="", handler=meant.handler, argument=meant.argument))
            return
        if remember:
            self.past = [*self.past[: self.past_at + 1], line]
            self.past_at = len(self.past) - 1
        self.goto(meant)

    def goto(self, place: Goto) -> None:
        """Open a kind, narrowed to a scope, a filter, a context."""
        pane = self.console.panes[place.kind]
        if place.context:
            self.placing.choose_context(place.context)
        if place.scope and pane.scoped_by:
            self.placing.narrow(pane.scoped_by, place.scope)
        filter_text = place.filter if pane.scoped_by else " ".join(x for x in (place.scope, place.filter) if x)
        self.go_home()
        if pane.home:
            self.focused_home = pane.home - 1
            self.zoomed = self.size.width >= GRID_WIDTH
            self.current.set_filter(filter_text)
            self.lay_out()
        else:
            self.open_view(pane, filter_text=filter_text)

    def history_back(self, _: str = "") -> None:
        """``[``."""
        if self.past_at > 0:
            self.past_at -= 1
            self.run_command(self.past[self.past_at], remember=False)

    def history_forward(self, _: str = "") -> None:
        """``]``."""
        if self.past_at + 1 < len(self.past):
            self.past_at += 1
            self.run_command(self.past[self.past_at], remember=False)

    def last_view(self, _: str = "") -> None:
        """``-``: the view before this one, and back again."""
        if len(self.past) > 1:
            self.run_command(self.past[-2])

    # ---- the list and the program ----------------------------------------------------------------------------------

    def wide_columns(self, _: str = "") -> None:
        """``ctrl-w``."""
        self.current.toggle_wide()

    def sort_by(self, column_id: str) -> None:
        """A capital letter."""
        self.current.sort_by(column_id)

    def sort_selected(self, _: str = "") -> None:
        """``shift-o``."""
        selected = self.current.table.selected_column
        if selected and selected != "why":
            self.current.sort_by(selected)
        elif selected == "why":
            self.current.sort_by("state")
        else:
            self.say("shift-left and shift-right select a column", "state-warn")

    def refresh_now(self, _: str = "") -> None:
        """``ctrl-r``: every source of what is on the screen asks again at once."""
        for kind in (self.current.pane.kind, *self.current.pane.needs):
            self.console.store.interest.refresh(kind)
        self.say("reading again")

    def repaint(self, _: str = "") -> None:
        """``ctrl-l``."""
        repaint = getattr(self.app, "repaint_all", None)
        if callable(repaint):
            repaint()
        self.app.refresh(layout=True)

    def suspend(self, _: str = "") -> None:
        """``ctrl-z``."""
        self.app.action_suspend_process()

    def open_help(self, _: str = "") -> None:
        """``?``."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.console, help_sections(self.console, self.current)))

    def on_app_blur(self, event: events.AppBlur) -> None:
        self.console.store.interest.focused = False

    def on_app_focus(self, event: events.AppFocus) -> None:
        self.console.store.interest.focused = True
