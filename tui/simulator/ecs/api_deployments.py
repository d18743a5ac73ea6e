"""Handlers: service deployments, service revisions, task sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation
from tui.simulator.ecs import render
from tui.simulator.ecs.asking import ecs_state, find_cluster, find_service, missing, page, refuse
from tui.simulator.ecs.engine import engine

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Service
    from tui.simulator.ecs.revisions import ServiceDeployment
    from tui.simulator.world import World

Answer = dict[str, Any]
MOST = 20
STOPPABLE = ("PENDING", "IN_PROGRESS")


def _find(world: World, arn: str) -> tuple[Service, ServiceDeployment] | None:
    parts = arn.split("/")
    if len(parts) != 4 or ":service-deployment/" not in arn:
        raise refuse(f"Invalid service deployment ARN: {arn}")
    cluster = ecs_state(world).clusters.get(parts[1])
    service = cluster.services.get(parts[2]) if cluster else None
    record = next((r for r in service.history if r.arn == arn), None) if service else None
    return (service, record) if service and record else None


@operation("ecs", "ListServiceDeployments")
def list_service_deployments(world: World, request: Answer, call: Call) -> Answer:
    cluster = find_cluster(world, request)
    service = find_service(cluster, request["service"])
    created = request.get("createdAt") or {}
    after, before = _epoch(created.get("after"), 0.0), _epoch(created.get("before"), float("inf"))
    wanted = request.get("status")
    rows = [
        {
            "serviceDeploymentArn": r.arn,
            "serviceArn": service.arn,
            "clusterArn": cluster.arn,
            "startedAt": r.created + 0.8,
            "createdAt": r.created,
            "targetServiceRevisionArn": r.target,
            "status": r.status,
            **({"finishedAt": r.finished} if r.finished else {}),
            **({"statusReason": r.reason} if r.reason else {}),
        }
        for r in reversed(service.history)
        if (not wanted or r.status in wanted) and after <= r.created <= before
    ]
    chosen, more = page([str(r["serviceDeploymentArn"]) for r in rows], request, default=20)
    keep = set(chosen)
    return {"serviceDeployments": [r for r in rows if r["serviceDeploymentArn"] in keep], **more}


def _epoch(value: Any, otherwise: float) -> float:
    if value is None:
        return otherwise
    return float(value.timestamp()) if hasattr(value, "timestamp") else float(value)


@operation("ecs", "DescribeServiceDeployments")
def describe_service_deployments(world: World, request: Answer, call: Call) -> Answer:
    arns = request["serviceDeploymentArns"]
    if len(arns) > MOST:
        raise refuse(f"serviceDeploymentArns cannot have more than {MOST} elements.")
    found, failures = [], []
    for arn in arns:
        pair = _find(world, arn)
        if pair is None:
            failures.append(missing(arn))
        else:
            found.append(render.service_deployment(world, *pair))
    return {"serviceDeployments": found, "failures": failures}


@operation("ecs", "DescribeServiceRevisions")
def describe_service_revisions(world: World, request: Answer, call: Call) -> Answer:
    arns = request["serviceRevisionArns"]
    if len(arns) > MOST:
        raise refuse(f"serviceRevisionArns cannot have more than {MOST} elements.")
    found, failures = [], []
    lifecycle = engine(world).lifecycle
    for arn in arns:
        revision = ecs_state(world).revision(arn)
        if revision is None:
            failures.append(missing(arn))
            continue
        images = [{**i, "imageDigest": lifecycle.digest(i["image"])} for i in revision.data["containerImages"]]
        images = [{k: v for k, v in i.items() if v} for i in images]
        found.append({**revision.data, "containerImages": images})
    return {"serviceRevisions": found, "failures": failures}


@operation("ecs", "StopServiceDeployment")
def stop_service_deployment(world: World, request: Answer, call: Call) -> Answer:
    pair = _find(world, request["serviceDeploymentArn"])
    if pair is None:
        raise AwsError("ServiceDeploymentNotFoundException", "Service deployment not found.")
    service, record = pair
    if record.status not in STOPPABLE:
        raise AwsError("ConflictException", f"The service deployment is in a state that cannot be stopped: {record.status}.")
    back = (request.get("stopType") or "ROLLBACK") == "ROLLBACK"
    engine(world).scheduler.deployments.stop(service, record, rollback=back)
    return {"serviceDeploymentArn": record.arn}


@operation("ecs", "DescribeTaskSets")
def describe_task_sets(world: World, request: Answer, call: Call) -> Answer:
    service = find_service(find_cluster(world, request), request["service"])
    if service.controller == "ECS":
        raise refuse("The service uses the ECS deployment controller, which has no task sets.")
    wanted = request.get("taskSets")
    found = [render.task_set(service, d) for d in service.deployments]
    chosen = [t for t in found if not wanted or t["taskSetArn"] in wanted or t["id"] in wanted]
    known = {t["taskSetArn"] for t in found} | {t["id"] for t in found}
    return {"taskSets": chosen, "failures": [missing(w) for w in wanted or () if w not in known]}
