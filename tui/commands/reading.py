"""Which rows ``pierhead get`` is about, and when they, and what their cells and reasons are made from, have been read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from config import Settings
from tui.diagnosis import rules
from tui.model import Finding, Row
from tui.model.ecr import ImageRow
from tui.model.ecs import TaskDefinitionRow
from tui.panes import Pane, panes
from tui.store import Freshness, FreshState, Interest, Store, Urgency

if TYPE_CHECKING:
    from tui.sources.hub import Hub

#: seconds for what cells and reasons need beside the rows; what has not come by then shows as ``…`` or ``-``
BESIDE_S = 6.0


class Wanted:
    """The rows that are asked for: of ``pane``, called ``name``, in the settings' ECS cluster and Kubernetes namespace."""

    def __init__(self, pane: Pane, name: str, settings: Settings) -> None:
        self.pane = pane
        self.name = name
        self.cluster = settings.aws.cluster.rsplit("/", 1)[-1]
        self.namespace = settings.kubernetes.namespace
        self.kubernetes = settings.kubernetes.enabled

    def has(self, row: Row) -> bool:
        """Whether ``row`` is one of them."""
        if not self.pane.include(row) or (self.name and self.name not in names_of(row, self.pane)):
            return False
        if isinstance(row, Finding):
            return not self.namespace or row.world != "eks" or row.name.startswith(f"{self.namespace}/")
        if self.pane.scoped_by == "namespace" and self.namespace:
            return self.pane.scope_name(row) == self.namespace
        if self.pane.kind == "namespaces" and self.namespace:
            return row.name == self.namespace
        if self.pane.scoped_by == "cluster" and self.cluster:
            return self.pane.scope_name(row) == self.cluster
        return self.pane.kind != "clusters" or not self.cluster or row.name == self.cluster

    def first(self) -> tuple[str, ...]:
        """The kinds without which there is nothing to print."""
        return self.pane.needs if self.pane.kind == "findings" else (self.pane.kind,)

    def beside(self) -> tuple[tuple[str, Urgency], ...]:
        """The kinds that cells need, as the console reads them for the pane, and those that reasons and joins are made
        from, as the census reads them."""
        made = _made()
        behind: set[str] = set()
        for rule in rules():
            if self.pane.kind in rule.inputs or rule.output in self.pane.joins:
                behind |= _read_kinds(rule.inputs, made)
        own = {self.pane.kind, *self.first()}
        needed = {*self.pane.needs, *(kind for kind in self.pane.joins if kind not in made)} - own
        found = [(kind, Urgency.VISIBLE) for kind in needed]
        return tuple(sorted([*found, *((kind, Urgency.BACKGROUND) for kind in behind - needed - own)]))


def _made() -> dict[str, set[str]]:
    """What each derived kind but findings is made from."""
    made: dict[str, set[str]] = {}
    for rule in rules():
        if rule.output != Finding.kind:
            made.setdefault(rule.output, set()).update(rule.inputs)
    return made


def _read_kinds(kinds: Iterable[str], made: dict[str, set[str]]) -> set[str]:
    """``kinds`` with derived ones replaced by what those are made from."""
    found: set[str] = set()
    for kind in kinds:
        found |= _read_kinds(made[kind], made) if kind in made else {kind}
    return found - {Finding.kind}


def names_of(row: Row, pane: Pane) -> tuple[str, ...]:
    """What NAME may be for ``row``; the first is what ``-o name`` prints: it means this row alone wherever it can."""
    scope = pane.scope_name(row)
    qualified = f"{scope}/{row.name}" if scope else row.name
    arn = str(getattr(row, "arn", ""))
    if isinstance(row, ImageRow):
        tags = tuple(f"{row.name}:{tag}" for tag in row.image_tags)
        return (f"{row.name}@{row.digest}", *tags, row.digest, row.name)
    if isinstance(row, TaskDefinitionRow):
        return (row.name, f"{row.name}:{row.revision}", arn)
    short = (row.name[:12], f"{scope}/{row.name[:12]}") if pane.kind == "tasks" else ()
    return (qualified, row.name, *short, *((arn,) if arn else ()))


class Reading:
    """Interests in what is wanted, and waiting for it."""

    def __init__(self, store: Store, hub: Hub, wanted: Wanted) -> None:
        self.store = store
        self.wanted = wanted
        self._hub = hub
        self._interests: list[Interest] = []

    def rows(self) -> list[Row]:
        """What is wanted of what has been read: the worst first, then by name."""
        store, pane = self.store, self.wanted.pane
        found = [row for row in store.rows(pane.kind) if self.wanted.has(row)]
        return sorted(found, key=lambda row: (store.state(row), pane.scope_name(row), row.name, row.key))

    async def read(self, timeout: float, *, cells: bool) -> str:
        """Wait for the rows, at most ``timeout`` seconds, and with ``cells`` for what they are shown with; a sentence
        of what could not be read. Interest goes on until ``close``."""
        pane = self.wanted.pane
        self._look((kind, Urgency.VISIBLE) for kind in self.wanted.first())
        try:
            async with asyncio.timeout(timeout):
                await self._hub.opened()
                trouble = await self._ended(self.wanted.first())
        except TimeoutError:
            trouble = self.trouble() or f"{pane.title.lower()} were not read within {timeout:g} s"
        self.store.flush()
        if cells and (rows := self.rows()):
            # figures are asked for by the rows on the screen: here that is what is printed
            shown = frozenset(row.key for row in rows)
            self._interests.append(self.store.interest.register(pane.kind, None, Urgency.VISIBLE, shown))
            self._look(self.wanted.beside())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(timeout, BESIDE_S)):
                    await self._ended([kind for kind, _ in self.wanted.beside()])
            self.store.flush()
        return trouble

    def trouble(self) -> str:
        """What is wrong with the rows' own kind now, in one sentence; empty where nothing is."""
        read = [entry for kind in self._readable(self.wanted.first()) for entry in self.store.freshness.of(kind)]
        bad = [entry for entry in read if not entry.state.well and entry.message]
        return "; ".join(dict.fromkeys(f"{entry.message}  {entry.hint}".strip() for entry in bad))

    def notes(self) -> str:
        """What sources say though all is well (``no ECS clusters in eu-west-1``): why there may be no rows."""
        read = [entry for kind in self._readable(self.wanted.first()) for entry in self.store.freshness.of(kind)]
        return "; ".join(dict.fromkeys(entry.message for entry in read if entry.state.well and entry.message))

    def close(self) -> None:
        """Nobody looks any more."""
        for interest in self._interests:
            interest.close()
        self._interests.clear()

    def _look(self, kinds: Iterable[tuple[str, Urgency]]) -> None:
        self._interests += [self.store.interest.register(kind, None, urgency) for kind, urgency in kinds]

    async def _ended(self, kinds: Sequence[str]) -> str:
        """Wait until every scope of ``kinds`` is read or has failed; the sentence of a failure."""
        wanted = self._readable(kinds)
        news = asyncio.Event()
        subscription = self.store.freshness.subscribe(lambda entries: news.set())
        try:
            while True:
                read = [self.store.freshness.of(kind) for kind in wanted]
                if all(found and all(map(_ended, found)) for found in read):
                    return self.trouble()
                news.clear()
                await news.wait()
        finally:
            subscription.close()

    def _readable(self, kinds: Sequence[str]) -> tuple[str, ...]:
        """Problems of ECS do not wait for a cluster where there is none, but say of one that fails that it is missing; pods
        wait in any case, since then its absence is the answer."""
        if self._hub.facts().cluster or (self.wanted.pane.world == "eks" and self.wanted.kubernetes):
            return tuple(kinds)
        worlds = {pane.kind: pane.world for pane in panes().values()}
        fails = {kind for kind in kinds if any(entry.state.trouble for entry in self.store.freshness.of(kind))}
        return tuple(kind for kind in kinds if worlds.get(kind) != "eks" or kind in fails)


def _ended(entry: Freshness) -> bool:
    """Whether it was read, or is known not to be readable (no cluster was chosen)."""
    return entry.state.well or entry.state.trouble or bool(entry.state is FreshState.PAUSED and entry.message)
