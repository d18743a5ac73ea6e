"""For which architectures an image is made: from its manifest, or from the configuration that its manifest names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tui.model.errors import ApiError, Trouble
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.limits import Priority
from tui.sources.aws.wire import Wire
from tui.sources.connector import fetch_bytes

ACCEPTED = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
BIGGEST_CONFIGURATION = 1 << 20


class Platform(Wire):
    """``platform`` of an index's entry."""

    architecture: str = ""
    variant: str = ""
    os: str = ""


class Descriptor(Wire):
    """An entry of an index, or ``config`` of a manifest."""

    digest: str = ""
    media_type: str = ""
    platform: Platform | None = None


class Manifest(Wire):
    """An OCI or Docker manifest or index, version 2."""

    manifests: tuple[Descriptor, ...] = ()
    config: Descriptor | None = None


class Configuration(Wire):
    """An image's configuration."""

    architecture: str = ""
    variant: str = ""


class Manifests:
    """Architectures by digest, kept for ever."""

    def __init__(self, aws: AwsConnection) -> None:
        self._aws = aws
        self.known: dict[str, tuple[str, ...]] = {}
        self._given_up: set[str] = set()
        self._blobs = True

    def tried(self, digest: str) -> bool:
        """Whether there is nothing more to find out."""
        return digest in self.known or digest in self._given_up

    def give_up(self, digests: Iterable[str]) -> None:
        """Do not ask again for what is not known by now."""
        self._given_up.update(digest for digest in digests if digest not in self.known)

    async def take(self, repository: str, image: Mapping[str, Any], priority: Priority) -> None:
        """A member of BatchGetImage's ``images``."""
        digest = str((image.get("imageId") or {}).get("imageDigest", ""))
        try:
            manifest = msgspec.json.decode(str(image.get("imageManifest") or "{}").encode(), type=Manifest)
        except msgspec.DecodeError:
            return
        if manifest.manifests:
            self._index(digest, manifest.manifests)
        elif manifest.config is not None and self._blobs and digest not in self.known:
            await self._configured(repository, digest, manifest.config.digest, priority)

    def _index(self, digest: str, entries: tuple[Descriptor, ...]) -> None:
        """An index: its entries say it, for themselves too (attestations say ``unknown``)."""
        found: list[str] = []
        for entry in entries:
            name = architecture_name(entry.platform.architecture, entry.platform.variant) if entry.platform else ""
            if name and name != "unknown":
                found.append(name)
                self.known[entry.digest] = (name,)
        self.known[digest] = tuple(dict.fromkeys(sorted(found)))

    async def _configured(self, repository: str, digest: str, blob: str, priority: Priority) -> None:
        """A single manifest: its configuration says it. Where blobs may not be read, that is not tried again."""
        params = {"repositoryName": repository, "layerDigest": blob}
        try:
            answer = await self._aws.call("ecr", "GetDownloadUrlForLayer", params, priority=priority)
            body = await fetch_bytes(
                str(answer["downloadUrl"]), loopback_only=self._aws.plan.loopback_only, most=BIGGEST_CONFIGURATION
            )
            configuration = msgspec.json.decode(body, type=Configuration)
        except ApiError as error:
            self._blobs = error.trouble not in (Trouble.DENIED, Trouble.UNREACHABLE)
            return
        except msgspec.DecodeError:
            return
        name = architecture_name(configuration.architecture, configuration.variant)
        if name:
            self.known[digest] = (name,)


def architecture_name(architecture: str, variant: str) -> str:
    """``amd64``, ``arm64``, ``arm/v7`` (arm64's v8 goes without saying)."""
    return f"{architecture}/{variant}" if variant and architecture == "arm" else architecture
