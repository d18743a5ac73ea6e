"""An account in which there is nothing, or a cluster without services: each place says what there is none of, and keys answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.interface.faulty import Seen, console
from tests.waiting import until

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
WHO = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/anna</Arn><UserId>A</UserId><Account>123456789012</Account></GetCallerIdentityResult>
<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""
NOTHING: Mapping[str, Any] = {
    "ListClusters": {"clusterArns": []},
    "ListTaskDefinitions": {"taskDefinitionArns": []},
    "DescribeRepositories": {"repositories": []},
    "DescribeAlarms": {"MetricAlarms": [], "CompositeAlarms": []},
}
ONE_CLUSTER: Mapping[str, Any] = {
    **NOTHING,
    "ListClusters": {"clusterArns": [CLUSTER]},
    "DescribeClusters": {"clusters": [{"clusterArn": CLUSTER, "clusterName": "shop", "status": "ACTIVE"}], "failures": []},
    "ListServices": {"serviceArns": []},
    "ListTasks": {"taskArns": []},
}


@asynccontextmanager
async def account(answers: Mapping[str, Any]) -> AsyncIterator[dict[str, str]]:
    """An AWS that has what ``answers`` says, by operation, and an environment for it."""

    async def answer(request: web.Request) -> web.Response:
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation:
            text = json.dumps(answers.get(operation, {}))
            return web.Response(text=text, content_type="application/x-amz-json-1.1")
        if request.path == "/clusters":  # EKS
            return web.json_response({"clusters": []})
        return web.Response(text=WHO, content_type="text/xml")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{runner.addresses[0][1]}",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_REGION": "eu-west-1",
        }
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answers", "services", "problems"),
    [
        (NOTHING, "no ECS clusters in eu-west-1", "no ECS clusters in eu-west-1"),
        (ONE_CLUSTER, "No services", 'no services in cluster "shop"'),
    ],
    ids=["no clusters", "no services"],
)
@pytest.mark.parametrize("size", [(200, 50), (80, 24)], ids=["grid", "small"])
async def test_nothing_is_there(
    tmp_path: Path, answers: Mapping[str, Any], services: str, problems: str, size: tuple[int, int]
) -> None:
    async with account(answers) as variables, console(tmp_path, variables, size) as seen:
        for key, words in (
            ("f1", services),
            ("f2", "no task definitions"),
            ("f3", "no repositories"),
            ("f4", "there is no EKS cluster in this account and region"),
        ):
            await seen.press(key)
            await said(seen, words)
        assert "ctrl-r now" not in seen.words(), "nothing has failed"
        await seen.press("exclamation_mark")
        await said(seen, problems)
        await seen.press("escape", "question_mark")
        assert "Moving" in seen.screen()


async def said(seen: Seen, words: str) -> None:
    """In any case of letters: sources and panes begin a sentence or go on with one."""
    try:
        await until(lambda: words.lower() in seen.words().lower(), seen.screen)
    except AssertionError:
        pytest.fail(f"{words!r} is not on the screen:\n{seen.screen()}")
