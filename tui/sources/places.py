"""Where else one could go: profiles, regions and contexts to choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from logging import getLogger

from config import Settings
from tui.model.errors import ApiError
from tui.sources.aws import session as sdk
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.loading import load_sdk
from tui.sources.kubernetes.kubeconfig import paths, read

LOG = getLogger("pierhead.sources.places")


class Places:
    """Found once, in a thread, after the start; in the demo there is nowhere else to go but contexts."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    async def find(self, settings: Settings, connection: AwsConnection, loopback_only: bool) -> None:
        """Look for all of them."""
        try:
            kubeconfig = await asyncio.to_thread(read, paths(settings.kubernetes.kubeconfig))
            self._names["context"] = list(kubeconfig.contexts())
        except ApiError as error:
            LOG.info("no contexts: %s", error)
        if not loopback_only:
            await asyncio.to_thread(load_sdk)
            self._names["profile"] = await asyncio.to_thread(sdk.profiles)
            self._names["region"] = await connection.regions()

    def choices(self, what: str, present: Mapping[str, str]) -> list[tuple[str, str]]:
        """(value, label) of ``profile``, ``region`` or ``context``; the present one is marked."""
        here = present.get(what)
        return [(name, f"{name} (now)" if name == here else name) for name in self._names.get(what, [])]
