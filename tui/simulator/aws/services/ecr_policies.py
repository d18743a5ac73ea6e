"""Amazon ECR's scans, tag mutability, repository policies and lifecycle policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.registry import AwsError, Call, operation, paginate
from tui.simulator.aws.services.ecr import describe, repository_of
from tui.simulator.aws.services.ecr_images import image_of, missing_image, scan_status, words_of
from tui.simulator.aws.services.ecr_state import Image, Repository
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.world import World

SCAN_SECONDS = 12.0
DAY = 86400.0
PACKAGES = ("openssl", "zlib", "glibc", "curl", "libxml2", "expat", "krb5", "ncurses", "sqlite", "pcre2", "busybox", "libtiff")


@operation("ecr", "StartImageScan")
def start_image_scan(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository, image = _image(world, request)
    if image.is_list:
        raise AwsError(
            "UnsupportedImageTypeException", f"The image type '{image.media_type}' is not supported for image scanning."
        )
    if image.scanned and world.now() - image.scanned < DAY and image.scan_status == "COMPLETE":
        raise AwsError(
            "LimitExceededException",
            "The scan quota per image has been exceeded. Wait and try again.",
        )
    image.scan_status = "IN_PROGRESS"
    world.after(SCAN_SECONDS, lambda: _finish_scan(world, image))
    return {**_identity(world, repository, image, request), "imageScanStatus": scan_status(image)}


def _finish_scan(world: World, image: Image) -> None:
    image.scan_status, image.scanned = "COMPLETE", world.now()
    if not image.counts:
        image.counts = {"LOW": 1 + int(8 * noise(image.digest))}


@operation("ecr", "DescribeImageScanFindings")
def describe_image_scan_findings(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository, image = _image(world, request)
    if not image.scan_status:
        wanted = words_of({**request["imageId"], "imageDigest": image.digest})
        raise AwsError(
            "ScanNotFoundException",
            f"Image scan does not exist for the image with '{wanted}' "
            f"in the repository with name '{repository.name}' in the registry with id '{world.account}'",
        )
    answer = {**_identity(world, repository, image, request), "imageScanStatus": scan_status(image)}
    if image.scan_status != "COMPLETE":
        return answer
    page, more = paginate(findings(image), request)
    answer["imageScanFindings"] = {
        "imageScanCompletedAt": image.scanned,
        "vulnerabilitySourceUpdatedAt": image.scanned - 7200,
        "findings": list(page),
        "findingSeverityCounts": dict(image.counts),
    }
    return {**answer, **more}


def findings(image: Image) -> list[dict[str, Any]]:
    """As many findings of each severity as the image's counts say, always the same ones for one digest."""
    made = []
    for severity, count in image.counts.items():
        for number in range(count):
            chance = noise(image.digest, severity, number)
            package = PACKAGES[int(chance * len(PACKAGES))]
            identity = f"CVE-{2024 + int(chance * 3)}-{10000 + int(chance * 39999)}"
            made.append(
                {
                    "name": identity,
                    "description": f"A flaw in {package} lets a crafted input read memory out of bounds.",
                    "uri": f"https://cve.mitre.org/cgi-bin/cvename.cgi?name={identity}",
                    "severity": severity,
                    "attributes": [
                        {"key": "package_name", "value": package},
                        {"key": "package_version", "value": f"{1 + int(chance * 3)}.{int(chance * 30)}.{number}"},
                    ],
                }
            )
    return made


def _image(world: World, request: dict[str, Any]) -> tuple[Repository, Image]:
    repository = repository_of(world, request)
    image = image_of(repository, request["imageId"])
    if image is None:
        raise missing_image(world, repository, request["imageId"])
    return repository, image


def _identity(world: World, repository: Repository, image: Image, request: dict[str, Any]) -> dict[str, Any]:
    tag = request["imageId"].get("imageTag")
    identity = {"imageDigest": image.digest, **({"imageTag": tag} if tag else {})}
    return {"registryId": world.account, "repositoryName": repository.name, "imageId": identity}


@operation("ecr", "PutImageTagMutability")
def put_image_tag_mutability(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    repository.mutability = request["imageTagMutability"]
    return {"registryId": world.account, "repositoryName": repository.name, "imageTagMutability": repository.mutability}


@operation("ecr", "PutImageScanningConfiguration")
def put_image_scanning_configuration(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    repository.scan_on_push = request["imageScanningConfiguration"].get("scanOnPush", False)
    configuration = describe(world, repository)["imageScanningConfiguration"]
    return {"registryId": world.account, "repositoryName": repository.name, "imageScanningConfiguration": configuration}


@operation("ecr", "GetRegistryScanningConfiguration")
def get_registry_scanning_configuration(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"registryId": world.account, "scanningConfiguration": {"scanType": "BASIC", "rules": []}}


@operation("ecr", "GetRepositoryPolicy")
def get_repository_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    if not repository.policy:
        raise _absent(world, repository, "RepositoryPolicyNotFoundException", "Repository policy")
    return {"registryId": world.account, "repositoryName": repository.name, "policyText": repository.policy}


@operation("ecr", "GetLifecyclePolicy")
def get_lifecycle_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    return _lifecycle(world, repository_of(world, request))


def _lifecycle(world: World, repository: Repository) -> dict[str, Any]:
    _need_lifecycle(world, repository)
    return {
        "registryId": world.account,
        "repositoryName": repository.name,
        "lifecyclePolicyText": repository.lifecycle,
        "lastEvaluatedAt": repository.lifecycle_run,
    }


@operation("ecr", "PutLifecyclePolicy")
def put_lifecycle_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    _rules(request["lifecyclePolicyText"])
    repository.lifecycle, repository.lifecycle_run = request["lifecyclePolicyText"], world.now()
    return {"registryId": world.account, "repositoryName": repository.name, "lifecyclePolicyText": repository.lifecycle}


@operation("ecr", "DeleteLifecyclePolicy")
def delete_lifecycle_policy(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    answer = _lifecycle(world, repository)
    repository.lifecycle = ""
    return answer


@operation("ecr", "StartLifecyclePolicyPreview")
def start_lifecycle_policy_preview(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    if not request.get("lifecyclePolicyText"):
        _need_lifecycle(world, repository)
    text = request.get("lifecyclePolicyText") or repository.lifecycle
    rules = _rules(text)
    repository.preview = {"text": text, "ready": world.now() + 3, "expiring": _expiring(world, repository, rules)}
    return {"registryId": world.account, "repositoryName": repository.name, "lifecyclePolicyText": text, "status": "IN_PROGRESS"}


@operation("ecr", "GetLifecyclePolicyPreview")
def get_lifecycle_policy_preview(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository = repository_of(world, request)
    preview = repository.preview
    if preview is None:
        raise _absent(world, repository, "LifecyclePolicyPreviewNotFoundException", "Lifecycle policy preview")
    answer = {"registryId": world.account, "repositoryName": repository.name, "lifecyclePolicyText": preview["text"]}
    if world.now() < preview["ready"]:
        return {**answer, "status": "IN_PROGRESS", "previewResults": [], "summary": {"expiringImageTotalCount": 0}}
    page, more = paginate(preview["expiring"], request)
    total = {"expiringImageTotalCount": len(preview["expiring"])}
    return {**answer, "status": "COMPLETE", "previewResults": list(page), "summary": total, **more}


def _expiring(world: World, repository: Repository, rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the rules would expire, lowest priority number first; an image is taken by one rule only."""
    left = {child for image in repository.images.values() for child in image.children}
    found = []
    for rule in sorted(rules, key=lambda rule: rule["rulePriority"]):
        images = [i for i in repository.images.values() if i.digest not in left and _selected(i, rule["selection"])]
        images.sort(key=lambda image: image.pushed, reverse=True)
        if rule["selection"]["countType"] == "imageCountMoreThan":
            images = images[int(rule["selection"]["countNumber"]) :]
        else:
            oldest = world.now() - int(rule["selection"]["countNumber"]) * DAY
            images = [image for image in images if image.pushed < oldest]
        left |= {image.digest for image in images}
        found += [
            {
                "imageTags": list(image.tags),
                "imageDigest": image.digest,
                "imagePushedAt": image.pushed,
                "action": {"type": "EXPIRE"},
                "appliedRulePriority": rule["rulePriority"],
            }
            for image in images
        ]
    return found


def _selected(image: Image, selection: dict[str, Any]) -> bool:
    status = selection.get("tagStatus", "any")
    if status == "untagged":
        return not image.tags
    if status == "tagged":
        return any(tag.startswith(tuple(selection.get("tagPrefixList", ("",)))) for tag in image.tags)
    return True


def _rules(text: str) -> list[dict[str, Any]]:
    try:
        rules: list[dict[str, Any]] = json.loads(text)["rules"]
        good = all({"rulePriority", "selection", "action"} <= rule.keys() for rule in rules)
    except (ValueError, KeyError, TypeError, AttributeError):
        good, rules = False, []
    if not good:
        raise AwsError(
            "InvalidParameterException",
            "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure'",
        )
    return rules


def _need_lifecycle(world: World, repository: Repository) -> None:
    if not repository.lifecycle:
        raise _absent(world, repository, "LifecyclePolicyNotFoundException", "Lifecycle policy")


def _absent(world: World, repository: Repository, code: str, what: str) -> AwsError:
    where = f"'{repository.name}' in the registry with id '{world.account}'"
    return AwsError(code, f"{what} does not exist for the repository with name {where}")


@operation("ecr", "DescribeImageSigningStatus")
def describe_image_signing_status(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository, image = _image(world, request)
    return {**_identity(world, repository, image, request), "signingStatuses": []}


@operation("ecr", "DescribeImageReplicationStatus")
def describe_image_replication_status(world: World, request: dict[str, Any], call: Call) -> dict[str, Any]:
    repository, image = _image(world, request)
    identity = _identity(world, repository, image, request)
    return {"repositoryName": identity["repositoryName"], "imageId": identity["imageId"], "replicationStatuses": []}
