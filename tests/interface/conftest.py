"""Each golden picture is also drawn by both drivers, in terminals that stay open for all of them; and a port where nobody is."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator

import pytest
from textual.app import App

from tests.interface import pictures
from tests.interface.side_by_side import Frames, Terminals, terminals


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port of loopback where nobody listens, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@pytest.fixture(scope="session")
def two_terminals() -> Iterator[Terminals]:
    """One for Textual's own driver, one for the thin one."""
    with terminals() as opened:
        yield opened


@pytest.fixture(autouse=True)
def both_drivers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For tests that draw pictures, and where there is a tmux."""
    if not hasattr(request.module, "picture") or shutil.which("tmux") is None:
        yield
        return
    frames = Frames()
    monkeypatch.setattr(App, "_display", frames.display(App._display))
    monkeypatch.setattr(pictures, "drivers", (request.getfixturevalue("two_terminals"), frames))
    yield
