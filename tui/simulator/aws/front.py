"""One front for every AWS service here: recognise, authenticate, count, fail as told, validate, answer.

What a client sees of AWS but not of a handler happens in this file, in AWS's order: an unsigned request is refused
before an unknown operation, an unknown operation before a permission, a permission before a parameter.
"""

from __future__ import annotations

import asyncio
import gzip
import hmac
import logging
import traceback
import uuid
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.simulator import secret
from tui.simulator.aws import permissions, registry, validation
from tui.simulator.aws.keyring import Credential
from tui.simulator.aws.models import BY_SIGNING, SERVICES, action_name, by_target, error_shapes, operation_model, service_model
from tui.simulator.aws.protocols import PROTOCOLS, Incoming, Outgoing, Protocol
from tui.simulator.aws.protocols.query import form
from tui.simulator.aws.registry import AwsError, Call
from tui.simulator.aws.signature import claims
from tui.simulator.aws.wording import refusal

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.calls import CallLog
    from tui.simulator.faults import Fault, Faults
    from tui.simulator.regions import Regions
    from tui.simulator.world import World

log = logging.getLogger(__name__)
LARGEST_BODY = 32 * 1024 * 1024
HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><p>proxy.corp.example</p></body></html>"


class AwsFront:
    """The HTTP side. ``strict`` turns an answer that the model does not allow into an HTTP 500 that says why."""

    def __init__(self, regions: Regions, faults: Faults, calls: CallLog, *, strict: bool = False) -> None:
        self.regions, self.faults, self.calls, self.strict = regions, faults, calls, strict
        self.keyring = secret.of(regions.home).keyring

    def application(self) -> web.Application:
        """The aiohttp application; every path leads here."""
        from aiohttp import web

        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one HTTP request."""
        path, _, query = request.raw_path.partition("?")
        if path.startswith("/layers/"):
            return self._layer(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        incoming = Incoming(request.method, path, query, headers, await request.read())
        outgoing, fault = await self.respond(incoming)
        return await _send(request, outgoing, fault)

    def _layer(self, request: web.Request) -> web.StreamResponse:
        """A config blob of an image, at the address that GetDownloadUrlForLayer gave."""
        from aiohttp import web

        digest = request.path.removeprefix("/layers/")
        blob = self.regions.home.state["ecr"].blobs.get(digest)
        key = secret.of(self.regions.home).layer_key(digest)
        if blob is None or not hmac.compare_digest(request.query.get("key", "").encode(), key.encode()):
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>", content_type="application/xml")
        return web.Response(body=blob, content_type="application/octet-stream")

    async def respond(self, incoming: Incoming) -> tuple[Outgoing, Fault | None]:
        """The answer, and the fault that its transport should suffer."""
        service, protocol = recognise(incoming)
        request_id = str(uuid.uuid4())
        if service not in SERVICES:
            return protocol.error(None, refusal("unknown-operation", service, protocol.name), None, request_id), None
        model = service_model(service)
        name = protocol.operation(model, incoming)
        fault = self.faults.pick(service, name)
        self.calls.count(f"{service}:{name}")
        if fault is not None and fault.kind == "latency":
            await asyncio.sleep(fault.seconds)
        try:
            return self._perform(service, name, protocol, incoming, request_id, fault), fault
        except AwsError as error:
            shape = error_shapes(service, name).get(error.code)
            if shape is not None:
                modelled = shape.metadata.get("error", {})
                error.code = str(modelled.get("code", shape.name))
                error.status = int(modelled.get("httpStatusCode", error.status))
            return protocol.error(model, error, shape, request_id), fault

    def _perform(
        self, service: str, name: str, protocol: Protocol, incoming: Incoming, request_id: str, fault: Fault | None
    ) -> Outgoing:
        credential, wrong = self.keyring.check(incoming)
        if credential is None:
            raise refusal(wrong, service, protocol.name)
        operation = operation_model(service, name)
        if operation is None:
            raise refusal("unknown-operation", service, protocol.name, operation=name)
        signed = claims(incoming)
        world = self.regions.world(signed.region if signed else "", service)
        self._refuse(world, credential, service, name, protocol, fault)
        handler = registry.find(service, name)
        if handler is None:
            raise refusal("unknown-operation", service, protocol.name, operation=name)
        params = protocol.parse(operation, _unpacked(incoming))
        validation.check(service, protocol.name, operation, params)
        call = Call(
            service,
            name,
            world.region,
            world.account,
            credential.caller,
            request_id,
            f"http://{incoming.headers.get('host', '')}",
            incoming.headers,
        )
        result = self._result(world, handler, params, call, protocol)
        self.calls.written(world, call, params)
        if self.strict:
            _complain(service, name, operation, result)
        return protocol.answer(operation, result, request_id)

    def _refuse(self, world: World, who: Credential, service: str, name: str, protocol: Protocol, fault: Fault | None) -> None:
        meaning = fault.kind if fault is not None else ""
        if meaning in ("throttled", "internal", "unavailable", "expired", "denied"):
            resource = world.arn(action_name(service, name).partition(":")[0], "*")
            raise refusal(meaning, service, protocol.name, operation=name, caller=who.caller, resource=resource)
        if not permissions.may(world, who, service, name):
            raise refusal("denied", service, protocol.name, operation=name, caller=who.caller, resource="*")

    def _result(
        self, world: World, handler: registry.Handler, params: dict[str, Any], call: Call, protocol: Protocol
    ) -> dict[str, Any]:
        try:
            return handler(world, params, call) or {}
        except AwsError:
            raise
        except Exception as wrong:
            log.error("%s:%s failed\n%s", call.service, call.operation, traceback.format_exc())
            error = refusal("internal", call.service, protocol.name)
            if self.strict:
                error.message = f"{type(wrong).__name__}: {wrong}"
            raise error from wrong


def _complain(service: str, name: str, operation: Any, result: Mapping[str, Any]) -> None:
    faults = validation.answer_faults(operation.output_shape, result)
    if faults:
        log.error("%s:%s answers off its model: %s", service, name, "; ".join(faults[:10]))
        raise AwsError("InternalFailure", f"answer off its model: {'; '.join(faults[:10])}", 500)


def recognise(incoming: Incoming) -> tuple[str, Protocol]:
    """Which service is meant (botocore's name, or what the client called it), and in which protocol it is asked."""
    signed = claims(incoming)
    signing = signed.service if signed else ""
    by_scope = BY_SIGNING.get(signing)
    if incoming.headers.get("smithy-protocol") == "rpc-v2-cbor" or incoming.path.startswith("/service/"):
        known = by_target(incoming.path.split("/")[2]) if incoming.path.count("/") >= 4 else None
        return (known.name if known else signing), PROTOCOLS["cbor"]
    if "x-amz-target" in incoming.headers:
        known = by_target(incoming.headers["x-amz-target"].rpartition(".")[0])
        return (known.name if known else signing), PROTOCOLS["json"]
    if "Action" in form(incoming):
        known = by_scope or next((s for s in SERVICES.values() if s.version == form(incoming).get("Version")), None)
        right = known is not None and form(incoming).get("Version", known.version) == known.version
        return (known.name if known and right else signing), PROTOCOLS["ec2" if signing == "ec2" else "query"]
    if by_scope is not None:
        return by_scope.name, PROTOCOLS[by_scope.protocol]
    return signing, PROTOCOLS["json"]


def _unpacked(incoming: Incoming) -> Incoming:
    """The request with its body decompressed; the signature is over the compressed one."""
    if incoming.headers.get("content-encoding", "").lower() != "gzip":
        return incoming
    try:
        body = gzip.decompress(incoming.body)
    except (OSError, zlib.error) as wrong:
        raise AwsError("SerializationException", "The body is not gzip") from wrong
    return Incoming(incoming.method, incoming.path, incoming.query, incoming.headers, body)


async def _send(request: web.Request, outgoing: Outgoing, fault: Fault | None) -> web.StreamResponse:
    from aiohttp import web

    kind = fault.kind if fault is not None else ""
    if kind == "reset":
        return _abort(request)
    if kind == "html":
        return web.Response(status=502, body=HTML, content_type="text/html")
    if outgoing.events is not None:
        return await _stream(request, outgoing, fault.seconds if fault is not None and kind == "cut" else None)
    body = outgoing.body[: len(outgoing.body) // 2] if kind == "truncated" else outgoing.body
    if kind == "cut":
        response = web.StreamResponse(status=outgoing.status, headers={**outgoing.headers, "Content-Length": str(len(body))})
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        return _abort(request, response)
    return web.Response(status=outgoing.status, body=body, headers=outgoing.headers)


def _abort(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    from aiohttp import web

    if request.transport is not None:
        request.transport.abort()
    return response or web.Response(status=500)


async def _stream(request: web.Request, outgoing: Outgoing, cut_after: float | None) -> web.StreamResponse:
    from aiohttp import web

    response = web.StreamResponse(status=outgoing.status, headers=outgoing.headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(outgoing.body)
    try:
        async with asyncio.timeout(cut_after):
            async for message in outgoing.events:
                await response.write(message)
    except TimeoutError:
        return _abort(request, response)
    except ConnectionError:
        return response
    finally:
        await outgoing.events.aclose()
    await response.write_eof()
    return response
