"""The hub's way to Kubernetes: one cluster's link or every cluster's, made once the first list of AWS stands.

Nothing of Kubernetes is imported before: what the interpreter does until then only makes that list later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from config import Settings
from tui.model import Clock
from tui.model.errors import ApiError
from tui.sources.aws_link import AwsLink
from tui.sources.base import SourceContext
from tui.sources.head_start import HeadStart
from tui.sources.supervisor import Supervisor
from tui.store import Store

if TYPE_CHECKING:
    from tui.sources.aws.connection import AwsConnection
    from tui.sources.every_cluster import EveryCluster
    from tui.sources.kube_link import KubernetesLink
    from tui.sources.kubernetes.connect import KubernetesConnection
    from tui.sources.kubernetes.token import EksTokenRequest


class KubernetesSide:
    """``clusters``: every connection that was opened, by the owner of its rows. ``every_cluster``: all EKS clusters at once."""

    def __init__(
        self,
        store: Store,
        supervisor: Supervisor,
        presign: Callable[[AwsConnection, EksTokenRequest], Awaitable[str]],
        *,
        loopback_only: bool,
        every_cluster: bool,
        quota_clock: Clock,
    ) -> None:
        self.clusters: dict[str, KubernetesConnection] = {}
        self.link: KubernetesLink | EveryCluster | None = None
        self._known: list[KubernetesConnection] = []  # those too that another one took the place of: somebody may be amid a call
        self._store = store
        self._supervisor = supervisor
        self._presign = presign
        self._loopback_only = loopback_only
        self._every_cluster = every_cluster
        self._quota_clock = quota_clock
        self._task: asyncio.Task[None] | None = None
        self._made = asyncio.Event()

    @property
    def connection(self) -> KubernetesConnection | None:
        """What is open now."""
        return self.link.connection if self.link else None

    @property
    def error(self) -> ApiError | None:
        """Why nothing is open."""
        return self.link.error if self.link else None

    def run(self, settings: Settings, context: SourceContext, aws: AwsLink, head_start: HeadStart) -> None:
        """Begin; what fails shows as freshness and is tried again."""
        if settings.kubernetes.enabled:
            self._task = self._supervisor.spawn(self._run(settings, context, aws, head_start), name="kubernetes")

    async def _run(self, settings: Settings, context: SourceContext, aws: AwsLink, head_start: HeadStart) -> None:
        await head_start.over()
        link = self.link = self._make(settings, context, aws, head_start)
        self._made.set()
        await link.run()

    def _make(
        self, settings: Settings, context: SourceContext, aws: AwsLink, head_start: HeadStart
    ) -> KubernetesLink | EveryCluster:
        from tui.sources.kube_link import KubernetesLink

        presign = partial(self._presign, aws.connection)  # also once another profile was chosen

        def make(settings: Settings, one_of: str = "") -> KubernetesLink:
            return KubernetesLink(
                settings,
                context,
                aws,
                presign,
                loopback_only=self._loopback_only,
                head_start=head_start,
                quota_clock=self._quota_clock,
                one_of=one_of,
            )

        link: KubernetesLink | EveryCluster
        if self._every_cluster:
            from tui.sources.every_cluster import EveryCluster

            link = EveryCluster(settings, aws, make)
        else:
            link = make(settings)
        link.on_open = self._know
        return link

    def _know(self, connection: KubernetesConnection) -> None:
        self._known.append(connection)
        self.clusters[connection.scope.owner] = connection

    async def opened(self) -> None:
        """Return when it has been tried once, whatever came of it."""
        if self._task is None:
            return
        await self._made.wait()
        if self.link is not None:
            await self.link.opened.wait()

    async def leave(self) -> None:
        """End the sources; the connection stays for plans that still name it, its rows go."""
        task, self._task = self._task, None
        if task is not None:
            await self._supervisor.end(task)
        left, self.link = self.link, None
        self._made.clear()
        if left is not None and left.connection is not None:
            self._store.drop_owner(left.connection.scope.owner)

    async def close(self) -> None:
        """Close every connection that was opened."""
        for cluster in self._known:
            await cluster.close()
