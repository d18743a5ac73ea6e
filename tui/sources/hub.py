"""Everything that the application needs of the sources, in one object: made after the first frame.

Importing this module is cheap (no client library); the SDKs are imported in a thread when ``start`` opens connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property
from logging import getLogger
from random import Random
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from config import Settings
from tui.logs.base import LogProvider
from tui.model import Clock, Row, SystemClock
from tui.model.facts import Facts
from tui.sources.aws_link import AwsLink
from tui.sources.base import SourceContext
from tui.sources.facts import call_lines, error_lines, role_of
from tui.sources.failures import FailureLog
from tui.sources.head_start import HeadStart
from tui.sources.kube_side import KubernetesSide
from tui.sources.places import Places
from tui.sources.supervisor import Supervisor
from tui.store import Interest, Store, Urgency

if TYPE_CHECKING:
    from tui.sources.aws.connection import AwsConnection, Hook
    from tui.sources.checks import Asked, AwsClock
    from tui.sources.clients import HubClients
    from tui.sources.kubernetes.token import EksTokenRequest

#: What is read in the background, whatever is on the screen: counts, problems and joins live on it.
CENSUS = ("clusters", "services", "alarms", "tasks", "target-health", "scalable-targets", "pods", "deployments")


class Hub:
    """The sources of one session.

    ``loopback_only``: the demo: nothing of the user's is read, no other address is reached. ``census``: None means by the
    settings; ``reads`` gives what actions declare as reads, asked for where the guard is read-only; ``ask``: how to ask for
    an MFA code (may be set later); ``hooks``: botocore events for tests; ``every_cluster``: all EKS
    clusters at once (``get``).
    """

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        loopback_only: bool = False,
        census: bool | None = None,
        reads: Callable[[], Iterable[str]] = tuple,
        ask: Callable[[str], Awaitable[str | None]] | None = None,
        hooks: tuple[Hook, ...] = (),
        random: Random | None = None,
        quota_clock: Clock | None = None,
        every_cluster: bool = False,
    ) -> None:
        self.settings = settings
        self.store = store
        self.ask = ask
        self.failures = FailureLog()
        self._loopback_only = loopback_only
        self._census = settings.refresh.census if census is None else census
        self._reads = reads
        self._hooks = hooks
        # AWS counts real seconds: budgets follow the machine's clock also where a test moves the store's
        self._quota_clock = quota_clock or SystemClock()
        self._log = getLogger("pierhead.sources")
        self._random = random or Random()
        self._supervisor = Supervisor()
        self._interests: list[Interest] = []
        self._aws: AwsLink | None = None
        self._aws_task: asyncio.Task[None] | None = None
        #: all that were opened, by the owner of their rows
        self._aws_connections: dict[str, AwsConnection] = {}
        self._kube = KubernetesSide(
            store,
            self._supervisor,
            self._presign,
            loopback_only=loopback_only,
            every_cluster=every_cluster,
            quota_clock=self._quota_clock,
        )
        self._places = Places()

    @cached_property
    def clients(self) -> HubClients:
        """The clients behind rows; imported by the first who wants one."""
        from tui.sources.clients import HubClients

        return HubClients(
            read_only=self.settings.safety.read_only, aws_connections=self._aws_connections, clusters=self._kube.clusters
        )

    @cached_property
    def logs(self) -> LogProvider:
        """The lines of both worlds; imported by the first who wants them."""
        from tui.sources.dispatch import both_worlds

        return both_worlds(self.clients, self.store, self.settings, self._random)

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to connect; answers at once. What fails shows as freshness and is tried again."""
        if self._census:
            self._interests = [self.store.interest.register(kind, None, Urgency.BACKGROUND) for kind in CENSUS]
        self.head_start = HeadStart(self.store, self._quota_clock)
        self._aws = self._new_aws(self.settings)
        self._run_aws(self._aws)
        self._run_kube(self._aws)
        self._supervisor.spawn(self._find_places(self._aws.connection), name="profiles and contexts")

    async def _find_places(self, connection: AwsConnection) -> None:
        await self.head_start.over()
        await self._places.find(self.settings, connection, self._loopback_only)

    async def stop(self) -> None:
        """End all sources and close all connections."""
        for interest in self._interests:
            interest.close()
        self._interests = []
        await self._supervisor.stop()
        for connection in self._aws_connections.values():
            await connection.close()
        if self._aws is not None:
            await self._aws.connection.close()
        await self._kube.close()

    async def opened(self) -> None:
        """Return when AWS and Kubernetes have been tried once, whatever came of it."""
        if self._aws is not None:
            await self._aws.opened.wait()
        await self._kube.opened()

    async def first_rows(self) -> None:
        """Return when the first list was read, failed, or takes too long: what else a start does may follow."""
        await self.head_start.over()

    def refresh(self) -> None:
        """``ctrl-r``: everything that anybody looks at, now."""
        self.store.interest.refresh()

    def _new_aws(self, settings: Settings) -> AwsLink:
        from tui.sources.aws.guard import ReadGuard

        reads: Iterable[str] = ()
        if settings.safety.read_only:  # only a guard that refuses something has to know what every source reads
            from tui.sources.declared import declared_reads

            reads = {*declared_reads(), *self._reads()}
        guard = ReadGuard(read_only=settings.safety.read_only, reads=reads)
        return AwsLink(
            settings,
            self._context(settings),
            guard,
            loopback_only=self._loopback_only,
            clock=self._quota_clock,
            head_start=self.head_start,
            hooks=self._hooks,
            ask=self._ask,
        )

    async def _ask(self, serial: str) -> str | None:
        return await self.ask(serial) if self.ask is not None else None

    def _context(self, settings: Settings) -> SourceContext:
        return SourceContext(
            store=self.store,
            clock=self.store.clock,
            settings=settings,
            log=self._log,
            random=self._random,
            failures=self.failures,
        )

    def _run_aws(self, link: AwsLink) -> None:
        link.on_open = self._know_aws
        self._aws_task = self._supervisor.spawn(link.run(), name="aws")

    def _know_aws(self, connection: AwsConnection) -> None:
        """Rows carry the owner, which is known once the region is."""
        self._aws_connections[connection.owner] = connection

    def _run_kube(self, aws: AwsLink) -> None:
        self._kube.run(self.settings, self._context(self.settings), aws, self.head_start)

    async def _presign(self, request: EksTokenRequest) -> str:
        """Sign an EKS token's URL, by another profile or role where a kubeconfig says so."""
        aws = self._aws
        if aws is None:
            raise RuntimeError("the hub was not started")
        own = aws.connection
        other = (request.profile and request.profile != own.plan.profile) or request.role_arn
        if not other or self._loopback_only:
            return await own.presign(request.cluster, request.region)
        name = f"{request.profile}|{request.role_arn}"
        connection = self._aws_connections.get(name)
        if connection is None:
            link = self._new_aws(self.settings)
            plan = replace(own.plan, profile=request.profile or own.plan.profile, role_arn=request.role_arn)
            connection = link.connection
            connection.plan = plan
            await connection.open()
            self._aws_connections[name] = connection
        return await connection.presign(request.cluster, request.region)

    # -- what the application asks ------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        """For the header; empty members are not known yet."""
        aws, kube = self._aws, self._kube
        connection = aws.connection if aws else None
        cluster = kube.connection
        error = (aws.error if aws else None) or None
        account = connection.account if connection else ""
        return Facts(
            profile=(connection.plan.profile if connection else "") or self.settings.aws.profile,
            account=account,
            alias=aws.alias if aws else "",
            region=(connection.region if connection else "") or self.settings.aws.region,
            role=role_of(connection.caller) if connection and connection.caller else "",
            caller=connection.caller if connection else "",
            cluster=cluster.name if cluster else "",
            namespace=self.settings.kubernetes.namespace or (cluster.namespace if cluster else ""),
            context=cluster.context if cluster else "",
            read_only=self.settings.safety.read_only,
            protected=bool(account) and self.settings.protects(account, cluster.scope.cluster if cluster else ""),
            trouble=str(error) if error else "",
            hint=error.hint if error else "",
            slowed=connection.limits.slowed() if connection else (),
        )

    def calls(self) -> list[dict[str, Any]]:
        """``:calls``: one line a family of calls."""
        figures = [figure for connection in self._all_aws() for figure in connection.limits.figures()]
        clusters = dict.fromkeys((*self._kube.clusters.values(), *self._open_cluster()))
        figures += [figure for cluster in clusters for figure in cluster.calls.figures()]
        return call_lines(figures)

    def operations(self) -> dict[str, int]:
        """How often each operation was called since the start."""
        counts: dict[str, int] = {}
        for connection in self._all_aws():
            for name, count in connection.limits.operations.items():
                counts[name] = counts.get(name, 0) + count
        return counts

    def errors(self) -> list[dict[str, Any]]:
        """``:errors``, newest first."""
        return error_lines(self.failures.entries())

    def _all_aws(self) -> list[Any]:
        open_now = [self._aws.connection] if self._aws else []
        return list(dict.fromkeys((*self._aws_connections.values(), *open_now)))

    def _open_cluster(self) -> list[Any]:
        return [self._kube.connection] if self._kube.connection else []

    async def objects(self, kind: str, rows: Sequence[Row]) -> list[tuple[Row, dict[str, Any]]]:
        """The whole objects behind ``rows``. Raises ApiError."""
        return await self.clients.objects(kind, rows)

    async def check(self, asked: Asked, clock: AwsClock) -> list[tuple[str, str, str]]:
        """For ``doctor``: (``ok``, ``note`` or ``FAIL``; what; what to do). ``clock``: its hook was given to the hub."""
        from tui.sources.checks import check

        await self.opened()
        return await check(self._aws, self._kube.link, asked, clock)

    # -- switching ----------------------------------------------------------------------------------------------------

    def choices(self, what: str) -> list[tuple[str, str]]:
        """(value, label) for ``profile``, ``region`` and ``context``; the present one is marked."""
        facts = self.facts()
        return self._places.choices(
            what, {"profile": facts.profile or "default", "region": facts.region, "context": facts.context}
        )

    async def switch(self, *, profile: str | None = None, region: str | None = None, context: str | None = None) -> None:
        """Go to another profile, region or context. Raises ApiError, and stays where it was, where that does not open."""
        settings = self.settings
        if profile is not None or region is not None:
            aws = settings.aws
            aws = replace(aws, profile=aws.profile if profile is None else profile)
            aws = replace(aws, region=region if region is not None else ("" if profile is not None else aws.region))
            settings = replace(settings, aws=aws)
            await self._switch_aws(settings)
        if context is not None:
            self.settings = replace(self.settings, kubernetes=replace(self.settings.kubernetes, context=context, cluster=""))
        if self._aws is not None:
            await self._kube.leave()
            self._run_kube(self._aws)

    async def _switch_aws(self, settings: Settings) -> None:
        link = self._new_aws(settings)
        await link.open()
        left = self._aws
        if self._aws_task is not None:
            await self._supervisor.end(self._aws_task)
        self.settings = settings
        self._aws = link
        if left is not None and left.connection.owner != link.connection.owner:
            self.store.drop_owner(left.connection.owner)
        self._run_aws(link)
