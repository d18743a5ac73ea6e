"""Proxies of a test's own on loopback: HTTP with CONNECT, and SOCKS 5 (RFC 1928, 1929). They keep what they were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager


class Proxy:
    """A CONNECT proxy; ``refuses`` answers 403. ``names``: addresses of names that only the proxy knows."""

    scheme = "http"

    def __init__(self, *, refuses: bool = False, names: Mapping[str, str] | None = None) -> None:
        self.refuses = refuses
        self.targets: list[str] = []
        self._names = names or {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.targets.append(head.split()[1])
        if self.refuses:
            writer.write(b"HTTP/1.1 403 Forbidden by policy\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        host, port = head.split()[1].rsplit(":", 1)
        await self.join(reader, writer, host, int(port), b"HTTP/1.1 200 Connection established\r\n\r\n")

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, port: int, yes: bytes) -> None:
        """Connect, say yes, and copy both ways until one side ends."""
        there, back = await asyncio.open_connection(self._names.get(host, host), port)
        writer.write(yes)
        for one, other in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._copy(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        except ConnectionError:
            pass  # the other end has gone: so does this one
        finally:
            writer.close()

    def cut(self) -> None:
        """End every connection that goes through."""
        for task in tuple(self._tasks):
            task.cancel()


class Socks(Proxy):
    """A SOCKS 5 proxy; with ``user`` only for who knows it and the password ``secret``."""

    scheme = "socks5"

    def __init__(self, *, user: str = "", refuses: bool = False, names: Mapping[str, str] | None = None) -> None:
        super().__init__(refuses=refuses, names=names)
        self._user = user

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, count = await reader.readexactly(2)
        offered = await reader.readexactly(count)
        writer.write(bytes([5, 2 if self._user and 2 in offered else 0]))
        if self._user and not await self._known(reader, writer):
            writer.close()
            return
        _, _, _, form = await reader.readexactly(4)
        if form == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = ".".join(str(part) for part in await reader.readexactly(4))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.targets.append(f"{host}:{port}")
        if self.refuses:
            writer.write(b"\x05\x02\x00\x01" + bytes(6))
            writer.close()
            return
        await self.join(reader, writer, host, port, b"\x05\x00\x00\x01" + bytes(6))

    async def _known(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        word = await reader.readexactly((await reader.readexactly(1))[0])
        known = (user.decode(), word) == (self._user, b"secret")
        writer.write(bytes([1, 0 if known else 1]))
        return known


@asynccontextmanager
async def proxied(proxy: Proxy) -> AsyncIterator[str]:
    """The URL of the running ``proxy``."""
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    try:
        yield f"{proxy.scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        proxy.cut()
