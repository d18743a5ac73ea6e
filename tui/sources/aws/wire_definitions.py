"""Task definitions as ListTaskDefinitions and DescribeTaskDefinition give them (API reference of Amazon ECS, 2014-11-13)."""

from __future__ import annotations

from tui.sources.aws.wire import Number, Tag, Wire


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
