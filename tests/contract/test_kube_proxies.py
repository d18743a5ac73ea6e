"""API servers behind proxies: HTTP CONNECT and SOCKS 5, by ``proxy-url`` and by the environment; refused, absent, wrong."""

from __future__ import annotations

import pytest

from tests.contract.kube_api import Api, Rig, listing, pod, rig
from tests.contract.test_kube_tls import CA, OTHER, opened, pem, secure
from tests.proxies import Proxy, Socks, proxied
from tui.model.errors import ApiError
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import Context
from tui.sources.kubernetes.proxies import proxy_for
from tui.sources.kubernetes.request import Timeouts
from tui.store import FreshState


async def said(r: Rig, words: str) -> None:
    await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
    fresh = r.fresh()
    assert fresh is not None and words in fresh.message and fresh.hint == "check proxy-url and HTTPS_PROXY"
    assert fresh.next_try is not None and fresh.next_try > r.clock.now()


def target(api: Api) -> str:
    return api.url.removeprefix("https://")


@pytest.mark.parametrize("proxy", [Proxy(), Socks(), Socks(user="an na")], ids=["connect", "socks5", "socks5 with a password"])
async def test_through_a_proxy(proxy: Proxy) -> None:
    async with secure(CA.issue_cert("127.0.0.1")) as api, proxied(proxy) as url:
        if "password" not in url and isinstance(proxy, Socks) and proxy._user:
            url = url.replace("://", "://an%20na:secret@")
        async with rig(api.url, certificate_authority=pem(CA), proxy_url=url) as r:
            await r.until(lambda: r.names == ["a"])
            assert set(proxy.targets) == {target(api)}


@pytest.mark.parametrize("kind", [Proxy, Socks])
async def test_a_proxy_that_refuses_or_is_not_there_and_comes_back(kind: type[Proxy]) -> None:
    refusal = "refused the connection" if kind is Socks else "refused the connection (403"
    async with secure(CA.issue_cert("127.0.0.1")) as api:
        proxy = kind(refuses=True)
        async with proxied(proxy) as url, rig(api.url, certificate_authority=pem(CA), proxy_url=url) as r:
            await said(r, f"the proxy before cluster test {refusal}")
            assert not api.requests
            proxy.refuses = False
            r.clock.advance(60)
            await r.until(lambda: r.names == ["a"])
        closed = f"{kind.scheme}://127.0.0.1:9"
        async with rig(api.url, certificate_authority=pem(CA), proxy_url=closed) as r:
            await said(r, "the proxy before cluster test cannot be reached: connection refused")


async def test_a_password_that_the_proxy_does_not_take_is_not_shown() -> None:
    async with secure(CA.issue_cert("127.0.0.1")) as api, proxied(Socks(user="anna")) as url:
        wrong = url.replace("://", "://anna:hunter2@")
        async with rig(api.url, certificate_authority=pem(CA), proxy_url=wrong) as r:
            await said(r, "the proxy before cluster test refused the connection")
            assert (f := r.fresh()) and "hunter2" not in f.message


async def test_a_certificate_is_checked_behind_socks_too() -> None:
    async with secure(CA.issue_cert("127.0.0.1")) as api, proxied(Socks()) as url:
        async with rig(api.url, certificate_authority=pem(OTHER), proxy_url=url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
            assert (f := r.fresh()) and "is signed by another CA" in f.message
        async with rig(api.url, certificate_authority=pem(CA), proxy_url=url, tls_server_name="other") as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
            assert (f := r.fresh()) and "is for another name" in f.message and not api.requests


async def test_a_name_that_only_the_proxy_knows() -> None:
    """A private endpoint by the proxy's DNS, from the environment's HTTPS_PROXY, under a name of the kubeconfig's choice."""
    proxy = Socks(names={"api.internal.example": "127.0.0.1"})
    async with secure(CA.issue_cert("kubernetes.default")) as api, proxied(proxy) as url:
        port = api.url.rpartition(":")[2]
        context = Context(
            name="c",
            server=f"https://api.internal.example:{port}",
            certificate_authority=pem(CA),
            tls_server_name="kubernetes.default",
        )
        options = Options(timeouts=Timeouts(2.0, 2.0), environment={"HTTPS_PROXY": url})
        connection = await KubernetesConnection.open_context(Given(context), "c", options)  # type: ignore[arg-type]
        try:
            api.say(listing([pod("a")]))
            assert len((await connection.get("/api/v1/pods"))["items"]) == 1
        finally:
            await connection.close()
    assert proxy.targets == [f"api.internal.example:{port}"]


class Given:
    """A kubeconfig of one context."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def context(self, name: str) -> Context:
        return self._context


@pytest.mark.parametrize("url", ["ftp://u:hunter2@127.0.0.1:1", "socks5://", "127.0.0.1:3128", "http://127.0.0.1:99999"])
async def test_what_is_no_proxy_is_said_before_anything_is_sent(url: str) -> None:
    with pytest.raises(ApiError) as raised:
        await opened(Context(name="c", server="https://127.0.0.1:1", proxy_url=url))
    assert "the proxy of cluster c" in str(raised.value) and "socks5://HOST:PORT" in raised.value.hint
    assert "hunter2" not in str(raised.value)


async def test_the_demo_uses_no_proxy_elsewhere() -> None:
    with pytest.raises(ApiError, match="connects to this machine only"):
        await opened(Context(name="c", server="https://127.0.0.1:1", proxy_url="socks5://192.0.2.1:1080"))


def test_proxies_of_the_environment() -> None:
    environment = {"HTTPS_PROXY": "proxy:3128", "NO_PROXY": "10.0.0.0/8,.internal.example,exact.example:443"}
    assert proxy_for("https://api.example", environment) == "http://proxy:3128"
    assert proxy_for("https://api.example", {"https_proxy": "socks5://p:1"}) == "socks5://p:1"
    for server in ("https://10.1.2.3:6443", "https://a.internal.example", "https://exact.example", "https://127.0.0.1:1"):
        assert proxy_for(server, environment) == ""
    assert proxy_for("https://x", {**environment, "NO_PROXY": "*"}) == ""
    assert proxy_for("http://api.example", environment) == "" and proxy_for("https://x", {}) == ""
