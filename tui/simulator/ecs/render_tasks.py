"""Tasks, containers and container instances as the API answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.render import STARTING, tag_list

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Container, ContainerInstance, Task
    from tui.simulator.world import World


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
