"""Plays frames of an app to the terminal by one of the drivers: ``python -m tests.interface.player thin|plain SOCKET``.

One JSON line a picture comes from the socket: the terminal's size, the frames as Textual wrote them, a mark. The driver is
Textual's own or the thin one, started, resized and answered as in any app; only what it is told to write comes from
elsewhere. When the terminal has it all, its title becomes the mark.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from textual.app import App, ComposeResult

from tui.terminal.choose import driver_class
from tui.terminal.driver import ThinDriver

LARGEST = 1 << 26


class Player(App[None]):
    """Draws nothing itself."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, name: str, path: str) -> None:
        chosen, why = driver_class(name, "unlimited")  # type: ignore[arg-type]
        if (chosen is None) != (name == "plain"):
            raise SystemExit(why)
        super().__init__(driver_class=chosen)
        self.path = path
        self.sized = asyncio.Event()
        self.answered = asyncio.Event()
        self.heard: asyncio.Task[None] | None = None
        self.played: asyncio.Task[None] | None = None

    def compose(self) -> ComposeResult:
        yield from ()

    def _display(self, screen: Any, renderable: Any) -> None:
        """Nothing."""

    def on_resize(self) -> None:
        self.sized.set()

    def on_mount(self) -> None:
        self.played = asyncio.create_task(self.play())

    async def play(self) -> None:
        """Until the socket is closed."""
        reader, writer = await asyncio.open_unix_connection(self.path, limit=LARGEST)
        writer.write(sys.argv[1].encode() + b"\n")
        driver: Any = self._driver
        if isinstance(driver, ThinDriver):
            self.hear(driver)
        pictures: asyncio.Queue[bytes] = asyncio.Queue()
        self.heard = asyncio.create_task(self.listen(reader, pictures))
        while True:
            asked = json.loads(await pictures.get())
            while list(self.size) != asked["size"]:
                self.sized.clear()
                await self.sized.wait()
            for frame in asked["frames"]:
                driver.write(frame)
                await asyncio.sleep(0)
            while isinstance(driver, ThinDriver) and (driver.engine.due or driver.engine.pace.waiting):
                self.answered.clear()
                await self.answered.wait()
            driver.write(f"\x1b]2;{asked['mark']}\x1b\\")
            driver.flush()

    async def listen(self, reader: asyncio.StreamReader, pictures: asyncio.Queue[bytes]) -> None:
        """Who asks may be killed amid a picture: then nobody ends this but the socket."""
        while line := await reader.readline():
            pictures.put_nowait(line)
        self.exit()

    def hear(self, driver: ThinDriver) -> None:
        """Notice the terminal's answers."""
        replied = driver.engine.replied

        def heard(reply: str, now: float) -> None:
            replied(reply, now)
            self.answered.set()

        driver.engine.replied = heard  # type: ignore[method-assign]


if __name__ == "__main__":
    Player(sys.argv[1], sys.argv[2]).run(mouse=False)
