"""Addresses, proxies and certificates: what a session to an API server is made of."""

from __future__ import annotations

import hashlib
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from tui.model.errors import ApiError, Trouble
from tui.model.secret import Secret
from tui.sources.connector import loopback_socket, require_loopback
from tui.sources.kubernetes.proxies import is_socks, socks_connector

if TYPE_CHECKING:
    from aiohttp import TraceConfig


class Endpoint(Struct, frozen=True, kw_only=True):
    """Where a cluster is and how it proves itself. ``certificate_authority``: PEM, empty: the system's CAs."""

    server: str
    place: str
    certificate_authority: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy: str = ""

    @property
    def host(self) -> str:
        """``name:port``."""
        parts = urlsplit(self.server)
        return f"{parts.hostname or ''}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

    @property
    def identity(self) -> str:
        """``server URL#CA hash``: what tells one cluster from another without EKS."""
        digest = hashlib.sha256("".join(self.certificate_authority.split()).encode()).hexdigest()[:16]
        return f"{self.server}#{digest}"


def only_loopback(endpoint: Endpoint) -> None:
    """Refuse every address that is not this machine's (the demo and the tests cannot touch anything real)."""
    for url in (endpoint.server, endpoint.proxy):
        if url:
            require_loopback(urlsplit(url).hostname or "")


def own_connector(client: Any, endpoint: Endpoint, *, loopback_only: bool) -> Any:
    """A connector other than the library's where one is needed, to be closed by the caller: None, for a SOCKS proxy, or one
    that reaches loopback addresses only, whatever names resolve to (``only_loopback`` has checked a proxy's address)."""
    context = client.rest_client.ssl_context
    if is_socks(endpoint.proxy):
        made = socks_connector(endpoint.proxy, context, endpoint.tls_server_name)
    elif loopback_only:
        from aiohttp import TCPConnector

        made = TCPConnector(limit=0, ssl=context, socket_factory=loopback_socket)
    else:
        return None
    client.configuration.client_session_kwargs["connector"] = made
    return made


def build_client(endpoint: Endpoint, certificate: tuple[str, Secret] | None) -> Any:
    """An ApiClient of kubernetes.aio. Blocking (imports, TLS set-up): call it in a thread.

    The client certificate is written to a directory of our own for OpenSSL, which reads files only, and is gone again
    before this returns. Proxies of the environment are worked out here, since the session would take them for loopback
    too and read ``.netrc``.
    """
    from tui.sources.kubernetes.connect import load_library

    configuration_class, client_class = load_library()
    configuration = configuration_class(host=endpoint.server)
    configuration.ca_cert_data = endpoint.certificate_authority or None
    configuration.verify_ssl = not endpoint.insecure
    # Python 3.13 turns on VERIFY_X509_STRICT, which refuses the CAs of many clusters (no Authority Key Identifier)
    configuration.disable_strict_ssl_verification = True
    configuration.tls_server_name = endpoint.tls_server_name or None
    configuration.proxy = endpoint.proxy if endpoint.proxy and not is_socks(endpoint.proxy) else None
    configuration.connection_pool_maxsize = 0
    configuration.client_session_kwargs = {"trust_env": False, "read_bufsize": 1 << 18}
    configuration.trace_configs = [_no_redirects(endpoint.place)]
    with tempfile.TemporaryDirectory(prefix="pierhead-") as directory:
        if certificate is not None:
            pem, key = certificate
            configuration.cert_file = _file(directory, "client.crt", pem)
            configuration.key_file = _file(directory, "client.key", key.reveal())
        try:
            client = client_class(configuration)
        except (ssl.SSLError, ValueError, OSError) as error:
            what = "client certificate" if certificate is not None and endpoint.certificate_authority == "" else "CA certificate"
            raise ApiError(
                Trouble.NO_CREDENTIALS, f"the {what} for {endpoint.place} cannot be used: {error}", operation="connect"
            ) from error
    client.user_agent = "pierhead"
    return client


def _file(directory: str, name: str, text: str) -> str:
    path = Path(directory) / name
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return str(path)


def _no_redirects(place: str) -> TraceConfig:
    """API servers do not redirect; login pages and captive portals do, and must not get the token."""
    from aiohttp import TraceConfig

    async def refuse(_session: Any, _context: Any, params: Any) -> None:
        target = params.response.headers.get("Location", "")
        params.response.close()
        raise ApiError(
            Trouble.NONSENSE,
            f"{place} sends us on to {urlsplit(target).hostname or target or 'another place'}, which no Kubernetes API does",
            operation=f"{params.method} {params.url.path}",
            hint="a proxy or a login page stands between; check proxy-url, HTTPS_PROXY and NO_PROXY",
        )

    trace = TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace
