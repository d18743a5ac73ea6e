"""An SSH server on loopback behind a proxy that carries few bytes and late: what a bastion over a phone's tether is.

``python -m tests.bench.ssh_line RATE DELAY ARGUMENT…`` prints the proxy's port and serves until its standard input is
closed; SIGUSR1 stalls the proxy, and lets it go on the next time. Every session runs Python with the arguments in a
pseudo-terminal of the client's size. RATE is in bytes a second, DELAY the round trip in seconds. Nothing is asked of who
connects: it listens on loopback, for one benchmark.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import struct
import sys
import termios
from typing import Any

import asyncssh

PIECE = 512


class Server(asyncssh.SSHServer):
    """Lets everybody in."""

    def begin_auth(self, username: str) -> bool:
        return False


def resize(terminal: int, width: int, height: int) -> None:
    """Columns and rows of a pseudo-terminal."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))


async def session(process: asyncssh.SSHServerProcess[bytes], command: list[str]) -> None:
    """One login: the program in a pseudo-terminal, bytes carried both ways as sshd does."""
    width, height, *_ = process.term_size
    master, slave = os.openpty()
    resize(slave, width, height)
    # as sshd says it
    here = " ".join(str(part) for name in ("peername", "sockname") for part in process.get_extra_info(name)[:2])
    env = {**os.environ, "TERM": process.term_type or "xterm-256color", "SSH_CONNECTION": here}
    pipes: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave}
    pipes["preexec_fn"] = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # or the kernel would tell it of no new size
    child = await asyncio.create_subprocess_exec(sys.executable, *command, env=env, start_new_session=True, **pipes)
    os.close(slave)
    loop = asyncio.get_running_loop()

    async def output() -> None:
        while True:
            try:
                data = await loop.run_in_executor(None, os.read, master, 16384)
            except OSError:
                return
            if not data:
                return
            process.stdout.write(data)
            await process.stdout.drain()

    async def keys() -> None:
        while True:
            try:
                data = await process.stdin.read(4096)
            except asyncssh.TerminalSizeChanged as size:
                resize(master, size.width, size.height)
                continue
            if not data:
                return
            os.write(master, data)

    tasks = [asyncio.create_task(output()), asyncio.create_task(keys())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if child.returncode is None:
        child.send_signal(signal.SIGHUP)
    for task in tasks:
        task.cancel()
    process.exit(0)


class Stall:
    """Nothing is carried while it lasts."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.over.set()

    def turn(self) -> None:
        """Begin, or end."""
        if self.over.is_set():
            self.over.clear()
        else:
            self.over.set()


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float, delay: float, stall: Stall) -> None:
    """One direction of the proxy: so many bytes a second, each so much later."""
    loop = asyncio.get_running_loop()
    free_at = loop.time()
    while data := await reader.read(PIECE):
        await stall.over.wait()
        free_at = max(free_at, loop.time()) + len(data) / rate
        await asyncio.sleep(free_at - loop.time())
        loop.call_later(delay, writer.write, data)
    loop.call_later(delay, writer.close)


async def serve(rate: float, delay: float, command: list[str]) -> None:
    """Until standard input ends."""
    keys = [asyncssh.generate_private_key("ssh-ed25519")]

    async def handle(process: Any) -> None:
        await session(process, command)

    options: dict[str, Any] = {"server_host_keys": keys, "process_factory": handle, "encoding": None, "line_editor": False}
    server = await asyncssh.create_server(Server, "127.0.0.1", 0, **options)
    port = server.sockets[0].getsockname()[1]
    kept: set[asyncio.Task[None]] = set()
    stall = Stall()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stall.turn)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port, limit=PIECE)
        for one in (carry(reader, far_writer, rate, delay / 2, stall), carry(far_reader, writer, rate, delay / 2, stall)):
            kept.add(asyncio.create_task(one))

    proxy = await asyncio.start_server(connected, "127.0.0.1", 0, limit=PIECE)
    print(proxy.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]))
