"""Handlers: tasks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import render, render_tasks
from tui.simulator.ecs.asking import (
    ecs_state,
    find_cluster,
    find_definition,
    find_service,
    full_arn,
    missing,
    page,
    refuse,
)
from tui.simulator.ecs.checks import check_capacity, check_network, check_overrides
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.lifecycle import Order
from tui.simulator.ecs.objects import Cluster, Task
from tui.simulator.ecs.placement import Refusal, choose_instance

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST_DESCRIBED = 100
MOST_RUN = 10
FOREVER = math.inf


@operation("ecs", "ListTasks")
def list_tasks(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    wanted = request.get("desiredStatus") or "RUNNING"
    service = find_service(cluster, request["serviceName"]) if request.get("serviceName") else None
    instance = (request.get("containerInstance") or "").rsplit("/", 1)[-1]
    arns = [
        t.arn
        for t in cluster.tasks.values()
        if t.desired_status == wanted
        and (service is None or t.service is service)
        and request.get("family") in (None, t.definition.family)
        and request.get("startedBy") in (None, t.started_by)
        and request.get("launchType") in (None, t.launch_type)
        and (not instance or (t.instance is not None and t.instance.id == instance))
    ]
    chosen, more = page(sorted(arns), request)
    return {"taskArns": chosen, **more}


@operation("ecs", "DescribeTasks")
def describe_tasks(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    wanted = request["tasks"]
    if not wanted:
        raise refuse("Tasks cannot be empty.")
    if len(wanted) > MOST_DESCRIBED:
        raise refuse(f"Tasks cannot have more than {MOST_DESCRIBED} elements.")
    tags = "TAGS" in (request.get("include") or ())
    found, failures = [], []
    for reference in dict.fromkeys(wanted):
        task = ecs_state(world).task(cluster, reference)
        if task is None:
            failures.append(missing(full_arn(world, "task", cluster, reference)))
        else:
            found.append(render_tasks.task(world, task, tags=tags))
    return {"tasks": found, "failures": failures}


def _find(world: World, request: Answer) -> Task:
    cluster = find_cluster(world, request)
    task = ecs_state(world).task(cluster, request["task"])
    if task is None:
        raise refuse("The referenced task was not found.")
    return task


@operation("ecs", "StopTask")
def stop_task(world: World, request: Answer, call: Call) -> Answer:
    task = _find(world, request)
    parts = engine(world)
    parts.lifecycle.stop(task, "UserInitiated", request.get("reason") or "Task stopped by user")
    if task.service is not None:
        parts.scheduler.changed(task.service)
    return {"task": render_tasks.task(world, task)}


# Running


@operation("ecs", "RunTask")
def run_task(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    definition = find_definition(world, request["taskDefinition"])
    count = int(request.get("count") or 1)
    if not 1 <= count <= MOST_RUN:
        raise refuse(f"Number of tasks must be between 1 and {MOST_RUN}.")
    token = request.get("clientToken")
    before = ecs_state(world).tokens.get(token or "")
    if before:
        arns = before.split(",")
        again = [t for t in cluster.tasks.values() if t.arn in arns]
        return {"tasks": [render_tasks.task(world, t) for t in again], "failures": []}
    check_capacity(world, request)
    check_network(definition, request.get("networkConfiguration"))
    check_overrides(definition, request.get("overrides"))
    launch = request.get("launchType") or ("" if request.get("capacityProviderStrategy") or cluster.default_strategy else "EC2")
    if launch == "EC2" and not cluster.instances:
        raise refuse("No Container Instances were found in your cluster.")
    tasks, failures = [], []
    for _ in range(count):
        order = _order(world, cluster, request)
        if isinstance(order, Refusal):
            resource = "MEMORY" if "memory" in order.lacks else "CPU" if order.lacks else ""
            where = full_arn(world, "container-instance", cluster, order.instance) if order.instance else cluster.arn
            failures.append(missing(where, f"RESOURCE:{resource}" if resource else "EMPTY CAPACITY"))
        else:
            tasks.append(engine(world).lifecycle.start(order))
    if token:
        ecs_state(world).tokens[token] = ",".join(t.arn for t in tasks)
    return {"tasks": [render_tasks.task(world, t, tags=True) for t in tasks], "failures": failures}


def _order(world: World, cluster: Cluster, request: Answer) -> Order | Refusal:
    definition = find_definition(world, request["taskDefinition"])
    strategy = request.get("capacityProviderStrategy") or []
    launch = request.get("launchType") or ""
    if not strategy and not launch:
        strategy = cluster.default_strategy
    provider = str(strategy[0]["capacityProvider"]) if strategy else ""
    launch = launch or ("FARGATE" if render.is_fargate(provider) else "EC2")
    if launch == "FARGATE" and "FARGATE" not in definition.data["compatibilities"]:
        raise refuse("Task definition does not support launch_type FARGATE.")
    instance = None
    if launch == "EC2":
        chosen = choose_instance(cluster, definition, provider=provider)
        if isinstance(chosen, Refusal):
            return chosen
        instance = chosen
    tags = render.tag_map(request.get("tags"))
    if request.get("enableECSManagedTags"):
        tags["aws:ecs:clusterName"] = cluster.name
    return Order(
        cluster=cluster,
        definition=definition,
        group=request.get("group") or f"family:{definition.family}",
        launch_type=launch,
        provider=provider,
        platform="1.4.0" if launch == "FARGATE" else "",
        instance=instance,
        subnet=_subnet(world, request),
        started_by=request.get("startedBy") or "",
        tags=tags,
        overrides=request.get("overrides") or {},
        exec_enabled=bool(request.get("enableExecuteCommand")),
    )


def _subnet(world: World, request: Answer) -> dict[str, str]:
    wanted = ((request.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}).get("subnets") or ()
    known: list[dict[str, str]] = ecs_state(world).network["subnets"]
    if not wanted:
        return {}
    found = next((s for s in known if s["id"] in wanted), None)
    if found is None:
        raise refuse(f"Error retrieving subnet information for [{', '.join(wanted)}]: The subnet ID '{wanted[0]}' does not exist")
    return found


# Exec and protection


@operation("ecs", "ExecuteCommand")
def execute_command(world: World, request: Answer, call: Call) -> Answer:
    """Refused in AWS's words: this world has no data channel behind a session."""
    task = _find(world, request)
    if not request["interactive"]:
        raise refuse("Interactive is the only mode supported currently.")
    if task.last_status == "STOPPED":
        raise refuse("The task is not running. ExecuteCommand can only be used on running tasks.")
    if not task.exec_enabled:
        message = (
            "The execute command failed because execute command was not enabled when the task was run or the execute "
            "command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again."
        )
        raise refuse(message)
    name = request.get("container") or (task.containers[0].name if len(task.containers) == 1 else "")
    if not name:
        raise refuse("Container name is required for tasks with more than one container.")
    if name not in {c.name for c in task.containers}:
        raise refuse(f"Unable to find container {name} in the task.")
    message = (
        "The execute command failed due to an internal error. Try again later. The SSM agent of the target is not connected."
    )
    raise AwsError("TargetNotConnectedException", message)


def _protection(task: Task, now: float) -> Answer:
    until = task.protected_until
    on = until is not None and until > now
    data: Answer = {"taskArn": task.arn, "protectionEnabled": on}
    if on and until is not None and until != FOREVER:
        data["expirationDate"] = until
    return data


@operation("ecs", "GetTaskProtection")
def get_protection(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    wanted = request.get("tasks") or [t.arn for t in cluster.tasks.values() if t.service is not None]
    return _each_protection(world, cluster, wanted)


@operation("ecs", "UpdateTaskProtection")
def update_protection(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    if len(request["tasks"]) > MOST_RUN:
        raise refuse(f"Tasks cannot have more than {MOST_RUN} elements.")
    minutes = int(request.get("expiresInMinutes") or 120)
    if not 1 <= minutes <= 2880:
        raise refuse("expiresInMinutes must be between 1 and 2,880.")
    for reference in request["tasks"]:
        task = ecs_state(world).task(cluster, reference)
        if task is not None and task.service is not None:
            task.protected_until = world.now() + minutes * 60 if request["protectionEnabled"] else None
    return _each_protection(world, cluster, request["tasks"])


def _each_protection(world: World, cluster: Cluster, wanted: list[str]) -> Answer:
    found, failures = [], []
    for reference in wanted:
        task = ecs_state(world).task(cluster, reference)
        if task is None:
            failures.append(missing(full_arn(world, "task", cluster, reference)))
        elif task.service is None:
            failures.append(missing(task.arn, "TASK_NOT_VALID", "The task is not part of a service."))
        else:
            found.append(_protection(task, world.now()))
    return {"protectedTasks": found, "failures": failures}


@operation("ecs", "StartTask")
def start_task(world: World, request: Answer, call: Call) -> Answer:
    """Run a task on chosen container instances, without the scheduler."""
    cluster = find_cluster(world, request)
    definition = find_definition(world, request["taskDefinition"])
    wanted = request["containerInstances"]
    if not 1 <= len(wanted) <= MOST_RUN:
        raise refuse(f"Container instances must be between 1 and {MOST_RUN}.")
    tasks, failures = [], []
    for reference in wanted:
        instance = cluster.instances.get(reference.rsplit("/", 1)[-1])
        if instance is None:
            failures.append(missing(full_arn(world, "container-instance", cluster, reference)))
        elif instance.free_memory < definition.memory or instance.free_cpu < definition.cpu:
            lacks = "MEMORY" if instance.free_memory < definition.memory else "CPU"
            failures.append(missing(instance.arn, f"RESOURCE:{lacks}"))
        else:
            order = Order(
                cluster=cluster,
                definition=definition,
                group=request.get("group") or f"family:{definition.family}",
                launch_type="EC2",
                instance=instance,
                started_by=request.get("startedBy") or "",
                tags=render.tag_map(request.get("tags")),
                overrides=request.get("overrides") or {},
                exec_enabled=bool(request.get("enableExecuteCommand")),
            )
            tasks.append(engine(world).lifecycle.start(order))
    return {"tasks": [render_tasks.task(world, t, tags=True) for t in tasks], "failures": failures}
