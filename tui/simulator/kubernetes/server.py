"""The API server's door: TLS-side dispatch of every request, with authentication, access, faults and call counts.

One handler takes every path: the path is read by ``request.parse_path`` and not by a router, as the API's own is regular.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from msgspec.json import encode

from tui.simulator.kubernetes import discovery, errors, openapi
from tui.simulator.kubernetes.access import review
from tui.simulator.kubernetes.bodies import read_body
from tui.simulator.kubernetes.errors import StatusError
from tui.simulator.kubernetes.reading import list_body, page, rendered
from tui.simulator.kubernetes.request import Target, flag, form, parse_path
from tui.simulator.kubernetes.resources import GROUPS, STORED
from tui.simulator.kubernetes.watching import Watch, serve

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld

REVIEWS = ("authorization.k8s.io", "authentication.k8s.io")
OPEN_PATHS = ("/healthz", "/livez", "/readyz", "/version")
HTML = "<html><head><title>Sign in</title></head><body><h1>Please sign in to the network</h1></body></html>"
Special = Callable[["web.Request", Target, str], Awaitable["web.StreamResponse"]]


class Front:
    """HTTP in, HTTP out. Writes and subresources are handed to the cluster's parts."""

    def __init__(self, cluster: KubernetesWorld) -> None:
        self.cluster = cluster

    def application(self) -> web.Application:
        """The aiohttp application with its one route."""
        from aiohttp import web

        application = web.Application(client_max_size=8 << 20)
        application.router.add_route("*", "/{path:.*}", self.handle)
        return application

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request; refusals become ``Status`` objects."""
        from aiohttp import web

        try:
            return await self._answer(request)
        except StatusError as error:
            return web.Response(
                body=encode(error.status()), status=error.code, content_type="application/json", headers=error.headers
            )

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        from aiohttp import web

        faults = self.cluster.faults
        target = parse_path(request.path)
        verb = verb_of(request, target)
        self.cluster.count(verb, request.path)
        if faults.latency:
            await asyncio.sleep(faults.latency)
        user = self._authenticate(request)
        if faults.take("throttle"):
            raise errors.throttled(faults.retry_after)
        if faults.take("errors"):
            raise StatusError(500, "InternalError", "Internal error occurred: etcdserver: request timed out")
        if faults.take("html"):
            return web.Response(text=HTML, content_type="text/html")
        if target is None:
            return self._document(request)
        self._check(user, verb, target)
        return await self._resource(request, target, verb, user)

    def _authenticate(self, request: web.Request) -> str:
        if request.path in OPEN_PATHS:
            return "system:anonymous"
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        faults = self.cluster.faults
        user = self.cluster.user_of(token) if scheme.lower() == "bearer" and token else None
        if user is None or faults.expired or faults.take("unauthorized"):
            raise errors.unauthorized()
        return user

    def _check(self, user: str, verb: str, target: Target) -> None:
        resource = target.resource
        if resource.group in self.cluster.faults.unavailable_groups:
            raise StatusError(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        if resource.group in REVIEWS:
            return
        namespace = target.namespace or (target.name if resource.plural == "namespaces" else "")
        if not self.cluster.policy.may(verb, resource.group, target.parts, namespace):
            raise errors.forbidden(user, verb, resource, target.part, target.namespace, target.name)

    def _document(self, request: web.Request) -> web.Response:
        """Discovery, version, health, OpenAPI."""
        from aiohttp import web

        path = request.path.rstrip("/") or "/"
        if request.method not in ("GET", "HEAD"):
            raise errors.method_not_allowed()
        if path in ("/healthz", "/livez", "/readyz"):
            return web.Response(text="ok")
        accept = request.headers.get("Accept", "")
        aggregated = "as=APIGroupDiscoveryList" in accept and "v=v2" in accept and path in ("/api", "/apis")
        content = self._content(path, aggregated)
        if content is None:
            raise errors.unknown_path()
        media = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" if aggregated else "application/json"
        return web.Response(body=encode(content), headers={"Content-Type": media})

    def _content(self, path: str, aggregated: bool) -> dict[str, Any] | None:
        hidden = frozenset(self.cluster.faults.unavailable_groups)
        if path == "/version":
            return dict(discovery.VERSION)
        if path == "/":
            return {
                "paths": ["/api", "/api/v1", "/apis", *(f"/apis/{g}" for g in GROUPS if g), "/healthz", "/openapi/v3", "/version"]
            }
        if path in ("/api", "/apis") and aggregated:
            return discovery.aggregated(path == "/api", hidden)
        if path == "/api":
            return discovery.api_versions()
        if path == "/apis":
            return discovery.groups(hidden)
        if path == "/openapi/v3":
            return openapi.index()
        return self._group_content(path.strip("/").split("/"), hidden)

    def _group_content(self, pieces: list[str], hidden: frozenset[str]) -> dict[str, Any] | None:
        described = pieces[:2] == ["openapi", "v3"]
        if described:
            pieces = pieces[2:]
        if pieces == ["api", "v1"]:
            return openapi.document("", "v1") if described else discovery.resource_list("", "v1")
        if len(pieces) not in (2, 3) or pieces[0] != "apis" or pieces[1] not in GROUPS or pieces[1] in hidden:
            return None
        if len(pieces) == 2:
            return {"kind": "APIGroup", "apiVersion": "v1", **discovery.group(pieces[1])}
        if pieces[2] not in GROUPS[pieces[1]]:
            return None
        return openapi.document(*pieces[1:]) if described else discovery.resource_list(*pieces[1:])

    async def _resource(self, request: web.Request, target: Target, verb: str, user: str) -> web.StreamResponse:
        from aiohttp import web

        if target.resource.group in REVIEWS:
            body = await read_body(request)
            answer = review(target.resource, self.cluster.policy, user, body)
            return web.Response(body=encode(answer), status=201, content_type="application/json")
        if target.resource.group == "metrics.k8s.io":
            return web.Response(body=encode(self.cluster.metrics.answer(target, request.query)), content_type="application/json")
        special = self.cluster.special(target, request.method)
        if special is not None:
            return await special(request, target, user)
        if request.method in ("GET", "HEAD"):
            return await self._read(request, target, verb)
        if target.resource.view_of is not None and request.method == "DELETE":
            target = Target(target.resource.stored, target.namespace, target.name, target.part)
        if target.resource not in STORED:
            raise errors.method_not_allowed()
        return await self.cluster.writer.write(request, target)

    async def _read(self, request: web.Request, target: Target, verb: str) -> web.StreamResponse:
        from aiohttp import web

        cluster, faults = self.cluster, self.cluster.faults
        asked = form(request.headers.get("Accept", ""))
        include = request.query.get("includeObject", "Metadata")
        if verb == "watch":
            watch = Watch(cluster.storage, target, request.query, asked, cluster.now(), faults)
            return await serve(request, watch, cluster.streams, faults)
        if target.name:
            stored = cluster.storage.get(target.resource.stored, target.namespace, target.name)
            body = rendered(stored, asked, include, cluster.now(), target.resource)
            return web.Response(body=body, content_type="application/json")
        if faults.slow:
            await asyncio.sleep(faults.slow)
        found = page(cluster.storage, target, request.query, faults)
        body = list_body(found, target.resource, asked, include, cluster.now())
        if faults.take("truncated"):
            return await _cut_short(request, body)
        return web.Response(body=body, content_type="application/json")


async def _cut_short(request: web.Request, body: bytes) -> web.StreamResponse:
    """Half of a body that was announced whole, then a broken connection."""
    from aiohttp import web

    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def verb_of(request: web.Request, target: Target | None) -> str:
    """The verb as access rules and call counts name it: get, list, watch, create, update, patch, delete, deletecollection."""
    if request.method in ("GET", "HEAD"):
        if target is None or target.part:
            return "get"
        if flag(request.query, "watch"):
            return "watch"
        return "get" if target.name else "list"
    if request.method == "DELETE":
        return "delete" if target is None or target.name else "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch"}.get(request.method, request.method.lower())
