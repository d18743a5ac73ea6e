"""What the embedded API server streams: logs, exec, metrics."""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec.json import decode

from tests.contract.kube_cluster import Api
from tests.contract.test_sim_kube_api import api
from tests.waiting import PATIENCE

__all__ = ["api"]


async def logs(api: Api, pod: str, **params: str) -> list[str]:
    code, body = await api.call("GET", f"{pod}/log", params=params)
    assert code == 200, body
    return bytes(body).decode().splitlines()


async def pod_of(api: Api, namespace: str, app: str) -> str:
    pods = await api.get(f"/api/v1/namespaces/{namespace}/pods", labelSelector=f"app.kubernetes.io/name={app}")
    return f"/api/v1/namespaces/{namespace}/pods/{pods['items'][0]['metadata']['name']}"


async def test_logs_are_the_same_each_time_and_can_be_cut(api: Api) -> None:
    pod = await pod_of(api, "cart", "cart-web")
    tail = await logs(api, pod, tailLines="20")
    assert tail == (await logs(api, pod, tailLines="500"))[-20:]
    numbers = [int(line.rpartition("seq=")[2]) for line in tail]
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    stamped = await logs(api, pod, tailLines="20", timestamps="true")
    assert [line.split(" ", 1)[1] for line in stamped] == tail
    since = await logs(api, pod, sinceTime=stamped[10].split(" ")[0])
    assert since[-10:] == tail[-10:]
    assert tail[8] not in since
    assert len("\n".join(await logs(api, pod, tailLines="50", limitBytes="300"))) <= 300
    recent = await logs(api, pod, sinceSeconds="10")
    assert 5 < len(recent) < 30


async def test_a_crash_loop_tells_why(api: Api) -> None:
    pod = await pod_of(api, "cart", "cart")
    assert (await logs(api, pod))[-1].endswith("FATAL REDIS_URL is not set")
    assert (await logs(api, pod, previous="true"))[-1].endswith("FATAL REDIS_URL is not set")
    ended = (await api.get(pod))["status"]["containerStatuses"][0]["lastState"]["terminated"]
    assert ended["exitCode"] == 1
    assert ended["message"].splitlines()[-1].endswith("FATAL REDIS_URL is not set")
    assert len(ended["message"]) <= 2048
    code, status = await api.call("GET", f"{await pod_of(api, 'cart', 'cart-web')}/log", params={"previous": "true"})
    assert (code, status["reason"]) == (400, "BadRequest")


async def test_a_pod_of_two_containers_wants_to_know_which(api: Api) -> None:
    pod = await pod_of(api, "search", "search-api")
    code, status = await api.call("GET", f"{pod}/log")
    assert code == 400
    assert "a container name must be specified for pod" in status["message"]
    assert "choose one of: [search-api envoy]" in status["message"]
    assert await logs(api, pod, container="envoy", tailLines="3")


async def test_following_a_log_gives_each_line_once(api: Api) -> None:
    pod = await pod_of(api, "cart", "cart-web")
    async with api.stream(f"{pod}/log", follow="true", tailLines="1") as lines:
        seen = [await anext(lines)]
        for _ in range(5):
            api.cluster.world.step(4)
            seen.append(await anext(lines))
        async with asyncio.timeout(PATIENCE):
            while len(seen) < 25:
                seen.append(await anext(lines))
    numbers = [int(line.rpartition(b"seq=")[2]) for line in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


async def run_exec(
    api: Api, pod: str, *words: str, protocol: str = "v5.channel.k8s.io", stdin: bytes = b"", **more: str
) -> tuple[bytes, Any]:
    params = [("command", w) for w in words] + [("stdout", "true"), ("stderr", "true"), *more.items()]
    if stdin:
        params.append(("stdin", "true"))
    out, status = b"", None
    async with api.session.ws_connect(f"{api.cluster.url}{pod}/exec", params=params, protocols=(protocol,)) as socket:
        assert socket.protocol == protocol
        if stdin:
            await socket.send_bytes(b"\0" + stdin)
            if protocol.startswith("v5"):
                await socket.send_bytes(b"\xff\0")
        async with asyncio.timeout(PATIENCE):
            async for message in socket:
                if message.data[0] == 3:
                    status = decode(message.data[1:])
                else:
                    out += message.data[1:]
    return out, status


async def test_exec(api: Api) -> None:
    pod = await pod_of(api, "default", "echo")
    out, status = await run_exec(api, pod, "sh", "-c", "echo hello $HOSTNAME; exit 3")
    assert out.decode() == f"hello {pod.rsplit('/', 1)[1]}\n"
    assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]
    out, status = await run_exec(api, pod, "cat", protocol="v5.channel.k8s.io", stdin=b"through\n")
    assert (out, status["status"]) == (b"through\n", "Success")
    out, status = await run_exec(api, pod, "echo", "v4", protocol="v4.channel.k8s.io")
    assert (out, status["status"]) == (b"v4\n", "Success")
    out, status = await run_exec(api, pod, "/no/such")
    assert 'exec: "/no/such": executable file not found in $PATH' in status["message"]


async def test_a_terminal_echoes_and_edits(api: Api) -> None:
    pod = await pod_of(api, "default", "echo")
    out, status = await run_exec(api, pod, "sh", tty="true", stdin=b"echo abx\x7fc\rexit 4\r")
    assert b"echo abx\b \bc\r\nabc\r\n" in out
    assert status["details"]["causes"][0]["message"] == "4"


async def test_metrics(api: Api) -> None:
    nodes = await api.get("/apis/metrics.k8s.io/v1beta1/nodes")
    assert len(nodes["items"]) == 9
    pods = await api.get("/apis/metrics.k8s.io/v1beta1/namespaces/cart/pods")
    assert len(pods["items"]) == 17  # the twelve that crash run nothing
    usage = pods["items"][-1]["containers"][0]["usage"]
    assert usage["cpu"].endswith("n")
    assert usage["memory"].endswith("Ki")
