"""The embedded cluster over TLS in the test's own loop: with a manual clock, or driven fast by a task for the real kubectl."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from msgspec.json import decode

from tests.waiting import PATIENCE
from tui.simulator.clock import SimClock
from tui.simulator.kubernetes import KubernetesWorld, create
from tui.simulator.world import World

KUBECTL = Path(sys.executable).parent / "kubectl"


class Api:
    """A client that knows the token and the authority."""

    def __init__(self, cluster: KubernetesWorld, session: aiohttp.ClientSession) -> None:
        self.cluster = cluster
        self.session = session

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, Any]:
        """Status code and decoded body. Options: params, headers, media (content type of the body)."""
        headers = dict(options.get("headers") or {})
        if body is not None:
            headers["Content-Type"] = options.get("media", "application/json")
        data = body if isinstance(body, (bytes, type(None))) else aiohttp.JsonPayload(body)
        url = self.cluster.url + path
        async with self.session.request(method, url, data=data, params=options.get("params"), headers=headers) as answer:
            raw = await answer.read()
            return answer.status, decode(raw) if raw[:1] in (b"{", b"[") else raw

    async def get(self, path: str, **params: str) -> Any:
        """A GET that must succeed."""
        code, body = await self.call("GET", path, params=params)
        assert code == 200, body
        return body

    @asynccontextmanager
    async def stream(self, path: str, **params: str) -> AsyncIterator[AsyncIterator[Any]]:
        """A watch's events, or a log's lines, one after the other."""
        async with self.session.get(self.cluster.url + path, params=params) as answer:
            assert answer.status == 200, await answer.text()

            async def lines() -> AsyncIterator[Any]:
                async for line in answer.content:
                    yield decode(line) if line[:1] == b"{" else line

            yield lines()


@asynccontextmanager
async def serving(*, speed: float = 0.0, scenario: dict[str, Any] | None = None, size: str = "small") -> AsyncIterator[Api]:
    """A running cluster; with ``speed`` its clock runs by itself that many times as fast, else only ``world.step`` moves it."""
    clock = SimClock(speed=speed) if speed else SimClock(manual=True)
    cluster = create(World(clock=clock, scenario=scenario, size=size))
    await cluster.start()
    driver = asyncio.create_task(_drive(cluster)) if speed else None
    context = ssl.create_default_context(cadata=cluster.ca_pem)
    headers = {"Authorization": f"Bearer {cluster.token}"}
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(headers=headers, connector=connector, read_bufsize=1 << 22) as session:
        try:
            yield Api(cluster, session)
        finally:
            if driver is not None:
                driver.cancel()
                await asyncio.gather(driver, return_exceptions=True)
            await cluster.stop()


async def _drive(cluster: KubernetesWorld) -> None:
    while True:
        cluster.world.tick()
        await asyncio.sleep(0.02)


async def kubectl(
    cluster: KubernetesWorld, folder: Path, *words: str, stdin: bytes | None = None, limit: float = PATIENCE
) -> tuple[int, str, str]:
    """Run the real kubectl against the cluster: exit code, standard output, standard error."""
    config = cluster.write_kubeconfig(folder)
    env = {**os.environ, "KUBECONFIG": str(config), "HOME": str(folder), "NO_PROXY": "*"}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(str(KUBECTL), *words, stdin=pipe, stdout=pipe, stderr=pipe, env=env)
    try:
        async with asyncio.timeout(limit):
            out, err = await process.communicate(stdin or b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return process.returncode or 0, out.decode(), err.decode()
