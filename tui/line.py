"""The app's side of the line to the terminal: which driver runs, and what the screens may ask of it.

Textual's own driver knows nothing of the line, so every answer here has one for that case too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from textual.app import App
from textual.driver import Driver

import config

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


class LineApp(App[int]):
    """What screens ask by name: ``link_text``, ``link_slow``, ``repaint_all``, ``frame_acknowledged``."""

    #: why Textual's own driver runs though nobody asked for it; said once on the screen
    plain_reason = ""

    def _thin(self) -> Any:
        return getattr(self.driver_class, "running", None)

    def link_text(self) -> str:
        """``link 250 ms 16 kB/s``; empty on a line that is not slow or not known."""
        driver = self._thin()
        return driver.link_text() if driver is not None else ""

    @property
    def link_slow(self) -> bool:
        """Whether drawings that live by themselves (sparklines, fine progress) should stand still."""
        driver = self._thin()
        return bool(driver is not None and driver.slow)

    def repaint_all(self) -> None:
        """Send the whole screen again (``ctrl-l``)."""
        driver = self._thin()
        if driver is not None:
            driver.repaint_all()
        else:
            self.refresh(repaint=True, layout=True)

    def frame_acknowledged(self) -> Callable[[], bool] | None:
        """Whether what the next refresh of this screen draws was seen by the terminal; None where that cannot be known."""
        driver = self._thin()
        if driver is None or driver.frame_acknowledged() is None:
            return None
        seen: list[Callable[[], bool]] = []
        # the dialog that asks is not drawn yet: only the frame after its first refresh counts
        self.screen.call_after_refresh(lambda: seen.append(driver.frame_acknowledged() or (lambda: True)))
        return lambda: bool(seen) and seen[0]()
