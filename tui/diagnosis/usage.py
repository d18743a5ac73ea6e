"""Which services, tasks and pods run an image; who uses a task definition revision.

Containers are counted by place first (a service, a workload), so that one pod that comes or goes changes one count, and
an image's row is computed again only when a count changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tui.diagnosis.joins import definitions_of
from tui.model.derived import NOTHING, Computed, Derived, DerivedContext
from tui.model.ecr import ImageRow
from tui.model.kubernetes import PodRow
from tui.model.scope import Key
from tui.model.tasks import TaskRow
from tui.model.usage import DefinitionUsageRow, ImageRunRow, ImageUsageRow, ServiceDefinitionRow


def workload_of(pod: PodRow) -> str:
    """``namespace/name`` of what a pod belongs to: a replica set's name without its hash is its deployment's."""
    if pod.owner is None:
        return f"{pod.namespace}/{pod.name}"
    kind, name, _ = pod.owner
    return f"{pod.namespace}/{name.rpartition('-')[0] or name if kind == 'ReplicaSet' else name}"


def _task_place(task: TaskRow) -> Iterable[tuple[str, str]]:
    return () if task.last_status in ("STOPPED", "DEPROVISIONING") else ((task.key.identity, task.group),)


def _pod_place(pod: PodRow) -> Iterable[tuple[str, str]]:
    return () if pod.phase in ("Succeeded", "Failed") else ((pod.key.identity, workload_of(pod)),)


def _pod_images(pod: PodRow) -> set[tuple[str, str, str]]:
    """(registry/repository, tag, digest) of what a pod's containers run, as the node's runtime names it."""
    found = set()
    for container in pod.containers:
        name, at, digest = container.image_id.partition("@")
        if at and (not container.init or container.sidecar):
            image = container.image
            uri = name.rpartition("://")[2] or f"{image.registry}/{image.repository}"
            found.add((uri, image.tag, digest))
    return found


def _task_images(task: TaskRow) -> set[tuple[str, str, str]]:
    return {
        (f"{c.image.registry}/{c.image.repository}", c.image.tag, c.digest)
        for c in task.containers
        if c.digest or c.status == "RUNNING"
    }


class TaskImages(Derived):
    """Images that the tasks of a service or family run, counted."""

    name = "task-images"
    output = "image-runs"
    inputs = {"tasks": _task_place}

    def compute(self, group: tuple[str, str], members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        tasks: Sequence[TaskRow] = members["tasks"]
        counts = Counter(image for task in tasks for image in _task_images(task))
        if not counts:
            return NOTHING
        first = tasks[0]
        place = f"{first.cluster}/{first.service or first.group.partition(':')[2] or first.name}"
        return Computed(tuple(_run(first, "ecs", place, image, n, standalone=not first.service) for image, n in counts.items()))


class PodImages(Derived):
    """Images that the pods of a workload run, counted."""

    name = "pod-images"
    output = "image-runs"
    inputs = {"pods": _pod_place}

    def compute(self, group: tuple[str, str], members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        pods: Sequence[PodRow] = members["pods"]
        counts = Counter(image for pod in pods for image in _pod_images(pod))
        if not counts:
            return NOTHING
        return Computed(tuple(_run(pods[0], "eks", group[1], image, n) for image, n in counts.items()))


def _run(
    row: TaskRow | PodRow, world: str, place: str, image: tuple[str, str, str], count: int, *, standalone: bool = False
) -> ImageRunRow:
    uri, tag, digest = image
    return ImageRunRow(
        key=Key(ImageRunRow.kind, row.key.identity, f"{world}:{place}:{uri}:{tag}@{digest}"),
        scope=row.scope,
        name=place,
        world=world,
        place=place,
        standalone=standalone,
        uri=uri,
        tag=tag,
        digest=digest,
        count=count,
    )


def _uris(row: ServiceDefinitionRow) -> Iterable[str]:
    return dict.fromkeys(f"{image.registry}/{image.repository}" for image in row.images)


class ImageUsage(Derived):
    """One row for each image that ECR lists, also for those that nothing runs: so that "nothing" can be told from "not
    read yet". Containers without a digest are matched by tag."""

    name = "image-usage"
    output = "image-usage"
    covers = ("tasks", "pods")
    inputs = {
        "images": lambda row: (row.repository_uri,),
        "image-runs": lambda row: (row.uri,),
        "service-definitions": _uris,
    }

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        runs: Sequence[ImageRunRow] = members["image-runs"]
        by_digest: dict[str, list[ImageRunRow]] = {}
        by_tag: dict[str, list[ImageRunRow]] = {}
        for run in runs:
            if run.digest:
                by_digest.setdefault(run.digest, []).append(run)
            else:
                by_tag.setdefault(run.tag, []).append(run)
        wanted = _wanted(members["service-definitions"], group)
        missing = coverage_words(context, self.covers)
        rows = []
        for image in members["images"]:
            found = by_digest.get(image.digest, [])
            if by_tag:
                found = [*found, *(run for tag in image.image_tags for run in by_tag.get(tag, ()))]
            places = {place for tag in image.image_tags for place in wanted.get(tag, ())} if wanted else set()
            rows.append(_usage(image, found, places, missing))
        return Computed(tuple(rows))


def _wanted(definitions: Sequence[ServiceDefinitionRow], uri: str) -> dict[str, list[str]]:
    """Services by the tag that a revision of theirs names."""
    wanted: dict[str, list[str]] = {}
    for row in definitions:
        cluster = row.scope.cluster.rsplit("/", 1)[-1]
        for image in row.images:
            if f"{image.registry}/{image.repository}" == uri and image.tag:
                wanted.setdefault(image.tag, []).append(f"{cluster}/{row.name}")
    return wanted


def _usage(image: ImageRow, runs: Sequence[ImageRunRow], wanted: set[str], missing: str) -> ImageUsageRow:
    services, pods, tasks = dict.fromkeys(wanted, 0), dict[str, int](), 0
    for run in runs:
        if run.world == "eks":
            pods[run.place] = pods.get(run.place, 0) + run.count
        elif run.standalone:
            tasks += run.count
        else:
            services[run.place] = services.get(run.place, 0) + run.count
    return ImageUsageRow(
        key=Key(ImageUsageRow.kind, image.key.identity, image.key.id),
        scope=image.scope,
        name=image.name,
        image=image.key,
        services=_most(services),
        tasks=tasks,
        pods=_most(pods),
        coverage=missing,
    )


def _most(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))) if counts else ()


def coverage_words(context: DerivedContext, kinds: Iterable[str]) -> str:
    """``12/14 clusters read`` while not every scope of ``kinds`` has been read; empty when all have."""
    counts = [context.coverage(kind) for kind in kinds]
    read, total = sum(count[0] for count in counts), sum(count[1] for count in counts)
    if not total:
        return "clusters not read yet"
    return "" if read >= total else f"{read}/{total} clusters read"


class DefinitionUsage(Derived):
    """Which services and how many tasks use a revision."""

    name = "definition-usage"
    output = "definition-usage"
    covers = ("services", "tasks")
    inputs = {
        "task-definitions": lambda row: (row.arn,),
        "services": definitions_of,
        "tasks": lambda row: () if row.last_status in ("STOPPED", "DEPROVISIONING") else (row.task_definition,),
    }

    def compute(self, group: str, members: Mapping[str, Sequence[Any]], context: DerivedContext) -> Computed:
        if not members["task-definitions"]:
            return NOTHING
        definition = members["task-definitions"][0]
        services = tuple(sorted(f"{service.cluster}/{service.name}" for service in members["services"]))
        row = DefinitionUsageRow(
            key=Key(DefinitionUsageRow.kind, definition.key.identity, definition.key.id),
            scope=definition.scope,
            name=definition.name,
            definition=definition.key,
            services=services,
            tasks=len(members["tasks"]),
            coverage=coverage_words(context, self.covers),
        )
        return Computed((row,))
