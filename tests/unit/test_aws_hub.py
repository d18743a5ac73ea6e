"""The hub: cheap to import, answers at once, says why there is nothing, mends, switches, and never retargets a row."""

# ruff: noqa: E501 - one case a line
from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, Account, Refusal, Stage, settings
from tests.waiting import until
from tui.model import ManualClock, Scope
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError
from tui.sources.hub import CENSUS, Hub
from tui.store import FreshState, Store, Urgency


def test_importing_it_brings_no_client_library() -> None:
    code = "import sys, tui.sources.hub; print([m for m in ('aiobotocore', 'botocore', 'boto3', 'aiohttp', 'kubernetes', 'textual') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout.strip() == "[]"


REGION = "eu-west-1"


# -- life -------------------------------------------------------------------------------------------------------------


class Rig:
    def __init__(self, hub: Hub, store: Store, clock: ManualClock, stage: Stage) -> None:
        self.hub, self.store, self.clock, self.stage = hub, store, clock, stage

    async def until(self, condition: Callable[[], bool], by: float = 0.5) -> None:
        def holds() -> bool:
            self.clock.advance(by)
            return condition()

        entries = self.store.freshness.all
        if not condition():
            await until(holds, lambda: [f"{e.source} {e.kind} {e.state} {e.message}" for e in entries()])


@asynccontextmanager
async def rig(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, keys: bool = True, **flags: Any
) -> AsyncIterator[Rig]:
    """A hub with the stage for AWS and no Kubernetes."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    files = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials")}
    for name, value in {
        **files,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": REGION,
        "KUBECONFIG": str(tmp_path / "none"),
    }.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config").write_text("[profile other]\naws_access_key_id = A\naws_secret_access_key = B\nregion = us-east-1\n")
    if keys:
        (tmp_path / "credentials").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
    stage.handlers |= {
        "iam:ListAccountAliases": lambda _: {"AccountAliases": ["harbour"]},
        "eks:ListClusters": lambda _: {"clusters": []},
    }
    clock = ManualClock()
    store = Store(clock, lambda delay, call: asyncio.get_running_loop().call_soon(call))
    hub = Hub(settings(**flags), store, census=False, hooks=stage.hooks, random=Random(1))
    await hub.start()
    try:
        yield Rig(hub, store, clock, stage)
    finally:
        await hub.stop()


async def test_it_connects_and_says_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = Stage()
    Account(stage, {"shop": 2})
    async with rig(stage, monkeypatch, tmp_path) as one:
        one.store.interest.register("services", None, Urgency.VISIBLE)
        await one.until(lambda: one.store.count("services") == 2 and bool(one.hub.facts().alias))
        facts = one.hub.facts()
        assert (facts.account, facts.alias, facts.region, facts.role, facts.trouble) == (ACCOUNT, "harbour", REGION, "t", "")
        assert await one.hub.clients.aws(next(iter(one.store.rows("services"))).scope).identity()
        lines = one.hub.calls()
        assert {"ecs service read", "sts", "iam"} <= {line["family"] for line in lines}
        await one.until(lambda: bool(one.hub.choices("region")))
        assert ("eu-west-1", "eu-west-1 (now)") in one.hub.choices("region")
        assert [value for value, _ in one.hub.choices("profile")] == ["default", "other"]


async def test_no_credentials_are_said_everywhere_and_found_when_they_come(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = Stage()
    Account(stage, {"shop": 2})
    async with rig(stage, monkeypatch, tmp_path, keys=False) as one:
        one.store.interest.register("services", None, Urgency.VISIBLE)
        await one.until(lambda: one.hub.facts().trouble != "")
        assert one.hub.facts().trouble == "no AWS credentials were found"
        for kind in ("services", "images", "alarms"):
            (entry,) = one.store.freshness.of(kind)
            assert (
                (entry.state, entry.message) == (FreshState.EXPIRED, "no AWS credentials were found")
                and entry.hint
                and entry.next_try
            )
        with pytest.raises(ApiError, match="not connected"):
            one.hub.clients.aws(Scope("x"))
        (tmp_path / "credentials").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
        await one.until(lambda: one.store.count("services") == 2)
        assert one.hub.facts().trouble == ""
        assert {entry.source for entry in one.store.freshness.of("images")} == {"ecr-images"} - {
            "aws"
        } or not one.store.freshness.of("images")


async def test_a_refresh_tries_again_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = Stage()
    Account(stage, {"shop": 1})
    async with rig(stage, monkeypatch, tmp_path, keys=False) as one:
        one.store.interest.register("services", None, Urgency.VISIBLE)
        await one.until(lambda: one.hub.facts().trouble != "")
        (tmp_path / "credentials").write_text("[default]\naws_access_key_id = A\naws_secret_access_key = B\n")
        one.hub.refresh()
        await one.until(lambda: one.store.count("services") == 1, by=0.0)


async def test_switching_region_drops_the_old_rows_but_plans_keep_their_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stage = Stage()
    Account(stage, {"shop": 2})
    async with rig(stage, monkeypatch, tmp_path) as one:
        one.store.interest.register("services", None, Urgency.VISIBLE)
        await one.until(lambda: one.store.count("services") == 2)
        old = next(iter(one.store.rows("services")))
        assert isinstance(old, ServiceRow)
        await one.hub.switch(region="us-east-1")
        await one.until(lambda: {row.scope.region for row in one.store.rows("services")} == {"us-east-1"})
        assert one.hub.facts().region == "us-east-1"
        stage.reset()
        connection = one.hub.clients.connection(old.scope)
        assert connection.region == REGION
        assert await one.hub.clients.aws(old.scope).read("ecs", "ListClusters", {})
        await one.hub.switch(profile="other")
        await one.until(lambda: one.hub.facts().profile == "other")
        assert one.hub.clients.connection(old.scope) is connection


async def test_a_switch_that_does_not_open_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = Stage()
    Account(stage, {"shop": 2})
    async with rig(stage, monkeypatch, tmp_path) as one:
        one.store.interest.register("services", None, Urgency.VISIBLE)
        await one.until(lambda: one.store.count("services") == 2)
        with pytest.raises(ApiError, match='there is no profile "nobody"'):
            await one.hub.switch(profile="nobody")
        assert one.hub.facts().region == REGION and one.store.count("services") == 2
        stage.reset()
        await one.until(lambda: stage.calls["ecs:DescribeServices"] > 0)


async def test_pods_say_why_there_is_no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async with rig(Stage(), monkeypatch, tmp_path) as one:
        one.stage.handlers["ecs:ListClusters"] = lambda _: {"clusterArns": []}
        await one.until(lambda: bool(one.store.freshness.of("pods")))
        (entry,) = one.store.freshness.of("pods")
        named = f"; there is no kubeconfig ({tmp_path / 'none'})"  # as KUBECONFIG says: a user would look for a typing error
        assert entry.message == "there is no EKS cluster in this account and region" + named
        assert entry.state is FreshState.PAUSED


async def test_an_account_alias_that_is_denied_is_no_trouble(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stage = Stage()
    Account(stage, {})
    async with rig(stage, monkeypatch, tmp_path) as one:

        def denied(_: dict[str, Any]) -> None:
            raise Refusal("AccessDenied", "no", 403)

        stage.handlers["iam:ListAccountAliases"] = denied
        await one.until(lambda: one.hub.facts().account != "")
        await one.until(lambda: stage.calls["iam:ListAccountAliases"] > 0)
        assert one.hub.errors() == [] and one.hub.facts().alias == ""


async def test_the_census_is_a_standing_interest(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = ManualClock()
    store = Store(clock)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    hub = Hub(settings(), store, hooks=Stage().hooks)
    await hub.start()
    assert all(store.interest.urgency(kind) == Urgency.BACKGROUND for kind in CENSUS)
    await hub.stop()
    assert all(store.interest.urgency(kind) is None for kind in CENSUS)


# -- EKS tokens -------------------------------------------------------------------------------------------------------


async def test_the_url_of_an_eks_token_names_the_cluster_in_a_signed_header(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from urllib.parse import parse_qs, urlsplit

    from tui.sources.kubernetes.token import EksTokenRequest

    stage = Stage()
    Account(stage, {})
    async with rig(stage, monkeypatch, tmp_path) as one:
        await one.until(lambda: one.hub.facts().account != "")
        own = one.hub._aws.link.connection
        for request, host, key in (
            (EksTokenRequest(cluster="shop-1"), "sts.eu-west-1.amazonaws.com", "A"),
            (EksTokenRequest(cluster="shop-1", region="us-east-1", profile="other"), "sts.us-east-1.amazonaws.com", "A"),
        ):
            parts = urlsplit(await one.hub._aws.presign(own, request))
            query = parse_qs(parts.query)
            assert (parts.scheme, parts.hostname, parts.path) == ("https", host, "/")
            assert query["Action"] == ["GetCallerIdentity"] and query["X-Amz-Expires"] == ["60"]
            assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"]
            assert (
                query["X-Amz-Credential"][0].startswith(f"{key}/")
                and f"/{request.region or REGION}/sts/" in query["X-Amz-Credential"][0]
            )
        assert len(one.hub.clients.aws_connections) == 2, "another profile has a connection of its own"
        assert one.hub.facts().profile == "", "and is not switched to"
