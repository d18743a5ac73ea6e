"""``pierhead get --watch``: each row again when it, its state or its reason changes, until ctrl-c."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import Any

from tui.commands.printing import Printer
from tui.commands.reading import Reading
from tui.model import Finding, Key, Row, State
from tui.model.errors import ApiError
from tui.store import Store

#: at least this many seconds between two looks at everything, whatever happens
PACE_S = 0.2


async def watch(store: Store, reading: Reading, printer: Printer) -> None:
    """Go on for ever. What cannot be read for a while is said once on standard error, and the rows go on when it can."""
    news = asyncio.Event()
    pane = reading.wanted.pane
    known = {row.key: _face(store, row) for row in reading.rows()}
    said = reading.trouble()
    with contextlib.ExitStack() as ends:
        kinds = {pane.kind, Finding.kind, *pane.joins}
        ends.enter_context(contextlib.closing(store.subscribe(kinds, lambda _: news.set())))
        ends.enter_context(contextlib.closing(store.freshness.subscribe(lambda _: news.set())))
        while True:
            await news.wait()
            news.clear()
            trouble = reading.trouble()
            if trouble != said:
                said = trouble
                print(f"pierhead: {trouble}" if trouble else f"pierhead: {pane.title.lower()} are read again", file=sys.stderr)
            await _look(store, reading, printer, known)
            await store.clock.sleep(PACE_S)


Face = tuple[Row, State, str]


def _face(store: Store, row: Row) -> Face:
    """What has to differ for a row to be printed again: ages and figures alone do not."""
    return row, store.state(row), store.reason(row)


async def _look(store: Store, reading: Reading, printer: Printer, known: dict[Key, Any]) -> None:
    """Print what differs from ``known``, and know it from then on."""
    now = {row.key: _face(store, row) for row in reading.rows()}
    gone = [face[0] for key, face in known.items() if key not in now]
    changed = [face[0] for key, face in now.items() if known.get(key) != face]
    for row in gone:
        del known[row.key]
    if gone:
        printer.gone(gone)
    if not changed:
        return
    try:
        await printer.changed(changed)
    except ApiError as error:
        print(f"pierhead: {error}  {error.hint}".rstrip(), file=sys.stderr)
        return  # they still differ from what is known, so the next look tries again
    known.update((row.key, now[row.key]) for row in changed)
