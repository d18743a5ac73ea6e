"""ECR images as DescribeImages gives them (API reference of Amazon ECR, 2015-09-21)."""

from __future__ import annotations

from tui.sources.aws.wire import Number, Wire


class ScanSummary(Wire):
    finding_severity_counts: dict[str, Number] = {}


class ScanStatus(Wire):
    status: str = ""


class Image(Wire):
    repository_name: str = ""
    image_digest: str = ""
    image_tags: tuple[str, ...] = ()
    image_size_in_bytes: Number = 0
    image_pushed_at: float = 0.0
    last_recorded_pull_time: float = 0.0
    image_scan_status: ScanStatus | None = None
    image_scan_findings_summary: ScanSummary | None = None
    image_manifest_media_type: str = ""
    image_status: str = ""


class DescribeImages(Wire):
    image_details: tuple[Image, ...] = ()
    next_token: str = ""
