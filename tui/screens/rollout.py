"""What runs: a plan under way with its bars and events. Escape leaves it running; it stays in the header as ◐."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import regex
from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widget import Widget

from tui.actions.base import Step
from tui.actions.rowwise import names_of
from tui.actions.runner import Run
from tui.model import Row, State
from tui.panes.words import clock_time
from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.document import DocumentView
from widgets.progress import RolloutBar, RolloutEvent, RolloutPlan, RolloutView, coarse

if TYPE_CHECKING:
    from tui.screens.acting import Acting

#: what the bars say already
_COUNT = regex.compile(r"^\d+ (?:of \d+|old pods?) ")
KEPT_EVENTS = 60
MOST_BARS = 12
OFFERS = {"ecs.rollback": "roll back to last good", "k8s.rollback": "roll back to the one before"}


def told(steps: list[Step]) -> list[Step]:
    """The steps worth reading: without counts that the bars have, and without repeats of a sentence."""
    found: list[Step] = []
    for step in steps:
        counted = step.bars and not step.final and _COUNT.match(step.text)
        if step.text and not counted and (not found or found[-1].text != step.text):
            found.append(step)
    return found[-KEPT_EVENTS:]


def standing(run: Run) -> list[Step]:
    """The newest step with a status of each row, in the rows' order."""
    newest = {step.target: step for step in run.steps if step.status}
    return [newest[row.key] for row in run.plan.rows if row.key in newest]


def offered(run: Run) -> tuple[str, list[Row]]:
    """The action that fits how the run stands now and the rows that it fits, empty where none does."""
    offers = {step.target: step.offer for step in standing(run) if step.offer in OFFERS}
    action = next(iter(offers.values()), "")
    return action, [row for row in run.plan.rows if offers.get(row.key) == action] if action else []


def rollout_keys(run: Run, reversible: bool) -> list[tuple[str, str]]:
    """What can be done from here."""
    action, rows = offered(run)
    keys = [("ctrl-u", OFFERS[action])] if rows else []
    if reversible and any(record.outcome == "done" for record in run.records.values()):
        keys.append(("U", "take it back"))
    return [*keys, ("l", "logs"), ("Esc", "back" if run.done else "leave it running")]


def revision_of_run(run: Run) -> str:
    """``checkout:43`` for a run on one service that gave it another revision."""
    records = list(run.records.values())
    left = str(records[0].after.get("taskDefinition", "")) if len(records) == 1 else ""
    return left.rsplit("/", 1)[-1] if left and records[0].before.get("taskDefinition") != left else ""


def bars_of(run: Run) -> list[RolloutBar]:
    """The bars as they stand: all of one row; of several rows the first of each, under the row's name."""
    word = "ready" if run.plan.rows[0].kind == "deployments" else "running"
    names = {row.key: name for row, name in zip(run.plan.rows, names_of(run.plan), strict=True)}
    drawn = [step for step in run.steps if step.bars]
    if len(names) == 1:
        newest = drawn[-1].bars if drawn else ()
        return [
            RolloutBar("", label, done, of, "healthy" if label == "targets" else word, words, style_of(label))
            for label, done, of, words in newest
        ]
    first = {step.target: step.bars[0] for step in drawn}
    rows = [(names[key], bar) for key, bar in first.items() if key in names]
    return [RolloutBar("", name, done, of, word, words) for name, (_, done, of, words) in rows[:MOST_BARS]]


def style_of(label: str) -> str:
    """What leaves is grey."""
    return "state-idle" if label.startswith("old") else "state-change"


def events_of(run: Run) -> list[RolloutEvent]:
    """What happened, with the row's name where there are several."""
    names = {row.key: name for row, name in zip(run.plan.rows, names_of(run.plan), strict=True)}
    found = []
    for step in told(run.steps):
        name = names.get(step.target) if step.target is not None and len(names) > 1 else None
        text = f"{name}: {step.text}" if name and name not in step.text else step.text
        matters = step.final or step.state is State.DEGRADED
        found.append(RolloutEvent(clock_time(step.time), text, step.state.token if matters else ""))
    return found


def rollout_plan(run: Run, reversible: bool = True, calm: bool = False) -> RolloutPlan:
    """A run in the view's words. ``calm``: in coarse steps, since the line to the terminal is slow."""
    names = names_of(run.plan)
    return RolloutPlan(
        title=run.plan.title,
        subject=names[0] if len(names) == 1 else f"{len(names)} rows",
        name=revision_of_run(run),
        place=run.plan.place,
        state=run.status,
        state_style=run.state.token,
        since=clock_time(run.started),
        until=clock_time(run.steps[-1].time) if run.done and run.steps else "",
        bars=[coarse(bar) for bar in bars_of(run)] if calm else bars_of(run),
        events=events_of(run),
        reason=run.error or next((step.reason for step in standing(run) if step.reason), ""),
        keys=rollout_keys(run, reversible),
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
        action = console.actions.get(run.plan.action)
        self.reversible = action is not None and action.reversible
        self._end: Callable[[], None] | None = None
        self.view = RolloutView(self._plan())

    def _plan(self) -> RolloutPlan:
        return rollout_plan(self.run, self.reversible, self.console_.calm())

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()
        self._end = self.run.subscribe(lambda run: self.show_run())

    def on_unmount(self) -> None:
        if self._end is not None:
            self._end()

    def show_run(self) -> None:
        """As it stands now."""
        if self.is_mounted:
            self.view.update_rollout(self._plan())

    def on_rollout_view_left(self, event: RolloutView.Left) -> None:
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "ctrl+c":
            self.dismiss(None)
        elif event.key == "U" and self.reversible:
            self.hand_over(lambda acting: acting.undo_run(self.run))
        elif event.key == "ctrl+u" and offered(self.run)[1]:
            self.hand_over(lambda acting: acting.follow(*offered(self.run)))
        elif event.key == "l":
            self.open_logs()

    def hand_over(self, work: Callable[[Acting], None]) -> None:
        """Close, and let the main screen show another plan; this run goes on."""
        main = next((screen for screen in self.app.screen_stack if hasattr(screen, "acting")), None)
        self.dismiss(None)
        if main is not None:
            work(main.acting)

    def open_logs(self) -> None:
        """The logs of the rows that it is about."""
        from tui.screens.log import LogScreen

        connection = self.console_.connection
        kinds = set(connection.logs.kinds) if connection is not None else set()
        rows = [row for row in self.run.plan.rows if row.key.kind in kinds]
        if rows:
            self.app.push_screen(LogScreen(self.console_, rows))


class RunsScreen(OverScreen):
    """Everything that was started in this session, the newest first; Enter opens that, a digit any."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (("Enter", "open the newest"), ("1-9", "open"))

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
        names = ", ".join(names_of(run.plan)[:3])
        return f"  {number}  {sign} {clock_time(run.started)}  {run.plan.title} {names}  {run.status}"

    def refresh_body(self) -> None:
        self.view.set_text(self._text())

    def handle(self, key: str) -> bool:
        runs = self._runs()
        number = 1 if key == "enter" else int(key) if key.isdigit() else 0
        if 0 < number <= len(runs):
            self.app.push_screen(RolloutScreen(self.console, runs[number - 1]))
            return True
        return False
