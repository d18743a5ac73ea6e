"""A terminal that goes away is noticed, and nothing else is taken for that."""

from __future__ import annotations

import os
import pty
import threading

from tui.terminal import hangup


def test_only_the_other_ends_closing_is_a_hangup() -> None:
    master, slave = pty.openpty()
    gone = threading.Event()
    waits = hangup.watch(slave, gone.set)
    os.write(master, b"typed\n")
    os.write(slave, b"drawn")
    assert os.read(slave, 100) == b"typed\n"
    assert waits.is_alive() and not gone.is_set()
    os.close(master)
    waits.join(20)
    assert gone.is_set()
    os.close(slave)


def test_what_is_no_terminal_is_not_gone() -> None:
    gone = threading.Event()
    read, write = os.pipe()
    os.close(read)
    os.close(write)
    waits = hangup.watch(read, gone.set)
    waits.join(20)
    assert not waits.is_alive()
    assert not gone.is_set()
