"""Task definition revisions: a new one made from the raw old one, which ones there are, which was the last good one.

What is registered is the JSON of DescribeTaskDefinition as it came, minus what only AWS writes, with one thing changed. It is
never built from what a parser understood: a parser drops members that its model does not know, and the new revision would
lose them. Where the model lacks a member the request could not carry it, so there is no new revision, and it is named.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from tui.actions.base import Context
from tui.actions.rowwise import UNSURE
from tui.actions.service import locator_of, short
from tui.model.errors import ApiError, Trouble
from tui.model.row import Row
from tui.model.scope import Scope

#: members of TaskDefinition that RegisterTaskDefinition does not take (service model; a test compares them)
READ_ONLY = frozenset(
    (
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "deregisteredAt",
        "deleteRequestedAt",
        "registeredBy",
    )
)

READS = (
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "ecs:ListServiceDeployments",
    "ecs:DescribeServiceRevisions",
)


async def read_whole(scope: Scope, arn: str, context: Context) -> dict[str, Any]:
    """``{"taskDefinition": …, "tags": […]}`` exactly as AWS sent it. Holds secrets: not for plans, not for the journal."""
    params = {"taskDefinition": arn, "include": ["TAGS"]}
    return await context.clients.aws(scope).read_raw("ecs", "DescribeTaskDefinition", params)


def registration(whole: Mapping[str, Any]) -> dict[str, Any]:
    """The request that registers the same revision again. Tags that AWS itself sets (``aws:``) cannot be given."""
    request = {name: copy.deepcopy(value) for name, value in whole["taskDefinition"].items() if name not in READ_ONLY}
    tags = [tag for tag in whole.get("tags") or [] if not str(tag.get("key", "")).startswith("aws:")]
    if tags:
        request["tags"] = copy.deepcopy(tags)
    return request


def with_image(request: Mapping[str, Any], container: str, image: str) -> dict[str, Any]:
    """``request`` with another image for ``container``. Raises ``KeyError`` where it has no such container."""
    changed = copy.deepcopy(dict(request))
    for definition in changed.get("containerDefinitions") or []:
        if definition.get("name") == container:
            definition["image"] = image
            return changed
    raise KeyError(container)


def images_of(whole: Mapping[str, Any]) -> dict[str, str]:
    """Container name to image."""
    return {c.get("name", ""): c.get("image", "") for c in whole["taskDefinition"].get("containerDefinitions") or []}


def main_container(whole: Mapping[str, Any], service: Mapping[str, Any]) -> str:
    """The container that a deploy most likely means: the one behind the load balancer, else the first essential one."""
    names = images_of(whole)
    for balancer in service.get("loadBalancers") or []:
        if balancer.get("containerName") in names:
            return str(balancer["containerName"])
    definitions = whole["taskDefinition"].get("containerDefinitions") or []
    return next((c["name"] for c in definitions if c.get("essential", True)), next(iter(names), ""))


async def family_revisions(scope: Scope, family: str, context: Context, limit: int = 20) -> list[str]:
    """ARNs of the family's ACTIVE revisions, newest first."""
    params = {"familyPrefix": family, "status": "ACTIVE", "sort": "DESC", "maxResults": limit}
    answer = await context.clients.aws(scope).read("ecs", "ListTaskDefinitions", params)
    # the prefix of a family is another family's name as well
    return [arn for arn in answer.get("taskDefinitionArns") or [] if short(arn).rpartition(":")[0] == family]


async def register(scope: Scope, request: Mapping[str, Any], context: Context) -> str:
    """Register once; the new revision's ARN. Where the answer was lost, the newest revision is read and compared."""
    port = context.clients.aws(scope)
    unknown = port.unknown_members("ecs", "RegisterTaskDefinitionRequest", request)
    if unknown:
        raise ApiError(Trouble.INVALID, unknown_words(unknown), operation="ecs:RegisterTaskDefinition")
    try:
        answer = await port.write("ecs", "RegisterTaskDefinition", request)
    except ApiError as error:
        found = await _registered(scope, request, context) if error.trouble in UNSURE else ""
        if not found:
            raise
        return found
    return str(answer["taskDefinition"]["taskDefinitionArn"])


async def _registered(scope: Scope, request: Mapping[str, Any], context: Context) -> str:
    """The newest revision of the request's family if it is the request's twin, else nothing."""
    newest = await family_revisions(scope, str(request["family"]), context, limit=1)
    if not newest:
        return ""
    twin = registration(await read_whole(scope, newest[0], context))
    return newest[0] if twin == dict(request) else ""


def unknown_words(members: Sequence[str]) -> str:
    """Why no new revision is made."""
    names = ", ".join(members)
    return f"the task definition has {names}, which this version's service model does not know: a new revision would lose it"


async def last_good(row: Row, service: Mapping[str, Any], context: Context) -> str:
    """The ARN of the revision that last ran well and is not the current one; empty where none is known.

    From the service's successful deployments; where those cannot be read, from a completed deployment that still drains,
    else the revision before the current one.
    """
    current = str(service.get("taskDefinition", ""))
    for deployment in service.get("deployments") or []:
        if deployment.get("rolloutState") == "COMPLETED" and deployment.get("taskDefinition") != current:
            return str(deployment["taskDefinition"])
    try:
        found = await _from_history(row, current, context)
    except ApiError:
        found = ""
    if found:
        return found
    family, _, number = short(current).rpartition(":")
    older = [arn for arn in await family_revisions(row.scope, family, context) if _number(arn) < int(number or 0)]
    return older[0] if older else ""


async def _from_history(row: Row, current: str, context: Context) -> str:
    port = context.clients.aws(row.scope)
    params = {**locator_of(row), "status": ["SUCCESSFUL"], "maxResults": 20}
    answer = await port.read("ecs", "ListServiceDeployments", params)
    deployments = sorted(answer.get("serviceDeployments") or [], key=lambda d: str(d.get("createdAt", "")), reverse=True)
    targets = list(dict.fromkeys(d["targetServiceRevisionArn"] for d in deployments if d.get("targetServiceRevisionArn")))
    if not targets:
        return ""
    revisions = await port.read("ecs", "DescribeServiceRevisions", {"serviceRevisionArns": targets[:20]})
    made = {r.get("serviceRevisionArn"): r.get("taskDefinition", "") for r in revisions.get("serviceRevisions") or []}
    return next((str(made[t]) for t in targets if made.get(t) and made[t] != current), "")


def _number(arn: str) -> int:
    number = arn.rpartition(":")[2]
    return int(number) if number.isdigit() else 0
