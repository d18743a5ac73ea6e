"""ECR images of all repositories, with scan counts; architectures of those on the screen.

One call a repository (pages of 1,000), those on the screen first and more often. A manifest says what an image is made
for; it is read once for each digest, by BatchGetImage, and for an image of one architecture its configuration (a blob of
a few kB) says it. A digest never changes its content, so both are kept for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from tui.model.ecr import ImageRow
from tui.model.errors import ApiError, Trouble
from tui.sources.aws import wire_images
from tui.sources.aws.ecr_repositories import Repository, repositories
from tui.sources.aws.image_rows import image_row
from tui.sources.aws.manifests import ACCEPTED, Manifests
from tui.sources.aws.source import AwsSource, batches, every, priority_of
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency
from tui.store.stamp import Stamp

VISIBLE_FACTOR = 3.0
#: repositories without a row on the screen are read in turn, all within so many turns
ROUNDS = 6
MANIFESTS_AT_ONCE = 100  # BatchGetImage's limit


class EcrImages(AwsSource):
    """Rows of ``images``."""

    name: ClassVar[str] = "ecr-images"
    kinds: ClassVar[tuple[str, ...]] = ("images",)
    reads: ClassVar[tuple[str, ...]] = (
        "ecr:DescribeRepositories", "ecr:DescribeImages", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer",
    )  # fmt: skip

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._read_at: dict[str, float] = {}
        self._rows: dict[str, dict[str, ImageRow]] = {}
        self._known: dict[str, Repository] = {}
        self._manifests = Manifests(self.aws)
        self._began: Stamp | None = None

    async def run(self) -> None:
        cadence = Cadence.of(self.context, visible=VISIBLE_FACTOR, background=VISIBLE_FACTOR, action=VISIBLE_FACTOR)
        await self.poller(self._read, cadence).run()

    async def _read(self, urgency: Urgency) -> str | None:
        stamp = self.store.stamp()
        self._known = {one.repository_arn: one for one in await repositories(self.aws, priority_of(urgency))}
        self._forget()
        errors = [error for part in await every(self._try(arn, urgency) for arn in self._turn()) for error in part]
        relist = self.store.begin("images", self.scope, stamp)
        relist.page((), seen=[row.key for rows in self._rows.values() for row in rows.values()])
        relist.end()
        await self._architectures(urgency)
        if errors and len(errors) == len(self._known):
            raise errors[0]
        if errors:
            return f"{len(errors)} of {len(self._known)} repositories could not be read: {errors[0]}"
        return None if self._known else "no repositories"

    def _forget(self) -> None:
        for arn in [arn for arn in self._rows if arn not in self._known]:
            del self._rows[arn]
            self._read_at.pop(arn, None)

    def _visible(self) -> dict[str, list[str]]:
        """Digests on the screen by repository ARN."""
        found: dict[str, list[str]] = {}
        for key in sorted(self.store.interest.keys("images", self.scope)):
            arn, _, digest = key.id.partition("@")
            found.setdefault(arn, []).append(digest)
        return found

    def _turn(self) -> list[str]:
        """Whose turn it is: what is on the screen, what was never read, and a share of the rest; all when asked for."""
        asked = self.store.interest.asked("images", self.scope)
        visible = self._visible()
        new = [arn for arn in self._known if arn not in self._read_at]
        rest = sorted((arn for arn in self._known if arn in self._read_at), key=lambda arn: self._read_at[arn])
        first = [arn for arn in self._known if arn in visible]
        share = len(rest) if asked is not None and (self._began is None or asked > self._began) else -(-len(rest) // ROUNDS)
        self._began = self.store.stamp()
        return list(dict.fromkeys((*first, *new, *rest[:share])))

    async def _try(self, arn: str, urgency: Urgency) -> list[ApiError]:
        """Read one repository; an error of its own (deleted, denied by its policy) leaves the others alone, and is given."""
        try:
            await self._repository(self._known[arn], urgency)
        except ApiError as error:
            if error.trouble in (Trouble.NOT_FOUND, Trouble.DENIED, Trouble.INVALID):
                return [error]
            raise
        return []

    async def _repository(self, one: Repository, urgency: Urgency) -> None:
        stamp = self.store.stamp()
        rows: dict[str, ImageRow] = {}
        token = ""
        while True:
            more = {"nextToken": token} if token else {}
            params = {"repositoryName": one.repository_name, "maxResults": 1000, **more}
            page = await self.narrow("ecr", "DescribeImages", params, wire_images.DescribeImages, urgency)
            for image in page.image_details:
                architectures = self._manifests.known.get(image.image_digest, ())
                rows[image.image_digest] = image_row(image, self.scope, one.repository_arn, one.repository_uri, architectures)
            token = page.next_token
            if not token:
                break
        self._rows[one.repository_arn] = rows
        self._read_at[one.repository_arn] = self.clock.monotonic()
        self.store.upsert(rows.values(), stamp)

    async def _architectures(self, urgency: Urgency) -> None:
        """Read the manifests of the images on the screen that have none yet."""
        for arn, digests in self._visible().items():
            rows = self._rows.get(arn, {})
            wanted = [digest for digest in digests if digest in rows and not self._manifests.tried(digest)]
            for part in batches(wanted, MANIFESTS_AT_ONCE):
                await self._manifests_of(self._known[arn], part, urgency)

    async def _manifests_of(self, one: Repository, digests: Sequence[str], urgency: Urgency) -> None:
        params = {
            "repositoryName": one.repository_name,
            "imageIds": [{"imageDigest": digest} for digest in digests],
            "acceptedMediaTypes": list(ACCEPTED),
        }
        try:
            answer = await self.aws.call("ecr", "BatchGetImage", params, priority=priority_of(urgency))
        except ApiError as error:
            if error.trouble not in (Trouble.DENIED, Trouble.NOT_FOUND):
                raise
            self._manifests.give_up(digests)
            self.context.failures.error(self.clock.now(), self.name, error)
            return
        await every(
            self._manifests.take(one.repository_name, image, priority_of(urgency)) for image in answer.get("images") or ()
        )
        self._manifests.give_up(digests)
        self._upsert(one.repository_arn, digests)

    def _upsert(self, arn: str, digests: Sequence[str]) -> None:
        rows = self._rows[arn]
        for digest in digests:
            rows[digest] = replace(rows[digest], architectures=self._manifests.known.get(digest, ()))
        self.store.upsert([rows[digest] for digest in digests], self.store.stamp())
