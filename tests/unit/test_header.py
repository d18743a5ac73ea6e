"""Line 1 says which APIs are asked less often because AWS throttled them, also while every list is read in time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tui.model import ManualClock
from tui.model.facts import Facts
from tui.screens.header import freshness, places
from tui.store import Store
from widgets.line import Manner, Piece, arrange


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


@pytest.mark.parametrize(("namespace", "shown"), [("", "eks shop-1  "), ("pay", "eks shop-1 / pay  ")])
def test_the_link_leaves_room_for_the_cluster_on_80_columns(namespace: str, shown: str) -> None:
    clock = ManualClock(0.0)
    facts = Facts(alias="harbour-prod", region="eu-west-1", cluster="shop-1")
    console: Any = SimpleNamespace(
        facts=lambda: facts, clock=clock, store=Store(clock), namespace_filter=namespace, cluster_filter=""
    )
    right = freshness(console, "link 250 ms 16 kB/s")
    line = "".join(text for text, _ in arrange([places(console, True), [Piece("✖ 2"), Piece("▲ 4")], right], 80, Manner()))
    assert shown in line and "link 250 ms 16 kB/s" in line
    whole = [piece.text for piece in places(console)]
    assert f"eks shop-1 / {namespace or 'all namespaces'}" in whole
