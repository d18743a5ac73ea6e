"""Changing the place: clusters and namespaces by digit, profile, region, context; and the program's own lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from config import THEME_NAMES
from tui.model.errors import ApiError
from tui.screens import texts
from tui.screens.chooser import ChooserScreen
from tui.screens.document import DocumentScreen

if TYPE_CHECKING:
    from tui.screens.main import MainScreen


class Placing:
    """Handlers of the main screen."""

    def __init__(self, main: MainScreen) -> None:
        self.main = main
        self.console = main.console

    def pinned(self, scoped_by: str) -> list[str]:
        """What 1 to 9 mean: clusters in ECS panes, namespaces in Kubernetes panes, by name."""
        ui = self.console.settings.ui
        kind, pins = {"cluster": ("clusters", ui.pinned_clusters), "namespace": ("namespaces", ui.pinned_namespaces)}[scoped_by]
        rest = sorted({row.name for row in self.console.store.rows(kind)} - set(pins))
        return [*pins, *rest][:9]

    def scope(self, digit: str) -> None:
        """``0`` shows all; ``1`` to ``9`` one cluster or namespace."""
        scoped_by = self.main.current.pane.scoped_by
        if not scoped_by:
            return
        names = self.pinned(scoped_by)
        number = int(digit)
        if number > len(names):
            listed = "  ".join(f"{i} {name}" for i, name in enumerate(names, 1))
            self.main.say(f"there is no {scoped_by} {number}   {listed}", "state-warn")
            return
        self.narrow(scoped_by, names[number - 1] if number else "")

    def narrow(self, scoped_by: str, name: str) -> None:
        """Show only one cluster's or namespace's rows, or all."""
        if scoped_by == "cluster":
            self.console.cluster_filter = name
        else:
            self.console.namespace_filter = name
        self.main.rescope()

    def choose_profile(self, argument: str = "") -> None:
        """``ctrl-p``."""
        self.main.start(self._choose("profile", argument))

    def choose_region(self, argument: str = "") -> None:
        """``:region``."""
        self.main.start(self._choose("region", argument))

    def choose_context(self, argument: str = "") -> None:
        """``:ctx NAME``."""
        self.main.start(self._choose("context", argument))

    async def _choose(self, what: str, argument: str) -> None:
        connection = self.console.connection
        if connection is None:
            self.main.say("not connected yet", "state-warn")
            return
        chosen: str | None = argument
        if not argument:
            options = connection.choices(what)
            if not options:
                self.main.say(f"there is no other {what} to choose", "state-warn")
                return
            chosen = await self.main.app.push_screen_wait(ChooserScreen(f"Choose a {what}", options))
        if not chosen:
            return
        try:
            if what == "profile":
                await connection.switch(profile=chosen)
            elif what == "region":
                await connection.switch(region=chosen)
            else:
                await connection.switch(context=chosen)
        except ApiError as error:
            self.main.say_error(error)
            return
        self.main.say(f"{what} {chosen}")
        self.main.rescope()

    def all_kinds(self, _: str = "") -> None:
        """``ctrl-a``: every kind with its aliases."""
        self.main.start(self._all_kinds())

    async def _all_kinds(self) -> None:
        panes = sorted(
            (pane for pane in self.console.panes.values() if not pane.inside), key=lambda pane: (pane.world, pane.title)
        )
        options = [(pane.kind, f"{pane.title:<22} {', '.join((pane.kind, *pane.aliases))}") for pane in panes]
        chosen = await self.main.app.push_screen_wait(ChooserScreen("All kinds", options))
        if chosen:
            self.main.moving.open_kind(chosen)

    def choose_theme(self, argument: str = "") -> None:
        """``:theme NAME``."""
        problem = self.main.use_theme(argument) if argument else f"which? {', '.join(THEME_NAMES)}"
        if problem:
            self.main.say(problem, "state-warn")

    def open_errors(self, _: str = "") -> None:
        """``:errors``."""
        self._own("Errors", lambda: texts.errors_text(self.console), wrap=True)

    def open_calls(self, _: str = "") -> None:
        """``:calls``."""
        self._own("Calls", lambda: texts.calls_text(self.console))

    def open_sources(self, _: str = "") -> None:
        """``:sources``."""
        self._own("Sources", lambda: texts.sources_text(self.console))

    def open_journal(self, _: str = "") -> None:
        """``:journal``."""
        self._own("Journal", lambda: texts.journal_text(self.console), wrap=True)

    def _own(self, title: str, text: Callable[[], str], *, wrap: bool = False) -> None:
        self.main.app.push_screen(DocumentScreen(title, text, console=self.console, every=2.0, wrap=wrap))
