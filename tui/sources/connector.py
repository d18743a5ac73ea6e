"""What a client may connect to. In the demo and in tests: loopback, and nothing else.

The check sits where a socket is made, after names were resolved, so that neither a name, nor a proxy, nor a redirect leads
past it.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
from typing import Any

from tui.model.errors import ApiError, Trouble


def is_loopback(host: str) -> bool:
    """Whether ``host`` is a literal loopback address, or ``localhost``."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.split("%", 1)[0]).is_loopback
    except ValueError:
        return False


class NotLoopback(OSError):
    """A connection that the demo's guard refused."""


def loopback_socket(address: Any) -> socket.socket:
    """aiohttp's ``socket_factory``: a socket for a resolved address (as ``getaddrinfo`` gives it), if it is loopback."""
    family, kind, protocol, _, place = address
    if family not in (socket.AF_INET, socket.AF_INET6) or not is_loopback(str(place[0])):
        raise NotLoopback(errno.EACCES, f"the demo connects to this machine only, not to {place[0]}")
    made = socket.socket(family=family, type=kind, proto=protocol)
    made.setblocking(False)
    return made


def require_loopback(url_host: str) -> None:
    """Raise ApiError unless ``url_host`` is loopback: for a clear word before anything is tried."""
    if not is_loopback(url_host):
        raise ApiError(Trouble.UNREACHABLE, f"the demo connects to this machine only, not to {url_host}")


async def fetch_bytes(url: str, *, loopback_only: bool, most: int, seconds: float = 10.0) -> bytes:
    """GET a presigned URL (a layer of an image): at most ``most`` bytes, trusting what AWS calls trust. Raises ApiError."""
    import aiohttp

    bundle = "" if loopback_only else os.environ.get("AWS_CA_BUNDLE", "")
    try:
        trust: ssl.SSLContext | bool = await asyncio.to_thread(ssl.create_default_context, cafile=bundle) if bundle else True
    except OSError as error:
        raise ApiError(Trouble.UNREACHABLE, f"AWS_CA_BUNDLE {bundle} cannot be used: {error.strerror or error}") from error
    connector = aiohttp.TCPConnector(socket_factory=loopback_socket if loopback_only else None, ssl=trust)
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout, trust_env=not loopback_only) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise ApiError(Trouble.ERROR, f"GET {response.url.host} answered HTTP {response.status}")
            body = await response.content.read(most + 1)
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise ApiError(Trouble.UNREACHABLE, f"a layer cannot be fetched: {error}") from error
    if len(body) > most:
        raise ApiError(Trouble.NONSENSE, f"a layer is larger than {most} bytes")
    return body
