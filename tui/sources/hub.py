"""Everything that the application needs of the sources, in one object: made after the first frame.

Importing this module is cheap (no client library); the SDKs are imported in a thread when ``start`` opens connections.
"""

from __future__ import annotations

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
from tui.sources.aws_side import AwsSide
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
    from tui.sources.aws_link import AwsLink
    from tui.sources.checks import Asked, AwsClock
    from tui.sources.clients import HubClients

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
        # AWS counts real seconds: budgets follow the machine's clock also where a test moves the store's
        self._quota_clock = quota_clock or SystemClock()
        self._log = getLogger("pierhead.sources")
        self._random = random or Random()
        self._supervisor = Supervisor()
        self._interests: list[Interest] = []
        self._aws = AwsSide(
            store,
            self._supervisor,
            self._context,
            loopback_only=loopback_only,
            clock=self._quota_clock,
            reads=reads,
            hooks=hooks,
            ask=self._ask,
        )
        self._kube = KubernetesSide(
            store,
            self._supervisor,
            self._aws.presign,
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
            read_only=self.settings.safety.read_only, aws_connections=self._aws.connections, clusters=self._kube.clusters
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
        link = self._aws.start(self.settings, self.head_start)
        self._run_kube(link)
        self._supervisor.spawn(self._find_places(link.connection), name="profiles and contexts")

    async def _find_places(self, connection: AwsConnection) -> None:
        await self.head_start.over()
        await self._places.find(self.settings, connection, self._loopback_only)

    async def stop(self) -> None:
        """End all sources and close all connections."""
        for interest in self._interests:
            interest.close()
        self._interests = []
        await self._supervisor.stop()
        await self._aws.close()
        await self._kube.close()

    async def opened(self) -> None:
        """Return when AWS and Kubernetes have been tried once, whatever came of it."""
        await self._aws.opened()
        await self._kube.opened()

    async def first_rows(self) -> None:
        """Return when the first list was read, failed, or takes too long: what else a start does may follow."""
        await self.head_start.over()

    def refresh(self) -> None:
        """``ctrl-r``: everything that anybody looks at, now."""
        self.store.interest.refresh()

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

    def _run_kube(self, aws: AwsLink) -> None:
        self._kube.run(self.settings, self._context(self.settings), aws, self.head_start)

    # -- what the application asks ------------------------------------------------------------------------------------

    def facts(self) -> Facts:
        """For the header; empty members are not known yet."""
        aws, cluster = self._aws.link, self._kube.connection
        connection = aws.connection if aws else None
        error = aws.error if aws else None
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
        figures = [figure for connection in self._aws.all() for figure in connection.limits.figures()]
        figures += [figure for cluster in self._kube.clusters.values() for figure in cluster.calls.figures()]
        return call_lines(figures)

    def operations(self) -> dict[str, int]:
        """How often each operation was called since the start."""
        counts: dict[str, int] = {}
        for connection in self._aws.all():
            for name, count in connection.limits.operations.items():
                counts[name] = counts.get(name, 0) + count
        return counts

    def errors(self) -> list[dict[str, Any]]:
        """``:errors``, newest first."""
        return error_lines(self.failures.entries())

    async def objects(self, kind: str, rows: Sequence[Row]) -> list[tuple[Row, dict[str, Any]]]:
        """The whole objects behind ``rows``. Raises ApiError."""
        return await self.clients.objects(kind, rows)

    async def check(self, asked: Asked, clock: AwsClock) -> list[tuple[str, str, str]]:
        """For ``doctor``: (``ok``, ``note`` or ``FAIL``; what; what to do). ``clock``: its hook was given to the hub."""
        from tui.sources.checks import check

        await self.opened()
        return await check(self._aws.link, self._kube.link, asked, clock)

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
            await self._aws.switch(settings, self.head_start)
            self.settings = settings
        if context is not None:
            self.settings = replace(self.settings, kubernetes=replace(self.settings.kubernetes, context=context, cluster=""))
        if self._aws.link is not None:
            await self._kube.leave()
            self._run_kube(self._aws.link)
