"""Choosing an image for a deploy: what was typed, what ECR holds, whether the chosen one is there.

Facts: a private registry's host is ``ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com[.cn]`` (ECR user guide); a tag has 1 to 128
characters of ``[A-Za-z0-9_.-]`` and begins with none of ``.-`` (OCI distribution specification).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tui.actions.base import Context, InputError
from tui.actions.rollout_words import epoch
from tui.model.ecr import ImageRow
from tui.model.errors import ApiError, Trouble
from tui.model.image import ImageRef
from tui.model.scope import Scope

READS = ("ecr:DescribeImages",)

_HOST = re.compile(r"^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|[a-z0-9.-]+)$")
_TAG = re.compile(r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$")
_DIGEST_BEGUN = re.compile(r"^sha(?:256|512):", re.IGNORECASE)
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")
_REFERENCE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,510}$")


class Checked(Struct, frozen=True, kw_only=True):
    """What ECR says of an image. ``refusal``: it is not there; ``warning``: it could not be looked at; ``note``: for the plan."""

    refusal: str = ""
    warning: str = ""
    note: str = ""
    digest: str = ""


def ecr_place(image: ImageRef) -> tuple[str, str] | None:
    """Account and region of a private ECR registry; ``None`` for any other."""
    match = _HOST.match(image.registry)
    return (match[1], match[2]) if match else None


def resolve(typed: str, current: ImageRef) -> ImageRef:
    """What was typed as a whole reference: a tag or digest of the current repository, its short name, or a reference.

    Raises ``InputError``.
    """
    text = typed.strip().lstrip("@:") if typed.strip().startswith(("@", ":")) else typed.strip()
    base = f"{current.registry}/{current.repository}" if current.registry else current.repository
    if _DIGEST.match(text):
        return ImageRef.parse(f"{base}@{text}")
    if _DIGEST_BEGUN.match(text):
        raise InputError("image", "not an image: a digest is sha256: and 64 of 0-9 and a-f")
    if _TAG.match(text):
        return ImageRef.parse(f"{base}:{text}")
    if not _REFERENCE.match(text) or text.endswith(("/", ":", "@")):
        raise InputError("image", "not an image: a tag (1.8.2), a digest (sha256:…) or repository:tag")
    parsed = ImageRef.parse(text)
    host, colon, port = parsed.registry.partition(":")
    if not parsed.repository or (colon and not (host and port.isdigit())):
        raise InputError("image", "not an image: a tag (1.8.2), a digest (sha256:…) or repository:tag")
    if (parsed.tag and not _TAG.match(parsed.tag)) or (parsed.digest and not _DIGEST.match(parsed.digest)):
        raise InputError("image", "not an image: its tag or digest is not written as one")
    if not parsed.registry and parsed.repository in (current.repository, current.repository.rsplit("/", 1)[-1]):
        rest = text.removeprefix(parsed.repository)
        return ImageRef.parse(base + (rest or ":latest"))
    return parsed


async def choices(current: ImageRef, scope: Scope, context: Context, limit: int = 30) -> tuple[tuple[str, str], ...]:
    """The repository's tagged images, newest first: (tag, words), the one of ``current`` marked. Empty where it is no ECR of
    this region, or denied."""
    place = ecr_place(current)
    if place is None or place[1] != scope.region:
        return ()
    params: dict[str, Any] = {
        "registryId": place[0], "repositoryName": current.repository, "filter": {"tagStatus": "TAGGED"}, "maxResults": 1000,
    }  # fmt: skip
    found: list[dict[str, Any]] = []
    try:
        for _ in range(3):
            answer = await context.clients.aws(scope).read("ecr", "DescribeImages", params)
            found += answer.get("imageDetails") or []
            if not answer.get("nextToken"):
                break
            params["nextToken"] = answer["nextToken"]
    except ApiError:
        return ()
    found.sort(key=lambda image: epoch(image.get("imagePushedAt")), reverse=True)
    now = context.clock.now()
    offered = [(tag, _note(image, now)) for image in found[:limit] for tag in image.get("imageTags") or []]
    width = min(24, max((len(tag) for tag, _ in offered), default=0))
    words = ((tag, f"{tag:<{width}}  {note}") for tag, note in offered)
    return tuple((tag, f"{text}  in use now" if tag == current.tag else text) for tag, text in words)


async def check(image: ImageRef, scope: Scope, context: Context, architecture: str = "") -> Checked:
    """Whether the image is in ECR. ``architecture``: the task definition's ``cpuArchitecture``, to compare where known."""
    place = ecr_place(image)
    if place is None:
        return Checked(warning=f"{image.registry or 'docker.io'} is not ECR: whether {image.short} exists is not known")
    if place[1] != scope.region:
        return Checked(warning=f"{image.short} is in ECR of {place[1]}: whether it exists was not looked at from {scope.region}")
    wanted = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag}
    params = {"registryId": place[0], "repositoryName": image.repository, "imageIds": [wanted]}
    try:
        answer = await context.clients.aws(scope).read("ecr", "DescribeImages", params)
    except ApiError as error:
        if error.trouble is Trouble.NOT_FOUND or error.code in ("ImageNotFoundException", "RepositoryNotFoundException"):
            what = (
                f"there is no repository {image.repository}" if "Repository" in error.code else f"image {image.short} not found"
            )
            return Checked(refusal=f"{what} in ECR ({place[0]}, {place[1]})")
        return Checked(warning=f"whether {image.short} exists is not known: {error}")
    details = answer.get("imageDetails") or []
    if not details:
        return Checked(refusal=f"image {image.short} not found in ECR ({place[0]}, {place[1]})")
    digest = str(details[0].get("imageDigest", ""))
    known = _architectures(image.repository, digest, context)
    note = _note(details[0], context.clock.now(), known)
    return Checked(digest=digest, note=note, warning=_mismatch(image, known, architecture))


def _architectures(repository: str, digest: str, context: Context) -> tuple[str, ...]:
    """The architectures that the images pane has read, if it has."""
    if context.store is None:
        return ()
    rows = (row for row in context.store.rows("images") if isinstance(row, ImageRow))
    return next((row.architectures for row in rows if row.digest == digest and row.name == repository), ())


def _mismatch(image: ImageRef, known: tuple[str, ...], wanted: str) -> str:
    spelled = {"X86_64": "amd64", "ARM64": "arm64"}.get(wanted, "amd64" if not wanted else wanted.lower())
    if not known or spelled in known:
        return ""
    return f"{image.short} is built for {', '.join(known)}, the task definition asks for {spelled}: its tasks will not start"


def _note(image: Mapping[str, Any], now: float, architectures: tuple[str, ...] = ()) -> str:
    """``sha256:9f2c…  amd64  pushed 3d ago  84M``."""
    digest = str(image.get("imageDigest", ""))
    pushed = epoch(image.get("imagePushedAt"))
    size = int(image.get("imageSizeInBytes") or 0)
    parts = [
        f"{digest[:11]}…" if digest else "",
        "+".join(architectures),
        f"pushed {age(now - pushed)} ago" if pushed else "",
        f"{size / 1e6:.0f}M" if size else "",
    ]
    return "  ".join(part for part in parts if part)


def age(seconds: float) -> str:
    """``3m``, ``2h``, ``5d``."""
    seconds = max(0.0, seconds)
    if seconds < 60:
        return f"{int(seconds // 10) * 10}s"
    if seconds < 3600:
        return f"{int(seconds // 60)}m"
    return f"{int(seconds // 3600)}h" if seconds < 86400 else f"{int(seconds // 86400)}d"
