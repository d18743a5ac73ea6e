"""TLS with the API server: right and wrong CA, wrong name, expired, client certificates, proxies, and other answers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme
from aiohttp import web

from tests.contract.kube_api import Api, Rig, bookmark, connect, event, listing, pod, rig, serve, status
from tui.model import ManualClock, Secret
from tui.model.errors import ApiError, Trouble
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import Context, User
from tui.sources.kubernetes.request import Timeouts
from tui.store import FreshState

CA = trustme.CA()
OTHER = trustme.CA()


def pem(ca: trustme.CA) -> str:
    return ca.cert_pem.bytes().decode()


@asynccontextmanager
async def secure(certificate: trustme.LeafCert, *, clients: trustme.CA | None = None) -> AsyncIterator[Api]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        clients.configure_trust(context)
    api = Api()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    api.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
    api.say(api.stream(event("ADDED", pod("a")), bookmark("20", end=True)))
    try:
        yield api
    finally:
        await runner.cleanup()


async def test_the_right_ca() -> None:
    async with (
        secure(CA.issue_cert("127.0.0.1")) as api,
        rig(api.url, certificate_authority=pem(CA)) as r,
    ):
        await r.until(lambda: r.names == ["a"])


@pytest.mark.parametrize(
    ("certificate", "trusted", "words"),
    [
        ("good", OTHER, "is signed by another CA"),
        ("name", CA, "is for another name"),
        ("expired", CA, "has expired"),
        ("future", CA, "is not valid yet"),
    ],
)
async def test_what_is_wrong_with_a_certificate_is_said_and_nothing_is_sent(
    certificate: str, trusted: trustme.CA, words: str
) -> None:
    day = timedelta(days=1)
    now = datetime.now(UTC)
    certificates = {
        "good": lambda: CA.issue_cert("127.0.0.1"),
        "name": lambda: CA.issue_cert("other.example"),
        "expired": lambda: CA.issue_cert("127.0.0.1", not_before=now - 2 * day, not_after=now - day),
        "future": lambda: CA.issue_cert("127.0.0.1", not_before=now + day, not_after=now + 2 * day),
    }
    async with (
        secure(certificates[certificate]()) as api,
        rig(api.url, certificate_authority=pem(trusted)) as r,
    ):
        await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
        fresh = r.fresh()
        assert fresh is not None and words in fresh.message and fresh.hint and not api.requests
        assert fresh.next_try is not None and fresh.next_try > r.clock.now()


async def test_a_server_name_of_the_kubeconfigs_choice() -> None:
    async with (
        secure(CA.issue_cert("kubernetes.default")) as api,
        rig(api.url, certificate_authority=pem(CA), tls_server_name="kubernetes.default") as r,
    ):
        await r.until(lambda: r.names == ["a"])


async def test_skipping_verification_where_the_kubeconfig_says_so() -> None:
    async with secure(OTHER.issue_cert("other.example")) as api, rig(api.url, insecure=True) as r:
        await r.until(lambda: r.names == ["a"])


async def test_a_client_certificate() -> None:
    client = CA.issue_cert("me@example")
    user = User(
        name="me",
        certificate=client.cert_chain_pems[0].bytes().decode(),
        key=Secret(client.private_key_pem.bytes().decode()),
    )
    async with secure(CA.issue_cert("127.0.0.1"), clients=CA) as api:
        connection = await opened(Context(name="c", server=api.url, certificate_authority=pem(CA), user=user))
        api.say(listing([pod("a")]))
        assert len((await connection.get("/api/v1/pods"))["items"]) == 1
        assert "Authorization" not in api.requests[0].headers
        await connection.close()


async def opened(context: Context, **options: Any) -> KubernetesConnection:
    class Kubeconfig:
        def context(self, name: str) -> Context:
            return context

    settings = Options(clock=ManualClock(), loopback_only=True, timeouts=Timeouts(1.0, 1.0), **options)
    return await KubernetesConnection.open_context(Kubeconfig(), context.name, settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "trouble", "words"),
    [
        ("html", Trouble.NONSENSE, "HTML page"),
        ("html 503", Trouble.NONSENSE, "answered 503 with an HTML page"),
        ("cut", Trouble.NONSENSE, "cut-off JSON"),
        ("no json", Trouble.NONSENSE, "cannot be read"),
        ("redirect", Trouble.NONSENSE, "sends us on to login.example"),
        ("403", Trouble.DENIED, "cannot list"),
        ("401", Trouble.EXPIRED, "does not accept the credentials"),
        ("404", Trouble.NOT_FOUND, "not found"),
        ("409", Trouble.CONFLICT, "has been modified"),
        ("500", Trouble.ERROR, "etcd"),
        ("plain 502", Trouble.ERROR, "answered 502: Bad gateway"),
        ("hang", Trouble.UNREACHABLE, "timed out"),
    ],
)
async def test_answers_in_words(answer: str, trouble: Trouble, words: str) -> None:
    page = "<!DOCTYPE html><html>Sign in</html>"

    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    answers: dict[str, Any] = {
        "html": lambda: web.Response(text=page, content_type="text/html"),
        "html 503": lambda: web.Response(text=page, content_type="text/html", status=503),
        "cut": lambda: web.Response(text='{"kind": "PodList", "items": [{"meta'),
        "no json": lambda: web.Response(text="{nonsense}"),
        "redirect": lambda: web.Response(status=302, headers={"Location": "https://login.example/sso"}),
        "403": lambda: status(403, "Forbidden", 'User "me" cannot list resource "pods"'),
        "401": lambda: status(401, "Unauthorized", "Unauthorized"),
        "404": lambda: status(404, "NotFound", 'pods "x" not found'),
        "409": lambda: status(409, "Conflict", "the object has been modified"),
        "500": lambda: status(500, "InternalError", "etcd is sad"),
        "plain 502": lambda: web.Response(text="Bad gateway", status=502),
        "hang": lambda: hang,
    }
    async with serve(Api()) as api:
        api.say(answers[answer]())
        connection = await opened(Context(name="c", server=api.url))
        with pytest.raises(ApiError, match=words) as caught:
            await connection.get("/api/v1/pods")
        assert caught.value.trouble is trouble
        await connection.close()


async def test_read_only_is_kept_by_the_transport() -> None:
    async with serve(Api()) as api:
        api.say(web.json_response({"status": {"allowed": True}}))
        connection = await opened(Context(name="c", server=api.url), read_only=True)
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            with pytest.raises(ApiError) as caught:
                await connection.write(method, "/api/v1/namespaces/shop/pods/cart", {})
            assert caught.value.trouble is Trouble.READ_ONLY
        with pytest.raises(ApiError):
            await connection.get("/api/v1/namespaces/shop/pods/cart/exec", {"command": "rm"})
        assert not api.requests
        assert await connection.may("get", "", "pods") == (True, "")
        assert await connection.may("get", "", "pods") == (True, "") and len(api.requests) == 1
        await connection.close()


async def test_a_write_is_one_attempt_even_when_refused_with_401() -> None:
    async with serve(Api()) as api:
        api.say(status(401, "Unauthorized", "Unauthorized"))
        connection = await connect(api.url, ManualClock())
        with pytest.raises(ApiError):
            await connection.write(
                "PATCH", "/api/v1/namespaces/shop/pods/cart", [{"op": "test"}], content_type="application/json-patch+json"
            )
        assert len(api.requests) == 1 and api.requests[0].headers["Content-Type"] == "application/json-patch+json"
        await connection.close()


async def test_identity_and_calls() -> None:
    async with serve(Api()) as api:
        api.say(
            web.json_response({"status": {"userInfo": {"username": "ann"}}}, status=201),
            status(404, "NotFound", "the server could not find the requested resource"),
        )
        connection = await connect(api.url, ManualClock())
        first, second = await connection.identity(), await connection.identity()
        assert (first.caller, second.caller) == ("ann", "me") and first.place == connection.scope.cluster
        figures = connection.calls.figures()[0]
        assert figures.calls == 2 and figures.failed == 1
        assert connection.calls.by_operation == {"post selfsubjectreviews": 2}
        await connection.close()


async def test_refused_connection_has_words() -> None:
    clock = ManualClock()
    connection = await connect("http://127.0.0.1:9", clock)
    rigged = Rig(connection, clock)
    rigged.start()
    await rigged.until(lambda: (f := rigged.fresh()) and f.state is FreshState.UNREACHABLE)
    fresh = rigged.fresh()
    assert fresh is not None and "connection to cluster test failed (127.0.0.1:9)" in fresh.message
    await rigged.stop()
