"""Load balancers, listeners, rules and target groups of the scenario: a service's ``listen`` says which and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.ecs.balancers import Listener, LoadBalancer, Rule, TargetGroup, balancers

if TYPE_CHECKING:
    from tui.simulator.ecs.state import EcsState


def build_balancers(ecs: EcsState) -> None:
    """Every ``[[load_balancer]]`` with its listener; rules and groups come with the services."""
    world = ecs.world
    state = balancers(world)
    for data in ecs.data.get("load_balancer", ()):
        application = data["type"] == "application"
        short, name = ("app" if application else "net"), data["name"]
        number = ecs.hex(16)
        arn = world.arn("elasticloadbalancing", f"loadbalancer/{short}/{name}/{number}")
        prefix = "internal-" if data["scheme"] == "internal" else ""
        balancer = LoadBalancer(
            arn=arn,
            name=name,
            kind=data["type"],
            scheme=data["scheme"],
            dns=f"{prefix}{name}-{ecs.digits(9)}.{world.region}.elb.amazonaws.com",
            created=world.started - 500 * 86_400,
            vpc=ecs.network["vpc"],
            zones=[{"ZoneName": s["zone"], "SubnetId": s["id"], "LoadBalancerAddresses": []} for s in ecs.network["subnets"]],
            security_groups=["sg-0a9b8c7d6e5f41230"] if application else [],
            attributes={"deletion_protection.enabled": "true", "idle_timeout.timeout_seconds": "60"},
            tags=dict(data.get("tags", {})),
        )
        state.balancers[arn] = balancer
        if application:
            listener_arn = world.arn("elasticloadbalancing", f"listener/{short}/{name}/{number}/{ecs.hex(16)}")
            certificate = world.arn("acm", f"certificate/{ecs.uuid()}")
            refuse = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
            rule = Rule(listener_arn.replace(":listener/", ":listener-rule/") + f"/{ecs.hex(16)}", "default", [], [refuse])
            balancer.listeners.append(Listener(listener_arn, 443, "HTTPS", [rule], certificate))


def group_for(ecs: EcsState, profile: dict[str, Any]) -> TargetGroup | None:
    """The target group of a service's ``listen``, with a rule (or listener) in front of it."""
    listen = profile.get("listen")
    if not listen:
        return None
    world = ecs.world
    state = balancers(world)
    name, _, path = str(listen).partition("/")
    balancer = next(b for b in state.balancers.values() if b.name == name)
    title = f"{profile['cluster']}-{profile['name']}"[:32]
    group = TargetGroup(
        arn=world.arn("elasticloadbalancing", f"targetgroup/{title}/{ecs.hex(16)}"),
        name=title,
        protocol="HTTP" if balancer.kind == "application" else "TCP",
        port=int(profile["port"]),
        kind="ip",
        vpc=ecs.network["vpc"],
        path="/health",
        interval=int(profile.get("health_interval") or ecs.timing.get("health_interval", 5)),
        balancers=[balancer.arn],
        attributes={
            "deregistration_delay.timeout_seconds": str(int(ecs.timing.get("draining", 10))),
            "stickiness.enabled": "false",
            "load_balancing.algorithm.type": "round_robin",
        },
    )
    state.groups[group.arn] = group
    _route(ecs, balancer, group, path)
    return group


def _route(ecs: EcsState, balancer: LoadBalancer, group: TargetGroup, path: str) -> None:
    forward: dict[str, Any] = {
        "Type": "forward",
        "TargetGroupArn": group.arn,
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group.arn, "Weight": 1}]},
    }
    if balancer.kind == "network":
        suffix = balancer.arn.split(":loadbalancer/", 1)[1]
        arn = ecs.world.arn("elasticloadbalancing", f"listener/{suffix}/{ecs.hex(16)}")
        rule = Rule(arn.replace(":listener/", ":listener-rule/") + f"/{ecs.hex(16)}", "default", [], [forward])
        balancer.listeners.append(Listener(arn, int(path or group.port), "TCP", [rule]))
        return
    listener = balancer.listeners[0]
    base = listener.arn.replace(":listener/", ":listener-rule/")
    if not path:
        listener.rules[-1].actions = [forward]
        return
    values = [f"/{path}", f"/{path}/*"]
    condition = {"Field": "path-pattern", "Values": values, "PathPatternConfig": {"Values": values}}
    listener.rules.insert(-1, Rule(f"{base}/{ecs.hex(16)}", str(len(listener.rules)), [condition], [forward]))
