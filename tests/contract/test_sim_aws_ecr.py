"""ECR's writes and policies in the embedded world: pushing, retagging, deleting, expiring, as plain boto3 does them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.nursery import start
from tests.outside import control, once
from tui.simulator.launch import Running

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture(scope="module")
def world() -> Iterator[Running]:
    with start(strict=True) as running:
        yield running


@pytest.fixture(scope="module")
def ecr(world: Running) -> Any:
    return once(world.env, "ecr")


def code(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    return str(refused.value.response["Error"]["Code"])


def manifest(size: int) -> str:
    layers = [{"mediaType": "application/x", "size": size, "digest": f"sha256:{size:064x}"}]
    config = {"mediaType": "application/y", "size": 10, "digest": f"sha256:{1:064x}"}
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers})


def test_push_retag_and_delete(ecr: Any) -> None:
    made = ecr.create_repository(repositoryName="team/new", tags=[{"Key": "team", "Value": "x"}])["repository"]
    assert made["repositoryUri"].endswith(".dkr.ecr.eu-west-1.amazonaws.com/team/new")
    assert code(ecr.create_repository, repositoryName="team/new") == "RepositoryAlreadyExistsException"
    assert code(ecr.create_repository, repositoryName="Bad Name") == "InvalidParameterException"
    named = {"repositoryName": "team/new"}
    first = ecr.put_image(**named, imageManifest=manifest(1000), imageTag="a")["image"]["imageId"]["imageDigest"]
    assert code(ecr.put_image, **named, imageManifest=manifest(1000), imageTag="a") == "ImageAlreadyExistsException"
    ecr.put_image(**named, imageManifest=manifest(1000), imageTag="b")
    second = ecr.put_image(**named, imageManifest=manifest(2000), imageTag="a")["image"]["imageId"]["imageDigest"]
    by_digest = {i["imageDigest"]: i for i in ecr.describe_images(**named)["imageDetails"]}
    assert by_digest[first]["imageTags"] == ["b"]
    assert (by_digest[second]["imageTags"], by_digest[second]["imageSizeInBytes"]) == (["a"], 2000)
    ecr.put_image_tag_mutability(**named, imageTagMutability="IMMUTABLE")
    assert code(ecr.put_image, **named, imageManifest=manifest(3000), imageTag="a") == "ImageTagAlreadyExistsException"
    ids = [{"imageTag": "b"}, {"imageTag": "nope"}]
    gone = ecr.batch_delete_image(**named, imageIds=ids)
    assert gone["imageIds"] == [{"imageDigest": first, "imageTag": "b"}]
    assert gone["failures"][0]["failureCode"] == "ImageNotFound"
    assert [i["imageDigest"] for i in ecr.describe_images(**named)["imageDetails"]] == [second]
    assert code(ecr.delete_repository, **named) == "RepositoryNotEmptyException"
    ecr.tag_resource(resourceArn=made["repositoryArn"], tags=[{"Key": "owner", "Value": "me"}])
    ecr.untag_resource(resourceArn=made["repositoryArn"], tagKeys=["team"])
    assert ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"] == [{"Key": "owner", "Value": "me"}]
    ecr.delete_repository(**named, force=True)
    assert code(ecr.describe_images, **named) == "RepositoryNotFoundException"


def test_a_member_of_an_index_is_not_deleted_under_it(ecr: Any) -> None:
    index = ecr.batch_get_image(repositoryName="cart", imageIds=[{"imageTag": "3.0.1"}])["images"][0]
    member = json.loads(index["imageManifest"])["manifests"][0]["digest"]
    answer = ecr.batch_delete_image(repositoryName="cart", imageIds=[{"imageDigest": member}])
    assert (answer["imageIds"], answer["failures"][0]["failureCode"]) == ([], "ImageReferencedByManifestList")
    assert "ImageTag" not in answer["failures"][0]["imageId"]


def test_lifecycle_preview_says_what_would_go(world: Running, ecr: Any) -> None:
    assert code(ecr.get_lifecycle_policy, repositoryName="checkout") == "LifecyclePolicyNotFoundException"
    assert code(ecr.start_lifecycle_policy_preview, repositoryName="checkout") == "LifecyclePolicyNotFoundException"
    wrong = json.dumps({"rules": [{"rulePriority": 1, "note": " " * 100}]})
    assert code(ecr.put_lifecycle_policy, repositoryName="checkout", lifecyclePolicyText=wrong) == "InvalidParameterException"
    keep = {"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 3}}
    text = json.dumps({"rules": [{**keep, "action": {"type": "expire"}}]})
    ecr.start_lifecycle_policy_preview(repositoryName="checkout", lifecyclePolicyText=text)
    assert ecr.get_lifecycle_policy_preview(repositoryName="checkout")["status"] == "IN_PROGRESS"
    control(world, "/step", {"seconds": 5})
    preview = ecr.get_lifecycle_policy_preview(repositoryName="checkout")
    images = sorted(
        ecr.describe_images(repositoryName="checkout")["imageDetails"], key=lambda i: i["imagePushedAt"], reverse=True
    )
    assert preview["status"] == "COMPLETE"
    assert {r["imageDigest"] for r in preview["previewResults"]} == {i["imageDigest"] for i in images[3:]}
    assert preview["summary"]["expiringImageTotalCount"] == len(images) - 3


def test_findings_are_as_many_as_their_counts(ecr: Any) -> None:
    image = {"imageTag": "1.8.2"}
    pages = ecr.get_paginator("describe_image_scan_findings").paginate(repositoryName="checkout", imageId=image)
    findings = [f for page in pages for f in page["imageScanFindings"]["findings"]]
    counts = ecr.describe_images(repositoryName="checkout", imageIds=[image])["imageDetails"][0]["imageScanFindingsSummary"]
    assert counts["findingSeverityCounts"] == {"HIGH": 2, "MEDIUM": 4, "LOW": 11}
    assert sum(f["severity"] == "HIGH" for f in findings) == 2
    assert len(findings) == 17
    assert code(ecr.start_image_scan, repositoryName="ledger", imageId={"imageTag": "none"}) == "ImageNotFoundException"
