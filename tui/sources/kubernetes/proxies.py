"""Ways to an API server through somebody else's machine: HTTP proxies (CONNECT) and SOCKS 5, by kubeconfig or environment.

As client-go has it: a kubeconfig's ``proxy-url`` goes before the environment, http, https and socks5 are understood, and
behind SOCKS it is the proxy that resolves names (a private endpoint often has a name only there).
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from tui.model.errors import ApiError, Trouble
from tui.sources.connector import is_loopback

HTTP = ("http", "https")
SOCKS = ("socks5", "socks5h")
SOCKS_PORT = 1080


def proxy_for(server: str, environment: Mapping[str, str] | None = None) -> str:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY mean for ``server`` (names, suffixes, addresses, CIDR ranges)."""
    variables = os.environ if environment is None else environment
    parts = urlsplit(server)
    host = parts.hostname or ""
    name = f"{parts.scheme}_proxy"
    proxy = variables.get(name.upper()) or variables.get(name) or ""
    if not proxy or is_loopback(host):
        return ""
    unwanted = variables.get("NO_PROXY") or variables.get("no_proxy") or ""
    if any(_matches(entry.strip(), host) for entry in unwanted.split(",") if entry.strip()):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def _matches(entry: str, host: str) -> bool:
    if entry == "*":
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        suffix = entry.rpartition(":")[0] or entry
        return host == suffix.lstrip(".") or host.endswith("." + suffix.lstrip("*."))


def checked_proxy(url: str, place: str) -> str:
    """``url`` if it is a proxy that we can use. Raises ApiError, without the user and password that it may hold."""
    parts = urlsplit(url)
    try:
        usable = not url or (parts.scheme in HTTP + SOCKS and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        usable = False
    if usable:
        return url
    shown = f"{parts.scheme}://{parts.hostname or ''}" if parts.scheme else "without a scheme"
    raise ApiError(
        Trouble.INVALID,
        f"the proxy of {place} ({shown}) cannot be used",
        operation="connect",
        hint="proxy-url is http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT",
    )


def is_socks(url: str) -> bool:
    """Whether ``url`` is a SOCKS proxy's, for which aiohttp needs a connector of its own."""
    return urlsplit(url).scheme in SOCKS


def socks_connector(url: str, context: ssl.SSLContext, tls_server_name: str) -> Any:
    """A connector that reaches everything through the SOCKS proxy ``url``; to be made in the loop, and closed."""
    from aiohttp_socks import ProxyConnector, ProxyType

    parts = urlsplit(url)
    if tls_server_name:
        _ask_for(context, tls_server_name)
    return ProxyConnector(
        host=parts.hostname or "",
        port=parts.port or SOCKS_PORT,
        proxy_type=ProxyType.SOCKS5,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        rdns=True,
        limit=0,
        ssl=context,
    )


def _ask_for(context: ssl.SSLContext, name: str) -> None:
    """Have ``context`` expect a certificate for ``name``: the library takes no other name than the server's own."""
    wrap = context.wrap_bio

    def wrap_bio(incoming: Any, outgoing: Any, server_side: bool = False, *_: Any, **__: Any) -> ssl.SSLObject:
        return wrap(incoming, outgoing, server_side, name)

    context.wrap_bio = wrap_bio  # type: ignore[method-assign]


def socks_failure(error: BaseException) -> str:
    """What a SOCKS proxy's failure is in words, empty for any other error. The library's errors are plain exceptions."""
    library: Any = sys.modules.get("aiohttp_socks")
    if library is None:
        return ""
    if isinstance(error, library.ProxyTimeoutError):
        return "did not answer in time"
    if isinstance(error, library.ProxyConnectionError):
        cause = error.__cause__
        why = os.strerror(cause.errno).lower() if isinstance(cause, OSError) and cause.errno else str(error)
        return f"cannot be reached: {why}"
    if isinstance(error, library.ProxyError):
        return f"refused the connection ({error})"
    return ""
