"""The hub's way to AWS: the link of now, and every connection that was opened, which rows and plans may still name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from config import Settings
from tui.model import Clock
from tui.sources.aws.guard import ReadGuard
from tui.sources.aws_link import AwsLink
from tui.sources.base import SourceContext
from tui.sources.head_start import HeadStart
from tui.sources.supervisor import Supervisor
from tui.store import Store

if TYPE_CHECKING:
    from tui.sources.aws.connection import AwsConnection, Hook
    from tui.sources.kubernetes.token import EksTokenRequest

Context = Callable[[Settings], SourceContext]


class AwsSide:
    """``reads`` gives what actions declare as reads; ``ask``: how to ask for an MFA code, None where it was left."""

    def __init__(
        self,
        store: Store,
        supervisor: Supervisor,
        context: Context,
        *,
        loopback_only: bool,
        clock: Clock,
        reads: Callable[[], Iterable[str]],
        hooks: tuple[Hook, ...],
        ask: Callable[[str], Awaitable[str | None]],
    ) -> None:
        self.link: AwsLink | None = None
        #: by the owner of their rows, and those of other profiles and roles that only sign
        self.connections: dict[str, AwsConnection] = {}
        self._store = store
        self._supervisor = supervisor
        self._context = context
        self._loopback_only = loopback_only
        self._clock = clock
        self._reads = reads
        self._hooks = hooks
        self._ask = ask
        self._known: list[AwsConnection] = []  # those too that another one took the place of: somebody may be amid a call
        self._task: asyncio.Task[None] | None = None
        self._head_start: HeadStart | None = None

    @property
    def connection(self) -> AwsConnection | None:
        """That of now, open or not."""
        return self.link.connection if self.link else None

    def start(self, settings: Settings, head_start: HeadStart) -> AwsLink:
        """Begin to connect; what fails shows as freshness and is tried again."""
        self._head_start = head_start
        link = self._new(settings, head_start)
        self._run(link)
        return link

    def _new(self, settings: Settings, head_start: HeadStart) -> AwsLink:
        reads: Iterable[str] = ()
        if settings.safety.read_only:  # only a guard that refuses something has to know what every source reads
            from tui.sources.declared import declared_reads

            reads = {*declared_reads(), *self._reads()}
        return AwsLink(
            settings,
            self._context(settings),
            ReadGuard(read_only=settings.safety.read_only, reads=reads),
            loopback_only=self._loopback_only,
            clock=self._clock,
            head_start=head_start,
            hooks=self._hooks,
            ask=self._ask,
        )

    def _run(self, link: AwsLink) -> None:
        self.link = link
        link.on_open = self._know
        self._task = self._supervisor.spawn(link.run(), name="aws")

    def _know(self, connection: AwsConnection) -> None:
        """Rows carry the owner, which is known once the region is."""
        self._known.append(connection)
        self.connections[connection.owner] = connection

    async def switch(self, settings: Settings, head_start: HeadStart) -> None:
        """Go elsewhere. Raises ApiError, and stays where it was, where that does not open."""
        link = self._new(settings, head_start)
        await open_or_closed(link.open(), link.connection)
        left = self.connection
        if self._task is not None:
            await self._supervisor.end(self._task)
        if left is not None and left.owner != link.connection.owner:
            self._store.drop_owner(left.owner)
        self._run(link)

    async def presign(self, own: AwsConnection, request: EksTokenRequest) -> str:
        """Sign an EKS token's URL by ``own``, or by another profile or role where a kubeconfig says so. Raises ApiError."""
        if self.link is None or self._head_start is None:
            raise RuntimeError("the hub was not started")
        other = (request.profile and request.profile != own.plan.profile) or request.role_arn
        if not other or self._loopback_only:
            return await own.presign(request.cluster, request.region)
        name = f"{request.profile}|{request.role_arn}"
        connection = self.connections.get(name)
        if connection is None:
            connection = self._new(self.link.settings, self._head_start).connection
            connection.plan = replace(own.plan, profile=request.profile or own.plan.profile, role_arn=request.role_arn)
            await open_or_closed(connection.open(), connection)
            self.connections[name] = connection
        return await connection.presign(request.cluster, request.region)

    async def opened(self) -> None:
        """Return when it has been tried once, whatever came of it."""
        if self.link is not None:
            await self.link.opened.wait()

    def all(self) -> list[AwsConnection]:
        """Every connection, that of now among them also while it is not open."""
        return list(dict.fromkeys((*self.connections.values(), *((self.connection,) if self.connection else ()))))

    async def close(self) -> None:
        """Close every connection."""
        for connection in dict.fromkeys((*self._known, *self.all())):
            await connection.close()


async def open_or_closed(opening: Awaitable[None], connection: AwsConnection) -> None:
    """What comes of opening; a connection that does not open, or is not waited for, is closed again."""
    try:
        await opening
    except BaseException:
        await connection.close()
        raise
