"""``pierhead get KIND``: rows or whole objects on standard output, for scripts and pipes.

What is printed stands in ``printing.py``, waiting for the sources in ``reading.py``, ``--watch`` in ``watching.py``.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from msgspec.structs import replace

from config import Settings
from tui.commands.printing import Printer
from tui.commands.reading import Reading, Wanted, names_of
from tui.commands.watching import watch
from tui.diagnosis import rules
from tui.model import Row, SystemClock
from tui.model.errors import ApiError
from tui.panes import Pane, pane_named, panes
from tui.store import Store
from widgets.text import clean

FAILED = 1
USAGE = 2


def run_get(arguments: argparse.Namespace, settings: Settings) -> int:
    """Print and end; 1 where something could not be read or is not there, 2 for what makes no sense."""
    found = {kind: pane for kind, pane in panes().items() if not pane.inside}
    pane = pane_named(arguments.kind, found)
    if pane is None:
        kinds = ", ".join(sorted(kind if kind != "findings" else "problems" for kind in found))
        return complain(f"no kind is called {arguments.kind!r}; there are: {kinds}", USAGE)
    senseless = mistake(arguments, pane)
    if senseless:
        return complain(senseless, USAGE)
    try:
        return asyncio.run(get(arguments, narrowed(arguments, settings, pane), pane))
    except ApiError as error:
        return complain(f"{error}  {error.hint}".rstrip())


def complain(sentence: str, status: int = FAILED) -> int:
    """Say it on standard error."""
    print(f"pierhead: {sentence}", file=sys.stderr)
    return status


def mistake(arguments: argparse.Namespace, pane: Pane) -> str:
    """What is wrong with the options, empty where nothing is."""
    if arguments.namespace and arguments.all_namespaces:
        return "-n names one namespace and -A means all of them; give one of the two"
    if (arguments.namespace or arguments.all_namespaces) and pane.world in ("ecs", "ecr"):
        return f"{pane.title.lower()} have no namespace: -n and -A are for kinds of Kubernetes"
    if arguments.cluster and pane.world in ("ecr", "eks"):
        return (
            f"--cluster names an ECS cluster and {pane.title.lower()} have none; --context and --eks-cluster are for Kubernetes"
        )
    if arguments.timeout <= 0:
        return f"--timeout is {arguments.timeout:g}; it takes more than 0 seconds"
    return ""


def narrowed(arguments: argparse.Namespace, settings: Settings, pane: Pane) -> Settings:
    """Settings by which only what is asked for is read: one ECS cluster, one namespace, no Kubernetes for a kind of ECS."""
    kubernetes = settings.kubernetes
    if arguments.namespace or arguments.all_namespaces:
        kubernetes = replace(kubernetes, namespace="" if arguments.all_namespaces else arguments.namespace)
    if pane.world == "ecs":
        kubernetes = replace(kubernetes, enabled=False)
    aws = replace(settings.aws, cluster=arguments.cluster) if arguments.cluster else settings.aws
    return replace(settings, aws=aws, kubernetes=kubernetes)


async def get(arguments: argparse.Namespace, settings: Settings, pane: Pane) -> int:
    """Read, print, and go on with ``--watch``."""
    from tui.sources.hub import Hub

    loop = asyncio.get_running_loop()
    store = Store(SystemClock(), lambda delay, call: loop.call_later(delay, call))
    for rule in rules():
        store.register(rule)
    hub = Hub(settings, store, census=False, every_cluster=True)
    wanted = Wanted(pane, arguments.name, settings)
    reading = Reading(store, hub, wanted)
    printer = Printer(arguments, hub, store, wanted)
    await hub.start()
    try:
        trouble = await reading.read(arguments.timeout, cells=arguments.output != "name")
        rows = reading.rows()
        refusal = refused(arguments, wanted, rows, trouble or (reading.notes() if wanted.cluster else ""))
        if refusal:
            return complain(refusal)
        if trouble or not rows:
            complain(trouble or reading.notes() or f"there are no {pane.title.lower()} here")
        await printer.first(rows)
        if arguments.watch:
            await watch(store, reading, printer)
        return FAILED if trouble else 0
    finally:
        reading.close()
        await hub.stop()


def refused(arguments: argparse.Namespace, wanted: Wanted, rows: Sequence[Row], trouble: str) -> str:
    """Why nothing is printed; empty where something is. ``trouble``: what failed, or that the one cluster is not there."""
    title = wanted.pane.title.lower()
    if trouble and not rows:
        return trouble
    if arguments.watch or not arguments.name:
        return ""
    if not rows:
        return f"none of the {title} is called {arguments.name!r}"
    if len(rows) > 1 and arguments.output in ("json", "yaml"):
        names = ", ".join(clean(names_of(row, wanted.pane)[0]) for row in rows[:5]) + (" …" if len(rows) > 5 else "")
        return f"{len(rows)} of the {title} are called {arguments.name!r}: {names}; name one of them"
    return ""
