"""Whatever botocore sends is read as it was meant, and whatever a handler answers is read back by botocore, in every protocol."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from tui.simulator.aws.models import SERVICES, error_shapes, operation_model, service_model
from tui.simulator.aws.protocols import PROTOCOLS, Incoming
from tui.simulator.aws.registry import AwsError
from tui.simulator.aws.validation import answer_faults, violations

WIRE = {"json": "json", "rest-json": "rest-json", "query": "query", "ec2": "ec2", "cbor": "smithy-rpc-v2-cbor"}
SPOKEN = (
    ("ecs", "json"),
    ("ecr", "json"),
    ("logs", "json"),
    ("application-autoscaling", "json"),
    ("ssm", "json"),
    ("eks", "rest-json"),
    ("efs", "rest-json"),
    ("elbv2", "query"),
    ("iam", "query"),
    ("sts", "query"),
    ("autoscaling", "query"),
    ("ec2", "ec2"),
    ("cloudwatch", "cbor"),
    ("cloudwatch", "json"),
    ("cloudwatch", "query"),
)
EC2_ASKED = ("DescribeInstances", "DescribeSubnets", "DescribeRegions", "DescribeSecurityGroups", "DescribeVpcs")


def value_of(shape: Any, rng: random.Random, depth: int = 0) -> Any:
    """A random value of a shape; every member with a chance that falls with depth."""
    kind = shape.type_name
    if kind == "structure":
        if shape.is_document_type:
            return {}
        chance = 0.9 if depth == 0 else 0.5
        names = [n for n in shape.members if n in shape.required_members or (depth < 5 and rng.random() < chance)]
        if shape.is_tagged_union:
            names = list(shape.members)[:1]
        return {name: value_of(shape.members[name], rng, depth + 1) for name in names}
    if kind == "list":
        return [value_of(shape.member, rng, depth + 1) for _ in range(rng.choice((1, 2)) if depth < 5 else 1)]
    if kind == "map":
        return {f"k{n}": value_of(shape.value, rng, depth + 1) for n in range(1)}
    if kind == "boolean":
        return rng.random() < 0.5
    if kind in ("integer", "long"):
        return rng.randrange(0, 1000)
    if kind in ("float", "double"):
        return rng.randrange(0, 1000) / 4
    if kind == "timestamp":
        return float(rng.randrange(1_600_000_000, 1_700_000_000))
    if kind == "blob":
        return b"\x00bytes\xff"
    return rng.choice(shape.enum) if getattr(shape, "enum", None) else "".join(rng.choices("aé<&>\"' /+%", k=4)) + "x"


def comparable(value: Any) -> Any:
    """Dates as epoch seconds, so that both sides compare."""
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [comparable(item) for item in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


def with_dates(shape: Any, value: Any) -> Any:
    """What botocore's serializer wants: dates for timestamps."""
    kind = shape.type_name
    if kind == "structure":
        return {key: with_dates(shape.members[key], item) for key, item in value.items()}
    if kind == "list":
        return [with_dates(shape.member, item) for item in value]
    if kind == "map":
        return {key: with_dates(shape.value, item) for key, item in value.items()}
    return datetime.datetime.fromtimestamp(value, datetime.UTC) if kind == "timestamp" else value


def sent(service: str, wire: str, operation: Any, params: dict[str, Any]) -> Incoming:
    """The request that botocore makes."""
    from urllib.parse import quote, urlencode

    request = create_serializer(wire, include_validation=False).serialize_to_request(params, operation)
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    if isinstance(body, str):
        body = body.encode()
    path, _, inline = request["url_path"].partition("?")
    query = urlencode(request["query_string"], doseq=True, quote_via=quote) if request["query_string"] else inline
    headers = {name.lower(): str(value) for name, value in request["headers"].items()}
    return Incoming(request["method"], path, query, headers, body or b"")


def operations(service: str) -> list[str]:
    """Every operation (EC2: some) that neither streams nor sends a blob as its whole body."""
    names = EC2_ASKED if service == "ec2" else service_model(service).operation_names
    return [name for name in names if not operation_model(service, name).has_event_stream_output]


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_requests_are_read_as_meant(service: str, protocol: str) -> None:
    rng = random.Random(f"{service}/{protocol}")
    spoken = PROTOCOLS[protocol]
    for name in operations(service):
        operation = operation_model(service, name)
        if operation.input_shape is None:
            continue
        params = value_of(operation.input_shape, rng)
        incoming = sent(service, WIRE[protocol], operation, with_dates(operation.input_shape, params))
        assert spoken.operation(service_model(service), incoming) == name
        read, meant = comparable(spoken.parse(operation, incoming)), params
        if protocol in ("query", "ec2"):
            read, meant = without_empty(read), without_empty(meant)
        assert read == meant, f"{service}:{name}"


def without_empty(value: Any) -> Any:
    """Forms cannot say "an empty structure": it is left out on both sides."""
    if isinstance(value, dict):
        inner = {key: without_empty(item) for key, item in value.items()}
        return {key: item for key, item in inner.items() if item not in ({}, [], None)}
    return [item for item in map(without_empty, value) if item != {}] if isinstance(value, list) else value


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_answers_are_read_back_by_botocore(service: str, protocol: str) -> None:
    rng = random.Random(f"answer/{service}/{protocol}")
    for name in operations(service):
        operation = operation_model(service, name)
        if operation.output_shape is None:
            continue
        result = value_of(operation.output_shape, rng)
        assert answer_faults(operation.output_shape, result) == []
        made = PROTOCOLS[protocol].answer(operation, result, "id-1")
        assert made.status == 200 or service in ("efs", "eks")
        headers = {key.lower(): value for key, value in made.headers.items()}
        back = create_parser(WIRE[protocol]).parse(
            {"status_code": 200, "headers": headers, "body": made.body}, operation.output_shape
        )
        assert back["ResponseMetadata"]["RequestId"] == "id-1"
        assert comparable(back) == {k: v for k, v in result.items() if k != "ResponseMetadata"}, f"{service}:{name}"


@pytest.mark.parametrize(("service", "protocol"), SPOKEN)
def test_errors_are_read_back_by_botocore(service: str, protocol: str) -> None:
    error = AwsError("ThrottlingException", "Rate <exceeded> & more", 400)
    made = PROTOCOLS[protocol].error(service_model(service), error, None, "id-2")
    headers = {key.lower(): value for key, value in made.headers.items()}
    back = create_parser(WIRE[protocol]).parse({"status_code": made.status, "headers": headers, "body": made.body}, None)
    assert back["Error"]["Code"] == "ThrottlingException"
    assert back["Error"]["Message"] == "Rate <exceeded> & more"
    assert back["ResponseMetadata"]["RequestId"] == "id-2"


def test_the_table_of_services_is_botocores() -> None:
    for service in SERVICES.values():
        metadata = service_model(service.name).metadata
        assert metadata.get("signingName", metadata["endpointPrefix"]) in (service.signing, "api.ecr")
        assert metadata.get("targetPrefix", "").rsplit(".", 1)[-1] == service.target
        assert metadata["apiVersion"] == service.version


def test_a_modelled_exception_is_found_by_shape_and_by_wire_code() -> None:
    shapes = error_shapes("iam", "GetRole")
    assert shapes["NoSuchEntity"] is shapes["NoSuchEntityException"]


def test_violations_name_the_member_and_the_constraint() -> None:
    shape = operation_model("ecr", "DescribeImages").input_shape
    found = list(violations(shape, {"maxResults": 0, "imageIds": [{}] * 101, "filter": {"tagStatus": "SOME"}}))
    assert ("missing", "repositoryName", "Member must not be null") in found
    assert ("range", "maxResults", "Member must have value greater than or equal to 1") in found
    assert ("length", "imageIds", "Member must have length less than or equal to 100") in found
    assert any(kind == "enum" and path == "filter.tagStatus" for kind, path, _ in found)


def test_a_body_of_the_wrong_type_is_a_serialization_exception() -> None:
    operation = operation_model("ecs", "UpdateService")
    for body in (
        b'{"service": 5}',
        b'{"service": "a", "desiredCount": "2"}',
        b"[]",
        b"{",
        b'{"service": "a", "forceNewDeployment": 1}',
    ):
        incoming = Incoming("POST", "/", "", {"x-amz-target": "AmazonEC2ContainerServiceV20141113.UpdateService"}, body)
        with pytest.raises(AwsError) as refused:
            PROTOCOLS["json"].parse(operation, incoming)
        assert refused.value.code == "SerializationException"
