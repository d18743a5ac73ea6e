"""Rows from narrow answers of ECS and ECR. Pure functions: an answer and a scope in, rows out."""

from __future__ import annotations

from collections.abc import Sequence

from tui.model import Key, Scope
from tui.model.ecr import ImageRow
from tui.model.ecs import Deployment, LoadBalancer, ServiceEvent, ServiceRow
from tui.model.image import ImageRef
from tui.model.tasks import ContainerRow, TaskRow
from tui.sources.aws import wire

#: events that a row keeps of a service that nobody has open; DescribeServices always sends up to 100
EVENTS_KEPT = 20


class _Sizes(dict[str, int]):
    """Text to number: thousands of tasks have a few sizes, and a look-up is cheaper than a call."""

    def __missing__(self, text: str) -> int:
        found = int(text) if text.isdigit() else 0
        if len(self) < 10_000:
            self[text] = found
        return found


_SIZES = _Sizes()


def number(text: str) -> int:
    """CPU units or MiB, which ECS writes as text in some places (``"256"``, ``""``)."""
    return _SIZES[text]


def tags_of(tags: Sequence[wire.Tag]) -> tuple[tuple[str, str], ...]:
    """Sorted, so that another order is no change."""
    return tuple(sorted([(tag.key, tag.value) for tag in tags])) if tags else ()


def service_key(scope: Scope, name: str) -> Key:
    """The key of a service in the scope of its cluster."""
    return Key.of("services", scope, f"{scope.cluster}#{name}")


def service_row(service: wire.Service, scope: Scope, *, events: int = EVENTS_KEPT) -> ServiceRow:
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
        health_grace=int(service.health_check_grace_period_seconds),
        exec_enabled=service.enable_execute_command,
        created=service.created_at,
        created_by=service.created_by,
        role=service.role_arn,
        subnets=network.subnets if network else (),
        security_groups=network.security_groups if network else (),
        tags=tags_of(service.tags),
        alarm_names=alarms.alarm_names if alarms and alarms.enable else (),
    )


_NO_CONFIGURATION = wire.DeploymentConfiguration()


def _deployment(one: wire.ServiceDeployment) -> Deployment:
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


def task_key(scope: Scope, arn: str) -> Key:
    """The key of a task in the scope of its cluster."""
    return Key.of("tasks", scope, arn)


def task_row(task: wire.Task, scope: Scope, images: ImageCache) -> TaskRow:
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
        cpu=_SIZES[task.cpu],
        memory=_SIZES[task.memory],
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


def container_row(container: wire.Container, task: wire.Task, scope: Scope, identity: str, images: ImageCache) -> ContainerRow:
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
        cpu=_SIZES[container.cpu],
        memory=_SIZES[container.memory],
        address=interfaces[0].private_ipv4_address if interfaces else "",
    )


def _address(task: wire.Task) -> str:
    for attachment in task.attachments:
        for detail in attachment.details:
            if detail.name == "privateIPv4Address":
                return detail.value
    return next((i.private_ipv4_address for c in task.containers for i in c.network_interfaces if i.private_ipv4_address), "")


class ImageCache(dict[str, ImageRef]):
    """Thousands of tasks run a few dozen images: each name is parsed once."""

    def __missing__(self, text: str) -> ImageRef:
        found = self[text] = ImageRef.parse(text)
        return found


def image_key(scope: Scope, repository_arn: str, digest: str) -> Key:
    """The key of an image."""
    return Key.of("images", scope, f"{repository_arn}@{digest}")


def image_row(
    image: wire.Image, scope: Scope, repository_arn: str, repository_uri: str, architectures: tuple[str, ...] = ()
) -> ImageRow:
    """DescribeImages' member ``imageDetails``."""
    findings = image.image_scan_findings_summary
    counts = findings.finding_severity_counts if findings else {}
    return ImageRow(
        key=image_key(scope, repository_arn, image.image_digest),
        scope=scope,
        name=image.repository_name,
        repository_arn=repository_arn,
        repository_uri=repository_uri,
        digest=image.image_digest,
        image_tags=tuple(sorted(image.image_tags)),
        pushed=image.image_pushed_at,
        pulled=image.last_recorded_pull_time,
        size=int(image.image_size_in_bytes),
        media_type=image.image_manifest_media_type,
        architectures=architectures,
        scan_status=image.image_scan_status.status if image.image_scan_status else "",
        critical=int(counts.get("CRITICAL", 0)),
        high=int(counts.get("HIGH", 0)),
        medium=int(counts.get("MEDIUM", 0)),
        low=int(counts.get("LOW", 0)),
        scanned=findings is not None,
        status=image.image_status,
    )
