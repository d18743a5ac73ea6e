"""Handlers: clusters, capacity providers, account settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import render
from tui.simulator.ecs.asking import ecs_state, find_cluster, missing, page, refuse
from tui.simulator.ecs.checks import check_provider
from tui.simulator.ecs.objects import CapacityProvider, Cluster
from tui.simulator.ecs.placement import FARGATE_PROVIDERS

if TYPE_CHECKING:
    from tui.simulator.world import World

Answer = dict[str, Any]


@operation("ecs", "ListClusters")
def list_clusters(world: World, request: Answer, call: Call) -> Answer:
    arns = [c.arn for c in ecs_state(world).clusters.values() if c.status != "INACTIVE"]
    chosen, more = page(arns, request)
    return {"clusterArns": chosen, **more}


@operation("ecs", "DescribeClusters")
def describe_clusters(world: World, request: Answer, call: Call) -> Answer:
    names = request.get("clusters") or ["default"]
    if len(names) > 100:
        raise refuse("Clusters cannot have more than 100 elements.")
    found, failures = [], []
    for name in names:
        cluster = ecs_state(world).cluster(name)
        if cluster is None:
            failures.append(missing(name if name.startswith("arn:") else world.arn("ecs", f"cluster/{name}")))
        else:
            found.append(render.cluster(cluster, request.get("include") or []))
    return {"clusters": found, "failures": failures}


@operation("ecs", "CreateCluster")
def create_cluster(world: World, request: Answer, call: Call) -> Answer:
    name = request.get("clusterName") or "default"
    clusters = ecs_state(world).clusters
    cluster = clusters.get(name)
    if cluster is None or cluster.status == "INACTIVE":
        cluster = clusters[name] = Cluster(
            arn=world.arn("ecs", f"cluster/{name}"),
            name=name,
            providers=list(request.get("capacityProviders") or ()),
            default_strategy=list(request.get("defaultCapacityProviderStrategy") or ()),
            settings={"containerInsights": "disabled"} | _settings(request),
            configuration=request.get("configuration") or {},
            tags=render.tag_map(request.get("tags")),
        )
    return {"cluster": render.cluster(cluster, ["TAGS", "SETTINGS"])}


def _settings(request: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    for setting in request.get("settings") or ():
        name, value = setting.get("name"), setting.get("value")
        if not name or value not in ("enabled", "disabled", "enhanced"):
            raise refuse("Invalid setting: containerInsights takes enabled, enhanced or disabled.")
        found[name] = value
    return found


@operation("ecs", "DeleteCluster")
def delete_cluster(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    if any(s.status == "ACTIVE" for s in cluster.services.values()):
        raise AwsError("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if cluster.instances:
        message = "The Cluster cannot be deleted while Container Instances are active or draining."
        raise AwsError("ClusterContainsContainerInstancesException", message)
    if any(t.last_status != "STOPPED" for t in cluster.tasks.values()):
        raise AwsError("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    cluster.status = "INACTIVE"
    return {"cluster": render.cluster(cluster, [])}


@operation("ecs", "UpdateClusterSettings")
def update_cluster_settings(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    cluster.settings |= _settings(request)
    return {"cluster": render.cluster(cluster, ["SETTINGS"])}


@operation("ecs", "UpdateCluster")
def update_cluster(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    cluster.settings |= _settings(request)
    cluster.configuration = request.get("configuration") or cluster.configuration
    return {"cluster": render.cluster(cluster, ["SETTINGS", "CONFIGURATIONS"])}


@operation("ecs", "PutClusterCapacityProviders")
def put_providers(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    for name in request["capacityProviders"]:
        check_provider(world, name)
    cluster.providers = list(request["capacityProviders"])
    cluster.default_strategy = list(request["defaultCapacityProviderStrategy"])
    return {"cluster": render.cluster(cluster, [])}


def provider(found: CapacityProvider, tags: bool) -> Answer:
    """A member of DescribeCapacityProviders."""
    return {
        "capacityProviderArn": found.arn,
        "name": found.name,
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": found.auto_scaling_group,
            "managedScaling": {
                "status": "ENABLED",
                "targetCapacity": found.target_capacity,
                "minimumScalingStepSize": 1,
                "maximumScalingStepSize": 10000,
                "instanceWarmupPeriod": 300,
            },
            "managedTerminationProtection": "DISABLED",
            "managedDraining": "ENABLED",
        },
        "tags": render.tag_list(found.tags) if tags else [],
    }


@operation("ecs", "DescribeCapacityProviders")
def describe_providers(world: World, request: Answer, call: Call) -> Answer:
    known = ecs_state(world).providers
    tags = "TAGS" in (request.get("include") or ())
    wanted = request.get("capacityProviders")
    names = [w.rsplit("/", 1)[-1] for w in wanted] if wanted else [*FARGATE_PROVIDERS, *known]
    answer: list[Answer] = []
    failures = []
    for name in names:
        if name in FARGATE_PROVIDERS:
            arn = world.arn("ecs", f"capacity-provider/{name}")
            kind = name
            answer.append({"capacityProviderArn": arn, "name": name, "status": "ACTIVE", "type": kind, "tags": []})
        elif name in known:
            answer.append(provider(known[name], tags))
        else:
            failures.append(missing(world.arn("ecs", f"capacity-provider/{name}")))
    size = int(request.get("maxResults") or 10)
    chosen, more = page([p["name"] for p in answer], {**request, "maxResults": size}, most=10)
    return {"capacityProviders": [p for p in answer if p["name"] in chosen], "failures": failures, **more}


@operation("ecs", "ListAccountSettings")
def list_settings(world: World, request: Answer, call: Call) -> Answer:
    settings = ecs_state(world).settings
    wanted = [n for n in settings if request.get("name") in (None, n) and request.get("value") in (None, settings[n])]
    if not request.get("effectiveSettings"):
        wanted = [n for n in wanted if n in ("containerInsights",)] if not request.get("name") else wanted
    chosen, more = page(wanted, request, default=10, most=10)
    principal = world.arn("iam", "root", region="")
    rows = [{"name": n, "value": settings[n], "principalArn": principal, "type": "user"} for n in chosen]
    return {"settings": rows, **more}


@operation("ecs", "PutAccountSetting")
def put_setting(world: World, request: Answer, call: Call) -> Answer:
    settings = ecs_state(world).settings
    if request["name"] not in settings:
        raise refuse(f"Setting name {request['name']} is invalid.")
    settings[request["name"]] = request["value"]
    principal = request.get("principalArn") or world.arn("iam", "root", region="")
    return {"setting": {"name": request["name"], "value": request["value"], "principalArn": principal, "type": "user"}}


@operation("ecs", "PutAccountSettingDefault")
def put_setting_default(world: World, request: Answer, call: Call) -> Answer:
    return put_setting(world, request, call) or {}


@operation("ecs", "DiscoverPollEndpoint")
def discover(world: World, request: Answer, call: Call) -> Answer:
    base = f"https://ecs-a-1.{world.region}.amazonaws.com/"
    return {"endpoint": base, "telemetryEndpoint": base.replace("ecs-a", "ecs-t"), "serviceConnectEndpoint": base}
