"""What ECS refuses of a service or a task that is asked for, before anything is made: names, counts, percentages, capacity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.asking import ecs_state, refuse
from tui.simulator.ecs.balancers import balancers
from tui.simulator.ecs.placement import FARGATE_PROVIDERS

if TYPE_CHECKING:
    from tui.simulator.ecs.revisions import TaskDefinition
    from tui.simulator.world import World

Answer = dict[str, Any]
NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_TASKS = 5000  # tasks of a service
NO_COUNT = (
    "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again"
)


def check_name(name: str) -> None:
    """Service names."""
    if NAME.fullmatch(name) is None:
        raise refuse("Invalid service name. Service names must match the pattern [a-zA-Z0-9_-]{1,255}.")


def check_count(count: int | None) -> None:
    """A desired count."""
    if count is not None and count < 0:
        raise refuse("desiredCount cannot be negative.")
    if count is not None and count > MOST_TASKS:
        raise refuse(f"The service cannot have more than {MOST_TASKS} tasks.")


def check_percents(minimum: int, maximum: int, scheduling: str) -> None:
    """The percentages of a rolling deployment."""
    if scheduling == "DAEMON" and maximum != 100:
        raise refuse("The daemon scheduling strategy does not support values other than 100 for maximumPercent.")
    if not 0 <= minimum <= 100:
        raise refuse("minimumHealthyPercent must be between 0 and 100.")
    if maximum < 100:
        raise refuse("maximumPercent must be at least 100.")
    if minimum == maximum == 100:
        raise refuse("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")


def check_capacity(world: World, request: Answer) -> None:
    """Launch type and capacity providers."""
    strategy = request.get("capacityProviderStrategy") or ()
    if strategy and request.get("launchType"):
        raise refuse("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
    for entry in strategy:
        check_provider(world, entry["capacityProvider"])


def check_provider(world: World, name: str) -> None:
    """The name of a capacity provider."""
    if name not in ecs_state(world).providers and name not in FARGATE_PROVIDERS:
        raise refuse(f"The specified capacity provider '{name}' was not found. Specify a valid name or ARN and try again.")


def check_network(definition: TaskDefinition, network: Answer | None) -> None:
    """awsvpc tasks need to know where."""
    if definition.awsvpc and not network:
        raise refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.")


def check_overrides(definition: TaskDefinition, overrides: Answer | None) -> None:
    """Overrides name containers of the definition."""
    known = {container["name"] for container in definition.containers}
    for entry in (overrides or {}).get("containerOverrides") or ():
        if entry.get("name") not in known:
            raise refuse(f"Override for container named {entry.get('name')} is not a container in the TaskDefinition.")


def check_balancers(world: World, entries: list[Answer], definition: TaskDefinition) -> None:
    """Target groups that exist, for containers that exist."""
    for entry in entries:
        group = entry.get("targetGroupArn")
        if group and group not in balancers(world).groups:
            raise refuse(f"Unable to assume role and validate the specified targetGroupArn. Target group {group} does not exist.")
        container = next((c for c in definition.containers if c["name"] == entry.get("containerName")), None)
        if container is None:
            raise refuse(f"The container {entry.get('containerName')} does not exist in the task definition.")
