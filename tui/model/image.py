"""An image as task definitions and pods name it."""

from __future__ import annotations

from msgspec import Struct


class ImageRef(Struct, frozen=True, gc=False):
    """An image as a container names it: ``registry/repository[:tag][@digest]``."""

    text: str
    registry: str = ""
    repository: str = ""
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> ImageRef:
        """Split ``text``; a missing tag and digest mean ``latest``, as container engines take it."""
        rest, _, digest = text.partition("@")
        head, slash, tail = rest.partition("/")
        registry, path = (head, tail) if slash and ("." in head or ":" in head or head == "localhost") else ("", rest)
        repository, _, tag = path.partition(":")
        return cls(text, registry, repository, tag or ("" if digest else "latest"), digest)

    @property
    def short(self) -> str:
        """``checkout:1.8.3``, or ``checkout@9f2c1a…`` where there is only a digest."""
        base = self.repository.rsplit("/", 1)[-1]
        return f"{base}:{self.tag}" if self.tag else f"{base}@{self.digest.removeprefix('sha256:')[:12]}"
