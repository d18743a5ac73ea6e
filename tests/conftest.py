"""What every test gets: UTC, no colour or proxy variables of the developer's, Hypothesis profiles, no address but loopback."""

from __future__ import annotations

import gc
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
import textual.app
import textual.pilot
from hypothesis import HealthCheck, settings

from tests import waiting
from tests.examples import examples

os.environ["TZ"] = "UTC"
time.tzset()
# LINES and COLUMNS: xdist gives its workers a terminal's size, which programs in a terminal of the tests' own would believe
for name in (
    "LINES",
    "COLUMNS",
    "NO_COLOR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "ALL_PROXY",
    "PIERHEAD_CONFIG",
):
    os.environ.pop(name, None)
os.environ.setdefault("TERM", "xterm-256color")
os.environ["COLORTERM"] = "truecolor"

quiet = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("default", deadline=None, suppress_health_check=quiet, database=None)
settings.register_profile("long", deadline=None, suppress_health_check=quiet, max_examples=examples(100), database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

gc.set_threshold(50_000, 20, 50)  # a tenth of the suite's time went into collections that found nothing
waiting.count_answers()
textual.app.wait_for_idle = textual.pilot.wait_for_idle = waiting.quiet

LOCAL = ("127.", "::1", "localhost", "0.0.0.0")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that reaches for another address fails, whatever the code under test does about errors."""
    reached: list[str] = []
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if not str(host).startswith(LOCAL):
            reached.append(str(host))
            raise OSError(f"tests reach only loopback, not {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    yield
    assert not reached, f"reached for {reached}"
