"""Line 1 says which APIs are asked less often because AWS throttled them, also while every list is read in time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tui.model import ManualClock
from tui.model.facts import Facts
from tui.screens.header import freshness
from tui.store import Store


@pytest.mark.parametrize(
    ("slowed", "words"),
    [
        ((), ""),
        (("ecs service read",), "▲ throttled: ecs service read"),
        (("ecs service read", "elbv2"), "▲ throttled: 2 APIs"),
    ],
)
def test_throttled_apis(slowed: tuple[str, ...], words: str) -> None:
    clock = ManualClock(0.0)
    console: Any = SimpleNamespace(facts=lambda: Facts(slowed=slowed), clock=clock, store=Store(clock))
    assert [piece.text for piece in freshness(console, "") if "throttled" in piece.text] == ([words] if words else [])
