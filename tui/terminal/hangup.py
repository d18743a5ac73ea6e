"""Notices that the terminal is gone, also where no SIGHUP says so, and sees to it that the program ends.

A pseudo-terminal that is not the controlling one (a test's, some launchers') vanishes without a signal. Textual's own
driver then reads an empty piece again and again, for ever. Waiting for the hangup alone costs nothing meanwhile.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable

#: seconds after a hangup until the process ends by force
LIMIT = 0.8
STATUS = 129


def watch(descriptor: int, gone: Callable[[], None]) -> threading.Thread:
    """Call ``gone`` from a thread of its own once the other end of ``descriptor`` is closed."""
    waits = threading.Thread(target=_wait, args=(descriptor, gone), name="pierhead-hangup", daemon=True)
    waits.start()
    return waits


def _wait(descriptor: int, gone: Callable[[], None]) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)  # a hangup is told without being asked for
    try:
        told = poll.poll()
    except OSError:
        return
    # where a terminal cannot be polled (macOS: some) nothing is known of it
    if any(event & select.POLLHUP for _, event in told):
        gone()


def end_by_force() -> None:
    """End the process after ``LIMIT`` seconds, if it has not ended in order by then."""
    force = threading.Timer(LIMIT, os._exit, (STATUS,))
    force.daemon = True
    force.start()
