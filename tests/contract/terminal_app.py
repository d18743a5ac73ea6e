"""A small app on the thin driver, run by tests in a pseudo-terminal: ``python -m tests.contract.terminal_app thin|plain``."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
import termios
from typing import Any

from textual.app import App, ComposeResult
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.geometry import Size
from textual.widgets import Static

from tui.terminal.choose import driver_class


class Words(Static):
    """Says which keys came."""


class SmallApp(App[int]):
    """Shows the keys that came and the size; ``q`` ends it, ``z`` runs a shell's command, ``w`` has another program write."""

    CSS = "Words { background: #112233; color: #ddeeff; height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.keys: list[str] = []

    def compose(self) -> ComposeResult:
        self.words = Words("ready")
        yield self.words

    def on_key(self, event: object) -> None:
        key = str(getattr(event, "key", ""))
        self.keys.append(key)
        if key == "q":
            self.exit(return_code=3)
        elif key == "z":
            with self.suspend():
                os.system("printf 'outside\\r\\n'; read line")
        elif key == "w":
            os.write(1, b"\x1b[3;1Hfrom wall\x1b[5;8r\x1b[31m")
        elif key == "c":
            self.copy_to_clipboard("copied")
        self.say(self.size)

    def on_resize(self, event: Resize) -> None:
        # a key may be read before the size that the window had by then is known
        if self.keys:
            self.say(event.size)

    def say(self, size: Size) -> None:
        self.words.update(" ".join(self.keys) + f" at {size.width}x{size.height}")


def grow_amid(told: tuple[int, int], then: tuple[int, int]) -> None:
    """Let the window get another size just when ``told`` was read as its size and nobody was told yet."""
    ask = LinuxDriver._get_terminal_size

    def amid(driver: LinuxDriver) -> tuple[int, int]:
        size = ask(driver)
        if size == told:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", then[1], then[0], 0, 0))
        return size

    LinuxDriver._get_terminal_size = amid  # type: ignore[method-assign]


if __name__ == "__main__":
    if "GROWS_AMID" in os.environ:
        grow_amid((50, 10), (60, 9))
    chosen, why = driver_class(sys.argv[1], 65536, True)  # type: ignore[arg-type]
    if sys.argv[1] == "thin" and chosen is None:
        sys.exit(why)
    app = SmallApp(driver_class=chosen)
    app.run(mouse=False)
    sys.exit(app.return_code or 0)
