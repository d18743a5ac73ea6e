"""What runs: a plan under way with its bars and events. Escape leaves it running; it stays in the header as ◐."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import regex
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.actions.base import Step
from tui.actions.runner import Run
from tui.model import State
from tui.panes.words import clock_time
from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.document import DocumentView
from widgets.progress import RolloutBar, RolloutEvent, RolloutPlan, RolloutView

#: what the bars say already
_COUNT = regex.compile(r"^\d+ of \d+ \w+$")
KEPT_EVENTS = 40


def told(steps: list[Step]) -> list[Step]:
    """The steps worth reading: without counts that the bars have, and without repeats of a sentence."""
    found: list[Step] = []
    for step in steps:
        if step.text and not _COUNT.match(step.text) and (not found or found[-1].text != step.text):
            found.append(step)
    return found[-KEPT_EVENTS:]


def rollout_plan(run: Run) -> RolloutPlan:
    """A run in the view's words."""
    bars = next((step.bars for step in reversed(run.steps) if step.bars), ())
    happened = [
        RolloutEvent(clock_time(step.time), step.text, step.state.token if step.final else "") for step in told(run.steps)
    ]
    names = [row.name for row in run.plan.rows]
    keys = [("U", "take it back"), ("l", "logs"), ("Esc", "leave it running" if not run.done else "back")]
    return RolloutPlan(
        title=run.plan.title,
        subject=names[0] if len(names) == 1 else f"{len(names)} rows",
        name=run.plan.place,
        state=run.status,
        state_style=run.state.token,
        since=clock_time(run.started),
        bars=[RolloutBar("", label, done, of, "", words) for label, done, of, words in bars],
        events=happened,
        reason=run.error,
        keys=keys,
    )


class RolloutScreen(ModalScreen[None]):
    """One run, in the lower part of the screen."""

    DEFAULT_CSS = """
    RolloutView { background: $surface; }
    """

    def __init__(self, console: Console, run: Run) -> None:
        super().__init__()
        self.console_ = console
        self.run = run
        self._end: Callable[[], None] | None = None
        self.view = RolloutView(rollout_plan(run))

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()
        self._end = self.run.subscribe(lambda run: self.show_run())

    def on_unmount(self) -> None:
        if self._end is not None:
            self._end()

    def show_run(self) -> None:
        """As it stands now, the newest events in view."""
        if self.is_mounted:
            self.view.update_rollout(rollout_plan(self.run))
            self.call_after_refresh(self.view.action_scroll_last)

    def on_rollout_view_left(self, event: RolloutView.Left) -> None:
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "ctrl+c":
            self.dismiss(None)
        elif event.key == "U":
            self.dismiss(None)
            main = next((screen for screen in self.app.screen_stack if hasattr(screen, "acting")), None)
            if main is not None:
                main.acting.undo_run(self.run)
        elif event.key == "l":
            self.open_logs()

    def open_logs(self) -> None:
        """The logs of the rows that it is about."""
        from tui.screens.log import LogScreen

        connection = self.console_.connection
        kinds = set(connection.logs.kinds) if connection is not None else set()
        rows = [row for row in self.run.plan.rows if row.key.kind in kinds]
        if rows:
            self.app.push_screen(LogScreen(self.console_, rows))


class RunsScreen(OverScreen):
    """Everything that was started in this session; a digit opens one."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (("1-9", "open"),)

    def __init__(self, console: Console) -> None:
        super().__init__(console, "Rollouts", every=1.0)

    def make_body(self) -> Widget:
        self.view = DocumentView(self._text())
        return self.view

    def _runs(self) -> list[Run]:
        return list(reversed(self.console.runner.runs))[:9] if self.console.runner is not None else []

    def _text(self) -> str:
        runs = self._runs()
        if not runs:
            return "Nothing was done from here in this session."
        return "\n".join(self._line(number, run) for number, run in enumerate(runs, 1))

    @staticmethod
    def _line(number: int, run: Run) -> str:
        sign = run.state.symbol if run.done else State.CHANGING.symbol
        names = ", ".join(row.name for row in run.plan.rows[:3])
        return f"  {number}  {sign} {clock_time(run.started)}  {run.plan.title} {names}  {run.status}"

    def refresh_body(self) -> None:
        self.view.set_text(self._text())

    def handle(self, key: str) -> bool:
        runs = self._runs()
        if key.isdigit() and 0 < int(key) <= len(runs):
            self.app.push_screen(RolloutScreen(self.console, runs[int(key) - 1]))
            return True
        return False
