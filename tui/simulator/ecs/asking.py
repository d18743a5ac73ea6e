"""What ECS handlers share: finding what a request names, AWS's refusals, limits and pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, paginate
from tui.simulator.ecs.state import EcsState, state

if TYPE_CHECKING:
    from tui.simulator.ecs.objects import Cluster, Service
    from tui.simulator.ecs.revisions import TaskDefinition
    from tui.simulator.world import World


def refuse(message: str) -> AwsError:
    """InvalidParameterException."""
    return AwsError("InvalidParameterException", message)


def find_cluster(world: World, request: dict[str, Any]) -> Cluster:
    """The cluster that a request names (``default`` when it names none)."""
    found = state(world).cluster(request.get("cluster"))
    if found is None or found.status == "INACTIVE":
        raise AwsError("ClusterNotFoundException", "Cluster not found.")
    return found


def find_service(cluster: Cluster, reference: str) -> Service:
    """A service by name or ARN."""
    found = cluster.services.get(reference.rsplit("/", 1)[-1])
    if found is None or (reference.startswith("arn:") and found.arn != reference):
        raise AwsError("ServiceNotFoundException", "Service not found.")
    return found


def find_definition(world: World, reference: str) -> TaskDefinition:
    """An ACTIVE task definition to run."""
    found = state(world).definition(reference)
    if found is None:
        raise AwsError("ClientException", "TaskDefinition not found.")
    if found.status != "ACTIVE":
        raise AwsError("ClientException", "TaskDefinition is inactive")
    return found


def at_most(items: Sequence[Any], most: int, what: str) -> None:
    """Refuse a batch that is too long."""
    if len(items) > most:
        raise refuse(f"{what} can have at most {most} items.")


def page(
    items: Sequence[str], request: dict[str, Any], *, default: int = 100, most: int = 100
) -> tuple[list[str], dict[str, str]]:
    """One page of ARNs and the token of the next."""
    size = request.get("maxResults")
    if size is not None and not 1 <= int(size) <= most:
        raise refuse(f"maxResults must be between 1 and {most}.")
    chosen, more = paginate(items, request, default=default)
    return list(chosen), more


def missing(arn: str, reason: str = "MISSING", detail: str = "") -> dict[str, str]:
    """A member of ``failures``."""
    return {"arn": arn, "reason": reason, **({"detail": detail} if detail else {})}


def full_arn(world: World, kind: str, cluster: Cluster, reference: str) -> str:
    """The ARN that a short id would have, for ``failures``."""
    return reference if reference.startswith("arn:") else world.arn("ecs", f"{kind}/{cluster.name}/{reference}")


def ecs_state(world: World) -> EcsState:
    """The state, re-exported for handlers."""
    return state(world)
