"""ECR repositories."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Key, Scope
from tui.model.ecr import RepositoryRow
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import convert
from tui.sources.aws.limits import Priority
from tui.sources.aws.source import AwsSource, priority_of
from tui.sources.aws.wire import Wire
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

FACTOR = 10.0


class Scanning(Wire):
    """``imageScanningConfiguration``."""

    scan_on_push: bool = False


class Repository(Wire):
    """A member of ``repositories``."""

    repository_arn: str = ""
    repository_name: str = ""
    repository_uri: str = ""
    created_at: float = 0.0
    image_tag_mutability: str = "MUTABLE"
    image_scanning_configuration: Scanning | None = None


class Described(Wire):
    """DescribeRepositories' answer, all pages."""

    repositories: tuple[Repository, ...] = ()


async def repositories(aws: AwsConnection, priority: Priority) -> tuple[Repository, ...]:
    """All repositories of the account and region."""
    found = await aws.pages("ecr", "DescribeRepositories", {"maxResults": 1000}, "repositories", priority=priority)
    return convert("ecr:DescribeRepositories", {"repositories": found}, Described).repositories


def repository_row(one: Repository, scope: Scope) -> RepositoryRow:
    """The row of a repository."""
    return RepositoryRow(
        key=Key.of("repositories", scope, one.repository_arn),
        scope=scope,
        name=one.repository_name,
        arn=one.repository_arn,
        uri=one.repository_uri,
        created=one.created_at,
        immutable_tags=one.image_tag_mutability.startswith("IMMUTABLE"),
        scan_on_push=bool(one.image_scanning_configuration and one.image_scanning_configuration.scan_on_push),
    )


class EcrRepositories(AwsSource):
    """Rows of ``repositories``."""

    name: ClassVar[str] = "ecr-repositories"
    kinds: ClassVar[tuple[str, ...]] = ("repositories",)
    reads: ClassVar[tuple[str, ...]] = ("ecr:DescribeRepositories",)

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context, visible=FACTOR, background=FACTOR)).run()

    async def _read(self, urgency: Urgency) -> str | None:
        relist = self.store.begin("repositories", self.scope, self.store.stamp())
        found = await repositories(self.aws, priority_of(urgency))
        relist.page([repository_row(one, self.scope) for one in found])
        relist.end()
        return None if found else "no repositories"
