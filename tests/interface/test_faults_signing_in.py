"""Where AWS cannot be opened: the place itself says what, why, what to do, and nothing else stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interface.faulty import Seen, answering, console
from tui.sources.aws import loading

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x"}
WORK = {"AWS_PROFILE": "work", "AWS_REGION": "eu-west-1"}
HERE = {**KEYS, "AWS_REGION": "eu-west-1"}
SSO = """[profile work]
sso_session = s
sso_account_id = 123456789012
sso_role_name = r
region = eu-west-1
[sso-session s]
sso_region = eu-west-1
sso_start_url = https://example.awsapps.com/start
"""
MFA = """[profile work]
role_arn = arn:aws:iam::123456789012:role/x
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/anna
[profile base]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = x
"""
WRONG_CODE = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>
<Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error></ErrorResponse>"""


async def said_in_every_pane(seen: Seen, *words: str) -> None:
    """The sentence stands in the three panes that AWS feeds, with the time of the next try; keys still answer."""
    for key in ("f1", "f2", "f3"):
        await seen.press(key)
        for part in (*words, "ctrl-r now"):
            assert part in seen.words(), seen.screen()
    await seen.press("f4")
    assert "No pods here" not in seen.words()
    await seen.press("question_mark")
    assert "Moving" in seen.screen()
    await seen.press("escape")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, ("no AWS credentials were found", "aws sso login", "again ")),
        ({"AWS_PROFILE": "nope"}, ('there is no profile "nope"', "ctrl-p lists the profiles")),
        (KEYS, ("no region is set", ":region")),
        ({**KEYS, "AWS_REGION": "eu west"}, ('"eu west" is not the name of a region', ":region")),
        (
            {"AWS_PROFILE": "work", "AWS_REGION": "eu-west-1"},
            ("expired: run aws sso login --profile work", "go on by themselves"),
        ),
    ],
    ids=["none", "profile", "no-region", "region-name", "sso"],
)
async def test_what_is_missing_is_named_with_the_remedy(
    tmp_path: Path, variables: dict[str, str], words: tuple[str, ...]
) -> None:
    (tmp_path / "config").write_text(SSO)
    async with console(tmp_path, variables) as seen:
        await said_in_every_pane(seen, *words)
        assert "ecs ✖" in seen.screen()


async def test_an_endpoint_that_refuses(tmp_path: Path, deaf_port: int) -> None:
    async with console(tmp_path, {**HERE, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{deaf_port}"}) as seen:
        await said_in_every_pane(seen, f"127.0.0.1:{deaf_port} cannot be reached: connection refused", "again ")


async def test_an_endpoint_that_answers_html(tmp_path: Path) -> None:
    page = "<!doctype html><html><title>Sign in to the guest network</title></html>"
    async with answering(200, page) as url, console(tmp_path, {**HERE, "AWS_ENDPOINT_URL": url}) as seen:
        await said_in_every_pane(seen, "sts:GetCallerIdentity", "a proxy or a sign-in page", "again ")


async def test_a_region_that_does_not_exist(tmp_path: Path, deaf_port: int) -> None:
    variables = {**KEYS, "AWS_REGION": "eu-moon-1", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{deaf_port}"}
    async with console(tmp_path, variables) as seen:
        await said_in_every_pane(seen, 'there is no region "eu-moon-1"', ":region")


async def test_recovery_by_itself(tmp_path: Path) -> None:
    """Credentials that appear are found at the time that the screen names, and by ctrl-r at once."""
    async with console(tmp_path, {"AWS_REGION": "eu-west-1"}) as seen:
        assert "no AWS credentials were found" in seen.words()
        (tmp_path / "credentials").write_text("[default]\naws_access_key_id = AKIAEXAMPLE\n")
        await seen.next_try(10)
        assert "the AWS credentials are not whole" in seen.words(), seen.screen()
        (tmp_path / "config").write_text("[profile\n")
        await seen.next_try(0, "ctrl+r")
        assert "the AWS configuration is wrong" in seen.words(), seen.screen()


async def test_a_wrong_mfa_code_and_a_closed_dialog(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(MFA)
    async with (
        answering(403, WRONG_CODE, "text/xml") as url,
        console(tmp_path, {**WORK, "AWS_ENDPOINT_URL": url}, wait=False) as seen,
    ):
        await seen.asked("MFA code of anna")
        await seen.type("123456")
        await seen.press("enter")
        await seen.tried()
        await said_in_every_pane(seen, "the MFA code was not accepted", "ctrl-r asks for a new one")
        await seen.press("ctrl+r")
        await seen.asked("MFA code of anna")
        await seen.press("escape")
        await seen.until_said("the role wants an MFA code")
        await said_in_every_pane(seen, "the role wants an MFA code", "ctrl-r asks for it")


async def test_a_fault_of_ours_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise LookupError("a bug of ours")

    monkeypatch.setattr(loading, "load_sdk", broken)
    async with console(tmp_path, HERE) as seen:
        await said_in_every_pane(seen, "a fault of pierhead: LookupError: a bug of ours", ":errors shows the details")
        monkeypatch.undo()
        await seen.next_try(0, "ctrl+r")
        assert "a bug of ours" not in seen.words()


async def test_another_region_can_be_chosen_without_any_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_shared", {})  # the SDK is loaded for the first time, with this environment
    async with console(tmp_path, {"AWS_PROFILE": "nope"}) as seen:
        assert 'there is no profile "nope"' in seen.words()
        await seen.choices()
        await seen.command("region")
        assert "Choose a region" in seen.screen() and "ap-south-1" in seen.screen()
        await seen.type("eu-west")
        assert "eu-west-3" in seen.screen() and "ap-south-1" not in seen.screen()
        await seen.press("escape")
        await seen.command("region eu-central-1")
        await seen.until_said("there is no profile")
