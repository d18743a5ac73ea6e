"""What ``bench_kube`` runs in processes of their own: an API server with 10,000 pods, our source, and the typed client.

``python -m tests.bench.kube_stage serve`` prints its port and serves until its standard input closes; ``ours PORT`` and
``typed PORT`` print one JSON object. Bodies are made once, so that the server's own work does not stand in the figures.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PODS = 10_000
EVENTS = 1_000
PAGE = 500


def pod(number: int, version: int, phase: str = "Running") -> bytes:
    """A pod of 6.2 KB, as a cluster gives it: half of it is what the console does not read."""
    workload, uid = f"app-{number % 500}", f"8a1f2c3d-0000-4000-8000-{number:012d}"
    managed = {"manager": "kubelet", "operation": "Update", "fieldsV1": {f"f:field-{i}": {"f:inner": {}} for i in range(40)}}
    volumes = [{"name": f"v{i}", "configMap": {"name": f"map-{i}", "defaultMode": 420}} for i in range(6)]
    probe = {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10, "failureThreshold": 3}
    body = {
        "metadata": {
            "name": f"{workload}-7f9c4d5b6-{number:05d}",
            "generateName": f"{workload}-7f9c4d5b6-",
            "namespace": f"team-{number % 20}",
            "uid": uid,
            "resourceVersion": str(version),
            "creationTimestamp": "2026-11-23T10:00:00Z",
            "labels": {"app": workload, "pod-template-hash": "7f9c4d5b6", "team": f"team-{number % 20}"},
            "annotations": {"checksum/config": "9f" * 32, "example.com/notes": "x" * 400},
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": f"{workload}-7f9c4d5b6",
                    "uid": f"rs-{number % 500}",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
            "managedFields": [managed, managed],
        },
        "spec": {
            "nodeName": f"ip-10-0-{number % 200}-7.eu-west-1.compute.internal",
            "serviceAccountName": workload,
            "restartPolicy": "Always",
            "volumes": volumes,
            "containers": [
                {
                    "name": "app",
                    "image": f"482913750164.dkr.ecr.eu-west-1.amazonaws.com/{workload}:1.{number % 7}.0",
                    "env": [{"name": f"VARIABLE_{i}", "value": f"value-{i}"} for i in range(12)],
                    "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
                    "livenessProbe": probe,
                    "readinessProbe": probe,
                    "volumeMounts": [{"name": v["name"], "mountPath": f"/etc/{v['name']}"} for v in volumes],
                }
            ],
        },
        "status": {
            "phase": phase,
            "qosClass": "Burstable",
            "hostIP": "10.0.0.7",
            "podIP": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
            "podIPs": [{"ip": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"}],
            "startTime": "2026-11-23T10:00:00Z",
            "conditions": [
                {"type": t, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-11-23T10:00:05Z"}
                for t in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [
                {
                    "name": "app",
                    "ready": True,
                    "started": True,
                    "restartCount": number % 3,
                    "image": workload,
                    "imageID": f"482913750164.dkr.ecr.eu-west-1.amazonaws.com/{workload}@sha256:{'9f' * 32}",
                    "containerID": "containerd://" + "ab" * 32,
                    "state": {"running": {"startedAt": "2026-11-23T10:00:04Z"}},
                    "lastState": {},
                }
            ],
        },
    }
    return json.dumps(body, separators=(",", ":")).encode()


class Server:
    """List in pages, WatchList, and a watch that sends 1,000 changes when asked at ``/burst``."""

    def __init__(self) -> None:
        pods = [pod(n, 1000 + n) for n in range(PODS)]
        self.pages = [self._page(pods, start) for start in range(0, PODS, PAGE)]
        self.initial = [b"".join(self._event(b"ADDED", p) for p in pods[i : i + 100]) for i in range(0, PODS, 100)]
        end = {"k8s.io/initial-events-end": "true"}
        mark = {"kind": "Pod", "metadata": {"resourceVersion": "20000", "annotations": end}}
        self.initial.append(self._event(b"BOOKMARK", json.dumps(mark).encode()))
        self.burst = [self._event(b"MODIFIED", pod(n * 7 % PODS, 30_000 + n, "Pending")) for n in range(EVENTS)]
        self.size = sum(len(p) for p in self.pages)
        self.go = asyncio.Event()

    def _page(self, pods: list[bytes], start: int) -> bytes:
        more = {"continue": str(start + PAGE), "remainingItemCount": PODS - start - PAGE} if start + PAGE < PODS else {}
        meta = json.dumps({"resourceVersion": "20000", **more}).encode()
        items = b",".join(pods[start : start + PAGE])
        return b'{"kind":"PodList","apiVersion":"v1","metadata":' + meta + b',"items":[' + items + b"]}\n"

    def _event(self, kind: bytes, thing: bytes) -> bytes:
        return b'{"type":"' + kind + b'","object":' + thing + b"}\n"

    async def handle(self, request: Any) -> Any:
        from aiohttp import web

        if request.path == "/burst":
            self.go.set()
            return web.Response()
        if "watch" not in request.query:
            start = int(request.query.get("continue") or 0)
            return web.Response(body=self.pages[start // PAGE], content_type="application/json")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        if "sendInitialEvents" in request.query:
            for piece in self.initial:
                await response.write(piece)
        await self.go.wait()
        self.go.clear()
        for i in range(0, EVENTS, 20):
            await response.write(b"".join(self.burst[i : i + 20]))
        await asyncio.Event().wait()
        return response

    async def run(self) -> None:
        from aiohttp import web

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"{runner.addresses[0][1]} {self.size}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        await runner.cleanup()


def resident() -> float:
    """Resident memory in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


class Stall:
    """The longest time for which the loop did not turn, in milliseconds."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._task = asyncio.ensure_future(self._tick())

    async def _tick(self) -> None:
        before = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            self.worst = max(self.worst, (now - before - 0.001) * 1000)
            before = now

    def stop(self) -> float:
        self._task.cancel()
        return self.worst


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for is the store
        await asyncio.sleep(0.002)


async def ours(port: str, watch_list: bool) -> dict[str, Any]:
    """The pods source from nothing to live, then 1,000 events."""
    from random import Random

    from config.settings import Settings
    from tests.contract.kube_api import Given
    from tui.model import SystemClock
    from tui.sources.base import SourceContext
    from tui.sources.kubernetes.connect import KubernetesConnection, Options
    from tui.sources.kubernetes.kubeconfig import Context
    from tui.sources.kubernetes.objects import SOURCES
    from tui.store import FreshState, Store

    loop = asyncio.get_running_loop()
    given = Given(Context(name="bench", server=f"http://127.0.0.1:{port}"))
    connection = await KubernetesConnection.open_context(given, "bench", Options(loopback_only=True))  # type: ignore[arg-type]
    connection.watch_list = watch_list
    store = Store(SystemClock(), loop.call_later)
    view = store.view("pods")
    context = SourceContext(store=store, clock=store.clock, settings=Settings(), kubernetes=connection, random=Random(1))
    source = next(s for s in SOURCES if s.kinds == ("pods",))(context)
    store.interest.register("pods", None)
    gc.collect()
    before, stall = resident(), Stall()
    await asyncio.sleep(0.01)
    began, cpu = time.perf_counter(), time.process_time()
    running = asyncio.ensure_future(source.run())
    await until(lambda: any(f.state is FreshState.LIVE for f in store.freshness.of("pods")))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    worst = stall.stop()
    store.flush()
    assert len(view) == store.count("pods") == PODS
    result = {"seconds": seconds, "cpu": cpu, "growth": resident() - before, "stall": worst}
    view.close()
    flushes = store.flushes
    cpu = time.process_time()
    await connection.requests.read("/burst")
    last = str(30_000 + EVENTS - 1)
    versions = store.freshness._versions
    await until(lambda: any(last in seen for seen in versions.values()))
    store.flush()
    result |= {"events_cpu": time.process_time() - cpu, "flushes": store.flushes - flushes}
    assert sum(row.phase == "Pending" for row in store.rows("pods")) == EVENTS  # type: ignore[attr-defined]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await connection.close()
    return result


async def typed(port: str) -> dict[str, Any]:
    """The same list by kubernetes.aio's typed client, and 1,000 events by its Watch."""
    from kubernetes.aio import client, watch

    configuration = client.Configuration(host=f"http://127.0.0.1:{port}")
    async with client.ApiClient(configuration) as api:
        core = client.CoreV1Api(api)
        gc.collect()
        before, stall = resident(), Stall()
        await asyncio.sleep(0.01)
        began, cpu = time.perf_counter(), time.process_time()
        pods: list[Any] = []
        token = None
        while True:
            page = await core.list_pod_for_all_namespaces(limit=PAGE, _continue=token)
            pods += page.items
            token = page.metadata._continue
            if not token:
                break
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        result = {"seconds": seconds, "cpu": cpu, "growth": resident() - before, "stall": stall.stop()}
        assert len(pods) == PODS
        cpu = time.process_time()
        waiting = asyncio.ensure_future(_burst(port))
        count = 0
        async for _ in watch.Watch().stream(core.list_pod_for_all_namespaces, resource_version="20000", _request_timeout=60):
            count += 1
            if count == EVENTS:
                break
        await waiting
        return result | {"events_cpu": time.process_time() - cpu}


async def _burst(port: str) -> None:
    import aiohttp

    await asyncio.sleep(0.2)
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/burst"):
        pass


if __name__ == "__main__":
    what, *arguments = sys.argv[1:]
    if what == "serve":
        server = Server()
        asyncio.run(server.run())
    else:
        made = typed(*arguments) if what == "typed" else ours(arguments[0], what == "ours")
        sys.stdout.write(json.dumps(asyncio.run(made)) + "\n")
