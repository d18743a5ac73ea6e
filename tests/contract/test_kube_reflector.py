"""The rules of list and watch, one test each (KUBERNETES informer semantics), over real HTTP with a scripted server."""

from __future__ import annotations

import pytest
from aiohttp import web

from tests.contract.kube_api import Api, bookmark, event, listing, pod, rig, serve, status
from tui.sources.kubernetes.request import Timeouts
from tui.store import FreshState


def no_watch_list() -> web.Response:
    return status(422, "Invalid", "sendInitialEvents is forbidden for watch")


async def test_watch_list_is_the_list_and_the_watch() -> None:
    async with serve(Api()) as api:
        api.say(api.stream(event("ADDED", pod("a")), event("ADDED", pod("b")), bookmark("20", end=True)))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            assert r.names == ["a", "b"] and len(api.requests) == 1
            query = api.requests[0].query
            assert query["sendInitialEvents"] == "true" and query["resourceVersionMatch"] == "NotOlderThan"
            assert query["allowWatchBookmarks"] == "true" and 300 <= int(query["timeoutSeconds"]) <= 600
            assert api.requests[0].headers["Authorization"] == "Bearer t0ken"
            await api.send(event("DELETED", pod("a", "21")), event("MODIFIED", pod("b", "22", reason="Evicted")))
            await r.until(lambda: r.names == ["b"])
            row = next(iter(r.store.rows("pods")))
            assert row.status == "Evicted"


async def test_without_watch_list_pages_of_500_then_a_watch_from_their_version() -> None:
    async with serve(Api()) as api:
        first = listing([pod("a")], "10", **{"continue": "c1", "remainingItemCount": 1})
        api.say(no_watch_list(), first, listing([pod("b")], "10"), api.stream(bookmark("11")))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            queries = [dict(request.query) for request in api.requests]
            assert queries[1] == {"limit": "500"} and queries[2] == {"limit": "500", "continue": "c1"}
            assert queries[3]["resourceVersion"] == "10" and "sendInitialEvents" not in queries[3]
            assert r.names == ["a", "b"]


async def test_a_clean_end_goes_on_from_the_last_version_and_stays_live() -> None:
    async with serve(Api()) as api:
        api.say(api.stream(event("ADDED", pod("a", "19")), bookmark("20", end=True), bookmark("33"), end=True), api.stream())
        async with rig(api.url) as r:
            await r.until(lambda: len(api.requests) == 2)
            assert api.requests[1].query["resourceVersion"] == "33"
            assert (fresh := r.fresh()) is not None and fresh.state is FreshState.LIVE


async def test_a_silent_watch_is_given_up_and_goes_on_from_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """No byte for longer than two bookmarks take: the connection is dead although nobody closed it."""
    waits = Timeouts()
    assert (waits.read, waits.for_watch().read, waits.for_log().read) == (60.0, 90.0, None)
    monkeypatch.setattr(Timeouts, "for_watch", lambda self: Timeouts(self.connect, 0.3))
    async with serve(Api()) as api:
        api.say(api.stream(event("ADDED", pod("a", "19")), bookmark("20", end=True)), api.stream(event("ADDED", pod("b", "21"))))
        async with rig(api.url) as r:
            await r.until(lambda: r.names == ["a", "b"])
            assert api.requests[1].query["resourceVersion"] == "20" and "sendInitialEvents" not in api.requests[1].query


async def test_410_lists_again_and_removes_what_is_gone() -> None:
    async with serve(Api()) as api:
        gone = event("ERROR", {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old"})
        api.say(
            api.stream(event("ADDED", pod("a")), event("ADDED", pod("b")), bookmark("20", end=True), gone, end=True),
            api.stream(event("ADDED", pod("b")), event("ADDED", pod("c")), bookmark("90", end=True)),
        )
        async with rig(api.url) as r:
            await r.until(lambda: r.names == ["b", "c"])
            assert "resourceVersion" not in api.requests[1].query


async def test_410_as_a_status_lists_again() -> None:
    async with serve(Api()) as api:
        api.say(
            api.stream(event("ADDED", pod("a")), bookmark("20", end=True), end=True),
            status(410, "Expired", "too old resource version"),
            api.stream(event("ADDED", pod("c")), bookmark("90", end=True)),
        )
        async with rig(api.url) as r:
            await r.until(lambda: r.names == ["c"])


async def test_expired_continue_token_lists_once_more_in_one_piece() -> None:
    async with serve(Api()) as api:
        api.say(
            no_watch_list(),
            listing([pod("a")], **{"continue": "c1"}),
            status(410, "Expired", "The provided continue parameter is too old"),
            listing([pod("a"), pod("b")], "50"),
            api.stream(),
        )
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            assert r.names == ["a", "b"]
            assert "limit" not in api.requests[3].query and api.requests[4].query["resourceVersion"] == "50"


async def test_a_watch_list_that_never_comes_to_its_end_gives_way_to_pages() -> None:
    async with serve(Api()) as api:
        started = api.stream(event("ADDED", pod("a")), end=True)
        api.say(started, started, started, listing([pod("a"), pod("b")], "50"), api.stream())
        async with rig(api.url) as r:
            await r.until(lambda: (r.clock.advance(1), (f := r.fresh()) and f.state is FreshState.LIVE)[1])
            assert r.names == ["a", "b"] and len(api.requests) == 5
            assert [("sendInitialEvents" in request.query) for request in api.requests] == [True, True, True, False, False]
            assert "before it was whole" in next(iter(r.context.failures.entries())).message


async def test_an_aborted_listing_removes_nothing() -> None:
    async with serve(Api()) as api:
        gone = event("ERROR", {"kind": "Status", "status": "Failure", "reason": "Expired", "code": 410, "message": "too old"})
        api.say(
            api.stream(event("ADDED", pod("a")), event("ADDED", pod("b")), bookmark("20", end=True), gone, end=True),
            api.stream(event("ADDED", pod("b")), cut=True),
            api.stream(event("ADDED", pod("b")), bookmark("90", end=True)),
        )
        async with rig(api.url) as r:
            await r.until(lambda: len(api.requests) == 2)
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
            assert r.names == ["a", "b"]
            r.clock.advance(60)
            await r.until(lambda: r.names == ["b"])


async def test_short_empty_watches_lead_to_a_new_list() -> None:
    """kubernetes issue 137089: a lost version on events ends with 200 and nothing, without any 410."""
    async with serve(Api()) as api:
        api.say(
            api.stream(event("ADDED", pod("a")), bookmark("20", end=True), end=True),
            *[api.stream(end=True)] * 3,
            api.stream(event("ADDED", pod("b")), bookmark("90", end=True)),
        )
        async with rig(api.url) as r:
            for expected in (2, 3, 4, 5):
                await r.until(lambda n=expected: len(api.requests) >= n)
                # each is waited out with backoff: no hot loop
                if expected < 5:
                    await r.until(lambda: bool(r.clock._sleepers))
                    assert len(api.requests) == expected
                r.clock.advance(40)
            await r.until(lambda: r.names == ["b"])
            assert "sendInitialEvents" in api.requests[4].query


async def test_connection_refused_keeps_the_rows_and_says_since_when() -> None:
    async with serve(Api()) as api:
        first = api.stream(event("ADDED", pod("a")), bookmark("20", end=True), end=True)
        # twice: the session tries a GET once more by itself when a kept connection turns out to be dead
        api.say(first, _hang_up, _hang_up, api.stream(bookmark("21")))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.UNREACHABLE)
            fresh = r.fresh()
            assert fresh is not None and fresh.next_try is not None and fresh.last_success == r.clock.now()
            assert "cut the connection" in fresh.message and r.names == ["a"]
            r.clock.advance(60)
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            assert len(r.context.failures) == 1


async def _hang_up(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_429_obeys_retry_after() -> None:
    async with serve(Api()) as api:
        busy = status(429, "TooManyRequests", "the server is busy", **{"Retry-After": "17"})
        api.say(busy, api.stream(event("ADDED", pod("a")), bookmark("20", end=True)))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.THROTTLED)
            fresh = r.fresh()
            assert fresh is not None and fresh.next_try == r.clock.now() + 17
            r.clock.advance(16)
            assert len(api.requests) == 1
            r.clock.advance(2)
            await r.until(lambda: r.names == ["a"])


async def test_a_refresh_tries_again_at_once() -> None:
    async with serve(Api()) as api:
        api.say(status(500, "InternalError", "etcd"), api.stream(event("ADDED", pod("a")), bookmark("20", end=True)))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.ERROR)
            r.store.interest.refresh()
            await r.until(lambda: r.names == ["a"])


async def test_nobody_interested_no_watch() -> None:
    async with serve(Api()) as api:
        api.say(api.stream(event("ADDED", pod("a")), bookmark("20", end=True)), api.stream())
        async with rig(api.url) as r:
            await r.until(lambda: r.names == ["a"])
            r.interest.close()
            await r.until(lambda: bool(r.clock._sleepers))
            r.clock.advance(31)
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.PAUSED)
            assert r.names == ["a"]
            r.interest = r.store.interest.register("pods", None)
            await r.until(lambda: len(api.requests) == 2)
            assert api.requests[1].query["resourceVersion"] == "20"


async def test_events_cut_anywhere_and_strange_objects() -> None:
    strange = event("ADDED", {"metadata": {"name": "s", "uid": "s"}, "spec": {"containers": "none"}})
    text = event("ADDED", pod("ä" * 50)) + strange + event("ADDED", pod("b")) + bookmark("20", end=True)
    async with serve(Api()) as api:
        api.say(api.stream(*[text[i : i + 7] for i in range(0, len(text), 7)]))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.LIVE)
            assert r.names == ["b", "ä" * 50]
            fresh = r.fresh()
            assert fresh is not None and fresh.message == "1 pods could not be read"


async def test_denied_everywhere_reads_the_namespaces_that_may_be_read() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path
        if path.endswith("selfsubjectaccessreviews"):
            body = await request.json()
            allowed = body["spec"]["resourceAttributes"]["namespace"] != "secret"
            return web.json_response({"status": {"allowed": allowed}}, status=201)
        if path == "/api/v1/namespaces":
            return web.json_response({"items": [{"metadata": {"name": n}} for n in ("shop", "pay", "secret")]})
        if path == "/api/v1/namespaces/shop/pods":
            return await api.stream(event("ADDED", pod("a")), bookmark("20", end=True))(request)
        if path == "/api/v1/namespaces/pay/pods":
            return status(500, "InternalError", "etcd")
        return status(403, "Forbidden", 'pods is forbidden: User "me" cannot list resource "pods" at the cluster scope')

    async with serve(Api()) as api:
        api.say(answer)
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh("shop")) and f.state is FreshState.LIVE)
            await r.until(lambda: (f := r.fresh("pay")) and f.state is FreshState.ERROR)
            whole = r.fresh()
            assert whole is not None and whole.state is FreshState.LIVE and r.names == ["a"]
            assert "read by namespace: shop, pay; 1 denied" in whole.message and "cannot list" in whole.message
            assert whole.next_try == r.clock.now() + 300
            assert not any(request.path.startswith("/api/v1/namespaces/secret") for request in api.requests)


async def test_401_is_tried_once_more_with_a_new_credential_and_then_said() -> None:
    async with serve(Api()) as api:
        api.say(status(401, "Unauthorized", "Unauthorized"))
        async with rig(api.url) as r:
            await r.until(lambda: (f := r.fresh()) and f.state is FreshState.EXPIRED)
            fresh = r.fresh()
            assert fresh is not None and "does not accept the credentials" in fresh.message and fresh.hint
            assert len(api.requests) == 1  # a fixed token: there is no other to try
