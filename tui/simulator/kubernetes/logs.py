"""``pods/log``: which run of which container, from where on, and following it as the world moves."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.loglines import Run, count_at, lines, time_of
from tui.simulator.kubernetes.request import Target, flag, number
from tui.simulator.kubernetes.storage import decode
from tui.simulator.kubernetes.times import nano, seconds

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld

KEPT = 20_000  # entries that log rotation leaves of a run
FLUSH = 64 << 10  # bytes written at once


def container_of(pod: Object, name: str) -> str:
    """The container that a request means; 400 when it must say."""
    spec = pod["spec"]
    names = [c["name"] for c in spec["containers"]]
    initial = [c["name"] for c in spec.get("initContainers") or ()]
    pod_name = pod["metadata"]["name"]
    if not name:
        if len(names) == 1 and not initial:
            return str(names[0])
        if len(names) > 1 or initial:
            more = f" or one of the init containers: [{' '.join(initial)}]" if initial else ""
            message = f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(names)}]{more}"
            raise errors.bad_request(message)
    if name not in names + initial:
        raise errors.bad_request(f"container {name} is not valid for pod {pod_name}")
    return name


def run_of(cluster: KubernetesWorld, pod: Object, name: str, previous: bool) -> Run:
    """The run whose lines are asked for; 400 when there is none."""
    status = pod.get("status") or {}
    listed = [*(status.get("containerStatuses") or ()), *(status.get("initContainerStatuses") or ())]
    one = next((s for s in listed if s["name"] == name), None)
    pod_name = pod["metadata"]["name"]
    state = (one or {}).get("state") or {}
    last = ((one or {}).get("lastState") or {}).get("terminated")
    current = state.get("running") or state.get("terminated")
    if previous:
        if last is None:
            raise errors.bad_request(f'previous terminated container "{name}" in pod "{pod_name}" not found')
        return _run(cluster, pod, name, (one or {}).get("restartCount", 1) - 1, last)
    if current is None and last is not None:
        current = last
    if current is None:
        reason = (state.get("waiting") or {}).get("reason", "ContainerCreating")
        why = "trying and failing to pull image" if reason in ("ImagePullBackOff", "ErrImagePull") else reason
        raise errors.bad_request(f'container "{name}" in pod "{pod_name}" is waiting to start: {why}')
    return _run(cluster, pod, name, (one or {}).get("restartCount", 0), current)


def _run(cluster: KubernetesWorld, pod: Object, name: str, restarts: int, state: Object) -> Run:
    profile = cluster.behaviours.profile(pod)
    spec = next(c for c in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())] if c["name"] == name)
    main = name == pod["spec"]["containers"][0]["name"]
    crashes = main and profile.missing_env and not any(e["name"] == profile.missing_env for e in spec.get("env") or ())
    end = seconds(state["finishedAt"]) + 0.999 if state.get("finishedAt") else math.inf
    kind = "crash" if crashes else profile.log if main else "klog"
    rate = cluster.faults.log_rate or (profile.rate if main else profile.rate / 5)
    uid = pod["metadata"]["uid"]
    return Run(uid, name, restarts, seconds(state["startedAt"]), end, kind, rate, profile.missing_env)


def last_words(cluster: KubernetesWorld, pod: Object, name: str) -> str:
    """The termination message of a container that has just ended: the end of its log where its policy is
    FallbackToLogsOnError and it failed (at most 80 lines and 2048 bytes, as kubelets cut it), else empty."""
    spec: Object = next((c for c in pod["spec"]["containers"] if c["name"] == name), {})
    one: Object = next((s for s in pod["status"].get("containerStatuses") or () if s["name"] == name), {})
    ended = (one.get("state") or {}).get("terminated")
    if spec.get("terminationMessagePolicy") != "FallbackToLogsOnError" or not ended or not ended["exitCode"]:
        return ""
    run = _run(cluster, pod, name, one.get("restartCount", 0), ended)
    reader = Reader(run, {"tailLines": "80"}, run.end)
    return b"".join(reader.read(run.end))[-2048:].decode(errors="replace")


class Reader:
    """Turns a run into bytes as a request asked for them."""

    def __init__(self, run: Run, query: Mapping[str, str], now: float) -> None:
        self.run = run
        self.stamps = flag(query, "timestamps")
        self.limit = number(query, "limitBytes")
        self.total = count_at(run, now)
        since = -math.inf
        if number(query, "sinceSeconds") is not None:
            since = now - (number(query, "sinceSeconds") or 0)
        elif query.get("sinceTime"):
            since = seconds(query["sinceTime"])
        self.position = self._first(since)
        tail = number(query, "tailLines")
        self.skip = 0
        if tail is not None:
            self._tail(tail)

    def _first(self, since: float) -> int:
        low = max(0, self.total - KEPT)
        high = self.total
        while low < high:  # entries are in the order of their times
            middle = (low + high) // 2
            if time_of(self.run, middle) < since:
                low = middle + 1
            else:
                high = middle
        return low

    def _tail(self, tail: int) -> None:
        """Move to the entry that holds the last ``tail`` lines' first; ``skip`` lines of it are not shown."""
        position, have = self.total, 0
        while position > self.position and have < tail:
            position -= 1
            have += len(lines(self.run, position))
        self.position, self.skip = position, max(0, have - tail)

    def read(self, now: float) -> Iterator[bytes]:
        """The lines up to ``now`` that were not read yet."""
        self.total = count_at(self.run, now)
        while self.position < self.total:
            entry = self.position
            self.position += 1
            head = nano(time_of(self.run, entry)) + " " if self.stamps else ""
            for line in lines(self.run, entry)[self.skip :]:
                yield f"{head}{line}\n".encode()
            self.skip = 0

    def limited(self, data: bytes) -> bytes:
        """``data`` within what ``limitBytes`` still allows."""
        if self.limit is None:
            return data
        data = data[: self.limit]
        self.limit -= len(data)
        return data


async def serve_log(cluster: KubernetesWorld, request: web.Request, target: Target) -> web.StreamResponse:
    """Answer GET of ``pods/log``."""
    from aiohttp import web

    query = request.query
    pod = decode(cluster.storage.get(api.PODS, target.namespace, target.name))
    name = container_of(pod, query.get("container", ""))
    run = run_of(cluster, pod, name, flag(query, "previous"))
    reader = Reader(run, query, cluster.now())
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await _send(response, reader, cluster.now())
    if flag(query, "follow") and run.end == math.inf:
        wake = cluster.streams.add(request)
        cluster.moved.add(wake)
        try:
            await _follow(cluster, response, reader, target, wake)
        except ConnectionError:
            return response
        finally:
            cluster.moved.discard(wake)
            cluster.streams.remove(wake)
    return response


async def _send(response: web.StreamResponse, reader: Reader, now: float) -> None:
    batch = bytearray()
    for line in reader.read(now):
        batch += line
        if len(batch) >= FLUSH:
            await response.write(reader.limited(bytes(batch)))
            batch.clear()
            await asyncio.sleep(0)
    if batch and reader.limit != 0:
        await response.write(reader.limited(bytes(batch)))


async def _follow(
    cluster: KubernetesWorld, response: web.StreamResponse, reader: Reader, target: Target, wake: asyncio.Event
) -> None:
    """Write on until the run ends or the stream is cut."""
    while cluster.streams.is_open(wake) and reader.limit != 0:
        wake.clear()
        end = _end(cluster, reader.run, target)
        if end < math.inf:
            reader.run = reader.run._replace(end=end)
        await _send(response, reader, cluster.now())
        if end < math.inf:
            return
        await wake.wait()


def _end(cluster: KubernetesWorld, run: Run, target: Target) -> float:
    """When the run that is followed ended, infinite while it goes on."""
    pod = cluster.storage.read(api.PODS, target.namespace, target.name)
    if pod is None or pod["metadata"]["uid"] != run.uid:
        return cluster.now()
    for one in [*(pod["status"].get("containerStatuses") or ()), *(pod["status"].get("initContainerStatuses") or ())]:
        if one["name"] != run.container:
            continue
        for state in (one.get("state") or {}, one.get("lastState") or {}):
            ended = state.get("terminated")
            if ended and seconds(ended["startedAt"]) == run.start:
                return seconds(ended["finishedAt"]) + 0.999
    return math.inf
