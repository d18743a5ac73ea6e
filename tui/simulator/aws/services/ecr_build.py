"""Fill the registry: every image that the scenario runs, older versions behind it, indexes, and what scans found."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tui.simulator.aws.services.ecr_state import MIB, EcrState, Image, Repository
from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.world import World

HOUR, DAY = 3600.0, 86400.0
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
LIFECYCLE = {
    "rules": [
        {
            "rulePriority": 1,
            "description": "Drop untagged images after two weeks",
            "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14},
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "Keep the newest 25 images",
            "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 25},
            "action": {"type": "expire"},
        },
    ]
}


def create(world: World) -> None:
    """``world.state["ecr"]``, which also resolves the world's images."""
    state = EcrState(world)
    world.state["ecr"] = world.images = state
    data = world.scenario.get("ecr", {})
    if not data:
        return
    missing = set(world.scenario.get("ecs", {}).get("missing_images", ()))
    for name, tags in sorted(_wanted(world, data).items()):
        _fill(state, data, name, {tag: hours for tag, hours in tags.items() if f"{name}:{tag}" not in missing})
    _age(state, data, int(data.get("images", 0)))


def _wanted(world: World, data: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Repository → tags in order of version → hours since each was deployed, from every scenario file."""
    wanted: dict[str, dict[str, float]] = {}
    ecs = world.scenario.get("ecs", {})
    missing = set(ecs.get("missing_images", ()))
    for entry in (*ecs.get("service", ()), *ecs.get("family", ())):
        tags = wanted.setdefault(entry.get("image", entry["name"]), {})
        there = [tag for tag in entry["tags"] if f"{entry.get('image', entry['name'])}:{tag}" not in missing]
        for back, tag in enumerate(reversed(there)):
            tags[tag] = min(tags.get(tag, 1e9), entry.get("deployed", 400) + back * 260.0)
    for entry in ecs.get("behaviour", ()):
        name, _, tag = entry["image"].partition(":")
        wanted.setdefault(name, {}).setdefault(tag, 3.0)
    for name, tag, back in _kubernetes_images(world):
        wanted.setdefault(name, {}).setdefault(tag, 24 + 400 * noise(name) + back * 240.0)
    for entry in data.get("repository", ()):
        tags = wanted.setdefault(entry["name"], {})
        for back, tag in enumerate(reversed(entry["tags"])):
            tags.setdefault(tag, 60 + back * 300.0)
    return {name: _ordered(tags) for name, tags in wanted.items()}


def _ordered(tags: Mapping[str, float]) -> dict[str, float]:
    """Tags by version; none is younger than a later version."""
    found: dict[str, float] = {}
    youngest = 0.0
    for tag in sorted(tags, key=version, reverse=True):
        youngest = found[tag] = max(tags[tag], youngest + 5)
    return dict(reversed(found.items()))


def _kubernetes_images(world: World) -> Iterator[tuple[str, str, int]]:
    """(repository, tag, revisions ago) of the Kubernetes scenario's images; those that name a registry are not ours."""
    for workload in world.scenario.get("kubernetes", {}).get("workloads", ()):
        base = workload.get("image", "").rpartition(":")[0]
        before = reversed(workload.get("history", ()))
        texts = [(workload.get(member, ""), 0) for member in ("image", "sidecar", "init")]
        texts += [(f"{base}:{tag}", back) for back, tag in enumerate(before, start=1)]
        for text, back in texts:
            if text and "/" not in text:
                name, _, tag = text.partition(":")
                yield name, tag or "latest", back


def version(tag: str) -> tuple[int, ...]:
    """The numbers of a tag, to sort by."""
    return tuple(int(part) for part in re.findall(r"\d+", tag)) or (0,)


def _fill(state: EcrState, data: Mapping[str, Any], name: str, tags: Mapping[str, float]) -> None:
    """A repository with the images of ``tags`` (tag → hours since it was deployed)."""
    world = state.world
    extra: Mapping[str, Any] = next((entry for entry in data.get("repository", ()) if entry["name"] == name), {})
    repository = state.create(name, world.started - (300 + 500 * noise(name, "age")) * DAY)
    repository.mutability = "IMMUTABLE" if name in data.get("immutable", ()) else "MUTABLE"
    repository.scan_on_push = name not in data.get("unscanned", ())
    repository.tags = {"team": "platform" if extra else name.split("-")[0], "ManagedBy": "Terraform"}
    if name in data.get("lifecycle", ()):
        repository.lifecycle = json.dumps(LIFECYCLE)
        repository.lifecycle_run = world.started - 5 * HOUR
    base = int((data.get("sizes", {}).get(name) or extra.get("size") or 40 + 120 * noise(name, "size")) * MIB)
    for number, (tag, hours) in enumerate(tags.items()):
        pushed = world.started - (hours + 0.4 + noise(name, tag)) * HOUR
        image = push(state, repository, tag, int(base * (1 + 0.01 * number)), pushed, name in data.get("multi", ()))
        image.tags.append(tag)
        scan(state, repository, image, tag, data)
    newest = max(repository.images.values(), key=lambda image: (bool(image.tags), image.pushed), default=None)
    if newest is not None and repository.mutability == "MUTABLE":
        newest.tags.append("latest")


def push(state: EcrState, repository: Repository, tag: str, size: int, pushed: float, multi: bool) -> Image:
    """A made-up image of one or two architectures."""
    label = f"{repository.name}:{tag}"
    if multi:
        return state.add_index(repository, label, size, pushed)
    return state.add_single(repository, label, size, pushed, "amd64", oci=noise(repository.name, "oci") > 0.5)


def scan(state: EcrState, repository: Repository, image: Image, tag: str, data: Mapping[str, Any]) -> None:
    """What basic scanning found when the image was pushed; ECR does not scan indexes but their members."""
    targets = [repository.images[child] for child in image.children] or [image]
    for target in targets:
        if not repository.scan_on_push:
            continue
        target.scan_status, target.scanned = "COMPLETE", target.pushed + 40
        known = data.get("findings", {}).get(f"{repository.name}:{tag}") or data.get("findings", {}).get(f"{repository.name}:*")
        target.counts = _counts(known if known is not None else _drawn(repository.name, tag))


def _drawn(name: str, tag: str) -> list[int]:
    chance = noise(name, tag, "scan")
    age = 1 if chance < 0.6 else 3
    return [1 if chance > 0.94 else 0, int(5 * max(0, chance - 0.7) * age), int(6 * chance * age), int(14 * chance)]


def _counts(numbers: list[int]) -> dict[str, int]:
    return {severity: count for severity, count in zip(SEVERITIES, numbers, strict=True) if count}


def _age(state: EcrState, data: Mapping[str, Any], total: int) -> None:
    """Older versions (and some untagged leftovers of rebuilt tags) until the registry holds ``total`` images."""
    rng = random.Random(f"{state.world.seed}:ecr")
    repositories = [r for r in state.repositories.values() if r.images]
    turn = 0
    while repositories and sum(len(r.images) for r in repositories) < total:
        repository = repositories[turn % len(repositories)]
        turn += 1
        oldest = min((i for i in repository.images.values() if i.tags), key=lambda image: version(image.tags[0]))
        tag = _before(oldest.tags[0], rng)
        left = total - sum(len(r.images) for r in repositories)
        multi = oldest.is_list and left >= 3
        if left < 3 and oldest.is_list:
            continue
        image = push(state, repository, f"{tag}#{turn}", int(oldest.size * 0.99), oldest.pushed - rng.uniform(2, 20) * DAY, multi)
        if repository.tagged(tag) is None and turn % 9:
            image.tags.append(tag)
        scan(state, repository, image, tag, data)
        repository.created = min(repository.created, image.pushed - DAY)


def _before(tag: str, rng: random.Random) -> str:
    """The version that came before ``tag``: the last number that can be lower is."""
    numbers = list(version(tag))
    for place in range(len(numbers) - 1, -1, -1):
        if numbers[place] > 0:
            numbers[place] -= 1
            for after in range(place + 1, len(numbers)):
                numbers[after] = rng.randrange(1, 6)
            break
    else:
        return f"{tag}-rc"
    width = [len(part) for part in re.findall(r"\d+", tag)]
    return ".".join(
        f"{number:0{size if size > 1 and tag[0] == '2' else 1}d}" for number, size in zip(numbers, width, strict=True)
    )
