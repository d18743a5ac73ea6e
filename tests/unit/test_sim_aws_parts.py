"""Parts of the embedded AWS front alone: signatures, event streams, policies, faults, buckets, tokens of pages."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.eventstream import EventStreamBuffer

from tui.simulator.aws import permissions, signature
from tui.simulator.aws.keyring import Credential, Keyring, access_key_id
from tui.simulator.aws.models import operation_model
from tui.simulator.aws.protocols import PROTOCOLS, Incoming
from tui.simulator.aws.protocols.eventstream import message
from tui.simulator.aws.registry import AwsError, paginate
from tui.simulator.aws.wording import refusal
from tui.simulator.faults import MENU, Bucket, Chaos, Fault, Faults

KEYS = Credentials("AKIATEST", "secret")


def signed(method: str, url: str, body: bytes = b"", *, query: bool = False, **headers: str) -> Incoming:
    """A request as botocore signs it."""
    request = AWSRequest(method, url, headers, data=body)
    (SigV4QueryAuth(KEYS, "eks", "eu-west-1") if query else SigV4Auth(KEYS, "eks", "eu-west-1")).add_auth(request)
    prepared = request.prepare()
    path, _, rest = prepared.url.partition("//")[2].partition("/")[2].partition("?")
    lower = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
    lower.setdefault("host", url.split("/")[2])
    return Incoming(method, "/" + path, rest, lower, body)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4566/clusters?maxResults=100&nextToken=a%2Bb%3D",
        "http://127.0.0.1:4566/clusters/shop-1/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx",
        "http://127.0.0.1:4566/a%20b/~c?b=2&a=1&a=0&empty=",
        "http://127.0.0.1:4566/",
    ],
)
def test_botocores_signatures_verify_and_no_others(url: str) -> None:
    for query in (False, True):
        incoming = signed("GET", url, query=query, **{"x-other": "  spaced   out "})
        claims = signature.claims(incoming)
        assert claims is not None
        assert (claims.access_key, claims.service, claims.region) == ("AKIATEST", "eks", "eu-west-1")
        assert signature.verify(incoming, claims, "secret")
        assert not signature.verify(incoming, claims, "other")
        moved = Incoming("GET", incoming.path + "x", incoming.query, incoming.headers, b"")
        assert not signature.verify(moved, claims, "secret")


def test_old_signatures_do_not_hold() -> None:
    incoming = signed("GET", "http://h/")
    claims = signature.claims(incoming)
    assert claims is not None
    assert signature.in_time(claims)
    assert not signature.in_time(claims, now=4_000_000_000)


def test_a_presigned_identity_holds_fifteen_minutes_whatever_it_says() -> None:
    """EKS tokens say 60 seconds and are used for 14 minutes: STS does not look at X-Amz-Expires."""
    made = 1_767_322_800
    for service, at, holds in (("sts", 890, True), ("sts", 910, False), ("eks", 50, True), ("eks", 70, False)):
        claims = signature.Signed("k", "20260102", "r", service, "20260102T030000Z", (), "", expires=60)
        assert signature.in_time(claims, now=made + at) is holds


def test_sessions_expire_and_need_their_token() -> None:
    now = [1000.0]
    ring = Keyring(lambda: now[0])
    made = ring.session("arn:caller", "ReadOnly", 900)
    request = AWSRequest("GET", "http://h/", {})
    SigV4Auth(Credentials(made.access_key, made.secret_key, made.token), "eks", "eu-west-1").add_auth(request)
    headers = {name.lower(): value for name, value in request.headers.items()} | {"host": "h"}
    incoming = Incoming("GET", "/", "", headers, b"")
    assert ring.check(incoming) == (made, "")
    assert ring.check(Incoming("GET", "/", "", headers | {"x-amz-security-token": "x"}, b""))[1] == "unknown-key"
    now[0] += 901
    assert ring.check(incoming) == (None, "expired")
    assert ring.check(Incoming("GET", "/", "", {}, b"")) == (None, "unsigned")


def test_eks_tokens_of_another_service_or_action_do_not_hold() -> None:
    ring = Keyring(lambda: 0.0)
    ring.add(Credential(access_key_id(), "s", "arn"))
    for token in ("", "k8s-aws-v1.", "k8s-aws-v1.!!", "k8s-aws-v1.aHR0cDovL2gvP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eQ", "Bearer x"):
        assert ring.eks_caller(token, "shop-1") is None


def test_event_stream_messages_are_botocores() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(message({":message-type": "event", ":event-type": "sessionUpdate"}, b'{"a":1}') + message({}, b""))
    events = [event.to_response_dict() for event in buffer]
    assert events[0]["headers"] == {":message-type": "event", ":event-type": "sessionUpdate"}
    assert [event["body"] for event in events] == [b'{"a":1}', b""]


async def test_an_event_stream_ends_with_its_exception() -> None:
    """A modelled exception among the events, or one that is raised: botocore reads both as errors."""

    async def events(last: dict[str, Any] | None) -> AsyncIterator[dict[str, Any]]:
        yield {"sessionStart": {"sessionId": "s"}}
        if last is None:
            raise AwsError("SessionTimeoutException", 'timed "out"')
        yield last

    operation = operation_model("logs", "StartLiveTail")
    for last in (None, {"SessionTimeoutException": {"message": 'timed "out"'}}):
        answer = PROTOCOLS["json"].answer(operation, {"responseStream": events(last)}, "id")
        buffer = EventStreamBuffer()
        buffer.add_data(answer.body + b"".join([part async for part in answer.events]))
        found = [event.to_response_dict() for event in buffer]
        kinds = [event["headers"][":message-type"] for event in found]
        assert kinds == ["event", "event", "exception"]
        assert found[2]["headers"][":exception-type"] == "SessionTimeoutException"
        assert json.loads(found[2]["body"]) == {"message": 'timed "out"'}


def test_policies_are_decided_as_iam_does() -> None:
    allow = {"Statement": {"Effect": "Allow", "Action": ["ecs:Describe*", "s3:Get*"], "Resource": "*"}}
    deny = {"Statement": [{"Effect": "Deny", "Action": "ecs:*", "Resource": "arn:aws:ecs:*:*:service/pay/*"}]}
    most = {"Statement": [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}]}
    assert permissions.decide([allow], "ecs:DescribeServices") == "allowed"
    assert permissions.decide([allow], "ECS:describeservices") == "allowed"
    assert permissions.decide([allow], "ecs:UpdateService") == "implicitDeny"
    pay = "arn:aws:ecs:eu-west-1:1:service/pay/gateway"
    assert permissions.decide([allow, deny], "ecs:DescribeServices", pay) == "explicitDeny"
    assert permissions.decide([allow, deny], "ecs:DescribeServices", pay.replace("pay", "shop")) == "allowed"
    assert permissions.decide([most], "iam:GetRole") == "implicitDeny"
    tasks = {"StringLike": {"iam:PassedToService": "ecs-tasks.*"}}
    bound = {"Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*", "Condition": tasks}}
    assert permissions.decide([bound], "iam:PassRole") == "implicitDeny"
    assert permissions.decide([bound], "iam:PassRole", context={"iam:PassedToService": ["ecs-tasks.amazonaws.com"]}) == "allowed"
    assert permissions.decide([bound], "iam:PassRole", context={"iam:PassedToService": ["ec2.amazonaws.com"]}) == "implicitDeny"
    assert permissions.decide([most], "ecs:DeleteService") == "allowed"


def test_faults_match_count_down_and_choose_by_chance() -> None:
    faults = Faults(random.Random(1))
    faults.configure({"rules": [{"kind": "throttled", "service": "ecs", "operation": "List*", "count": 2}]})
    assert faults.pick("ecr", "ListImages") is None
    assert faults.pick("ecs", "DescribeServices") is None
    picked = [faults.pick("ecs", "ListTasks") for _ in range(3)]
    assert [fault and fault.kind for fault in picked] == ["throttled", "throttled", None]
    faults.configure({"add": [{"kind": "internal", "probability": 0.5}]})
    assert 20 < sum(faults.pick("ecs", "X") is not None for _ in range(100)) < 80
    with pytest.raises(ValueError, match="no fault is called"):
        Fault("earthquake")


def test_buckets_fill_again() -> None:
    bucket = Bucket(burst=2, rate=1)
    assert [bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(1), bucket.take(1)] == [True, True, False, True, False]


def test_chaos_starts_calm_and_changes() -> None:
    faults = Faults(random.Random(0))
    told: list[dict[str, object]] = []
    chaos = Chaos(faults, random.Random(0), told.append)
    phases = []
    for now in range(0, 2000, 5):
        chaos.tick(float(now))
        phases.append(chaos.phase)
    assert phases[0] == "calm"
    assert set(phases) == {weather.name for weather in MENU}
    assert any(change["expired"] for change in told)
    assert all(set(told[0]) == set(change) for change in told)


def test_pages_refuse_foreign_tokens() -> None:
    items = list(range(7))
    page, more = paginate(items, {"maxResults": 3})
    rest, _ = paginate(items, {"maxResults": 100, **more})
    assert [*page, *rest] == items
    for token in ("x", "bm90IGpzb24=", "e30="):
        with pytest.raises(AwsError) as refused:
            paginate(items, {"nextToken": token})
        assert refused.value.code == "InvalidParameterException"


def test_wording_differs_by_protocol() -> None:
    assert refusal("throttled", "ecs", "json").code == "ThrottlingException"
    assert refusal("throttled", "elbv2", "query").code == "Throttling"
    assert refusal("throttled", "ec2", "ec2").status == 503
    assert (
        "elasticloadbalancing:DescribeTargetHealth"
        in refusal("denied", "elbv2", "query", operation="DescribeTargetHealth").message
    )
