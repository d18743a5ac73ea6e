"""Line 1 as a widget that keeps itself up to date, on the main screen and on those over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.screens import header
from widgets.status_bar import ContextBar

if TYPE_CHECKING:
    from tui.screens.console import Console
    from tui.store import Subscription

AGE_SECONDS = 10.0


class HeaderBar(ContextBar):
    """Where we are, what is wrong, how fresh it is; drawn when problems or freshness change, and as time passes."""

    def __init__(self, console: Console, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.console = console
        self._subscriptions: list[Subscription] = []

    def on_mount(self) -> None:
        """Listen, and draw what is known."""
        store = self.console.store
        self._subscriptions = [
            store.subscribe(("findings",), lambda changes: self.paint()),
            store.freshness.subscribe(lambda entries: self.paint()),
        ]
        self.set_interval(AGE_SECONDS, self.paint)
        self.paint()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        for subscription in self._subscriptions:
            subscription.close()

    def paint(self) -> None:
        """Draw the line anew."""
        if self.is_attached:
            link = getattr(self.app, "link_text", None)
            running = len(self.console.runner.running) if self.console.runner else 0
            self.show(
                header.places(self.console),
                header.problems(self.console, running),
                header.freshness(self.console, link() if callable(link) else ""),
            )
