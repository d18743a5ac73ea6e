"""CloudWatch's StateReason in words."""

from __future__ import annotations

from typing import Any

import pytest

from tui.model import Key, Scope, State
from tui.model.alarm_reason import crossing, figure
from tui.model.monitoring import AlarmRow
from tui.panes.registries import short_name

THREE = (
    "Threshold Crossed: 3 out of the last 3 datapoints [93.4 (23/11/26 13:48:00), 92.1 (23/11/26 13:47:00), 90.0 (23/11/26 "
    "13:46:00)] were greater than or equal to the threshold (85.0) (minimum 3 datapoints for OK -> ALARM transition)."
)
MISSING = "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."
UUID = "ae8d4558-5819-42c3-ab0e-7bdb13cf15de"


def alarm(name: str = "search-cpu", **fields: Any) -> AlarmRow:
    scope = Scope("aws:p", "aws", "1", "eu-west-1")
    values: dict[str, Any] = {"arn": name, "value": "ALARM", "metric": "CPUUtilization", "value_reason": THREE, **fields}
    return AlarmRow(key=Key.of("alarms", scope, name), scope=scope, name=name, **values)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (THREE, "3 of 3 data points above 85: 93.4, 92.1, 90"),
        (
            "Threshold Crossed: 1 out of the last 1 datapoints [1.5 (23/11/26 13:48:00)] was less than the threshold (2.0).",
            "1 of 1 data point below 2: 1.5",
        ),
        ("Threshold Crossed: 2 datapoints [1E-4 (x), 3 (x)] were greater than the threshold (0).",
         "2 of 2 data points above 0: 0.0001, 3"),
    ],
)  # fmt: skip
def test_a_crossed_threshold_is_read(reason: str, words: str) -> None:
    found = crossing(reason)
    assert found is not None and found.words() == words


@pytest.mark.parametrize("reason", ["", MISSING, "Unchecked: Initial alarm creation"])
def test_other_reasons_stay_as_they_are(reason: str) -> None:
    assert crossing(reason) is None
    assert alarm(value_reason=reason).reason == reason


def test_figures_are_short() -> None:
    assert [figure(value) for value in (0.0, 0.01234, 16.0989, 91.0, 512.4, 1234567.8, -3.25)] == [
        "0", "0.0123", "16.1", "91", "512", "1234568", "-3.2",
    ]  # fmt: skip


def test_an_alarm_says_its_metric_and_an_alarm_of_target_tracking_is_no_trouble() -> None:
    assert (alarm().state, alarm().reason) == (State.DEGRADED, "CPUUtilization 93.4, above 85")
    assert alarm(value="OK").reason == ""
    high = alarm(f"TargetTracking-service/shop/cart-AlarmHigh-{UUID}")
    low = alarm(f"TargetTracking-service/shop/cart-AlarmLow-{UUID}", value_reason=THREE.replace("greater", "less"))
    assert (high.state, high.reason) == (State.CHANGING, "CPUUtilization 93.4, above 85: scales out")
    assert (low.state, low.reason) == (State.IDLE, "CPUUtilization 93.4, below 85: scales in where it may")
    assert [short_name(row) for row in (alarm(), high, low)] == [
        "search-cpu", "service/shop/cart AlarmHigh", "service/shop/cart AlarmLow",
    ]  # fmt: skip
