"""Logs of tasks and pods in one view: follow, filter, search, errors by the minute. The engine stands in ``tui.logs``."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, ClassVar

from textual.app import ComposeResult

from tui.logs.base import LogLine
from tui.logs.buffer import LogBuffer
from tui.logs.filtered import FilteredLines
from tui.logs.merge import Merge
from tui.logs.query import QueryError, parse
from tui.model import Row
from tui.model.errors import ApiError
from tui.screens.console import Console
from tui.screens.copying import copied
from tui.screens.over import OverScreen
from widgets.chart import Chart
from widgets.log_view import LogView

FRAME_SECONDS = 0.1
RATE_SECONDS = 2.0
MINUTES = 34
GROW = 5000

#: k9s's digits: how far back the lines begin, in seconds
SINCE = {"2": 60.0, "3": 300.0, "4": 900.0, "5": 1800.0, "6": 3600.0}


class LogScreen(OverScreen):
    """One view over all containers of the rows."""

    hints: ClassVar[tuple[tuple[str, str], ...]] = (
        ("/", "filter"), ("?", "search"), ("G", "now"), ("space", "pause"), ("w", "wrap"), ("t", "times"), ("m", "mark"),
        ("2-6", "1m to 1h"), ("C", "clear"), ("c", "copy"), ("ctrl-s", "save"),
    )  # fmt: skip

    def __init__(self, console: Console, rows: Sequence[Row], *, previous: bool = False) -> None:
        self.rows = rows
        self.previous = previous
        settings = console.settings.logs
        self.since = settings.since_s
        self.all = LogBuffer(settings.buffer_lines)
        self.merge = Merge(console.clock)
        self.filtered: FilteredLines | None = None
        self.filter_text = ""
        self.rate = 0.0
        self._arrived = 0
        self._measured = console.clock.monotonic()
        self._reader: asyncio.Task[None] | None = None
        self._moved = False
        super().__init__(console, f"{'Previous logs' if previous else 'Logs'}  {self._names()}")

    def _names(self) -> str:
        names = [row.name for row in self.rows]
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")

    def make_body(self) -> LogView:
        zone: tzinfo | None = UTC if self.console.settings.ui.times == "utc" else None
        self.view = LogView(self.shown, zone=zone)
        self.view.set_reactive(LogView.wrap, self.console.settings.logs.wrap)
        self.view.set_reactive(LogView.timestamps, self.console.settings.logs.timestamps)
        self.chart = Chart()
        return self.view

    def compose(self) -> ComposeResult:
        yield self.title_line
        yield self.chart
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
        if self._reader is not None:
            self._reader.cancel()

    # ---- lines -----------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Follow from ``since`` seconds ago."""
        if self._reader is not None:
            self._reader.cancel()
        self._reader = asyncio.create_task(self._read(), name="log view")

    async def _read(self) -> None:
        connection = self.console.connection
        if connection is None:
            return
        try:
            lines = connection.logs.follow(
                self.rows, since=self.since, tail=self.console.settings.logs.tail, previous=self.previous
            )
            async for batch in lines:
                self.merge.add(batch)
                self._arrived += len(batch)
        except ApiError as error:
            now = int(self.console.clock.now() * 1e9)
            self.merge.add([LogLine(now, "pierhead", f"{error}  {error.hint}".strip(), kind="error")])
        self.all.append(self.merge.flush())
        self._grown()

    def flush(self) -> None:
        """Once a frame: what is due goes to the buffer in time order, the view is told once."""
        lines = self.merge.take()
        if lines:
            self.all.append(lines)
            self._grown()

    def _grown(self) -> None:
        if self.filtered is not None and self.filtered.whole is False:
            self.filtered.grow(GROW)
        self.view.lines_added()
        self._moved = True

    @property
    def shown(self) -> LogBuffer | FilteredLines:
        """What the view looks at."""
        return self.filtered if self.filtered is not None else self.all

    def measure(self) -> None:
        """Lines a second, and the errors by the minute."""
        now = self.console.clock.monotonic()
        rate = self._arrived / max(RATE_SECONDS, now - self._measured)
        self._arrived, self._measured = 0, now
        if rate != self.rate or self._moved:
            self.rate = rate
            self._moved = False
            self.draw_chart()
            self.retitle()

    def draw_chart(self) -> None:
        """Bars above the text where there were errors."""
        counts = self.all.histogram.last(MINUTES)
        errors = [count.errors for count in counts]
        self.chart.display = any(errors) and self.size.height > 12
        span = self.all.histogram.span
        if span and self.chart.display:
            begin, end = (self._minute(minute) for minute in (span[1] - MINUTES + 1, span[1]))
            self.chart.set_values(errors, f"errors a minute, {begin} to {end}")

    def _minute(self, minute: int) -> str:
        zone = UTC if self.console.settings.ui.times == "utc" else None
        return datetime.fromtimestamp(minute * 60, zone).strftime("%H:%M")

    # ---- title, filter, keys ---------------------------------------------------------------------------------------

    def facts(self) -> Sequence[str]:
        parts = [f"{len(self.all.sources)} streams"] if len(self.all.sources) > 1 else []
        if self.filter_text:
            parts.append(f"filter {self.filter_text} ({len(self.shown):,} of {len(self.all):,})")
        else:
            parts.append(f"{len(self.all):,} lines")
        if self.all.dropped:
            parts.append(f"{self.all.dropped:,} dropped")
        if self.rate >= 1:
            parts.append(f"{self.rate:,.0f} lines/s")
        return (*parts, self.view.status)

    def on_log_view_status_changed(self, event: Any) -> None:
        self.retitle()

    def set_filter(self, text: str) -> str:
        """Only lines that match; the sentence of what is wrong with the query, empty where it holds."""
        try:
            term = parse(text) if text.strip() else None
        except QueryError as error:
            return str(error)
        self.filter_text = text.strip()
        self.filtered = FilteredLines(self.all, term) if term is not None else None
        self.view.set_buffer(self.shown)
        self.retitle()
        if self.filtered is not None:
            self.run_worker(self._fill(self.filtered), exclusive=True, group="filter")
        return ""

    async def _fill(self, filtered: FilteredLines) -> None:
        """Look at the past in slices."""
        await filtered.fill()
        if filtered is self.filtered:
            self.view.buffer_reset()
            self.retitle()

    def handle(self, key: str) -> bool:
        if key == "slash":
            self.ask("/", self.filter_text)
        elif key == "question_mark":
            self.ask("?")
        elif key in SINCE:
            self.since = SINCE[key]
            self._again()
        elif key == "C":
            self.all.clear()
            self.set_filter(self.filter_text)
        elif key == "s":
            self.view.action_toggle_follow()
        elif key == "ctrl+s":
            self._save()
        elif key == "escape" and self.filter_text:
            self.set_filter("")
        else:
            return False
        return True

    def _again(self) -> None:
        self.all = LogBuffer(self.console.settings.logs.buffer_lines)
        self.set_filter(self.filter_text)
        self.say(f"from {self.since / 60:.0f} minutes ago")
        self.read()

    def answered(self, prefix: str, text: str) -> None:
        if prefix == "?":
            if not self.view.search(text):
                self.say(f"{text!r} is in no line above", "state-warn")
            return
        problem = self.set_filter(text)
        if problem:
            self.say(problem, "state-bad")

    def on_log_view_copy_requested(self, event: Any) -> None:
        self.say(*copied(self.app, event.text, "copied what is shown"))

    def _save(self) -> None:
        path = Path.cwd() / f"pierhead-logs-{int(self.console.clock.now())}.log"
        try:
            with path.open("x", encoding="utf-8") as file:
                shown = self.shown
                for number in range(shown.first, shown.first + len(shown)):
                    time, source, text, _ = shown.line(number)
                    stamp = datetime.fromtimestamp(time / 1e9, UTC).isoformat(timespec="milliseconds")
                    file.write(f"{stamp} {source} {text}\n")
            path.chmod(0o600)
        except OSError as error:
            self.say(f"not saved: {error}", "state-bad")
            return
        self.say(f"saved {path}")
