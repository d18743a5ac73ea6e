"""The sentences of ECS: service events and stopped reasons, as AWS words them (Amazon ECS Developer Guide)."""

from __future__ import annotations

from collections.abc import Iterable

SEE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."

ESSENTIAL_EXITED = "Essential container in task exited"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
SPOT = "Your Spot Task was interrupted."
HEALTH_CHECK = "Task failed container health checks"


def scaling(deployment: str) -> str:
    """Why the scheduler stopped a task of a deployment."""
    return f"Scaling activity initiated by (deployment {deployment})"


def failed_elb(group: str) -> str:
    """Why a task with an unhealthy target was stopped."""
    return f"Task failed ELB health checks in (target-group {group})"


def cannot_pull(image: str) -> str:
    """Why a task whose image is not in the registry did not start."""
    return (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {image}: {image}: not found"
    )


def _tasks(ids: Iterable[str]) -> str:
    return " ".join(f"(task {task})" for task in ids)


def started(service: str, ids: list[str]) -> str:
    return f"(service {service}) has started {len(ids)} tasks: {_tasks(ids)}."


def stopped(service: str, ids: list[str]) -> str:
    return f"(service {service}) has stopped {len(ids)} running tasks: {_tasks(ids)}."


def draining(service: str, count: int) -> str:
    return f"(service {service}) has begun draining connections on {count} tasks."


def registered(service: str, count: int, group: str) -> str:
    return f"(service {service}) registered {count} targets in (target-group {group})"


def deregistered(service: str, count: int, group: str) -> str:
    return f"(service {service}) deregistered {count} targets in (target-group {group})"


def unhealthy(service: str, task: str, port: int, group: str, why: str) -> str:
    return f"(service {service}) (task {task}) (port {port}) is unhealthy in (target-group {group}) due to (reason {why})."


def steady(service: str) -> str:
    return f"(service {service}) has reached a steady state."


def completed(service: str, deployment: str) -> str:
    return f"(service {service}) (deployment {deployment}) deployment completed."


def failed(service: str, deployment: str, why: str) -> str:
    return f"(service {service}) (deployment {deployment}) deployment failed: {why}."


def rolling_back(service: str, deployment: str) -> str:
    return f"(service {service}) rolling back to deployment {deployment}."


def no_instance(service: str, instance: str, lacks: str) -> str:
    closest = f"The closest matching (container-instance {instance}) {lacks}. " if instance else ""
    if not instance:
        return (
            f"(service {service}) was unable to place a task because no container instance met all of its requirements. "
            f"Reason: No Container Instances were found in your cluster. {SEE}"
        )
    return (
        f"(service {service}) was unable to place a task because no container instance met all of its requirements. "
        f"{closest}{SEE}"
    )


def stuck(service: str) -> str:
    return (
        f"(service {service}) was unable to stop or start tasks during a deployment because of the service deployment "
        "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    )


def not_consistently(service: str) -> str:
    return f"(service {service}) is unable to consistently start tasks successfully. {SEE}"


def in_progress(deployment: str) -> str:
    return f"ECS deployment {deployment} in progress."


def is_completed(deployment: str) -> str:
    return f"ECS deployment {deployment} completed."


def breaker_failed(why: str) -> str:
    return f"ECS deployment circuit breaker: {why}."


def alarm_failed() -> str:
    return "ECS deployment failed: alarm detected."


def breaker_back(deployment: str) -> str:
    return f"ECS deployment circuit breaker: rolling back to deploymentId {deployment}."
