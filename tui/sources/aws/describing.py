"""How the whole object behind a row is asked for: one entry a kind, used by ``y``, ``d`` and ``pierhead get -o json``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

Params = dict[str, Any]


class Describing(Struct, frozen=True, kw_only=True):
    """``place``: parameters that rows of one call share; ``names``: those that name the rows (at most ``batch``);
    ``items``: the member that holds the answers; ``ident`` and ``of``: what an answer and its row have in common."""

    service: str
    operation: str
    batch: int
    names: Callable[[Sequence[Any]], Params]
    items: str
    ident: Callable[[Mapping[str, Any]], str]
    of: Callable[[Any], str]
    place: Callable[[Any], Params] = lambda row: {}

    @property
    def read(self) -> str:
        """The right that it takes."""
        return f"{self.service}:{self.operation}"


CLUSTER_DETAILS = ["ATTACHMENTS", "CONFIGURATIONS", "SETTINGS", "STATISTICS", "TAGS"]
AUTOSCALING = "application-autoscaling"

DESCRIBING: Mapping[str, Describing] = {
    "clusters": Describing(
        service="ecs",
        operation="DescribeClusters",
        batch=100,
        names=lambda rows: {"clusters": [row.arn for row in rows], "include": CLUSTER_DETAILS},
        items="clusters",
        ident=lambda item: str(item["clusterArn"]),
        of=lambda row: str(row.arn),
    ),
    "services": Describing(
        service="ecs",
        operation="DescribeServices",
        batch=10,
        place=lambda row: {"cluster": row.cluster_arn},
        names=lambda rows: {"services": [row.name for row in rows], "include": ["TAGS"]},
        items="services",
        ident=lambda item: str(item["serviceName"]),
        of=lambda row: str(row.name),
    ),
    "tasks": Describing(
        service="ecs",
        operation="DescribeTasks",
        batch=100,
        place=lambda row: {"cluster": row.cluster_arn},
        names=lambda rows: {"tasks": [row.arn for row in rows], "include": ["TAGS"]},
        items="tasks",
        ident=lambda item: str(item["taskArn"]),
        of=lambda row: str(row.arn),
    ),
    "containers": Describing(
        service="ecs",
        operation="DescribeTasks",
        batch=1,
        place=lambda row: {"cluster": row.scope.cluster},
        names=lambda rows: {"tasks": [row.task_arn for row in rows]},
        items="tasks.containers",
        ident=lambda item: str(item["name"]),
        of=lambda row: str(row.name),
    ),
    "task-definitions": Describing(
        service="ecs",
        operation="DescribeTaskDefinition",
        batch=1,
        names=lambda rows: {"taskDefinition": rows[0].arn, "include": ["TAGS"]},
        items="taskDefinition",
        ident=lambda item: str(item["taskDefinitionArn"]),
        of=lambda row: str(row.arn),
    ),
    "service-deployments": Describing(
        service="ecs",
        operation="DescribeServiceDeployments",
        batch=20,
        names=lambda rows: {"serviceDeploymentArns": [row.arn for row in rows]},
        items="serviceDeployments",
        ident=lambda item: str(item["serviceDeploymentArn"]),
        of=lambda row: str(row.arn),
    ),
    "repositories": Describing(
        service="ecr",
        operation="DescribeRepositories",
        batch=100,
        names=lambda rows: {"repositoryNames": [row.name for row in rows]},
        items="repositories",
        ident=lambda item: str(item["repositoryName"]),
        of=lambda row: str(row.name),
    ),
    "images": Describing(
        service="ecr",
        operation="DescribeImages",
        batch=100,
        place=lambda row: {"repositoryName": row.name},
        names=lambda rows: {"imageIds": [{"imageDigest": row.digest} for row in rows]},
        items="imageDetails",
        ident=lambda item: str(item["imageDigest"]),
        of=lambda row: str(row.digest),
    ),
    "alarms": Describing(
        service="cloudwatch",
        operation="DescribeAlarms",
        batch=100,
        names=lambda rows: {"AlarmNames": [row.name for row in rows], "AlarmTypes": ["MetricAlarm"]},
        items="MetricAlarms",
        ident=lambda item: str(item["AlarmArn"]),
        of=lambda row: str(row.arn),
    ),
    "scalable-targets": Describing(
        service=AUTOSCALING,
        operation="DescribeScalableTargets",
        batch=50,
        names=lambda rows: {"ServiceNamespace": "ecs", "ResourceIds": [row.resource for row in rows]},
        items="ScalableTargets",
        ident=lambda item: str(item["ResourceId"]),
        of=lambda row: str(row.resource),
    ),
    "scaling-policies": Describing(
        service=AUTOSCALING,
        operation="DescribeScalingPolicies",
        batch=1,
        names=lambda rows: {"ServiceNamespace": "ecs", "ResourceId": rows[0].resource, "PolicyNames": [rows[0].name]},
        items="ScalingPolicies",
        ident=lambda item: str(item["PolicyARN"]),
        of=lambda row: str(row.arn),
    ),
    "target-health": Describing(
        service="elbv2",
        operation="DescribeTargetHealth",
        batch=100,
        place=lambda row: {"TargetGroupArn": row.target_group},
        names=lambda rows: {"Targets": [{"Id": row.target, **({"Port": row.port} if row.port else {})} for row in rows]},
        items="TargetHealthDescriptions",
        ident=lambda item: f"{item['Target']['Id']}:{item['Target'].get('Port', 0)}",
        of=lambda row: f"{row.target}:{row.port}",
    ),
    "eks-clusters": Describing(
        service="eks",
        operation="DescribeCluster",
        batch=1,
        names=lambda rows: {"name": rows[0].name},
        items="cluster",
        ident=lambda item: str(item["arn"]),
        of=lambda row: str(row.arn),
    ),
}


def answers(describing: Describing, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The objects in an answer. A task definition's tags stand beside it in the answer; here they are its member."""
    found: Any = answer
    for name in describing.items.split("."):
        found = found.get(name) if isinstance(found, Mapping) else [part for one in found for part in one.get(name) or ()]
    if isinstance(found, Mapping):
        tags = answer.get("tags")
        return [{**found, "tags": tags} if tags else dict(found)]
    return [dict(one) for one in found or ()]
