"""The members of ECS's answers that rows are made of, as narrow Structs for msgspec (API reference of Amazon ECS, 2014-11-13).

What is not named here is skipped by the decoder without being built: that is what makes it ten times cheaper.
Nothing decoded here is ever sent back.
"""

from __future__ import annotations

from msgspec import Struct

Number = int | float


class Wire(Struct, rename="camel", gc=False):
    """A narrow answer, or a part of one."""


class Tag(Wire):
    key: str = ""
    value: str = ""


class Failure(Wire):
    arn: str = ""
    reason: str = ""


class ProviderItem(Wire):
    capacity_provider: str = ""


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
    health_check_grace_period_seconds: Number = 0
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


class ListTasks(Wire):
    task_arns: tuple[str, ...] = ()
    next_token: str = ""


class Detail(Wire):
    name: str = ""
    value: str = ""


class Attachment(Wire):
    type: str = ""
    details: tuple[Detail, ...] = ()


class Interface(Wire):
    private_ipv4_address: str = ""


class Container(Wire):
    name: str = ""
    image: str = ""
    image_digest: str = ""
    runtime_id: str = ""
    last_status: str = ""
    exit_code: Number | None = None
    reason: str = ""
    health_status: str = ""
    cpu: str = ""
    memory: str = ""
    network_interfaces: tuple[Interface, ...] = ()


class Task(Wire):
    task_arn: str = ""
    cluster_arn: str = ""
    group: str = ""
    task_definition_arn: str = ""
    last_status: str = ""
    desired_status: str = ""
    health_status: str = ""
    launch_type: str = ""
    capacity_provider_name: str = ""
    platform_version: str = ""
    container_instance_arn: str = ""
    availability_zone: str = ""
    cpu: str = ""
    memory: str = ""
    attachments: tuple[Attachment, ...] = ()
    started_by: str = ""
    created_at: float = 0.0
    started_at: float = 0.0
    stopping_at: float = 0.0
    stopped_at: float = 0.0
    stop_code: str = ""
    stopped_reason: str = ""
    enable_execute_command: bool = False
    containers: tuple[Container, ...] = ()
    tags: tuple[Tag, ...] = ()


class DescribeTasks(Wire):
    tasks: tuple[Task, ...] = ()
    failures: tuple[Failure, ...] = ()


class PortMapping(Wire):
    container_port: Number = 0


class LogConfiguration(Wire):
    log_driver: str = ""
    options: dict[str, str] = {}


class Pair(Wire):
    name: str = ""
    value: str = ""


class SecretPair(Wire):
    name: str = ""
    value_from: str = ""


class HealthCheck(Wire):
    command: tuple[str, ...] = ()


class ContainerDefinition(Wire):
    name: str = ""
    image: str = ""
    cpu: Number = 0
    memory: Number = 0
    memory_reservation: Number = 0
    essential: bool = True
    port_mappings: tuple[PortMapping, ...] = ()
    environment: tuple[Pair, ...] = ()
    secrets: tuple[SecretPair, ...] = ()
    log_configuration: LogConfiguration | None = None
    health_check: HealthCheck | None = None


class Volume(Wire):
    name: str = ""


class TaskDefinition(Wire):
    task_definition_arn: str = ""
    family: str = ""
    revision: Number = 0
    status: str = ""
    task_role_arn: str = ""
    execution_role_arn: str = ""
    network_mode: str = ""
    compatibilities: tuple[str, ...] = ()
    cpu: str = ""
    memory: str = ""
    registered_at: float = 0.0
    registered_by: str = ""
    volumes: tuple[Volume, ...] = ()
    container_definitions: tuple[ContainerDefinition, ...] = ()


class DescribeTaskDefinition(Wire):
    task_definition: TaskDefinition | None = None
    tags: tuple[Tag, ...] = ()


class ListTaskDefinitions(Wire):
    task_definition_arns: tuple[str, ...] = ()
    next_token: str = ""


class ScanSummary(Wire):
    finding_severity_counts: dict[str, Number] = {}


class ScanStatus(Wire):
    status: str = ""


class Image(Wire):
    repository_name: str = ""
    image_digest: str = ""
    image_tags: tuple[str, ...] = ()
    image_size_in_bytes: Number = 0
    image_pushed_at: float = 0.0
    last_recorded_pull_time: float = 0.0
    image_scan_status: ScanStatus | None = None
    image_scan_findings_summary: ScanSummary | None = None
    image_manifest_media_type: str = ""
    image_status: str = ""


class DescribeImages(Wire):
    image_details: tuple[Image, ...] = ()
    next_token: str = ""


class LogEvent(Wire):
    log_stream_name: str = ""
    timestamp: int = 0
    message: str = ""
    ingestion_time: int = 0
    event_id: str = ""


class FilterLogEvents(Wire):
    events: tuple[LogEvent, ...] = ()
    next_token: str = ""
