"""Handlers: container instances, attributes, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import render, render_tasks, words
from tui.simulator.ecs.asking import ecs_state, find_cluster, full_arn, missing, page, refuse
from tui.simulator.ecs.engine import engine

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Cluster, ContainerInstance, Tags
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST_DESCRIBED = 100
MOST_CHANGED = 10
MOST_TAGS = 50


def _find(cluster: Cluster, reference: str) -> ContainerInstance | None:
    found = cluster.instances.get(reference.rsplit("/", 1)[-1])
    return None if found is None or (reference.startswith("arn:") and found.arn != reference) else found


@operation("ecs", "ListContainerInstances")
def list_instances(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    wanted = request.get("status")
    arns = [i.arn for i in cluster.instances.values() if wanted in (None, i.status)]
    chosen, more = page(arns, request)
    return {"containerInstanceArns": chosen, **more}


@operation("ecs", "DescribeContainerInstances")
def describe_instances(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    if not request["containerInstances"]:
        raise refuse("Container instances cannot be empty.")
    if len(request["containerInstances"]) > MOST_DESCRIBED:
        raise refuse(f"Container instances cannot have more than {MOST_DESCRIBED} elements.")
    include = request.get("include") or ()
    found, failures = [], []
    for reference in request["containerInstances"]:
        instance = _find(cluster, reference)
        if instance is None:
            failures.append(missing(full_arn(world, "container-instance", cluster, reference)))
        else:
            found.append(render_tasks.instance(instance, tags="TAGS" in include, health="CONTAINER_INSTANCE_HEALTH" in include))
    return {"containerInstances": found, "failures": failures}


@operation("ecs", "UpdateContainerInstancesState")
def update_instances_state(world: World, request: Answer, call: Call) -> Answer:
    """DRAINING moves the services' tasks elsewhere; tasks that no service owns stay."""
    cluster = find_cluster(world, request)
    if len(request["containerInstances"]) > MOST_CHANGED:
        raise refuse(f"Container instances cannot have more than {MOST_CHANGED} elements.")
    if request["status"] not in ("ACTIVE", "DRAINING"):
        raise refuse(f"Container instance status {request['status']} is not valid. Specify ACTIVE or DRAINING.")
    parts = engine(world)
    found, failures = [], []
    for reference in request["containerInstances"]:
        instance = _find(cluster, reference)
        if instance is None:
            failures.append(missing(full_arn(world, "container-instance", cluster, reference)))
            continue
        instance.status = request["status"]
        instance.version += 1
        if instance.status == "DRAINING":
            for task in list(instance.tasks.values()):
                if task.service is not None:
                    parts.lifecycle.stop(task, "ServiceSchedulerInitiated", words.scaling(task.deployment))
        found.append(render_tasks.instance(instance))
    for service in cluster.services.values():
        parts.scheduler.wake(service)
    return {"containerInstances": found, "failures": failures}


@operation("ecs", "UpdateContainerAgent")
def update_agent(world: World, request: Answer, call: Call) -> Answer:
    instance = _find(find_cluster(world, request), request["containerInstance"])
    if instance is None:
        raise refuse("The referenced container instance was not found.")
    raise AwsError("NoUpdateAvailableException", "No update available for this container instance.")


@operation("ecs", "ListAttributes")
def list_attributes(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    if request["targetType"] != "container-instance":
        raise refuse(f"Invalid target type: {request['targetType']}")
    name, value = request.get("attributeName"), request.get("attributeValue")
    rows = [
        {"name": n, "value": v, "targetId": i.arn}
        for i in cluster.instances.values()
        for n, v in i.attributes.items()
        if name in (None, n) and value in (None, v)
    ]
    chosen, more = page([str(number) for number in range(len(rows))], request)
    return {"attributes": [rows[int(number)] for number in chosen], **more}


@operation("ecs", "PutAttributes")
def put_attributes(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    for attribute in request["attributes"]:
        instance = _find(cluster, attribute.get("targetId", ""))
        if instance is None:
            raise AwsError("TargetNotFoundException", "The specified target wasn't found.")
        instance.attributes[attribute["name"]] = attribute.get("value", "")
    return {"attributes": request["attributes"]}


# Tags of everything


def _tags(world: World, arn: str) -> Tags:
    if not arn.startswith("arn:"):
        raise refuse("Invalid ARN")
    found = ecs_state(world).tags_of(arn)
    if found is None:
        raise refuse("The specified resource is not found or is inactive. Specify a valid resource and try again.")
    return found


@operation("ecs", "ListTagsForResource")
def list_tags(world: World, request: Answer, call: Call) -> Answer:
    return {"tags": render.tag_list(_tags(world, request["resourceArn"]))}


@operation("ecs", "TagResource")
def tag_resource(world: World, request: Answer, call: Call) -> Answer:
    tags, new = _tags(world, request["resourceArn"]), render.tag_map(request["tags"])
    if any(name.lower().startswith("aws:") for name in new):
        raise refuse("Tag keys cannot start with 'aws:'.")
    if len({**tags, **new}) > MOST_TAGS:
        raise refuse(f"A resource can have at most {MOST_TAGS} tags.")
    tags.update(new)
    return {}


@operation("ecs", "UntagResource")
def untag_resource(world: World, request: Answer, call: Call) -> Answer:
    tags = _tags(world, request["resourceArn"])
    for name in request["tagKeys"]:
        tags.pop(name, None)
    return {}
