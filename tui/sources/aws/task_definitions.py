"""Task definitions: the newest revision of each family, and the revisions that services and tasks run.

A revision never changes but for its status, so each is described once and kept for ever. The list of ARNs says which
revision is the newest; an account with very many revisions is read family by family instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from msgspec.structs import replace

from tui.model import Key, Secret
from tui.model.ecs import ContainerDefinition, EnvironmentValue, ServiceRow, TaskDefinitionRow
from tui.model.errors import ApiError, Trouble
from tui.model.tasks import TaskRow
from tui.sources.aws import wire, wire_definitions
from tui.sources.aws.rows import ImageCache, number, tags_of
from tui.sources.aws.source import AwsSource, every
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency
from tui.store.stamp import Stamp

LIST_FACTOR = 10.0  # of the visible cadence: a new revision is seen within half a minute
BACKGROUND_FACTOR = 4.0
MOST_PAGES = 10
#: described at once before rows are shown
CHUNK = 20


def family_and_revision(arn: str) -> tuple[str, int]:
    """``…:task-definition/web:42`` → (``web``, 42)."""
    family, _, revision = arn.rsplit("/", 1)[-1].rpartition(":")
    return family, int(revision) if revision.isdigit() else 0


def newest(arns: Iterable[str]) -> dict[str, str]:
    """The ARN of the highest revision by family."""
    best: dict[str, tuple[int, str]] = {}
    for arn in arns:
        family, revision = family_and_revision(arn)
        if revision > best.get(family, (-1, ""))[0]:
            best[family] = (revision, arn)
    return {family: arn for family, (_, arn) in best.items()}


class TaskDefinitions(AwsSource):
    """Rows of ``task-definitions``."""

    name: ClassVar[str] = "ecs-task-definitions"
    kinds: ClassVar[tuple[str, ...]] = ("task-definitions",)
    reads: ClassVar[tuple[str, ...]] = (
        "ecs:ListTaskDefinitions", "ecs:ListTaskDefinitionFamilies", "ecs:DescribeTaskDefinition",
    )  # fmt: skip

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._described: dict[str, TaskDefinitionRow] = {}
        self._images = ImageCache()

    async def run(self) -> None:
        cadence = Cadence.of(self.context, visible=LIST_FACTOR, background=BACKGROUND_FACTOR, action=LIST_FACTOR)
        await self.poller(self._read, cadence).run()

    async def _read(self, urgency: Urgency) -> str | None:
        stamp = self.store.stamp()
        active = await self._active(urgency)
        latest = newest(active)
        known = dict.fromkeys((*active, *self._in_use()))
        relist = self.store.begin("task-definitions", self.scope, stamp)
        relist.page([self._show(arn, latest) for arn in known])
        relist.end()
        await self._describe(self._by_wish(latest), latest, urgency)
        return None if known else "no task definitions"

    def _by_wish(self, latest: dict[str, str]) -> list[str]:
        """What is not described yet: on the screen, in use, the newest of its family, in this order."""
        seen = {key.id for key in self.store.interest.keys("task-definitions", self.scope)}
        used = self._in_use()
        arns = {*seen, *used, *latest.values()} - self._described.keys()
        return sorted(arns, key=lambda arn: (arn not in seen, arn not in used, arn))

    async def _active(self, urgency: Urgency) -> list[str]:
        """The active revisions; only the newest of each family where there are too many to list."""
        arns: list[str] = []
        token = ""
        for _ in range(MOST_PAGES):
            params = {"maxResults": 100, "sort": "DESC", "status": "ACTIVE", **({"nextToken": token} if token else {})}
            page = await self.narrow("ecs", "ListTaskDefinitions", params, wire_definitions.ListTaskDefinitions, urgency)
            arns += page.task_definition_arns
            token = page.next_token
            if not token:
                return arns
        return await self._family_by_family(urgency)

    async def _family_by_family(self, urgency: Urgency) -> list[str]:
        """Too many revisions to list: ask for the newest of each family."""
        names = await self.aws.pages("ecs", "ListTaskDefinitionFamilies", {"status": "ACTIVE", "maxResults": 100}, "families")
        answers = await every(self._newest_of(str(name), urgency) for name in names)
        return [arn for arn in answers if arn]

    async def _newest_of(self, family: str, urgency: Urgency) -> str:
        params = {"familyPrefix": family, "sort": "DESC", "status": "ACTIVE", "maxResults": 1}
        page = await self.narrow("ecs", "ListTaskDefinitions", params, wire_definitions.ListTaskDefinitions, urgency)
        return next((arn for arn in page.task_definition_arns if family_and_revision(arn)[0] == family), "")

    def _in_use(self) -> frozenset[str]:
        """Revisions that services and tasks of this connection run."""
        found: set[str] = set()
        for row in self.store.rows("services"):
            if isinstance(row, ServiceRow) and row.scope.owner == self.aws.owner:
                found.add(row.task_definition)
                found.update(deployment.task_definition for deployment in row.deployments)
        for row in self.store.rows("tasks"):
            if isinstance(row, TaskRow) and row.scope.owner == self.aws.owner:
                found.add(row.task_definition)
        return frozenset(arn for arn in found if ":task-definition/" in arn)

    def _show(self, arn: str, latest: dict[str, str]) -> TaskDefinitionRow:
        """What is known of a revision now; only its name before it was described."""
        family, revision = family_and_revision(arn)
        is_latest = latest.get(family) == arn
        known = self._described.get(arn)
        if known is not None:
            return known if known.latest == is_latest else replace(known, latest=is_latest)
        key = Key.of("task-definitions", self.scope, arn)
        status = "ACTIVE" if is_latest else ""
        return TaskDefinitionRow(
            key=key, scope=self.scope, name=family, arn=arn, revision=revision, latest=is_latest, status=status
        )

    async def _describe(self, arns: Sequence[str], latest: dict[str, str], urgency: Urgency) -> None:
        for start in range(0, len(arns), CHUNK):
            stamp = self.store.stamp()
            await every(self._one(arn, urgency) for arn in arns[start : start + CHUNK])
            self._upsert(arns[start : start + CHUNK], latest, stamp)

    def _upsert(self, arns: Sequence[str], latest: dict[str, str], stamp: Stamp) -> None:
        self.store.upsert([self._show(arn, latest) for arn in arns if arn in self._described], stamp)

    async def _one(self, arn: str, urgency: Urgency) -> None:
        """Describe a revision and keep it; one that was deleted meanwhile is left out."""
        params = {"taskDefinition": arn, "include": ["TAGS"]}
        try:
            answer = await self.narrow("ecs", "DescribeTaskDefinition", params, wire_definitions.DescribeTaskDefinition, urgency)
        except ApiError as error:
            if error.trouble not in (Trouble.INVALID, Trouble.NOT_FOUND):
                raise
            return
        if answer.task_definition is not None:
            self._described[arn] = self._row(answer.task_definition, answer.tags)

    def _row(self, one: wire_definitions.TaskDefinition, tags: tuple[wire.Tag, ...]) -> TaskDefinitionRow:
        return TaskDefinitionRow(
            key=Key.of("task-definitions", self.scope, one.task_definition_arn),
            scope=self.scope,
            name=one.family,
            arn=one.task_definition_arn,
            revision=int(one.revision),
            status=one.status,
            compatibilities=one.compatibilities,
            cpu=number(one.cpu),
            memory=number(one.memory),
            network_mode=one.network_mode,
            task_role=one.task_role_arn,
            execution_role=one.execution_role_arn,
            containers=tuple(container_definition(part, self._images) for part in one.container_definitions),
            volumes=tuple(volume.name for volume in one.volumes),
            registered=one.registered_at,
            registered_by=one.registered_by,
            tags=tags_of(tags),
        )


def container_definition(part: wire_definitions.ContainerDefinition, images: ImageCache) -> ContainerDefinition:
    """A member of ``containerDefinitions``; environment values are hidden from here on."""
    log = part.log_configuration or _NO_LOG
    plain = [EnvironmentValue(pair.name, Secret(pair.value)) for pair in part.environment]
    referred = [EnvironmentValue(pair.name, None, pair.value_from) for pair in part.secrets]
    return ContainerDefinition(
        name=part.name,
        image=images[part.image],
        essential=part.essential,
        cpu=int(part.cpu),
        memory=int(part.memory),
        memory_reservation=int(part.memory_reservation),
        ports=tuple(int(mapping.container_port) for mapping in part.port_mappings),
        log_driver=log.log_driver,
        log_group=log.options.get("awslogs-group", ""),
        log_prefix=log.options.get("awslogs-stream-prefix", ""),
        log_region=log.options.get("awslogs-region", ""),
        environment=(*plain, *referred),
    )


_NO_LOG = wire_definitions.LogConfiguration()
