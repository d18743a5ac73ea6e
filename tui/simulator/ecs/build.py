"""Builds the AWS half of the world from the scenario, as it stands after years of use: nothing begins at second 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.actors import Actors
from tui.simulator.ecs.alarms import Alarms
from tui.simulator.ecs.autoscaling import Autoscaling
from tui.simulator.ecs.balancers import BalancerState
from tui.simulator.ecs.build_balancers import build_balancers
from tui.simulator.ecs.build_scaling import ScalingBuilder
from tui.simulator.ecs.definitions import Families
from tui.simulator.ecs.engine import Engine
from tui.simulator.ecs.metrics import Metrics
from tui.simulator.ecs.objects import CapacityProvider, Cluster, ContainerInstance
from tui.simulator.ecs.restore import Restorer
from tui.simulator.ecs.state import EcsState

if TYPE_CHECKING:
    from tui.simulator.world import World

DAY = 86_400.0


def create(world: World) -> EcsState:
    """Fill ``world.state`` with ECS, its load balancers, metrics, scaling and logs, and set them moving."""
    ecs = world.state["ecs"] = EcsState(world)
    world.state["elbv2"] = BalancerState()
    engine = world.state["ecs-engine"] = Engine(world, ecs)
    _clusters(ecs)
    _instances(ecs)
    build_balancers(ecs)
    families = Families(ecs)
    restorer = Restorer(engine, families)
    for profile in profiles(ecs):
        restorer.service(profile)
    for profile in ecs.data.get("family", ()):
        families.build(profile, age_days=200, newest_hours=300)
    metrics = world.state["metrics"] = Metrics(engine)
    alarms = world.state["alarms"] = Alarms(world, metrics)
    alarms.heard_by.append(engine.scheduler.deployments.alarm)
    scaling = world.state["autoscaling"] = Autoscaling(engine, alarms)
    ScalingBuilder(engine, alarms, scaling).build()
    Actors(engine).begin()
    return ecs


def profiles(ecs: EcsState) -> list[dict[str, Any]]:
    """The scenario's services; in the large world with copies of the plain ones until there are enough."""
    services: list[dict[str, Any]] = list(ecs.data.get("service", ()))
    large = ecs.data.get("large")
    if ecs.world.size != "large" or not large:
        return services
    plain = [s for s in services if _plain(s)]
    missing = int(large["services"]) - len(services)
    tasks = int(large["tasks"]) - sum(int(s["desired"]) for s in services)
    copies = []
    for number in range(missing):
        source = plain[number % len(plain)]
        name = f"{source['name']}-{2 + number // len(plain)}"
        desired = tasks * (number + 1) // missing - tasks * number // missing
        copies.append({**source, "name": name, "image": source.get("image", source["name"]), "desired": desired})
    return services + copies


def _plain(profile: dict[str, Any]) -> bool:
    """Nothing is special about it, so that a copy tells no story twice."""
    special = ("failing", "rolling", "scaling", "alarm", "controller", "scheduling", "interrupted_every", "volume")
    fargate = profile.get("launch", "FARGATE") == "FARGATE"
    return fargate and profile["desired"] > 1 and not any(key in profile for key in special) and profile["name"] != "statements"


def _clusters(ecs: EcsState) -> None:
    for data in ecs.data.get("cluster", ()):
        name = data["name"]
        ecs.clusters[name] = Cluster(
            arn=ecs.world.arn("ecs", f"cluster/{name}"),
            name=name,
            providers=list(data["providers"]),
            default_strategy=[{"capacityProvider": data["providers"][0], "weight": 1, "base": 0}],
            settings={"containerInsights": "enabled" if data["insights"] else "disabled"},
            configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}},
            tags=dict(data["tags"]),
        )


def _instances(ecs: EcsState) -> None:
    world = ecs.world
    subnets = ecs.network["subnets"]
    for data in ecs.data.get("capacity_provider", ()):
        group = data["auto_scaling_group"]
        asg = world.arn("autoscaling", f"autoScalingGroup:{ecs.uuid()}:autoScalingGroupName/{group}")
        ecs.providers[data["name"]] = CapacityProvider(
            arn=world.arn("ecs", f"capacity-provider/{data['name']}"),
            name=data["name"],
            auto_scaling_group=asg,
            target_capacity=data["target_capacity"],
            minimum=data["minimum"],
            maximum=data["maximum"],
        )
        cluster = ecs.clusters[data["cluster"]]
        for number in range(data["instances"]):
            subnet = subnets[number % len(subnets)]
            instance_id = ecs.hex()
            cluster.instances[instance_id] = ContainerInstance(
                arn=world.arn("ecs", f"container-instance/{cluster.name}/{instance_id}"),
                id=instance_id,
                ec2=f"i-0{ecs.hex(16)}",
                type=data["instance_type"],
                zone=subnet["zone"],
                cpu=data["cpu"],
                memory=data["memory"],
                agent=data["agent"],
                provider=data["name"],
                registered=world.started - (11 + 3 * number) * DAY,
                ip=ecs.address(subnet),
                attributes={
                    "ecs.availability-zone": subnet["zone"],
                    "ecs.instance-type": data["instance_type"],
                    "ecs.os-type": "linux",
                    "ecs.cpu-architecture": "x86_64",
                    "ecs.ami-id": "ami-0b7a9d2f4e61c8350",
                    "ecs.subnet-id": subnet["id"],
                    "ecs.vpc-id": ecs.network["vpc"],
                },
            )
