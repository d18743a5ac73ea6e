"""What all actions on ECS services share: reading a service afresh, its facts, its owners, its autoscaling.

Facts of the API used here (ECS API reference, DescribeServices): a missing service comes under ``failures`` with the reason
``MISSING``; a deleted one stays as ``INACTIVE`` for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from tui.actions import shell
from tui.actions.base import Context
from tui.actions.rowwise import RowAction
from tui.model.ecs import ServiceRow, revision_of
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Key, Scope

#: ECS's quota of tasks in one service (ECS service quotas)
TASKS_IN_A_SERVICE = 5000
QUOTA_WORDS = "ECS's quota of tasks in a service"


class ServiceAction(RowAction):
    """Base of the actions whose object is one ECS service."""

    kinds = ("services",)
    reads: ClassVar[tuple[str, ...]] = ("ecs:DescribeServices",)

    async def current(self, scope: Scope, locator: Mapping[str, str], context: Context) -> Mapping[str, Any]:
        return facts_of(await describe(scope, locator, context))


def locator_of(row: Row) -> dict[str, str]:
    """Cluster ARN and service name, from the row's key (``cluster ARN#service name``)."""
    cluster, _, name = row.key.id.partition("#")
    return {"cluster": cluster, "service": name}


async def describe(scope: Scope, locator: Mapping[str, str], context: Context, tags: bool = False) -> dict[str, Any]:
    """One service as DescribeServices gives it. Raises ``ApiError``; ``NOT_FOUND`` where it is gone."""
    params: dict[str, Any] = {"cluster": locator["cluster"], "services": [locator["service"]]}
    if tags:
        params["include"] = ["TAGS"]
    answer = await context.clients.aws(scope).read("ecs", "DescribeServices", params)
    services: list[dict[str, Any]] = answer.get("services") or []
    if not services or services[0].get("status") == "INACTIVE":
        name = locator["service"]
        raise ApiError(Trouble.NOT_FOUND, f"the service {name} does not exist any more", operation="ecs:DescribeServices")
    return services[0]


async def describe_rows(rows: Sequence[Row], context: Context) -> dict[Key, dict[str, Any]]:
    """The services of ``rows`` with their tags, ten to a call; those that are gone are not in the answer."""
    groups: dict[tuple[Scope, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.scope, locator_of(row)["cluster"]), []).append(row)
    out: dict[Key, dict[str, Any]] = {}
    for (scope, cluster), members in groups.items():
        for start in range(0, len(members), 10):
            batch = {locator_of(row)["service"]: row for row in members[start : start + 10]}
            params = {"cluster": cluster, "services": list(batch), "include": ["TAGS"]}
            answer = await context.clients.aws(scope).read("ecs", "DescribeServices", params)
            for service in answer.get("services") or []:
                row_of = batch.get(service.get("serviceName", ""))
                if row_of is not None and service.get("status") != "INACTIVE":
                    out[row_of.key] = service
    return out


def primary_of(service: Mapping[str, Any]) -> Mapping[str, Any]:
    """The deployment with status PRIMARY, empty where there is none."""
    return next((d for d in service.get("deployments") or [] if d.get("status") == "PRIMARY"), {})


def controller_of(service: Mapping[str, Any]) -> str:
    """ECS, CODE_DEPLOY or EXTERNAL."""
    return str((service.get("deploymentController") or {}).get("type") or "ECS")


def facts_of(service: Mapping[str, Any]) -> dict[str, Any]:
    """What plans of services depend on and records keep."""
    return {
        "desiredCount": service.get("desiredCount", 0),
        "taskDefinition": service.get("taskDefinition", ""),
        "deployment": primary_of(service).get("id", ""),
        "schedulingStrategy": service.get("schedulingStrategy") or "REPLICA",
        "deploymentController": controller_of(service),
        "status": service.get("status", ""),
    }


def tags_of(service: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A resource's tags as pairs (ECS spells them ``key`` and ``value``)."""
    return [(str(t.get("key", "")), str(t.get("value", ""))) for t in service.get("tags") or []]


def percents_of(service: Mapping[str, Any]) -> tuple[int, int]:
    """``minimumHealthyPercent`` and ``maximumPercent``; ECS's defaults where they are missing."""
    configuration = service.get("deploymentConfiguration") or {}
    daemon = service.get("schedulingStrategy") == "DAEMON"
    low = configuration.get("minimumHealthyPercent")
    high = configuration.get("maximumPercent")
    return (low if low is not None else 0 if daemon else 100), (high if high is not None else 100 if daemon else 200)


def replacement_effect(service: Mapping[str, Any]) -> tuple[str, ...]:
    """``4 tasks replaced, at most 8 run at once (200%), at least 4 stay (100%)``, and what that can lead to."""
    count = int(service.get("desiredCount", 0))
    low, high = percents_of(service)
    if not count:
        return ("the service wants no tasks: nothing starts until it is scaled up",)
    # ECS rounds the lower limit up and the upper one down
    stay, most = -(-count * low // 100), count * high // 100
    words = [
        f"{count} {'task' if count == 1 else 'tasks'} replaced, at most {most} run at once ({high}%), "
        f"at least {stay} {'stays' if stay == 1 else 'stay'} ({low}%)"
    ]
    if stay == 0:
        words.append("all tasks may be stopped before new ones run: the service can be down meanwhile")
    elif most <= stay:
        words.append("these limits leave no room to replace a task: the deployment cannot move")
    return tuple(words)


def spare_tasks(service: Mapping[str, Any]) -> int:
    """How many tasks may run beside those wanted while they are replaced."""
    count = int(service.get("desiredCount", 0))
    return count * percents_of(service)[1] // 100 - count


def labelled(rows: Sequence[Row], said: Iterable[tuple[Row, Iterable[str]]]) -> tuple[str, ...]:
    """Words about rows, each once; of several rows, what is not true of all says which it is about."""
    if len(rows) == 1:
        return tuple(dict.fromkeys(word for _, words in said for word in words))
    about: dict[str, list[str]] = {}
    for row, words in said:
        for word in dict.fromkeys(words):
            about.setdefault(word, []).append(name_in_cluster(row))
    return tuple(word if len(names) == len(rows) else f"{', '.join(names)}: {word}" for word, names in about.items())


def name_in_cluster(row: Row) -> str:
    """``shop/checkout``."""
    locator = locator_of(row)
    return f"{locator['cluster'].rsplit('/', 1)[-1]}/{locator['service']}"


def update_command(context: Context, row: Row, **options: str) -> str:
    """``aws ecs update-service`` of one service with these options, to be copied."""
    locator = locator_of(row)
    cluster = locator["cluster"].rsplit("/", 1)[-1]
    return shell.aws(context, row.scope, "ecs", "update-service", cluster=cluster, service=locator["service"], **options)


def gone(row: Row) -> str:
    """The refusal for a service that was not found."""
    return f"the service {name_in_cluster(row)} does not exist any more"


def absent(row: Row, service: Mapping[str, Any] | None) -> str:
    """Why nothing can be done to a service: it is gone, or ECS deletes it (UpdateService answers
    ServiceNotActiveException then); empty where it is there."""
    if service is None:
        return gone(row)
    return f"{name_in_cluster(row)} is draining: ECS is deleting it" if service.get("status") == "DRAINING" else ""


def short(arn: str) -> str:
    """``checkout:42``."""
    return revision_of(arn)


def minimal_row(scope: Scope, key: Key, name: str) -> ServiceRow:
    """A row for a service that the store does not hold (an undo right after the start)."""
    cluster, _, service = key.id.partition("#")
    return ServiceRow(key=key, scope=scope, name=service or name, arn="", cluster_arn=cluster)
