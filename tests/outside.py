"""The embedded world from outside: its control endpoint, and boto3 as any program beside us would use it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from tests.waiting import PATIENCE
from tui.simulator.launch import Running

#: one: each reads botocore's data anew
SESSION = boto3.session.Session()
ONCE = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False, read_timeout=PATIENCE)


def client(env: Mapping[str, str], service: str, **changes: Any) -> Any:
    """A client of the world that these variables point at. ``changes``: what boto3's ``client`` takes."""
    options = {
        "aws_access_key_id": env["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": env["AWS_SECRET_ACCESS_KEY"],
        "region_name": env["AWS_REGION"],
        "endpoint_url": env["AWS_ENDPOINT_URL"],
    }
    return SESSION.client(service, **{**options, **changes})


def once(env: Mapping[str, str], service: str, **changes: Any) -> Any:
    """The same, trying each call once."""
    return client(env, service, **{"config": ONCE, **changes})


def control(world: Running, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask the control endpoint: POST where there is a body. ``HTTPError`` where it refuses."""
    # not by urllib.request: its opener reads every certificate of the machine, 40 ms, for an address that has none
    method, sent = ("GET", None) if body is None else ("POST", json.dumps(body).encode())
    with closing(http.client.HTTPConnection(urlsplit(world.control).netloc, timeout=PATIENCE)) as asked:
        asked.request(method, path, sent, {"Authorization": f"Bearer {world.secret}"})
        answer = asked.getresponse()
        if answer.status >= 300:
            raise HTTPError(world.control + path, answer.status, answer.reason, answer.headers, None)
        return dict(json.load(answer))
