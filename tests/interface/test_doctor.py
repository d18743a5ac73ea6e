"""``pierhead doctor`` on the embedded world: every declared read is called, no write is tried, each fault has a remedy."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.embedded import World, embedded_world, settings_for
from tui.actions import policies
from tui.actions.discovery import actions
from tui.commands.doctor import run_doctor
from tui.sources.base import discover
from tui.sources.check_reads import PROBES
from tui.sources.checks import AwsClock, principal
from tui.sources.declared import declared_reads
from tui.sources.kube_link import PACKAGE

WRITES = {policies.iam_name(name) for name in policies.writes_of(actions()) if not name.startswith("k8s:")}
KUBERNETES = [read for source in discover(PACKAGE) for read in source.reads]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with embedded_world() as world:
        yield world


def report(world: World, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("TERM", "xterm-256color")
    status = run_doctor(settings_for(world, folder))
    return status, capsys.readouterr().out


def test_every_read_that_is_declared_has_a_call() -> None:
    asked = {probe.read for probe in PROBES} | {"iam:SimulatePrincipalPolicy"}
    assert {*declared_reads(), *policies.aws_reads_of(actions())} == asked


def test_all_is_well(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    world.reset_calls()
    status, out = report(world, tmp_path, capsys, monkeypatch)
    lines = out.splitlines()
    assert status == 0 and "FAIL" not in out, out
    for probe in PROBES:
        assert f"ok    {probe.read} answers" in lines, probe.read
    for name in WRITES - {"iam:PassRole"}:
        assert f"ok    {name} simulated: allowed" in lines, name
    assert "iam:PassRole simulated: denied since no policy allows it" in out and "README has a policy" in out
    calls = world.calls()
    assert not [name for name in calls if policies.iam_name(name) in WRITES], "no write is tried"
    assert all(calls.get(probe.read) for probe in PROBES), "each read was called"
    assert "ok    list pods answers" in lines and "ok    delete pods simulated: allowed" in lines
    assert {policies.split(read)[0] for read in KUBERNETES} == {"get", "list", "watch"}
    for start in (
        "ok    Python",
        "ok    terminal xterm",
        "ok    locale",
        "ok    region eu-west-1",
        "ok    credentials: no profile",
    ):
        assert any(line.startswith(start) for line in lines), start
    assert any("Kubernetes cluster shop-1" in line and "answers at 127.0.0.1:" in line for line in lines)
    assert "this machine's clock" in out and "clipboard:" in out and "driver:" in out and "colours:" in out


def test_what_fails_has_a_remedy(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = [
        {"kind": "denied", "service": "ecr"},
        {"kind": "denied", "service": "iam", "operation": "SimulatePrincipalPolicy"},
        {"kind": "internal", "service": "cloudwatch", "operation": "DescribeAlarms"},
    ]
    world.faults(rules=rules)
    try:
        status, out = report(world, tmp_path, capsys, monkeypatch)
    finally:
        world.faults(rules=[])
    assert status == 1
    assert "note  ecr:DescribeRepositories: ecr:DescribeRepositories is denied to" in out
    assert "the role needs ecr:DescribeRepositories" in out
    assert "note  ecr:DescribeImages not called: no repository was found to ask about" in out
    assert "FAIL  cloudwatch:DescribeAlarms: cloudwatch:DescribeAlarms failed: HTTP 500" in out
    for name in WRITES:
        assert f"ok    {name} not tried   iam:SimulatePrincipalPolicy is denied" in out
    assert "ok    ecs:DescribeServices answers" in out, "the rest goes on"


@pytest.mark.parametrize(
    ("off", "verdict", "words"),
    [
        (0, "ok", "agrees with AWS's"),
        (60, "note", "60 s behind AWS's"),
        (-4000, "FAIL", "s ahead of AWS's"),
        (400, "FAIL", "400 s behind AWS's"),
    ],
)
def test_the_clock(off: float, verdict: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_700_000_000.0)
    clock = AwsClock()
    assert clock.line() is None, "nothing is said before AWS has answered"
    clock.heard({"headers": {"date": formatdate(1_700_000_000.0 + off, usegmt=True)}, "status_code": 403})
    line = clock.line()
    assert line is not None and line[0] == verdict and words in line[1]
    assert bool(line[2]) == (verdict != "ok")


@pytest.mark.parametrize(
    ("caller", "found"),
    [
        ("arn:aws:sts::1:assumed-role/Power/anna", "arn:aws:iam::1:role/Power"),
        ("arn:aws-cn:sts::1:assumed-role/Power/a/b", "arn:aws-cn:iam::1:role/Power"),
        ("arn:aws:iam::1:user/team/anna", "arn:aws:iam::1:user/team/anna"),
        ("arn:aws:iam::1:root", ""),
        ("", ""),
    ],
)
def test_whose_rights_are_simulated(caller: str, found: str) -> None:
    assert principal(caller) == found
