"""Service deployments (the history that ECS keeps for 90 days) of the services that somebody has open."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, ClassVar

from tui.model import Key, Scope
from tui.model.ecs import ServiceDeploymentRow
from tui.model.errors import ApiError
from tui.sources.aws.decode import convert
from tui.sources.aws.source import ClusterSource, every, priority_of
from tui.sources.aws.wire import Wire
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

SHOWN = 20  # DescribeServiceDeployments' limit


class Revision(Wire):
    """A member of ``sourceServiceRevisions``, and ``targetServiceRevision``."""

    arn: str = ""


class One(Wire):
    """A member of ``serviceDeployments``."""

    service_deployment_arn: str = ""
    service_arn: str = ""
    status: str = ""
    status_reason: str = ""
    lifecycle_stage: str = ""
    target_service_revision: Revision | None = None
    created_at: float = 0.0
    started_at: float = 0.0
    finished_at: float = 0.0


class Described(Wire):
    """DescribeServiceDeployments' answer."""

    service_deployments: tuple[One, ...] = ()


class ServiceDeployments(ClusterSource):
    """Rows of ``service-deployments``: of those services whose keys an interest in that kind names."""

    name: ClassVar[str] = "ecs-service-deployments"
    kinds: ClassVar[tuple[str, ...]] = ("service-deployments",)
    reads: ClassVar[tuple[str, ...]] = ("ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments")

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        scope = self.aws.cluster_scope(cluster)

        async def fetch(urgency: Urgency) -> str | None:
            keys = self.store.interest.keys("service-deployments", scope)
            await every(self._read(scope, key, urgency) for key in sorted(keys) if key.kind == "services")
            return None

        return self.poller(fetch, Cadence.of(self.context), scope=scope).run()

    async def _read(self, scope: Scope, service: Key, urgency: Urgency) -> None:
        stamp = self.store.stamp()
        name = service.id.rsplit("#", 1)[-1]
        priority = priority_of(urgency)
        params = {"cluster": scope.cluster, "service": name, "maxResults": SHOWN}
        try:
            listed = await self.aws.call("ecs", "ListServiceDeployments", params, priority=priority)
        except ApiError as error:
            if error.code != "ServiceNotFoundException":
                raise
            listed = {}  # deleted while it is looked at
        arns = [str(one["serviceDeploymentArn"]) for one in listed.get("serviceDeployments") or ()][:SHOWN]
        rows: list[ServiceDeploymentRow] = []
        if arns:
            params = {"serviceDeploymentArns": arns}
            answer = await self.aws.call("ecs", "DescribeServiceDeployments", params, priority=priority)
            found = convert("ecs:DescribeServiceDeployments", answer, Described)
            rows = [self._row(one, scope, service) for one in found.service_deployments]
        kept = {row.key for row in rows}
        self.store.upsert(rows, stamp)
        old = [
            row.key
            for row in self.store.rows("service-deployments")
            if isinstance(row, ServiceDeploymentRow) and row.service == service and row.key not in kept
        ]
        self.store.remove(scope.owner, old, stamp)

    @staticmethod
    def _row(one: One, scope: Scope, service: Key) -> ServiceDeploymentRow:
        return ServiceDeploymentRow(
            key=Key.of("service-deployments", scope, one.service_deployment_arn),
            scope=scope,
            name=one.service_deployment_arn.rsplit("/", 1)[-1],
            arn=one.service_deployment_arn,
            service=service,
            status=one.status,
            status_reason=one.status_reason,
            stage=one.lifecycle_stage,
            target_revision=one.target_service_revision.arn if one.target_service_revision else "",
            created=one.created_at,
            started=one.started_at,
            finished=one.finished_at,
        )
