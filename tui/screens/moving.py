"""Moving between views: into a row and back, between panes, through the history of commands, out of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.panes.keys import Command
from tui.screens.command_line import CommandError, Do, Goto, parse
from tui.screens.pane_view import PaneView

if TYPE_CHECKING:
    from textual.widget import AwaitMount

    from tui.model import Row
    from tui.panes import Drill, Pane
    from tui.screens.main import MainScreen

LEAVE_SECONDS = 2.0


def rollouts(count: int) -> str:
    """``1 rollout runs and``, ``2 rollouts run and``."""
    return f"{count} rollout runs and" if count == 1 else f"{count} rollouts run and"


class Moving:
    """Handlers of the main screen. ``past``: the lines of the ``:`` prompt that opened a view, and where in them one is."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self.past: list[str] = []
        self.past_at = -1
        self._leave_at = 0.0

    def drill(self, _: str = "") -> None:
        """Enter."""
        view = self.main.current
        row = view.cursor_row()
        if row is None:
            return
        drill = self._into(view.pane, row)
        pane = self.main.console.panes.get(drill.kind) if drill is not None else None
        if drill is None or pane is None:
            self.main.looking.describe()
            return
        if view.pane.kind == "eks-clusters":
            self.main.placing.choose_context(row.name)
        self.open_view(pane, drill, drill.title)

    def _into(self, pane: Pane, row: Row) -> Drill | None:
        """Where Enter leads: into the row; from a problem into the row that it is about, not to a list of that row alone."""
        context = self.main.console.context()
        target = pane.target(row, context)
        if target is not None and target is not row:
            inside = self.main.console.panes[target.key.kind].drill(target, context)
            if inside is not None:
                return inside
        return pane.drill(row, context)

    def jump(self, jump_id: str) -> None:
        """A key that leads to a neighbour of the row."""
        row, pane = self.main.current.cursor_row(), self.main.current.pane
        found = next((jump for jump in pane.jumps if jump.id == jump_id), None)
        if row is None or found is None:
            return
        drill = found.to(row, self.main.console.context())
        if drill is None:
            self.main.say(f"{row.name}: nothing to show ({found.title})", "state-warn")
        else:
            self.open_view(self.main.console.panes[drill.kind], drill, drill.title)

    def back(self, _: str = "") -> None:
        """Esc: clear the filter, else the marks, else close the view."""
        view = self.main.current
        if view.filter_text:
            view.set_filter("")
        elif view.table.marks:
            view.table.action_clear_marks()
        elif self.main.opened:
            closed = self.main.opened.pop()
            closed.deactivate()
            closed.remove()
            self.main.lay_out()
        elif self.main.zoomed:
            self.zoom()

    def back_or_quit(self, _: str = "") -> None:
        """``q``: back, and from the first screen out."""
        if self.main.opened or self.main.zoomed or self.main.current.filter_text:
            self.back()
        else:
            self.leave()

    def leave(self, _: str = "") -> None:
        """End the program; asks first while something runs."""
        running = self.main.console.runner.running if self.main.console.runner else ()
        now = self.main.console.clock.monotonic()
        if running and now > self._leave_at:
            self._leave_at = now + LEAVE_SECONDS
            self.main.say(f"{rollouts(len(running))} would not be watched any more; again within 2 s to leave", "state-warn")
            return
        self.main.app.exit(0)

    def interrupt(self, _: str = "") -> None:
        """``ctrl-c``: stops what was asked and is not answered yet; else says how to quit; twice within two seconds it does."""
        if self.main.stop_asking():
            self.main.say("stopped: nothing was changed")
            return
        now = self.main.console.clock.monotonic()
        if now <= self._leave_at:
            self.main.app.exit(0)
            return
        self._leave_at = now + LEAVE_SECONDS
        running = len(self.main.console.runner.running) if self.main.console.runner else 0
        more = f", {rollouts(running)} would not be watched any more" if running else ""
        self.main.say(f"ctrl-c again within 2 s leaves pierhead (q goes back){more}", "state-warn")

    def plain(self, _: str = "") -> None:
        """``:plain``: one pane without borders, so that the terminal's own selection takes nothing but text; again: back."""
        self.main.bare = not self.main.bare
        for view in (*self.main.homes, *self.main.opened):
            view.set_bare(self.main.bare)
        self.main.lay_out()

    def next_pane(self, _: str = "") -> None:
        """Tab."""
        self.home_pane(str((self.main.focused_home + 1) % len(self.main.homes) + 1))

    def previous_pane(self, _: str = "") -> None:
        """Shift-tab."""
        self.home_pane(str((self.main.focused_home - 1) % len(self.main.homes) + 1))

    def home_pane(self, number: str) -> None:
        """F1 to F4."""
        self.main.focused_home = min(len(self.main.homes), int(number)) - 1
        self.go_home()

    def zoom(self, _: str = "") -> None:
        """``Z``."""
        if not self.main.opened:
            self.main.zoomed = not self.main.zoomed
            self.main.lay_out()

    def open_view(self, pane: Pane, drill: Drill | None = None, title: str = "", filter_text: str = "") -> PaneView:
        """A view of its own over what is there."""
        view = PaneView(self.main.console, pane, drill=drill, title=title)
        view.set_bare(self.main.bare)
        self.main.opened.append(view)
        self.main.call_after_refresh(self._lay_out_with, self.main.query_one("#body").mount(view))
        if filter_text:
            problem = view.set_filter(filter_text)
            if problem:
                self.main.say(problem, "state-bad")
        return view

    async def _lay_out_with(self, mounting: AwaitMount) -> None:
        """Once a new view stands: a table that is not mounted yet cannot take the focus, and keys would go nowhere."""
        await mounting
        self.main.lay_out()

    def go_home(self, _: str = "") -> None:
        """The first screen."""
        for view in self.main.opened:
            view.deactivate()
            view.remove()
        self.main.opened.clear()
        self.main.lay_out()

    def open_kind(self, kind: str) -> None:
        """A kind's whole list, as after ``:``; home panes are gone to, others opened."""
        self.run_command("problems" if kind == "findings" else kind)

    def run_command(self, line: str, *, remember: bool = True) -> None:
        """A line of the ``:`` prompt."""
        try:
            meant = parse(line, self.main.console)
        except CommandError as error:
            self.main.say(str(error), "state-warn")
            return
        if isinstance(meant, Do):
            self.main.dispatch(Command(id="line", keys=(), title="", group="", handler=meant.handler, argument=meant.argument))
            return
        if remember:
            self.past = [*self.past[: self.past_at + 1], line]
            self.past_at = len(self.past) - 1
        self.goto(meant)

    def goto(self, place: Goto) -> None:
        """Open a kind, narrowed to a scope, a filter, a context."""
        pane = self.main.console.panes[place.kind]
        if place.context:
            self.main.placing.choose_context(place.context)
        if place.scope and pane.scoped_by:
            self.main.placing.narrow(pane.scoped_by, place.scope)
        filter_text = place.filter if pane.scoped_by else " ".join(x for x in (place.scope, place.filter) if x)
        self.go_home()
        if pane.home:
            self.main.focused_home = pane.home - 1
            self.main.zoomed = self.main.fits_grid
            self.main.current.set_filter(filter_text)
            self.main.lay_out()
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
