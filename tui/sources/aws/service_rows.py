"""Rows of services from narrow answers of DescribeServices. Pure functions: an answer and a scope in, rows out."""

from __future__ import annotations

from tui.model import Key, Scope
from tui.model.ecs import Deployment, LoadBalancer, ServiceEvent, ServiceRow
from tui.sources.aws import wire_services
from tui.sources.aws.rows import tags_of

#: events that a row keeps of a service that nobody has open; DescribeServices always sends up to 100
EVENTS_KEPT = 20


def service_key(scope: Scope, name: str) -> Key:
    """The key of a service in the scope of its cluster."""
    return Key.of("services", scope, f"{scope.cluster}#{name}")


def service_row(service: wire_services.Service, scope: Scope, *, events: int = EVENTS_KEPT) -> ServiceRow:
    """DescribeServices' member ``services``; ``scope`` is the cluster's; ``events``: how many are kept, newest first."""
    rollout = service.deployment_configuration or _NO_CONFIGURATION
    breaker = rollout.deployment_circuit_breaker
    network = service.network_configuration.awsvpc_configuration if service.network_configuration else None
    alarms = rollout.alarms
    return ServiceRow(
        key=service_key(scope, service.service_name),
        scope=scope,
        name=service.service_name,
        arn=service.service_arn,
        cluster_arn=scope.cluster,
        status=service.status,
        desired=int(service.desired_count),
        running=int(service.running_count),
        pending=int(service.pending_count),
        task_definition=service.task_definition,
        launch_type=service.launch_type,
        capacity_providers=tuple(item.capacity_provider for item in service.capacity_provider_strategy),
        platform_version=service.platform_version,
        scheduling=service.scheduling_strategy,
        controller=service.deployment_controller.type if service.deployment_controller else "ECS",
        deployments=tuple(map(_deployment, service.deployments)),
        events=tuple(ServiceEvent(event.id, event.created_at, event.message) for event in service.events[:events]),
        minimum_percent=int(rollout.minimum_healthy_percent),
        maximum_percent=int(rollout.maximum_percent),
        circuit_breaker=bool(breaker and breaker.enable),
        circuit_rollback=bool(breaker and breaker.rollback),
        strategy=rollout.strategy,
        load_balancers=tuple(
            LoadBalancer(item.target_group_arn, item.container_name, int(item.container_port)) for item in service.load_balancers
        ),
        exec_enabled=service.enable_execute_command,
        created=service.created_at,
        created_by=service.created_by,
        role=service.role_arn,
        subnets=network.subnets if network else (),
        security_groups=network.security_groups if network else (),
        tags=tags_of(service.tags),
        alarm_names=alarms.alarm_names if alarms and alarms.enable else (),
    )


_NO_CONFIGURATION = wire_services.DeploymentConfiguration()


def _deployment(one: wire_services.ServiceDeployment) -> Deployment:
    return Deployment(
        id=one.id,
        status=one.status,
        task_definition=one.task_definition,
        desired=int(one.desired_count),
        running=int(one.running_count),
        pending=int(one.pending_count),
        failed=int(one.failed_tasks),
        rollout_state=one.rollout_state,
        rollout_reason=one.rollout_state_reason,
        created=one.created_at,
        updated=one.updated_at,
    )
