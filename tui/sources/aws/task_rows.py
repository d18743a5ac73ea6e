"""Rows of tasks and their containers from narrow answers of DescribeTasks. Pure functions."""

from __future__ import annotations

from tui.model import Key, Scope
from tui.model.tasks import ContainerRow, TaskRow
from tui.sources.aws import wire_tasks
from tui.sources.aws.rows import SIZES, ImageCache, tags_of


def task_key(scope: Scope, arn: str) -> Key:
    """The key of a task in the scope of its cluster."""
    return Key.of("tasks", scope, arn)


def task_row(task: wire_tasks.Task, scope: Scope, images: ImageCache) -> TaskRow:
    """DescribeTasks' member ``tasks`` with its containers; ``images`` remembers parsed image names."""
    identity = scope.identity
    containers = tuple([container_row(container, task, scope, identity, images) for container in task.containers])
    return TaskRow(
        key=Key("tasks", identity, task.task_arn),
        scope=scope,
        name=task.task_arn.rpartition("/")[2],
        arn=task.task_arn,
        cluster_arn=scope.cluster,
        group=task.group,
        task_definition=task.task_definition_arn,
        last_status=task.last_status,
        desired_status=task.desired_status,
        health=task.health_status,
        launch_type=task.launch_type,
        capacity_provider=task.capacity_provider_name,
        platform_version=task.platform_version,
        container_instance=task.container_instance_arn,
        availability_zone=task.availability_zone,
        cpu=SIZES[task.cpu],
        memory=SIZES[task.memory],
        address=_address(task),
        started_by=task.started_by,
        created=task.created_at,
        started=task.started_at,
        stopping=task.stopping_at,
        stopped=task.stopped_at,
        stop_code=task.stop_code,
        stopped_reason=task.stopped_reason,
        exec_enabled=task.enable_execute_command,
        containers=containers,
        tags=tags_of(task.tags),
    )


def container_row(
    container: wire_tasks.Container, task: wire_tasks.Task, scope: Scope, identity: str, images: ImageCache
) -> ContainerRow:
    """One container of a task; ``identity`` is the scope's."""
    interfaces = container.network_interfaces
    return ContainerRow(
        key=Key("containers", identity, f"{task.task_arn}#{container.name}"),
        scope=scope,
        name=container.name,
        task_arn=task.task_arn,
        image=images[container.image],
        status=container.last_status,
        digest=container.image_digest,
        exit_code=None if container.exit_code is None else int(container.exit_code),
        reason_text=container.reason,
        health=container.health_status,
        runtime_id=container.runtime_id,
        cpu=SIZES[container.cpu],
        memory=SIZES[container.memory],
        address=interfaces[0].private_ipv4_address if interfaces else "",
    )


def _address(task: wire_tasks.Task) -> str:
    for attachment in task.attachments:
        for detail in attachment.details:
            if detail.name == "privateIPv4Address":
                return detail.value
    return next((i.private_ipv4_address for c in task.containers for i in c.network_interfaces if i.private_ipv4_address), "")
