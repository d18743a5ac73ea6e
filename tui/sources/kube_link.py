"""The way to a Kubernetes cluster: chosen, opened in the background, tried again, changed by the user. ECS never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from msgspec.structs import replace

from config import Settings
from tui.model import Clock, Scope
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.eks_clusters import describe_cluster, eks_clusters
from tui.sources.aws.limits import Priority
from tui.sources.aws_link import AwsLink, kinds_of
from tui.sources.backoff import Backoff
from tui.sources.base import SourceContext, discover
from tui.sources.choose import Choice, Given, choose
from tui.sources.head_start import HeadStart
from tui.sources.kubernetes.connect import KubernetesConnection, Options
from tui.sources.kubernetes.kubeconfig import MISSING, Kubeconfig, named, paths, read
from tui.sources.kubernetes.request import Timeouts
from tui.sources.kubernetes.token import Presign
from tui.sources.polling import STATES
from tui.sources.supervisor import Supervisor, fault
from tui.sources.waiting import woken
from tui.store.freshness import Freshness, FreshState
from tui.store.interest import InterestNews

PACKAGE = "tui.sources.kubernetes"
NAME = "kubernetes"
#: an EKS cluster's ARN is its identity, so AWS is asked first, but not waited for without end
AWS_LIMIT_S = 10.0


class KubernetesLink:
    """``opened``: set after the first try. ``choice``: what was chosen and why. ``one_of``: the cluster's name where it is
    one of several links, each of which then says only its own troubles."""

    def __init__(
        self,
        settings: Settings,
        context: SourceContext,
        aws: AwsLink,
        presign: Presign,
        *,
        loopback_only: bool,
        head_start: HeadStart,
        quota_clock: Clock | None = None,
        one_of: str = "",
    ) -> None:
        self._place = Scope(f"kube:{one_of}") if one_of else None
        self.settings = settings
        self.connection: KubernetesConnection | None = None
        self.error: ApiError | None = None
        self.choice = Choice("none")
        self.on_open: Callable[[KubernetesConnection], None] | None = None
        self.opened = asyncio.Event()
        self._aws = aws
        self._context = context
        self._head_start = head_start
        self._presign = presign
        self._supervisor = Supervisor()
        self._wake = asyncio.Event()
        self._options = Options(
            clock=context.clock,
            quota_clock=quota_clock,
            read_only=settings.safety.read_only,
            loopback_only=loopback_only,
            timeouts=Timeouts(connect=settings.kubernetes.connect_timeout_s, read=settings.kubernetes.read_timeout_s),
            profile=aws.connection.plan.profile,
        )

    async def run(self) -> None:
        """Choose, open, run the sources until cancelled; nothing is chosen: say so and wait to be replaced."""
        subscription = self._context.store.interest.subscribe(self._heard)
        backoff = Backoff(self._context.random, ceiling=30.0)
        try:
            while not await self._try(backoff):
                pass
            await asyncio.Event().wait()
        finally:
            subscription.close()
            await self._supervisor.stop()

    def _heard(self, news: InterestNews) -> None:
        if news.refresh:
            self._wake.set()

    async def _try(self, backoff: Backoff) -> bool:
        try:
            self.connection = await self.open()
        except ApiError as error:
            return await self._failed(error, backoff)
        except Exception as error:  # noqa: BLE001 - nothing may end the tries: shown, logged, tried again
            return await self._failed(fault(self._context, NAME, error), backoff)
        self.error = None
        self._context.store.freshness.drop(source=NAME, scope=self._place)
        if self.connection is None:
            return await self._nothing()
        self._start_sources(self.connection)
        self.opened.set()
        return True

    async def _failed(self, error: ApiError, backoff: Backoff) -> bool:
        self.error = error
        wait = backoff.next(error)
        self._say(STATES.get(error.trouble, FreshState.ERROR), error, wait)
        self.opened.set()
        await woken(self._context.clock, wait, self._wake)
        return False

    async def open(self) -> KubernetesConnection | None:
        """The chosen cluster, None where there is none to choose. Raises ApiError."""
        wanted = self.settings.kubernetes
        await self._head_start.over()
        kubeconfig, broken = await asyncio.to_thread(self._kubeconfig)
        if kubeconfig is None and broken is not None and (wanted.context or broken.code != MISSING):
            raise broken
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(AWS_LIMIT_S):
                await self._aws.opened.wait()
        clusters = await self._clusters()
        aws = self._aws.connection
        self.choice = choose(
            Given(
                context=wanted.context,
                cluster=wanted.cluster,
                current=kubeconfig.current if kubeconfig else "",
                servers=[(name, kubeconfig.server(name)) for name in kubeconfig.contexts()] if kubeconfig else (),
                clusters=clusters,
                account=aws.account,
                region=aws.region,
            )
        )
        if self.choice.how == "none" and broken is not None and named(wanted.kubeconfig):
            self.choice = replace(self.choice, why=f"{self.choice.why}; {broken}")
        self._context.log.info("kubernetes: %s %s (%s)", self.choice.how, self.choice.name, self.choice.why)
        if self.choice.how == "context" and kubeconfig is not None:
            return await KubernetesConnection.open_context(
                kubeconfig, self.choice.name, self._options, presign=self._presign, known=clusters or ()
            )
        if self.choice.how == "eks":
            return await self._open_eks(aws, clusters)
        return None

    def _kubeconfig(self) -> tuple[Kubeconfig | None, ApiError | None]:
        try:
            return read(paths(self.settings.kubernetes.kubeconfig)), None
        except ApiError as error:
            return None, error

    async def _clusters(self) -> list[EksClusterRow] | None:
        """The account's EKS clusters; None where they cannot be asked for."""
        if not self._aws.connection.account:
            return None
        try:
            return await eks_clusters(self._aws.connection, Priority.VISIBLE)
        except ApiError as error:
            self._context.failures.error(self._context.clock.now(), NAME, error)
            return None

    async def _open_eks(self, aws: AwsConnection, clusters: list[EksClusterRow] | None) -> KubernetesConnection:
        known = next((row for row in clusters or () if row.name == self.choice.name), None)
        row = known or await describe_cluster(aws, self.choice.name, aws.scope, Priority.VISIBLE)
        if row is None:
            raise _no_cluster(self.choice.name, aws)
        return await KubernetesConnection.open_eks(row, self._presign, self._options)

    def _start_sources(self, connection: KubernetesConnection) -> None:
        if self.on_open is not None:
            self.on_open(connection)
        context = self._context
        own = SourceContext(
            store=context.store,
            clock=context.clock,
            settings=self.settings,
            kubernetes=connection,
            log=context.log.getChild("kubernetes"),
            random=context.random,
            failures=context.failures,
        )
        for found in discover(PACKAGE):
            self._supervisor.start(found(own), connection.scope)

    def _say(self, state: FreshState, error: ApiError, wait: float) -> None:
        now = self._context.clock.now()
        self._context.failures.error(now, NAME, error)
        self._set(state, str(error), error.hint, now + wait)

    async def _nothing(self) -> bool:
        """There is nothing to open: the panes say why, and how to choose. Without AWS that may change."""
        self._set(FreshState.PAUSED, self.choice.why, ":ctx chooses a context · KUBECONFIG names a file of them", None)
        self.opened.set()
        if self._aws.connected.is_set():
            return True
        await self._aws.connected.wait()
        return False

    def _set(self, state: FreshState, message: str, hint: str, next_try: float | None) -> None:
        now = self._context.clock.now()
        for kind in kinds_of(discover(PACKAGE)):
            self._context.store.freshness.set(
                Freshness(
                    source=NAME,
                    kind=kind,
                    scope=self._place or Scope("kube:"),
                    state=state,
                    since=now,
                    message=message,
                    hint=hint,
                    next_try=next_try,
                )
            )

    async def stop(self) -> None:
        """End the sources; the connection stays for plans that still name it."""
        await self._supervisor.stop()


def _no_cluster(name: str, aws: AwsConnection) -> ApiError:
    return ApiError(
        Trouble.NOT_FOUND,
        f'there is no EKS cluster "{name}" in account {aws.account}, {aws.region}',
        operation="eks:DescribeCluster",
        hint=":eks-clusters lists them",
    )
