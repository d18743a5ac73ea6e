"""Findings on images: what a scan found in an image that runs. An image that nothing runs hurts nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tui.diagnosis.words import finding, plural
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.ecr import ImageRow
from tui.model.finding import Finding
from tui.model.scope import Key
from tui.model.state import State
from tui.model.usage import ImageUsageRow


class Images(Derived):
    """Critical and high findings of ECR's scan, with where the image runs as evidence. A list of problems is no scan
    report: there the worst image of a registry speaks, and says how many more there are."""

    name = "images"
    output = "findings"
    inputs = {
        "images": lambda row: (row.key.identity,) if row.critical or row.high else (),
        "image-usage": lambda row: (row.image.identity,) if runs(row) else (),
    }

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        images: dict[Key, ImageRow] = {image.key: image for image in members["images"]}
        affected = [(images[usage.image], usage) for usage in members["image-usage"] if usage.image in images]
        if not affected:
            return NOTHING
        affected.sort(key=lambda item: (-item[0].critical, -item[0].high, item[0].key))
        more = f" (and {plural(len(affected) - 1, 'other image')} with some)" if len(affected) > 1 else ""
        return Computed(
            tuple(_scanned(image, usage, "" if at else more, grouped=bool(at)) for at, (image, usage) in enumerate(affected))
        )


def runs(usage: ImageUsageRow) -> bool:
    """Whether any container runs the image now."""
    return bool(usage.tasks) or any(count for _, count in (*usage.services, *usage.pods))


def _scanned(image: ImageRow, usage: ImageUsageRow, more: str, *, grouped: bool) -> Finding:
    counts = [f"{count} {word}" for count, word in ((image.critical, "critical"), (image.high, "high")) if count]
    places = [name for name, count in (*usage.services, *usage.pods) if count]
    tag = image.image_tags[0] if image.image_tags else image.digest.removeprefix("sha256:")[:12]
    return finding(
        "image-scan",
        image,
        severity=State.DEGRADED,
        cause="vulnerable",
        sentence=f"runs with {' and '.join(counts)} scan findings{more}",
        world="ecr",
        name=f"{image.name}:{tag}",
        evidence=(f"in {', '.join(places[:4])}" if places else f"in {plural(usage.tasks, 'task')}",),
        next_step="build it again on a newer base, and deploy that",
        since=image.pushed,
        grouped=grouped,
    )
