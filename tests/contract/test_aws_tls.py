"""AWS over TLS and through proxies: the embedded world behind a TLS front of the test's own, read by the real hub.

Right CA, wrong CA, wrong name, expired, HTTPS_PROXY, NO_PROXY: what the freshness says, what stays on screen, how it recovers,
how many calls came through.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
import trustme

from tests.contract.test_aws_world import Session
from tests.embedded import World, embedded_world, settings_for
from tests.proxies import Proxy, proxied
from tui.model import ManualClock
from tui.model.errors import ApiError
from tui.sources.connector import fetch_bytes
from tui.sources.hub import Hub
from tui.store import FreshState, Store

CA = trustme.CA()
OTHER = trustme.CA()
DAY = timedelta(days=1)
GOOD = CA.issue_cert("127.0.0.1")
PAST = CA.issue_cert("127.0.0.1", not_before=datetime.now(UTC) - 2 * DAY, not_after=datetime.now(UTC) - DAY)
UNTRUSTED = OTHER.issue_cert("127.0.0.1")
MISNAMED = CA.issue_cert("ecs.example")


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


class Front(Proxy):
    """TLS in front of a plain port; ``show`` changes its certificate and ends what is open."""

    scheme = "https"

    def __init__(self, to: str) -> None:
        super().__init__()
        self._to = urlsplit(to)
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.opened = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        await self.join(reader, writer, self._to.hostname or "", self._to.port or 0, b"")

    def show(self, certificate: trustme.LeafCert) -> None:
        certificate.configure_cert(self._context)
        self.cut()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0, ssl=self._context)
        try:
            yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()
            self.cut()


@asynccontextmanager
async def behind(
    world: World, folder: Path, patch: pytest.MonkeyPatch, certificate: trustme.LeafCert, **variables: str
) -> AsyncIterator[tuple[Session, Front]]:
    """A session whose endpoint is the front; AWS_CA_BUNDLE names our CA unless ``variables`` say otherwise."""
    bundle = folder / "ca.pem"
    CA.cert_pem.write_to_path(str(bundle))
    front = Front(world.running.env["AWS_ENDPOINT_URL"])
    front.show(certificate)
    async with front.serving() as url:
        settings = settings_for(world, folder, **{"kubernetes.enabled": False})
        for name, value in {"AWS_CA_BUNDLE": str(bundle), **variables, "AWS_ENDPOINT_URL": url}.items():
            patch.setenv(name, value)
        clock = ManualClock(world.time)
        loop = asyncio.get_running_loop()
        store = Store(clock, lambda delay, call: loop.call_later(min(delay, 0.01), call))
        hub = Hub(settings, store, census=False, random=Random(1))
        world.reset_calls()
        await hub.start()
        try:
            yield Session(world, hub, store, clock), front
        finally:
            await hub.stop()


def calls(world: World) -> int:
    return sum(world.calls().values())


WRONG = [
    (UNTRUSTED, "is signed by a CA that is not trusted here", "AWS_CA_BUNDLE"),
    (MISNAMED, "is for another name", "use the name"),
    (PAST, "has expired", "clock"),
]


@pytest.mark.parametrize(("certificate", "words", "hint"), WRONG, ids=["wrong CA", "wrong name", "expired"])
async def test_a_certificate_that_is_not_accepted(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, certificate: trustme.LeafCert, words: str, hint: str
) -> None:
    """Nothing is sent, the place says why; rows that were read stay with their age; the right one is found by itself."""
    async with behind(world, tmp_path, monkeypatch, certificate) as (one, front):
        one.look("services")
        await one.until(lambda: one.states("services") == {FreshState.UNREACHABLE}, words)
        (entry,) = one.entries("services")
        assert f"the certificate of 127.0.0.1:{front_port(one)} {words}" in entry.message and hint in entry.hint
        assert entry.next_try is not None and entry.last_success is None and calls(world) == 0
        front.show(GOOD)
        await one.services()
        before = {row.key for row in one.rows("services")}
        front.show(certificate)
        await one.until(lambda: one.states("services") == {FreshState.UNREACHABLE}, "gone bad")
        assert {row.key for row in one.rows("services")} == before
        assert all(words in e.message and e.last_success and e.next_try for e in one.entries("services"))
        world.reset_calls()
        tried = front.opened
        await one.pass_by(10)
        assert calls(world) == 0 and front.opened - tried <= 50, "three clusters, full-jitter backoff, two attempts a call"
        front.show(GOOD)
        await one.until(lambda: one.states("services") == {FreshState.POLLING}, "mended by itself")


def front_port(one: Session) -> int:
    import os

    return urlsplit(os.environ["AWS_ENDPOINT_URL"]).port or 0


async def test_through_a_connect_proxy_and_past_it(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Proxy()
    async with proxied(proxy) as url:
        async with behind(world, tmp_path, monkeypatch, GOOD, HTTPS_PROXY=url) as (one, _):
            one.look("services")
            await one.services()
            assert set(proxy.targets) == {f"127.0.0.1:{front_port(one)}"}
            before = {row.key for row in one.rows("services")}
            proxy.refuses = True
            proxy.cut()
            await one.until(lambda: one.states("services") == {FreshState.UNREACHABLE}, "refused")
            (first, *_) = one.entries("services")
            assert f"the proxy {url.removeprefix('http://')} refused the connection (403 Forbidden by policy)" in first.message
            assert first.hint == "see HTTPS_PROXY and NO_PROXY" and {row.key for row in one.rows("services")} == before
            proxy.refuses = False
            await one.until(lambda: one.states("services") == {FreshState.POLLING}, "mended by itself")
        proxy.targets.clear()
        async with behind(world, tmp_path, monkeypatch, GOOD, HTTPS_PROXY=url, NO_PROXY="127.0.0.1") as (one, _):
            one.look("services")
            await one.services()
            assert proxy.targets == []


async def test_a_proxy_that_is_not_there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = "http://anna:hunter2@127.0.0.1:9"
    async with behind(world, tmp_path, monkeypatch, GOOD, HTTPS_PROXY=closed) as (one, front):
        one.look("services")
        await one.until(lambda: one.states("services") == {FreshState.UNREACHABLE}, "no proxy")
        (entry,) = one.entries("services")
        assert "the proxy 127.0.0.1:9 cannot be reached: connection refused" in entry.message
        assert entry.hint == "see HTTPS_PROXY and NO_PROXY" and "hunter2" not in f"{one.hub.errors()}{entry}"
        assert calls(world) == 0 and front.opened == 0


async def test_a_proxy_that_aws_cannot_be_reached_through(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with behind(world, tmp_path, monkeypatch, GOOD, HTTPS_PROXY="socks5://127.0.0.1:9") as (one, _):
        one.look("services")
        await one.until(lambda: bool(one.states("services") - {FreshState.LOADING}), "an answer")
        (entry,) = one.entries("services")
        assert "HTTPS_PROXY is a SOCKS proxy" in entry.message and "http://" in entry.hint, entry


async def test_a_ca_bundle_that_is_not_there(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with behind(world, tmp_path, monkeypatch, GOOD, AWS_CA_BUNDLE=str(tmp_path / "none.pem")) as (one, _):
        one.look("services")
        await one.until(lambda: bool(one.states("services") - {FreshState.LOADING}), "an answer")
        (entry,) = one.entries("services")
        assert f"AWS_CA_BUNDLE ({tmp_path / 'none.pem'}) cannot be used: No such file" in entry.message and entry.hint
        (tmp_path / "none.pem").write_text("no PEM")
        one.store.interest.refresh()
        await one.until(lambda: "such file" not in one.entries("services")[0].message, "read again")
        assert "cannot be used" in one.entries("services")[0].message
        CA.cert_pem.write_to_path(str(tmp_path / "none.pem"))
        await one.services()


async def test_layers_of_images_trust_what_aws_calls_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        writer.close()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    GOOD.configure_cert(context)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/layer"
    with pytest.raises(ApiError, match="cannot be fetched"):
        await fetch_bytes(url, loopback_only=False, most=10)
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    assert await fetch_bytes(url, loopback_only=False, most=10) == b"{}"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with pytest.raises(ApiError, match="AWS_CA_BUNDLE"):
        await fetch_bytes(url, loopback_only=False, most=10)
    server.close()
