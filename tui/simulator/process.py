"""The embedded world as a process: sockets on loopback, the kubeconfig, and an end that comes however the parent ends.

As a child (``python -P -m tui.simulator``) it reports its addresses on one pipe and lives until another one closes. As
``pierhead simulate`` it runs in the foreground until SIGINT or SIGTERM and prints what a shell can evaluate.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import shlex
import signal
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiohttp import web

    from tui.simulator.assembly import Assembly

HOST = "127.0.0.1"
TICK = 0.25  # seconds of real time between two moves of the world
GRACE = 0.1  # seconds that open requests get at the end


def parser() -> ArgumentParser:
    """The options of ``python -m tui.simulator``; ``pierhead simulate`` has the first three."""
    made = ArgumentParser(prog="tui.simulator", description="A small AWS account and EKS cluster on loopback.")
    made.add_argument("--size", choices=("default", "large"), default="default")
    made.add_argument("--seed", type=int, default=0)
    made.add_argument("--chaos", action="store_true")
    made.add_argument("--manual-clock", action="store_true", help="the world moves only by POST /step")
    made.add_argument("--strict", action="store_true", help="answers that do not fit AWS's models are HTTP 500")
    made.add_argument("--ready-fd", type=int, help="where the addresses and secrets are written once, as JSON")
    made.add_argument("--life-fd", type=int, help="a pipe whose closing ends this process")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a child or by hand."""
    return simulate(parser().parse_args(arguments))


def simulate(args: Namespace) -> int:
    """Run the world until it is told to end; the exit status."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.server").addFilter(_is_ours)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(args))
    return 0


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a failed request is this world's fault: a client that hung up or spoke no HTTP is not worth a traceback."""
    from aiohttp.http_exceptions import HttpProcessingError

    wrong = record.exc_info[1] if record.exc_info else None
    return not isinstance(wrong, (ConnectionError, HttpProcessingError))


async def _run(args: Namespace) -> None:
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ending.set)
    life = getattr(args, "life_fd", None)
    if life is not None:
        loop.add_reader(life, ending.set)
    async with running(args) as facts:
        _report(getattr(args, "ready_fd", None), facts)
        await ending.wait()


def _report(ready: int | None, facts: dict[str, Any]) -> None:
    if ready is None:
        for name, value in facts["env"].items():
            print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        return
    with os.fdopen(ready, "w") as pipe:
        json.dump(facts, pipe)


def assemble(args: Namespace) -> Assembly:
    """The world, not yet open."""
    from tui.simulator.assembly import Assembly

    return Assembly(
        size="large" if args.size == "large" else "small",
        seed=args.seed,
        chaos=args.chaos,
        manual_clock=getattr(args, "manual_clock", False),
        strict=getattr(args, "strict", False),
    )


@contextlib.asynccontextmanager
async def running(args: Namespace) -> AsyncIterator[dict[str, Any]]:
    """The world with its sockets open; gives addresses and secrets. Closes all of it at the end."""
    from tui.simulator.control import Control

    assembly = assemble(args)
    gc.collect()
    gc.freeze()  # what the world is made of stays: later collections need not look at it
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pierhead-"))
        aws = await _serve(stack, assembly.front.application())
        control = await _serve(stack, Control(assembly, assembly.secret.control_token).application())
        stack.push_async_callback(assembly.kubernetes.stop)
        await assembly.kubernetes.start(HOST)
        kubeconfig = assembly.kubernetes.write_kubeconfig(Path(folder))
        ticker = asyncio.create_task(_tick(assembly))
        stack.push_async_callback(_stop, ticker)
        yield _facts(assembly, aws, control, kubeconfig)


def _facts(assembly: Assembly, aws: int, control: int, kubeconfig: Path) -> dict[str, Any]:
    world, keys, cluster = assembly.world, assembly.secret.root, assembly.kubernetes
    return {
        "env": {
            "AWS_ENDPOINT_URL": f"http://{HOST}:{aws}",
            "AWS_REGION": world.region,
            "AWS_DEFAULT_REGION": world.region,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "KUBECONFIG": str(kubeconfig),
        },
        "control": f"http://{HOST}:{control}",
        "secret": assembly.secret.control_token,
        "kubernetes": cluster.url,
        "kubernetes_token": cluster.token,
        "ca": cluster.ca_pem,
    }


async def _serve(stack: contextlib.AsyncExitStack, app: web.Application) -> int:
    """Serve ``app`` on a free loopback port; the port. Request bodies stay as sent: signatures are over those bytes."""
    from aiohttp import web

    runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE, auto_decompress=False, handle_signals=False)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, HOST, 0)
    await site.start()
    return int(runner.addresses[0][1])


async def _tick(assembly: Assembly) -> None:
    """Keep the world at its clock's time."""
    move: Callable[[], None] = assembly.world.tick
    while True:
        try:
            move()
        except Exception:
            logging.getLogger(__name__).exception("the world could not move")
        await asyncio.sleep(TICK)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
