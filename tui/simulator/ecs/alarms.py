"""CloudWatch alarms: evaluated once a minute against the metrics, with history, and heard by Application Auto Scaling."""

from __future__ import annotations

import json
import operator
import time as clock
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tui.simulator.world import noise

if TYPE_CHECKING:
    from tui.simulator.ecs.metrics import Metrics
    from tui.simulator.ecs.objects import Tags
    from tui.simulator.world import World

MINUTE = 60.0
HISTORY_KEPT = 50
COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


@dataclass(slots=True, eq=False)
class Alarm:
    """A metric alarm; ``data`` has its configuration in the members of PutMetricAlarm."""

    name: str
    arn: str
    data: dict[str, Any]
    configured: float
    value: str = "INSUFFICIENT_DATA"
    reason: str = "Unchecked: Initial alarm creation"
    reason_data: str = ""
    updated: float = 0.0
    enabled: bool = True
    tags: Tags = field(default_factory=dict)
    history: deque[tuple[float, str, str, str]] = field(default_factory=lambda: deque(maxlen=HISTORY_KEPT))
    hears: Callable[[Alarm, float], None] | None = None  # called on each evaluation in ALARM with the newest value

    @property
    def dimensions(self) -> dict[str, str]:
        return {d["Name"]: d["Value"] for d in self.data.get("Dimensions", ())}


class Alarms:
    """``world.state["alarms"]``."""

    def __init__(self, world: World, metrics: Metrics) -> None:
        self.world = world
        self.metrics = metrics
        self.by_name: dict[str, Alarm] = {}
        self.heard_by: list[Callable[[str], None]] = []  # called with the name of an alarm that goes into ALARM

    def put(self, data: dict[str, Any], *, hears: Callable[[Alarm, float], None] | None = None) -> Alarm:
        """Create an alarm or change its configuration; the state stays until the next evaluation."""
        name = data["AlarmName"]
        alarm = self.by_name.get(name)
        if alarm is None:
            alarm = self.by_name[name] = Alarm(name, self.world.arn("cloudwatch", f"alarm:{name}"), data, self.world.now())
            alarm.updated = self.world.now()
            self.world.after(MINUTE * (0.1 + 0.4 * noise(name)), lambda: self._round(alarm))
        alarm.data, alarm.configured = data, self.world.now()
        alarm.enabled = bool(data.get("ActionsEnabled", True))
        alarm.hears = hears or alarm.hears
        return alarm

    def remove(self, name: str) -> None:
        """Delete an alarm, if there is one."""
        self.by_name.pop(name, None)

    def settle(self, alarm: Alarm, since: float) -> None:
        """Evaluate once as if it had been in this state since ``since`` (for the restored world)."""
        self.evaluate(alarm, tell=False)
        alarm.updated = since
        if alarm.history:
            _, kind, summary, data = alarm.history.pop()
            alarm.history.append((since, kind, summary, data))

    def _round(self, alarm: Alarm) -> None:
        if self.by_name.get(alarm.name) is not alarm:
            return
        self.evaluate(alarm)
        self.world.after(MINUTE, lambda: self._round(alarm))

    def evaluate(self, alarm: Alarm, *, tell: bool = True) -> None:
        """Compare the last periods with the threshold and take the state that follows."""
        values = self._values(alarm)
        wanted = int(alarm.data["EvaluationPeriods"])
        need = int(alarm.data.get("DatapointsToAlarm") or wanted)
        compare, words = COMPARISONS[alarm.data["ComparisonOperator"]]
        threshold = float(alarm.data["Threshold"])
        breaching = [(t, v) for t, v in values if compare(v, threshold)]
        missing = wanted - len(values)
        treat = alarm.data.get("TreatMissingData", "missing")
        bad = len(breaching) + (missing if treat == "breaching" else 0)
        if not values and treat in ("missing", "ignore"):
            if treat == "missing":
                self.turn(alarm, "INSUFFICIENT_DATA", "Insufficient Data: no datapoints were received for the last periods.")
        elif bad >= need:
            self.turn(alarm, "ALARM", self._sentence(breaching, wanted, need, words, threshold, True), values)
            if tell and alarm.hears is not None and alarm.enabled and values:
                alarm.hears(alarm, values[-1][1])
        else:
            good = [pair for pair in values if pair not in breaching]
            self.turn(alarm, "OK", self._sentence(good, wanted, need, words, threshold, False), values)

    def _values(self, alarm: Alarm) -> list[tuple[float, float]]:
        """(time, value) of the periods that are judged, oldest first."""
        period = int(alarm.data["Period"])
        metric = self.metrics.find(alarm.data["Namespace"], alarm.data["MetricName"], alarm.dimensions)
        if metric is None:
            return []
        now = self.world.now()
        end = now - now % MINUTE
        start = end - period * int(alarm.data["EvaluationPeriods"])
        statistic = alarm.data.get("Statistic") or alarm.data.get("ExtendedStatistic") or "Average"
        points = self.metrics.points(metric, start, end, period)
        return [(t, v) for t, p in points if (v := p.statistic(statistic)) is not None]

    def _sentence(
        self, values: list[tuple[float, float]], wanted: int, need: int, words: str, threshold: float, alarm: bool
    ) -> str:
        """CloudWatch's own wording of why a state was taken."""
        shown = ", ".join(
            f"{round(v, 4)} ({clock.strftime('%d/%m/%y %H:%M:%S', clock.gmtime(t))})" for t, v in reversed(values[-5:])
        )
        count = need if alarm else max(1, wanted - need + 1)
        were = "was" if count == 1 else "were"
        points = "datapoint" if count == 1 else "datapoints"
        change = "OK -> ALARM" if alarm else "ALARM -> OK"
        negation = "" if alarm else "not "
        return (
            f"Threshold Crossed: {count} out of the last {wanted} datapoints [{shown}] {were} {negation}{words} the threshold "
            f"({threshold}) (minimum {count} {points} for {change} transition)."
        )

    def turn(
        self, alarm: Alarm, value: str, reason: str, values: list[tuple[float, float]] | None = None, *, by_hand: bool = False
    ) -> None:
        """Take a state; only a change is an event of the history."""
        if alarm.value == value and not by_hand:
            if value != "INSUFFICIENT_DATA":
                alarm.reason = alarm.reason if alarm.reason.startswith("Threshold") else reason
            return
        before, now = alarm.value, self.world.now()
        alarm.value, alarm.reason, alarm.updated = value, reason, now
        if value == "ALARM":
            for hear in self.heard_by:
                hear(alarm.name)
        alarm.reason_data = json.dumps(
            {
                "version": "1.0",
                "queryDate": clock.strftime("%Y-%m-%dT%H:%M:%S.000+0000", clock.gmtime(now)),
                "period": int(alarm.data.get("Period", 60)),
                "recentDatapoints": [round(v, 4) for _, v in values or ()],
                "threshold": float(alarm.data.get("Threshold", 0)),
            }
        )
        history = {"oldState": {"stateValue": before}, "newState": {"stateValue": value, "stateReason": reason}}
        summary = f"Alarm updated from {before} to {value}"
        alarm.history.append((now, "StateUpdate", summary, json.dumps({"version": "1.0", **history})))
        if value == "ALARM" and alarm.enabled:
            for action in alarm.data.get("AlarmActions", ()):
                done = f"Successfully executed action {action}"
                alarm.history.append(
                    (now, "Action", done, json.dumps({"actionState": "Succeeded", "notificationResource": action}))
                )


def alarms(world: World) -> Alarms:
    """``world.state["alarms"]``, typed."""
    found: Alarms = world.state["alarms"]
    return found
