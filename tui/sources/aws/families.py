"""Which request quota an operation draws on, and how large AWS says it is.

Sources: ECS "Request throttling for the Amazon ECS API", CloudWatch Logs quotas and CloudWatch quotas of the AWS
documentation, read November 2026; each is for one account and region and is shared with every other tool. Where nothing is
documented, 20 a second is assumed, of which this program takes five.
"""

from __future__ import annotations

from msgspec import Struct


class Family(Struct, frozen=True):
    """A quota: ``sustained`` requests a second, and a ``burst`` that it refills to."""

    name: str
    sustained: float
    burst: float


SERVICE_READ = Family("ecs service read", 20, 100)
RESOURCE_READ = Family("ecs cluster resource read", 20, 100)
CLUSTER_READ = Family("ecs cluster read", 20, 50)
DEFINITION_READ = Family("ecs task definition read", 20, 50)
DEFINITION_WRITE = Family("ecs task definition write", 1, 20)
SERVICE_MODIFY = Family("ecs service modify", 5, 50)
RESOURCE_MODIFY = Family("ecs resource modify", 40, 100)
DEPLOYMENT_READ = Family("ecs service deployments", 20, 50)
TAG_READ = Family("ecs tag read", 20, 50)
METRIC_DATA = Family("cloudwatch metric data", 50, 50)
ALARM_READ = Family("cloudwatch alarms", 9, 9)
ALARM_HISTORY = Family("cloudwatch alarm history", 3, 3)
LIVE_TAIL = Family("logs live tail", 5, 5)
LOG_EVENTS = Family("logs get events", 10, 10)

_OPERATIONS: dict[str, Family] = {
    **dict.fromkeys(("ecs:DescribeServices", "ecs:ListServices", "ecs:ListServicesByNamespace"), SERVICE_READ),
    **dict.fromkeys(
        ("ecs:DescribeTasks", "ecs:ListTasks", "ecs:DescribeContainerInstances", "ecs:ListContainerInstances"), RESOURCE_READ
    ),
    **dict.fromkeys(("ecs:DescribeClusters", "ecs:ListClusters", "ecs:DescribeCapacityProviders"), CLUSTER_READ),
    **dict.fromkeys(("ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "ecs:ListTaskDefinitionFamilies"), DEFINITION_READ),
    **dict.fromkeys(("ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"), DEFINITION_WRITE),
    **dict.fromkeys(("ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService"), SERVICE_MODIFY),
    **dict.fromkeys(("ecs:RunTask", "ecs:StopTask", "ecs:StartTask", "ecs:ExecuteCommand"), RESOURCE_MODIFY),
    **dict.fromkeys(
        ("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions"), DEPLOYMENT_READ
    ),
    "ecs:ListTagsForResource": TAG_READ,
    "cloudwatch:GetMetricData": METRIC_DATA,
    "cloudwatch:DescribeAlarms": ALARM_READ,
    "cloudwatch:DescribeAlarmHistory": ALARM_HISTORY,
    "logs:StartLiveTail": LIVE_TAIL,
    "logs:GetLogEvents": LOG_EVENTS,
}

_FILTER_SLOW = frozenset({"eu-central-1", "ap-northeast-3", "ap-southeast-3", "ca-west-1", "il-central-1"})
_ASSUMED_SUSTAINED = 20.0
_ASSUMED_BURST = 40.0


def family_of(service: str, operation: str, region: str) -> Family:
    """The quota of ``operation`` in ``region``; ``service`` in botocore's spelling."""
    name = f"{service}:{operation}"
    if name == "logs:FilterLogEvents":
        rate = 25.0 if region == "us-east-1" else 5.0 if region in _FILTER_SLOW else 10.0
        return Family("logs filter events", rate, rate)
    known = _OPERATIONS.get(name)
    return known if known is not None else Family(service, _ASSUMED_SUSTAINED, _ASSUMED_BURST)
