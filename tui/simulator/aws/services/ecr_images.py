"""Amazon ECR's images: listing, describing, pulling manifests and config blobs, pushing, retagging, deleting."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.ecr import repository_of
from tui.simulator.aws.services.ecr_state import DOCKER, OCI_INDEX, Image, Repository, digest

if TYPE_CHECKING:
    from tui.simulator.world import World


def image_of(repository: Repository, wanted: dict[str, str]) -> Image | None:
    """The image that an ImageIdentifier (digest, tag or both) names."""
    tag, sha = wanted.get("imageTag"), wanted.get("imageDigest")
    image = repository.images.get(sha) if sha else repository.tagged(tag or "")
    return None if image is None or (sha and tag and tag not in image.tags) else image


def words_of(wanted: dict[str, str]) -> str:
    """An ImageIdentifier in AWS's sentences."""
    return f"{{imageDigest:'{wanted.get('imageDigest', 'null')}', imageTag:'{wanted.get('imageTag', 'null')}'}}"


def missing_image(world: World, repository: Repository, wanted: dict[str, str]) -> AwsError:
    """AWS's words for an image that is not there."""
    return AwsError(
        "ImageNotFoundException",
        f"The image with imageId {words_of(wanted)} "
        f"does not exist within the repository with name '{repository.name}' in the registry with id '{world.account}'",
    )


def in_order(images: Iterable[Image]) -> list[Image]:
    """A stable order that is none a user would want, as ECR's is."""
    return sorted(images, key=lambda image: image.digest)


def filtered(images: Iterable[Image], request: dict[str, Any]) -> list[Image]:
    """The images of ``filter.tagStatus``."""
    status = request.get("filter", {}).get("tagStatus", "ANY")
    return [image for image in images if status == "ANY" or (status == "TAGGED") == bool(image.tags)]


@operation("ecr", "ListImages")
def list_images(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    ids: list[dict[str, str]] = []
    for image in in_order(filtered(repository.images.values(), request)):
        ids += [{"imageDigest": image.digest, "imageTag": tag} for tag in image.tags] or [{"imageDigest": image.digest}]
    page, more = paginate(ids, request)
    return {"imageIds": list(page), **more}


@operation("ecr", "DescribeImages")
def describe_images(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    if request.get("imageIds"):
        if request.get("nextToken") or request.get("maxResults"):
            raise AwsError("InvalidParameterException", "maxResults and nextToken cannot be used with imageIds")
        details = []
        for wanted in request["imageIds"]:
            image = image_of(repository, wanted)
            if image is None:
                raise missing_image(world, repository, wanted)
            details.append(detail(world, repository, image))
        return {"imageDetails": details}
    page, more = paginate(in_order(filtered(repository.images.values(), request)), request)
    return {"imageDetails": [detail(world, repository, image) for image in page], **more}


def detail(world: World, repository: Repository, image: Image) -> dict[str, Any]:
    """The API's ``ImageDetail``; what does not apply is left out."""
    found: dict[str, Any] = {
        "registryId": world.account,
        "repositoryName": repository.name,
        "imageDigest": image.digest,
        "imageSizeInBytes": image.size,
        "imagePushedAt": image.pushed,
        "imageManifestMediaType": image.media_type,
        "imageStatus": "ACTIVE",
    }
    if image.tags:
        found["imageTags"] = list(image.tags)
    if not image.is_list:
        found["artifactMediaType"] = config_type(image)
    if image.scan_status:
        found["imageScanStatus"] = scan_status(image)
    if image.scan_status == "COMPLETE":
        found["imageScanFindingsSummary"] = {
            "findingSeverityCounts": dict(image.counts),
            "imageScanCompletedAt": image.scanned,
            "vulnerabilitySourceUpdatedAt": image.scanned - 7200,
        }
    if image.pulled:
        found["lastRecordedPullTime"] = image.pulled
    return found


def config_type(image: Image) -> str:
    """Media type of the image's config blob."""
    return (
        "application/vnd.docker.container.image.v1+json"
        if image.media_type == DOCKER
        else "application/vnd.oci.image.config.v1+json"
    )


def scan_status(image: Image) -> dict[str, str]:
    """The API's ``ImageScanStatus``."""
    words = {
        "COMPLETE": "The scan was completed successfully.",
        "IN_PROGRESS": "The scan is in progress.",
        "FAILED": "UnsupportedImageError: The operating system and/or package manager are not supported.",
    }
    return {"status": image.scan_status, "description": words[image.scan_status]}


@operation("ecr", "BatchGetImage")
def batch_get_image(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    images, failures = [], []
    for wanted in request["imageIds"]:
        image = image_of(repository, wanted)
        if image is None:
            failures.append(failure(wanted))
            continue
        image.pulled = max(image.pulled, world.now())
        images.append(
            {
                "registryId": world.account,
                "repositoryName": repository.name,
                "imageId": identifier(image, wanted.get("imageTag")),
                "imageManifest": image.manifest,
                "imageManifestMediaType": image.media_type,
            }
        )
    return {"images": images, "failures": failures}


def identifier(image: Image, tag: str | None) -> dict[str, str]:
    """The API's ``ImageIdentifier``."""
    return {"imageDigest": image.digest, "imageTag": tag} if tag else {"imageDigest": image.digest}


def failure(wanted: dict[str, str]) -> dict[str, Any]:
    """The API's ``ImageFailure`` for an image that is not there."""
    return {"imageId": dict(wanted), "failureCode": "ImageNotFound", "failureReason": "Requested image not found"}


@operation("ecr", "BatchDeleteImage")
def batch_delete_image(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    gone, failures = [], []
    for wanted in request["imageIds"]:
        image = image_of(repository, wanted)
        if image is None:
            failures.append(failure(wanted))
            continue
        parents = [other for other in repository.images.values() if image.digest in other.children]
        if parents and not wanted.get("imageTag"):
            reason = f"Requested image referenced by manifest list: [{parents[0].digest}]"
            failures.append({"imageId": dict(wanted), "failureCode": "ImageReferencedByManifestList", "failureReason": reason})
            continue
        tags = [wanted["imageTag"]] if wanted.get("imageTag") else list(image.tags)
        gone += [identifier(image, tag) for tag in tags] or [identifier(image, None)]
        image.tags = [tag for tag in image.tags if tag not in tags]
        if not image.tags:
            del repository.images[image.digest]
    return {"imageIds": gone, "failures": failures}


@operation("ecr", "PutImage")
def put_image(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository, text, tag = repository_of(world, request), request["imageManifest"], request.get("imageTag")
    sha = digest(text)
    known = repository.images.get(sha)
    if known is not None and (tag is None or tag in known.tags):
        raise AwsError(
            "ImageAlreadyExistsException",
            f"Image with digest '{sha}' and tag '{tag}' already exists in the repository with name '{repository.name}' "
            f"in registry with id '{world.account}'",
        )
    holder = repository.tagged(tag) if tag else None
    if holder is not None and repository.mutability == "IMMUTABLE":
        raise AwsError(
            "ImageTagAlreadyExistsException",
            f"The image tag '{tag}' already exists in the '{repository.name}' repository and cannot be overwritten "
            "because the repository is immutable.",
        )
    image = known or _pushed(world, repository, text, request.get("imageManifestMediaType", ""))
    if holder is not None and tag:
        holder.tags.remove(tag)
    if tag:
        image.tags.append(tag)
    answer = {
        "registryId": world.account,
        "repositoryName": repository.name,
        "imageId": identifier(image, tag),
        "imageManifest": text,
        "imageManifestMediaType": image.media_type,
    }
    return {"image": answer}


def _pushed(world: World, repository: Repository, text: str, media_type: str) -> Image:
    try:
        body = json.loads(text)
        if body["schemaVersion"] != 2:
            raise ValueError("only manifests of schema version 2 are pushed here")
        layers = [int(layer["size"]) for layer in body.get("layers", ())]
        children = tuple(entry["digest"] for entry in body.get("manifests", ()))
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise AwsError(
            "InvalidParameterException", "Invalid parameter at 'ImageManifest' failed to satisfy constraint"
        ) from wrong
    kind = media_type or body.get("mediaType", OCI_INDEX if children else DOCKER)
    archs = tuple(a for child in children if child in repository.images for a in repository.images[child].architectures)
    image = Image(digest(text), text, kind, sum(layers), world.now(), archs or ("amd64",), children=children)
    repository.images[image.digest] = image
    return image


@operation("ecr", "GetDownloadUrlForLayer")
def get_download_url_for_layer(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    sha = request["layerDigest"]
    if not any(sha in image.manifest for image in repository.images.values()):
        raise AwsError(
            "LayersNotFoundException",
            f"The layer with digest '{sha}' does not exist in the repository with name '{repository.name}' "
            f"in the registry with id '{world.account}'",
        )
    return {"downloadUrl": f"{call.base_url}/layers/{sha}?key={world.state['secret'].layer_key(sha)}", "layerDigest": sha}


@operation("ecr", "BatchCheckLayerAvailability")
def batch_check_layer_availability(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    text = "".join(image.manifest for image in repository.images.values() if not image.is_list)
    layers = [
        {"layerDigest": sha, "layerAvailability": "AVAILABLE" if sha in text else "UNAVAILABLE"}
        for sha in request["layerDigests"]
    ]
    return {"layers": layers, "failures": []}
