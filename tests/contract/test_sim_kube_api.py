"""The embedded API server over TLS: pages, watches, WatchList, bookmarks, 410, writes, faults."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from msgspec.json import encode

from tests.contract.kube_cluster import Api, serving
from tests.waiting import PATIENCE
from tui.simulator.kubernetes.access import Rule

PODS = "/api/v1/pods"
SHOP = "/api/v1/namespaces/default/pods"
ECHO = "/apis/apps/v1/namespaces/default/deployments/echo"
MERGE = "application/merge-patch+json"
INITIAL = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true", "watch": "1"}


@pytest_asyncio.fixture
async def api() -> AsyncIterator[Api]:
    async with serving() as found:
        yield found


async def next_of(events: AsyncIterator[Any], kind: str) -> Any:
    """The next event of a type."""
    async with asyncio.timeout(PATIENCE):
        async for event in events:
            if event["type"] == kind:
                return event["object"]
    raise AssertionError(f"no {kind}")


async def test_the_scenario_has_what_it_promises(api: Api) -> None:
    pods = await api.get(PODS)
    assert len(pods["items"]) == 300
    namespaces = {n["metadata"]["name"] for n in (await api.get("/api/v1/namespaces"))["items"]}
    assert len({p["metadata"]["namespace"] for p in pods["items"]}) == 12
    assert namespaces - {p["metadata"]["namespace"] for p in pods["items"]} == {"kube-node-lease", "kube-public"}
    crashing = await api.get("/api/v1/namespaces/cart/pods", labelSelector="app.kubernetes.io/name=cart")
    states = {c["state"]["waiting"]["reason"] for p in crashing["items"] for c in p["status"]["containerStatuses"]}
    assert (len(crashing["items"]), states) == (12, {"CrashLoopBackOff"})
    nodes = (await api.get("/api/v1/nodes"))["items"]
    assert sum("fargate" in n["metadata"]["name"] for n in nodes) == 1


async def test_items_of_a_list_come_without_kind_and_get_with_it(api: Api) -> None:
    listed = await api.get(SHOP, limit="1")
    assert (listed["kind"], listed["apiVersion"]) == ("PodList", "v1")
    assert "kind" not in listed["items"][0]
    one = await api.get(f"{SHOP}/{listed['items'][0]['metadata']['name']}")
    assert (one["kind"], one["apiVersion"]) == ("Pod", "v1")


async def test_pages_cover_everything_once(api: Api) -> None:
    names, token, pages = [], "", 0
    while True:
        page = await api.get(PODS, limit="70", **({"continue": token} if token else {}))
        names += [(p["metadata"]["namespace"], p["metadata"]["name"]) for p in page["items"]]
        pages += 1
        token = page["metadata"].get("continue", "")
        if not token:
            break
        assert page["metadata"]["remainingItemCount"] == 300 - len(names)
    assert pages == 5
    assert names == sorted(set(names))
    assert len(names) == 300


async def test_an_old_page_is_gone_and_says_how_to_go_on(api: Api) -> None:
    page = await api.get(PODS, limit="100")
    api.cluster.faults.set({"compact": True})
    await api.call("PATCH", ECHO, {"spec": {"replicas": 3}}, media=MERGE)
    api.cluster.faults.set({"compact": True})
    code, status = await api.call("GET", PODS, params={"limit": "100", "continue": page["metadata"]["continue"]})
    assert (code, status["reason"]) == (410, "Expired")
    rest = await api.get(PODS, **{"continue": status["metadata"]["continue"]})
    assert len(rest["items"]) == 201


async def test_a_watch_replays_from_its_version_and_goes_on(api: Api) -> None:
    listed = await api.get(SHOP)
    await api.call("PATCH", ECHO, {"spec": {"replicas": 3}}, media=MERGE)
    async with api.stream(SHOP, watch="1", resourceVersion=listed["metadata"]["resourceVersion"]) as events:
        added = await next_of(events, "ADDED")
        assert added["metadata"]["name"].startswith("echo-")
        api.cluster.world.step(30)
        while (await next_of(events, "MODIFIED"))["status"]["phase"] != "Running":
            pass
        await api.call("DELETE", f"{SHOP}/{added['metadata']['name']}", params={"gracePeriodSeconds": "0"})
        gone = await next_of(events, "DELETED")
        assert int(gone["metadata"]["resourceVersion"]) > int(added["metadata"]["resourceVersion"])


async def test_a_selecting_watch_sees_objects_come_and_go(api: Api) -> None:
    listed = await api.get(SHOP)
    name = listed["items"][0]["metadata"]["name"]
    async with api.stream(
        SHOP, watch="1", labelSelector="mark=x", resourceVersion=listed["metadata"]["resourceVersion"]
    ) as events:
        await api.call("PATCH", f"{SHOP}/{name}", {"metadata": {"labels": {"mark": "x"}}}, media=MERGE)
        assert (await next_of(events, "ADDED"))["metadata"]["name"] == name
        await api.call("PATCH", f"{SHOP}/{name}", {"metadata": {"labels": {"mark": None}}}, media=MERGE)
        assert (await next_of(events, "DELETED"))["metadata"]["name"] == name


async def test_watch_list_ends_its_first_state_with_a_bookmark(api: Api) -> None:
    async with api.stream(PODS, **INITIAL) as events:
        kinds = []
        async for event in events:
            kinds.append(event["type"])
            if event["type"] == "BOOKMARK":
                assert event["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
                break
    assert kinds == ["ADDED"] * 300 + ["BOOKMARK"]


async def test_a_server_without_watch_list_refuses_it(api: Api) -> None:
    api.cluster.faults.watch_list = False
    code, status = await api.call("GET", PODS, params=INITIAL)
    assert (code, status["reason"]) == (422, "Invalid")
    assert "sendInitialEvents" in status["message"]


async def test_bookmarks_reach_those_who_asked(api: Api) -> None:
    start = (await api.get(SHOP))["metadata"]["resourceVersion"]
    async with api.stream(SHOP, watch="1", allowWatchBookmarks="true", resourceVersion=start) as events:
        version = api.cluster.bookmark()
        assert (await next_of(events, "BOOKMARK"))["metadata"]["resourceVersion"] == version
        assert api.cluster.bookmark() != version
    async with api.stream(SHOP, watch="1", resourceVersion=start) as events:
        await api.call("PATCH", ECHO, {"spec": {"replicas": 4}}, media=MERGE)
        async with asyncio.timeout(PATIENCE):
            assert (await anext(events))["type"] == "ADDED"


async def test_a_watch_from_before_history_is_gone(api: Api) -> None:
    code, status = await api.call("GET", PODS, params={"watch": "1", "resourceVersion": "5"})
    assert (code, status["reason"]) == (410, "Expired")
    api.cluster.faults.gone_event = 1
    version = str(api.cluster.storage.version)
    async with api.stream(PODS, watch="1", resourceVersion=version) as events:
        assert (await next_of(events, "ERROR"))["code"] == 410


async def test_a_watch_that_reads_too_slowly_is_told_so(api: Api) -> None:
    log = api.cluster.storage.tables[next(r for r in api.cluster.storage.tables if r.plural == "pods")].log
    async with api.stream(SHOP, watch="1", resourceVersion=str(api.cluster.storage.version)) as events:
        log.budget = 1  # every change is cut away before the watch wakes
        await api.call("PATCH", ECHO, {"spec": {"replicas": 4}}, media=MERGE)
        assert (await next_of(events, "ERROR"))["reason"] == "Expired"


async def test_a_watch_ends_at_its_timeout(api: Api) -> None:
    async with asyncio.timeout(PATIENCE):
        async with api.stream(SHOP, watch="1", timeoutSeconds="1", resourceVersion=str(api.cluster.storage.version)) as events:
            assert [e async for e in events] == []


async def test_conflicts_and_preconditions(api: Api) -> None:
    echo = await api.get(ECHO)
    stale = {**echo, "metadata": {**echo["metadata"], "resourceVersion": "1"}}
    code, status = await api.call("PUT", ECHO, stale)
    assert (code, status["reason"]) == (409, "Conflict")
    assert "the object has been modified" in status["message"]
    code, status = await api.call("DELETE", ECHO, {"preconditions": {"uid": "other"}})
    assert code == 409
    test = [{"op": "test", "path": "/spec/replicas", "value": 7}, {"op": "replace", "path": "/spec/replicas", "value": 1}]
    code, status = await api.call("PATCH", ECHO, test, media="application/json-patch+json")
    assert (code, status["reason"]) == (422, "Invalid")
    assert (await api.get(ECHO))["spec"]["replicas"] == 2


async def test_a_dry_run_changes_nothing(api: Api) -> None:
    before = await api.get(ECHO)
    code, after = await api.call("PATCH", ECHO, {"spec": {"replicas": 9}}, media=MERGE, params={"dryRun": "All"})
    assert (code, after["spec"]["replicas"]) == (200, 9)
    assert await api.get(ECHO) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spec": {"replicas": -1}}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"metadata": {"labels": {"a": "b c"}}}, "a valid label must be an empty string or consist of alphanumeric"),
        ({"spec": {"selector": {"matchLabels": {"a": "b"}}}}, "`selector` does not match template `labels`"),
    ],
)
async def test_what_the_api_refuses(api: Api, change: Any, words: str) -> None:
    code, status = await api.call("PATCH", ECHO, change, media=MERGE)
    assert (code, status["reason"]) == (422, "Invalid")
    assert status["message"].startswith('Deployment.apps "echo" is invalid: ')
    assert words in status["message"]


async def test_scale_subresource(api: Api) -> None:
    scale = await api.get(f"{ECHO}/scale")
    assert (scale["kind"], scale["spec"]["replicas"]) == ("Scale", 2)
    scale["spec"]["replicas"] = 5
    code, after = await api.call("PUT", f"{ECHO}/scale", scale)
    assert (code, after["spec"]["replicas"]) == (200, 5)
    assert len((await api.get(SHOP, labelSelector="app.kubernetes.io/name=echo"))["items"]) == 5
    code, _status = await api.call("PUT", f"{ECHO}/scale", scale)
    assert code == 409


async def test_eviction_minds_the_disruption_budget(api: Api) -> None:
    base = "/api/v1/namespaces/payments/pods"
    pods = (await api.get(base, labelSelector="app.kubernetes.io/name=payments"))["items"]
    answers = []
    for pod in pods[:6]:
        name = pod["metadata"]["name"]
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "payments"}}
        answers.append((await api.call("POST", f"{base}/{name}/eviction", eviction))[0])
    assert answers == [201, 201, 201, 201, 429, 429]


async def test_access_reviews_follow_the_policy(api: Api) -> None:
    api.cluster.policy.denied.append(Rule(verbs=("patch",), resources=("deployments/scale",), namespaces=("default",)))
    asked = {"verb": "patch", "group": "apps", "resource": "deployments", "subresource": "scale", "namespace": "default"}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    code, review = await api.call("POST", path, {"spec": {"resourceAttributes": asked}})
    assert (code, review["status"]["allowed"]) == (201, False)
    code, status = await api.call("PATCH", f"{ECHO}/scale", {"spec": {"replicas": 1}}, media=MERGE)
    assert (code, status["reason"]) == (403, "Forbidden")
    assert 'cannot patch resource "deployments/scale" in API group "apps" in the namespace "default"' in status["message"]
    asked["namespace"] = "cart"
    assert (await api.call("POST", path, {"spec": {"resourceAttributes": asked}}))[1]["status"]["allowed"] is True


async def test_faults(api: Api) -> None:
    faults = api.cluster.faults
    faults.set({"throttle": 1, "retry_after": 7})
    async with api.session.get(api.cluster.url + PODS) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
    faults.set({"unauthorized": 1})
    assert (await api.call("GET", PODS))[0] == 401
    faults.set({"forbidden": ["cart", "*"]})
    code, status = await api.call("GET", PODS)
    words = f'pods is forbidden: User "{api.cluster.user}" cannot list resource "pods" in API group "" at the cluster scope'
    assert (code, status["message"]) == (403, words)
    assert (await api.call("GET", "/api/v1/namespaces/cart/pods"))[0] == 403
    assert (await api.call("GET", SHOP))[0] == 200
    faults.set({"forbidden": [], "html": 1})
    assert b"<html>" in (await api.call("GET", PODS))[1]
    faults.set({"truncated": 1})
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.call("GET", PODS)
    faults.set({"unavailable_groups": ["metrics.k8s.io"]})
    assert (await api.call("GET", "/apis/metrics.k8s.io/v1beta1/pods"))[0] == 503
    with pytest.raises(KeyError):
        faults.set({"nonsense": 1})


async def test_cut_streams(api: Api) -> None:
    with pytest.raises(aiohttp.ClientError):
        async with api.stream(SHOP, watch="1", resourceVersion=str(api.cluster.storage.version)) as events:
            api.cluster.faults.set({"cut": 1})
            await anext(events)


async def test_strangers_stay_outside(api: Api) -> None:
    for headers in ({"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        code, status = await api.call("GET", PODS, headers=headers)
        assert (code, status["reason"]) == (401, "Unauthorized")
    api.cluster.verify_token = lambda token: "someone" if token == "k8s-aws-v1.x" else None
    assert (await api.call("GET", SHOP, headers={"Authorization": "Bearer k8s-aws-v1.x"}))[0] == 200


async def test_calls_are_counted(api: Api) -> None:
    api.cluster.calls.clear()
    await api.get(SHOP)
    await api.call("PATCH", f"{ECHO}/scale", {"spec": {"replicas": 2}}, media=MERGE)
    assert dict(api.cluster.calls) == {f"list {SHOP}": 1, f"patch {ECHO}/scale": 1}


async def test_deleting_a_namespace_takes_its_content(api: Api) -> None:
    code, body = await api.call("DELETE", "/api/v1/namespaces/shipping")
    assert (code, body["status"]["phase"]) == (200, "Terminating")
    code, status = await api.call("POST", "/api/v1/namespaces/shipping/configmaps", {"metadata": {"name": "x"}})
    assert code == 403
    assert "because it is being terminated" in status["message"]
    api.cluster.world.step(60)
    assert (await api.call("GET", "/api/v1/namespaces/shipping"))[0] == 404
    assert (await api.get("/api/v1/namespaces/shipping/pods"))["items"] == []


async def test_views_show_stored_objects_in_another_form(api: Api) -> None:
    events = await api.get("/apis/events.k8s.io/v1/namespaces/cart/events", limit="5")
    assert (events["kind"], events["apiVersion"]) == ("EventList", "events.k8s.io/v1")
    assert events["items"][0]["regarding"]["kind"] == "Pod"
    assert events["items"][0]["note"]
    scaler = await api.get("/apis/autoscaling/v1/namespaces/orders/horizontalpodautoscalers/orders")
    assert (scaler["apiVersion"], scaler["spec"]["targetCPUUtilizationPercentage"]) == ("autoscaling/v1", 65)
    async with api.stream("/apis/events.k8s.io/v1/events", watch="1", resourceVersion="0") as stream:
        assert (await next_of(stream, "ADDED"))["apiVersion"] == "events.k8s.io/v1"


WRONG: tuple[Any, ...] = (
    None, [], "x", {}, {"metadata": None}, {"metadata": 5}, {"metadata": {"name": 5}}, {"metadata": {"labels": {"a": 5}}},
    {"metadata": {"ownerReferences": [{}]}}, {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "x"}}},
    {"spec": None}, {"spec": 5}, {"spec": {"template": 5}}, {"spec": {"template": {"spec": {"containers": 5}}}},
    {"spec": {"template": {"spec": {"containers": [{"image": "x"}]}}}}, {"spec": {"replicas": "x"}}, {"spec": {"replicas": None}},
    {"spec": {"selector": 5}}, {"status": 5}, {"spec": {"strategy": {"rollingUpdate": {"maxSurge": "x%"}}}},
    {"spec": {"ports": [{}]}}, {"spec": {"schedule": 5}}, {"data": 5},
    {"spec": {"containers": [{"name": "a", "resources": {"limits": {"cpu": "x"}}}]}},
)  # fmt: skip
ADDRESSES = (
    "/apis/apps/v1/namespaces/default/deployments echo",
    "/apis/apps/v1/namespaces/cart/statefulsets cart-redis",
    "/apis/batch/v1/namespaces/analytics/cronjobs daily-report",
    "/api/v1/namespaces/default/services echo",
    "/api/v1/namespaces cart",
    "/api/v1/namespaces/default/pods smoke-test",
)


@pytest.mark.parametrize("address", ADDRESSES)
async def test_nonsense_is_refused_and_breaks_nothing(api: Api, address: str) -> None:
    collection, name = address.split()
    one = f"{collection}/{name}"
    for body in WRONG:
        for method, path, media in (
            ("POST", collection, "application/json"), ("PUT", one, "application/json"), ("PATCH", one, MERGE),
            ("PATCH", one, "application/strategic-merge-patch+json"), ("PATCH", one, "application/json-patch+json"),
            ("PATCH", f"{one}?fieldManager=x", "application/apply-patch+yaml"), ("PATCH", f"{one}/status", MERGE),
        ):  # fmt: skip
            code, status = await api.call(method, path, encode(body), media=media)
            assert code < 500, (method, media, body, status)
    api.cluster.world.step(120)
