"""Handlers: task definitions."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import definitions, render
from tui.simulator.ecs.asking import ecs_state, page, refuse

if TYPE_CHECKING:
    from tui.simulator.ecs.revisions import TaskDefinition
    from tui.simulator.world import World

Answer = dict[str, Any]
FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
FARGATE_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}
UNITS = re.compile(r"(?i)^\s*(\d+(?:\.\d+)?)\s*(vcpu|gb)?\s*$")
UNITS_OF = {"cpu": "vcpu", "memory": "gb"}


def _find(world: World, reference: str) -> TaskDefinition:
    found = ecs_state(world).definition(reference)
    if found is None:
        raise AwsError("ClientException", "Unable to describe task definition.")
    return found


@operation("ecs", "DescribeTaskDefinition")
def describe_task_definition(world: World, request: Answer, call: Call) -> Answer:
    found = _find(world, request["taskDefinition"])
    answer: Answer = {"taskDefinition": found.data}
    if "TAGS" in (request.get("include") or ()):
        answer["tags"] = render.tag_list(found.tags)
    return answer


@operation("ecs", "ListTaskDefinitions")
def list_task_definitions(world: World, request: Answer, call: Call) -> Answer:
    prefix, status = request.get("familyPrefix"), request.get("status") or "ACTIVE"
    families = ecs_state(world).definitions
    found = [
        families[family][revision]
        for family in sorted(families)
        if prefix in (None, "", family)
        for revision in sorted(families[family])
        if families[family][revision].status == status
    ]
    arns = [d.arn for d in found]
    if request.get("sort") == "DESC":
        arns.reverse()
    chosen, more = page(arns, request)
    return {"taskDefinitionArns": chosen, **more}


@operation("ecs", "ListTaskDefinitionFamilies")
def list_families(world: World, request: Answer, call: Call) -> Answer:
    prefix, status = request.get("familyPrefix") or "", request.get("status") or "ALL"
    names = []
    for family, revisions in ecs_state(world).definitions.items():
        active = any(d.status == "ACTIVE" for d in revisions.values())
        if family.startswith(prefix) and revisions and (status == "ALL" or (status == "ACTIVE") == active):
            names.append(family)
    chosen, more = page(sorted(names), request)
    return {"families": chosen, **more}


@operation("ecs", "RegisterTaskDefinition")
def register_task_definition(world: World, request: Answer, call: Call) -> Answer:
    body = copy.deepcopy(request)
    _check(body)
    tags = render.tag_map(body.pop("tags", None))
    for name, unit in UNITS_OF.items():
        if body.get(name):
            body[name] = str(_sized(body[name], name, unit))
    found = definitions.register(ecs_state(world), body, tags, call.caller, world.now())
    return {"taskDefinition": found.data, "tags": render.tag_list(tags)}


def _units(text: str, unit: str) -> int | None:
    """``1 vCPU`` and ``2 GB`` as CPU units and MiB."""
    match = UNITS.match(str(text))
    if not match or (match[2] and match[2].lower() != unit):
        return None
    return int(float(match[1]) * 1024) if match[2] else int(float(match[1]))


def _sized(text: str, name: str, unit: str) -> int:
    """The same of a task of any launch type; ECS refuses what is no size (developer guide, "Invalid CPU or memory value")."""
    size = _units(text, unit)
    if size is None:
        raise AwsError("ClientException", f"Invalid '{name}' setting for task.")
    return size


def _check(body: Answer) -> None:
    if not FAMILY.fullmatch(body["family"]):
        raise AwsError("ClientException", "Invalid family name. Family names must match the pattern [a-zA-Z0-9_-]{1,255}.")
    containers = body["containerDefinitions"]
    if not containers:
        raise AwsError("ClientException", "Container list cannot be empty.")
    names = [c.get("name") for c in containers]
    if len(set(names)) != len(names):
        raise AwsError("ClientException", "Container names must be unique within a task definition.")
    for container in containers:
        if not container.get("image"):
            raise AwsError("ClientException", "Container.image should not be null or empty.")
        if not container.get("name"):
            raise AwsError("ClientException", "Container.name should not be null or empty.")
    if not any(c.get("essential", True) for c in containers):
        raise AwsError("ClientException", "A container definition list must have at least one essential container.")
    if "FARGATE" in (body.get("requiresCompatibilities") or ()):
        _check_fargate(body)
    elif not body.get("memory") and not all(c.get("memory") or c.get("memoryReservation") for c in containers):
        name = next(c["name"] for c in containers if not (c.get("memory") or c.get("memoryReservation")))
        message = f"Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        raise AwsError("ClientException", message)


def _check_fargate(body: Answer) -> None:
    if body.get("networkMode") != "awsvpc":
        raise AwsError("ClientException", "Fargate only supports network mode ‘awsvpc’.")
    if not body.get("cpu"):
        raise AwsError("ClientException", "Fargate requires that 'cpu' be defined at the task level.")
    if not body.get("memory"):
        raise AwsError("ClientException", "Fargate requires that 'memory' be defined at the task level.")
    cpu, memory = _units(body["cpu"], "vcpu"), _units(body["memory"], "gb")
    if cpu is None or memory is None or memory not in FARGATE_MEMORY.get(cpu, ()):
        raise AwsError("ClientException", "No Fargate configuration exists for given values.")
    logging = any((c.get("logConfiguration") or {}).get("logDriver") == "awslogs" for c in body["containerDefinitions"])
    if logging and not body.get("executionRoleArn"):
        message = "Fargate requires task definition to have execution role ARN to support log driver awslogs."
        raise AwsError("ClientException", message)


@operation("ecs", "DeregisterTaskDefinition")
def deregister_task_definition(world: World, request: Answer, call: Call) -> Answer:
    reference = request["taskDefinition"]
    if ":" not in reference.rsplit("/", 1)[-1]:
        raise refuse("Invalid revision number. Number: null")
    found = _find(world, reference)
    if found.status != "ACTIVE":
        raise refuse("The specified task definition is inactive. Specify a valid task definition and try again.")
    found.data["status"] = "INACTIVE"
    found.data["deregisteredAt"] = world.now()
    return {"taskDefinition": found.data}


@operation("ecs", "DeleteTaskDefinitions")
def delete_task_definitions(world: World, request: Answer, call: Call) -> Answer:
    done: list[Answer] = []
    failures: list[Answer] = []
    if len(request["taskDefinitions"]) > 10:
        raise refuse("taskDefinitions cannot have more than 10 elements.")
    families = ecs_state(world).definitions
    for reference in request["taskDefinitions"]:
        found = ecs_state(world).definition(reference)
        if found is None:
            failures.append({"arn": reference, "reason": "The specified task definition does not exist."})
        elif found.status == "ACTIVE":
            reason = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
            failures.append({"arn": found.arn, "reason": reason})
        else:
            found.data["status"] = "DELETE_IN_PROGRESS"
            families[found.family].pop(found.revision, None)
            done.append(found.data)
    return {"taskDefinitions": done, "failures": failures}
