"""Findings on images: what a scan found in an image that runs. An image that nothing runs hurts nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.words import finding
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.ecr import ImageRow
from tui.model.state import State
from tui.model.usage import ImageUsageRow


class Images(Derived):
    """Critical and high findings of ECR's scan, with where the image runs as evidence."""

    name = "images"
    output = "findings"
    inputs = {"images": lambda row: (row.key,), "image-usage": lambda row: (row.image,)}

    def compute(self, group: Any, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        if not members["images"] or not members["image-usage"]:
            return NOTHING
        image: ImageRow = members["images"][0]
        usage: ImageUsageRow = members["image-usage"][0]
        running = [name for name, count in (*usage.services, *usage.pods) if count]
        if not (image.critical or image.high) or not (running or usage.tasks):
            return NOTHING
        counts = [f"{count} {word}" for count, word in ((image.critical, "critical"), (image.high, "high")) if count]
        tag = image.image_tags[0] if image.image_tags else image.digest.removeprefix("sha256:")[:12]
        found = finding(
            "image-scan",
            image,
            severity=State.DEGRADED,
            cause="vulnerable",
            sentence=f"runs with {' and '.join(counts)} scan findings",
            world="ecr",
            name=f"{image.name}:{tag}",
            evidence=(f"in {', '.join(running[:4])}" if running else f"in {usage.tasks} tasks",),
            next_step="build it again on a newer base, and deploy that",
            since=image.pushed,
        )
        return Computed((found,))
