"""Credentials: every way to have them, and every way not to, said in words; never a prompt or a program on the terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, Refusal, Stage
from tests.waiting import PATIENCE, until
from tui.model import ManualClock
from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.credentials import mfa_serials
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws.session import SessionPlan
from tui.sources.programs import run_program

Configure = Callable[..., None]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of anybody's around."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    (tmp_path / "config").write_text("")


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    def write(text: str) -> None:
        (tmp_path / "config").write_text(text)

    return write


@pytest.fixture
def stage() -> Stage:
    found = Stage()
    expires = datetime.now(UTC) + timedelta(hours=1)
    keys = {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": expires}
    role = {"AssumedRoleId": "x", "Arn": "arn:aws:sts::1:x"}
    found.handlers["sts:AssumeRole"] = lambda _: {
        "Credentials": keys,
        "AssumedRoleUser": role,
    }
    return found


def connection(stage: Stage, ask: Any = None, **changes: Any) -> AwsConnection:
    plan = SessionPlan(**{"region": "eu-west-1", **changes})
    return AwsConnection(plan, clock=ManualClock(), guard=ReadGuard(read_only=False), ask=ask, hooks=stage.hooks)


async def opened(stage: Stage, ask: Any = None, **changes: Any) -> AwsConnection:
    made = connection(stage, ask, **changes)
    try:
        await made.open()
    finally:
        await made.close()
    return made


async def failing(stage: Stage, ask: Any = None, **changes: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await opened(stage, ask, **changes)
    return caught.value


async def test_none(stage: Stage) -> None:
    error = await failing(stage)
    assert (error.trouble, str(error)) == (Trouble.NO_CREDENTIALS, "no AWS credentials were found")
    assert "aws sso login" in error.hint


async def test_of_the_environment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert (await opened(stage)).account == ACCOUNT


async def test_half_of_them(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    error = await failing(stage)
    assert "not whole" in str(error) and "AWS_SECRET_ACCESS_KEY" in str(error)


async def test_a_profile_its_region_and_its_endpoint(stage: Stage, configure: Configure) -> None:
    configure("[profile prod]\nregion = eu-central-1\naws_access_key_id = AKIA\naws_secret_access_key = s\n")
    found = await opened(stage, profile="prod", region="")
    assert (found.region, found.owner, found.partition) == ("eu-central-1", "aws:prod@eu-central-1", "aws")


async def test_a_profile_that_does_not_exist(stage: Stage) -> None:
    error = await failing(stage, profile="prd")
    assert (error.trouble, str(error)) == (Trouble.NO_CREDENTIALS, 'there is no profile "prd" in the AWS configuration')


async def test_a_broken_configuration_file(stage: Stage, configure: Configure) -> None:
    configure("[profile prod\nregion = x\n")
    error = await failing(stage, profile="prod")
    assert error.trouble is Trouble.NO_CREDENTIALS and "configuration is wrong" in str(error)


async def test_no_region(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    error = await failing(stage, region="")
    assert (error.trouble, str(error)) == (Trouble.INVALID, "no region is set")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-gov-west-1")
    found = await opened(stage, region="")
    assert (found.region, found.partition) == ("us-gov-west-1", "aws-us-gov")
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    assert (await opened(stage, region="")).partition == "aws-cn"


@pytest.mark.parametrize("region", ["eu west", "../x", "eu-west-1.evil.example/"])
async def test_a_region_that_is_no_name(stage: Stage, monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    error = await failing(stage, region=region)
    assert error.trouble is Trouble.INVALID and "is not the name of a region" in str(error)


ROLE = """
[profile base]
aws_access_key_id = AKIA
aws_secret_access_key = s
[profile ops]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = base
{more}
"""
SERIAL = "arn:aws:iam::123456789012:mfa/anna"


async def test_a_role_of_a_source_profile(stage: Stage, configure: Configure) -> None:
    configure(ROLE.format(more=""))
    await opened(stage, profile="ops")
    (asked,) = stage.of("sts:AssumeRole")
    assert asked["RoleArn"] == "arn:aws:iam::123456789012:role/ops"


async def test_a_role_of_the_settings(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    await opened(stage, role_arn="arn:aws:iam::1:role/x", external_id="e1", role_session_name="n1")
    (asked,) = stage.of("sts:AssumeRole")
    assert (asked["RoleArn"], asked["ExternalId"], asked["RoleSessionName"]) == ("arn:aws:iam::1:role/x", "e1", "n1")


async def test_mfa_is_asked_for_beforehand_and_never_on_the_terminal(
    stage: Stage, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    import getpass

    def never(*_: object) -> str:
        raise AssertionError("asked on the terminal")

    monkeypatch.setattr(getpass, "getpass", never)
    configure(ROLE.format(more=f"mfa_serial = {SERIAL}"))
    asked: list[str] = []

    async def ask(serial: str) -> str:
        asked.append(serial)
        return " 123456\n"

    await opened(stage, ask, profile="ops")
    assert asked == [SERIAL]
    assert stage.of("sts:AssumeRole")[0]["TokenCode"] == "123456"


async def test_mfa_with_nobody_to_ask_and_with_a_closed_dialog(stage: Stage, configure: Configure) -> None:
    configure(ROLE.format(more=f"mfa_serial = {SERIAL}"))
    error = await failing(stage, profile="ops")
    assert str(error) == f"the role wants an MFA code of {SERIAL}" and error.hint == "ctrl-r asks for it"
    times = 0

    async def closes(serial: str) -> None:
        nonlocal times
        times += 1

    made = connection(stage, closes, profile="ops")
    for _ in range(5):
        with pytest.raises(ApiError, match="wants an MFA code"):
            await made.open()
    assert times == 1, "a person who closed the dialog is left in peace"
    made.retry_now()
    with pytest.raises(ApiError):
        await made.open()
    assert times == 2
    await made.close()


async def test_a_wrong_mfa_code(stage: Stage, configure: Configure) -> None:
    configure(ROLE.format(more=f"mfa_serial = {SERIAL}"))

    def wrong(_: dict[str, Any]) -> None:
        raise Refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403)

    stage.handlers["sts:AssumeRole"] = wrong

    async def ask(serial: str) -> str:
        return "000000"

    error = await failing(stage, ask, profile="ops")
    assert str(error) == "the MFA code was not accepted"


def test_serials_on_the_way_to_the_source() -> None:
    profiles = {
        "a": {"role_arn": "r", "source_profile": "b", "mfa_serial": "one"},
        "b": {"role_arn": "r", "source_profile": "c", "mfa_serial": "two"},
        "c": {"mfa_serial": "not for a role"},
        "loop": {"role_arn": "r", "source_profile": "loop"},
    }
    assert mfa_serials(profiles, "a") == ["one", "two"]
    assert mfa_serials(profiles, "c") == mfa_serials(profiles, "nobody") == mfa_serials(profiles, "loop") == []


async def test_an_sso_session_that_has_ended(stage: Stage, configure: Configure) -> None:
    configure(
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example/start\n"
        "[profile prod]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = PowerUser\n"
    )
    error = await failing(stage, profile="prod")
    assert (error.trouble, str(error)) == (Trouble.EXPIRED, "expired: run aws sso login --profile prod")


# -- credential_process -----------------------------------------------------------------------------------------------


def helper(tmp_path: Path, text: str) -> str:
    file = tmp_path / "helper.py"
    file.write_text(text)
    return f"{sys.executable} {file}"


async def with_process(stage: Stage, configure: Configure, command: str, **more: Any) -> AwsConnection:
    configure(f"[profile prod]\ncredential_process = {command}\n")
    return await opened(stage, profile="prod", **more)


GOOD = json.dumps({"Version": 1, "AccessKeyId": "AKIA", "SecretAccessKey": "s"})


async def test_a_process_without_a_terminal(stage: Stage, configure: Configure, tmp_path: Path) -> None:
    command = helper(
        tmp_path,
        f"""
import os, sys
assert sys.stdin.read() == ""
assert os.getsid(0) == os.getpid()
try:
    open("/dev/tty")
except OSError:
    pass
else:
    sys.exit("it has a terminal")
print('{GOOD}')
""",
    )
    assert (await with_process(stage, configure, command)).account == ACCOUNT


async def test_the_process_of_a_source_profile(stage: Stage, configure: Configure, tmp_path: Path) -> None:
    command = helper(tmp_path, f"import os\nassert os.getsid(0) == os.getpid()\nprint('{GOOD}')")
    configure(
        f"[profile base]\ncredential_process = {command}\n"
        "[profile ops]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n"
    )
    await opened(stage, profile="ops")
    assert stage.calls["sts:AssumeRole"] == 1


async def test_where_the_region_comes_from(stage: Stage, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    """The flag or setting, then the environment, then the profile, then instance metadata."""
    from aiohttp import web

    async def metadata(request: web.Request) -> web.Response:
        return web.Response(text="token" if request.method == "PUT" else "eu-north-1b")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", metadata)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{runner.addresses[0][1]}/")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
        assert (await opened(stage, region="")).region == "eu-north-1"
        configure("[default]\nregion = eu-west-3\n")
        assert (await opened(stage, region="")).region == "eu-west-3"
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
        assert (await opened(stage, region="")).region == "eu-west-2"
        monkeypatch.setenv("AWS_REGION", "eu-south-1")
        assert (await opened(stage, region="")).region == "eu-south-1"
        assert (await opened(stage, region="us-east-1")).region == "us-east-1"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "import sys\nsys.stderr.write('wait\\nno card\\n')\nsys.exit(3)",
            "credential_process failed: wait no card",
        ),
        ("print('not json')", "credential_process did not write JSON"),
        ("print('{\"Version\": 2}')", "Unsupported version"),
        ("print('{\"Version\": 1}')", "Missing required key"),
    ],
)
async def test_a_process_that_fails(stage: Stage, configure: Configure, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ApiError) as caught:
        await with_process(stage, configure, helper(tmp_path, text))
    assert caught.value.trouble is Trouble.NO_CREDENTIALS and words in str(caught.value)


async def test_a_process_that_does_not_exist(stage: Stage, configure: Configure) -> None:
    with pytest.raises(ApiError, match="cannot be started: No such file") as caught:
        await with_process(stage, configure, "/nowhere/helper --now")
    assert caught.value.trouble is Trouble.NO_CREDENTIALS


def alive(process: int) -> bool:
    """Whether it runs: gone, or a zombie that nobody has waited for yet, is ended."""
    state = Path(f"/proc/{process}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


async def test_a_process_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    text = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(marker)!r}, 'w').write(str(child.pid))\ntime.sleep(60)"
    )
    for limit in (0.8, 2.0, 8.0, PATIENCE):  # it must have come as far as its child, which takes a slow machine longer
        with pytest.raises(ApiError, match=re.escape(f"did not answer within {limit:g} s and was ended")):
            await run_program(helper(tmp_path, text).split(), limit=limit)
        if marker.exists() and marker.read_text():
            break
    child = int(marker.read_text())
    await until(lambda: not alive(child), lambda: "the child lives on")


def test_what_is_private_in_the_sdk_and_used_here_is_still_there() -> None:
    """``_create_process_provider`` is overridden so that a source profile's program runs our way too."""
    from aiobotocore.credentials import AioProfileProviderBuilder

    assert callable(AioProfileProviderBuilder._create_process_provider)
