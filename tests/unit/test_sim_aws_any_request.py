"""Whatever a client sends, an AWS handler answers or refuses in AWS's words: it never fails, and never answers off its model.

Requests are drawn from botocore's models, with names that exist in the world for most members, so that they get past the
first check. One world takes all of them and moves in between.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from tui.simulator.assembly import Assembly
from tui.simulator.aws import registry, validation
from tui.simulator.aws.models import operation_model
from tui.simulator.aws.registry import AwsError, Call
from tui.simulator.ecs.balancers import balancers

CALLER = "arn:aws:sts::482913750164:assumed-role/PowerUser/demo"
WORDS = ["", "x", "*", "-1", "é😀", "a" * 300, "arn:", "{}", "[]", "null", "%x%", "latest", "FARGATE", "mara", "bin(5m)", "{"]
FILTERS = ["ERROR", "?a ?b", '"x y"', "-a", "{ $.x IS NULL }", "[a,b,c=200,...]", "[ip, ..., x>4]", "{", "[", "%(%", "%a.b%"]
FILTERS += ['{ $.level = "error" && $.a.b[0] > 3 }', "{ ($.a=1)||($.b=*x*) }", "{ $.a NOT EXISTS }", '"a', "{ $.a = }", "&&"]
QUERIES = ["fields @timestamp, @message | sort @timestamp desc | limit 5", "stats count(*) by bin(1m)", "bogus", "fields"]
QUERIES += ["filter @message like /x(/ | limit 1", 'parse @message "* *" as a,b', "stats avg(", "limit x", "|", "filter a in ["]
MATHS = ["m1", "m1*2", "SUM(METRICS())", "m1/0", "(", "m1 m2", "IF(m1>3,m1,0)", "FILL(m1,0)", "RATE(m1)", "-", "m1 +", "é"]
MATHS += ["SEARCH('{AWS/ECS,ClusterName,ServiceName} CPUUtilization','Average',60)", "SEARCH('{','')"]
POLICIES = ["{}", "[]", '{"Statement":[1]}', '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}']
LIFECYCLES = ['{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":3},'
              '"action":{"type":"expire"}}]}', '{"rules":[{}]}' + " " * 100, '{"rules":1}' + " " * 100]  # fmt: skip


class Requests:
    """Draws requests for one world."""

    def __init__(self, assembly: Assembly, seed: int) -> None:
        self.random = random.Random(seed)
        self.world = assembly.world

    def known(self) -> dict[str, list[str]]:
        """Names that hold for a member, most of them of things that are there."""
        clusters = self.world.state["ecs"].clusters
        services = [s for c in clusters.values() for s in c.services.values()]
        tasks = [t for c in clusters.values() for t in c.tasks.values()]
        groups = list(balancers(self.world).groups)
        names = [s.name for s in services]
        arns = [s.arn for s in services]
        tasks_known = [t.arn for t in tasks] + [t.id for t in tasks[:5]]
        return {
            "cluster": list(clusters),
            "service": names + arns[:5],
            "services": names,
            "serviceName": names,
            "task": tasks_known,
            "tasks": tasks_known,
            "taskDefinition": ["checkout", "checkout:42", "search", "log-agent", "mailer:1"],
            "resourceArn": arns + groups + [c.arn for c in clusters.values()],
            "repositoryName": ["checkout", "shop-api", "search", "media"],
            "imageTag": ["1.8.2", "latest", "1.8.1"],
            "lifecyclePolicyText": LIFECYCLES,
            "logGroupName": ["/ecs/shop/checkout", "/ecs/shop/search"],
            "logGroupIdentifier": ["/ecs/shop/checkout"],
            "logGroupNames": ["/ecs/shop/checkout"],
            "filterPattern": FILTERS,
            "queryString": QUERIES,
            "TargetGroupArn": groups,
            "clusterName": ["shop-1"],
            "name": ["shop-1", "shop", "checkout", "default", "mailer"],
            "nodegroupName": ["general", "spot"],
            "ServiceNamespace": ["ecs"],
            "ScalableDimension": ["ecs:service:DesiredCount"],
            "ResourceId": ["service/shop/search", "service/shop/checkout", "service/shop"],
            "Namespace": ["AWS/ECS", "AWS/ApplicationELB"],
            "MetricName": ["CPUUtilization", "MemoryUtilization", "RequestCount"],
            "Expression": MATHS,
            "Id": ["m1", "m2", "e1"],
            "RoleName": ["PowerUser"],
            "PolicyInputList": POLICIES,
            "capacityProvider": ["FARGATE", "FARGATE_SPOT", "batch-ec2", "nope"],
        }

    def draw(self, shape: Any, name: str, known: dict[str, list[str]], depth: int = 0) -> Any:
        """A value of a shape, within its bounds."""
        kind, roll = shape.type_name, self.random
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if kind == "structure":
            return self._structure(shape, known, depth)
        if kind == "list":
            count = max(int(low or 0), roll.choice([0, 1, 1, 2, 3]) if depth < 6 else 0)
            return [self.draw(shape.member, name, known, depth + 1) for _ in range(count)]
        if kind == "map":
            pairs = range(roll.choice([0, 1, 2]))
            return {self.draw(shape.key, "", known, depth + 1): self.draw(shape.value, "", known, depth + 1) for _ in pairs}
        if kind == "boolean":
            return roll.random() < 0.5
        if kind in validation.NUMERIC:
            numbers = [0, 1, 2, 5, 10, 100, -1, 2**31 - 1, int(self.world.now()), int(self.world.now() * 1000)]
            fit = [n for n in numbers if (low is None or n >= low) and (high is None or n <= high)]
            chosen = roll.choice(fit or [int(low or 0)])
            return chosen if kind in ("integer", "long") else float(chosen)
        if kind == "timestamp":
            return roll.choice([0.0, *(self.world.now() + s for s in (0, -60, -3600, 3600, -86400 * 400))])
        if kind == "blob":
            return b"abc"
        return self._text(shape, name, known)

    def _structure(self, shape: Any, known: dict[str, list[str]], depth: int) -> dict[str, Any]:
        chance = 0.45 if depth < 2 else 0.25 if depth < 6 else 0.0
        wanted = [n for n in shape.members if n in shape.required_members or self.random.random() < chance]
        return {n: self.draw(shape.members[n], n, known, depth + 1) for n in wanted}

    def _text(self, shape: Any, name: str, known: dict[str, list[str]]) -> str:
        if getattr(shape, "enum", None):
            return str(self.random.choice(shape.enum))
        if known.get(name) and self.random.random() < 0.8:
            return self.random.choice(known[name])
        low, high = int(shape.metadata.get("min") or 0), int(shape.metadata.get("max") or 1000)
        return self.random.choice([w for w in WORDS if low <= len(w) <= high] or ["x" * low])


def failures(seed: int, rounds: int) -> Iterator[str]:
    """What went wrong that should not, over ``rounds`` requests to every operation."""
    assembly = Assembly(manual_clock=True, strict=True)
    requests = Requests(assembly, seed)
    for _ in range(rounds):
        known = requests.known()
        for service, name in sorted(registry._handlers):
            shape = operation_model(service, name).input_shape
            body = requests.draw(shape, "", known) if shape is not None else {}
            try:
                yield from _asked(assembly, service, name, body)
            except AwsError as refused:
                if not refused.code or refused.status >= 500:
                    yield f"{service}:{name} {body}: {refused.status} {refused}"
        assembly.step(requests.random.choice([1, 5, 30]))


def _asked(assembly: Assembly, service: str, name: str, body: dict[str, Any]) -> Iterator[str]:
    operation, world = operation_model(service, name), assembly.world
    validation.check(service, "json", operation, body)
    handler = registry.find(service, name)
    assert handler is not None
    answer = handler(world, body, Call(service, name, world.region, world.account, CALLER)) or {}
    yield from (f"{service}:{name} {body}: {fault}" for fault in validation.answer_faults(operation.output_shape, answer))


@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_that_the_model_allows_makes_a_handler_fail(seed: int) -> None:
    found = list(failures(seed, 30))
    assert not found, "\n".join(found[:10])


@pytest.mark.long
def test_nor_does_any_of_very_many() -> None:
    found = [fault for seed in range(10, 14) for fault in failures(seed, 150)]
    assert not found, "\n".join(found[:10])
