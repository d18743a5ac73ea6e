"""The control endpoint: tests move the world, make things fail, and count what was asked.

``POST /step {"seconds": n}`` → ``{"time", "resourceVersion"}``: the world moves, then every open watch gets a BOOKMARK with
that resourceVersion. ``POST /faults`` (see ``Faults.configure``; a ``kubernetes`` member goes to the Kubernetes front).
``GET /calls`` → ``{"calls": {"ecs:DescribeServices": 3}}``; ``POST /reset-calls``; ``GET /state``.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.assembly import Assembly

Handler = Callable[["web.Request"], Awaitable["web.StreamResponse"]]


class Control:
    """The HTTP side of an ``Assembly``; every request needs ``Authorization: Bearer <control token>``."""

    def __init__(self, assembly: Assembly, token: str) -> None:
        self.assembly = assembly
        self._token = token

    def application(self) -> web.Application:
        """The aiohttp application."""
        from aiohttp import web

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        app = web.Application(middlewares=[guard])
        app.router.add_post("/step", self.step)
        app.router.add_post("/faults", self.faults)
        app.router.add_get("/calls", self.calls)
        app.router.add_post("/reset-calls", self.reset_calls)
        app.router.add_get("/state", self.state)
        return app

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        from aiohttp import web

        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return web.json_response({"error": "the control token of this run is missing"}, status=401)
        try:
            return await handler(request)
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"error": f"{type(wrong).__name__}: {wrong}"}, status=400)

    async def step(self, request: web.Request) -> web.StreamResponse:
        """Move the world by ``seconds`` (0 counts what real time has brought)."""
        body = await _body(request)
        return _answer(self.assembly.step(float(body.get("seconds", 0))))

    async def faults(self, request: web.Request) -> web.StreamResponse:
        """Put faults in force; what is not named stays."""
        self.assembly.configure_faults(await _body(request))
        return _answer({"rules": len(self.assembly.faults.rules), "limits": self.assembly.faults.limits})

    async def calls(self, request: web.Request) -> web.StreamResponse:
        """How often each operation was asked since the last reset."""
        return _answer({"calls": self.assembly.call_counts()})

    async def reset_calls(self, request: web.Request) -> web.StreamResponse:
        """Count from zero."""
        self.assembly.reset_calls()
        return _answer({})

    async def state(self, request: web.Request) -> web.StreamResponse:
        """The world's time, size, seed, chaos phase and memory."""
        return _answer(self.assembly.summary())


async def _body(request: web.Request) -> dict[str, Any]:
    text = await request.text()
    body = json.loads(text) if text else {}
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _answer(data: dict[str, Any]) -> web.StreamResponse:
    from aiohttp import web

    return web.json_response(data)
