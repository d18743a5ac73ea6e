"""Rows of images from narrow answers of ECR's DescribeImages. Pure functions."""

from __future__ import annotations

from tui.model import Key, Scope
from tui.model.ecr import ImageRow
from tui.sources.aws import wire_images


def image_key(scope: Scope, repository_arn: str, digest: str) -> Key:
    """The key of an image."""
    return Key.of("images", scope, f"{repository_arn}@{digest}")


def image_row(
    image: wire_images.Image, scope: Scope, repository_arn: str, repository_uri: str, architectures: tuple[str, ...] = ()
) -> ImageRow:
    """DescribeImages' member ``imageDetails``."""
    findings = image.image_scan_findings_summary
    counts = findings.finding_severity_counts if findings else {}
    return ImageRow(
        key=image_key(scope, repository_arn, image.image_digest),
        scope=scope,
        name=image.repository_name,
        repository_arn=repository_arn,
        repository_uri=repository_uri,
        digest=image.image_digest,
        image_tags=tuple(sorted(image.image_tags)),
        pushed=image.image_pushed_at,
        pulled=image.last_recorded_pull_time,
        size=int(image.image_size_in_bytes),
        media_type=image.image_manifest_media_type,
        architectures=architectures,
        scan_status=image.image_scan_status.status if image.image_scan_status else "",
        critical=int(counts.get("CRITICAL", 0)),
        high=int(counts.get("HIGH", 0)),
        medium=int(counts.get("MEDIUM", 0)),
        low=int(counts.get("LOW", 0)),
        scanned=findings is not None,
        status=image.image_status,
    )
