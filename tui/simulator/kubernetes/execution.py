"""``pods/exec`` over a WebSocket: channels v5 and v4 of the API, a terminal with echo and line editing, the exit code."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from msgspec.json import encode

from tui.simulator.kubernetes import errors
from tui.simulator.kubernetes import resources as api
from tui.simulator.kubernetes.commands import Exit, NotFound
from tui.simulator.kubernetes.facts import Object
from tui.simulator.kubernetes.logs import container_of
from tui.simulator.kubernetes.request import Target, flag
from tui.simulator.kubernetes.shell import Shell
from tui.simulator.kubernetes.storage import decode

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.kubernetes.cluster import KubernetesWorld

STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255
PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
PROMPT = b"/app $ "
INTERRUPT, END, KILL_LINE, ERASE = 0x03, 0x04, 0x15, (0x08, 0x7F)


class Session:
    """One exec: what came in on its channels, and what goes out."""

    def __init__(self, socket: web.WebSocketResponse, tty: bool) -> None:
        self.socket = socket
        self.tty = tty
        self.size = (80, 24)  # columns, lines, as the client last said
        self._input: asyncio.Queue[bytes] = asyncio.Queue()
        self._closed = False

    async def receive(self) -> None:
        """Sort what the client sends until it goes."""
        from aiohttp import WSMsgType

        async for message in self.socket:
            if message.type not in (WSMsgType.BINARY, WSMsgType.TEXT):
                continue
            data = message.data if isinstance(message.data, bytes) else message.data.encode()
            if not data:
                continue
            if data[0] == STDIN and data[1:]:
                self._input.put_nowait(data[1:])
            elif data[0] == RESIZE:
                self._resize(data[1:])
            elif data[0] == CLOSE and data[1:2] == b"\0":
                self._input.put_nowait(b"")
        self._input.put_nowait(b"")

    def _resize(self, data: bytes) -> None:
        from msgspec import DecodeError
        from msgspec.json import decode as decode_json

        try:
            size = decode_json(data)
            self.size = (int(size["Width"]), int(size["Height"]))
        except (DecodeError, KeyError, TypeError, ValueError):
            return

    async def read(self) -> bytes:
        """The next piece of standard input, ``b""`` at its end."""
        if self._closed:
            return b""
        data = await self._input.get()
        self._closed = not data
        return data

    async def out(self, data: bytes) -> None:
        """Write to standard output; a terminal gets carriage returns."""
        await self._send(STDOUT, data.replace(b"\n", b"\r\n") if self.tty else data)

    async def err(self, data: bytes) -> None:
        """Write to standard error; a terminal has none of its own."""
        await (self.out(data) if self.tty else self._send(STDERR, data))

    async def _send(self, channel: int, data: bytes) -> None:
        if data and not self.socket.closed:
            await self.socket.send_bytes(bytes((channel,)) + data)

    async def finish(self, status: Object) -> None:
        """Send the outcome and close."""
        await self._send(ERROR, encode(status))
        await self.socket.close()


async def serve_exec(cluster: KubernetesWorld, request: web.Request, target: Target) -> web.StreamResponse:
    """Answer ``pods/exec``."""
    from aiohttp import web

    query = request.query
    pod = decode(cluster.storage.get(api.PODS, target.namespace, target.name))
    name = container_of(pod, query.get("container", ""))
    words = query.getall("command", [])
    if not words:
        raise errors.bad_request("you must specify at least 1 command for the container")
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise errors.bad_request("Upgrade request required")
    status: Object = next((s for s in pod["status"].get("containerStatuses") or () if s["name"] == name), {})
    if "running" not in (status.get("state") or {}):
        raise errors.bad_request(f'container not found ("{name}")')
    socket = web.WebSocketResponse(protocols=PROTOCOLS, heartbeat=30.0)
    await socket.prepare(request)
    session = Session(socket, flag(query, "tty"))
    receiver = asyncio.create_task(session.receive())
    runner = asyncio.create_task(_run(session, shell_of(cluster, pod, name), words))
    try:
        await asyncio.wait((receiver, runner), return_when=asyncio.FIRST_COMPLETED)
        if not runner.done():  # the client left: standard input is at its end; what does not end by that is killed
            await asyncio.wait((runner,), timeout=1.0)
    finally:
        for task in (receiver, runner):
            task.cancel()
        await asyncio.gather(receiver, runner, return_exceptions=True)
    return socket


def shell_of(cluster: KubernetesWorld, pod: Object, name: str) -> Shell:
    """A shell in a container, with the environment and files that one finds there."""
    container = next(c for c in [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or ())] if c["name"] == name)
    metadata = pod["metadata"]
    env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME": metadata["name"], "HOME": "/app"}
    env.update({e["name"]: e.get("value", "") for e in container.get("env") or ()})
    env.update(KUBERNETES_SERVICE_HOST="172.20.0.1", KUBERNETES_SERVICE_PORT="443")
    files = {
        "/etc/hostname": f"{metadata['name']}\n",
        "/etc/hosts": f"127.0.0.1\tlocalhost\n{pod['status'].get('podIP', '')}\t{metadata['name']}\n",
        "/etc/os-release": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n',
        "/etc/resolv.conf": f"search {metadata['namespace']}.svc.cluster.local cluster.local\nnameserver 172.20.0.10\n",
        "/app/app.conf": f"name = {name}\nport = 8080\nworkers = 4\n",
        "/app/README": f"{container['image']}\n",
        "/var/run/secrets/kubernetes.io/serviceaccount/namespace": metadata["namespace"],
        "/usr/bin/env": "",
        "/bin/sh": "",
        "/tmp/ready": "ok\n",
    }
    words = [*(container.get("command") or ()), *(container.get("args") or ())] or [f"/app/{name}", "--port", "8080"]
    return Shell(env, files, " ".join(words), cluster.now, asyncio.sleep)


async def _run(session: Session, shell: Shell, words: list[str]) -> None:
    if session.tty:
        shell.terminal = lambda: _interactive(session, shell)
    try:
        code = await shell.execute(words, session.out, session.err, session.read)
    except Exit as end:
        code = end.code
    except NotFound as error:
        why = f'exec: "{error}": executable file not found in $PATH: unknown'
        message = (
            "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec: "
            f"OCI runtime exec failed: exec failed: unable to start container process: {why}"
        )
        await session.finish({"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500})
        return
    await session.finish(outcome(code))


def outcome(code: int) -> Object:
    """The ``Status`` on the error channel."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


async def _interactive(session: Session, shell: Shell) -> int:
    """A shell on a terminal: echo, erase, ^U, ^C, ^D, one line at a time."""
    await session.out(PROMPT)
    line = bytearray()
    while data := await session.read():
        for byte in data:
            if byte in (0x0D, 0x0A):
                await session.out(b"\n")
                text, line = line.decode(errors="replace"), bytearray()
                try:
                    await shell.line(text, session.out, session.err, session.read)
                except Exit as end:
                    return end.code
                await session.out(PROMPT)
            else:
                ended = await _key(session, line, byte)
                if ended:
                    return shell.last
    return shell.last


async def _key(session: Session, line: bytearray, byte: int) -> bool:
    """One key that does not end the line; whether it ended the session."""
    if byte == END and not line:
        await session.out(b"\n")
        return True
    if byte == INTERRUPT:
        line.clear()
        await session.out(b"^C\n" + PROMPT)
    elif byte == KILL_LINE:
        await session.out(b"\b \b" * len(line))
        line.clear()
    elif byte in ERASE:
        if line:
            line.pop()
            await session.out(b"\b \b")
    elif byte >= 0x20:
        line.append(byte)
        await session.out(bytes((byte,)))
    return False
