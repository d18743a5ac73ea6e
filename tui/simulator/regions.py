"""The account in every region: the story happens in one, every other is there and empty, as in a real account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.simulator.world import World

GLOBAL = ("iam", "sts")


class Regions:
    """Region name → world; ``build(region)`` makes an empty one when a region is first asked for."""

    def __init__(self, home: World, build: Callable[[str], World]) -> None:
        self.home = home
        self._build = build
        self._others: dict[str, World] = {}

    def world(self, region: str, service: str) -> World:
        """The world that a request signed for ``region`` reaches."""
        if service in GLOBAL or not region or region == self.home.region:
            return self.home
        if region not in self._others:
            self._others[region] = self._build(region)
        return self._others[region]
