"""Against somebody else's AWS: an unmodified ``moto_server`` seeded by plain boto3. Whole objects equal boto3's own answers."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.embedded import SHED
from tests.waiting import PATIENCE
from tui.model import SystemClock
from tui.model.secret import Secret
from tui.model.tasks import TaskRow
from tui.sources.aws import listing
from tui.sources.aws.whole import jsonable
from tui.sources.hub import Hub
from tui.store import Store, Urgency

SERVICES, TASKS, IMAGES = 23, 5, 4
KINDS = ("clusters", "services", "task-definitions", "tasks", "repositories", "images", "alarms", "scalable-targets")


@pytest.fixture(scope="module")
def moto() -> Iterator[dict[str, str]]:
    """A server's environment; the test process's own has nothing else of AWS in it."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.upper().startswith(SHED)]:
        del os.environ[name]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    env = {
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    os.environ.update(env)
    try:
        answers(url, process)
        seed(url)
        yield env
    finally:
        process.kill()
        process.wait()
        os.environ.clear()
        os.environ.update(before)


def answers(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        assert process.poll() is None, "moto_server ended"
        try:
            urllib.request.urlopen(f"{url}/moto-api/data.json", timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("moto_server does not answer")


def client(service: str) -> Any:
    return boto3.client(service)


def seed(url: str) -> None:
    """ECS, ECR, alarms and scaling, by plain boto3. moto's tasks move only when told to."""
    manual = {"model_name": "ecs::task", "transition": {"progression": "manual", "times": 10**9}}
    request = urllib.request.Request(
        f"{url}/moto-api/state-manager/set-transition", json.dumps(manual).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=PATIENCE).close()
    ecs, ecr, ec2 = client("ecs"), client("ecr"), client("ec2")
    network = {
        "awsvpcConfiguration": {
            "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
            "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]],
        }
    }
    for cluster in ("shop", "pay"):
        ecs.create_cluster(clusterName=cluster, tags=[{"key": "team", "value": cluster}])
    for revision in range(3):
        ecs.register_task_definition(
            family="web",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            tags=[{"key": "n", "value": str(revision)}],
            containerDefinitions=[
                {
                    "name": "app",
                    "image": f"registry.example/web:1.{revision}",
                    "cpu": 10,
                    "memory": 100,
                    "environment": [{"name": "PASSWORD", "value": f"secret-{revision}"}],
                    "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/web"}},
                }
            ],
        )
    for number in range(SERVICES):
        ecs.create_service(
            cluster="shop" if number % 3 else "pay",
            serviceName=f"service-{number:02}",
            taskDefinition="web",
            desiredCount=number % 4,
            launchType="FARGATE",
            networkConfiguration=network,
            tags=[{"key": "number", "value": str(number)}],
        )
    ecs.run_task(cluster="shop", taskDefinition="web", launchType="FARGATE", networkConfiguration=network, count=TASKS)
    for name in ("web", "api"):
        ecr.create_repository(repositoryName=name)
        for number in range(IMAGES):
            manifest = {
                "schemaVersion": 2,
                "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {"digest": f"sha256:{number:064x}", "size": 7, "mediaType": "x"},
                "layers": [{"digest": f"sha256:{number + 9:064x}", "size": 70 + number, "mediaType": "x"}],
            }
            ecr.put_image(repositoryName=name, imageManifest=json.dumps(manifest), imageTag=f"1.{number}")
    client("cloudwatch").put_metric_alarm(
        AlarmName="cpu", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, MetricName="CPUUtilization",
        Namespace="AWS/ECS", Period=60, Statistic="Average", Threshold=80.0,
    )  # fmt: skip
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/shop/service-01", ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1, MaxCapacity=5,
    )  # fmt: skip


def boto3_answers(kind: str) -> list[dict[str, Any]]:
    """The same objects by boto3 alone, with their dates written as ours."""
    ecs, ecr = client("ecs"), client("ecr")
    arns = sorted(ecs.list_clusters()["clusterArns"])
    found: list[dict[str, Any]] = []
    if kind == "clusters":
        include = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
        found = ecs.describe_clusters(clusters=arns, include=include)["clusters"]
    elif kind == "services":
        for cluster in arns:
            names = [arn for page in ecs.get_paginator("list_services").paginate(cluster=cluster) for arn in page["serviceArns"]]
            for start in range(0, len(names), 10):
                part = names[start : start + 10]
                found += ecs.describe_services(cluster=cluster, services=part, include=["TAGS"])["services"]
    elif kind == "tasks":
        for cluster in arns:
            if tasks := ecs.list_tasks(cluster=cluster)["taskArns"]:
                found += ecs.describe_tasks(cluster=cluster, tasks=tasks, include=["TAGS"])["tasks"]
    elif kind == "task-definitions":
        for arn in ecs.list_task_definitions()["taskDefinitionArns"]:
            answer = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
            found.append({**answer["taskDefinition"], **({"tags": answer["tags"]} if answer.get("tags") else {})})
    elif kind == "repositories":
        found = ecr.describe_repositories()["repositories"]
    elif kind == "images":
        for one in ecr.describe_repositories()["repositories"]:
            found += ecr.describe_images(repositoryName=one["repositoryName"])["imageDetails"]
    elif kind == "alarms":
        found = client("cloudwatch").describe_alarms()["MetricAlarms"]
    else:
        found = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return [jsonable(one) for one in found]


def revealed(value: Any) -> Any:
    """Secrets in clear, as ``--reveal`` does."""
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: revealed(item) for name, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value


def in_order(objects: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in objects)


async def hub_with(kinds: tuple[str, ...]) -> tuple[Hub, Store]:
    """A hub with everything of ``kinds`` read."""
    from config import Settings

    loop = asyncio.get_running_loop()
    store = Store(SystemClock(), lambda delay, call: loop.call_later(delay, call))
    hub = Hub(Settings(), store, census=False)
    for kind in kinds:
        store.interest.register(kind, None, Urgency.VISIBLE)
    await hub.start()
    await hub.opened()
    for _ in range(600):
        entries = [entry for kind in kinds for entry in store.freshness.of(kind)]
        if {entry.kind for entry in entries} == set(kinds) and all(entry.state.well for entry in entries):
            break
        await asyncio.sleep(0.1)
    return hub, store


async def test_whole_objects_equal_boto3s(moto: dict[str, str]) -> None:
    hub, store = await hub_with(KINDS)
    try:
        assert hub.errors() == []
        assert store.count("services") == SERVICES and store.count("images") == 2 * IMAGES and store.count("tasks") == TASKS
        for kind in KINDS:
            ours = await listing.objects(hub, kind)
            assert in_order(revealed(ours)) == in_order(await asyncio.to_thread(boto3_answers, kind)), kind
        (hidden, *_) = await listing.objects(hub, "task-definitions")
        assert "secret-" not in repr(hidden) and "•••" in repr(hidden)
        assert all(isinstance(row, TaskRow) and row.last_status == "RUNNING" for row in store.rows("tasks"))
    finally:
        await hub.stop()


async def test_motos_failures_are_clear_errors_in_their_place(moto: dict[str, str]) -> None:
    """moto crashes with HTTP 500 where AWS would answer: said, not hidden, not fatal."""
    from tui.model.errors import ApiError

    hub, store = await hub_with(("clusters",))
    try:
        row = next(iter(store.rows("clusters")))
        with pytest.raises(ApiError) as caught:
            await hub.clients.aws(row.scope).read("ecs", "DescribeCapacityProviders", {})
        assert "ecs:DescribeCapacityProviders failed: HTTP 500" in str(caught.value)
    finally:
        await hub.stop()


@pytest.mark.parametrize("kind", ["services", "task-definitions", "images", "tasks"])
def test_pierhead_get_equals_boto3(moto: dict[str, str], kind: str, tmp_path: Path) -> None:
    env = {
        **os.environ,
        **moto,
        "PIERHEAD_CONFIG": os.devnull,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-P", "-m", "tui.cli", "get", kind, "-o", "json", "--reveal"]
    done = subprocess.run(
        command, env=env, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    ours = json.loads(done.stdout)
    for one in ours:
        del one["pierhead"]
    expected = boto3_answers(kind)
    if kind == "task-definitions":  # the list of families shows each one's newest revision
        expected = [one for one in expected if one["revision"] == 3]
    assert in_order(ours) == in_order(expected)
