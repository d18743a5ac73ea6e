"""ECS tasks as ListTasks and DescribeTasks give them (API reference of Amazon ECS, 2014-11-13)."""

from __future__ import annotations

from tui.sources.aws.wire import Failure, Number, Tag, Wire


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
