"""``pierhead get KIND``: rows or whole objects on standard output, for scripts and pipes."""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from config import Settings
from tui.diagnosis import rules
from tui.model import Row, SystemClock
from tui.model.errors import ApiError
from tui.panes import Pane, PaneContext, panes
from tui.screens.texts import as_yaml, plain, table
from tui.store import Freshness, FreshState, Store, Urgency

FAILED = 1


def find_pane(word: str, found: Mapping[str, Pane]) -> Pane | None:
    """The pane that a kind's word means."""
    wanted = word.lower()
    for pane in found.values():
        if wanted in (pane.kind, pane.title.lower(), *pane.aliases):
            return pane
    return None


def run_get(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print and end; 1 where something could not be read, 2 for a kind that does not exist."""
    found = panes()
    pane = find_pane(arguments.kind, found)
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
        if arguments.output in ("json", "yaml"):
            await _print_objects(arguments, hub, pane, rows, context)
        else:
            _print_rows(arguments.output, pane, rows, context)
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
    if arguments.name and arguments.name.lower() not in row.name.lower():
        return False
    if pane.scoped_by == "namespace" and arguments.namespace:
        return bool(pane.scope_name(row) == arguments.namespace)
    if pane.scoped_by == "cluster" and arguments.cluster:
        return bool(pane.scope_name(row) == arguments.cluster)
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


def _print_rows(output: str, pane: Pane, rows: Sequence[Row], context: PaneContext) -> None:
    if output == "name":
        for row in rows:
            print(row.name)
        return
    columns = [column for column in pane.columns if not column.wide]
    header = ["STATE", *(column.title for column in columns)]
    if not any(column.flexible for column in columns):
        header.append("WHY")
    lines = []
    for row in rows:
        cells = [column.cell(row, context) for column in columns]
        texts = [cell if isinstance(cell, str) else cell.text for cell in cells]
        reason = [context.store.reason(row)] if len(header) > len(columns) + 1 else []
        lines.append([context.store.state(row).name.lower(), *texts, *reason])
    if output == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow([title.lower() for title in header])
        writer.writerows(lines)
    else:
        print(table(header, lines))


async def _print_objects(arguments: argparse.Namespace, hub: Any, pane: Pane, rows: Sequence[Row], context: PaneContext) -> None:
    """Whole objects as the API gives them, each with what pierhead knows in the member ``pierhead``."""
    objects: list[dict[str, Any]] = []
    for row, whole in await hub.objects(pane.kind, rows):
        known = {
            "key": row.key.id,
            "state": context.store.state(row).name.lower(),
            "reason": context.store.reason(row),
            "findings": [finding.sentence for finding in context.store.findings(row.key)],
        }
        objects.append({**plain(whole, arguments.reveal), "pierhead": known})
    if arguments.output == "json":
        print(json.dumps(objects, indent=2, ensure_ascii=False))
    else:
        print(as_yaml(objects), end="")
