"""Watches: from a resourceVersion, with initial events or without, bookmarks, 410, timeouts; and cutting them on purpose."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.json import encode

from tui.simulator.kubernetes import errors, tables
from tui.simulator.kubernetes.faults import Faults
from tui.simulator.kubernetes.history import Entry, Stored
from tui.simulator.kubernetes.reading import partial
from tui.simulator.kubernetes.request import Selection, Target, flag, number, version
from tui.simulator.kubernetes.storage import Storage, decode
from tui.simulator.kubernetes.views import body_of

if TYPE_CHECKING:
    from aiohttp import web

INITIAL_CHUNK = 200  # events written at once while the first state is sent
NO_WATCH_LIST = (
    "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled"
)
NEEDS_MATCH = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
ONLY_MATCH = 'sendInitialEvents: Invalid value: resourceVersionMatch must be set to "NotOlderThan" when sendInitialEvents is set'


class Streams:
    """The open streams (watches, log follows), so that faults can cut them and the end of the world can close them."""

    def __init__(self) -> None:
        self._open: dict[asyncio.Event, web.BaseRequest] = {}

    def add(self, request: web.BaseRequest) -> asyncio.Event:
        """Note an open stream; the event is set when something may have happened to it."""
        wake = asyncio.Event()
        self._open[wake] = request
        return wake

    def remove(self, wake: asyncio.Event) -> None:
        """The stream ended."""
        self._open.pop(wake, None)

    def is_open(self, wake: asyncio.Event) -> bool:
        """False once the stream was told to end."""
        return wake in self._open

    def cut(self, *, clean: bool = False) -> int:
        """End all open streams: at once like a broken connection, or in good order; how many there were."""
        streams, self._open = self._open, {}
        for wake, request in streams.items():
            if not clean and request.transport is not None:
                request.transport.abort()
            wake.set()
        return len(streams)

    def __len__(self) -> int:
        return len(self._open)


class Watch:
    """One watch: turns the log's entries into events as its client asked for them."""

    def __init__(self, storage: Storage, target: Target, query: Mapping[str, str], form: str, now: float, faults: Faults) -> None:
        self.storage = storage
        self.target = target
        self.form = form
        self.include = query.get("includeObject", "Metadata")
        self.now = now
        self.selection = Selection.of(target, query)
        self.log = storage.tables[target.resource.stored].log
        self.bookmarks = flag(query, "allowWatchBookmarks")
        self.initial = self._initial(query, faults)
        self.columns_sent = False
        start = version(query)
        self.position = self.log.end
        if self.initial == "none" and start is not None:
            position = self.log.position_after(start)
            if position is None or faults.take("gone"):
                raise errors.expired(f"too old resource version: {start} ({self.log.floor})")
            self.position = position

    def _initial(self, query: Mapping[str, str], faults: Faults) -> str:
        """``list`` (WatchList), ``plain`` (ADDED for all, no mark at the end) or ``none``."""
        match = query.get("resourceVersionMatch", "")
        if "sendInitialEvents" in query:
            if not faults.watch_list:
                raise errors.invalid_options(NO_WATCH_LIST)
            if match != "NotOlderThan":
                raise errors.invalid_options(ONLY_MATCH)
            return "list" if flag(query, "sendInitialEvents") else "none"
        if match:
            raise errors.invalid_options(NEEDS_MATCH)
        return "plain" if query.get("resourceVersion", "") in ("", "0") else "none"

    def first(self) -> Iterator[bytes]:
        """The chunks of the first state, as it is now; what changes from now on follows."""
        if self.initial == "none":
            return
        self.position = self.log.end
        version = self.storage.version
        state = [
            stored
            for stored in self.storage.all(self.target.resource.stored, self.target.namespace)
            if self._selected(stored, stored.labels, stored.facts)
        ]
        for start in range(0, len(state), INITIAL_CHUNK):
            yield b"".join([self.event("ADDED", stored) for stored in state[start : start + INITIAL_CHUNK]])
        if self.initial == "list" and self.bookmarks:
            yield self.bookmark(version, end=True)

    def translate(self, entry: Entry) -> bytes:
        """The event for one entry of the log, empty when this watch does not select it."""
        stored = entry.stored
        if stored is None:
            return self.bookmark(entry.version) if self.bookmarks else b""
        if self.target.namespace and stored.namespace != self.target.namespace:
            return b""
        if self.target.name and stored.name != self.target.name:
            return b""
        if self.selection.everything:
            return self.event(entry.type, stored)
        before = entry.labels is not None and entry.facts is not None and self._selected(stored, entry.labels, entry.facts)
        after = entry.type != "DELETED" and self._selected(stored, stored.labels, stored.facts)
        if before and after:
            return self.event("MODIFIED", stored)
        if after:
            return self.event("ADDED", stored)
        return self.event("DELETED", stored) if before else b""

    def _selected(self, stored: Stored, labels: Mapping[str, str], facts: object) -> bool:
        if self.target.name and stored.name != self.target.name:
            return False
        if self.selection.labels is not None and not self.selection.labels(labels):
            return False
        return not self.selection.fields or self.selection.fields.matches(stored, facts)  # type: ignore[arg-type]

    def event(self, kind: str, stored: Stored) -> bytes:
        """One line of the stream."""
        if self.form == "Table":
            body = tables.event_body(self.target.resource, decode(stored), self.now, self.include, not self.columns_sent)
            self.columns_sent = True
            return encode({"type": kind, "object": body}) + b"\n"
        if self.form.startswith("PartialObjectMetadata"):
            return encode({"type": kind, "object": partial(stored)}) + b"\n"
        return b'{"type":"' + kind.encode() + b'","object":' + body_of(self.target.resource, stored) + b"}\n"

    def bookmark(self, version: int, *, end: bool = False) -> bytes:
        """A BOOKMARK: an object of the watched kind with nothing but a resourceVersion."""
        metadata: dict[str, object] = {"resourceVersion": str(version), "creationTimestamp": None}
        if end:
            metadata["annotations"] = {"k8s.io/initial-events-end": "true"}
        resource = self.target.resource
        head = {"kind": resource.kind, "apiVersion": resource.api_version}
        if self.form == "Table":
            row = {"cells": [], "object": {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata}}
            head = {"kind": "Table", "apiVersion": "meta.k8s.io/v1"}
            body = {**head, "metadata": {"resourceVersion": str(version)}, "columnDefinitions": None, "rows": [row]}
            return encode({"type": "BOOKMARK", "object": body}) + b"\n"
        return encode({"type": "BOOKMARK", "object": {**head, "metadata": metadata}}) + b"\n"


def gone_event() -> bytes:
    """The ERROR event of 410, after which a watch ends."""
    return encode({"type": "ERROR", "object": errors.expired("too old resource version").status()}) + b"\n"


async def serve(request: web.Request, watch: Watch, streams: Streams, faults: Faults) -> web.StreamResponse:
    """Run a watch until its timeout, its client's end, or a cut."""
    from aiohttp import web

    response = web.StreamResponse(headers={"Content-Type": "application/json", "Cache-Control": "no-cache, private"})
    response.enable_chunked_encoding()
    seconds = number(request.query, "timeoutSeconds") or random.uniform(1800, 3600)
    await response.prepare(request)
    if faults.take("empty_watch"):
        return response
    if faults.take("gone_event"):
        await response.write(gone_event())
        return response
    wake = streams.add(request)
    watch.log.register(wake)
    try:
        async with asyncio.timeout(seconds):
            await _run(response, watch, streams, wake)
    except TimeoutError:
        pass
    except ConnectionError:
        return response
    finally:
        watch.log.release(wake)
        streams.remove(wake)
    return response


async def _run(response: web.StreamResponse, watch: Watch, streams: Streams, wake: asyncio.Event) -> None:
    for chunk in watch.first():
        await response.write(chunk)
    while streams.is_open(wake):
        wake.clear()
        entries = watch.log.since(watch.position)
        if entries is None:
            await response.write(gone_event())
            return
        if not entries:
            await wake.wait()
            continue
        watch.position += len(entries)
        watch.now = watch.storage.now()
        data = b"".join([watch.translate(entry) for entry in entries])
        if data:
            await response.write(data)
