"""Who we are to a cluster: the Authorization header, kept fresh.

Every request asks for the header, so asking is cheap; it is made anew when it is about to end and at once when the server
refused it, by one caller while the others wait (single flight). Secrets never leave as text but in the header itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from tui.model.clock import Clock
from tui.model.errors import ApiError, Trouble
from tui.model.secret import Secret

#: what could not be made is not tried again for every waiting request, but at most this often (seconds)
AGAIN = 2.0


class Credential(NamedTuple):
    """A header's value and how many seconds it may be used (None: until it is refused)."""

    header: Secret | None
    seconds: float | None = None


Make = Callable[[], Awaitable[Credential]]


class Auth:
    """The header of one cluster. ``make`` gets a new one; it raises ApiError where it cannot."""

    def __init__(self, clock: Clock, make: Make, *, renewable: bool = True) -> None:
        self._clock = clock
        self._make = make
        self._renewable = renewable
        self._lock = asyncio.Lock()
        self._header: Secret | None = None
        self._made = False
        self._until: float | None = None
        self._failure: tuple[float, ApiError] | None = None
        #: how often a credential was made, for ``:calls`` and tests
        self.made = 0

    async def header(self) -> Secret | None:
        """The current header, made or renewed where needed; None for a user without one (client certificate)."""
        if self._fresh():
            return self._header
        async with self._lock:
            if not self._fresh():
                await self._renew()
        return self._header

    async def refused(self, header: Secret | None) -> bool:
        """The server answered 401 to ``header``: get another. False where there is no other to try."""
        if not self._renewable:
            return False
        async with self._lock:
            if self._header == header:
                before = self._header
                await self._renew()
                return self._header != before
        return True

    def _fresh(self) -> bool:
        return self._made and (self._until is None or self._clock.monotonic() < self._until)

    async def _renew(self) -> None:
        now = self._clock.monotonic()
        if self._failure is not None and now - self._failure[0] < AGAIN:
            raise self._failure[1]
        try:
            credential = await self._make()
        except ApiError as error:
            self._failure = (self._clock.monotonic(), error)
            raise
        self._failure = None
        self._header = credential.header
        self._made = True
        self.made += 1
        self._until = None if credential.seconds is None else self._clock.monotonic() + credential.seconds


def fixed(clock: Clock, header: Secret | None) -> Auth:
    """A header that never changes (a token or password of the kubeconfig), or none."""

    async def make() -> Credential:
        return Credential(header)

    return Auth(clock, make, renewable=False)


def from_file(clock: Clock, path: str, again: float = 60.0) -> Auth:
    """``tokenFile``: read again each minute (service account tokens rotate), and when refused."""

    async def make() -> Credential:
        try:
            text = await asyncio.to_thread(Path(path).read_text)
        except OSError as error:
            raise ApiError(Trouble.NO_CREDENTIALS, f"the token file {path} cannot be read: {error.strerror}") from error
        return Credential(Secret(f"Bearer {text.strip()}"), again)

    return Auth(clock, make)
