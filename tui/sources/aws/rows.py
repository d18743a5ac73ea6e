"""What rows of several kinds are made with: numbers that ECS writes as text, tags, image names."""

from __future__ import annotations

from collections.abc import Sequence

from tui.model.image import ImageRef
from tui.sources.aws import wire


class Sizes(dict[str, int]):
    """Text to number: thousands of tasks have a few sizes, and a look-up is cheaper than a call."""

    def __missing__(self, text: str) -> int:
        found = int(text) if text.isdigit() else 0
        if len(self) < 10_000:
            self[text] = found
        return found


SIZES = Sizes()


def number(text: str) -> int:
    """CPU units or MiB, which ECS writes as text in some places (``"256"``, ``""``)."""
    return SIZES[text]


def tags_of(tags: Sequence[wire.Tag]) -> tuple[tuple[str, str], ...]:
    """Sorted, so that another order is no change."""
    return tuple(sorted([(tag.key, tag.value) for tag in tags])) if tags else ()


class ImageCache(dict[str, ImageRef]):
    """Thousands of tasks run a few dozen images: each name is parsed once."""

    def __missing__(self, text: str) -> ImageRef:
        found = self[text] = ImageRef.parse(text)
        return found
