"""Requests to one API server as raw bytes: guarded, timed, counted, with errors in our words.

The typed client would cost 25 times the time and ten times the memory on a large list (and its watch repeats requests
that failed), so only its configuration and session are used. Reads are tried again once, after a 401 with a new
credential; everything else that can be tried again is the caller's decision. Writes are one attempt, always.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec

from tui.model.errors import ApiError, Trouble
from tui.sources.aws.limits import Priority
from tui.sources.kubernetes.auth import Auth
from tui.sources.kubernetes.calls import Calls
from tui.sources.kubernetes.errors import from_answer, from_failure, nonsense
from tui.sources.kubernetes.guard import call_name, is_read
from tui.sources.kubernetes.proxies import socks_failure

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientTimeout


class Timeouts(msgspec.Struct, frozen=True):
    """Seconds. ``connect``: TCP and TLS. ``read``: between two pieces of an answer; None waits for ever."""

    connect: float = 5.0
    read: float | None = 60.0

    def for_watch(self) -> Timeouts:
        """A watch has a bookmark about once a minute."""
        return Timeouts(self.connect, 90.0)

    def for_log(self) -> Timeouts:
        """A container may be silent for days."""
        return Timeouts(self.connect, None)


class Requests:
    """One cluster's requests. ``client``: a ``kubernetes.aio`` ApiClient, whose session carries them."""

    def __init__(
        self,
        client: Any,
        auth: Auth,
        calls: Calls,
        *,
        place: str,
        host: str,
        read_only: bool = False,
        timeouts: Timeouts | None = None,
    ) -> None:
        #: replaced where a plugin gives a new client certificate
        self.client = client
        self._auth = auth
        self.calls = calls
        self.place = place
        self._host = host
        self.read_only = read_only
        self.timeouts = timeouts or Timeouts()

    @asynccontextmanager
    async def open(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        what: str = "",
        timeouts: Timeouts | None = None,
        accept: str = "application/json",
        priority: Priority = Priority.VISIBLE,
    ) -> AsyncIterator[ClientResponse]:
        """GET ``path`` and give the answer's stream; its end or an error within closes it. ``what``: ``"list pods"``."""
        response = await self._send("GET", path, query, None, what=what, timeouts=timeouts, accept=accept, priority=priority)
        try:
            yield response
        except ApiError:
            raise
        except Exception as error:
            if _is_transport(error):
                raise from_failure(error, f"GET {path}", self.place, self._host) from error
            raise
        finally:
            # an unread rest is not drained: the connection is given up
            response.close()

    async def read(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        what: str = "",
        accept: str = "application/json",
        priority: Priority = Priority.VISIBLE,
    ) -> bytes:
        """GET, the body in one piece."""
        response = await self._send("GET", path, query, None, what=what, accept=accept, priority=priority)
        return await self._body(response, f"GET {path}")

    async def get(self, path: str, query: Mapping[str, str] | None = None, *, what: str = "") -> dict[str, Any]:
        """GET, the JSON as it came."""
        return self._json(await self.read(path, query, what=what, priority=Priority.ACTION), f"GET {path}")

    async def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        query: Mapping[str, str] | None = None,
        what: str = "",
    ) -> dict[str, Any]:
        """One attempt; reviews pass in read-only mode, nothing else does."""
        if self.read_only and not is_read(method, path):
            raise ApiError(
                Trouble.READ_ONLY, f"read-only: {method} {path} was not sent", operation=f"{method} {path}", code="ReadOnly"
            )
        response = await self._send(
            method, path, query, body, what=what, content_type=content_type, priority=Priority.ACTION, guarded=False
        )
        operation = f"{method} {path}"
        return self._json(await self._body(response, operation), operation)

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: Any,
        *,
        what: str = "",
        timeouts: Timeouts | None = None,
        accept: str = "application/json",
        content_type: str = "application/json",
        priority: Priority = Priority.VISIBLE,
        guarded: bool = True,
    ) -> ClientResponse:
        operation = f"{method} {path}"
        if guarded and not is_read(method, path):
            raise ApiError(Trouble.READ_ONLY, f"{operation} is not a read and was not sent", operation=operation)
        url = f"{self.client.configuration.host}{path}"
        if query:
            url = f"{url}?{urlencode(query)}"
        for attempt in (1, 2):
            header = await self._auth.header()
            headers = {**self.client.default_headers, "Accept": accept, "Content-Type": content_type}
            if header is not None:
                headers["Authorization"] = header.reveal()
            response, began = await self._attempt(
                method, url, headers, body, operation, what, timeouts or self.timeouts, priority
            )
            page = "html" in response.headers.get("Content-Type", "") and "html" not in accept
            if response.status < 300 and not page:
                self.calls.end(began, failed=False)
                return response
            error = from_answer(response.status, response.headers, await self._body(response, operation), operation, self.place)
            self.calls.end(began, failed=True, throttled=error.trouble is Trouble.THROTTLED)
            # a write is not sent twice, although a server that answers 401 has not looked at it
            if response.status == 401 and attempt == 1 and is_read(method, path) and await self._auth.refused(header):
                continue
            raise error
        raise AssertionError("a loop of two attempts ended without either")

    async def _attempt(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        body: Any,
        operation: str,
        what: str,
        timeouts: Timeouts,
        priority: Priority,
    ) -> tuple[ClientResponse, float]:
        await self.calls.acquire(priority)
        began = self.calls.begin(what or call_name(method, operation.partition(" ")[2]))
        try:
            answer = await self.client.call_api(method, url, headers, body, _request_timeout=_timeout(timeouts))
        except ApiError:
            self.calls.end(began, failed=True)
            raise
        except Exception as error:
            self.calls.end(began, failed=True)
            if _is_transport(error):
                raise from_failure(error, operation, self.place, self._host) from error
            raise
        response: ClientResponse = answer.response
        return response, began

    async def _body(self, response: ClientResponse, operation: str) -> bytes:
        try:
            return await response.read()
        except Exception as error:
            if _is_transport(error):
                raise from_failure(error, operation, self.place, self._host) from error
            raise
        finally:
            response.release()

    def _json(self, body: bytes, operation: str) -> dict[str, Any]:
        try:
            return msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise nonsense(error, body, operation, self.place) from error


def _timeout(timeouts: Timeouts) -> ClientTimeout:
    from aiohttp import ClientTimeout

    # total must be None: kubernetes.aio's default of 300 s would cut watches and log follows
    return ClientTimeout(total=None, sock_connect=timeouts.connect, sock_read=timeouts.read)


def _is_transport(error: BaseException) -> bool:
    """Whether an exception is a failed connection (rather than a fault of ours)."""
    from aiohttp import ClientError

    return isinstance(error, ClientError | TimeoutError | OSError) or bool(socks_failure(error))
