"""Health of a load balancer's targets: of the services that somebody has open, and of some that are not well.

DescribeTargetHealth takes one target group a call, so it is asked no oftener than that. What a health check asks for and
which codes it accepts (DescribeTargetGroups) is asked seldom, for all groups in one call.
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
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency

#: target groups of services that are not well, in one turn
AT_ONCE = 5

#: seconds that an event about an unhealthy target makes its service one of them
RECENT_EVENT = 1800.0

#: seconds for which a target group's health check is taken to be as it was
CHECKS_KEPT = 600.0


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


class Matcher(Wire, rename="pascal"):
    """``Matcher``: ``200``, ``200,202``, ``200-299``."""

    http_code: str = ""
    grpc_code: str = ""


class Group(Wire, rename="pascal"):
    """A member of ``TargetGroups``."""

    target_group_arn: str = ""
    health_check_path: str = ""
    matcher: Matcher | None = None


class Groups(Wire, rename="pascal"):
    """DescribeTargetGroups' answer."""

    target_groups: tuple[Group, ...] = ()


class TargetHealth(ClusterSource):
    """Rows of ``target-health``. The keys of interests in it, or in tasks, name the services; without any, those that are
    not steady."""

    name: ClassVar[str] = "elbv2-target-health"
    kinds: ClassVar[tuple[str, ...]] = ("target-health",)
    reads: ClassVar[tuple[str, ...]] = ("elbv2:DescribeTargetHealth", "elbv2:DescribeTargetGroups")

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._checks: dict[str, tuple[float, Group]] = {}

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        scope = self.aws.cluster_scope(cluster)

        async def fetch(urgency: Urgency) -> str | None:
            groups = self._groups(scope)
            await self._read_checks(groups, urgency)
            await every(self._read(scope, group, urgency) for group in groups)
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
        unwell = [row for row in rows if row.state not in (State.WELL, State.IDLE) or self._unhealthy(row)]
        return sorted({item.target_group for row in unwell for item in row.load_balancers if item.target_group})[:AT_ONCE]

    def _unhealthy(self, row: ServiceRow) -> bool:
        """Whether one of the service's newest events speaks of an unhealthy target: ECS replaces it, and it looks steady."""
        now = self.context.clock.now()
        return any(now - event.time < RECENT_EVENT and " is unhealthy in " in event.message for event in row.events)

    async def _read_checks(self, groups: list[str], urgency: Urgency) -> None:
        """What the health checks of ``groups`` accept. Where that may not be read it is left out: ``:errors`` has it."""
        now = self.context.clock.now()
        missing = [arn for arn in groups if arn not in self._checks or now - self._checks[arn][0] > CHECKS_KEPT]
        if not missing:
            return
        params = {"TargetGroupArns": missing}
        try:
            answer = await self.aws.call("elbv2", "DescribeTargetGroups", params, priority=priority_of(urgency))
        except ApiError:
            answer = {}
        found = convert("elbv2:DescribeTargetGroups", answer, Groups).target_groups
        self._checks.update({arn: (now, Group()) for arn in missing})
        self._checks.update({group.target_group_arn: (now, group) for group in found})

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
        check = self._checks[group][1] if group in self._checks else Group()
        rows = [health_row(one, group, scope, check) for one in found.target_health_descriptions]
        kept = {row.key for row in rows}
        known = (row for row in self.store.rows("target-health") if isinstance(row, TargetHealthRow))
        gone = [row.key for row in known if row.target_group == group and row.key not in kept]
        self.store.upsert(rows, stamp)
        self.store.remove(scope.owner, gone, stamp)


def health_row(one: Description, group: str, scope: Scope, check: Group) -> TargetHealthRow:
    """The row of one target."""
    matcher = check.matcher or Matcher()
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
        wanted=matcher.http_code or matcher.grpc_code,
        path=check.health_check_path,
    )
