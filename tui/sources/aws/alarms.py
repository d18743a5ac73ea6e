"""CloudWatch alarms: those that ring, for the census; all of them while somebody looks at the list."""

from __future__ import annotations

from typing import Any, ClassVar

from tui.model import Key, Scope
from tui.model.monitoring import AlarmRow
from tui.sources.aws.decode import convert
from tui.sources.aws.source import AwsSource, priority_of
from tui.sources.aws.wire import Number, Wire
from tui.sources.base import SourceContext
from tui.sources.polling import Cadence
from tui.store.interest import Urgency
from tui.store.stamp import Stamp

PAGE = 100
MOST_PAGES = 20
FACTOR = 4.0
WHOLE_EVERY_S = 60.0


class Dimension(Wire, rename="pascal"):
    """A member of ``Dimensions``."""

    name: str = ""
    value: str = ""


class Alarm(Wire, rename="pascal"):
    """A member of ``MetricAlarms``."""

    alarm_arn: str = ""
    alarm_name: str = ""
    state_value: str = ""
    state_reason: str = ""
    state_updated_timestamp: float = 0.0
    state_transitioned_timestamp: float = 0.0
    namespace: str = ""
    metric_name: str = ""
    dimensions: tuple[Dimension, ...] = ()
    threshold: Number | None = None
    comparison_operator: str = ""
    alarm_actions: tuple[str, ...] = ()


class Described(Wire, rename="pascal"):
    """DescribeAlarms' answer."""

    metric_alarms: tuple[Alarm, ...] = ()
    next_token: str = ""


def alarm_row(alarm: Alarm, scope: Scope) -> AlarmRow:
    """The row of a metric alarm."""
    return AlarmRow(
        key=Key.of("alarms", scope, alarm.alarm_arn),
        scope=scope,
        name=alarm.alarm_name,
        arn=alarm.alarm_arn,
        value=alarm.state_value,
        value_reason=alarm.state_reason,
        since=alarm.state_transitioned_timestamp or alarm.state_updated_timestamp,
        namespace=alarm.namespace,
        metric=alarm.metric_name,
        dimensions=tuple(sorted((one.name, one.value) for one in alarm.dimensions)),
        threshold=None if alarm.threshold is None else float(alarm.threshold),
        comparison=alarm.comparison_operator,
        actions=alarm.alarm_actions,
    )


class Alarms(AwsSource):
    """Rows of ``alarms``. All of them once a minute while somebody looks; those that ring at each turn."""

    name: ClassVar[str] = "cloudwatch-alarms"
    kinds: ClassVar[tuple[str, ...]] = ("alarms",)
    reads: ClassVar[tuple[str, ...]] = ("cloudwatch:DescribeAlarms",)

    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self._whole_at = float("-inf")
        self._stamp: Stamp | None = None

    async def run(self) -> None:
        await self.poller(self._read, Cadence.of(self.context, visible=FACTOR)).run()

    async def _read(self, urgency: Urgency) -> str | None:
        if urgency == Urgency.BACKGROUND:
            self._whole_at = float("-inf")
            return await self._list({"StateValue": "ALARM"}, urgency, whole=True)
        if not self._whole_due():
            return await self._list({"StateValue": "ALARM"}, urgency, whole=False)
        self._stamp = self.store.stamp()
        note = await self._list({}, urgency, whole=True)
        self._whole_at = self.clock.monotonic()
        return note

    def _whole_due(self) -> bool:
        asked = self.store.interest.asked("alarms", self.scope)
        if asked is not None and (self._stamp is None or asked > self._stamp):
            return True
        return self.clock.monotonic() - self._whole_at >= WHOLE_EVERY_S

    async def _list(self, which: dict[str, str], urgency: Urgency, *, whole: bool) -> str | None:
        """Read ``which`` alarms; ``whole``: there are no others."""
        relist = self.store.begin("alarms", self.scope, self.store.stamp())
        params: dict[str, Any] = {"AlarmTypes": ["MetricAlarm"], "MaxRecords": PAGE, **which}
        for _ in range(MOST_PAGES):
            answer = await self.aws.call("cloudwatch", "DescribeAlarms", params, priority=priority_of(urgency))
            page = convert("cloudwatch:DescribeAlarms", answer, Described)
            relist.page([alarm_row(alarm, self.scope) for alarm in page.metric_alarms])
            if not page.next_token:
                if whole:
                    relist.end()
                return None
            params = {**params, "NextToken": page.next_token}
        return f"only the first {PAGE * MOST_PAGES} alarms are read"
