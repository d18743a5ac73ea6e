"""Answers that we did not make, with any optional member dropped: moto's, and the examples of AWS's API references.

The sources read them, every pane draws every row in every way, and no cell is silent. The examples are those that botocore
ships with its models (``examples-1.json``), the same that the references show.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import botocore
import pytest
from botocore.model import ServiceModel, Shape
from botocore.utils import parse_timestamp
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.test_aws_moto import moto
from tests.embedded import World
from tests.examples import examples
from tests.unit.aws_stage import Bench, Stage
from tests.unit.test_panes_property import Json, Recorder, drawn, few, without
from tui.diagnosis import rules
from tui.panes import panes
from tui.sources.base import discover
from tui.store import Urgency

__all__ = ["moto"]

DATA = Path(botocore.__file__).parent / "data"
SERVICES = ("ecs", "ecr", "eks", "application-autoscaling", "elbv2", "sts", "cloudwatch", "logs")
#: kinds that must have rows when nothing is dropped: where there are none, nothing is tested
FROM_REFERENCES = {"clusters", "services", "tasks", "task-definitions", "repositories", "eks-clusters", "scalable-targets"}
FROM_MOTO = {"clusters", "services", "tasks", "task-definitions", "repositories", "images", "alarms"}


def typed(value: Any, shape: Shape | None) -> Any:
    """An example as botocore would give it: times as datetimes."""
    if shape is None:
        return value
    if shape.type_name == "timestamp":
        return parse_timestamp(value)
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: typed(item, shape.members.get(name)) for name, item in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(item, shape.member) for item in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: typed(item, shape.value) for name, item in value.items()}
    return value


def shown_in_references(service: str) -> Iterator[tuple[str, Json]]:
    """(``service:Operation``, answer) of every example that has an answer."""
    for folder in sorted((DATA / service).iterdir()):
        file = folder / "examples-1.json"
        if file.exists():
            model = ServiceModel(json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes())), service)
            for operation, shown in json.loads(file.read_text())["examples"].items():
                shape = model.operation_model(operation).output_shape
                for one in shown:
                    if one.get("output"):
                        yield f"{service}:{operation}", cast(Json, typed(one["output"], shape))


class References(Recorder):
    """Answers every call with an example of its operation, whatever was asked; with nothing where there is none."""

    def __init__(self) -> None:
        dict.__init__(self)
        self.live = False
        self.dropped = frozenset()
        self.turn = 0
        self.found: dict[str, list[Json]] = {}
        for service in SERVICES:
            for name, answer in shown_in_references(service):
                self.found.setdefault(name, []).append(few(answer))
        self.answers = {f"{name} {at}": answer for name, shown in self.found.items() for at, answer in enumerate(shown)}

    def answer(self, name: str, params: Json) -> Json:
        shown = self.found.get(name, [{}])
        return cast(Json, without(copy.deepcopy(shown[self.turn % len(shown)]), self.dropped, (name,)))


async def read(recorder: Recorder) -> tuple[dict[str, set[str]], set[str]]:
    """All AWS sources on the answers: the cells that say nothing, and the kinds that have rows."""
    stage = Stage()
    identity = stage.handlers["sts:GetCallerIdentity"]
    stage.handlers = recorder
    if not isinstance(recorder, References):
        recorder.answers.setdefault("sts:GetCallerIdentity {}", identity({}))
    async with Bench(stage) as bench:
        for rule in rules():
            bench.store.register(rule)
        sources = discover("tui.sources.aws")
        kinds = {*panes(), *(kind for source in sources for kind in source.kinds)}
        for kind in kinds:
            bench.store.interest.register(kind, None, Urgency.VISIBLE)
        bench.start(*sources)
        await bench.quiet()
        await bench.after(70, 2)
        silent = drawn(bench.store)
        return silent, {kind for kind in kinds if bench.store.rows(kind)}


def dropped(recorder: Recorder, data: st.DataObject) -> None:
    """Drop some members, read, draw."""
    chosen = data.draw(st.lists(st.sampled_from(recorder.members()), min_size=1, max_size=12, unique=True))
    recorder.dropped = frozenset(chosen)
    try:
        silent, _ = asyncio.run(read(recorder))
    finally:
        recorder.dropped = frozenset()
    assert silent == {}


@pytest.fixture(scope="module")
def references() -> References:
    return References()


def test_the_references_fill_the_lists(references: References) -> None:
    for turn in range(3):
        references.turn = turn
        silent, kinds = asyncio.run(read(references))
        assert silent == {}
        assert kinds >= FROM_REFERENCES
    assert len(references.members()) > 100


@settings(max_examples=examples(25))
@given(st.data())
def test_the_references_less_any_member(references: References, data: st.DataObject) -> None:
    references.turn = data.draw(st.integers(0, 2))
    dropped(references, data)


@pytest.fixture(scope="module")
def recorder(moto: dict[str, str]) -> Recorder:
    recorder = Recorder(cast(World, SimpleNamespace(running=SimpleNamespace(env=moto))))
    silent, kinds = asyncio.run(read(recorder))
    assert silent == {}
    assert kinds >= FROM_MOTO
    recorder.live = False
    assert len(recorder.members()) > 100
    return recorder


@settings(max_examples=examples(12))
@given(st.data())
def test_moto_less_any_member(recorder: Recorder, data: st.DataObject) -> None:
    dropped(recorder, data)
