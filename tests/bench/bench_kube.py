"""10,000 pods (62 MB of JSON): the first sync until live, its memory and worst stall, and 1,000 watch events.

The baseline is the typed ``kubernetes.aio`` client on the same server in the same run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from tests.bench.run import record

NAMES = ("kube.sync", "kube.sync-pages", "kube.memory", "kube.stall", "kube.stall-pages", "kube.events", "kube.flushes")
RUNS = 3


def stage(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.kube_stage", *arguments]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def benchmarks() -> Iterator[dict[str, Any]]:
    """Medians of three runs of ours, one of the typed client."""
    command = [sys.executable, "-m", "tests.bench.kube_stage", "serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        port, size = server.stdout.readline().split()
        sys.stderr.write(f"kube: a list of {int(size) / 1e6:.1f} MB\n")
        try:
            streams = [stage("ours", port) for _ in range(RUNS)]
            pages = [stage("pages", port) for _ in range(RUNS)]
            typed = stage("typed", port)
        finally:
            server.stdin.close()

    def ours(name: str, runs: list[dict[str, Any]] = streams) -> float:
        return median(run[name] for run in runs)

    yield record("kube.sync", ours("seconds"), "s", budget=0.8, baseline=typed["seconds"], ratio_budget=12)
    yield record("kube.sync-pages", ours("seconds", pages), "s", budget=0.8, baseline=typed["seconds"], ratio_budget=12)
    yield record("kube.memory", max(ours("growth"), ours("growth", pages)), "MiB", budget=80, baseline=typed["growth"])
    yield record("kube.stall", ours("stall"), "ms", budget=50, baseline=typed["stall"])
    yield record("kube.stall-pages", ours("stall", pages), "ms", budget=50, baseline=typed["stall"])
    yield record("kube.events", ours("events_cpu") * 1000, "ms", budget=40, baseline=typed["events_cpu"] * 1000, ratio_budget=10)
    yield record("kube.flushes", ours("flushes"), "flushes", budget=4)
