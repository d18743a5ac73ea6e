"""What runs: a plan under way with its bars and steps. Escape leaves it running; it stays in the header as ◐."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.widget import Widget

from tui.actions.base import Step
from tui.actions.runner import Run
from tui.model import State
from tui.panes.words import bar, clock_time
from tui.screens.console import Console
from tui.screens.over import OverScreen
from widgets.document import DocumentView

BAR_WIDTH = 20


def run_text(run: Run, ascii: bool = False) -> str:
    """The run as lines: bars of the newest step that has some, then every step with its time."""
    lines: list[str] = []
    bars = next((step.bars for step in reversed(run.steps) if step.bars), ())
    width = max((len(label) for label, *_ in bars), default=0)
    for label, done, of, words in bars:
        lines.append(f"  {label:<{width}}  {bar(done, of, BAR_WIDTH, ascii)}  {done} of {of}  {words}".rstrip())
    if bars:
        lines.append("")
    lines += [f"  {clock_time(step.time)}  {step.state.symbol} {step.text}" for step in collapsed(run.steps)]
    if run.error and not any(run.error in line for line in lines):
        lines.append(f"  {State.BROKEN.symbol} {run.error}")
    if not run.steps and not run.error:
        lines.append("  asked; waiting for the first answer")
    if run.done:
        lines += ["", f"  {outcome(run)}"]
    return "\n".join(lines)


def collapsed(steps: list[Step]) -> list[Step]:
    """Without repeats of one sentence that follow each other."""
    found: list[Step] = []
    for step in steps:
        if step.text and (not found or found[-1].text != step.text):
            found.append(step)
    return found


def outcome(run: Run) -> str:
    """How it ended, in words."""
    words = {State.BROKEN: "It failed", State.DEGRADED: "It ended, not well", State.WELL: "It is done"}
    took = f" after {run.steps[-1].time - run.started:.0f} s" if run.steps else ""
    return f"{words.get(run.state, 'It ended')}{took}.   U takes it back"


class RolloutScreen(OverScreen):
    """One run."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (("U", "take it back"), ("l", "logs"), ("c", "copy"))

    def __init__(self, console: Console, run: Run) -> None:
        self.run = run
        self._end: Callable[[], None] | None = None
        super().__init__(console, run.plan.title)

    def make_body(self) -> Widget:
        self.view = DocumentView(run_text(self.run, self.console.ascii))
        return self.view

    def on_mount(self) -> None:
        super().on_mount()
        self._end = self.run.subscribe(lambda run: self.refresh_body())

    def on_unmount(self) -> None:
        if self._end is not None:
            self._end()

    def facts(self) -> tuple[str, ...]:
        return (self.run.status, f"since {clock_time(self.run.started)}", self.run.plan.place)

    def refresh_body(self) -> None:
        self.view.set_text(run_text(self.run, self.console.ascii))
        self.retitle()

    def handle(self, key: str) -> bool:
        from tui.screens.log import LogScreen

        if key == "U":
            self.dismiss(None)
            main = next((screen for screen in self.app.screen_stack if hasattr(screen, "acting")), None)
            if main is not None:
                main.acting.undo_run(self.run)
        elif key == "l":
            if self.console.connection is not None:
                kinds = set(self.console.connection.logs.kinds)
                rows = [row for row in self.run.plan.rows if row.key.kind in kinds]
                if rows:
                    self.app.push_screen(LogScreen(self.console, rows))
                else:
                    self.say("these rows have no logs of their own", "state-warn")
        else:
            return False
        return True


class RunsScreen(OverScreen):
    """Everything that was started in this session; Enter opens one."""

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
        return "\n".join(
            f"  {i}  {run.state.symbol} {clock_time(run.started)}  {run.plan.title}  {run.status}"
            for i, run in enumerate(runs, 1)
        )

    def refresh_body(self) -> None:
        self.view.set_text(self._text())

    def handle(self, key: str) -> bool:
        runs = self._runs()
        if key.isdigit() and 0 < int(key) <= len(runs):
            self.app.push_screen(RolloutScreen(self.console, runs[int(key) - 1]))
            return True
        return False
