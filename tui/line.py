"""The app's side of the line to the terminal: which driver runs, and what the screens may ask of it.

Textual's own driver knows nothing of the line, so every answer here has one for that case too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.driver import Driver

import config
from tui.panes.keys import keys_in
from tui.terminal import hangup
from tui.terminal.private import AppBelow

LOG = logging.getLogger("pierhead.line")


def driver_for(settings: config.Settings, environment: Mapping[str, str]) -> type[Driver] | None:
    """The thin driver by the settings, None for Textual's own; then the class ``LineApp`` keeps why, to be said once."""
    from tui.terminal.choose import driver_class

    link = settings.link
    chosen, reason = driver_class(link.driver, link.rate, link.measure, environment)
    if chosen is None:
        LOG.info("the plain driver runs: %s", reason)
        LineApp.plain_reason = reason if link.driver != "plain" else ""
    return chosen


def ask_the_terminal(environment: MutableMapping[str, str]) -> None:
    """Have the size from the terminal alone: Python's and Rich's ways believe these two first, and where a shell exports
    them the screen would keep its first size for ever."""
    for name in ("COLUMNS", "LINES"):
        environment.pop(name, None)


class LineApp(AppBelow):
    """What screens ask by name: ``link_text``, ``link_slow``, ``repaint_all``, ``frame_acknowledged``."""

    #: everywhere, also in a dialog or while something is typed
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "repaint", show=False, priority=True)]
    #: why Textual's own driver runs though nobody asked for it; said once on the screen
    plain_reason = ""
    #: keys by command, where the user wants others
    own_keys: Mapping[str, str] = {}

    def _thin(self) -> Any:
        return getattr(self.driver_class, "running", None)

    def end_on_signals(self) -> None:
        """SIGTERM, and SIGHUP where the driver does not see to it, end the app as ``q`` does: the screen is given back."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.exit, None, 128 + signal.SIGTERM)
        if self._thin() is None:
            # Textual's own driver does not notice that its terminal is gone
            loop.add_signal_handler(signal.SIGHUP, self._hung_up)
            if sys.__stdin__ is not None and sys.__stdin__.isatty():
                hangup.watch(sys.__stdin__.fileno(), lambda: os.kill(os.getpid(), signal.SIGHUP))

    def _hung_up(self) -> None:
        hangup.end_by_force()
        self.exit(None, hangup.STATUS)

    def when_drawn(self, call: Callable[[], object]) -> None:
        """Call once, as soon as the first frame is on its way to the terminal: Textual's own way waits for one more turn."""
        driver = self._thin()
        if driver is not None:
            driver.when_drawn(call)
        else:
            self.call_after_refresh(call)

    def link_text(self) -> str:
        """``link 250 ms 16 kB/s``; empty on a line that is not slow or not known."""
        driver = self._thin()
        return driver.link_text() if driver is not None else ""

    @property
    def link_slow(self) -> bool:
        """Whether drawings that live by themselves (sparklines, fine progress) should stand still."""
        driver = self._thin()
        return bool(driver is not None and driver.slow)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """``ctrl-l`` is left to the main screen's keys where ``[keys]`` gives it or the repainting away."""
        if action == "repaint" and (
            "view.repaint" in self.own_keys or any("ctrl+l" in keys_in(keys) for keys in self.own_keys.values())
        ):
            return False
        return super().check_action(action, parameters)

    def action_repaint(self) -> None:
        """``ctrl-l``: another program wrote on the terminal."""
        self.repaint_all()

    def repaint_all(self) -> None:
        """Send the whole screen again."""
        driver = self._thin()
        if driver is not None:
            driver.repaint_all()
        else:
            self.refresh(repaint=True, layout=True)

    def terminal_name(self) -> str:
        """Which terminal this is, as far as the environment and its own answers say."""
        from tui.terminal.abilities import from_environment

        driver = self._thin()
        return str(driver.engine.abilities.name) if driver is not None else from_environment(os.environ).name

    def clip(self, text: str) -> str:
        """Copy ``text``; the sentence that says why not, empty where it was handed over."""
        from tui import clipboard

        terminal = self.terminal_name()
        problem = clipboard.refusal(text, terminal)
        if problem:
            return problem
        if os.environ.get("TMUX") and not self.is_headless:
            self.put_on_clipboard(text, "")
            self.run_worker(self._clip_by_tmux(text), exit_on_error=True)
        else:
            self.put_on_clipboard(text, clipboard.sequence(text, terminal))
        return ""

    async def _clip_by_tmux(self, text: str) -> None:
        from tui import clipboard

        if not await asyncio.to_thread(clipboard.to_tmux, text, os.environ):
            self.put_on_clipboard(text, clipboard.sequence(text, "tmux"))

    def copy_to_clipboard(self, text: str) -> None:
        """Textual's name for it; what cannot be copied is said in a corner."""
        problem = self.clip(text)
        if problem:
            self.notify(problem, severity="warning", markup=False)

    def frame_acknowledged(self) -> Callable[[], bool] | None:
        """Whether what the next refresh of this screen draws was seen by the terminal; None where that cannot be known."""
        driver = self._thin()
        if driver is None or driver.frame_acknowledged() is None:
            return None
        seen: list[Callable[[], bool]] = []
        # the dialog that asks is not drawn yet: only the frame after its first refresh counts
        self.screen.call_after_refresh(lambda: seen.append(driver.frame_acknowledged() or (lambda: True)))
        return lambda: bool(seen) and seen[0]()
