"""Secrets in both worlds: sixteen values of our own, and four that belong to this run."""

from __future__ import annotations

import json
import ssl
import urllib.request
from typing import Any

from tests.embedded import World
from tests.outside import client
from tests.waiting import PATIENCE

AWS_VALUES = [f"planted-aws-{number:02}-8c1f" for number in range(8)]
KUBE_VALUES = [f"planted-k8s-{number:02}-77ab" for number in range(8)]
KEPT = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "requiresCompatibilities")


def planted(world: World) -> list[str]:
    """The values, and this run's own: the secret key, the cluster's token and its header, the control's secret."""
    own = world.running
    key = own.env["AWS_SECRET_ACCESS_KEY"]
    return [*AWS_VALUES, *KUBE_VALUES, key, own.kubernetes_token, own.secret, f"Bearer {own.kubernetes_token}"]


def plant_aws(world: World) -> None:
    """Environment values in a revision that runs, one of them a URL with a password, and one in a task's overrides."""
    ecs = client(world.running.env, "ecs")
    whole = ecs.describe_task_definition(taskDefinition="ledger")["taskDefinition"]
    request = {name: whole[name] for name in (*KEPT, "cpu", "memory") if name in whole}
    first = request["containerDefinitions"][0]
    values = [{"name": f"PLANTED_{n}", "value": value} for n, value in enumerate(AWS_VALUES[:6])]
    url = {"name": "DATABASE_URL", "value": f"postgres://app:{AWS_VALUES[6]}@db/app"}
    first["environment"] = [*first.get("environment", []), *values, url]
    revision = ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster="pay", service="ledger", taskDefinition=revision)
    network = ecs.describe_services(cluster="pay", services=["ledger"])["services"][0]["networkConfiguration"]
    overrides = {"containerOverrides": [{"name": first["name"], "environment": [{"name": "ONCE", "value": AWS_VALUES[7]}]}]}
    ecs.run_task(cluster="pay", taskDefinition=revision, launchType="FARGATE", overrides=overrides, networkConfiguration=network)


def kubernetes(world: World, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
    """What the cluster's administrator asks for."""
    context = ssl.create_default_context(cadata=world.running.ca)
    headers = {"Authorization": f"Bearer {world.running.kubernetes_token}", "Content-Type": kind}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(world.running.kubernetes + path, data, headers, method=method)
    with urllib.request.urlopen(request, context=context, timeout=PATIENCE) as answer:
        return json.load(answer)


def plant_kubernetes(world: World) -> None:
    """Environment values of a Deployment's containers and the copy that kubectl apply keeps of them; a Secret's data."""
    path = "/apis/apps/v1/namespaces/monitoring/deployments/grafana"
    name = kubernetes(world, "GET", path)["spec"]["template"]["spec"]["containers"][0]["name"]
    env = [{"name": f"PLANTED_{n}", "value": value} for n, value in enumerate(KUBE_VALUES[:4])]
    copy = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"env": KUBE_VALUES[4]})}
    pods = {"spec": {"containers": [{"name": name, "env": env}]}}
    body = {"metadata": {"annotations": copy}, "spec": {"template": pods}}
    kubernetes(world, "PATCH", path, body, "application/strategic-merge-patch+json")
    data = dict(zip("abc", KUBE_VALUES[5:], strict=True))
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "planted"}, "stringData": data}
    kubernetes(world, "POST", "/api/v1/namespaces/monitoring/secrets", secret)
