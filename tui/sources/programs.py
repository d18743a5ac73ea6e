"""Helper programs (exec plugins, ``credential_process``) run through one function, so that none of them can take the
terminal, outlive its limit or leave children behind.

With only ``stdin=DEVNULL`` a child can still open ``/dev/tty``; in a session of its own it cannot. It is killed as a group.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence

from msgspec import Struct

from tui.model.errors import ApiError, Trouble

LIMIT = 30.0
SHOWN = 300
BIGGEST = 1 << 20


class Output(Struct, frozen=True):
    """What a program gave: its exit status, standard output and (at most 1 MiB of each) standard error."""

    status: int
    stdout: bytes
    stderr: bytes


async def run_program(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, limit: float = LIMIT, what: str = ""
) -> Output:
    """Run ``command`` without a terminal and wait for its end, ``limit`` seconds at most.

    Raises ApiError (NO_CREDENTIALS) when it cannot be started or does not end in time; a status other than 0 is the
    caller's affair (``failed`` words it). ``environment`` replaces the inherited one.
    """
    title = what or shlex.join(command)
    try:
        process = await start_program(command, environment=environment)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ApiError(
            Trouble.NO_CREDENTIALS, f"{title} cannot be started: {reason}", hint="check that it is installed"
        ) from error
    try:
        async with asyncio.timeout(limit):
            stdout, stderr = await process.communicate()
    except TimeoutError as error:
        raise ApiError(
            Trouble.NO_CREDENTIALS,
            f"{title} did not answer within {limit:g} s and was ended",
            hint="it may be waiting for an answer on a terminal, which it does not have here",
        ) from error
    finally:
        kill_group(process)
        # reap it, so that its pipes are closed before the loop may be
        await process.wait()
    return Output(process.returncode or 0, stdout[:BIGGEST], stderr[:BIGGEST])


async def start_program(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Process:
    """Start ``command`` with no standard input, captured output and a session of its own."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
        env=dict(environment) if environment is not None else None,
    )


def kill_group(process: Process) -> None:
    """End the program and all that it started; nothing happens where all have ended."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def last_words(stderr: bytes) -> str:
    """The last line that a program wrote to standard error, for one sentence on the screen."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1][:SHOWN] if lines else ""


def failed(title: str, output: Output) -> ApiError:
    """The error of a program that ended with a status other than 0."""
    words = last_words(output.stderr)
    ending = f"was killed by signal {-output.status}" if output.status < 0 else f"ended with status {output.status}"
    return ApiError(Trouble.NO_CREDENTIALS, f"{title} {ending}{f': {words}' if words else ''}")
