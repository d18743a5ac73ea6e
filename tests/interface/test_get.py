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
from ruamel.yaml import YAML

from config import Settings
from tests.embedded import World, embedded_world, get, replaced, settings_for


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def settings_with(world: World, folder: Path, **flags: object) -> Settings:
    """The world's settings, then ``flags``: entering the world leaves no context of anybody's."""
    settings = settings_for(world, folder)
    for name, value in flags.items():
        settings = replaced(settings, **{name.partition(".")[0]: {name.partition(".")[2]: value}})
    return settings


def got(world: World, folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = get(settings_for(world, folder), *words)
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
    _, out, _ = got(world, tmp_path, capsys, "images", "-o", "name")
    assert len(set(out.split())) == 400, "each name means one image"


def test_cells_and_reasons_are_whole(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Joins, figures and findings are read beside the rows; the columns stand below each other."""
    _, out, _ = got(world, tmp_path, capsys, "services")
    header, *lines = out.splitlines()
    statements = next(line for line in lines if "pay/statements" in line)
    assert statements.startswith("degraded") and "memory 100% of its limit" in statements, "alarms were read"
    for title, cell in (("READY", "3/3"), ("IMAGE", "3."), ("LAUNCH", "Fargate")):
        assert statements[header.index(title) :].startswith(cell), (title, statements)


@pytest.mark.parametrize(
    ("name", "repository"), [("checkout:1.8.2", "checkout"), ("checkout:latest", "checkout")], ids=["tag", "latest"]
)
def test_an_image_by_tag(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, repository: str) -> None:
    _, out, _ = got(world, tmp_path, capsys, "images", name, "-o", "json")
    one = json.loads(out)
    assert one["repositoryName"] == repository and name.partition(":")[2] in one["imageTags"]
    _, out, _ = got(world, tmp_path, capsys, "images", f"{repository}@{one['imageDigest']}", "-o", "json")
    assert json.loads(out)["imageDigest"] == one["imageDigest"]


def test_every_kind_in_every_form(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every whole object has its member ``pierhead``; CSV has the same rows; YAML of one is that one, values when revealed."""
    for kind in ("clusters", "task-definitions", "deployments", "repositories", "namespaces", "events", "problems"):
        status, out, err = got(world, tmp_path, capsys, kind, "-o", "json")
        objects = json.loads(out)
        assert (
            (status, err) == (0, "") and objects and all({"state", "reason", "key"} <= one["pierhead"].keys() for one in objects)
        )
    assert objects[0]["pierhead"]["why"] and objects[0]["sentence"], "problems came last"
    _, out, _ = got(world, tmp_path, capsys, "problems", "-o", "csv")
    assert [row["why"] for row in csv.DictReader(io.StringIO(out))] == [one["pierhead"]["why"] for one in objects]
    _, out, _ = got(world, tmp_path, capsys, "deployments", "cart/cart", "-o", "yaml")
    one = YAML(typ="safe").load(out)
    assert one["kind"] == "Deployment" and one["apiVersion"] == "apps/v1" and one["pierhead"]["cluster"] == "shop-1"
    assert "•••" in out
    _, out, _ = got(world, tmp_path, capsys, "deployments", "cart/cart", "-o", "yaml", "--reveal")
    assert "•••" not in out


def test_newest_active_revisions_only(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = got(world, tmp_path, capsys, "task-definitions", "-o", "json")
    objects = json.loads(out)
    families = [one["family"] for one in objects]
    assert len(families) == len(set(families)) and {one["status"] for one in objects} == {"ACTIVE"}
    (newest,) = (one for one in objects if one["family"] == "checkout")
    assert newest["pierhead"]["rev"] == f":{newest['revision']}"


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("services", "--cluster", "nosuch"), 1, 'no ECS cluster "nosuch" in eu-west-1'),
        (("pods", "-n", "nosuch"), 0, "there are no pods here"),
        (("pods", "-n", "cart", "-A"), 2, "-n names one namespace and -A means all of them"),
        (("services", "-n", "cart"), 2, "services have no namespace"),
        (("pods", "--cluster", "shop"), 2, "--cluster names an ECS cluster and pods have none"),
        (("services", "--timeout", "0"), 2, "--timeout is 0"),
        (("pods", "--context", "nosuch"), 1, "nosuch"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_and_what_makes_no_sense(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, said: str
) -> None:
    flags = {"kubernetes.context": words[2]} if "--context" in words else {}
    ended = get(settings_with(world, tmp_path, **flags), *words)
    printed = capsys.readouterr()
    assert (ended, said in printed.err) == (status, True), printed
    assert status == 0 or printed.out == ""


def test_a_part_that_cannot_be_read(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was read is printed, the rest is said, and the status tells a script that it is not all."""
    world.faults(rules=[{"kind": "denied", "service": "cloudwatch", "operation": "DescribeAlarms"}])
    try:
        status, out, err = got(world, tmp_path, capsys, "problems", "-o", "csv")
    finally:
        world.faults(rules=[])
    assert status == 1 and "cloudwatch:DescribeAlarms is denied" in err and "checkout" in out


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


def test_problems_say_that_a_cluster_is_missing(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_with(world, tmp_path, **{"kubernetes.context": "nosuch"})
    status = get(settings, "problems", "-o", "csv")
    printed = capsys.readouterr()
    assert status == 1 and 'there is no context "nosuch"' in printed.err
    assert "shop/checkout" in printed.out and "cart" not in printed.out
