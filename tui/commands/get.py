"""``pierhead get KIND``: rows or whole objects on standard output, for scripts and pipes."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import sys
from collections.abc import Sequence
from typing import Any

from config import Settings
from tui.diagnosis import rules
from tui.model import Row, SystemClock
from tui.model.errors import ApiError
from tui.panes import Pane, PaneContext, pane_named, panes
from tui.screens.texts import as_yaml, plain, table
from tui.store import Freshness, FreshState, KindChanges, Store, Urgency
from widgets.text import clean

FAILED = 1


def run_get(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print and end; 1 where something could not be read, 2 for a kind that does not exist."""
    found = panes()
    pane = pane_named(arguments.kind, found)
    if pane is None:
        kinds = ", ".join(sorted(kind if kind != "findings" else "problems" for kind in found))
        print(f"pierhead: no kind is called {arguments.kind!r}; there are: {kinds}", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_get(arguments, settings, pane))
    except ApiError as error:
        print(f"pierhead: {error}  {error.hint}".rstrip(), file=sys.stderr)
        return FAILED


async def _get(arguments: argparse.Namespace, settings: Settings, pane: Pane) -> int:
    from tui.sources.hub import Hub

    loop = asyncio.get_running_loop()
    store = Store(SystemClock(), lambda delay, call: loop.call_later(delay, call))
    for rule in rules():
        store.register(rule)
    hub = Hub(settings, store, census=False)
    await hub.start()
    try:
        rows = await _rows(arguments, store, pane, hub)
        if isinstance(rows, str):
            print(f"pierhead: {rows}", file=sys.stderr)
            return FAILED
        context = PaneContext(store=store, now=store.clock.now())
        if arguments.name and not rows and not arguments.watch:
            print(f"pierhead: none of the {pane.title.lower()} is called {arguments.name!r}", file=sys.stderr)
            return FAILED
        if not (arguments.watch and arguments.output == "json"):
            await _print(arguments, hub, pane, rows, context)
        if arguments.watch:
            if arguments.output == "json":
                for one in await _objects(arguments, hub, pane, rows, context):
                    print(json.dumps(one, ensure_ascii=False))
            sys.stdout.flush()
            store.interest.register(pane.kind, None, Urgency.VISIBLE)
            await _watch(arguments, hub, store, pane)
        return 0
    finally:
        await hub.stop()


async def _rows(arguments: argparse.Namespace, store: Store, pane: Pane, hub: Any) -> list[Row] | str:
    """The rows once everything asked for has been read; a sentence where that failed."""
    kinds = (pane.kind, *pane.needs) if pane.kind != "findings" else pane.needs
    interests = [store.interest.register(kind, None, Urgency.VISIBLE) for kind in kinds]
    try:
        async with asyncio.timeout(arguments.timeout):
            trouble = await _read(store, pane, hub)
    except TimeoutError:
        trouble = f"{pane.title.lower()} were not read within {arguments.timeout:g} s"
    for interest in interests:
        interest.close()
    store.flush()
    rows = [row for row in store.rows(pane.kind) if pane.include(row) and _wanted(row, pane, arguments)]
    if trouble and not rows:
        return trouble
    if trouble:
        print(f"pierhead: {trouble}", file=sys.stderr)
    return sorted(rows, key=lambda row: (store.state(row), pane.scope_name(row), row.name))


def _wanted(row: Row, pane: Pane, arguments: argparse.Namespace) -> bool:
    scope = pane.scope_name(row)
    if arguments.name and arguments.name not in (row.name, f"{scope}/{row.name}"):
        return False
    if pane.scoped_by == "namespace" and arguments.namespace and not arguments.all_namespaces:
        return bool(scope == arguments.namespace)
    if pane.scoped_by == "cluster" and arguments.cluster:
        return bool(scope == arguments.cluster.rsplit("/", 1)[-1])
    return True


async def _read(store: Store, pane: Pane, hub: Any) -> str:
    """Wait until every scope of the kind is read or has failed; the sentence of a failure.

    Problems are as good as what they are made from: everything that the pane needs is waited for.
    """
    await hub.opened()
    worlds = {other.kind: other.world for other in panes().values()}
    kinds = (pane.kind,) if pane.kind != "findings" else pane.needs
    if not hub.facts().cluster:
        kinds = tuple(kind for kind in kinds if worlds.get(kind) != "eks") or kinds
    news = asyncio.Event()
    subscription = store.freshness.subscribe(lambda entries: news.set())
    try:
        while True:
            read = [store.freshness.of(kind) for kind in kinds]
            if all(found and all(map(_ended, found)) for found in read):
                return _sentence([entry for found in read for entry in found])
            news.clear()
            await news.wait()
    finally:
        subscription.close()


def _ended(entry: Freshness) -> bool:
    """Whether it was read, or is known not to be readable (no cluster was chosen)."""
    return entry.state.well or entry.state.trouble or bool(entry.state is FreshState.PAUSED and entry.message)


def _sentence(entries: Sequence[Freshness]) -> str:
    bad = [entry for entry in entries if not entry.state.well]
    return "; ".join(dict.fromkeys(f"{entry.message}  {entry.hint}".strip() for entry in bad))


def _header(pane: Pane) -> list[str]:
    """State first, WHY last where no column takes the width that is left."""
    columns = [column for column in pane.columns if not column.wide]
    return ["STATE", *(column.title for column in columns), *([] if any(c.flexible for c in columns) else ["WHY"])]


def _line(row: Row, pane: Pane, context: PaneContext) -> list[str]:
    """The cells of a row under ``_header``; what a terminal would obey is taken out."""
    columns = [column for column in pane.columns if not column.wide]
    cells = [column.cell(row, context) for column in columns]
    texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
    why = [] if any(column.flexible for column in columns) else [context.store.reason(row)]
    return [clean(text) for text in (context.store.state(row).name.lower(), *texts, *why)]


def _print_rows(output: str, pane: Pane, rows: Sequence[Row], context: PaneContext, *, header: bool = True) -> None:
    if output == "name":
        for row in rows:
            print(clean(row.name))
        return
    lines = [_line(row, pane, context) for row in rows]
    if output == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerows([[title.lower() for title in _header(pane)], *lines] if header else lines)
    elif header:
        print(table(_header(pane), lines))
    else:
        print("\n".join("  ".join(line).rstrip() for line in lines))


async def _objects(
    arguments: argparse.Namespace, hub: Any, pane: Pane, rows: Sequence[Row], context: PaneContext
) -> list[dict[str, Any]]:
    """Whole objects as the API gives them, each with what pierhead knows in the member ``pierhead``."""
    objects: list[dict[str, Any]] = []
    for row, whole in await hub.objects(pane.kind, rows):
        known = {
            **{title.lower(): text for title, text in zip(_header(pane), _line(row, pane, context), strict=True)},
            "key": row.key.id,
            "state": context.store.state(row).name.lower(),
            "reason": context.store.reason(row),
            "findings": [finding.sentence for finding in context.store.findings(row.key)],
        }
        objects.append({**plain(whole, arguments.reveal), "pierhead": known})
    return objects


async def _print(arguments: argparse.Namespace, hub: Any, pane: Pane, rows: Sequence[Row], context: PaneContext) -> None:
    """Everything at once; a NAME that means one row gives one object instead of an array."""
    if arguments.output not in ("json", "yaml"):
        _print_rows(arguments.output, pane, rows, context)
        return
    objects = await _objects(arguments, hub, pane, rows, context)
    shown: Any = objects[0] if arguments.name and len(objects) == 1 else objects
    print(json.dumps(shown, indent=2, ensure_ascii=False) if arguments.output == "json" else as_yaml(shown).rstrip("\n"))


async def _watch(arguments: argparse.Namespace, hub: Any, store: Store, pane: Pane) -> None:
    """Until ctrl-c: each row again when it changes; JSON as one object a line, a row that went with the state ``gone``."""
    changed: asyncio.Queue[KindChanges] = asyncio.Queue()
    with contextlib.closing(store.subscribe((pane.kind,), lambda news: changed.put_nowait(news[pane.kind]))):
        while True:
            news = await changed.get()
            context = PaneContext(store=store, now=store.clock.now())
            found = [row for key in (*news.added, *news.changed) if (row := store.get(key)) is not None]
            rows = [row for row in found if pane.include(row) and _wanted(row, pane, arguments)]
            if arguments.output == "json":
                for one in await _objects(arguments, hub, pane, rows, context):
                    print(json.dumps(one, ensure_ascii=False))
                for key in news.removed if not arguments.name else ():
                    print(json.dumps({"pierhead": {"key": key.id, "state": "gone"}}))
            elif rows:
                _print_rows(arguments.output, pane, rows, context, header=False)
            sys.stdout.flush()
