"""``pierhead get`` on the embedded world: one object, arrays, all outputs, names, watching."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.embedded import World, embedded_world, settings_for
from tui.cli import parser
from tui.commands.get import run_get


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def got(world: World, folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    flags = {} if words[0] in ("pods", "problems") else {"kubernetes.enabled": False}
    status = run_get(parser().parse_args(["get", *words]), settings_for(world, folder, **flags))
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_one_and_many(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = got(world, tmp_path, capsys, "services", "ledger", "-o", "json")
    one = json.loads(out)
    assert (status, err, one["serviceName"]) == (0, "", "ledger")
    assert one["pierhead"]["state"] == "well" and one["pierhead"]["ready"] == "3/3" and one["createdAt"].endswith("+00:00")
    status, out, _ = got(world, tmp_path, capsys, "services", "--cluster", "pay", "-o", "json")
    assert {service["clusterArn"].rsplit("/", 1)[-1] for service in json.loads(out)} == {"pay"}
    status, out, err = got(world, tmp_path, capsys, "services", "pay/nosuch", "-o", "json")
    assert (status, out, err) == (1, "", "pierhead: none of the services is called 'pay/nosuch'\n")


def test_tables(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = got(world, tmp_path, capsys, "pods", "-n", "cart", "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row["namespace"] for row in rows} == {"cart"}
    assert [row["ready"] for row in rows if row["status"] == "CrashLoopBackOff"] == ["0/1"] * 12
    _, out, _ = got(world, tmp_path, capsys, "problems")
    assert out.splitlines()[0].startswith("STATE") and "checkout" in out and "REDIS_URL" in out
    _, out, _ = got(world, tmp_path, capsys, "clusters", "-o", "name")
    assert sorted(out.split()) == ["batch", "pay", "shop"]


def test_watching(world: World, tmp_path: Path) -> None:
    """One object a line, from the first row on; ctrl-c ends it with status 130."""
    words = ["-m", "tui.cli", "get", "clusters", "-o", "json", "-w", "--no-kubernetes"]
    variables = {**os.environ, **world.running.env, "HOME": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background job ignores it
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        lines = [json.loads(running.stdout.readline()) for _ in range(3)]
        running.send_signal(2)
        rest, err = running.stdout.read(), running.stderr.read()
    assert {line["clusterName"] for line in lines} == {"batch", "pay", "shop"}
    assert running.returncode == 130 and rest == b"" and err == b""
