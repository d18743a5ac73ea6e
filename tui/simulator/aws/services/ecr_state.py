"""The registry: repositories and images whose digests are really those of their manifests.

Made from what the other scenario files run, plus history. ``EcrState`` is also the world's image resolver: what an ECS
agent or a kubelet pulls is looked up here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tui.simulator.world import ImageInfo, digest_of

if TYPE_CHECKING:
    from tui.simulator.world import World

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
OCI = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
LISTS = (OCI_INDEX, "application/vnd.docker.distribution.manifest.list.v2+json")
MIB = 1024 * 1024


@dataclass(slots=True)
class Image:
    """A manifest in a repository. ``size`` in bytes; ``counts`` are findings by severity; times are epoch seconds."""

    digest: str
    manifest: str
    media_type: str
    size: int
    pushed: float
    architectures: tuple[str, ...]
    tags: list[str] = field(default_factory=list)
    pulled: float = 0.0
    scanned: float = 0.0
    scan_status: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    children: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        return self.media_type in LISTS


@dataclass(slots=True)
class Repository:
    """A repository with its images by digest."""

    name: str
    arn: str
    uri: str
    created: float
    mutability: str = "MUTABLE"
    scan_on_push: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    lifecycle: str = ""
    lifecycle_run: float = 0.0
    preview: dict[str, Any] | None = None
    policy: str = ""
    images: dict[str, Image] = field(default_factory=dict)

    def tagged(self, tag: str) -> Image | None:
        """The image that carries ``tag``."""
        return next((image for image in self.images.values() if tag in image.tags), None)


class EcrState:
    """``world.state["ecr"]``, and ``world.images``."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.repositories: dict[str, Repository] = {}
        self.blobs: dict[str, bytes] = {}
        self.rules: dict[str, dict[str, Any]] = {}

    def create(self, name: str, created: float) -> Repository:
        """A new, empty repository."""
        repository = Repository(name, self.world.arn("ecr", f"repository/{name}"), f"{self.world.registry}/{name}", created)
        self.repositories[name] = repository
        return repository

    def resolve(self, ref: str) -> ImageInfo | None:
        """What a pull of ``ref`` finds; images of other registries always exist. The pull is recorded."""
        image = self.find(ref)
        if image is None:
            if ref.startswith(f"{self.world.registry}/"):
                return None
            digest = ref.partition("@")[2] or f"sha256:{digest_of(ref)}"
            return ImageInfo(digest, 30 * MIB + int(digest[7:13], 16), ("amd64", "arm64"), self.world.started - 90 * 86400.0)
        image.pulled = max(image.pulled, self.world.now())
        return ImageInfo(image.digest, image.size, image.architectures, image.pushed)

    def find(self, ref: str) -> Image | None:
        """The image of ``<registry>/name[:tag][@digest]``, None when this registry has none."""
        rest, _, digest = ref.partition("@")
        path = rest.removeprefix(f"{self.world.registry}/")
        if path == rest:
            return None
        name, _, tag = path.partition(":")
        repository = self.repositories.get(name)
        if repository is None:
            return None
        return repository.images.get(digest) if digest else repository.tagged(tag or "latest")

    def add_single(self, repository: Repository, label: str, size: int, pushed: float, architecture: str, oci: bool) -> Image:
        """An image for one architecture; everything about it follows from ``label`` (name, version)."""
        text, total = self.manifest(label, size, pushed, architecture, oci)
        image = Image(digest(text), text, OCI if oci else DOCKER, total, pushed, (architecture,))
        repository.images[image.digest] = image
        return image

    def manifest(self, label: str, size: int, pushed: float, architecture: str, oci: bool) -> tuple[str, int]:
        """A manifest's text and the image's compressed size; its config blob is kept for download."""
        layers = 4 + int(digest_of(label)[:2], 16) % 5
        diffs = [f"sha256:{digest_of(f'{label}/{architecture}/diff{number}')}" for number in range(layers)]
        config = json.dumps(
            {
                "architecture": architecture,
                "os": "linux",
                "created": datetime.fromtimestamp(pushed, UTC).isoformat(),
                "config": {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "WorkingDir": "/app"},
                "rootfs": {"type": "layers", "diff_ids": diffs},
            }
        ).encode()
        config_digest = digest(config.decode())
        self.blobs[config_digest] = config
        suffix = "application/vnd.oci.image.layer.v1.tar+gzip" if oci else "application/vnd.docker.image.rootfs.diff.tar.gzip"
        shares = [2.0 ** -(number + 1) for number in range(layers)]
        sizes = [max(1024, int(size * share / sum(shares))) for share in shares]
        body = {
            "schemaVersion": 2,
            "mediaType": OCI if oci else DOCKER,
            "config": {"mediaType": OCI_CONFIG if oci else DOCKER_CONFIG, "size": len(config), "digest": config_digest},
            "layers": [
                {"mediaType": suffix, "size": one, "digest": f"sha256:{digest_of(f'{label}/{architecture}/layer{number}')}"}
                for number, one in enumerate(sizes)
            ],
        }
        return json.dumps(body, indent=3), sum(sizes) + len(config)

    def add_index(self, repository: Repository, label: str, size: int, pushed: float) -> Image:
        """An OCI index with an image each for amd64 and arm64; its size is that of the larger one, as ECR has it."""
        parts = [
            self.add_single(repository, label, int(size * factor), pushed - 20 + n, arch, True)
            for n, (arch, factor) in enumerate((("amd64", 1.0), ("arm64", 0.94)))
        ]
        body = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [
                {
                    "mediaType": OCI,
                    "digest": part.digest,
                    "size": len(part.manifest),
                    "platform": {"architecture": part.architectures[0], "os": "linux"},
                }
                for part in parts
            ],
        }
        text = json.dumps(body, indent=2)
        image = Image(digest(text), text, OCI_INDEX, max(part.size for part in parts), pushed, ("amd64", "arm64"))
        image.children = tuple(part.digest for part in parts)
        repository.images[image.digest] = image
        return image


def digest(text: str) -> str:
    """``sha256:…`` of a manifest or blob."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
