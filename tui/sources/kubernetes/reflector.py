"""Keeps one kind of one scope in the store as the API server has it: list, watch, list again when told to.

The rules are client-go's (informers), each with a test: WatchList where the server has it, else pages of 500; a watch
from the list's version with bookmarks; a clean end goes on from the last version; 410 lists again and removes what is
gone; very short empty watches mean a version that the server silently lost. A watch is fresh while its connection lives.
Nobody interested: after a while no watch.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import msgspec

from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.sources.backoff import Backoff
from tui.sources.base import Source
from tui.sources.gc_guard import guard
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.kubernetes.decode import Place
from tui.sources.kubernetes.errors import Gone, nonsense
from tui.sources.kubernetes.initial import Initial, slices
from tui.sources.kubernetes.kinds import EventOf, Kind
from tui.sources.kubernetes.lists import Listing
from tui.sources.kubernetes.status import Reporter
from tui.sources.kubernetes.stream import Events, Lines
from tui.sources.polling import Waker
from tui.store import InterestNews, Stamp

PAGE = 500
BACKOFF_BASE = 0.8
BACKOFF_CEILING = 30.0
#: a connection that lived this long ends the count of failures
HEALTHY = 120.0
#: a watch that ends sooner, without one byte, is suspicious; this many in a row and the list is read again
SHORT, SHORT_LIMIT = 5.0, 3
#: so many listings in a row that broke off as WatchList, and pages are used (its last bookmark may never come)
BROKEN_OFF = 3
#: seconds for which a watch lives on when nobody looks any more: panes are left and come back to
LINGER = 30.0


class Reflector:
    """One kind in one namespace (or all, ``""``). ``denied_ends``: 403 is raised to the caller instead of waited out."""

    def __init__(
        self, source: Source, connection: KubernetesConnection, kind: Kind, namespace: str = "", *, denied_ends: bool = False
    ) -> None:
        self._source = source
        self._store = source.store
        self._clock = source.clock
        self._random = source.context.random
        self._connection = connection
        self._kind = kind
        self._denied_ends = denied_ends
        self._path = kind.path(namespace)
        self._place = Place(connection.scope)
        self.scope = self._place.at(namespace)
        self._report = Reporter(source, kind.kind, self.scope)
        self._backoff = Backoff(self._random, base=BACKOFF_BASE, ceiling=BACKOFF_CEILING)
        self._waker = Waker(source)
        self._interest = asyncio.Event()
        self._version = ""
        self._short = 0
        self._whole_list = False
        self._broken_off = 0
        #: a stream that brought something may be opened again at once when it breaks, but only once in a row
        self._delivered = False

    # -- whether anybody looks -------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work while somebody is interested, until cancelled."""
        subscription = self._store.interest.subscribe(self._heard)
        try:
            while True:
                await self._until(wanted=True)
                await self._while_wanted()
                self._report.paused()
        finally:
            subscription.close()

    def _heard(self, news: InterestNews) -> None:
        if news.kind in ("", self._kind.kind):
            self._interest.set()
            if news.refresh:
                self._waker.wake()

    def _wanted(self) -> bool:
        return self._store.interest.urgency(self._kind.kind, self.scope) is not None

    async def _until(self, *, wanted: bool) -> None:
        while self._wanted() is not wanted:
            self._interest.clear()
            await self._interest.wait()

    async def _while_wanted(self) -> None:
        """Reflect until the interest has been gone for a while; errors of the work come out here."""
        work = asyncio.ensure_future(self._reflect())
        leaving = asyncio.ensure_future(self._left())
        try:
            await asyncio.wait((work, leaving), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
        finally:
            for task in (work, leaving):
                task.cancel()
            await asyncio.gather(work, leaving, return_exceptions=True)

    async def _left(self) -> None:
        """Return when nobody has been interested for ``LINGER`` seconds."""
        while self._wanted():
            await self._until(wanted=False)
            await self._clock.sleep(LINGER)

    # -- the loop --------------------------------------------------------------------------------------------------

    async def _reflect(self) -> None:
        while True:
            began = self._clock.monotonic()
            stamp = self._store.stamp()
            self._delivered = False
            try:
                await self._turn()
            except Gone:
                self._version = ""
                if self._backoff.failures:
                    await self._waker.sleep(self._backoff.next())
                else:
                    self._backoff.next()
            except ApiError as error:
                if error.trouble is Trouble.DENIED and self._denied_ends:
                    raise
                if self._clock.monotonic() - began >= HEALTHY:
                    self._backoff.reset()
                if self._delivered and not self._backoff.failures:
                    self._backoff.next()  # a cut stream that worked: again at once, the rows are still as new as can be
                    continue
                await self._failed(error)
            finally:
                self._report.tried(stamp)
            if self._clock.monotonic() - began >= HEALTHY:
                self._backoff.reset()

    async def _turn(self) -> None:
        """One listing (and the watch that follows it), or one watch. Returns at the clean end of a stream."""
        if self._version:
            await self._watch()
        elif self._connection.watch_list and not self._whole_list and self._broken_off < BROKEN_OFF:
            try:
                await self._watch_list()
            except ApiError as error:
                if error.trouble is not Trouble.INVALID:
                    raise
                self._connection.watch_list = False  # a server without WatchList answers 400 or 422: not asked again
        else:
            await self._list()

    async def _failed(self, error: ApiError) -> None:
        wait = self._backoff.next(error)
        self._report.failed(error, wait)
        if await self._waker.sleep(wait):
            self._connection.access.forget()

    # -- listing ---------------------------------------------------------------------------------------------------

    async def _list(self) -> None:
        """Pages of 500 without a resourceVersion (with 0 a server may ignore the limit)."""
        self._report.loading()
        relist = self._store.begin(self._kind.kind, self.scope, self._store.stamp())
        query = {} if self._whole_list else {"limit": str(PAGE)}
        count = 0
        try:
            with guard:
                while True:
                    listing = await self._page(query)
                    for objects in listing.batches():
                        for rows in slices(objects):
                            relist.page([self._kind.row(o, self._place) for o in rows])
                            count += len(rows)
                            await asyncio.sleep(0)
                    self._report.refused(listing.unreadable, listing.problem)
                    if not listing.meta.continue_:
                        break
                    self._report.loading(count, listing.meta.remaining_item_count)
                    query = {"limit": str(PAGE), "continue": listing.meta.continue_}
            relist.end()
        except Gone:
            # the continue token has expired: once more in one piece, since this cluster changes too fast for pages
            self._whole_list = True
            raise
        finally:
            relist.abort()
        self._whole_list = False
        self._seen(listing.meta.resource_version)

    async def _page(self, query: dict[str, str]) -> Listing:
        body = await self._connection.requests.read(self._path, query, what=f"list {self._kind.resource}")
        try:
            return Listing(self._kind, body)
        except msgspec.MsgspecError as error:
            place = self._connection.endpoint.place
            raise nonsense(error, body, f"GET {self._path}", place) from error

    # -- watching --------------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        query = self._watch_query() | {"resourceVersion": self._version}
        began = self._clock.monotonic()
        await self._stream(query, None)
        if not self._delivered and self._clock.monotonic() - began < SHORT:
            self._short += 1
            if self._short >= SHORT_LIMIT:
                self._short, self._version = 0, ""
            await self._waker.sleep(self._backoff.next())
        else:
            self._short = 0

    async def _watch_list(self) -> None:
        """The list as the beginning of the watch: one request, and no page is ever held whole."""
        self._report.loading()
        self._broken_off += 1  # until it has come to its end
        query = self._watch_query() | {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan"}
        relist = self._store.begin(self._kind.kind, self.scope, self._store.stamp())
        await self._stream(query, Initial(relist, self._row, self._report))

    def _watch_query(self) -> dict[str, str]:
        seconds = self._random.randint(300, 600)
        return {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(seconds)}

    async def _stream(self, query: dict[str, str], initial: Initial | None) -> None:
        requests = self._connection.requests
        operation = f"GET {self._path}?watch"
        events = Events(self._kind, operation, self._connection.endpoint.place)
        lines = Lines()
        what = f"watch {self._kind.resource}"
        with contextlib.ExitStack() as ends:
            if initial is not None:
                ends.enter_context(initial)
            async with requests.open(self._path, query, what=what, timeouts=requests.timeouts.for_watch()) as response:
                if initial is None:
                    self._report.live()
                async for piece in response.content.iter_any():
                    self._delivered = True
                    whole = lines.feed(piece)
                    if not whole:
                        continue
                    decoded, error = events.decode(whole)
                    self._report.refused(events.unreadable, events.problem)
                    events.unreadable = 0
                    if initial is not None:
                        decoded = await initial.take(decoded)
                        if initial.done:
                            ends.close()
                            initial = None
                            self._broken_off = 0
                            self._report.live()
                    self._apply(decoded, self._store.stamp())
                    if error is not None:
                        raise error
                    await asyncio.sleep(0)
            if initial is not None:
                words = f"{self._connection.endpoint.place} ended the listing of {self._kind.resource} before it was whole"
                raise ApiError(Trouble.UNREACHABLE, words, operation=operation)

    def _apply(self, events: list[EventOf[Any]], stamp: Stamp) -> None:
        """One batch to the store; of several events of one object the last one counts."""
        changed: dict[str, Row | None] = {}  # by uid
        versions: list[str] = []
        for event in events:
            meta = event.object.metadata
            if event.type == "BOOKMARK":
                versions.append(meta.resource_version)
                continue
            changed.pop(meta.uid, None)
            changed[meta.uid] = None if event.type == "DELETED" else self._kind.row(event.object, self._place)
        if changed:
            self._store.upsert([row for row in changed.values() if row is not None], stamp)
            gone = [self._place.key(self._kind.kind, uid) for uid, row in changed.items() if row is None]
            if gone:
                self._store.remove(self.scope.owner, gone, stamp)
        if events:
            versions.append(events[-1].object.metadata.resource_version)
        for version in versions:
            self._seen(version)

    def _row(self, object: Any) -> Row:
        return self._kind.row(object, self._place)

    def _seen(self, version: str) -> None:
        """Versions are opaque: the last one is kept, none is compared but for equality."""
        if version:
            self._version = version
            self._report.watched(version)
