"""Credentials that expire: renewed once for all, never by sending a write twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.unit.aws_stage import Bench, Refusal, Stage
from tests.unit.test_aws_credentials import nobody, stage
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
