"""Health of a load balancer's targets: of the services that somebody has open, and of some that are not steady.

DescribeTargetHealth takes one target group a call, so it is asked no oftener than that.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, ClassVar

from tui.model import Key, Scope, State
from tui.model.ecs import ServiceRow
from tui.model.errors import ApiError, Trouble
from tui.model.monitoring import TargetHealthRow
from tui.sources.aws.decode import convert
from tui.sources.aws.source import ClusterSource, every, priority_of
from tui.sources.aws.wire import Number, Wire
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

#: target groups of services that are not steady, in one turn
AT_ONCE = 5


class Place(Wire, rename="pascal"):
    """``Target``."""

    id: str = ""
    port: Number = 0


class Health(Wire, rename="pascal"):
    """``TargetHealth``."""

    state: str = ""
    reason: str = ""
    description: str = ""


class Description(Wire, rename="pascal"):
    """A member of ``TargetHealthDescriptions``."""

    target: Place | None = None
    target_health: Health | None = None


class Described(Wire, rename="pascal"):
    """DescribeTargetHealth's answer."""

    target_health_descriptions: tuple[Description, ...] = ()


class TargetHealth(ClusterSource):
    """Rows of ``target-health``. The keys of interests in it, or in tasks, name the services; without any, those that are
    not steady."""

    name: ClassVar[str] = "elbv2-target-health"
    kinds: ClassVar[tuple[str, ...]] = ("target-health",)
    reads: ClassVar[tuple[str, ...]] = ("elbv2:DescribeTargetHealth",)

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        scope = self.aws.cluster_scope(cluster)

        async def fetch(urgency: Urgency) -> str | None:
            await every(self._read(scope, group, urgency) for group in self._groups(scope))
            return None

        return self.poller(fetch, Cadence.of(self.context), scope=scope).run()

    def _groups(self, scope: Scope) -> list[str]:
        """Target groups to ask about."""
        interest = self.store.interest
        keys = {key for key in interest.keys("target-health", scope) | interest.keys("tasks", scope) if key.kind == "services"}
        rows = [row for row in self.store.rows("services") if isinstance(row, ServiceRow) and row.cluster_arn == scope.cluster]
        if keys:
            chosen = [row for row in rows if row.key in keys]
            return sorted({item.target_group for row in chosen for item in row.load_balancers if item.target_group})
        unsteady = [row for row in rows if row.state not in (State.WELL, State.IDLE)]
        return sorted({item.target_group for row in unsteady for item in row.load_balancers if item.target_group})[:AT_ONCE]

    async def _read(self, scope: Scope, group: str, urgency: Urgency) -> None:
        stamp = self.store.stamp()
        try:
            answer = await self.aws.call(
                "elbv2", "DescribeTargetHealth", {"TargetGroupArn": group}, priority=priority_of(urgency)
            )
        except ApiError as error:
            if error.trouble != Trouble.NOT_FOUND:
                raise
            answer = {}
        found = convert("elbv2:DescribeTargetHealth", answer, Described)
        rows = [health_row(one, group, scope) for one in found.target_health_descriptions]
        kept = {row.key for row in rows}
        known = (row for row in self.store.rows("target-health") if isinstance(row, TargetHealthRow))
        gone = [row.key for row in known if row.target_group == group and row.key not in kept]
        self.store.upsert(rows, stamp)
        self.store.remove(scope.owner, gone, stamp)


def health_row(one: Description, group: str, scope: Scope) -> TargetHealthRow:
    """The row of one target."""
    place, health = one.target or Place(), one.target_health or Health()
    return TargetHealthRow(
        key=Key.of("target-health", scope, f"{group}#{place.id}:{int(place.port)}"),
        scope=scope,
        name=place.id,
        target_group=group,
        target=place.id,
        port=int(place.port),
        health=health.state,
        code=health.reason,
        description=health.description,
    )
