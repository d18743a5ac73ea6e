"""The console where there is no embedded world: an environment of the test's own, the real hub, what the first tries bring."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from config import Settings, load
from tests.embedded import Even, PlentyClock
from tests.user import User
from tests.waiting import PATIENCE, until
from tui.app import PierheadApp, connect_hub
from tui.commands.demo import SHED
from tui.model import ManualClock
from tui.store import Store


@contextmanager
def environment(folder: Path, **variables: str) -> Iterator[None]:
    """Nothing of the developer's: an empty home, no credentials, no kubeconfig, no instance metadata; then ``variables``."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.upper().startswith(SHED)]:
        del os.environ[name]
    os.environ.update(
        HOME=str(folder),
        AWS_CONFIG_FILE=str(folder / "config"),
        AWS_SHARED_CREDENTIALS_FILE=str(folder / "credentials"),
        AWS_EC2_METADATA_DISABLED="true",
        NO_PROXY="*",
    )
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


async def connect(settings: Settings, store: Store, *, loopback_only: bool) -> Any:
    """The real hub, reading the test's environment; chance and quotas never make a test wait."""
    return await connect_hub(settings, store, loopback_only=loopback_only, quota_clock=PlentyClock(), random=Even())


class Seen(User):
    """A user before a console that may have nothing to show."""

    async def next_try(self, seconds: float, *keys: str) -> None:
        """Press keys or let time pass, and wait until the sources have tried again."""
        told = asyncio.Event()
        subscription = self.app.store.freshness.subscribe(lambda entries: told.set())
        self.clock.advance(seconds)
        await self.press(*keys)
        await asyncio.wait_for(told.wait(), PATIENCE)
        subscription.close()
        await self.pilot.pause()

    async def until_said(self, text: str) -> None:
        """Wait for the answer of a request under way."""
        await until(lambda: text in self.words(), self.screen)

    async def asked(self, text: str) -> None:
        """Wait for a dialog."""
        await self.until_said(text)
        await self.pilot.pause()

    async def choices(self) -> None:
        """Wait until profiles, regions and contexts have been looked up."""
        await until(lambda: self.app._hub.choices("region"))

    async def tried(self) -> None:
        """Wait until AWS and Kubernetes have been tried, and what came of it is drawn."""
        await until(lambda: self.app._hub is not None)
        await asyncio.wait_for(self.app._hub.opened(), PATIENCE)
        self.app.store.flush()
        await self.pilot.pause()


@asynccontextmanager
async def console(
    folder: Path, variables: Mapping[str, str], size: tuple[int, int] = (120, 30), *, wait: bool = True, **flags: Any
) -> AsyncIterator[Seen]:
    """The console in an environment, after its first tries. ``flags``: settings as ``table__name``."""
    given = {name.replace("__", "."): value for name, value in flags.items()}
    own = {"paths.state_dir": str(folder / "state"), "paths.cache_dir": str(folder / "cache")}
    with environment(folder, **variables):
        settings = load(Path(os.devnull), {}, {**own, **given})
        app = PierheadApp(settings, clock=ManualClock(), connect=connect)
        async with app.run_test(size=size) as pilot:
            seen = Seen(app, pilot)
            if wait:
                await seen.tried()
            yield seen


@asynccontextmanager
async def answering(status: int, body: str, kind: str = "text/html") -> AsyncIterator[str]:
    """The URL of a server that gives every request the same answer."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=kind)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
