"""Which log group and stream a container writes to, by its task definition, and what to say where there is none.

With the awslogs driver the stream is ``prefix/container/task id``; without a prefix (EC2 only) it is the container's
runtime id. Source: "Send Amazon ECS logs to CloudWatch", Amazon ECS developer guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from tui.model.ecs import ContainerDefinition
from tui.model.tasks import ContainerRow, TaskRow

PLACES = {
    "awsfirelens": "through FireLens (Fluent Bit or Fluentd) to where its router sends them",
    "splunk": "to Splunk",
    "json-file": "to a file on the container instance",
    "local": "to a file on the container instance",
    "journald": "to journald on the container instance",
    "syslog": "to syslog on the container instance",
    "gelf": "to a GELF endpoint (Graylog, Logstash)",
    "fluentd": "to Fluentd",
    "none": "nowhere",
    "": "to Docker's own log on the container instance: its definition names no log driver",
}


class Stream(Struct, frozen=True):
    """A stream of a group; ``region`` empty: the connection's; ``label`` is what the log view shows; ``joined``: its task
    was made while the view was open, so that it is read from its beginning."""

    group: str
    name: str
    label: str
    region: str = ""
    joined: bool = False


def stream_of(task: TaskRow, container: ContainerRow, definition: ContainerDefinition, label: str) -> Stream | str:
    """Where a container's lines are; a sentence where CloudWatch Logs does not have them; empty where they are not yet."""
    if definition.log_driver != "awslogs":
        place = PLACES.get(definition.log_driver, f"to the log driver {definition.log_driver}")
        return f"container {container.name} does not write to CloudWatch Logs: its lines go {place}"
    if not definition.log_group:
        return f"container {container.name} names no log group"
    if definition.log_prefix:
        name = f"{definition.log_prefix}/{container.name}/{task.name}"
        return Stream(definition.log_group, name, label, definition.log_region)
    if container.runtime_id:
        return Stream(definition.log_group, container.runtime_id, label, definition.log_region)
    return ""


def label_of(task: TaskRow, container: ContainerRow, containers: Sequence[ContainerRow]) -> str:
    """``checkout 9f2c``, with the container's name where the task has several."""
    head = task.service or task.task_definition.rsplit("/", 1)[-1].rpartition(":")[0]
    short = task.name[:4]
    return f"{head} {short}" if len(containers) < 2 else f"{head} {short} {container.name}"
