"""Clusters and services as the API answers them: plain dicts in the spelling of botocore's model, times as epoch seconds.

Members that AWS leaves out when they are empty are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.placement import FARGATE_PROVIDERS

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Cluster, Service, Tags
    from tui.simulator.ecs.revisions import Deployment, ServiceDeployment
    from tui.simulator.world import World

STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Tags as ECS writes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def tag_map(tags: list[dict[str, str]] | None) -> Tags:
    """Tags of a request; AWS refuses one without a key."""
    if any(not tag.get("key") for tag in tags or ()):
        raise AwsError("InvalidParameterException", "Tag key cannot be null or empty.")
    return {tag["key"]: tag.get("value") or "" for tag in tags or ()}


def cluster(found: Cluster, include: list[str]) -> dict[str, Any]:
    """A member of DescribeClusters."""
    live = [t for t in found.tasks.values() if t.last_status != "STOPPED"]
    running = sum(t.last_status == "RUNNING" for t in live)
    pending = sum(t.last_status in STARTING and t.wanted for t in live)
    data: dict[str, Any] = {
        "clusterArn": found.arn,
        "clusterName": found.name,
        "status": found.status,
        "registeredContainerInstancesCount": len(found.instances),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": sum(s.status == "ACTIVE" for s in found.services.values()),
        "statistics": _statistics(found) if "STATISTICS" in include else [],
        "tags": tag_list(found.tags) if "TAGS" in include else [],
        "settings": [{"name": n, "value": v} for n, v in found.settings.items()] if "SETTINGS" in include else [],
        "capacityProviders": found.providers,
        "defaultCapacityProviderStrategy": found.default_strategy,
    }
    if "CONFIGURATIONS" in include and found.configuration:
        data["configuration"] = found.configuration
    return data


def _statistics(found: Cluster) -> list[dict[str, str]]:
    figures: dict[str, int] = {}
    for kind in ("EC2", "Fargate"):
        mine = [t for t in found.tasks.values() if (t.launch_type == "EC2") == (kind == "EC2")]
        services = [s for s in found.services.values() if (s.launch_type == "EC2") == (kind == "EC2")]
        figures[f"running{kind}TasksCount"] = sum(t.last_status == "RUNNING" for t in mine)
        figures[f"pending{kind}TasksCount"] = sum(t.last_status in STARTING for t in mine)
        figures[f"active{kind}ServiceCount"] = sum(s.status == "ACTIVE" for s in services)
        figures[f"draining{kind}ServiceCount"] = sum(s.status == "DRAINING" for s in services)
    return [{"name": name, "value": str(value)} for name, value in figures.items()]


def service(found: Service, *, tags: bool = False) -> dict[str, Any]:
    """A member of DescribeServices with its events, newest first."""
    configuration: dict[str, Any] = {
        "maximumPercent": found.maximum_percent,
        "minimumHealthyPercent": found.minimum_percent,
    }
    data: dict[str, Any] = {
        "serviceArn": found.arn,
        "serviceName": found.name,
        "clusterArn": found.cluster.arn,
        "loadBalancers": found.load_balancers,
        "serviceRegistries": [],
        "status": found.status,
        "desiredCount": found.desired,
        "runningCount": found.running(),
        "pendingCount": found.pending(),
        "taskDefinition": found.definition.arn,
        "deploymentConfiguration": configuration,
        "deployments": [],
        "events": [{"id": i, "createdAt": at, "message": text} for at, i, text in reversed(found.events)],
        "createdAt": found.created,
        "placementConstraints": [],
        "placementStrategy": found.placement,
        "schedulingStrategy": found.scheduling,
        "deploymentController": {"type": found.controller},
        "createdBy": found.created_by,
        "enableECSManagedTags": found.managed_tags,
        "propagateTags": found.propagate_tags,
        "enableExecuteCommand": found.exec_enabled,
        "availabilityZoneRebalancing": found.zone_rebalancing,
    }
    _launched(data, found)
    if found.role:
        data["roleArn"] = found.role
    if found.network:
        data["networkConfiguration"] = found.network
    if found.grace is not None:
        data["healthCheckGracePeriodSeconds"] = found.grace
    if tags:
        data["tags"] = tag_list(found.tags)
    if found.controller == "ECS":
        configuration["deploymentCircuitBreaker"] = {"enable": found.breaker, "rollback": found.rollback}
        configuration["strategy"] = "ROLLING"
        configuration["bakeTimeInMinutes"] = 0
        if found.alarms:
            configuration["alarms"] = found.alarms
        data["deployments"] = [deployment(found, d) for d in found.deployments]
        _current(data, found)
    else:
        data["taskSets"] = [task_set(found, d) for d in found.deployments]
    return data


def _launched(data: dict[str, Any], found: Service) -> None:
    if found.strategy:
        data["capacityProviderStrategy"] = found.strategy
    else:
        data["launchType"] = found.launch_type
    if found.platform:
        data["platformVersion"], data["platformFamily"] = found.platform, "Linux"


def _current(data: dict[str, Any], found: Service) -> None:
    revisions = {d.id: d for d in found.deployments}
    prefix = found.arn.replace(":service/", ":service-revision/")
    data["currentServiceRevisions"] = [
        {
            "arn": f"{prefix}/{d.id.rsplit('/', 1)[-1]}",
            "requestedTaskCount": d.desired,
            "runningTaskCount": found.running(d.id),
            "pendingTaskCount": found.pending(d.id),
        }
        for d in revisions.values()
    ]
    if found.history:
        data["currentServiceDeployment"] = found.history[-1].arn


def deployment(found: Service, one: Deployment) -> dict[str, Any]:
    """A member of a service's ``deployments``."""
    data: dict[str, Any] = {
        "id": one.id,
        "status": one.status,
        "taskDefinition": one.definition.arn,
        "desiredCount": one.desired,
        "pendingCount": found.pending(one.id),
        "runningCount": found.running(one.id),
        "failedTasks": one.failed,
        "createdAt": one.created,
        "updatedAt": one.updated,
        "rolloutState": one.rollout,
        "rolloutStateReason": one.reason,
    }
    if found.strategy:
        data["capacityProviderStrategy"] = found.strategy
    else:
        data["launchType"] = found.launch_type
    if found.platform:
        data["platformVersion"], data["platformFamily"] = "1.4.0", "Linux"
    if found.network:
        data["networkConfiguration"] = found.network
    return data


def task_set(found: Service, one: Deployment) -> dict[str, Any]:
    """The deployment of a service whose controller is CODE_DEPLOY or EXTERNAL."""
    digits = one.id.rsplit("/", 1)[-1]
    steady = found.running(one.id) == one.desired
    data: dict[str, Any] = {
        "id": f"ecs-svc/{digits}",
        "taskSetArn": f"{found.arn.replace(':service/', ':task-set/')}/ecs-svc/{digits}",
        "serviceArn": found.arn,
        "clusterArn": found.cluster.arn,
        "startedBy": "CODE_DEPLOY" if found.controller == "CODE_DEPLOY" else "release-manager",
        "externalId": one.external_id or f"d-{digits[:9]}",
        "status": one.status,
        "taskDefinition": one.definition.arn,
        "computedDesiredCount": one.desired,
        "pendingCount": found.pending(one.id),
        "runningCount": found.running(one.id),
        "createdAt": one.created,
        "updatedAt": one.updated,
        "loadBalancers": found.load_balancers,
        "serviceRegistries": [],
        "scale": {"value": 100.0, "unit": "PERCENT"},
        "stabilityStatus": "STEADY_STATE" if steady else "STABILIZING",
        "stabilityStatusAt": one.updated,
        "tags": [],
    }
    if found.network:
        data["networkConfiguration"] = found.network
    _launched(data, found)
    return data


def service_deployment(world: World, found: Service, record: ServiceDeployment) -> dict[str, Any]:
    """A member of DescribeServiceDeployments."""
    one = record.deployment
    data: dict[str, Any] = {
        "serviceDeploymentArn": record.arn,
        "serviceArn": found.arn,
        "clusterArn": found.cluster.arn,
        "createdAt": record.created,
        "startedAt": record.created + 0.8,
        "updatedAt": max(one.updated, record.finished),
        "sourceServiceRevisions": [
            {"arn": arn, "requestedTaskCount": count, "runningTaskCount": count, "pendingTaskCount": 0}
            for arn, count in record.source
        ],
        "targetServiceRevision": {
            "arn": record.target,
            "requestedTaskCount": one.desired,
            "runningTaskCount": found.running(one.id),
            "pendingTaskCount": found.pending(one.id),
            "requestedTestTrafficWeight": 0.0,
            "requestedProductionTrafficWeight": 100.0,
        },
        "status": record.status,
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": found.breaker, "rollback": found.rollback},
            "maximumPercent": found.maximum_percent,
            "minimumHealthyPercent": found.minimum_percent,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        },
        "deploymentCircuitBreaker": {
            "status": record.breaker_status if found.breaker else "DISABLED",
            "failureCount": one.failed,
            "threshold": engine(world).scheduler.deployments.threshold(found),
        },
        "alarms": {
            "status": ("TRIGGERED" if record.triggered else "MONITORING") if found.alarms.get("enable") else "DISABLED",
            "alarmNames": found.alarms.get("alarmNames", []),
            "triggeredAlarmNames": record.triggered,
        },
    }
    if record.status in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        data["lifecycleStage"] = one.stage
    optional = {"statusReason": record.reason, "finishedAt": record.finished, "stoppedAt": record.stopped}
    data |= {name: value for name, value in optional.items() if value}
    if record.rollback:
        data["rollback"] = record.rollback
    return data


def is_fargate(provider: str) -> bool:
    """AWS's own capacity providers."""
    return provider in FARGATE_PROVIDERS
