"""Keeps sources running: a crash is shown as freshness, its traceback goes to the log, and the source starts again.

Every task of the sources is started here and kept by reference; stopping waits for all of them.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from tui.model import Scope
from tui.model.errors import ApiError, Trouble
from tui.sources.backoff import Backoff
from tui.sources.base import Source, SourceContext
from tui.store.freshness import Freshness, FreshState

#: A source that has run this long is taken as well: its next crash waits shortly again.
SETTLED_S = 120.0


class Supervisor:
    """Runs sources until ``stop``. ``scope`` is where a crash of a source is reported."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, source: Source, scope: Scope) -> asyncio.Task[None]:
        """Run ``source`` until cancelled, starting it again after a crash with full-jitter backoff."""
        return self.spawn(_keep(source, scope), name=f"source {source.name}")

    def spawn(self, work: Coroutine[Any, Any, None], *, name: str) -> asyncio.Task[None]:
        """Run ``work`` as a task that is kept until it ends; what it raises is logged by the loop's handler."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def end(self, *tasks: asyncio.Task[Any]) -> None:
        """Cancel these and wait for their ends."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self) -> None:
        """End everything."""
        await self.end(*tuple(self._tasks))


def fault(context: SourceContext, name: str, error: Exception) -> ApiError:
    """A fault of ours while a connection was opened: kept with its traceback, then shown and tried again like any other."""
    context.log.error("%s: opening failed on a fault of pierhead", name, exc_info=error)
    context.failures.crash(context.clock.now(), name, error, "".join(traceback.format_exception(error)))
    message = f"opening the connection failed on a fault of pierhead: {type(error).__name__}: {error}"
    return ApiError(Trouble.ERROR, message, hint=":errors shows the details")


async def _keep(source: Source, scope: Scope) -> None:
    """Run one source for ever."""
    backoff = Backoff(source.context.random)
    while True:
        began = source.clock.monotonic()
        try:
            await source.run()
            return
        except Exception as error:  # noqa: BLE001 - the one place where any crash of a source ends: shown, logged, tried again
            if source.clock.monotonic() - began >= SETTLED_S:
                backoff.reset()
            wait = backoff.next()
            report_crash(source, scope, first_cause(error), wait)
            await source.clock.sleep(wait)
            forget_crash(source, scope)


def report_crash(source: Source, scope: Scope, error: Exception, wait: float) -> None:
    """Say in the log, in ``:errors`` and in the freshness of all of the source's kinds that it crashed."""
    now = source.clock.now()
    source.log.error("%s crashed, again in %.1f s", source.name, wait, exc_info=error)
    source.context.failures.crash(now, source.name, error, "".join(traceback.format_exception(error)))
    for kind in source.kinds:
        before = source.store.freshness.get(source.name, kind, scope)
        source.store.freshness.set(
            Freshness(
                source=source.name,
                kind=kind,
                scope=scope,
                state=FreshState.ERROR,
                since=now,
                last_success=before.last_success if before else None,
                message=f"{source.name} stopped on a fault of pierhead: {type(error).__name__}: {error}",
                hint=":errors shows the details",
                next_try=now + wait,
                interval=None,
            )
        )


def forget_crash(source: Source, scope: Scope) -> None:
    """The source starts again: what it says from now on counts."""
    for kind in source.kinds:
        source.store.freshness.drop(source=source.name, kind=kind, scope=scope)


def first_cause(error: Exception) -> Exception:
    """The error inside the group that a source of several loops raises."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return error


async def together(*works: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run several endless loops of one source as one: the first that raises ends them all, and its error is raised."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work()) for work in works]
        del tasks
