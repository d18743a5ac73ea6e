"""Amazon ECR: repositories, their tags, tokens. Images stand in ``ecr_images``, scans and policies in ``ecr_policies``."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.ecr_state import EcrState, Repository

if TYPE_CHECKING:
    from tui.simulator.world import World

TOKEN_LIFE = 12 * 3600
NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")


def state_of(world: World) -> EcrState:
    """The registry of a world."""
    state: EcrState = world.state["ecr"]
    return state


def repository_of(world: World, request: dict[str, Any]) -> Repository:
    """The request's repository, or AWS's refusal."""
    name = request["repositoryName"]
    if request.get("registryId", world.account) == world.account and name in state_of(world).repositories:
        return state_of(world).repositories[name]
    registry = request.get("registryId", world.account)
    raise AwsError(
        "RepositoryNotFoundException",
        f"The repository with name '{name}' does not exist in the registry with id '{registry}'",
    )


def repository_by_arn(world: World, arn: str) -> Repository:
    """The repository of a tag operation's ARN."""
    name = arn.partition(":repository/")[2]
    return repository_of(world, {"repositoryName": name})


def describe(world: World, repository: Repository) -> dict[str, Any]:
    """The API's ``Repository``."""
    return {
        "repositoryArn": repository.arn,
        "registryId": world.account,
        "repositoryName": repository.name,
        "repositoryUri": repository.uri,
        "createdAt": repository.created,
        "imageTagMutability": repository.mutability,
        "imageScanningConfiguration": {"scanOnPush": repository.scan_on_push},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }


@operation("ecr", "DescribeRepositories")
def describe_repositories(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    names = request.get("repositoryNames")
    if names:
        return {"repositories": [describe(world, repository_of(world, {"repositoryName": name})) for name in names]}
    found = [state_of(world).repositories[name] for name in sorted(state_of(world).repositories)]
    page, more = paginate(found, request)
    return {"repositories": [describe(world, repository) for repository in page], **more}


@operation("ecr", "CreateRepository")
def create_repository(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    name = request["repositoryName"]
    if not NAME.fullmatch(name):
        raise AwsError(
            "InvalidParameterException",
            "Invalid parameter at 'repositoryName' failed to satisfy constraint: "
            f"'must satisfy regular expression '{NAME.pattern}''",
        )
    if name in state_of(world).repositories:
        raise AwsError(
            "RepositoryAlreadyExistsException",
            f"The repository with name '{name}' already exists in the registry with id '{world.account}'",
        )
    repository = state_of(world).create(name, world.now())
    repository.mutability = request.get("imageTagMutability", "MUTABLE")
    repository.scan_on_push = request.get("imageScanningConfiguration", {}).get("scanOnPush", False)
    repository.tags = {tag["Key"]: tag.get("Value", "") for tag in request.get("tags", ())}
    return {"repository": describe(world, repository)}


@operation("ecr", "DeleteRepository")
def delete_repository(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    if repository.images and not request.get("force"):
        raise AwsError(
            "RepositoryNotEmptyException",
            f"The repository with name '{repository.name}' in registry with id '{world.account}' "
            "cannot be deleted because it still contains images",
        )
    del state_of(world).repositories[repository.name]
    return {"repository": {k: v for k, v in describe(world, repository).items() if "Configuration" not in k}}


@operation("ecr", "GetAuthorizationToken")
def get_authorization_token(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    token = base64.b64encode(f"AWS:{world.random(call.request_id).getrandbits(512):x}".encode()).decode()
    entry = {"authorizationToken": token, "expiresAt": world.now() + TOKEN_LIFE, "proxyEndpoint": f"https://{world.registry}"}
    return {"authorizationData": [entry]}


@operation("ecr", "DescribeRegistry")
def describe_registry(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"registryId": world.account, "replicationConfiguration": {"rules": []}}


@operation("ecr", "ListTagsForResource")
def list_tags(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_by_arn(world, request["resourceArn"])
    return {"tags": [{"Key": key, "Value": value} for key, value in repository.tags.items()]}


@operation("ecr", "TagResource")
def tag_resource(world: World, request: dict[str, Any], call: Call) -> None:
    repository_by_arn(world, request["resourceArn"]).tags.update({tag["Key"]: tag.get("Value", "") for tag in request["tags"]})


@operation("ecr", "UntagResource")
def untag_resource(world: World, request: dict[str, Any], call: Call) -> None:
    repository = repository_by_arn(world, request["resourceArn"])
    repository.tags = {key: value for key, value in repository.tags.items() if key not in request["tagKeys"]}
