"""What ECS, Elastic Load Balancing and Application Auto Scaling of the embedded world refuse, limit and page as AWS does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.sim_world_kit import ask, described, make, new_revision, service
from tui.simulator.aws.registry import AwsError
from tui.simulator.world import World


@pytest.fixture(scope="module")
def world() -> World:
    return make()


PLACE = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0b3f9d2c7a1e48560"]}}}
NEW = {"cluster": "shop", "serviceName": "new", "taskDefinition": "search", "desiredCount": 1, **PLACE}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("DescribeServices", {"cluster": "nope", "services": ["a"]}, "ClusterNotFoundException", "Cluster not found."),
    ("ListTasks", {"cluster": "shop", "serviceName": "nope"}, "ServiceNotFoundException", "Service not found."),
    ("DescribeServices", {"cluster": "shop", "services": []}, "InvalidParameterException", "Services cannot be empty."),
    ("DescribeServices", {"cluster": "shop", "services": [f"s{n}" for n in range(11)]}, "InvalidParameterException", "10"),
    ("DescribeTasks", {"cluster": "shop", "tasks": [f"t{n}" for n in range(101)]}, "InvalidParameterException", "100"),
    ("ListServices", {"cluster": "shop", "maxResults": 101}, "InvalidParameterException", "between 1 and 100"),
    ("ListServices", {"cluster": "shop", "nextToken": "nonsense"}, "InvalidParameterException", "Invalid token"),
    ("UpdateService", {"cluster": "shop", "service": "nope", "desiredCount": 1}, "ServiceNotFoundException", ""),
    ("UpdateService", {"cluster": "shop", "service": "search", "desiredCount": -1}, "InvalidParameterException", "negative"),
    (
        "UpdateService",
        {"cluster": "shop", "service": "search", "taskDefinition": "nope"},
        "ClientException",
        "TaskDefinition not found.",
    ),
    (
        "UpdateService",
        {"cluster": "pay", "service": "tokenizer", "taskDefinition": "tokenizer"},
        "InvalidParameterException",
        "Unable to update task definition on services with a CODE_DEPLOY deployment controller. "
        "Use AWS CodeDeploy to trigger a new deployment.",
    ),
    (
        "UpdateService",
        {"cluster": "pay", "service": "reconciliation", "forceNewDeployment": True},
        "InvalidParameterException",
        "Cannot force a new deployment on services with a EXTERNAL deployment controller",
    ),
    (
        "UpdateService",
        {"cluster": "batch", "service": "log-agent", "desiredCount": 2},
        "InvalidParameterException",
        "The daemon scheduling strategy does not support a desired count",
    ),
    ("DescribeTaskDefinition", {"taskDefinition": "search:999"}, "ClientException", "Unable to describe task definition."),
    ("StopTask", {"cluster": "shop", "task": "0" * 32}, "InvalidParameterException", "The referenced task was not found."),
    ("DeregisterTaskDefinition", {"taskDefinition": "search"}, "InvalidParameterException", "Invalid revision number"),
    (
        "RegisterTaskDefinition",
        {"family": "a b", "containerDefinitions": [{"name": "a", "image": "a"}]},
        "ClientException",
        "family name",
    ),
    ("RegisterTaskDefinition", {"family": "a", "containerDefinitions": []}, "ClientException", "empty"),
    (
        "RegisterTaskDefinition",
        {
            "family": "a",
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "8192",
            "containerDefinitions": [{"name": "a", "image": "a"}],
        },
        "ClientException",
        "No Fargate configuration exists for given values.",
    ),
    ("RunTask", {"cluster": "shop", "taskDefinition": "debug-shell", "count": 11}, "InvalidParameterException", "1 and 10"),
    (
        "RunTask",
        {"cluster": "shop", "taskDefinition": "debug-shell", "overrides": {"containerOverrides": [{"name": "nope"}]}, **PLACE},
        "InvalidParameterException",
        "Override for container named nope is not a container in the TaskDefinition.",
    ),
    (
        "RunTask",
        {"cluster": "shop", "taskDefinition": "debug-shell", "launchType": "EC2", **PLACE},
        "InvalidParameterException",
        "No Container Instances were found in your cluster.",
    ),
    ("CreateService", {**NEW, "serviceName": "two words"}, "InvalidParameterException", "Invalid service name"),
    (
        "CreateService",
        {**NEW, "launchType": "FARGATE", "capacityProviderStrategy": [{"capacityProvider": "FARGATE"}]},
        "InvalidParameterException",
        "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    ),
    (
        "CreateService",
        {**NEW, "capacityProviderStrategy": [{"capacityProvider": "nope"}]},
        "InvalidParameterException",
        "The specified capacity provider 'nope' was not found.",
    ),
    (
        "CreateService",
        {**NEW, "launchType": "FARGATE", "networkConfiguration": {}},
        "InvalidParameterException",
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        "CreateService",
        {**NEW, "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
        "InvalidParameterException",
        "Both maximumPercent and minimumHealthyPercent cannot be 100",
    ),
    (
        "UpdateService",
        {"cluster": "shop", "service": "search", "deploymentConfiguration": {"maximumPercent": 100}},
        "InvalidParameterException",
        "Both maximumPercent and minimumHealthyPercent cannot be 100",
    ),
    ("DeleteCluster", {"cluster": "shop"}, "ClusterContainsServicesException", ""),
    ("TagResource", {"resourceArn": "x", "tags": []}, "InvalidParameterException", "Invalid ARN"),
]


@pytest.mark.parametrize(("operation", "request_", "code", "words"), REFUSED)
def test_refusals(world: World, operation: str, request_: dict[str, Any], code: str, words: str) -> None:
    with pytest.raises(AwsError) as refused:
        ask(world, "ecs", operation, **request_)
    assert refused.value.code == code
    assert words in refused.value.message


def test_unknown_names_in_a_batch_are_failures_not_errors(world: World) -> None:
    answer = ask(world, "ecs", "DescribeServices", cluster="shop", services=["checkout", "nope"])
    assert [s["serviceName"] for s in answer["services"]] == ["checkout"]
    assert answer["failures"] == [{"arn": "arn:aws:ecs:eu-west-1:482913750164:service/shop/nope", "reason": "MISSING"}]
    answer = ask(world, "ecs", "DescribeClusters", clusters=["nope"])
    assert answer["failures"][0]["reason"] == "MISSING"


def test_list_services_gives_ten_by_default_and_pages(world: World) -> None:
    first = ask(world, "ecs", "ListServices", cluster="shop")
    assert len(first["serviceArns"]) == 10
    second = ask(world, "ecs", "ListServices", cluster="shop", nextToken=first["nextToken"])
    assert len({*first["serviceArns"], *second["serviceArns"]}) == 16
    assert "nextToken" not in second


def test_task_definitions_are_listed_in_both_orders(world: World) -> None:
    up = ask(world, "ecs", "ListTaskDefinitions", familyPrefix="checkout")["taskDefinitionArns"]
    down = ask(world, "ecs", "ListTaskDefinitions", familyPrefix="checkout", sort="DESC")["taskDefinitionArns"]
    assert up == down[::-1]
    assert [arn.rsplit(":", 1)[1] for arn in up] == ["37", "38", "39", "40", "41", "42"]


def test_every_member_of_a_definition_survives_registering(world: World) -> None:
    old = ask(world, "ecs", "DescribeTaskDefinition", taskDefinition="thumbnails", include=["TAGS"])
    arn = new_revision(world, "thumbnails", "0.9.7")
    new = ask(world, "ecs", "DescribeTaskDefinition", taskDefinition=arn)["taskDefinition"]
    same = ("containerDefinitions", "volumes", "cpu", "memory", "taskRoleArn", "executionRoleArn", "runtimePlatform")
    for member in same[1:]:
        assert new[member] == old["taskDefinition"][member]
    assert new["volumes"][0]["efsVolumeConfiguration"]["authorizationConfig"]["iam"] == "ENABLED"
    first, second = old["taskDefinition"]["containerDefinitions"][0], new["containerDefinitions"][0]
    assert {k for k in first if first[k] != second.get(k)} == {"image"}
    assert new["registeredBy"].endswith("/tester")


def test_a_deregistered_number_is_not_used_again() -> None:
    world = make()
    arn = new_revision(world, "wishlist", "5.0.8")
    ask(world, "ecs", "DeregisterTaskDefinition", taskDefinition=arn)
    assert arn not in ask(world, "ecs", "ListTaskDefinitions", familyPrefix="wishlist")["taskDefinitionArns"]
    assert arn in ask(world, "ecs", "ListTaskDefinitions", familyPrefix="wishlist", status="INACTIVE")["taskDefinitionArns"]
    assert new_revision(world, "wishlist", "5.0.8").rsplit(":", 1)[1] == "16"


def test_services_can_be_created_and_are_idempotent_by_token() -> None:
    world = make()
    network = {"awsvpcConfiguration": {"subnets": ["subnet-0b3f9d2c7a1e48560"]}}
    request = {"cluster": "shop", "serviceName": "fresh", "taskDefinition": "reviews", "desiredCount": 2, "launchType": "FARGATE"}
    with pytest.raises(AwsError, match="Network Configuration must be provided"):
        ask(world, "ecs", "CreateService", **request)
    ask(world, "ecs", "CreateService", networkConfiguration=network, clientToken="t1", **request)
    ask(world, "ecs", "CreateService", networkConfiguration=network, clientToken="t1", **request)
    with pytest.raises(AwsError, match="not idempotent"):
        ask(world, "ecs", "CreateService", networkConfiguration=network, **request)
    world.step(40)
    found = described(world, "shop", "fresh")
    assert (found["runningCount"], found["deployments"][0]["rolloutState"]) == (2, "COMPLETED")
    tasks = ask(world, "ecs", "ListTasks", cluster="shop", serviceName="fresh")["taskArns"]
    assert len(tasks) == 2


def test_run_task_ends_up_running_and_uses_its_token_once() -> None:
    world = make()
    request: dict[str, Any] = {
        "cluster": "batch",
        "taskDefinition": "debug-shell",
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0b3f9d2c7a1e48560"]}},
        "clientToken": "once",
        "startedBy": "mara",
    }
    first = ask(world, "ecs", "RunTask", **request)["tasks"]
    again = ask(world, "ecs", "RunTask", **request)["tasks"]
    assert [t["taskArn"] for t in first] == [t["taskArn"] for t in again]
    world.step(20)
    task = ask(world, "ecs", "DescribeTasks", cluster="batch", tasks=[first[0]["taskArn"]])["tasks"][0]
    assert (task["lastStatus"], task["startedBy"]) == ("RUNNING", "mara")
    too_big = ask(world, "ecs", "RunTask", cluster="batch", taskDefinition="feature-builder", launchType="EC2")
    assert too_big["failures"][0]["reason"] == "RESOURCE:MEMORY"


def test_exec_is_refused_in_the_words_of_its_cause(world: World) -> None:
    plain = next(iter(service(world, "pay", "kyc").tasks.values()))
    ready = next(iter(service(world, "pay", "ledger").tasks.values()))
    common = {"cluster": "pay", "command": "sh", "interactive": True}
    with pytest.raises(AwsError, match="execute command was not enabled"):
        ask(world, "ecs", "ExecuteCommand", task=plain.arn, **common)
    with pytest.raises(AwsError, match="TargetNotConnectedException"):
        ask(world, "ecs", "ExecuteCommand", task=ready.arn, **common)


def test_protected_tasks_survive_scaling_in() -> None:
    world = make()
    keep = next(iter(service(world, "shop", "pricing").tasks.values()))
    ask(world, "ecs", "UpdateTaskProtection", cluster="shop", tasks=[keep.arn], protectionEnabled=True)
    ask(world, "ecs", "UpdateService", cluster="shop", service="pricing", desiredCount=1)
    world.step(40)
    assert list(service(world, "shop", "pricing").tasks) == [keep.id]


def test_tags_are_kept_and_reserved_keys_refused(world: World) -> None:
    arn = service(world, "shop", "search").arn
    ask(world, "ecs", "TagResource", resourceArn=arn, tags=[{"key": "team", "value": "find"}])
    tags = {t["key"]: t["value"] for t in ask(world, "ecs", "ListTagsForResource", resourceArn=arn)["tags"]}
    assert tags["team"] == "find"
    assert tags["aws:cloudformation:stack-name"] == "shop-search"
    with pytest.raises(AwsError, match="aws:"):
        ask(world, "ecs", "TagResource", resourceArn=arn, tags=[{"key": "aws:x", "value": "y"}])
    ask(world, "ecs", "UntagResource", resourceArn=arn, tagKeys=["team"])
    assert "team" not in {t["key"] for t in ask(world, "ecs", "ListTagsForResource", resourceArn=arn)["tags"]}


def test_load_balancers_hang_together(world: World) -> None:
    public = ask(world, "elbv2", "DescribeLoadBalancers", Names=["shop-public"])["LoadBalancers"][0]
    listener = ask(world, "elbv2", "DescribeListeners", LoadBalancerArn=public["LoadBalancerArn"])["Listeners"][0]
    rules = ask(world, "elbv2", "DescribeRules", ListenerArn=listener["ListenerArn"])["Rules"]
    group = next(g for g in _groups(world) if g["TargetGroupName"] == "shop-search")
    assert any(group["TargetGroupArn"] in str(r["Actions"]) for r in rules)
    assert rules[-1]["IsDefault"]
    with pytest.raises(AwsError, match="TargetGroupNotFound"):
        ask(world, "elbv2", "DescribeTargetHealth", TargetGroupArn="arn:nope")
    unused = ask(world, "elbv2", "DescribeTargetHealth", TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": "10.9.9.9"}])
    assert unused["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"


def _groups(world: World) -> list[dict[str, Any]]:
    return list(ask(world, "elbv2", "DescribeTargetGroups")["TargetGroups"])
