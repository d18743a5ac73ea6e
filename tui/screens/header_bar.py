"""Line 1 as a widget that keeps itself up to date, on the main screen and on those over it."""

from __future__ import annotations

from collections.abc import Callable
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
        self._no_faults: Callable[[], object] = lambda: None
        self._facts: tuple[object, ...] = ()
        self._link = ""

    def on_mount(self) -> None:
        """Listen, and draw what is known."""
        store = self.console.store
        self._subscriptions = [
            store.subscribe(("findings",), lambda changes: self.paint()),
            store.freshness.subscribe(lambda entries: self.paint()),
        ]
        self._no_faults = store.faults.subscribe(self.paint)
        self.set_interval(AGE_SECONDS, self.paint)
        self.paint()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        for subscription in self._subscriptions:
            subscription.close()
        self._no_faults()

    def paint(self, *, riding: bool = False) -> None:
        """Draw the line anew. What is known of the link is never the cause of that: where nothing else is new it stays as
        it was written, unless it goes with a frame that comes anyway (``riding``)."""
        if not self.is_attached:
            return
        running = len(self.console.runner.running) if self.console.runner else 0
        problems = header.problems(self.console, running)
        facts = (header.places(self.console), problems, header.freshness(self.console, ""))
        if riding or facts != self._facts:
            self._link = self._link_text()
        self._facts = facts
        self.show(header.places(self.console, bool(self._link)), problems, header.freshness(self.console, self._link))

    def ride(self) -> None:
        """Something else is drawn now: what is new of the link goes with it."""
        if self._link_text() != self._link:
            self.paint(riding=True)

    def _link_text(self) -> str:
        link = getattr(self.app, "link_text", None)
        return link() if callable(link) else ""
