"""Tokens: EKS's form, when they are renewed, single flight; what exec plugins may and may not do."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.waiting import PATIENCE, until
from tui.model import ManualClock, Secret
from tui.model.errors import ApiError, Trouble
from tui.sources.kubernetes.auth import Auth, Credential, fixed, from_file
from tui.sources.kubernetes.plugin import Exec, Plugin
from tui.sources.kubernetes.token import EksTokenRequest, eks_auth, recognise, token


def test_the_form_of_an_eks_token() -> None:
    made = token("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&X=1")
    assert made.startswith("k8s-aws-v1.") and "=" not in made
    body = made.removeprefix("k8s-aws-v1.")
    assert base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).endswith(b"&X=1")


async def test_an_eks_token_is_renewed_after_twelve_minutes_and_at_once_when_refused() -> None:
    clock, asked = ManualClock(), []

    async def presign(request: EksTokenRequest) -> str:
        asked.append(request)
        await asyncio.sleep(0)
        return f"https://sts/?n={len(asked)}"

    auth = eks_auth(clock, presign, EksTokenRequest(cluster="shop-1", region="eu-west-1"))
    first, *others = await asyncio.gather(*[auth.header() for _ in range(20)])
    assert len(asked) == 1 and set(others) == {first} and str(first) == "•••"
    clock.advance(719)
    assert await auth.header() == first
    clock.advance(2)
    second = await auth.header()
    assert second != first and len(asked) == 2
    # twenty requests are refused at one time: one new token
    assert all(await asyncio.gather(*[auth.refused(second) for _ in range(20)])) and len(asked) == 3


async def test_a_failure_is_not_repeated_by_everyone_who_waits() -> None:
    clock, tries = ManualClock(), 0

    async def make() -> Credential:
        nonlocal tries
        tries += 1
        await asyncio.sleep(0)
        raise ApiError(Trouble.EXPIRED, "the SSO session has expired")

    auth = Auth(clock, make)
    results = await asyncio.gather(*[auth.header() for _ in range(10)], return_exceptions=True)
    assert tries == 1 and all(isinstance(r, ApiError) for r in results)
    clock.advance(3)
    with pytest.raises(ApiError):
        await auth.header()
    assert tries == 2


async def test_fixed_headers_and_token_files(tmp_path: Path) -> None:
    clock = ManualClock()
    never = fixed(clock, Secret("Bearer x"))
    assert await never.header() == Secret("Bearer x") and not await never.refused(Secret("Bearer x"))
    path = tmp_path / "token"
    path.write_text("one\n")
    auth = from_file(clock, str(path))
    assert await auth.header() == Secret("Bearer one")
    path.write_text("two")
    assert await auth.refused(Secret("Bearer one")) and await auth.header() == Secret("Bearer two")
    path.unlink()
    clock.advance(61)
    with pytest.raises(ApiError, match="cannot be read"):
        await auth.header()


@pytest.mark.parametrize(
    ("command", "arguments", "environment", "expected"),
    [
        ("aws", ["eks", "get-token", "--cluster-name", "shop-1"], {}, {"cluster": "shop-1"}),
        (
            "/usr/local/bin/aws",
            ["--region", "eu-west-1", "eks", "get-token", "--cluster-name=shop-1", "--output", "json"],
            {"AWS_PROFILE": "prod", "AWS_STS_REGIONAL_ENDPOINTS": "regional"},
            {"cluster": "shop-1", "region": "eu-west-1", "profile": "prod"},
        ),
        (
            "aws-iam-authenticator",
            ["token", "-i", "shop-1", "-r", "arn:aws:iam::1:role/x"],
            {},
            {"cluster": "shop-1", "role_arn": "arn:aws:iam::1:role/x"},
        ),
        ("aws", ["eks", "get-token", "--cluster-name", "x", "--endpoint-url", "http://y"], {}, None),
        ("aws", ["eks", "get-token"], {}, None),
        ("aws", ["sts", "get-token", "--cluster-name", "x"], {}, None),
        ("aws", ["eks", "get-token", "--cluster-name", "x"], {"AWS_ENDPOINT_URL": "http://y"}, None),
        ("gke-gcloud-auth-plugin", [], {}, None),
    ],
)
def test_recognised_programs(
    command: str, arguments: list[str], environment: dict[str, str], expected: dict[str, str] | None
) -> None:
    assert recognise(command, arguments, environment) == (EksTokenRequest(**expected) if expected else None)


def plugin(tmp_path: Path, body: str, clock: ManualClock | None = None, **more: Any) -> Plugin:
    path = tmp_path / "plugin.py"
    path.write_text(f"#!{sys.executable}\n{dedent(body)}")
    path.chmod(0o755)
    return Plugin(clock or ManualClock(), Exec(command=str(path), **more), {"server": "https://x"})


ANSWER = """
import json, os
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
assert info["spec"]["interactive"] is False, info
count = os.path.join(os.path.dirname(__file__), "count")
n = len(open(count).read()) + 1 if os.path.exists(count) else 1
open(count, "w").write("x" * n)
print(json.dumps({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
    "status": {"token": f"t{n}", "expirationTimestamp": os.environ.get("UNTIL")}}))
"""


async def test_a_plugin_gives_a_token_until_its_end(tmp_path: Path) -> None:
    clock = ManualClock(1_700_000_000.0)
    made = plugin(tmp_path, ANSWER, clock, env=(("UNTIL", "2023-11-14T22:23:20Z"),))  # 600 s after the clock's start
    auth = made.auth()
    assert await auth.header() == Secret("Bearer t1")
    clock.advance(530)
    assert await auth.header() == Secret("Bearer t1")
    clock.advance(20)
    assert await auth.header() == Secret("Bearer t2")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("import sys; print('please log in again', file=sys.stderr); sys.exit(3)", "status 3: please log in again"),
        ("print('not json')", "did not answer with an ExecCredential"),
        ("print('{}')", "without a token"),
        ("import sys; sys.exit(0 if sys.stdin.read() == '' else 9)", "did not answer"),
        (
            "import json; print(json.dumps({'kind': 'ExecCredential', 'status': {'clientCertificateData': 'x'}}))",
            "without its key",
        ),
    ],
)
async def test_what_a_plugin_does_wrong_is_said_with_its_own_words(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(ApiError, match=words) as caught:
        await plugin(tmp_path, body, install_hint="install it").run()
    assert caught.value.trouble is Trouble.NO_CREDENTIALS


async def test_a_plugin_cannot_reach_the_terminal(tmp_path: Path) -> None:
    body = """
    import sys
    try:
        open("/dev/tty")
    except OSError as error:
        print(f"no terminal: {error.strerror}", file=sys.stderr)
        sys.exit(7)
    """
    with pytest.raises(ApiError, match="no terminal"):
        await plugin(tmp_path, body).run()


async def test_a_plugin_that_hangs_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import functools

    from tui.sources.kubernetes import plugin as module

    body = """
    import os, subprocess, sys, time
    child = subprocess.Popen(["sleep", "600"])
    open(os.path.join(os.path.dirname(__file__), "pid"), "w").write(str(child.pid))
    time.sleep(600)
    """
    written, run = tmp_path / "pid", module.run_program
    for limit in (0.5, 2.0, 8.0, PATIENCE):  # it must have come as far as its child, which takes a slow machine longer
        monkeypatch.setattr(module, "run_program", functools.partial(run, limit=limit))
        with pytest.raises(ApiError, match="did not answer within"):
            await plugin(tmp_path, body).run()
        if written.exists() and written.read_text():
            break
    pid = int(written.read_text())
    await until(lambda: not _alive(pid), lambda: "the plugin's child lives on")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] == "Z")


async def test_a_plugin_that_insists_on_a_terminal_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ApiError, match="wants a terminal"):
        await plugin(tmp_path, ANSWER, interactive_mode="Always").run()
    with pytest.raises(ApiError, match="cannot be started") as caught:
        await Plugin(ManualClock(), Exec(command="/no/such/plugin", install_hint="brew install it"), {}).run()
    assert caught.value.hint == "brew install it"


async def test_a_plugin_may_give_a_certificate(tmp_path: Path) -> None:
    body = """
    import json
    print(json.dumps({"kind": "ExecCredential", "status": {"clientCertificateData": "CERT", "clientKeyData": "KEY"}}))
    """
    made, given = plugin(tmp_path, body), []

    async def changed(certificate: str, key: Secret) -> None:
        given.append((certificate, key.reveal()))

    made.changed = changed
    assert await made.auth().header() is None and given == [("CERT", "KEY")]
