"""What the main screen's keys lead to: the parts that have their handlers, each imported when it is first needed.

The first frame needs none of them; ``LATE`` are imported soon after it, so that no key waits.
"""

from __future__ import annotations

from collections.abc import Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from textual.worker import Worker

    from tui.panes.keys import Command
    from tui.screens.acting import Acting
    from tui.screens.listing import Listing
    from tui.screens.looking import Looking
    from tui.screens.main import MainScreen
    from tui.screens.moving import Moving
    from tui.screens.placing import Placing
    from tui.screens.prompting import Prompting

#: imported after the first frame
LATE = (
    "tui.screens.acting",
    "tui.screens.listing",
    "tui.screens.looking",
    "tui.screens.moving",
    "tui.screens.placing",
    "tui.screens.prompting",
    "tui.screens.help",
)


class KeyParts:
    """The main screen's parts by name. A command's handler is a method of the screen itself or of one of them."""

    #: what was asked by a key and may be stopped
    _asking: tuple[Worker[None], ...] = ()

    @property
    def _main(self) -> MainScreen:
        return cast("MainScreen", self)

    @cached_property
    def prompting(self) -> Prompting:
        """The ``:`` and ``/`` line."""
        from tui.screens.prompting import Prompting

        return Prompting(self._main)

    @cached_property
    def looking(self) -> Looking:
        """Documents, logs, files."""
        from tui.screens.looking import Looking

        return Looking(self._main)

    @cached_property
    def acting(self) -> Acting:
        """Actions, undo, what runs."""
        from tui.screens.acting import Acting

        return Acting(self._main)

    @cached_property
    def placing(self) -> Placing:
        """Profile, region, context, cluster and namespace."""
        from tui.screens.placing import Placing

        return Placing(self._main)

    @cached_property
    def moving(self) -> Moving:
        """Into rows and back, panes, history."""
        from tui.screens.moving import Moving

        return Moving(self._main)

    @cached_property
    def listing(self) -> Listing:
        """Columns, sorting, help."""
        from tui.screens.listing import Listing

        return Listing(self._main)

    def dispatch(self, command: Command) -> None:
        """Call the handler of a command."""
        for owner in (self, self.moving, self.listing, self.prompting, self.looking, self.acting, self.placing):
            handler = getattr(owner, command.handler, None)
            if callable(handler):
                handler(command.argument)
                return
        raise LookupError(f"no handler {command.handler} for {command.id}")

    def ask(self, work: Coroutine[Any, Any, None]) -> None:
        """As ``start``, for work that changes nothing while this screen is on top, so that ``ctrl-c`` may stop it."""
        asking = self._main.start(work)
        self._asking = (*(one for one in self._asking if not one.is_finished), asking)

    def stop_asking(self) -> bool:
        """Stop what was asked and is not answered yet; whether there was anything."""
        stopped = [one for one in self._asking if not one.is_finished]
        for one in stopped:
            one.cancel()
        self._asking = ()
        return bool(stopped)

    def interrupt_by(self, key: str) -> None:
        """While a plan is on its way this key alone is heard."""
        bound = self._main.console.keys.bindings(self._main.current.pane).get(key, ())
        if any(command.handler == "interrupt" for command in bound):
            self.moving.interrupt()
