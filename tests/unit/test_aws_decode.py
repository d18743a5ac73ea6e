"""Our narrow reading of hot answers against botocore's whole one, and what neither can read."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from aiobotocore.parsers import AioResponseParserFactory
from botocore.session import Session
from hypothesis import given
from hypothesis import strategies as st

from tests.narrow import HOT
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import decode, wire, wire_services
from tui.sources.aws.decode import OURS, How, Reading, answer_of, before_parse, check_json, convert, reading

SESSION = Session()
STAMP = 1_700_000_000.25


def model_of(name: str) -> Any:
    service, operation = name.split(":")
    return SESSION.get_service_model(service).operation_model(operation)


def example(shape: Any, depth: int = 0) -> Any:
    """An answer with every member of the model, made up."""
    kind = shape.type_name
    if kind == "structure":
        return {name: example(member, depth + 1) for name, member in shape.members.items()} if depth < 8 else {}
    if kind == "list":
        return [example(shape.member, depth + 1)] if depth < 8 else []
    if kind == "map":
        value = 7 if shape.value.type_name in ("integer", "long") else "v"
        return {"CRITICAL": value}
    if kind == "timestamp":
        return STAMP
    if kind in ("integer", "long"):
        return 1_700_000_000_123 if kind == "long" else 3
    if kind in ("float", "double"):
        return 1.5
    if kind == "boolean":
        return True
    return shape.enum[0] if getattr(shape, "enum", None) else "text"


async def botocore_reads(name: str, body: bytes) -> dict[str, Any]:
    model = model_of(name)
    parser = AioResponseParserFactory().create_parser(model.service_model.resolved_protocol)
    answer = {"headers": {}, "status_code": 200, "body": body, "context": {"operation_name": model.name}}
    return dict(await parser.parse(answer, model.output_shape))


def ours_reads(name: str, body: bytes) -> wire.Wire | None:
    answer = {"status_code": 200, "body": body}
    custom: dict[str, Any] = {}
    with reading(name, HOT[name]):
        before_parse(model_of(name), answer, custom)
    if OURS in custom:
        assert answer["body"] == b"{}"
    return custom.get(OURS)


@pytest.mark.parametrize("name", sorted(HOT))
async def test_both_ways_read_the_same(name: str) -> None:
    body = json.dumps(example(model_of(name).output_shape)).encode()
    ours = ours_reads(name, body)
    assert ours is not None
    assert ours == convert(name, await botocore_reads(name, body), HOT[name])
    assert ours != HOT[name]()


@pytest.mark.parametrize("name", sorted(HOT))
async def test_an_empty_answer(name: str) -> None:
    assert ours_reads(name, b"{}") == HOT[name]() == convert(name, await botocore_reads(name, b"{}"), HOT[name])


@pytest.mark.parametrize("name", sorted(HOT))
@given(data=st.data())
def test_any_member_may_be_missing(name: str, data: st.DataObject) -> None:
    def thin(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: thin(item) for key, item in value.items() if data.draw(st.booleans())}
        return [thin(item) for item in value] if isinstance(value, list) else value

    body = thin(example(model_of(name).output_shape))
    assert ours_reads(name, json.dumps(body).encode()) is not None


@pytest.mark.parametrize(
    "body",
    [
        {"services": [{"serviceName": "a", "launchType": None, "createdAt": "2026-11-23T10:00:00Z", "runningCount": 2}]},
        {"services": [{"serviceName": "a", "desiredCount": 2, "events": None}]},
    ],
)
async def test_what_ours_refuses_botocore_reads_and_it_is_logged_once(
    body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    decode._told.clear()
    raw = json.dumps(body).encode()
    with caplog.at_level(logging.WARNING, logger="pierhead.sources.aws.decode"):
        assert ours_reads("ecs:DescribeServices", raw) is None
        assert ours_reads("ecs:DescribeServices", raw) is None
    assert len(caplog.records) == 1 and "ecs:DescribeServices" in caplog.text
    answer = answer_of("ecs:DescribeServices", await botocore_reads("ecs:DescribeServices", raw), wire_services.DescribeServices)
    assert answer.services[0].service_name == "a"


def test_only_asked_for() -> None:
    body = b'{"serviceArns": []}'
    for how in (Reading.FULL, Reading.RAW):
        answer, custom = {"status_code": 200, "body": body}, {}
        with reading("ecs:ListServices", how):
            before_parse(model_of("ecs:ListServices"), answer, custom)
        assert (OURS in custom) is (how is Reading.RAW)
    assert custom[OURS] == body


@pytest.mark.parametrize("how", [Reading.RAW, wire_services.ListServices])
def test_a_call_in_the_midst_of_another_is_read_by_botocore(how: How) -> None:
    """Credentials of IAM Identity Center are renewed, by JSON, while a call of ours is under way."""
    body = b'{"roleCredentials": {"accessKeyId": "AKIA"}}'
    answer, custom = {"status_code": 200, "body": body}, {}
    model = SimpleNamespace(
        name="GetRoleCredentials", service_model=SimpleNamespace(resolved_protocol="rest-json", service_name="sso")
    )
    with reading("ecs:ListServices", how):
        before_parse(model, answer, custom)
    assert custom == {} and answer["body"] == body


def test_error_answers_are_botocores() -> None:
    answer, custom = {"status_code": 400, "body": b"<html>"}, {}
    with reading("ecs:ListServices", wire_services.ListServices):
        before_parse(model_of("ecs:ListServices"), answer, custom)
    assert custom == {} and answer["body"] == b"<html>"


def test_xml_services_are_botocores() -> None:
    model = SimpleNamespace(name="X", service_model=SimpleNamespace(resolved_protocol="query", service_name="elbv2"))
    before_parse(model, {"status_code": 200, "body": b"<x/>"}, {})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html><body>Sign in</body></html>", "an HTML page instead of JSON"),
        (b'  <!DOCTYPE html>', "an HTML page instead of JSON"),
        (b'{"services": [{"serviceName": "a"', "JSON that ends in the middle"),
        (b'{"services": []} and more', "no JSON"),
        (b"nothing", "no JSON"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", [*Reading, wire_services.DescribeServices])
def test_nonsense_is_never_an_empty_list(body: bytes, words: str, how: How) -> None:
    with reading("ecs:DescribeServices", how), pytest.raises(ApiError, match=words) as caught:
        before_parse(model_of("ecs:DescribeServices"), {"status_code": 200, "body": body}, {})
    assert caught.value.trouble is Trouble.NONSENSE
    assert caught.value.operation == "ecs:DescribeServices"


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_nonsense(body: bytes) -> None:
    try:
        check_json("x", body)
    except ApiError as error:
        assert error.trouble is Trouble.NONSENSE
    else:
        assert not body or json.loads(body) is not ...


def test_what_botocore_gives_but_does_not_fit() -> None:
    with pytest.raises(ApiError, match="cannot be read"):
        convert("ecs:ListServices", {"serviceArns": [{"a": 1}]}, wire_services.ListServices)
