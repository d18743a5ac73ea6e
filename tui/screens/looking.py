"""What looks at rows and changes nothing: describe, YAML, why, compare, logs, copy, the AWS console, saving."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.model import Row
from tui.model.ecs import TaskDefinitionRow
from tui.model.errors import ApiError
from tui.panes import Pane
from tui.screens import texts
from tui.screens.copying import copied
from tui.screens.document import DocumentScreen
from tui.screens.log import LogScreen

if TYPE_CHECKING:
    from tui.screens.main import MainScreen

CONSOLE_HOSTS = {
    "aws": "{region}.console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "{region}.console.amazonaws-eusc.eu",
}


class Looking:
    """Handlers of the main screen, by the names that the key table gives."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self.console = main.console

    def describe(self, _: str = "") -> None:
        """``d``: facts, findings, events."""
        chosen = self.main.listing.chosen_row()
        if chosen is None:
            return
        row, pane = chosen
        self.main.app.push_screen(
            DocumentScreen(
                f"Describe  {row.name}",
                lambda: texts.describe(row, pane, self.console.context()),
                needs=("events",),
                console=self.console,
                wrap=True,
            )
        )

    def why(self, _: str = "") -> None:
        """``x``: cause, evidence, next step."""
        view = self.main.current
        row = view.cursor_row()
        if row is None:
            return
        target = view.pane.target(row, self.console.context()) or row
        pane = self.console.panes.get(target.key.kind, view.pane)
        self.main.app.push_screen(
            DocumentScreen(
                f"Why  {row.name}",
                lambda: texts.why(row, pane, self.console.context(), target),
                needs=("events",),
                console=self.console,
                wrap=True,
            )
        )

    def raw(self, _: str = "") -> None:
        """``y``: the whole object as YAML, ``J`` there as JSON, ``ctrl-x`` reveals values."""
        chosen = self.main.listing.chosen_row()
        if chosen is not None:
            self.main.ask(self._raw(chosen[0]))

    async def _raw(self, row: Row) -> None:
        value = await self._whole(row)
        if value is None:
            return
        forms = {
            "yaml": lambda reveal: texts.as_yaml(value, reveal),
            "json": lambda reveal: texts.as_json(value, reveal),
        }
        await self.main.app.push_screen(
            DocumentScreen(f"YAML  {row.name}", lambda: forms["yaml"](False), console=self.console, forms=forms, language="yaml")
        )

    async def _whole(self, row: Row) -> Mapping[str, Any] | None:
        connection = self.console.connection
        if connection is None:
            self.main.say("not connected yet: the whole object is asked for when the sources run", "state-warn")
            return None
        try:
            return await connection.clients.raw(row)
        except ApiError as error:
            self.main.say_error(error)
            return None

    def compare(self, _: str = "") -> None:
        """``D``: the two marked rows; without marks a task definition with the revision before it."""
        self.main.ask(self._compare())

    async def _compare(self) -> None:
        rows = self.main.current.marked_rows()
        names: tuple[str, str]
        if len(rows) == 2:
            left, right = await self._whole(rows[0]), await self._whole(rows[1])
            names = (self._compare_name(rows[0]), self._compare_name(rows[1]))
        else:
            row = self.main.current.cursor_row()
            if not isinstance(row, TaskDefinitionRow) or len(rows) > 2:
                self.main.say("D compares two rows: mark two with space", "state-warn")
                return
            earlier = self._before(row)
            if earlier is None:
                self.main.say(f"{row.name}:{row.revision} has no revision before it", "state-warn")
                return
            left, right = await self._whole(earlier), await self._whole(row)
            names = (self._compare_name(earlier), self._compare_name(row))
        if left is not None and right is not None:
            text = texts.compare(left, right, names)
            await self.main.app.push_screen(
                DocumentScreen(f"Compare  {names[0]}  {names[1]}", lambda: text, console=self.console, language="diff")
            )

    @staticmethod
    def _compare_name(row: Row) -> str:
        return f"{row.name}:{row.revision}" if isinstance(row, TaskDefinitionRow) else row.name

    @staticmethod
    def _before(row: TaskDefinitionRow) -> TaskDefinitionRow | None:
        """The revision before, named by its number (a deregistered one can still be described)."""
        if row.revision <= 1:
            return None
        import msgspec

        arn = f"{row.arn.rpartition(':')[0]}:{row.revision - 1}"
        key = msgspec.structs.replace(row.key, id=arn)
        return msgspec.structs.replace(row, key=key, arn=arn, revision=row.revision - 1, latest=False)

    def logs(self, _: str = "") -> None:
        """``l``: the logs of the marked rows, or of the row under the cursor, in one view."""
        self._open_logs(previous=False)

    def previous_logs(self, _: str = "") -> None:
        """``p``: of the run before."""
        self._open_logs(previous=True)

    def _open_logs(self, *, previous: bool) -> None:
        rows = self.main.listing.target_rows()
        if not rows:
            self.main.say("no row here whose logs could be shown", "state-warn")
            return
        if self.console.connection is None:
            self.main.say("not connected yet", "state-warn")
            return
        kinds = set(self.console.connection.logs.kinds)
        fitting = [row for row in rows if row.key.kind in kinds]
        if not fitting:
            self.main.say(f"{rows[0].name} has no logs of its own", "state-warn")
            return
        self.main.app.push_screen(LogScreen(self.console, fitting, previous=previous))

    def copy(self, _: str = "") -> None:
        """``c``: the name (and namespace) to the clipboard, by OSC 52 so that it works over SSH."""
        rows = self.main.current.marked_rows() or [row for row in (self.main.current.cursor_row(),) if row]
        if rows:
            text = "\n".join(row.name for row in rows)
            more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
            self.main.say(*copied(self.main.app, text, f"copied: {rows[0].name}{more}"))

    def console_link(self, row: Row, pane: Pane) -> str:
        """The page of the row in the AWS console, for its own partition and region; empty where there is none."""
        path = pane.console_path(row)
        host = CONSOLE_HOSTS.get(row.scope.partition, "")
        return f"https://{host.format(region=row.scope.region)}{path}" if path and host else ""

    def open_console(self, _: str = "") -> None:
        """``b``: a browser where there is one, else (over SSH) the link copied and shown."""
        chosen = self.main.listing.chosen_row()
        if chosen is None:
            return
        link = self.console_link(*chosen)
        if not link:
            self.main.say(f"{chosen[0].name} has no page in the AWS console", "state-warn")
            return
        if has_browser(os.environ, sys.platform):
            self.main.app.open_url(link)
            self.main.say(f"opened {link}", link=link)
            return
        said, style = copied(self.main.app, link, f"copied {link}")
        self.main.say(link if style else said, link=link)

    def save(self, _: str = "") -> None:
        """``ctrl-s``: the list as it is filtered and sorted, as CSV in the working directory."""
        view = self.main.current
        context = self.console.context()
        path = Path.cwd() / f"pierhead-{view.pane.kind}-{int(context.now)}.csv"
        columns = view.pane.columns
        try:
            with path.open("x", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["state", *(column.id for column in columns), "reason"])
                for row in view.all_rows():
                    cells = [column.cell(row, context) for column in columns]
                    values = [cell if isinstance(cell, str) else cell.text for cell in cells]
                    writer.writerow(
                        [harmless(v) for v in (context.store.state(row).name.lower(), *values, context.store.reason(row))]
                    )
        except OSError as error:
            self.main.say(f"not saved: {error}", "state-bad")
            return
        self.main.say(f"saved {path}")


def has_browser(environment: Mapping[str, str], platform: str) -> bool:
    """Whether a browser opened here would be before the user's eyes: not over SSH, nor without a desktop."""
    if any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return False
    return platform == "darwin" or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "\t") or (text[:1] == "-" and len(text) > 1) else text
