"""Whatever happens to a cluster and to the connection, the store ends up as the cluster is.

Hypothesis makes changes, compactions, cuts, refusals and pauses; the server below has the protocol (list in pages, watch
from a version, WatchList, bookmarks, 410) and one cluster. At the end nothing fails any more and time passes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.kube_api import Api, bookmark, event, listing, pod, rig, serve, status
from tests.examples import examples
from tui.store import FreshState

NAMES = "abcdefg"
FAULTS = ("500", "429", "410", "cut", "end", "html", "hang up", "no watch list")


class Cluster:
    """Pods with versions, their history, and faults that the next requests meet."""

    def __init__(self) -> None:
        self.version = 10
        self.pods: dict[str, dict[str, Any]] = {}
        self.generation: dict[str, int] = {}
        self.history: list[tuple[int, bytes]] = []
        self.oldest = 0
        self.faults: list[str] = []
        self.waiting: set[asyncio.Event] = set()
        self.cut_at: str = ""

    def change(self, name: str, kind: str) -> None:
        there = self.pods.get(name)
        if kind == "DELETED" and there is None:
            return
        self.version += 1
        if kind == "DELETED":
            del self.pods[name]
            self.generation[name] = self.generation.get(name, 0) + 1
            body = event("DELETED", there or {})
        else:
            uid = f"{name}-{self.generation.get(name, 0)}"
            made = pod(name, str(self.version), reason=f"R{self.version}")
            made["metadata"]["uid"] = uid
            self.pods[name] = made
            body = event("ADDED" if there is None else "MODIFIED", made)
        self.history.append((self.version, body))
        self.wake()

    def compact(self) -> None:
        self.oldest = self.version

    def wake(self) -> None:
        for waiting in self.waiting:
            waiting.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "500":
            return status(500, "InternalError", "etcd")
        if fault == "429":
            return status(429, "TooManyRequests", "busy", **{"Retry-After": "1"})
        if fault == "410":
            return status(410, "Expired", "too old")
        if fault == "html":
            return web.Response(text="<html>", content_type="text/html")
        if fault == "hang up":
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        query = request.query
        if "watch" not in query:
            return self._list(query, fault)
        if "sendInitialEvents" in query and fault == "no watch list":
            return status(422, "Invalid", "sendInitialEvents is forbidden")
        return await self._watch(request, fault)

    def _list(self, query: Any, fault: str) -> web.Response:
        names = sorted(self.pods)
        version, _, start = query.get("continue", f"{self.version}/").partition("/")
        if start and (int(version) < self.oldest or fault):
            return status(410, "Expired", "The provided continue parameter is too old")
        rest = [name for name in names if name > start] if start else names
        limit = 2 if "limit" in query else len(names)
        more = {"continue": f"{version}/{rest[limit - 1]}"} if len(rest) > limit else {}
        return listing([self.pods[name] for name in rest[:limit]], version, **more)

    async def _watch(self, request: web.Request, fault: str) -> web.StreamResponse:
        initial = "sendInitialEvents" in request.query
        at = self.version if initial else int(request.query["resourceVersion"])
        if at < self.oldest:
            return status(410, "Expired", "too old resource version")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        waiting = asyncio.Event()
        self.waiting.add(waiting)
        try:
            if initial:
                for made in [*self.pods.values()]:
                    await response.write(event("ADDED", made))
                if fault in ("cut", "end"):
                    return self._over(request, response, fault)
                await response.write(bookmark(str(at), end=True))
            while True:
                waiting.clear()
                for version, body in [entry for entry in self.history if entry[0] > at]:
                    at = version
                    await response.write(body)
                    if fault in ("cut", "end"):
                        return self._over(request, response, fault)
                if self.cut_at:
                    return self._over(request, response, self.cut_at)
                await waiting.wait()
        finally:
            self.waiting.discard(waiting)

    def _over(self, request: web.Request, response: web.StreamResponse, how: str) -> web.StreamResponse:
        if how == "cut" and request.transport is not None:
            request.transport.close()
        return response


step = st.one_of(
    st.tuples(st.just("change"), st.sampled_from(NAMES), st.sampled_from(["ADDED", "MODIFIED", "DELETED"])),
    st.tuples(st.just("fault"), st.sampled_from(FAULTS), st.just("")),
    st.tuples(st.just("break"), st.sampled_from(["cut", "end"]), st.just("")),
    st.tuples(st.just("compact"), st.just(""), st.just("")),
    st.tuples(st.just("pass"), st.just(""), st.just("")),
)


@settings(max_examples=examples(33, 500))
@given(st.lists(step, max_size=25))
async def test_the_store_ends_up_as_the_cluster_is(steps: list[tuple[str, str, str]]) -> None:
    cluster = Cluster()
    for name in "abc":
        cluster.change(name, "ADDED")
    async with serve(Api()) as api:
        api.say(cluster.answer)
        async with rig(api.url) as r:
            for what, name, kind in steps:
                if what == "change":
                    cluster.change(name, kind)
                elif what == "fault":
                    cluster.faults.append(name)
                elif what == "compact":
                    cluster.compact()
                elif what == "break":
                    cluster.cut_at = name
                    cluster.wake()
                    await asyncio.sleep(0.002)
                    cluster.cut_at = ""
                else:
                    r.clock.advance(5)
                    await asyncio.sleep(0.002)
            cluster.faults.clear()
            cluster.wake()

            def same() -> bool:
                r.clock.advance(0.5)
                wanted = {(p["metadata"]["uid"], p["status"]["reason"]) for p in cluster.pods.values()}
                found = {(row.key.id, row.status) for row in r.store.rows("pods")}  # type: ignore[attr-defined]
                return wanted == found and (f := r.fresh()) is not None and f.state is FreshState.LIVE

            await r.until(same)
            # and it stays so: the watch that it ended with is a working one
            cluster.change("z", "ADDED")
            await r.until(same)
