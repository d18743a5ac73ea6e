"""ECS's stopped reasons and container reasons, read: cause, sentence, next step.

The wordings stand in ``reasons.toml``, with their sources. What none of them matches is shown whole: a reason is never guessed.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from msgspec import Struct, convert

from tui.diagnosis.words import arn_name, one_line
from tui.model.image import ImageRef


class Explanation(Struct, frozen=True, gc=False):
    """``cause``: a stable word, ``other`` where the reason is not known. ``fault``: whether something is wrong at all
    (a scale-down, a deployment's replacement and a user's stop are not)."""

    cause: str
    sentence: str
    next_step: str = ""
    fault: bool = True


class Wording(Struct, frozen=True, gc=False):
    """One wording: where it matches, what is said. ``{name}`` in ``says`` and ``next`` is filled by ``_names``."""

    cause: str
    pattern: str
    says: str
    next: str = ""
    fault: bool = True


class Family(Struct, frozen=True, gc=False):
    """Reasons with one opening; ``wordings`` names the list that is tried for them."""

    opening: str
    cause: str
    says: str
    wordings: str = ""


class Book(Struct, frozen=True):
    """``reasons.toml``."""

    family: tuple[Family, ...]
    pull: tuple[Wording, ...]
    resources: tuple[Wording, ...]
    start: tuple[Wording, ...]
    stopped: tuple[Wording, ...]
    placement: tuple[Wording, ...]


ECR_HOST = r"\d{12}\.dkr[.-]ecr\.[\w.-]+"
IMAGE = r"""['"]?(?P<image>[\w.-]+(?::\d+)?/[\w./-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?|[\w-]+:[\w.-]+)['"]?"""


@cache
def book() -> Book:
    """The wordings, read when the first reason is explained: the first frame needs none."""
    import tomllib

    return convert(tomllib.loads(Path(__file__).with_name("reasons.toml").read_text(encoding="utf-8")), Book)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=2048)  # the stopped tasks of a failing service say the same again and again
def explain(reason: str, *, image: ImageRef | None = None, memory: int = 0) -> Explanation | None:
    """What a stopped reason, a container's reason or a rollout's reason says; None for an empty one.

    ``image``: the image of the container concerned, where the reason names none. ``memory``: its limit in MiB.
    """
    text = one_line(reason)
    if not text:
        return None
    known = book()
    for family in known.family:
        if not _compiled(family.opening).search(text):
            continue
        lists: tuple[tuple[Wording, ...], ...] = (getattr(known, family.wordings),) if family.wordings else ()
        if lists and lists[0] is known.resources:
            lists = (*lists, known.pull)  # Fargate prepares the pull among the resources
        for wordings in lists:
            found = _first(wordings, text, image, memory)
            if found is not None:
                return found
        return Explanation(family.cause, family.says.format_map(_names(None, text, image, memory)))
    return _first(known.stopped, text, image, memory) or Explanation("other", text)


def explain_placement(message: str) -> Explanation | None:
    """Why a service event says that no task could be placed; None for other events."""
    text = one_line(message)
    if "unable to place a task" not in text:
        return None
    known = _first(book().placement, text, None, 0) or _first(book().stopped, text, None, 0)
    if known is not None:
        return known
    reason = text.partition("because ")[2] or text.partition("Reason: ")[2] or text
    return Explanation("no-place", reason.partition(" For more information")[0].rstrip("."))


def _first(wordings: tuple[Wording, ...], text: str, image: ImageRef | None, memory: int) -> Explanation | None:
    for wording in wordings:
        match = _compiled(wording.pattern).search(text)
        if match:
            names = _names(match, text, image, memory)
            return Explanation(wording.cause, wording.says.format_map(names), wording.next.format_map(names), wording.fault)
    return None


def _names(match: re.Match[str] | None, text: str, image: ImageRef | None, memory: int) -> dict[str, str]:
    """What sentences may name: the pattern's groups, and what is found anywhere in the text."""
    groups = {name: value or "" for name, value in (match.groupdict() if match else {}).items()}
    named = image or _image_in(text)
    secret = re.search(r"arn:[\w-]+:secretsmanager:[^:\s]*:\d*:secret:([\w/+=.@-]+?)(?:-[A-Za-z0-9]{6})?(?=[:\s,)]|$)", text)
    parameter = groups.get("parameter", "").strip("[] ,")
    host = named.registry if named and named.registry else ""
    return {
        "rest": text.split(": ", 1)[-1],
        "image_name": named.short if named else "the image",
        "the_image": f"image {named.short}" if named else "the image",
        "host": host or "of the image",
        "registry": "ECR" if ".ecr." in host or ".ecr." in text or "ecr-" in host else host or "the registry",
        "memory": f" ({memory} MiB)" if memory else "",
        "secret": f" {secret.group(1)}" if secret else "",
        "parameter_name": f" {parameter}" if parameter else "",
        "log_group": _after(text, r"log group:? '?\"?(/[\w./-]+)"),
        "subnet": _after(text, r"(subnet-[0-9a-z]+)"),
        "file_system_name": _after(text, r"(fs-[0-9a-f]+)"),
        "group_name": _target_group(groups.get("group", "")),
        "what_past": {"stopping": "stopped"}.get(groups.get("what", "").lower(), groups.get("what", "").lower()),
        **groups,
    }


def _after(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return f" {found.group(1)}" if found else ""


def _target_group(text: str) -> str:
    """``arn:…:targetgroup/web/6d0e…`` gives ``web``."""
    found = re.search(r"targetgroup/([^/]+)/", text)
    return found.group(1) if found else arn_name(text)


def _image_in(text: str) -> ImageRef | None:
    """The image that a pull error names; None where it names none plainly."""
    for pattern in (
        rf"failed to resolve ref(?:erence)? {IMAGE}",
        rf"manifest for {IMAGE} not found",
        rf"cannot pull {IMAGE}",
        rf"pull access denied for {IMAGE}",
        r"(?P<image>" + ECR_HOST + r"/(?!v2/)[\w./-]+(?::[\w.-]+|@sha256:[0-9a-f]+))",
    ):
        found = _compiled(pattern).search(text)
        if found:
            return ImageRef.parse(found.group("image").rstrip(":.,"))
    manifest = re.search(r"https://([\w.:-]+)/v2/([\w./-]+)/manifests/([\w.-]+)", text)
    if manifest:
        host, repository, tag = manifest.groups()
        return ImageRef.parse(f"{host}/{repository}:{tag}")
    return None
