"""Runs the benchmarks: ``python -m tests.bench.run [NAME]`` prints one JSON object a line and nothing else.

Every module ``bench_*.py`` here has a function ``benchmarks()`` that yields dicts with ``name, value, unit, baseline,
ratio, budget, holds``; ``record`` makes one. Each module runs in a process of its own, so that none warms or fills the
memory of another, and whatever it prints goes to standard error. NAME is a module's name without ``bench_``, or a
figure's name or its first part (``store`` for ``store.relist``); a module may declare ``NAMES`` to be skipped quickly.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

FIELDS = ("name", "value", "unit", "baseline", "ratio", "budget", "holds")


def record(
    name: str,
    value: float,
    unit: str,
    *,
    budget: float | None = None,
    baseline: float | None = None,
    ratio_budget: float | None = None,
    at_least: bool = False,
) -> dict[str, Any]:
    """One figure. ``ratio``: baseline / value, so many times better (value / baseline with ``at_least``).

    With a baseline and a ``ratio_budget`` the ratio decides, since machines are noisy: it must reach ``ratio_budget``.
    Else ``value`` must stay at or below ``budget`` (at or above with ``at_least``); without a budget it holds.
    """
    ratio = None
    if baseline is not None and value and baseline:
        ratio = value / baseline if at_least else baseline / value
    if ratio is not None and ratio_budget is not None:
        holds = ratio >= ratio_budget
    elif budget is None:
        holds = True
    else:
        holds = value >= budget if at_least else value <= budget
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 3),
        "ratio": None if ratio is None else round(ratio, 2),
        "budget": budget,
        "holds": holds,
    }


def cpu_ms(work: Callable[[], Any], *, repeat: int = 3, prepare: Callable[[], Any] | None = None) -> float:
    """The least CPU time of ``work`` in milliseconds over ``repeat`` runs, garbage collected before each.

    ``prepare`` runs before each and is not measured; what it gives is handed to ``work`` where it is not None.
    """
    times = []
    for _ in range(repeat):
        given = prepare() if prepare is not None else None
        gc.collect()
        began = time.process_time()
        if given is None:
            work()
        else:
            work(given)  # type: ignore[call-arg]
        times.append((time.process_time() - began) * 1000)
    return min(times)


def modules(only: str) -> list[str]:
    """The modules that may have the figure ``only`` (all, where it is empty)."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    if not only:
        return names
    first = only.partition(".")[0].replace("-", "_")
    named = [name for name in names if name.removeprefix("bench_") in (only, first)]
    return named or [name for name in names if _may_have(name, only)]


def _may_have(name: str, only: str) -> bool:
    declared = getattr(importlib.import_module(f"tests.bench.{name}"), "NAMES", None)
    return declared is None or any(_matches(figure, only) for figure in declared)


def _matches(figure: str, only: str) -> bool:
    return not only or figure == only or figure.startswith(f"{only}.")


def run_module(name: str, only: str, out: Any) -> None:
    """Run one module's benchmarks here and write the lines to ``out``."""
    module = importlib.import_module(f"tests.bench.{name}")
    everything = only.replace("-", "_") == name.removeprefix("bench_")
    figures: Iterable[dict[str, Any]] = module.benchmarks()
    for figure in figures:
        missing = [field for field in FIELDS if field not in figure]
        if missing:
            raise ValueError(f"{name}: a figure lacks {', '.join(missing)}: {figure}")
        if everything or _matches(figure["name"], only):
            out.write(json.dumps({field: figure[field] for field in FIELDS}) + "\n")
            out.flush()


def child(name: str, only: str) -> int:
    """The process of one module: its standard output becomes standard error, the figures go to the real one."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        run_module(name, only, out)
    return 0


def main(arguments: list[str]) -> int:
    """0: every module ran; 1: one failed (its traceback is on standard error), or none has that name."""
    if arguments[:1] == ["--module"]:
        return child(arguments[1], arguments[2])
    only = arguments[0] if arguments else ""
    chosen = modules(only)
    if not chosen:
        sys.stderr.write(f"no benchmark is called {only!r}\n")
        return 1
    failed = [
        name
        for name in chosen
        if subprocess.run([sys.executable, "-m", "tests.bench.run", "--module", name, only], check=False).returncode
    ]
    for name in failed:
        sys.stderr.write(f"{name} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
