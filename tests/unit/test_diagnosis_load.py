"""What is said of a service's load: alarms, scaling at its maximum, spot interruptions, tasks that are missing."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.unit.diagnosis_stage import clock, problems, put, store
from tests.unit.test_diagnosis_services import ACCOUNT, GROUP, SHOP, failing_deployment, service, stopped
from tui.model import Key, ManualClock, State
from tui.model.ecs import LoadBalancer
from tui.model.monitoring import AlarmRow, MetricRow, ScalableTargetRow
from tui.store import Store

__all__ = ["clock", "store"]


def alarm(name: str = "search-cpu", metric: str = "CPUUtilization", **fields: Any) -> AlarmRow:
    arn = f"arn:aws:cloudwatch:eu-west-1:482913750164:alarm:{name}"
    reason = (
        "Threshold Crossed: 3 out of the last 3 datapoints [93.4 (23/11/26 13:48:00), 92.1 (23/11/26 13:47:00)] "
        "were greater than the threshold (85.0)."
    )
    values: dict[str, Any] = {
        "value": "ALARM", "value_reason": reason, "since": 100.0, "metric": metric, "threshold": 85.0,
        "dimensions": (("ClusterName", "shop"), ("ServiceName", "search")),
    }  # fmt: skip
    return AlarmRow(key=Key.of("alarms", ACCOUNT, arn), scope=ACCOUNT, name=name, arn=arn, **{**values, **fields})


def scalable(maximum: int) -> ScalableTargetRow:
    resource = "service/shop/search"
    return ScalableTargetRow(
        key=Key.of("scalable-targets", ACCOUNT, resource),
        scope=ACCOUNT,
        name=resource,
        resource=resource,
        minimum=2,
        maximum=maximum,
    )


def test_an_alarm_while_scaling_is_at_its_maximum(store: Store) -> None:
    put(store, service("search", desired=6, running=6), alarm(), scalable(6))
    (found,) = problems(store)
    assert found.name == "shop/search"
    assert found.sentence == "CPU 93% of its limit, scaling at its maximum (6)"
    assert (found.severity, found.since, found.action, found.action_title) == (
        State.DEGRADED,
        100.0,
        "ecs.scale",
        "s raise maximum",
    )
    put(store, alarm(value="OK"))
    assert problems(store) == []


def test_target_tracking_at_work_is_no_problem(store: Store, clock: ManualClock) -> None:
    low, high = alarm("TargetTracking-service/shop/search-AlarmLow-1"), alarm("TargetTracking-service/shop/search-AlarmHigh-1")
    high = msgspec.structs.replace(high, threshold=60.0, since=clock.now() - 720)
    put(store, service("search", desired=4), low, high, scalable(6))
    assert problems(store) == []
    (busy,) = (f for f in store.findings(service("search").key))
    assert (busy.sentence, busy.severity) == ("CPU above its target for 12m, scaling", State.CHANGING)
    assert not store.findings(low.key)
    put(store, service("search", desired=6, running=6))
    assert [f.sentence for f in problems(store)] == ["CPU 93% of its limit, scaling at its maximum (6)"]


def test_an_alarm_of_another_metric_and_one_of_nobody(store: Store) -> None:
    put(store, service("search"), alarm("search-5xx", "HTTPCode_Target_5XX_Count"))
    assert [f.sentence for f in problems(store)] == ["93.4 5xx answers (limit 85)"]
    put(store, alarm("queue", "Depth", dimensions=(("QueueName", "q"),), value_reason="too deep"))
    assert {f.name: f.sentence for f in problems(store)}["queue"] == "too deep"


def test_alarms_of_a_target_group_are_the_services(store: Store, clock: ManualClock) -> None:
    dimensions = (("LoadBalancer", "app/shop/1"), ("TargetGroup", "targetgroup/web/6d0ecf831eec9f09"))
    tracked = alarm("TargetTracking-service/shop/search-AlarmHigh-2", "RequestCountPerTarget", dimensions=dimensions)
    tracked = msgspec.structs.replace(tracked, since=clock.now() - 300)
    put(store, service("search", load_balancers=(LoadBalancer(GROUP, "app", 80),)), scalable(6), tracked)
    assert problems(store) == [], "scaling out is the answer to it"
    put(store, scalable(4))
    wanted = "requests a target above the target (85) for 5m, scaling at its maximum (4)"
    assert [f.sentence for f in problems(store)] == [wanted]
    put(store, msgspec.structs.replace(scalable(9), suspended=True))
    assert problems(store)[0].sentence.endswith("for 5m, its scaling is suspended")


def test_load_above_its_target_but_far_from_its_limit_says_so(store: Store, clock: ManualClock) -> None:
    name = "TargetTracking-service/shop/search-AlarmHigh-1"
    low = "Threshold Crossed: 3 out of the last 3 datapoints [64.2 (23/11/26 13:48:00)] were greater than the threshold (60.0)."
    high = alarm(name, threshold=60.0, since=clock.now() - 720, value_reason=low)
    put(store, service("search", desired=6, running=6), high, scalable(6))
    (found,) = problems(store)
    assert found.sentence == "CPU above its target (60%) for 12m, scaling at its maximum (6)"
    assert name not in "".join((found.sentence, *found.evidence))


def test_spot_interruptions_matter_while_tasks_are_missing(store: Store, clock: ManualClock) -> None:
    spot = [stopped(n, clock.now() - 60, "Your Spot Task was interrupted.", stop_code="SpotInterruption") for n in range(3)]
    put(store, service(), *spot)
    assert problems(store) == []
    put(store, service(running=1, pending=3))
    assert problems(store) == [], "they are being replaced"
    clock.advance(61)
    store.flush()
    assert [f.sentence for f in problems(store)] == ["Fargate Spot took the capacity back 3 times in 2m"]


def test_load_at_its_limit_without_an_alarm(store: Store, clock: ManualClock) -> None:
    row = service("search", desired=6, running=6)
    metric = MetricRow(
        key=Key.of("metrics", SHOP, f"services:{row.key.id}"),
        scope=SHOP,
        name="search",
        target=row.key,
        cpu=94.0,
        time=clock.now(),
    )
    for minute in range(12, -1, -1):
        store.history.point(row.key, "cpu", clock.now() - 60 * minute, 94.0)
    put(store, row, metric, scalable(6))
    (found,) = problems(store)
    assert found.sentence == "CPU 94% of its limit, scaling at its maximum (6)"
    assert found.since == clock.now() - 720


def test_fewer_tasks_than_wanted_is_said_after_a_while(store: Store, clock: ManualClock) -> None:
    put(store, service(running=3))
    assert problems(store) == []
    clock.advance(200)
    store.flush()
    (found,) = problems(store)
    assert found.sentence == "3 of 4 tasks run for 3m"


def test_several_findings_of_a_service_are_one_line(store: Store, clock: ManualClock) -> None:
    put(
        store, failing_deployment(clock), alarm("checkout-cpu", dimensions=(("ClusterName", "shop"), ("ServiceName", "checkout")))
    )
    (found,) = problems(store)
    assert "also: CPU 93% of its limit" in found.evidence
    assert len(store.findings(found.target)) == 2
