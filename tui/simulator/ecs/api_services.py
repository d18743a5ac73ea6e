"""Handlers: services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import render, words
from tui.simulator.ecs.asking import ecs_state, find_cluster, find_definition, find_service, full_arn, missing, page, refuse
from tui.simulator.ecs.checks import (
    NO_COUNT,
    check_balancers,
    check_capacity,
    check_count,
    check_name,
    check_network,
    check_percents,
)
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.objects import Cluster, Service
from tui.simulator.ecs.revisions import TaskDefinition

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST_DESCRIBED = 10
GONE_AFTER = 3600.0  # an INACTIVE service is shown for a while


@operation("ecs", "ListServices")
def list_services(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    arns = [
        s.arn
        for s in cluster.services.values()
        if s.status != "INACTIVE"
        and request.get("launchType") in (None, s.launch_type)
        and request.get("schedulingStrategy") in (None, s.scheduling)
    ]
    chosen, more = page(arns, request, default=10)
    return {"serviceArns": chosen, **more}


@operation("ecs", "DescribeServices")
def describe_services(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    wanted = request["services"]
    if not wanted:
        raise refuse("Services cannot be empty.")
    if len(wanted) > MOST_DESCRIBED:
        raise refuse(f"Services cannot have more than {MOST_DESCRIBED} elements.")
    tags = "TAGS" in (request.get("include") or ())
    found, failures = [], []
    for reference in dict.fromkeys(wanted):
        service = cluster.services.get(reference.rsplit("/", 1)[-1])
        if service is None or (reference.startswith("arn:") and service.arn != reference):
            failures.append(missing(full_arn(world, "service", cluster, reference)))
        else:
            found.append(render.service(service, tags=tags))
    return {"services": found, "failures": failures}


# Creating


@operation("ecs", "CreateService")
def create_service(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    name = request["serviceName"]
    check_name(name)
    check_capacity(world, request)
    before = cluster.services.get(name)
    token = request.get("clientToken")
    if before is not None and before.status != "INACTIVE":
        if token and ecs_state(world).tokens.get(token) == before.arn:
            return {"service": render.service(before)}
        raise refuse("Creation of service was not idempotent.")
    controller = (request.get("deploymentController") or {}).get("type", "ECS")
    if controller == "EXTERNAL":
        raise refuse("Services with an EXTERNAL deployment controller are made with task sets, which are not offered here.")
    if not request.get("taskDefinition"):
        raise refuse("TaskDefinition is required for this deployment controller.")
    definition = find_definition(world, request["taskDefinition"])
    service = _created(world, cluster, request, definition, call)
    _check_shape(world, service, request)
    cluster.services[name] = service
    if token:
        ecs_state(world).tokens[token] = service.arn
    engine(world).scheduler.deployments.begin(service, definition)
    return {"service": render.service(service, tags=True)}


def _created(world: World, cluster: Cluster, request: Answer, definition: TaskDefinition, call: Call) -> Service:
    scheduling = request.get("schedulingStrategy") or "REPLICA"
    strategy = list(request.get("capacityProviderStrategy") or ())
    launch = request.get("launchType") or ("" if strategy else "EC2")
    if not request.get("launchType") and not strategy and cluster.default_strategy:
        strategy, launch = cluster.default_strategy, ""
    fargate = launch == "FARGATE" or any(render.is_fargate(s["capacityProvider"]) for s in strategy)
    daemon = scheduling == "DAEMON"
    service = Service(
        arn=world.arn("ecs", f"service/{cluster.name}/{request['serviceName']}"),
        name=request["serviceName"],
        cluster=cluster,
        definition=definition,
        desired=0 if daemon else int(request.get("desiredCount") or 0),
        created=world.now(),
        created_by=call.caller,
        launch_type=launch,
        strategy=strategy,
        platform=request.get("platformVersion") or ("LATEST" if fargate else ""),
        scheduling=scheduling,
        controller=(request.get("deploymentController") or {}).get("type", "ECS"),
        minimum_percent=0 if daemon else 100,
        maximum_percent=100 if daemon else 200,
        load_balancers=list(request.get("loadBalancers") or ()),
        grace=request.get("healthCheckGracePeriodSeconds"),
        network=request.get("networkConfiguration") or {},
        exec_enabled=bool(request.get("enableExecuteCommand")),
        managed_tags=bool(request.get("enableECSManagedTags")),
        propagate_tags=request.get("propagateTags") or "NONE",
        zone_rebalancing=request.get("availabilityZoneRebalancing") or "DISABLED",
        role=world.arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", region=""),
        placement=list(request.get("placementStrategy") or ()),
        tags=render.tag_map(request.get("tags")),
    )
    _configure(service, request.get("deploymentConfiguration") or {})
    return service


def _check_shape(world: World, service: Service, request: Answer) -> None:
    count = request.get("desiredCount")
    if service.scheduling == "DAEMON" and count:
        raise refuse(NO_COUNT)
    check_count(count)
    check_percents(service.minimum_percent, service.maximum_percent, service.scheduling)
    check_network(service.definition, service.network)
    check_balancers(world, service.load_balancers, service.definition)


def _configure(service: Service, configuration: Answer) -> None:
    service.maximum_percent = int(configuration.get("maximumPercent", service.maximum_percent))
    service.minimum_percent = int(configuration.get("minimumHealthyPercent", service.minimum_percent))
    breaker = configuration.get("deploymentCircuitBreaker")
    if breaker is not None:
        service.breaker, service.rollback = bool(breaker["enable"]), bool(breaker["rollback"])
    if configuration.get("alarms") is not None:
        service.alarms = configuration["alarms"]


# Changing


@operation("ecs", "UpdateService")
def update_service(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    service = find_service(cluster, request["service"])
    if service.status != "ACTIVE":
        raise AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    _check_update(service, request)
    check_capacity(world, request)
    definition = find_definition(world, request["taskDefinition"]) if request.get("taskDefinition") else service.definition
    if request.get("loadBalancers") is not None:
        check_balancers(world, request["loadBalancers"], definition)
    configuration = request.get("deploymentConfiguration") or {}
    if "maximumPercent" in configuration or "minimumHealthyPercent" in configuration:
        lower = int(configuration.get("minimumHealthyPercent", service.minimum_percent))
        upper = int(configuration.get("maximumPercent", service.maximum_percent))
        check_percents(lower, upper, service.scheduling)
    _configure(service, configuration)
    if request.get("desiredCount") is not None:
        service.desired = int(request["desiredCount"])
    replaced = _apply(service, request)
    parts = engine(world)
    if service.controller == "ECS" and (request.get("forceNewDeployment") or replaced or definition is not service.definition):
        parts.scheduler.deployments.begin(service, definition)
    service.primary.desired = parts.scheduler.desired(service)
    service.steady = False
    parts.scheduler.wake(service)
    return {"service": render.service(service, tags=True)}


def _check_update(service: Service, request: Answer) -> None:
    kind = service.controller
    if service.scheduling == "DAEMON" and request.get("desiredCount") is not None:
        raise refuse(NO_COUNT)
    check_count(request.get("desiredCount"))
    if kind == "ECS":
        return
    use = "Use AWS CodeDeploy to trigger a new deployment." if kind == "CODE_DEPLOY" else "Use task sets to deploy."
    if request.get("taskDefinition"):
        raise refuse(f"Unable to update task definition on services with a {kind} deployment controller. {use}")
    if request.get("forceNewDeployment"):
        raise refuse(f"Cannot force a new deployment on services with a {kind} deployment controller. {use}")
    frozen = {
        "networkConfiguration": "network parameters",
        "platformVersion": "platform version",
        "loadBalancers": "load balancers",
        "capacityProviderStrategy": "capacity provider strategy",
    }
    for member, what in frozen.items():
        if request.get(member):
            raise refuse(f"Unable to update {what} on services with a {kind} deployment controller. {use}")


def _apply(service: Service, request: Answer) -> bool:
    """Take over the other members; True when one of them replaces the tasks."""
    replaced = False
    replacing = {
        "networkConfiguration": "network",
        "platformVersion": "platform",
        "loadBalancers": "load_balancers",
        "capacityProviderStrategy": "strategy",
    }
    quiet = {
        "healthCheckGracePeriodSeconds": "grace",
        "placementStrategy": "placement",
        "availabilityZoneRebalancing": "zone_rebalancing",
        "enableExecuteCommand": "exec_enabled",
        "enableECSManagedTags": "managed_tags",
        "propagateTags": "propagate_tags",
    }
    for member, attribute in replacing.items():
        value = request.get(member)
        if value is not None and value != getattr(service, attribute):
            setattr(service, attribute, value)
            replaced = True
    for member, attribute in quiet.items():
        if request.get(member) is not None:
            setattr(service, attribute, request[member])
    if request.get("capacityProviderStrategy"):
        service.launch_type = ""
    return replaced


@operation("ecs", "DeleteService")
def delete_service(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    service = find_service(cluster, request["service"])
    if service.status == "INACTIVE":
        raise AwsError("ServiceNotFoundException", "Service not found.")
    if service.desired and not request.get("force") and service.scheduling == "REPLICA":
        message = "The service cannot be stopped while it is scaled above 0."
        raise refuse(message)
    service.desired, service.status = 0, "DRAINING"
    service.primary.desired = 0
    for deployment in service.deployments:
        deployment.desired = 0
    parts = engine(world)
    parts.scheduler.wake(service)
    world.after(2.0, lambda: _drained(world, service))
    return {"service": render.service(service)}


def _drained(world: World, service: Service) -> None:
    """A DRAINING service becomes INACTIVE when its last task has stopped, and is forgotten later."""
    if service.tasks:
        for task in list(service.tasks.values()):
            engine(world).lifecycle.stop(task, "ServiceSchedulerInitiated", words.scaling(task.deployment))
        world.after(2.0, lambda: _drained(world, service))
        return
    service.status = "INACTIVE"
    if service.wake is not None:
        service.wake.cancel()
    world.after(GONE_AFTER, lambda: _forget(service))


def _forget(service: Service) -> None:
    if service.cluster.services.get(service.name) is service:
        del service.cluster.services[service.name]


@operation("ecs", "ListServicesByNamespace")
def list_services_by_namespace(world: World, request: Answer, call: Call) -> Answer:
    """No service of this world is in a Cloud Map namespace."""
    raise AwsError("NamespaceNotFoundException", "The specified namespace wasn't found.")
