"""A user before the screen: what may be typed, through Textual's pilot, and what is seen."""

from __future__ import annotations

from typing import Any

from tui.app import PierheadApp
from tui.model import ManualClock
from tui.store import Store

#: the pilot's names of characters
NAMES = {
    " ": "space",
    "/": "slash",
    ":": "colon",
    "-": "minus",
    ".": "full_stop",
    "=": "equals_sign",
    "@": "at",
    "_": "underscore",
}


class User:
    """Before ``app``, whose clock a test moves."""

    def __init__(self, app: PierheadApp, pilot: Any) -> None:
        self.app, self.pilot = app, pilot

    @property
    def store(self) -> Store:
        return self.app.store

    @property
    def clock(self) -> ManualClock:
        clock = self.app.console_.clock
        assert isinstance(clock, ManualClock)
        return clock

    async def press(self, *keys: str) -> None:
        """Type keys, one after the other, each answered before the next."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type a text letter by letter."""
        await self.press(*(NAMES.get(letter, letter) for letter in text))

    async def command(self, line: str) -> None:
        """A line of the ``:`` prompt."""
        await self.press("colon")
        await self.type(line)
        await self.press("enter")

    def screen(self) -> str:
        """What is on the screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    def words(self) -> str:
        """The screen's text in one line, so that a sentence that was broken between lines is found."""
        return " ".join(self.screen().split())

    def line(self, text: str) -> str:
        """The first line of the screen with ``text``."""
        return next((line for line in self.screen().splitlines() if text in line), "")
