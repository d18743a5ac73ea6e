"""A scripted API server for single rules of the watch protocol, and what a source needs to run against it.

Small on purpose: the embedded world tests the whole; here a test says exactly which answer comes at which request.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from aiohttp import web

from config.settings import Settings
from tests.waiting import PATIENCE
from tui.model import Clock, ManualClock
from tui.model.errors import ApiError
from tui.model.secret import Secret
from tui.sources.base import SourceContext
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import Context, User
from tui.sources.kubernetes.objects import SOURCES
from tui.sources.kubernetes.request import Timeouts
from tui.sources.kubernetes.watching import Watched
from tui.store import Freshness, Store, Urgency

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def pod(name: str, version: str = "1", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": version},
        "spec": {"containers": [{"name": "main", "image": "main:1"}]},
        "status": {"phase": "Running", **status},
    }


def event(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"


def bookmark(version: str, *, end: bool = False) -> bytes:
    annotations = {"annotations": {"k8s.io/initial-events-end": "true"}} if end else {}
    return event("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": version, **annotations}})


def status(code: int, reason: str, message: str, **headers: str) -> web.Response:
    body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code}
    return web.json_response(body, status=code, headers=headers)


def listing(pods: list[dict[str, Any]], version: str = "10", **meta: Any) -> web.Response:
    return web.json_response({"kind": "PodList", "metadata": {"resourceVersion": version, **meta}, "items": pods})


class Api:
    """Requests in the order in which they came; ``answers`` are taken one by one, the last one stays."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.answers: list[Handler] = []
        self.open: list[web.StreamResponse] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await answer(request)

    def say(self, *answers: web.Response | Handler) -> None:
        """The next answers. A Response is given as it is."""

        def fixed(response: web.Response) -> Handler:
            async def give(_: web.Request) -> web.Response:
                return response

            return give

        self.answers = [fixed(a) if isinstance(a, web.Response) else a for a in answers]

    def stream(self, *pieces: bytes, end: bool = False, cut: bool = False) -> Handler:
        """A watch that sends ``pieces`` and then stays open, ends well, or breaks."""

        async def give(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            response.enable_chunked_encoding()
            await response.prepare(request)
            for piece in pieces:
                await response.write(piece)
            if cut:
                assert request.transport is not None
                request.transport.close()
            elif not end:
                self.open.append(response)
                await asyncio.Event().wait()
            return response

        return give

    async def send(self, *pieces: bytes) -> None:
        """More on the newest open watch."""
        for piece in pieces:
            await self.open[-1].write(piece)


@asynccontextmanager
async def serve(api: Api) -> AsyncIterator[Api]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    try:
        yield api
    finally:
        await runner.cleanup()


class Given:
    """A kubeconfig of one context, put together."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def context(self, name: str) -> Context:
        return self._context


async def connect(url: str, clock: Clock, *, namespace: str = "", **more: Any) -> KubernetesConnection:
    context = Context(name="test", server=url, namespace=namespace, user=User(name="me", token=Secret("t0ken")), **more)
    options = Options(clock=clock, loopback_only=True, timeouts=Timeouts(2.0, 5.0))
    return await KubernetesConnection.open_context(Given(context), "test", options)  # type: ignore[arg-type]


class Rig:
    """A store, a manual clock, a connection, and the pods source running against them."""

    def __init__(self, connection: KubernetesConnection, clock: ManualClock, kind: str = "pods") -> None:
        self.clock = clock
        self.connection = connection
        self.store = Store(clock)
        self.context = SourceContext(store=self.store, clock=clock, settings=Settings(), kubernetes=connection, random=Random(1))
        source = next(s for s in SOURCES if s.kinds == (kind,))
        self.source: Watched = source(self.context)
        self.kind = kind
        self.interest = self.store.interest.register(kind, None, Urgency.VISIBLE)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self.source.run())

    async def stop(self) -> None:
        results: list[Any] = []
        if self._task is not None:
            self._task.cancel()
            results = await asyncio.gather(self._task, return_exceptions=True)
        await self.connection.close()
        assert all(r is None or isinstance(r, asyncio.CancelledError | ApiError) for r in results), results

    @property
    def names(self) -> list[str]:
        return sorted(row.name for row in self.store.rows(self.kind))

    def fresh(self, namespace: str = "") -> Freshness | None:
        scope = next((f.scope for f in self.store.freshness.of(self.kind) if f.scope.namespace == namespace), None)
        return self.store.freshness.get(self.source.name, self.kind, scope) if scope else None

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Turn the loop until ``condition``: real input and output, so bounded by real seconds, never a fixed sleep."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not condition():
            assert self._task is None or not self._task.done(), self._task
            assert loop.time() < end, (self.names, self.store.freshness.all())
            await asyncio.sleep(0.001)


@asynccontextmanager
async def rig(url: str, kind: str = "pods", **more: Any) -> AsyncIterator[Rig]:
    clock = ManualClock()
    made = Rig(await connect(url, clock, **more), clock, kind)
    made.start()
    try:
        yield made
    finally:
        await made.stop()
