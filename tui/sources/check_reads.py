"""One call of each read that the console makes, for ``pierhead doctor``: with parameters found by the calls before it.

Nothing is billed worth a word and nothing counts as a pull: images are asked for by a digest that none has, which AWS
answers with "not found" only to those who may ask.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

NO_DIGEST = "sha256:" + "0" * 64
Found = dict[str, Any]


class Missing(Exception):
    """A read that cannot be called since there is nothing to call it on; the words say what is missing."""


class Probe(Struct, frozen=True, kw_only=True):
    """``params`` from what was found so far (raises Missing); ``keeps``: what later calls need, first members of lists.
    ``absent``: "not found" is the wanted answer."""

    read: str
    params: Callable[[Found], dict[str, Any]] = lambda found: {}
    keeps: Mapping[str, Callable[[dict[str, Any]], Any]] = {}
    absent: bool = False


def one(found: Found, name: str) -> Any:
    """What an earlier call found. Raises Missing."""
    value = found.get(name)
    if not value:
        raise Missing(f"no {name} was found to ask about")
    return value


def first(answer: Mapping[str, Any], *path: str) -> Any:
    """The member at ``path``; of a list its first item; None where anything is missing."""
    value: Any = answer
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
        value = value[0] if isinstance(value, list) and value else value
    return value or None


def _log_group(answer: Mapping[str, Any]) -> Any:
    containers = (answer.get("taskDefinition") or {}).get("containerDefinitions") or ()
    groups = (first(container, "logConfiguration", "options", "awslogs-group") for container in containers)
    return next((group for group in groups if group), None)


def _metric(found: Found) -> dict[str, Any]:
    now = datetime.now(UTC)
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization", "Dimensions": []}
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    return {"StartTime": now - timedelta(minutes=5), "EndTime": now, "MetricDataQueries": [query]}


def _in_cluster(found: Found) -> dict[str, Any]:
    return {"cluster": one(found, "cluster")}


SCALING = {"ServiceNamespace": "ecs", "MaxResults": 1}

PROBES: tuple[Probe, ...] = (
    Probe(read="sts:GetCallerIdentity"),
    Probe(read="iam:ListAccountAliases"),
    Probe(read="ecs:ListClusters", keeps={"cluster": lambda a: first(a, "clusterArns")}),
    Probe(read="ecs:DescribeClusters", params=lambda f: {"clusters": [one(f, "cluster")]}),
    Probe(read="ecs:ListServices", params=_in_cluster, keeps={"service": lambda a: first(a, "serviceArns")}),
    Probe(
        read="ecs:DescribeServices",
        params=lambda f: {**_in_cluster(f), "services": [one(f, "service")]},
        keeps={
            "target group": lambda a: first(a, "services", "loadBalancers", "targetGroupArn"),
            "service revision": lambda a: first(a, "services", "currentServiceRevisions", "arn"),
        },
    ),
    Probe(
        read="ecs:ListServiceDeployments",
        params=lambda f: {**_in_cluster(f), "service": one(f, "service"), "maxResults": 1},
        keeps={
            "service deployment": lambda a: first(a, "serviceDeployments", "serviceDeploymentArn"),
            "deployed revision": lambda a: first(a, "serviceDeployments", "targetServiceRevisionArn"),
        },
    ),
    Probe(read="ecs:DescribeServiceDeployments", params=lambda f: {"serviceDeploymentArns": [one(f, "service deployment")]}),
    Probe(
        read="ecs:DescribeServiceRevisions",
        params=lambda f: {"serviceRevisionArns": [f.get("deployed revision") or one(f, "service revision")]},
    ),
    Probe(
        read="ecs:ListTasks",
        params=lambda f: {**_in_cluster(f), "maxResults": 1},
        keeps={"task": lambda a: first(a, "taskArns")},
    ),
    Probe(read="ecs:DescribeTasks", params=lambda f: {**_in_cluster(f), "tasks": [one(f, "task")]}),
    Probe(read="ecs:ListTaskDefinitionFamilies", params=lambda f: {"maxResults": 1}),
    Probe(
        read="ecs:ListTaskDefinitions",
        params=lambda f: {"maxResults": 1},
        keeps={"task definition": lambda a: first(a, "taskDefinitionArns")},
    ),
    Probe(
        read="ecs:DescribeTaskDefinition",
        params=lambda f: {"taskDefinition": one(f, "task definition")},
        keeps={"log group": _log_group},
    ),
    Probe(
        read="ecr:DescribeRepositories",
        params=lambda f: {"maxResults": 1},
        keeps={"repository": lambda a: first(a, "repositories", "repositoryName")},
    ),
    Probe(read="ecr:DescribeImages", params=lambda f: {"repositoryName": one(f, "repository"), "maxResults": 1}),
    Probe(
        read="ecr:BatchGetImage",
        params=lambda f: {"repositoryName": one(f, "repository"), "imageIds": [{"imageDigest": NO_DIGEST}]},
        absent=True,
    ),
    Probe(
        read="ecr:GetDownloadUrlForLayer",
        params=lambda f: {"repositoryName": one(f, "repository"), "layerDigest": NO_DIGEST},
        absent=True,
    ),
    Probe(read="cloudwatch:DescribeAlarms", params=lambda f: {"MaxRecords": 1}),
    Probe(read="cloudwatch:GetMetricData", params=_metric),
    Probe(read="application-autoscaling:DescribeScalableTargets", params=lambda f: SCALING),
    Probe(read="application-autoscaling:DescribeScalingPolicies", params=lambda f: SCALING),
    Probe(read="elbv2:DescribeTargetGroups", params=lambda f: {"PageSize": 1}),
    Probe(read="elbv2:DescribeTargetHealth", params=lambda f: {"TargetGroupArn": one(f, "target group")}),
    Probe(
        read="logs:FilterLogEvents",
        params=lambda f: {"logGroupName": one(f, "log group"), "limit": 1, "startTime": int((time.time() - 60) * 1000)},
    ),
    Probe(read="eks:ListClusters", params=lambda f: {"maxResults": 1}, keeps={"EKS cluster": lambda a: first(a, "clusters")}),
    Probe(read="eks:DescribeCluster", params=lambda f: {"name": one(f, "EKS cluster")}),
)
