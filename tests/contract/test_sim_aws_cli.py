"""The aws CLI against the embedded world: a client that nobody here wrote, in an environment of its own (make sets it up)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.nursery import start
from tests.waiting import PATIENCE
from tui.simulator.launch import Running

CLI = Path(sys.prefix) / "awscli" / "bin" / "aws"
FOUND = str(CLI) if CLI.exists() else shutil.which("aws", path=os.environ.get("AWSCLI_PATH", ""))
pytestmark = pytest.mark.skipif(FOUND is None, reason="make test installs the aws CLI; this run was started without it")


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with start() as running:
        yield running


def aws(world: Running, *words: str) -> Any:
    """Run the CLI; its JSON."""
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "AWS_PAGER": "", "HOME": os.devnull}
    environment = {"PATH": os.environ["PATH"], **nowhere, **world.env}
    done = subprocess.run(
        [str(FOUND), *words, "--output", "json"], env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "{}")


def test_it_knows_who_it_is_and_reads_services(world: Running) -> None:
    assert aws(world, "sts", "get-caller-identity")["Account"] == "482913750164"
    found = aws(world, "ecs", "describe-services", "--cluster", "shop", "--services", "checkout", "nobody")
    assert found["services"][0]["taskDefinition"].endswith("checkout:42")
    assert found["failures"][0]["reason"] == "MISSING"


def test_it_pages_through_services_and_images(world: Running) -> None:
    assert len(aws(world, "ecs", "list-services", "--cluster", "shop")["serviceArns"]) > 10
    assert len(aws(world, "ecr", "describe-images", "--repository-name", "checkout")["imageDetails"]) > 3


def test_it_scales_and_reads_logs_alarms_and_the_cluster(world: Running) -> None:
    scaled = aws(world, "ecs", "update-service", "--cluster", "pay", "--service", "ledger", "--desired-count", "4")
    assert scaled["service"]["desiredCount"] == 4
    groups = aws(world, "logs", "describe-log-groups")["logGroups"]
    assert groups
    assert "events" in aws(world, "logs", "filter-log-events", "--log-group-name", groups[0]["logGroupName"], "--max-items", "5")
    assert aws(world, "cloudwatch", "describe-alarms")["MetricAlarms"]
    assert aws(world, "eks", "describe-cluster", "--name", "shop-1")["cluster"]["status"] == "ACTIVE"


def test_what_aws_refuses_is_refused(world: Running) -> None:
    with pytest.raises(AssertionError, match="ClusterNotFoundException"):
        aws(world, "ecs", "list-services", "--cluster", "nowhere")
