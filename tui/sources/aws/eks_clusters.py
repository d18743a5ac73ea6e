"""EKS clusters: name, version, status, and where and how they are reached."""

from __future__ import annotations

from typing import ClassVar

from tui.model import Key, Scope
from tui.model.errors import ApiError, Trouble
from tui.model.kubernetes import EksClusterRow
from tui.sources.aws.connection import AwsConnection
from tui.sources.aws.decode import convert
from tui.sources.aws.limits import Priority
from tui.sources.aws.source import AwsSource, every, priority_of
from tui.sources.aws.wire import Wire
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

FACTOR = 10.0


class Authority(Wire):
    """``certificateAuthority``."""

    data: str = ""


class Access(Wire):
    """``resourcesVpcConfig``."""

    endpoint_public_access: bool = True


class Cluster(Wire):
    """``cluster``."""

    name: str = ""
    arn: str = ""
    version: str = ""
    status: str = ""
    endpoint: str = ""
    certificate_authority: Authority | None = None
    platform_version: str = ""
    resources_vpc_config: Access | None = None


class Described(Wire):
    """DescribeCluster's answer."""

    cluster: Cluster | None = None


async def describe_cluster(aws: AwsConnection, name: str, scope: Scope, priority: Priority) -> EksClusterRow | None:
    """DescribeCluster; None where it is gone. Raises ApiError."""
    try:
        answer = await aws.call("eks", "DescribeCluster", {"name": name}, priority=priority)
    except ApiError as error:
        if error.trouble == Trouble.NOT_FOUND:
            return None
        raise
    one = convert("eks:DescribeCluster", answer, Described).cluster
    if one is None:
        return None
    return EksClusterRow(
        key=Key.of("eks-clusters", scope, one.arn),
        scope=scope,
        name=one.name,
        arn=one.arn,
        version=one.version,
        status=one.status,
        endpoint=one.endpoint,
        certificate_authority=one.certificate_authority.data if one.certificate_authority else "",
        platform_version=one.platform_version,
        public_access=one.resources_vpc_config.endpoint_public_access if one.resources_vpc_config else True,
    )


async def eks_clusters(aws: AwsConnection, priority: Priority) -> list[EksClusterRow]:
    """All EKS clusters of the account and region. Raises ApiError."""
    names = await aws.pages("eks", "ListClusters", {"maxResults": 100}, "clusters", priority=priority)
    found = await every(describe_cluster(aws, str(name), aws.scope, priority) for name in names)
    return [row for row in found if row is not None]


class EksClusters(AwsSource):
    """Rows of ``eks-clusters``."""

    name: ClassVar[str] = "eks-clusters"
    kinds: ClassVar[tuple[str, ...]] = ("eks-clusters",)
    reads: ClassVar[tuple[str, ...]] = ("eks:ListClusters", "eks:DescribeCluster")

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context, visible=FACTOR, background=FACTOR)).run()

    async def _read(self, urgency: Urgency) -> str | None:
        relist = self.store.begin("eks-clusters", self.scope, self.store.stamp())
        rows = await eks_clusters(self.aws, priority_of(urgency))
        relist.page(rows)
        relist.end()
        return None if rows else "no EKS clusters"
