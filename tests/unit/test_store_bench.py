"""The bench runner: what holds, what is chosen, and that nothing but figures reaches standard output."""

from __future__ import annotations

import io
import json
import sys
from types import ModuleType
from typing import Any

import pytest

from tests.bench import run


def test_the_ratio_decides_where_there_is_a_baseline() -> None:
    assert run.record("x", 50, "ms", budget=10, baseline=500, ratio_budget=8)["holds"] is True
    assert run.record("x", 100, "ms", budget=1000, baseline=500, ratio_budget=8)["holds"] is False
    assert run.record("x", 9, "ms", budget=10)["holds"] is True
    assert run.record("x", 90_000, "lines/s", budget=100_000, at_least=True)["holds"] is False
    assert run.record("x", 3000, "lines/s", baseline=1000, ratio_budget=2, at_least=True)["ratio"] == 3
    assert set(run.record("x", 1, "ms")) == set(run.FIELDS)


def test_modules_are_found_by_their_name_and_by_their_figures() -> None:
    assert "bench_store" in run.modules("")
    assert run.modules("store") == ["bench_store"]
    assert run.modules("store.relist") == ["bench_store"]


def test_figures_are_written_as_json_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module: Any = ModuleType("tests.bench.bench_toy")
    module.benchmarks = lambda: iter((run.record("toy.one", 1, "ms"), run.record("toy.two", 2, "ms")))
    monkeypatch.setitem(sys.modules, "tests.bench.bench_toy", module)
    for only, names in (("", ["toy.one", "toy.two"]), ("toy", ["toy.one", "toy.two"]), ("toy.two", ["toy.two"])):
        out = io.StringIO()
        run.run_module("bench_toy", only, out)
        assert [json.loads(line)["name"] for line in out.getvalue().splitlines()] == names
    module.benchmarks = lambda: iter(({"name": "toy"},))
    with pytest.raises(ValueError, match="lacks value"):
        run.run_module("bench_toy", "", io.StringIO())


def test_an_unknown_name_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "modules", lambda only: [])
    assert run.main(["nothing"]) == 1
    assert "nothing" in capsys.readouterr().err
