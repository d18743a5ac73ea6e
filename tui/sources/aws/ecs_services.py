"""ECS services, cluster by cluster: the ones on the screen first, the ones that are not steady as often, the rest in turn."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from math import ceil
from typing import Any, ClassVar

from tui.model import Key, Scope, State
from tui.model.ecs import ServiceRow
from tui.sources.aws import wire_services
from tui.sources.aws.service_rows import EVENTS_KEPT, service_key, service_row
from tui.sources.aws.source import ClusterSource, batches, every
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency
from tui.store.stamp import Stamp

BATCH = 10  # DescribeServices' limit
LIST_EVERY_S = 30.0
#: all services of a cluster are read within 30 s while the cluster is on the screen (less the jitter of the turns), …
ROUND_S = 26.0
#: … and within so many background intervals otherwise
BACKGROUND_ROUNDS = 2
ALL_EVENTS = 100


class Known:
    """What is remembered of one cluster: names with the time of their last reading, and which are not steady."""

    def __init__(self) -> None:
        self.read: dict[str, float] = {}
        self.unsteady: set[str] = set()
        self.listed = float("-inf")
        self.round = float("-inf")
        self.stamp: Stamp | None = None


class EcsServices(ClusterSource):
    """Rows of ``services`` with their deployments, events and tags."""

    name: ClassVar[str] = "ecs-services"
    kinds: ClassVar[tuple[str, ...]] = ("services",)
    reads: ClassVar[tuple[str, ...]] = ("ecs:ListServices", "ecs:DescribeServices")

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._known: dict[str, Known] = {}

    def loop(self, cluster: str) -> Coroutine[Any, Any, None]:
        scope = self.aws.cluster_scope(cluster)

        async def fetch(urgency: Urgency) -> str | None:
            return await self.read(scope, urgency)

        return self.poller(fetch, Cadence.of(self.context), scope=scope).run()

    def left(self, cluster: str) -> None:
        self._known.pop(cluster, None)

    async def read(self, scope: Scope, urgency: Urgency) -> str | None:
        """One turn: list names if it is time, then describe whose turn it is."""
        known = self._known.setdefault(scope.cluster, Known())
        now = self.clock.monotonic()
        asked = self._asked(scope, known)
        if asked or now - known.listed >= LIST_EVERY_S:
            await self._list(scope, known, urgency)
        names = self.turn(scope, known, urgency, now, whole=asked)
        await every(self._describe(scope, known, part, urgency) for part in batches(names, BATCH))
        return None if known.read else f'no services in cluster "{scope.cluster.rsplit("/", 1)[-1]}"'

    def _asked(self, scope: Scope, known: Known) -> bool:
        """Whether a reading of everything was asked for since the last list began."""
        asked = self.store.interest.asked("services", scope)
        return asked is not None and (known.stamp is None or asked > known.stamp)

    async def _list(self, scope: Scope, known: Known, urgency: Urgency) -> None:
        """The names; what is not among them any more is gone."""
        stamp = self.store.stamp()
        relist = self.store.begin("services", scope, stamp)
        names: list[str] = []
        token = ""
        while True:
            params = {"cluster": scope.cluster, "maxResults": 100, **({"nextToken": token} if token else {})}
            page = await self.narrow("ecs", "ListServices", params, wire_services.ListServices, urgency)
            found = [arn.rsplit("/", 1)[-1] for arn in page.service_arns]
            relist.page((), seen=[service_key(scope, name) for name in found])
            names += found
            token = page.next_token
            if not token:
                break
        relist.end()
        known.read = {name: known.read.get(name, float("-inf")) for name in names}
        known.unsteady &= known.read.keys()
        known.listed = self.clock.monotonic()
        known.stamp = stamp

    def turn(self, scope: Scope, known: Known, urgency: Urgency, now: float, *, whole: bool = False) -> list[str]:
        """The names to describe now, the most wanted first; the last batch is filled with those read the longest ago.
        ``whole``: all of them."""
        interest = self.store.interest
        acted = self._names(interest.keys("services", scope, Urgency.ACTION), known)
        pace = self.context.settings.refresh.visible_s
        if urgency == Urgency.ACTION and not whole and now - known.round < pace:
            return acted  # while an action makes turns every second, the others keep their own pace
        known.round = now
        visible = self._names(interest.keys("services", scope, Urgency.VISIBLE), known)
        wanted = dict.fromkeys((*acted, *visible, *sorted(known.unsteady)))
        rest = sorted((name for name in known.read if name not in wanted), key=lambda name: known.read[name])
        new = [name for name in rest if known.read[name] == float("-inf")]
        names = [*wanted, *new]
        rest = rest[len(new) :]
        share = len(rest) if whole else self._share(len(rest), urgency)
        room = max(share, -len(names) % BATCH if names else 0)
        return [*names, *rest[:room]]

    def _share(self, count: int, urgency: Urgency) -> int:
        """How many of the rest are read in a turn."""
        refresh = self.context.settings.refresh
        if urgency == Urgency.BACKGROUND:
            return ceil(count / BACKGROUND_ROUNDS)
        return ceil(count * refresh.visible_s / ROUND_S)

    @staticmethod
    def _names(keys: frozenset[Key], known: Known) -> list[str]:
        names = (key.id.rsplit("#", 1)[-1] for key in keys if key.kind == "services")
        return sorted(name for name in names if name in known.read)

    async def _describe(self, scope: Scope, known: Known, names: Sequence[str], urgency: Urgency) -> None:
        stamp = self.store.stamp()
        params = {"cluster": scope.cluster, "services": list(names), "include": ["TAGS"]}
        answer = await self.narrow("ecs", "DescribeServices", params, wire_services.DescribeServices, urgency)
        interest = self.store.interest
        open_ones = interest.keys("tasks", scope) | interest.keys("services", scope, Urgency.ACTION)
        rows = [self._row(service, scope, open_ones) for service in answer.services]
        self.store.upsert(rows, stamp)
        now = self.clock.monotonic()
        for row in rows:
            self._note(known, row, now)
        missing = [failure.arn.rsplit("/", 1)[-1] for failure in answer.failures if failure.reason == "MISSING"]
        for name in missing:
            known.read.pop(name, None)
            known.unsteady.discard(name)
        self.store.remove(scope.owner, [service_key(scope, name) for name in missing], stamp)

    @staticmethod
    def _row(service: wire_services.Service, scope: Scope, open_ones: frozenset[Key]) -> ServiceRow:
        kept = ALL_EVENTS if service_key(scope, service.service_name) in open_ones else EVENTS_KEPT
        return service_row(service, scope, events=kept)

    @staticmethod
    def _note(known: Known, row: ServiceRow, now: float) -> None:
        known.read[row.name] = now
        if row.state in (State.WELL, State.IDLE):
            known.unsteady.discard(row.name)
        else:
            known.unsteady.add(row.name)
        if row.status == "INACTIVE":
            known.listed = float("-inf")
