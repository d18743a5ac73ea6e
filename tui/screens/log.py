"""Logs of tasks and pods in one view: follow, filter, search, errors by the minute. The engine stands in ``tui.logs``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult

from tui.logs.buffer import LogBuffer
from tui.logs.filtered import FilteredLines
from tui.logs.query import QueryError, parse
from tui.model import Row
from tui.screens import log_words
from tui.screens.console import Console
from tui.screens.copying import copied
from tui.screens.log_intake import PART, RATE_SECONDS, Intake
from tui.screens.log_words import MOST, SINCE, save_lines
from tui.screens.over import OverScreen
from widgets.chart import Chart
from widgets.line import Piece
from widgets.log_view import LogView
from widgets.pane import Notice

FRAME_SECONDS = 0.1
MINUTES = 34
LOW = 12  # a screen of fewer lines has none left for the bars


class LogScreen(OverScreen):
    """One view over all containers of the rows."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (
        ("/", "filter"), ("?", "search"), ("G", "now"), ("space", "pause"), ("w", "wrap"), ("t", "times"), ("Enter", "traces"),
        ("m", "mark"), ("2-6", "1m to 1h"), ("C", "clear"), ("c", "copy"), ("ctrl-s", "save"),
    )  # fmt: skip

    def __init__(self, console: Console, rows: Sequence[Row], *, previous: bool = False) -> None:
        self.rows = rows
        self.previous = previous
        self.intake = Intake(console, rows, previous=previous)
        self.filtered: FilteredLines | None = None
        self._filling: FilteredLines | None = None
        self.filter_text = ""
        self._moved = False
        super().__init__(console, "Previous logs" if previous else "Logs")

    def make_body(self) -> LogView:
        zone: tzinfo | None = UTC if self.console.settings.ui.times == "utc" else None
        self.view = LogView(self.shown, zone=zone)
        self.view.set_reactive(LogView.wrap, self.console.settings.logs.wrap)
        self.view.set_reactive(LogView.timestamps, self.console.settings.logs.timestamps)
        self.chart = Chart()
        self.notice = Notice()
        return self.view

    def compose(self) -> ComposeResult:
        yield self.status
        yield self.title_line
        yield self.chart
        yield self.notice
        yield self.view
        yield self.prompt
        yield self.key_bar

    def on_mount(self) -> None:
        super().on_mount()
        self.chart.display = False
        self.set_interval(FRAME_SECONDS, self.flush)
        self.set_interval(RATE_SECONDS, self.measure)
        self.read()

    def on_unmount(self) -> None:
        self.intake.stop()

    @property
    def all(self) -> LogBuffer:
        """Every line that is kept."""
        return self.intake.buffer

    # ---- lines -----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Follow the rows, as soon as there are clients."""
        if self.console.connection is not None:
            self.intake.follow(self.console.connection, self._no_more)
        self._explain()

    def _no_more(self) -> None:
        """The last line has come."""
        self.flush()
        self._explain()
        self.retitle()

    def flush(self) -> None:
        """Once a frame: what is due goes to the buffer in time order, the view is told once."""
        if not self.intake.reading and self.console.connection is not None:
            self.read()
        if not self.intake.take():
            return
        if self.filtered is not None and not self.filtered.whole:
            self.filtered.grow(PART)
            if not self.filtered.whole:
                self._fill_on(self.filtered)
        self.view.lines_added()
        self._moved = True
        self._explain()
        if self.intake.due:
            self.call_later(self.flush)

    @property
    def shown(self) -> LogBuffer | FilteredLines:
        """What the view looks at."""
        return self.filtered if self.filtered is not None else self.all

    def measure(self) -> None:
        """Lines a second, and the errors by the minute."""
        if self.intake.measure() or self._moved:
            self._moved = False
            self.draw_chart()
            self.status.ride()
        self.retitle()

    def draw_chart(self) -> None:
        """Bars above the text where there were errors. They come while the view follows: no line moves under a reader. On a
        slow line they stand still: under them stands of which minutes they are."""
        if self.console.calm():
            return
        errors = [count.errors for count in self.all.histogram.last(MINUTES)]
        if not self.chart.display and self.view.follow:
            self.chart.display = any(errors) and self.size.height > LOW
        span = self.all.histogram.span
        if span and self.chart.display:
            begin = max(span[0], span[1] - MINUTES + 1)  # of what was before no line has been read
            known = [None] * (begin - (span[1] - MINUTES + 1))
            self.chart.set_values([*known, *errors[len(known) :]], log_words.minutes(self.console, begin, span[1]))

    # ---- title, filter, keys ---------------------------------------------------------------------------------------

    def retitle(self) -> None:
        """Whose lines these are, with how many tasks and pods; as many names as leave room for what stands at the right."""
        facts = self.facts()
        room = self.size.width - 20 - sum(len(fact) + 4 for fact in facts)
        names = [log_words.subject(self.console, row) for row in self.rows]
        self.heading = f"{'Previous logs' if self.previous else 'Logs'}  {log_words.subjects(names, room)}"
        pieces = [Piece(fact, "muted", 0 if fact in facts[-1:] or fact.startswith("filter ") else 1) for fact in facts]
        self.title_line.show([Piece(self.heading, "bold")], pieces)

    def facts(self) -> Sequence[str]:
        facts = [log_words.amount(self.intake.rate, len(self.all), self.console.calm())]
        if self.all.dropped:
            facts.append(f"{self.all.dropped:,} dropped")
        if self.filter_text:
            facts.append(f"filter {self.filter_text} ({len(self.shown):,} of {len(self.all):,})")
        status = self.view.status
        return (*facts, "ended" if self.intake.ended and status == "follow" else status)

    on_log_view_status_changed = retitle

    def _explain(self) -> None:
        """Why nothing is shown, in the place itself."""
        self.notice.show(log_words.nothing(self, connected=self.console.connection is not None), "muted")

    def set_filter(self, text: str) -> str:
        """Only lines that match; the sentence of what is wrong with the query, empty where it holds. A reader who does not
        follow stays where they are, at the next line that matches."""
        try:
            term = parse(text) if text.strip() else None
        except QueryError as error:
            return str(error)
        place = None if self.view.follow else self._at_top()
        self.filter_text = text.strip()
        self.filtered = FilteredLines(self.all, term) if term is not None else None
        self.view.set_buffer(self.shown)
        if self.filtered is not None:
            self._fill_on(self.filtered, place)
        elif place is not None:
            self.view.show_line(place)
        self._explain()
        self.retitle()
        return ""

    def _at_top(self) -> int:
        """The buffer's number of the line at the top."""
        top = self.view.top_line
        try:
            return self.filtered.original(top) if self.filtered is not None else top
        except IndexError:
            return self.all.first

    def _fill_on(self, filtered: FilteredLines, place: int | None = None) -> None:
        if filtered is not self._filling:
            self._filling = filtered
            self.run_worker(self._fill(filtered, place), exclusive=True, group="filter")

    async def _fill(self, filtered: FilteredLines, place: int | None) -> None:
        """Look at the past in slices."""
        await filtered.fill()
        self._filling = None
        if filtered is self.filtered:
            if filtered.too_slow:
                self.say(f"every line is shown: {filtered.too_slow}", "state-bad")
            self.view.buffer_reset()
            if place is not None:
                self.view.show_line(filtered.number_of(place))
            self._explain()
            self.retitle()

    def handle(self, key: str) -> bool:
        if key == "slash":
            self.ask("/", self.filter_text)
        elif key == "question_mark":
            self.ask("?")
        elif key in SINCE:
            self.intake.since, self.intake.tail = SINCE[key], max(self.intake.tail, MOST)
            self._again()
        elif key == "C":
            self.all.clear()
            self.set_filter(self.filter_text)
        elif key == "s":
            self.view.action_toggle_follow()
        elif key == "ctrl+s":
            self.run_worker(self._save(self.shown), group="save")
        elif key == "escape" and self.filter_text:
            self.set_filter("")
        else:
            return False
        return True

    def _again(self) -> None:
        """From the beginning."""
        self.intake.restart()
        self.view.follow = True
        self.set_filter(self.filter_text)
        self.say(f"from {self.intake.since / 60:.0f} minutes ago")
        self.read()

    def answered(self, prefix: str, text: str) -> None:
        if prefix == "?":
            if not self.view.search(text):
                self.say(self.view.trouble or f"{text!r} is in no line above", "state-warn")
            return
        problem = self.set_filter(text)
        if problem:
            self.say(problem, "state-bad")

    def on_log_view_copy_requested(self, event: Any) -> None:
        self.say(*copied(self.app, event.text, "copied what is shown"))

    async def _save(self, shown: LogBuffer | FilteredLines) -> None:
        path = Path.cwd() / f"pierhead-logs-{int(self.console.clock.now())}.log"
        try:
            count = await save_lines(shown, path)
        except OSError as error:
            self.say(f"not saved: {error}", "state-bad")
            return
        self.say(f"saved {count:,} lines to {path}")
