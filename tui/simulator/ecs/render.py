"""Objects as the API answers them: plain dicts in the members' spelling of botocore's ECS model, times as epoch seconds.

Members that AWS leaves out when they are empty are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.placement import FARGATE_PROVIDERS

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import (
        Cluster,
        Container,
        ContainerInstance,
        Deployment,
        Service,
        ServiceDeployment,
        Tags,
        Task,
    )
    from tui.simulator.world import World

STARTING = ("PROVISIONING", "PENDING", "ACTIVATING")


def tag_list(tags: Tags) -> list[dict[str, str]]:
    """Tags as ECS writes them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


def tag_map(tags: list[dict[str, str]] | None) -> Tags:
    """Tags of a request."""
    return {tag["key"]: tag.get("value", "") for tag in tags or ()}


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
        "alarms": {"status": "DISABLED", "alarmNames": record.alarms, "triggeredAlarmNames": []},
    }
    if record.status in ("IN_PROGRESS", "ROLLBACK_IN_PROGRESS"):
        data["lifecycleStage"] = one.stage
    optional = {"statusReason": record.reason, "finishedAt": record.finished, "stoppedAt": record.stopped}
    data |= {name: value for name, value in optional.items() if value}
    if record.rollback:
        data["rollback"] = record.rollback
    return data


def task(world: World, found: Task, *, tags: bool = False) -> dict[str, Any]:
    """A member of DescribeTasks."""
    definition = found.definition
    data: dict[str, Any] = {
        "attachments": _attachments(found),
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "availabilityZone": found.zone,
        "clusterArn": found.cluster.arn,
        "containers": [container(world, found, c) for c in found.containers],
        "cpu": str(definition.cpu),
        "createdAt": found.created,
        "desiredStatus": found.desired_status,
        "enableExecuteCommand": found.exec_enabled,
        "group": found.group,
        "healthStatus": found.health,
        "lastStatus": found.last_status,
        "launchType": found.launch_type,
        "memory": str(definition.memory),
        "overrides": found.overrides or {"containerOverrides": [], "inferenceAcceleratorOverrides": []},
        "tags": tag_list(found.tags) if tags else [],
        "taskArn": found.arn,
        "taskDefinitionArn": definition.arn,
        "version": found.version,
    }
    optional = {
        "capacityProviderName": found.provider,
        "startedBy": found.started_by,
        "platformVersion": found.platform,
        "pullStartedAt": found.pull_started,
        "pullStoppedAt": found.pull_stopped,
        "connectivityAt": found.connected,
        "startedAt": found.started,
        "stoppingAt": found.stopping,
        "executionStoppedAt": found.execution_stopped,
        "stoppedAt": found.stopped,
        "stopCode": found.stop_code,
        "stoppedReason": found.stopped_reason,
    }
    data |= {name: value for name, value in optional.items() if value}
    if found.connected:
        data["connectivity"] = "DISCONNECTED" if found.last_status == "STOPPED" and found.instance is None else "CONNECTED"
    if found.launch_type == "FARGATE":
        data["platformFamily"] = "Linux"
        data["ephemeralStorage"] = {"sizeInGiB": 20}
        data["fargateEphemeralStorage"] = {"sizeInGiB": 20}
    elif found.instance is not None:
        data["containerInstanceArn"] = found.instance.arn
    return data


def _attachments(found: Task) -> list[dict[str, Any]]:
    if not found.eni:
        return []
    status = "DELETED" if found.last_status in ("DEPROVISIONING", "STOPPED") else "ATTACHED"
    if found.last_status == "PROVISIONING":
        status = "PRECREATED"
    details = {
        "subnetId": found.subnet["id"],
        "networkInterfaceId": found.eni,
        "macAddress": _mac(found),
        "privateDnsName": f"ip-{found.ip.replace('.', '-')}.eu-west-1.compute.internal",
        "privateIPv4Address": found.ip,
    }
    return [
        {
            "id": f"{found.id[:8]}-{found.id[8:12]}-4{found.id[12:15]}-a{found.id[15:18]}-{found.id[18:30]}",
            "type": "ElasticNetworkInterface",
            "status": status,
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _mac(found: Task) -> str:
    return ":".join(["06", *(found.id[i : i + 2] for i in range(0, 10, 2))])


def container(world: World, found: Task, one: Container) -> dict[str, Any]:
    """A member of a task's ``containers``."""
    started = one.started and found.last_status not in STARTING[:2]
    if started and not one.digest:
        one.digest = engine(world).lifecycle.digest(one.image) or ""
    settings = next((c for c in found.definition.containers if c["name"] == one.name), {})
    data: dict[str, Any] = {
        "containerArn": one.arn,
        "taskArn": found.arn,
        "name": one.name,
        "image": one.image,
        "lastStatus": one.status,
        "networkBindings": _bindings(found, settings),
        "networkInterfaces": [],
        "healthStatus": one.health,
        "cpu": str(settings.get("cpu", 0)),
    }
    if found.eni and found.last_status != "PROVISIONING":
        data["networkInterfaces"] = [{"attachmentId": _attachments(found)[0]["id"], "privateIpv4Address": found.ip}]
    optional: dict[str, Any] = {"imageDigest": one.digest, "runtimeId": one.runtime_id, "reason": one.reason}
    for name in ("memory", "memoryReservation"):
        optional[name] = str(settings[name]) if name in settings else ""
    data |= {name: value for name, value in optional.items() if value}
    if one.exit_code is not None:
        data["exitCode"] = one.exit_code
    if found.exec_enabled:
        agent = "RUNNING" if one.status == "RUNNING" else "STOPPED" if one.status == "STOPPED" else "PENDING"
        data["managedAgents"] = [{"name": "ExecuteCommandAgent", "lastStatus": agent}]
        if one.started:
            data["managedAgents"][0]["lastStartedAt"] = one.started
    return data


def _bindings(found: Task, settings: dict[str, Any]) -> list[dict[str, Any]]:
    if not found.host_port or found.last_status in STARTING[:2]:
        return []
    return [
        {"bindIP": "0.0.0.0", "containerPort": m["containerPort"], "hostPort": found.host_port + i, "protocol": "tcp"}
        for i, m in enumerate(settings.get("portMappings", ()))
    ]


def instance(found: ContainerInstance, *, tags: bool = False, health: bool = False) -> dict[str, Any]:
    """A member of DescribeContainerInstances."""
    tasks = found.tasks.values()
    data: dict[str, Any] = {
        "containerInstanceArn": found.arn,
        "ec2InstanceId": found.ec2,
        "capacityProviderName": found.provider,
        "version": found.version,
        "versionInfo": {"agentVersion": found.agent, "agentHash": "3b7ae2c1", "dockerVersion": "DockerVersion: 25.0.8"},
        "remainingResources": _resources(found.free_cpu, found.free_memory),
        "registeredResources": _resources(found.cpu, found.memory),
        "status": found.status,
        "agentConnected": found.connected,
        "runningTasksCount": sum(t.last_status == "RUNNING" for t in tasks),
        "pendingTasksCount": sum(t.last_status in STARTING for t in tasks),
        "attributes": [{"name": name, "value": value} for name, value in found.attributes.items()],
        "registeredAt": found.registered,
        "attachments": [],
        "tags": tag_list(found.tags) if tags else [],
    }
    if health:
        data["healthStatus"] = {"overallStatus": "OK", "details": []}
    return data


def _resources(cpu: int, memory: int) -> list[dict[str, Any]]:
    whole = (("CPU", cpu), ("MEMORY", memory))
    numbers = [{"name": n, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": v} for n, v in whole]
    ports = {"name": "PORTS", "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0}
    return [*numbers, {**ports, "stringSetValue": ["22", "2375", "2376", "51678", "51679"]}]


def is_fargate(provider: str) -> bool:
    """AWS's own capacity providers."""
    return provider in FARGATE_PROVIDERS
