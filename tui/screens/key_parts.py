"""What the main screen's keys lead to: the parts that have their handlers, each imported when it is first needed.

The first frame needs none of them; ``LATE`` are imported soon after it, so that no key waits.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
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
