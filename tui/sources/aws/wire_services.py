"""ECS services as ListServices and DescribeServices give them (API reference of Amazon ECS, 2014-11-13)."""

from __future__ import annotations

from tui.sources.aws.wire import Failure, Number, ProviderItem, Tag, Wire


class Breaker(Wire):
    enable: bool = False
    rollback: bool = False


class DeploymentAlarms(Wire):
    alarm_names: tuple[str, ...] = ()
    enable: bool = False


class DeploymentConfiguration(Wire):
    maximum_percent: Number = 200
    minimum_healthy_percent: Number = 100
    deployment_circuit_breaker: Breaker | None = None
    alarms: DeploymentAlarms | None = None
    strategy: str = "ROLLING"


class ServiceDeployment(Wire):
    id: str = ""
    status: str = ""
    task_definition: str = ""
    desired_count: Number = 0
    running_count: Number = 0
    pending_count: Number = 0
    failed_tasks: Number = 0
    rollout_state: str = ""
    rollout_state_reason: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0


class Event(Wire):
    id: str = ""
    created_at: float = 0.0
    message: str = ""


class Balancer(Wire):
    target_group_arn: str = ""
    container_name: str = ""
    container_port: Number = 0


class Controller(Wire):
    type: str = "ECS"


class Vpc(Wire):
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


class Network(Wire):
    awsvpc_configuration: Vpc | None = None


class Service(Wire):
    service_arn: str = ""
    service_name: str = ""
    cluster_arn: str = ""
    status: str = ""
    desired_count: Number = 0
    running_count: Number = 0
    pending_count: Number = 0
    launch_type: str = ""
    capacity_provider_strategy: tuple[ProviderItem, ...] = ()
    platform_version: str = ""
    task_definition: str = ""
    deployment_configuration: DeploymentConfiguration | None = None
    deployments: tuple[ServiceDeployment, ...] = ()
    events: tuple[Event, ...] = ()
    load_balancers: tuple[Balancer, ...] = ()
    scheduling_strategy: str = "REPLICA"
    deployment_controller: Controller | None = None
    enable_execute_command: bool = False
    network_configuration: Network | None = None
    role_arn: str = ""
    created_at: float = 0.0
    created_by: str = ""
    tags: tuple[Tag, ...] = ()


class DescribeServices(Wire):
    services: tuple[Service, ...] = ()
    failures: tuple[Failure, ...] = ()


class ListServices(Wire):
    service_arns: tuple[str, ...] = ()
    next_token: str = ""
