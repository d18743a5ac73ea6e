"""What the tests of the embedded world share: a world on a manual clock, and calls of handlers without a socket."""

from __future__ import annotations

from functools import cache
from typing import Any

import botocore.session

from tui.simulator.aws.registry import Call, find, load
from tui.simulator.aws.validation import answer_faults
from tui.simulator.clock import SimClock
from tui.simulator.ecs.build import create
from tui.simulator.ecs.objects import Service
from tui.simulator.world import World

CALLER = "arn:aws:sts::482913750164:assumed-role/PowerUser/tester"
load(("tui.simulator.ecs",))


def make(**options: Any) -> World:
    """A world on a clock that stands still until it is stepped."""
    world = World(clock=SimClock(manual=True), **options)
    create(world)
    return world


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def ask(world: World, service: str, operation: str, /, **request: Any) -> dict[str, Any]:
    """Call a handler; its answer must fit the service's model."""
    handler = find(service, operation)
    assert handler is not None, f"{service}:{operation}"
    answer = handler(world, request, Call(service, operation, world.region, world.account, CALLER)) or {}
    faults = answer_faults(_model(service).operation_model(operation).output_shape, answer)
    assert not faults, f"{service}:{operation}: {faults[:5]}"
    return answer


def service(world: World, cluster: str, name: str) -> Service:
    """The engine's own object."""
    found: Service = world.state["ecs"].clusters[cluster].services[name]
    return found


def described(world: World, cluster: str, name: str) -> dict[str, Any]:
    """DescribeServices of one."""
    return ask(world, "ecs", "DescribeServices", cluster=cluster, services=[name])["services"][0]


def new_revision(world: World, family: str, tag: str, **changes: Any) -> str:
    """Register a copy of a family's newest revision with another image tag; the new revision's ARN."""
    old = ask(world, "ecs", "DescribeTaskDefinition", taskDefinition=family)["taskDefinition"]
    allowed = _model("ecs").shape_for("RegisterTaskDefinitionRequest").members
    body = {k: v for k, v in old.items() if k in allowed}
    first = dict(body["containerDefinitions"][0])
    first["image"] = f"{first['image'].rsplit(':', 1)[0]}:{tag}"
    body["containerDefinitions"] = [first, *body["containerDefinitions"][1:]]
    return str(ask(world, "ecs", "RegisterTaskDefinition", **(body | changes))["taskDefinition"]["taskDefinitionArn"])


def until(world: World, test: Any, most: float, by: float = 1.0) -> float:
    """Step until ``test()`` holds; how long it took; fails after ``most`` seconds of the world's time."""
    began = world.now()
    while not test():
        assert world.now() - began < most, f"not within {most} s"
        world.step(by)
    return world.now() - began
