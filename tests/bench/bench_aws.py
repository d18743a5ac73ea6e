"""A full refresh of 200 services and 2,000 tasks: calls, CPU, worst stall, beside aiobotocore's own parsing in the same run.

``aws.cpu`` and ``aws.stall`` go all the way into rows, store and a sorted view, and are held to their budgets, while the
baseline only has the answers parsed; ``aws.parsing`` compares like with like: the same calls, signed, sent and parsed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.run import record

NAMES = ("aws.calls", "aws.steady-calls", "aws.cpu", "aws.parsing", "aws.stall", "aws.first-rows", "aws.load")
RUNS = 9


def stage(what: str, port: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.aws_stage", what, port]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return found


def benchmarks() -> Iterator[dict[str, Any]]:
    """Medians of nine runs of each, in turn: on a shared machine one run in three is half as slow again."""
    command = [sys.executable, "-m", "tests.bench.aws_stage", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        port = server.stdout.readline().strip()
        try:
            runs = [(stage("ours", port), stage("narrow", port), stage("plain", port)) for _ in range(RUNS)]
        finally:
            server.stdin.close()

    def ours(name: str) -> float:
        return median(run[name] for run, _, _ in runs)

    def narrow(name: str) -> float:
        return median(run[name] for _, run, _ in runs)

    def plain(name: str) -> float:
        return median(run[name] for _, _, run in runs)

    yield record("aws.calls", max(run["calls"] for run, _, _ in runs), "calls", budget=65)
    yield record("aws.steady-calls", max(run["steady"] for run, _, _ in runs), "calls", budget=8)
    yield record("aws.cpu", ours("cpu"), "ms", budget=150, baseline=plain("cpu"))
    yield record("aws.parsing", narrow("cpu"), "ms", budget=150, baseline=plain("cpu"), ratio_budget=8)
    yield record("aws.stall", ours("stall"), "ms", budget=30, baseline=plain("stall"), ratio_budget=5)
    yield record("aws.first-rows", ours("first"), "ms")
    yield record("aws.load", ours("wall"), "ms", baseline=plain("wall"))
