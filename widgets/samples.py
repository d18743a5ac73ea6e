"""Sample data for trying a widget alone (``python -m widgets.table``); nothing of an application imports this."""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Sequence

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widget import Widget

from widgets.cells import Cell
from widgets.columns import Column
from widgets.plan_view import Change, PlanView
from widgets.table import VirtualTable

__all__ = ["SAMPLE_COLUMNS", "SAMPLE_PLAN", "SampleApp", "SampleRows", "show", "show_table"]

SAMPLE_COLUMNS = (
    Column("name", "NAME", width=16, min_width=10, shorten="middle", sort_key="N", max_width=60),
    Column("ready", "READY", align="right", width=5),
    Column("rev", "REV", align="right", width=4, priority=3),
    Column("image", "IMAGE", width=8, min_width=5, priority=2),
    Column("load", "LOAD", width=4, priority=4, quiet=True),
    Column("why", "WHY", width=30, min_width=8, priority=1, flexible=True),
)
SAMPLE_PLAN = PlanView(
    title="Deploy",
    subject="shop/checkout",
    place="prod eu-west-1",
    changes=(
        Change("image", "checkout:1.8.3", "checkout:1.8.2", "sha256:9f2c…  amd64  pushed 3d ago"),
        Change("task definition", "checkout:42", "checkout:43", "new: only the image changes, D shows the whole diff"),
    ),
    effects=("4 tasks replaced, at most 8 run at once (200%), at least 4 stay (100%), about 3 min",),
    warnings=("autoscaling may change the count meanwhile (2 to 10, target CPU 60%)",),
    undo="U brings back checkout:42",
    command="aws ecs update-service --cluster shop --service checkout --task-definition checkout:43",
    action="Deploy",
    has_diff=True,
)
_STATES = (("✖", "state-bad"), ("▲", "state-warn"), ("◐", "state-change"), ("●", "state-ok"), ("○", "state-idle"))
_REASONS = ("image 1.8.3 not found in ECR", "CPU 93% of its limit, scaling at its maximum (6)", "rollout 3/5", "", "")
_NAMES = ("checkout", "search", "gateway", "ledger", "cart", "payments", "an-uncommonly-long-service-name")


class SampleRows:
    """Rows that a table can read, and that can be changed to see what it does."""

    def __init__(self, count: int, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.order: list[Hashable] = list(range(count))
        self.positions: dict[Hashable, int] = {key: key for key in range(count)}
        self.rows: dict[Hashable, list[str | Cell]] = {}
        self.states: dict[Hashable, tuple[str, str]] = {}

    def __len__(self) -> int:
        return len(self.order)

    def keys(self) -> Sequence[Hashable]:
        """All keys in order."""
        return self.order

    def key_at(self, index: int) -> Hashable:
        """The key at a position."""
        return self.order[index]

    def index_of(self, key: Hashable) -> int | None:
        """The position of a key."""
        return self.positions.get(key)

    def cells(self, key: Hashable) -> Sequence[str | Cell]:
        """The cells of one row, made when they are first asked for."""
        if key not in self.rows:
            number = hash(key) % 100_003
            name = f"{_NAMES[number % len(_NAMES)]}-{number:05d}"
            kind = number % 11 if number % 11 < 3 else 3
            load = "".join("▁▂▃▄▅▆▇█"[(number >> shift) % 8] for shift in (0, 2, 4, 6))
            self.rows[key] = [
                name,
                f"{number % 4}/4",
                f":{number % 90}",
                f"1.{number % 9}.0",
                Cell(load, "muted"),
                _REASONS[kind],
            ]
            self.states[key] = _STATES[kind]
        return self.rows[key]

    def state(self, key: Hashable) -> tuple[str, str]:
        """Symbol and token."""
        self.cells(key)
        return self.states[key]

    def read(self, key: Hashable) -> tuple[Sequence[str | Cell], tuple[str, str]]:
        """Both."""
        return self.cells(key), self.state(key)

    def change(self, key: Hashable) -> None:
        """Give one row another READY."""
        row = list(self.cells(key))
        row[1] = f"{self.random.randrange(5)}/4"
        self.rows[key] = row

    def remove(self, key: Hashable) -> None:
        """Take one row away."""
        self.order.remove(key)
        self.positions = {other: index for index, other in enumerate(self.order)}

    def insert(self, index: int, key: Hashable) -> None:
        """Put one row in."""
        self.order.insert(index, key)
        self.positions = {other: index for index, other in enumerate(self.order)}


class SampleApp(App[None]):
    """A bare app around one or more widgets."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [Binding("ctrl+q", "quit", "Quit", id="sample.quit")]
    CSS = "Screen { layout: vertical; }"

    def __init__(self, make: Callable[[], Sequence[Widget]], started: Callable[[SampleApp], None] | None = None) -> None:
        super().__init__()
        self._make = make
        self._started = started

    def compose(self) -> ComposeResult:
        """The widgets under trial."""
        yield from self._make()

    def on_mount(self) -> None:
        """Let the sample begin to move."""
        if self._started is not None:
            self._started(self)


class SampleLines:
    """A buffer of log lines that drops the oldest in pieces."""

    def __init__(self, keep: int = 100_000) -> None:
        self.first = 0
        self.keep = keep
        self.lines: list[tuple[int, str, str, str]] = []

    def __len__(self) -> int:
        return len(self.lines)

    def line(self, number: int) -> tuple[int, str, str, str]:
        """One line by its number."""
        return self.lines[number - self.first]

    def extend(self, lines: Sequence[tuple[int, str, str, str]]) -> None:
        """Add lines at the end."""
        self.lines.extend(lines)
        if len(self.lines) > self.keep * 5 // 4:
            excess = len(self.lines) - self.keep
            del self.lines[:excess]
            self.first += excess


def sample_lines(count: int, start: int = 0) -> list[tuple[int, str, str, str]]:
    """Lines of three sources, some of them errors, one in a hundred a gap."""
    lines = []
    for number in range(start, start + count):
        level = "ERROR" if number % 23 == 0 else "WARN " if number % 17 == 0 else "INFO "
        kind = "gap" if number % 100 == 99 else "line"
        text = "2s gap: cart x2k1b reconnected" if kind == "gap" else f"{level} GET /cart/{number} 200 {number % 90} ms"
        source = ("checkout 9f2c", "cart x2k1b", "search 77aa")[number % 3]
        lines.append((1_790_000_000_000_000_000 + number * 7_000_000, source, text, kind))
    return lines


def show_log() -> None:
    """A log that grows by two hundred lines a second."""
    from widgets.log_view import LogView

    buffer = SampleLines()
    buffer.extend(sample_lines(500))

    def grow(app: SampleApp) -> None:
        view = app.query_one(LogView)

        def add() -> None:
            buffer.extend(sample_lines(20, buffer.first + len(buffer)))
            view.lines_added()

        app.set_interval(0.1, add)

    SampleApp(lambda: [LogView(buffer)], grow).run()


def show(*make: Callable[[], Widget]) -> None:
    """Run widgets alone until ctrl-q."""
    SampleApp(lambda: [one() for one in make]).run()


def show_table(count: int = 10_000) -> None:
    """A table whose rows change five times a second."""
    rows = SampleRows(count)

    def stir(app: SampleApp) -> None:
        table = app.query_one(VirtualTable)

        def change() -> None:
            changed = rows.random.sample(range(40), 3)
            for key in changed:
                rows.change(key)
            table.refresh_keys(changed)

        app.set_interval(0.2, change)

    SampleApp(lambda: [VirtualTable(SAMPLE_COLUMNS, rows)], stir).run()
