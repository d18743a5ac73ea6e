"""Every answer recorded from the embedded world, with any optional member dropped: sources read on, every pane still draws.

AWS: the sources run on a stage that answers what was recorded, less what Hypothesis drops. Kubernetes: objects are decoded
and made rows. Then all panes draw all rows, and all diagnoses are made.
"""

from __future__ import annotations

import asyncio
import copy
import json
import ssl
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.embedded import World, embedded_world
from tests.examples import examples
from tests.outside import client as client_of
from tests.unit.aws_stage import Bench, Stage
from tests.waiting import PATIENCE
from tui.diagnosis import rules
from tui.model import ManualClock, Row, Scope
from tui.panes import Pane, PaneContext, panes
from tui.screens.texts import describe, why
from tui.sources.base import discover
from tui.sources.kubernetes.decode import Place
from tui.sources.kubernetes.kinds import KINDS
from tui.store import Store, Urgency

MOST = 2  # members of each recorded list
#: of a Kubernetes object; what lacks them is no object
REQUIRED = {("metadata",), ("metadata", "uid"), ("metadata", "name")}
Json = dict[str, Any]
Path = tuple[str, ...]


def few(value: Any) -> Any:
    """Short lists: one of each is enough."""
    if isinstance(value, Mapping):
        return {name: few(item) for name, item in value.items() if name not in ("ResponseMetadata", "nextToken", "NextToken")}
    return [few(item) for item in value[:MOST]] if isinstance(value, list) else value


def paths(value: Any, at: Path = ()) -> Iterator[Path]:
    """Every member, lists left out of the path."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield (*at, name)
            yield from paths(item, (*at, name))
    elif isinstance(value, list):
        for item in value:
            yield from paths(item, at)


def without(value: Any, dropped: frozenset[Path], at: Path = ()) -> Any:
    """A copy less the dropped members."""
    if isinstance(value, Mapping):
        kept = {name: item for name, item in value.items() if (*at, name) not in dropped}
        return {name: without(item, dropped, (*at, name)) for name, item in kept.items()}
    return [without(item, dropped, at) for item in value] if isinstance(value, list) else value


class Recorder(dict[str, Callable[[Json], Any]]):
    """Handlers of a stage: answers of the world, asked once and kept; later without it, less ``dropped``."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.env = world.running.env
        self.answers: dict[str, Json] = {}
        self.live = True
        self.dropped: frozenset[Path] = frozenset()
        self.clients: dict[str, Any] = {}

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> Callable[[Json], Any]:
        return lambda params: self.answer(name, params)

    def answer(self, name: str, params: Json) -> Json:
        asked = f"{name} {json.dumps(params, sort_keys=True, default=str)}"
        if self.live and asked not in self.answers:
            service, operation = name.split(":")
            client = self.clients.get(service) or self.clients.setdefault(service, client_of(self.env, service))
            method = client.meta.method_to_api_mapping
            call = next(python for python, api in method.items() if api == operation)
            try:
                self.answers[asked] = few(getattr(client, call)(**params))
            except client.exceptions.ClientError:
                self.answers[asked] = {}
        found: Json = without(copy.deepcopy(self.answers.get(asked, {})), self.dropped, (name,))
        return found

    def members(self) -> list[Path]:
        """Every member of every answer."""
        found = {path for asked, answer in self.answers.items() for path in paths(answer, (asked.split(" ")[0],))}
        return sorted(path for path in found if len(path) > 2)


def drawn(store: Store) -> dict[str, set[str]]:
    """Draw every row in every way a screen does; (pane, column) of cells that say nothing at all."""
    store.flush()
    silent: dict[str, set[str]] = {}
    for ascii_only in (False, True):
        context = PaneContext(store=store, now=store.clock.now(), ascii=ascii_only)
        for pane in panes().values():
            for row in [row for row in store.rows(pane.kind) if isinstance(row, Row)]:
                draw(row, pane, context, silent)
    return silent


def draw(row: Row, pane: Pane, context: PaneContext, silent: dict[str, set[str]]) -> None:
    for column in pane.columns:
        cell = column.cell(row, context)
        text = cell if isinstance(cell, str) else cell.text
        assert isinstance(text, str), (pane.kind, column.id)
        assert not {"None", "nan", "inf", "<msgspec", "UNSET"} & set(text.split()), (pane.kind, column.id, text)
        if not text and not column.flexible:
            silent.setdefault(f"{pane.kind}.{column.id}", set()).add(row.name)
        if column.sort is not None:
            column.sort(row, context)
    pane.include(row), pane.labels(row), pane.scope_name(row), pane.console_path(row)
    for jump in pane.jumps:
        jump.to(row, context)
    found = pane.drill(row, context)
    if found is not None and found.rows is not None:
        for inner in found.rows():
            draw(inner, panes()[found.kind], context, silent)
    assert "None" not in describe(row, pane, context).split()
    why(row, pane, context)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world(env=False) as world:
        world.step(60)
        yield world


@pytest.fixture(scope="module")
def recorder(world: World) -> Recorder:
    recorder = Recorder(world)
    silent = asyncio.run(read(recorder))
    assert silent == {}
    recorder.live = False
    assert len(recorder.members()) > 300
    return recorder


async def read(recorder: Recorder) -> dict[str, set[str]]:
    """All AWS sources on the recorded answers; a crash of a source is raised."""
    stage = Stage()
    identity = stage.handlers["sts:GetCallerIdentity"]({})
    stage.handlers = recorder
    recorder.answers.setdefault("sts:GetCallerIdentity {}", identity)
    async with Bench(stage) as bench:
        for rule in rules():
            bench.store.register(rule)
        for kind in panes():
            bench.store.interest.register(kind, None, Urgency.VISIBLE)
        bench.start(*discover("tui.sources.aws"))
        await bench.quiet()
        await bench.after(70, 2)
        return drawn(bench.store)


@settings(max_examples=examples(12))
@given(st.data())
def test_aws(recorder: Recorder, data: st.DataObject) -> None:
    members = recorder.members()
    chosen = data.draw(st.lists(st.sampled_from(members), min_size=1, max_size=12, unique=True))
    recorder.dropped = frozenset(chosen)
    try:
        silent = asyncio.run(read(recorder))
    finally:
        recorder.dropped = frozenset()
    assert silent == {}


@pytest.fixture(scope="module")
def objects(world: World) -> dict[str, list[Json]]:
    """Objects of each kind of the embedded cluster, those with trouble among them."""
    context = ssl.create_default_context(cadata=world.running.ca)
    found = {}
    for kind in KINDS:
        url = world.running.kubernetes + kind.path()
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {world.running.kubernetes_token}"})
        with urllib.request.urlopen(request, context=context, timeout=PATIENCE) as answer:
            items = json.load(answer)["items"]
        varied = {json.dumps(sorted(set(paths(item)))): item for item in items}
        found[kind.kind] = [*varied.values()][:12]
    return found


@settings(max_examples=examples(25))
@given(st.data())
def test_kubernetes(objects: dict[str, list[Json]], data: st.DataObject) -> None:
    store = Store(ManualClock())
    for rule in rules():
        store.register(rule)
    place = Place(Scope("kube:x", "aws", "1", "eu-west-1", "arn:aws:eks:eu-west-1:1:cluster/x"))
    for kind in KINDS:
        items = objects[kind.kind]
        members = sorted({path for item in items for path in paths(item) if path not in REQUIRED})
        chosen = frozenset(data.draw(st.lists(st.sampled_from(members), max_size=8, unique=True)))
        body = msgspec.json.encode([without(item, chosen) for item in items])
        store.upsert([kind.row(one, place) for one in kind.items.decode(body)], store.stamp())
    assert drawn(store) == {}
