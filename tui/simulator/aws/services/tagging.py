"""The Resource Groups Tagging API: tags of what this account's ECS, ECR and EKS know, across services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate

if TYPE_CHECKING:
    from tui.simulator.world import World


def tagged(world: World) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(resource type, ARN, tags) of everything that has tags."""
    for repository in world.state["ecr"].repositories.values():
        yield "ecr:repository", repository.arn, repository.tags
    for cluster in world.state["eks"].clusters.values():
        yield "eks:cluster", cluster.data["arn"], cluster.data["tags"]
    ecs = world.state.get("ecs")
    for one in ecs.clusters.values() if ecs is not None else ():
        yield "ecs:cluster", one.arn, one.tags
        for service in one.services.values():
            yield "ecs:service", service.arn, service.tags


@operation("resourcegroupstaggingapi", "GetResources")
def get_resources(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    types = request.get("ResourceTypeFilters")
    found = [
        {"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
        for kind, arn, tags in tagged(world)
        if tags and (not types or kind in types or kind.split(":")[0] in types) and _wanted(tags, request.get("TagFilters", ()))
    ]
    page, more = paginate(
        found,
        request,
        token_in="PaginationToken",
        token_out="PaginationToken",
        limit="ResourcesPerPage",
        error="PaginationTokenExpiredException",
    )
    return {"ResourceTagMappingList": list(page), "PaginationToken": "", **more}


def _wanted(tags: dict[str, str], filters: Any) -> bool:
    if any(not one.get("Key") for one in filters):
        raise AwsError("InvalidParameterException", "A tag filter must have a key.")
    return all(one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"]) for one in filters)
