"""All Kubernetes clusters at once, for ``pierhead get``: every EKS cluster of the account and region, unless one is named.

The console shows one cluster at a time. A script that asks for pods means all of them, so each cluster gets a link of its
own, with a freshness of its own: one that cannot be reached hides no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from config import Settings
from tui.model.errors import ApiError
from tui.sources.aws.eks_clusters import eks_clusters
from tui.sources.aws.limits import Priority
from tui.sources.aws_link import AwsLink
from tui.sources.choose import Choice
from tui.sources.kube_link import AWS_LIMIT_S, KubernetesLink
from tui.sources.kubernetes.connect import KubernetesConnection
from tui.sources.supervisor import Supervisor

MakeLink = Callable[[Settings, str], KubernetesLink]


class EveryCluster:
    """Stands where the hub has its one ``KubernetesLink``; what it says of itself is said of its first link.

    ``opened``: set once all have been tried. ``make``: a link for settings that name a cluster, or for none named.
    """

    def __init__(self, settings: Settings, aws: AwsLink, make: MakeLink) -> None:
        self.opened = asyncio.Event()
        self.on_open: Callable[[KubernetesConnection], None] | None = None
        self._settings = settings
        self._aws = aws
        self._make = make
        self._links: list[KubernetesLink] = []
        self._supervisor = Supervisor()

    @property
    def connection(self) -> KubernetesConnection | None:
        """The first that is open."""
        return next((link.connection for link in self._links if link.connection is not None), None)

    @property
    def error(self) -> ApiError | None:
        """The first failure."""
        return next((link.error for link in self._links if link.error is not None), None)

    @property
    def choice(self) -> Choice:
        """What was chosen where there was only one."""
        return self._links[0].choice if self._links else Choice("none")

    async def run(self) -> None:
        """Find the clusters, open all, and keep them until cancelled."""
        try:
            names = await self._names()
            for name in names:
                kubernetes = replace(self._settings.kubernetes, cluster=name)
                link = self._make(replace(self._settings, kubernetes=kubernetes), name if len(names) > 1 else "")
                link.on_open = self.on_open
                self._links.append(link)
                self._supervisor.spawn(link.run(), name=f"kubernetes {name}".strip())
            for link in self._links:
                await link.opened.wait()
            self.opened.set()
            await asyncio.Event().wait()
        finally:
            await self._supervisor.stop()

    async def _names(self) -> list[str]:
        """The EKS clusters; one empty name, which leaves the choice to the link, where one is named or none can be listed."""
        wanted = self._settings.kubernetes
        if wanted.context or wanted.cluster:
            return [wanted.cluster]
        try:
            async with asyncio.timeout(AWS_LIMIT_S):
                await self._aws.opened.wait()
            if not self._aws.connection.account:
                return [""]
            rows = await eks_clusters(self._aws.connection, Priority.VISIBLE)
        except (ApiError, TimeoutError):
            return [""]  # the link asks again, and says what it is told
        return [row.name for row in rows] if len(rows) > 1 else [""]
