"""Every read of the embedded account fits AWS's models, and CloudWatch speaks the three protocols that clients use."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import cbor2
import pytest
from botocore import xform_name
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.nursery import start
from tests.outside import ONCE, control, once
from tests.waiting import PATIENCE
from tui.simulator.aws import registry
from tui.simulator.aws.models import operation_model, service_model
from tui.simulator.launch import Running

UNCHECKED = ONCE.merge(Config(parameter_validation=False))
READS = ("Describe", "List", "Get")
KNOWN: dict[tuple[str, str], Any] = {
    ("eks", "clusterName"): "shop-1",
    ("eks", "name"): "shop-1",
    ("eks", "nodegroupName"): "general",
    ("eks", "addonName"): "coredns",
    ("eks", "fargateProfileName"): "shipping",
    ("ecr", "repositoryName"): "checkout",
    ("ecr", "imageId"): {"imageTag": "1.8.2"},
    ("iam", "RoleName"): "pay-ledger-task",
    ("iam", "PolicyArn"): "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ("iam", "VersionId"): "v1",
    ("iam", "InstanceProfileName"): "ecsInstanceRole",
    ("iam", "PolicyName"): "ledger",
    ("ecs", "cluster"): "shop",
    ("ecs", "services"): ["checkout"],
    ("ecs", "service"): "checkout",
    ("ecs", "taskDefinition"): "checkout",
    ("ecs", "tasks"): ["0" * 32],
    ("ecs", "containerInstances"): ["0" * 32],
    ("efs", "ResourceId"): "fs-0c7e91b2d4a685f30",
    ("application-autoscaling", "ServiceNamespace"): "ecs",
    ("ssm", "Name"): "/shop/redis-url",
    ("ssm", "Names"): ["/shop/redis-url"],
}


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with start(strict=True) as running:
        yield running


def reads() -> list[tuple[str, str, dict[str, Any]]]:
    """Every read that this world has, with parameters for what it requires; some required ones are not known here."""
    registry.load()
    found = []
    for service in sorted(registry.services()):
        for name in service_model(service).operation_names:
            if name.startswith(READS) and registry.find(service, name) is not None:
                shape = operation_model(service, name).input_shape
                required = shape.required_members if shape is not None else []
                known = {member: KNOWN[service, member] for member in required if (service, member) in KNOWN}
                labels = [m for m in required if shape.members[m].serialization.get("location") == "uri"]
                if all(label in known for label in labels):
                    found.append((service, name, known))
    return found


def test_every_read_answers_within_its_model(world: Running) -> None:
    """Reads answer, or are refused for what they lack; none may fail or leave its model (the world is strict)."""
    clients: dict[str, Any] = {}
    answered = []
    for service, name, params in reads():
        caller = clients.setdefault(service, once(world.env, service, config=UNCHECKED))
        try:
            getattr(caller, xform_name(name))(**params)
            answered.append(f"{service}:{name}")
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, f"{service}:{name}: {error}"
    assert len(answered) > 60


def test_everything_that_names_something_can_be_described(world: Running) -> None:
    ecs, eks = once(world.env, "ecs"), once(world.env, "eks")
    for cluster in ecs.list_clusters()["clusterArns"]:
        arns = [a for p in ecs.get_paginator("list_services").paginate(cluster=cluster) for a in p["serviceArns"]]
        found = [
            s
            for i in range(0, len(arns), 10)
            for s in ecs.describe_services(cluster=cluster, services=arns[i : i + 10])["services"]
        ]
        assert [service["serviceArn"] for service in found] == arns
        tasks = [a for p in ecs.get_paginator("list_tasks").paginate(cluster=cluster) for a in p["taskArns"]]
        assert len(ecs.describe_tasks(cluster=cluster, tasks=tasks[:100])["tasks"]) == min(100, len(tasks))
    for name in eks.list_addons(clusterName="shop-1")["addons"]:
        assert eks.describe_addon(clusterName="shop-1", addonName=name)["addon"]["addonName"] == name
    for insight in eks.list_insights(clusterName="shop-1")["insights"]:
        assert eks.describe_insight(clusterName="shop-1", id=insight["id"])["insight"]["recommendation"] is not None
    for arn in eks.list_access_entries(clusterName="shop-1")["accessEntries"]:
        assert eks.describe_access_entry(clusterName="shop-1", principalArn=arn)["accessEntry"]["principalArn"] == arn
        eks.list_associated_access_policies(clusterName="shop-1", principalArn=arn)


def test_instances_are_those_of_ecs_and_eks(world: Running) -> None:
    instances = [i for r in once(world.env, "ec2").describe_instances()["Reservations"] for i in r["Instances"]]
    groups = once(world.env, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len(instances) == sum(len(group["Instances"]) for group in groups) > 8
    assert all(len(group["Instances"]) == group["DesiredCapacity"] for group in groups)
    ecs = once(world.env, "ecs")
    arns = ecs.list_container_instances(cluster="batch")["containerInstanceArns"]
    workers = ecs.describe_container_instances(cluster="batch", containerInstances=arns)["containerInstances"]
    assert {worker["ec2InstanceId"] for worker in workers} <= {instance["InstanceId"] for instance in instances}


def test_every_role_that_a_task_definition_names_is_there(world: Running) -> None:
    ecs, iam = once(world.env, "ecs"), once(world.env, "iam")
    definition = ecs.describe_task_definition(taskDefinition="checkout")["taskDefinition"]
    for member in ("taskRoleArn", "executionRoleArn"):
        name = definition[member].rsplit("/", 1)[-1]
        assert iam.get_role(RoleName=name)["Role"]["Arn"] == definition[member]
        assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]


def test_every_image_that_runs_is_in_the_registry(world: Running) -> None:
    ecs, ecr = once(world.env, "ecs"), once(world.env, "ecr")
    missing = set()
    for cluster in ecs.list_clusters()["clusterArns"]:
        tasks = [a for p in ecs.get_paginator("list_tasks").paginate(cluster=cluster) for a in p["taskArns"]]
        images = {c["image"] for t in ecs.describe_tasks(cluster=cluster, tasks=tasks[:100])["tasks"] for c in t["containers"]}
        for image in images:
            host, _, rest = image.partition("/")
            if ".dkr.ecr." in host:
                name, _, tag = rest.partition(":")
                failures = ecr.batch_get_image(repositoryName=name, imageIds=[{"imageTag": tag}])["failures"]
                missing |= {image.partition("/")[2] for _ in failures}
    assert missing <= {"checkout:1.8.3"}


def cloudwatch(world: Running, headers: dict[str, str], path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """A signed request, bytes in and bytes out."""
    url = world.env["AWS_ENDPOINT_URL"] + path
    request = AWSRequest("POST", url, headers, data=body)
    keys = Credentials(world.env["AWS_ACCESS_KEY_ID"], world.env["AWS_SECRET_ACCESS_KEY"])
    SigV4Auth(keys, "monitoring", "eu-west-1").add_auth(request)
    sent = urllib.request.Request(url, body, {name: str(value) for name, value in request.headers.items()})
    try:
        with urllib.request.urlopen(sent, timeout=PATIENCE) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}, error.read()


def query(time: float) -> dict[str, Any]:
    """A GetMetricData request; times are put in by the protocol's own kind."""
    metric = {
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "search"}],
    }
    stat = {"Metric": metric, "Period": 60, "Stat": "Average"}
    return {"MetricDataQueries": [{"Id": "a", "MetricStat": stat}], "StartTime": time - 600, "EndTime": time}


def test_cloudwatch_in_cbor_json_and_query(world: Running) -> None:
    asked = query(control(world, "/state")["time"])
    times = {name: cbor2.CBORTag(1, asked[name]) for name in ("StartTime", "EndTime")}
    smithy = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor", "Accept": "application/cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/GetMetricData"
    status, headers, body = cloudwatch(world, smithy, path, cbor2.dumps({**asked, **times}))
    assert (status, headers["smithy-protocol"], headers["content-type"]) == (200, "rpc-v2-cbor", "application/cbor")
    by_cbor = cbor2.loads(body)["MetricDataResults"][0]["Values"]
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.GetMetricData", "Content-Type": "application/x-amz-json-1.0"}
    status, headers, body = cloudwatch(world, target, "/", json.dumps(asked).encode())
    assert (status, headers["content-type"]) == (200, "application/x-amz-json-1.0")
    assert json.loads(body)["MetricDataResults"][0]["Values"] == by_cbor
    assert len(by_cbor) >= 9
    form = b"Action=DescribeAlarms&Version=2010-08-01&MaxRecords=1"
    status, headers, body = cloudwatch(world, {"Content-Type": "application/x-www-form-urlencoded"}, "/", form)
    assert (status, headers["content-type"]) == (200, "text/xml")
    assert b"<DescribeAlarmsResult><" in body


def test_cloudwatch_refuses_in_each_protocol(world: Running) -> None:
    smithy = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/"
    status, headers, body = cloudwatch(world, smithy, path + "GetMetricData", cbor2.dumps({}))
    assert status == 400
    assert headers["x-amzn-query-error"].startswith("MissingParameter;Sender")
    assert "required" in cbor2.loads(body)["message"]
    assert cloudwatch(world, smithy, path + "GetMetricDatum", cbor2.dumps({}))[0] in (400, 404)
    assert cloudwatch(world, smithy, path + "GetMetricData", b"\xff\xff")[0] == 400
    status, _, body = cloudwatch(
        world, {"Content-Type": "application/x-www-form-urlencoded"}, "/", b"Action=Nope&Version=2010-08-01"
    )
    assert (status, b"<Code>InvalidAction</Code>" in body) == (400, True)


def test_live_tail_is_an_event_stream(world: Running) -> None:
    logs = once(world.env, "logs")
    group = logs.describe_log_groups(logGroupNamePrefix="/ecs/shop/search")["logGroups"][0]["logGroupArn"]
    stream = logs.start_live_tail(logGroupIdentifiers=[group])["responseStream"]
    events = iter(stream)
    assert next(events)["sessionStart"]["logGroupIdentifiers"] == [group]
    control(world, "/step", {"seconds": 30})
    lines: list[dict[str, Any]] = []
    while not lines:
        lines = next(events)["sessionUpdate"]["sessionResults"]
    assert all(line["message"] and line["logStreamName"] for line in lines)
    stream.close()


def test_the_trail_knows_who_deployed_and_pushed(world: Running) -> None:
    trail = once(world.env, "cloudtrail")
    events = [e for page in trail.get_paginator("lookup_events").paginate() for e in page["Events"]]
    assert {"UpdateService", "PutImage"} <= {event["EventName"] for event in events}
    assert [event["EventTime"] for event in events] == sorted((event["EventTime"] for event in events), reverse=True)
    checkout = [{"AttributeKey": "ResourceName", "AttributeValue": "checkout"}]
    newest = trail.lookup_events(LookupAttributes=checkout, MaxResults=1)["Events"][0]
    assert (newest["EventName"], newest["Username"]) == ("UpdateService", "GitHubActions")
