"""Rows of Amazon ECR (DescribeRepositories, DescribeImages)."""

from __future__ import annotations

from typing import ClassVar

from tui.model.row import Row


class RepositoryRow(Row, frozen=True, kw_only=True, gc=False):
    """Key id: the repository's ARN."""

    kind: ClassVar[str] = "repositories"
    cached: ClassVar[tuple[str, ...]] = ("name", "arn", "uri")

    arn: str
    uri: str = ""
    created: float = 0.0
    immutable_tags: bool = False
    scan_on_push: bool = False


class ImageRow(Row, frozen=True, kw_only=True, gc=False):
    """Key id: ``repository ARN@digest``. ``name`` is the repository's name. ``size`` in bytes (compressed).

    What a scan found makes an image degraded only where something runs it: that is a finding, not the row's own state.
    """

    kind: ClassVar[str] = "images"
    cached: ClassVar[tuple[str, ...]] = ("name", "repository_arn", "repository_uri", "digest", "image_tags", "pushed", "size")

    repository_arn: str
    repository_uri: str = ""
    digest: str = ""
    image_tags: tuple[str, ...] = ()
    pushed: float = 0.0
    pulled: float = 0.0
    size: int = 0
    media_type: str = ""
    architectures: tuple[str, ...] = ()  # ("amd64",), two or more for an index; () when not read yet
    scan_status: str = ""
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    scanned: bool = False
    status: str = ""

    @property
    def reason(self) -> str:
        if self.critical or self.high:
            parts = [f"{n} {word}" for n, word in ((self.critical, "critical"), (self.high, "high")) if n]
            return f"scan found {' and '.join(parts)}"
        return ""
