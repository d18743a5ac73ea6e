"""The moving half of the embedded world as plain boto3 meets it over HTTP, its answers checked against AWS's models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.nursery import start
from tests.outside import control, once
from tui.simulator.launch import Running

CLUSTERS = ("shop", "pay", "batch")


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with start(strict=True) as running:
        yield running


def test_everything_of_ecs_can_be_listed_and_described(world: Running) -> None:
    ecs = once(world.env, "ecs")
    services = tasks = 0
    for cluster in CLUSTERS:
        arns = [a for page in ecs.get_paginator("list_services").paginate(cluster=cluster) for a in page["serviceArns"]]
        for at in range(0, len(arns), 10):
            answer = ecs.describe_services(cluster=cluster, services=arns[at : at + 10], include=["TAGS"])
            assert not answer["failures"]
            services += len(answer["services"])
        for status in ("RUNNING", "STOPPED"):
            for page in ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status):
                if page["taskArns"]:
                    answer = ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"], include=["TAGS"])
                    tasks += len(answer["tasks"])
    assert services > 38
    assert tasks > 250
    for arn in ecs.list_task_definitions(familyPrefix="thumbnails")["taskDefinitionArns"]:
        assert ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])["taskDefinition"]["volumes"]
    instances = ecs.list_container_instances(cluster="batch")["containerInstanceArns"]
    found = ecs.describe_container_instances(cluster="batch", containerInstances=instances)["containerInstances"]
    assert all(i["remainingResources"][1]["integerValue"] < i["registeredResources"][1]["integerValue"] for i in found)
    ecs.describe_clusters(clusters=list(CLUSTERS), include=["STATISTICS", "TAGS", "SETTINGS", "CONFIGURATIONS"])
    assert len(ecs.describe_capacity_providers()["capacityProviders"]) == 3
    deployments = ecs.list_service_deployments(cluster="shop", service="checkout")["serviceDeployments"]
    whole = ecs.describe_service_deployments(serviceDeploymentArns=[d["serviceDeploymentArn"] for d in deployments])
    revisions = [d["targetServiceRevision"]["arn"] for d in whole["serviceDeployments"]]
    assert len(ecs.describe_service_revisions(serviceRevisionArns=revisions)["serviceRevisions"]) == len(revisions)


def test_what_stands_around_ecs_can_be_read(world: Running) -> None:
    elb, watch, scaling = (once(world.env, name) for name in ("elbv2", "cloudwatch", "application-autoscaling"))
    groups = elb.describe_target_groups()["TargetGroups"]
    states = {
        row["TargetHealth"]["State"]
        for group in groups
        for row in elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    }
    assert "healthy" in states
    assert watch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert watch.list_metrics(Namespace="AWS/ECS")["Metrics"]
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {p["PolicyType"] for p in policies} == {"TargetTrackingScaling", "StepScaling"}
    logs = once(world.env, "logs")
    group = logs.describe_log_groups(logGroupNamePrefix="/ecs/shop/checkout")["logGroups"][0]["logGroupName"]
    events = [e for page in _pages(logs, logGroupName=group, startTime=0, limit=100) for e in page["events"]]
    assert len({e["eventId"] for e in events}) == len(events) == 300


def _pages(logs: Any, **request: Any) -> Iterator[dict[str, Any]]:
    """The first three pages."""
    for number, page in enumerate(logs.get_paginator("filter_log_events").paginate(**request)):
        yield page
        if number == 2:
            return


def test_a_failing_service_is_deployed_back_and_completes(world: Running) -> None:
    ecs = once(world.env, "ecs")
    ecs.update_service(cluster="shop", service="checkout", taskDefinition="checkout:41")
    for _ in range(15):
        control(world, "/step", {"seconds": 5})
        primary = ecs.describe_services(cluster="shop", services=["checkout"])["services"][0]["deployments"][0]
        if primary["rolloutState"] == "COMPLETED":
            break
    assert (primary["rolloutState"], primary["runningCount"], primary["failedTasks"]) == ("COMPLETED", 4, 0)


def test_live_tail_over_an_event_stream(world: Running) -> None:
    logs = once(world.env, "logs")
    group = logs.describe_log_groups(logGroupNamePrefix="/ecs/shop/search")["logGroups"][0]["logGroupArn"]
    stream = logs.start_live_tail(logGroupIdentifiers=[group])["responseStream"]
    events = iter(stream)
    assert "sessionStart" in next(events)
    control(world, "/step", {"seconds": 3})
    results = next(events)["sessionUpdate"]["sessionResults"]
    assert results
    assert all(r["message"] for r in results)
    stream.close()
