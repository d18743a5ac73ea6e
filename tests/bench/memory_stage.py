"""The console with a large world and a full log, in a process of its own: prints ``{"rows": MiB, "log": MiB}``.

The world's addresses come in the environment. The log's lines come from here, a thousand at a time, since no embedded
service has written so many; everything else is as in a terminal.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from config import load
from tui.app import PierheadApp
from tui.logs.base import LogLine

PODS, TASKS, LINES = 10_000, 1_900, 100_000
PAGE = os.sysconf("SC_PAGESIZE") / 2**20
TEXT = 'payment authorised  service=checkout seq={} order=89999 ms=502 user={{"id":3999,"tier":"plus"}} request=8f2e71c0'


class Lines:
    """A log provider of so many lines."""

    kinds = ("tasks", "pods")

    async def follow(self, rows: Any, **_: Any) -> AsyncIterator[Sequence[LogLine]]:
        for start in range(0, LINES, 1000):
            batch = [
                LogLine((number + 1) * 1_000_000, f"pod-{number % 12}", TEXT.format(number))
                for number in range(start, start + 1000)
            ]
            yield batch
            await asyncio.sleep(0.02)
        await asyncio.Event().wait()


def resident() -> float:
    """MiB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


async def main() -> None:
    """Rows first, then the log over them."""
    settings = load(Path(os.devnull), os.environ, {"ui.start_view": "tasks", "refresh.rate_share": 1.0})
    app = PierheadApp(settings)
    async with app.run_test(size=(200, 50)) as pilot:
        for _ in range(600):
            if app.store.count("pods") >= PODS and app.store.count("tasks") >= TASKS:
                break
            await asyncio.sleep(0.1)
        else:
            raise TimeoutError(f"{app.store.count('pods')} pods, {app.store.count('tasks')} tasks")
        await asyncio.sleep(5)
        rows = resident()
        connection: Any = app.console_.connection
        connection.logs = Lines()
        await pilot.press("j", "l")
        for _ in range(300):
            await asyncio.sleep(0.1)
            lines = getattr(app.screen, "all", ())
            if len(lines) >= 0.99 * LINES:
                break
        else:
            raise TimeoutError(f"{len(lines)} lines")
        print(json.dumps({"rows": rows, "log": resident()}), file=sys.__stdout__, flush=True)
        os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
