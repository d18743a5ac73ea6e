"""Writing to the terminal without ever waiting for it.

The descriptor is opened anew, so that it can be made non-blocking without the shell and our children seeing it.
"""

from __future__ import annotations

import asyncio
import os
import select
import time
from collections.abc import Callable

#: how often a descriptor is tried that the event loop cannot watch (macOS: some terminals)
TRY_AGAIN = 0.02


def open_terminal(descriptor: int) -> int:
    """A descriptor of our own on the same terminal, non-blocking. Raises ``OSError``."""
    flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:
        # after su or sudo the terminal belongs to another user; this name always is our own terminal
        return os.open("/dev/tty", flags)


class Output:
    """``drained`` is called when everything was taken, ``gone`` once when the terminal is no more."""

    def __init__(
        self, descriptor: int, loop: asyncio.AbstractEventLoop, drained: Callable[[], None], gone: Callable[[], None]
    ) -> None:
        self._descriptor = descriptor
        self._loop = loop
        self._drained = drained
        self._gone = gone
        self._rest = b""
        self._watching = False
        self._timer: asyncio.TimerHandle | None = None
        self.closed = False

    @property
    def busy(self) -> bool:
        """Whether the terminal has not taken everything yet."""
        return bool(self._rest)

    def send(self, text: str) -> None:
        """Hand over what it takes now, keep the rest."""
        if self.closed:
            return
        self._rest += text.encode("utf-8", "replace")
        if not self._watching:
            self._push()

    def _push(self) -> None:
        if self.closed or not self._rest:
            return
        try:
            self._rest = self._rest[os.write(self._descriptor, self._rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self.closed = True
            self._rest = b""
            self._unwatch()
            self._gone()
            return
        if self._rest:
            self._watch()
        else:
            self._unwatch()

    def _watch(self) -> None:
        if self._watching:
            return
        self._watching = True
        try:
            self._loop.add_writer(self._descriptor, self._writable)
        except (OSError, NotImplementedError):
            self._timer = self._loop.call_later(TRY_AGAIN, self._try_again)

    def _try_again(self) -> None:
        self._timer = None
        self._watching = False
        self._writable()

    def _writable(self) -> None:
        self._push()
        if not self._rest and not self.closed:
            self._drained()

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        elif self._watching:
            self._loop.remove_writer(self._descriptor)
        self._watching = False

    def finish(self, seconds: float) -> None:
        """Write the rest, waiting for at most so long. For leaving the screen."""
        end = time.monotonic() + seconds
        self._unwatch()
        while self._rest and not self.closed and (left := end - time.monotonic()) > 0:
            select.select([], [self._descriptor], [], left)
            try:
                self._rest = self._rest[os.write(self._descriptor, self._rest) :]
            except BlockingIOError:
                continue
            except OSError:
                self.closed = True
        self._rest = b""

    def close(self) -> None:
        """Give the descriptor back."""
        self._unwatch()
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.closed = True
