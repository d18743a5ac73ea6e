"""Credentials that expire: renewed once for all, never by sending a write twice."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from tests.unit.aws_stage import Bench, Refusal, Stage
from tests.unit.test_aws_credentials import connection, nobody, stage
from tui.model import ManualClock
from tui.model.errors import ApiError
from tui.sources.aws.gate import PROBE_S

__all__ = ["nobody", "stage"]


class Expiring:
    """A stage whose calls fail as expired until it is told otherwise."""

    def __init__(self, stage: Stage) -> None:
        self.expired = False
        stage.handlers["ecs:ListClusters"] = self.answer

    def answer(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.expired:
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired")
        return {"clusterArns": []}


async def test_expired_once_is_renewed_without_a_word(stage: Stage) -> None:
    expiring = Expiring(stage)
    async with Bench(stage) as bench:
        before = bench.connection._session
        calls = 0

        def once(params: dict[str, Any]) -> dict[str, Any]:
            nonlocal calls
            calls += 1
            expiring.expired = calls == 1
            return expiring.answer(params)

        stage.handlers["ecs:ListClusters"] = once
        assert await bench.connection.call("ecs", "ListClusters") is not None
        assert calls == 2 and bench.connection._session is not before


async def test_many_that_fail_together_renew_once(stage: Stage) -> None:
    expiring = Expiring(stage)
    async with Bench(stage) as bench:
        expiring.expired = True
        signed_in = 0
        real = bench.connection._signed_in

        async def counted() -> Any:
            nonlocal signed_in
            signed_in += 1
            session = await real()
            expiring.expired = False
            return session

        bench.connection._signed_in = counted  # type: ignore[method-assign]
        results = await asyncio.gather(*(bench.connection.call("ecs", "ListClusters") for _ in range(8)))
        assert len(results) == 8 and signed_in == 1


async def test_what_stays_expired_costs_one_call_in_a_while_and_recovers(stage: Stage) -> None:
    expiring = Expiring(stage)
    async with Bench(stage) as bench:
        recovered: list[bool] = []
        bench.connection.gate.on_recovered = lambda: recovered.append(True)
        expiring.expired = True
        with pytest.raises(ApiError, match="expired: renew the credentials"):
            await bench.connection.call("ecs", "ListClusters")
        stage.reset()
        for _ in range(20):
            with pytest.raises(ApiError):
                await bench.connection.call("ecs", "ListClusters")
        assert stage.calls["ecs:ListClusters"] == 0
        bench.clock.advance(PROBE_S + 0.1)
        for _ in range(20):
            with pytest.raises(ApiError):
                await bench.connection.call("ecs", "ListClusters")
        assert stage.calls["ecs:ListClusters"] <= 2
        expiring.expired = False
        bench.clock.advance(PROBE_S + 0.1)
        await bench.connection.call("ecs", "ListClusters")
        assert recovered == [True]


async def test_a_write_is_sent_once_whatever_comes_back(stage: Stage) -> None:
    from tui.sources.aws.port import Port

    def expired(_: dict[str, Any]) -> None:
        raise Refusal("ExpiredTokenException")

    stage.handlers["ecs:UpdateService"] = expired
    async with Bench(stage) as bench:
        with pytest.raises(ApiError):
            await Port(bench.connection).write("ecs", "UpdateService", {"service": "a"})
        assert stage.calls["ecs:UpdateService"] == 1


SSO = """[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.example/start
[profile prod]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = PowerUser
region = eu-west-1
"""


async def test_after_aws_sso_login_it_goes_on_by_itself(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in an incident: the session ended at night, and ``aws sso login`` runs in another window."""
    from botocore.tokens import SSOTokenProvider

    monkeypatch.setattr(SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "config").write_text(SSO)
    cached = tmp_path / "cache" / f"{sha1(b'corp').hexdigest()}.json"
    cached.parent.mkdir()

    def login(hours: int) -> None:
        until = datetime.now(UTC) + timedelta(hours=hours)
        token = {"startUrl": "https://corp.example/start", "region": "eu-west-1", "accessToken": f"token {hours}"}
        cached.write_text(json.dumps({**token, "expiresAt": f"{until:%Y-%m-%dT%H:%M:%SZ}"}))

    keys = {"accessKeyId": "ASIA", "secretAccessKey": "s", "sessionToken": "t"}
    later = int((datetime.now(UTC) + timedelta(hours=1)).timestamp() * 1000)
    expiring = Expiring(stage)

    def signed_in(params: dict[str, Any]) -> dict[str, Any]:
        expiring.expired = params["accessToken"] != good
        return {"roleCredentials": {**keys, "expiration": later}}

    stage.handlers["sso:GetRoleCredentials"] = signed_in
    good = "token 1"
    login(1)
    one = connection(stage, profile="prod")
    await one.open()
    clock = one._clock
    assert isinstance(clock, ManualClock)
    assert await one.call("ecs", "ListClusters") == {"clusterArns": []}
    recovered: list[bool] = []
    one.gate.on_recovered = lambda: recovered.append(True)
    expiring.expired, good = True, "token 8"
    login(-1)
    for _ in range(3):
        with pytest.raises(ApiError, match="expired: run aws sso login --profile prod"):
            await one.call("ecs", "ListClusters")
        clock.advance(PROBE_S + 0.1)
    login(8)
    clock.advance(PROBE_S + 0.1)
    assert await one.call("ecs", "ListClusters") == {"clusterArns": []}
    assert recovered == [True]
    assert stage.of("sso:GetRoleCredentials")[-1]["accessToken"] == "token 8"
    await one.close()
