"""Nothing is written in read-only mode, nothing but loopback is reached in the demo, nothing of the user's is read there."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.unit.aws_stage import Bench, Stage, plan
from tui.model import ManualClock
from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.guard import SIGNING_IN, ReadGuard
from tui.sources.aws.port import Port
from tui.sources.base import checked_reads, discover
from tui.sources.connector import NotLoopback, is_loopback, loopback_socket, require_loopback
from tui.sources.declared import declared_reads


def test_declared_reads_are_reads() -> None:
    assert declared_reads() == checked_reads(declared_reads())
    assert "ecs:DescribeServices" in declared_reads() and "logs:FilterLogEvents" in declared_reads()


@pytest.mark.parametrize(
    "name",
    [
        "ecs:UpdateService",
        "ecs:ExecuteCommand",
        "ecs:StopTask",
        "logs:PutLogEvents",
        "ecs:describeServices",
        "DescribeServices",
        "ecs:",
        "ecs:StartTask",
    ],
)
def test_a_declared_name_that_is_no_read_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not reads"):
        checked_reads([name])
    with pytest.raises(ValueError, match="not reads"):
        ReadGuard(read_only=True, reads=[name])


def test_every_source_declares_reads_that_its_service_has() -> None:
    import botocore.session

    session = botocore.session.Session()
    for name in sorted(declared_reads()):
        service, operation = name.split(":")
        assert operation in session.get_service_model(service).operation_names, name
    assert {source.name for source in discover("tui.sources.aws")} >= {"ecs-services", "ecr-images", "cloudwatch-alarms"}


def all_operations() -> list[tuple[str, str]]:
    import botocore.session

    session = botocore.session.Session()
    services = ("ecs", "ecr", "eks", "logs", "cloudwatch", "application-autoscaling", "elbv2", "iam", "sts")
    return [(service, operation) for service in services for operation in session.get_service_model(service).operation_names]


async def test_read_only_lets_only_declared_reads_pass() -> None:
    guard = ReadGuard(read_only=True, reads=declared_reads())
    passed = set()
    for service, operation in all_operations():
        try:
            guard.check(f"{service}:{operation}")
            passed.add(f"{service}:{operation}")
        except ApiError as error:
            assert error.trouble is Trouble.READ_ONLY
    assert passed <= declared_reads() | SIGNING_IN
    assert guard.refused == len(all_operations()) - len(passed) > 500


async def test_the_hook_refuses_a_client_used_behind_our_back() -> None:
    stage = Stage()
    stage.handlers["ecs:UpdateService"] = lambda _: {}
    async with Bench(stage, read_only=True, reads=("sts:GetCallerIdentity",)) as bench:
        client = await bench.connection._session.client("ecs", "eu-west-1")  # type: ignore[union-attr]
        with pytest.raises(ApiError, match="read-only"):
            await client.update_service(cluster="shop", service="cart", desiredCount=2)
        with pytest.raises(ApiError, match="read-only"):
            await Port(bench.connection).write("ecs", "UpdateService", {"cluster": "shop", "service": "cart"})
    assert stage.calls["ecs:UpdateService"] == 0


async def test_a_port_reads_with_read_only_words() -> None:
    async with Bench(Stage()) as bench:
        with pytest.raises(ApiError, match="not a read"):
            await Port(bench.connection).read("ecs", "UpdateService", {})
        with pytest.raises(ApiError, match="not a read"):
            await Port(bench.connection).read_raw("ecs", "DeleteService", {})


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("169.254.169.254", False),
        ("0.0.0.0", False),
        ("ecs.eu-west-1.amazonaws.com", False),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
    if not local:
        with pytest.raises(ApiError, match="this machine only"):
            require_loopback(host)


@pytest.mark.parametrize("address", [("10.1.2.3", 443), ("169.254.169.254", 80), ("93.184.216.34", 443)])
def test_no_socket_for_another_address(address: tuple[str, int]) -> None:
    with pytest.raises(NotLoopback, match="this machine only"):
        loopback_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", address))
    loopback_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))).close()


@pytest.mark.parametrize("url", ["http://10.255.255.1:81", "http://169.254.169.254", "https://93.184.216.34"])
async def test_the_demo_reaches_no_other_address(url: str) -> None:
    connection = AwsConnection(plan(endpoint_url=url), clock=ManualClock(), guard=ReadGuard(read_only=False))
    with pytest.raises(ApiError, match="this machine only") as caught:
        await connection.open()
    assert caught.value.trouble is Trouble.UNREACHABLE
    await connection.close()


async def test_the_demo_reads_nothing_of_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[default]\nregion = us-gov-west-1\nendpoint_url = http://10.0.0.1\n[profile mine]\ncredential_process = touch stolen\n"
    )
    for name, value in {
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(config),
        "AWS_PROFILE": "mine",
        "AWS_ENDPOINT_URL": "http://10.0.0.2",
        "AWS_ENDPOINT_URL_STS": "http://10.0.0.3",
        "AWS_CA_BUNDLE": "/nowhere",
        "REQUESTS_CA_BUNDLE": "/nowhere",
        "AWS_REGION": "us-east-2",
        "HTTP_PROXY": "http://10.0.0.4:3128",
        "AWS_USE_FIPS_ENDPOINT": "true",
    }.items():
        monkeypatch.setenv(name, value)
    stage = Stage()
    connection = AwsConnection(plan(), clock=ManualClock(), guard=ReadGuard(read_only=False), hooks=stage.hooks)
    await connection.open()
    session: Any = connection._session
    assert connection.region == "eu-west-1" and session.profile == "" and dict(session.scoped) == {}
    client = await session.client("sts", "eu-west-1")
    assert client.meta.endpoint_url == "http://127.0.0.1:9"
    assert client.meta.config.proxies == {}
    assert client._endpoint.http_session._verify is True
    await connection.close()
