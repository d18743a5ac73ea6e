"""The sources of ECR and EKS: what is asked for, how often, what rows come."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.aws_stage import ACCOUNT, REGION, Bench, Refusal, Stage
from tui.model import Key
from tui.model.ecr import ImageRow, RepositoryRow
from tui.model.kubernetes import EksClusterRow
from tui.sources.aws import manifests
from tui.sources.aws.ecr_images import EcrImages
from tui.sources.aws.ecr_repositories import EcrRepositories
from tui.sources.aws.eks_clusters import EksClusters
from tui.store import FreshState, Urgency


@pytest.fixture
def stage() -> Stage:
    return Stage()


def repository(name: str) -> dict[str, Any]:
    arn = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}"
    uri = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}"
    return {"repositoryArn": arn, "repositoryName": name, "repositoryUri": uri, "imageTagMutability": "IMMUTABLE"}


def image(name: str, number: int, **changes: Any) -> dict[str, Any]:
    return {
        "repositoryName": name,
        "imageDigest": f"sha256:{name}{number}",
        "imageTags": [f"1.{number}"],
        "imageSizeInBytes": 1000 + number,
        "imageScanFindingsSummary": {"findingSeverityCounts": {"HIGH": 2, "MEDIUM": 4}},
        **changes,
    }


class Registry:
    """ECR: repositories with images."""

    def __init__(self, stage: Stage, repositories: int, images: int) -> None:
        self.images = {f"r{r:02}": [image(f"r{r:02}", i) for i in range(images)] for r in range(repositories)}
        stage.handlers["ecr:DescribeRepositories"] = lambda _: {"repositories": [repository(name) for name in self.images]}
        stage.handlers["ecr:DescribeImages"] = self.describe

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        name = params["repositoryName"]
        if name not in self.images:
            raise Refusal("RepositoryNotFoundException", "gone")
        return {"imageDetails": self.images[name]}


def key_of(bench: Bench, name: str, number: int) -> Key:
    arn = repository(name)["repositoryArn"]
    return Key.of("images", bench.connection.scope, f"{arn}@sha256:{name}{number}")


async def test_repositories(stage: Stage) -> None:
    Registry(stage, 3, 1)
    async with Bench(stage) as bench:
        bench.store.interest.register("repositories", None, Urgency.VISIBLE)
        bench.start(EcrRepositories)
        await bench.quiet()
        rows = [row for row in bench.store.rows("repositories") if isinstance(row, RepositoryRow)]
        assert {row.name for row in rows} == {"r00", "r01", "r02"} and all(row.immutable_tags for row in rows)


async def test_images_of_all_repositories_one_call_each_then_in_turn(stage: Stage) -> None:
    registry = Registry(stage, 12, 5)
    async with Bench(stage) as bench:
        interest = bench.store.interest.register("images", None, Urgency.VISIBLE)
        bench.start(EcrImages)
        await bench.after(1, 4)
        assert bench.store.count("images") == 60 and stage.calls["ecr:DescribeImages"] == 12
        row = next(row for row in bench.store.rows("images") if row.name == "r03")
        assert isinstance(row, ImageRow) and (row.high, row.medium, row.scanned) == (2, 4, True)
        stage.handlers["ecr:BatchGetImage"] = lambda _: {"images": []}
        interest.update(keys=frozenset({key_of(bench, "r07", 0)}))
        stage.reset()
        await bench.after(10, 20)
        asked = [params["repositoryName"] for params in stage.of("ecr:DescribeImages")]
        assert asked[0] == "r07" and len(asked) == 3
        registry.images["r07"] = registry.images["r07"][1:]
        del registry.images["r11"]
        await bench.after(10, 20)
        names = [row.name for row in bench.store.rows("images")]
        assert names.count("r07") == 4 and names.count("r11") == 0


async def test_one_repository_that_may_not_be_read_leaves_the_others(stage: Stage) -> None:
    registry = Registry(stage, 3, 2)

    def some(params: dict[str, Any]) -> dict[str, Any]:
        if params["repositoryName"] == "r01":
            raise Refusal("AccessDeniedException", "no")
        return registry.describe(params)

    stage.handlers["ecr:DescribeImages"] = some
    async with Bench(stage) as bench:
        bench.store.interest.register("images", None, Urgency.VISIBLE)
        bench.start(EcrImages)
        await bench.quiet()
        assert bench.store.count("images") == 4
        (entry,) = bench.store.freshness.of("images")
        assert entry.state is FreshState.POLLING
        assert entry.message.startswith("1 of 3 repositories could not be read: ecr:DescribeImages is denied")

        def none(_: dict[str, Any]) -> dict[str, Any]:
            raise Refusal("AccessDeniedException", "no")

        stage.handlers["ecr:DescribeImages"] = none
        bench.store.interest.refresh()
        await bench.quiet()
        (entry,) = bench.store.freshness.of("images")
        assert entry.state is FreshState.DENIED and bench.store.count("images") == 4


async def test_architectures_from_manifests_once_each(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    Registry(stage, 1, 3)
    index = {
        "manifests": [
            {"digest": "sha256:a", "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}},
            {"digest": "sha256:b", "platform": {"architecture": "amd64", "os": "linux"}},
            {"digest": "sha256:c", "platform": {"architecture": "unknown", "os": "unknown"}},
        ]
    }
    bodies = {
        "sha256:r000": json.dumps(index),
        "sha256:r001": json.dumps({"config": {"digest": "sha256:conf"}, "layers": []}),
        "sha256:r002": "no manifest at all",
    }

    def batch(params: dict[str, Any]) -> dict[str, Any]:
        digests = [one["imageDigest"] for one in params["imageIds"]]
        return {"images": [{"imageId": {"imageDigest": d}, "imageManifest": bodies[d]} for d in digests]}

    stage.handlers["ecr:BatchGetImage"] = batch
    stage.handlers["ecr:GetDownloadUrlForLayer"] = lambda params: {"downloadUrl": f"http://127.0.0.1/{params['layerDigest']}"}

    async def fetched(url: str, **_: object) -> bytes:
        assert url.endswith("sha256:conf")
        return b'{"architecture": "arm", "variant": "v7"}'

    monkeypatch.setattr(manifests, "fetch_bytes", fetched)
    async with Bench(stage) as bench:
        keys = frozenset(key_of(bench, "r00", number) for number in range(3))
        bench.store.interest.register("images", None, Urgency.VISIBLE, keys)
        bench.start(EcrImages)
        await bench.after(30, 30)
        rows = [bench.store.get(key) for key in sorted(keys)]
        assert [row.architectures for row in rows if isinstance(row, ImageRow)] == [("amd64", "arm64"), ("arm/v7",), ()]
        assert stage.calls["ecr:BatchGetImage"] == 1 and stage.calls["ecr:GetDownloadUrlForLayer"] == 1


async def test_eks_clusters_and_one_that_goes_meanwhile(stage: Stage) -> None:
    def describe(params: dict[str, Any]) -> dict[str, Any]:
        if params["name"] == "gone":
            raise Refusal("ResourceNotFoundException", "No cluster found", 404)
        one = {
            "name": params["name"],
            "arn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{params['name']}",
            "version": "1.33",
            "status": "ACTIVE",
        }
        return {
            "cluster": {
                **one,
                "endpoint": "https://x.example",
                "certificateAuthority": {"data": "QUJD"},
                "resourcesVpcConfig": {"endpointPublicAccess": False},
            }
        }

    stage.handlers["eks:ListClusters"] = lambda _: {"clusters": ["one", "gone"]}
    stage.handlers["eks:DescribeCluster"] = describe
    async with Bench(stage) as bench:
        bench.store.interest.register("eks-clusters", None, Urgency.VISIBLE)
        bench.start(EksClusters)
        await bench.quiet()
        (row,) = bench.store.rows("eks-clusters")
        assert isinstance(row, EksClusterRow)
        assert (row.name, row.version, row.endpoint, row.certificate_authority, row.public_access) == (
            "one",
            "1.33",
            "https://x.example",
            "QUJD",
            False,
        )
