"""Tasks, services and deployments of the embedded world in motion."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.unit.sim_world_kit import ask, described, make, new_revision, service, until
from tui.simulator.aws.registry import AwsError
from tui.simulator.ecs.engine import engine
from tui.simulator.ecs.objects import Service
from tui.simulator.world import World

ORDER = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")


def completed(world: World, cluster: str, name: str) -> bool:
    deployments = described(world, cluster, name)["deployments"]
    return len(deployments) == 1 and deployments[0]["rolloutState"] == "COMPLETED"


def test_deploying_the_last_good_image_heals_checkout_within_a_minute() -> None:
    world = make()
    world.step(5)
    arn = new_revision(world, "checkout", "1.8.2")
    ask(world, "ecs", "UpdateService", cluster="shop", service="checkout", taskDefinition=arn)
    took = until(world, lambda: completed(world, "shop", "checkout"), 75)
    assert took > 10
    found = described(world, "shop", "checkout")
    assert (found["runningCount"], found["taskDefinition"]) == (4, arn)
    until(world, lambda: "has reached a steady state" in described(world, "shop", "checkout")["events"][0]["message"], 30)
    messages = [e["message"] for e in described(world, "shop", "checkout")["events"][:12]]
    assert any("deployment completed" in m for m in messages)
    records = ask(world, "ecs", "ListServiceDeployments", cluster="shop", service="checkout")["serviceDeployments"]
    assert [r["status"] for r in records[:2]] == ["SUCCESSFUL", "STOPPED"]


def test_scaling_moves_within_seconds() -> None:
    world = make()
    ask(world, "ecs", "UpdateService", cluster="shop", service="pricing", desiredCount=8)
    until(world, lambda: described(world, "shop", "pricing")["pendingCount"] == 3, 3, by=0.5)
    until(world, lambda: described(world, "shop", "pricing")["runningCount"] == 8, 15)
    ask(world, "ecs", "UpdateService", cluster="shop", service="pricing", desiredCount=2)
    until(world, lambda: described(world, "shop", "pricing")["runningCount"] == 2, 15)


def test_a_task_goes_through_its_states_in_order() -> None:
    world = make()
    world.step(2)
    ask(world, "ecs", "UpdateService", cluster="shop", service="reviews", desiredCount=4)
    before = set(service(world, "shop", "reviews").tasks)
    until(world, lambda: set(service(world, "shop", "reviews").tasks) - before, 3, by=0.1)
    task = service(world, "shop", "reviews").tasks[(set(service(world, "shop", "reviews").tasks) - before).pop()]
    seen = [task.last_status]

    def watch(seconds: float) -> None:
        for _ in range(int(seconds * 10)):
            world.step(0.1)
            if task.last_status != seen[-1]:
                seen.append(task.last_status)

    watch(20)
    engine(world).lifecycle.stop(task, "UserInitiated", "test")
    watch(30)
    assert tuple(seen) == ORDER
    shown = ask(world, "ecs", "DescribeTasks", cluster="shop", tasks=[task.arn])["tasks"][0]
    times = [
        shown[n]
        for n in ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt", "executionStoppedAt", "stoppedAt")
    ]
    assert times == sorted(times)
    assert (shown["stopCode"], shown["containers"][0]["exitCode"]) == ("UserInitiated", 143)


def test_targets_follow_their_task() -> None:
    world = make()
    group = service(world, "shop", "reviews").target_groups[0]

    def health() -> dict[str, str]:
        rows = ask(world, "elbv2", "DescribeTargetHealth", TargetGroupArn=group)["TargetHealthDescriptions"]
        return {row["Target"]["Id"]: row["TargetHealth"]["State"] for row in rows}

    before = health()
    assert set(before.values()) == {"healthy"}
    task = next(iter(service(world, "shop", "reviews").tasks.values()))
    ask(world, "ecs", "StopTask", cluster="shop", task=task.arn)
    world.step(1)
    assert health()[task.ip] == "draining"
    until(world, lambda: "initial" in health().values(), 15)
    until(world, lambda: task.ip not in health() and list(health().values()) == ["healthy"] * 3, 40)


def test_the_circuit_breaker_rolls_back() -> None:
    world = make()
    good = described(world, "batch", "mailer")["taskDefinition"]
    arn = new_revision(world, "mailer", "1.9.4")
    ask(world, "ecs", "UpdateService", cluster="batch", service="mailer", taskDefinition=arn)
    until(world, lambda: any(d["rolloutState"] == "FAILED" for d in described(world, "batch", "mailer")["deployments"]), 180)
    failed = next(d for d in described(world, "batch", "mailer")["deployments"] if d["rolloutState"] == "FAILED")
    assert failed["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    assert failed["failedTasks"] >= 3
    until(world, lambda: completed(world, "batch", "mailer"), 90)
    found = described(world, "batch", "mailer")
    assert (found["taskDefinition"], found["runningCount"]) == (good, 4)
    messages = " ".join(e["message"] for e in found["events"])
    assert "rolling back to deployment ecs-svc/" in messages
    record = ask(world, "ecs", "ListServiceDeployments", cluster="batch", service="mailer")["serviceDeployments"][0]
    assert record["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_rollback_does_not_wait_for_the_failures_before_it() -> None:
    """Ten tasks fail at one time; the six that open the breaker are not the last ones."""
    world = make()
    found = service(world, "shop", "storefront")
    arn = new_revision(world, "storefront", "9.9.9")
    world.state["ecs"].definition(arn).data["containerDefinitions"][0]["image"] = f"{world.registry}/checkout:1.8.3"
    ask(world, "ecs", "UpdateService", cluster="shop", service="storefront", taskDefinition=arn)
    until(world, lambda: bool(found.primary.rolled_back_from), 60)
    until(world, lambda: sum(t.deployment == found.primary.id for t in found.tasks.values()) == 12, 5)
    until(world, lambda: completed(world, "shop", "storefront"), 90)


def test_without_rollback_the_deployment_stays_failed() -> None:
    world = make()
    found = service(world, "shop", "pricing")
    arn = new_revision(world, "pricing", "1.15.1")
    definition = world.state["ecs"].definition(arn)
    definition.data["containerDefinitions"][0]["image"] = f"{world.registry}/checkout:1.8.3"
    ask(world, "ecs", "UpdateService", cluster="shop", service="pricing", taskDefinition=arn)
    until(world, lambda: found.primary.rollout == "FAILED", 200)
    world.step(120)
    assert found.running() == 5
    assert [d.rollout for d in found.deployments] == ["FAILED", "COMPLETED"]
    assert found.history[-1].status == "STOPPED"
    for count in (7, 2, 0):
        ask(world, "ecs", "UpdateService", cluster="shop", service="pricing", desiredCount=count)
        until(world, lambda count=count: found.running() == len(found.tasks) == count, 60)


def test_an_alarm_fails_the_deployment_that_watches_it() -> None:
    world = make()
    configuration = {"alarms": {"alarmNames": ["shop-search-cpu-high"], "enable": True, "rollback": True}}
    common: dict[str, Any] = {"cluster": "shop", "service": "pricing"}
    ask(world, "ecs", "UpdateService", deploymentConfiguration=configuration, taskDefinition="pricing:30", **common)
    alarm: dict[str, Any] = {"AlarmName": "shop-search-cpu-high", "StateReason": "test"}
    world.step(3)
    ask(world, "cloudwatch", "SetAlarmState", StateValue="ALARM", **alarm)
    failed = next(d for d in described(world, "shop", "pricing")["deployments"] if d["rolloutState"] == "FAILED")
    assert failed["rolloutStateReason"] == "ECS deployment failed: alarm detected."
    until(world, lambda: completed(world, "shop", "pricing"), 90)
    assert described(world, "shop", "pricing")["taskDefinition"].endswith("pricing:31")
    record = ask(world, "ecs", "ListServiceDeployments", cluster="shop", service="pricing")["serviceDeployments"][0]
    assert record["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_service_deployment_can_be_stopped_with_rollback() -> None:
    world = make()
    record = ask(world, "ecs", "ListServiceDeployments", cluster="shop", service="checkout")["serviceDeployments"][0]
    ask(world, "ecs", "StopServiceDeployment", serviceDeploymentArn=record["serviceDeploymentArn"], stopType="ROLLBACK")
    until(world, lambda: completed(world, "shop", "checkout"), 75)
    assert described(world, "shop", "checkout")["taskDefinition"].endswith("checkout:41")
    with pytest.raises(AwsError, match="ConflictException"):
        ask(world, "ecs", "StopServiceDeployment", serviceDeploymentArn=record["serviceDeploymentArn"])


def test_more_memory_cures_the_out_of_memory_kills() -> None:
    world = make()
    arn = new_revision(world, "statements", "3.2.0", memory="1024")
    ask(world, "ecs", "UpdateService", cluster="pay", service="statements", taskDefinition=arn)
    until(world, lambda: completed(world, "pay", "statements"), 120)
    found = service(world, "pay", "statements")
    ids = {t.id for t in found.tasks.values() if t.wanted}
    world.step(900)
    assert len(ids) == 3
    assert set(found.tasks) == ids


def test_spot_interruptions_are_replaced() -> None:
    world = make()
    world.step(1500)
    arns = ask(world, "ecs", "ListTasks", cluster="batch", serviceName="queue-workers", desiredStatus="STOPPED")["taskArns"]
    tasks = ask(world, "ecs", "DescribeTasks", cluster="batch", tasks=arns)["tasks"]
    assert any(t["stopCode"] == "SpotInterruption" and t["stoppedReason"] == "Your Spot Task was interrupted." for t in tasks)
    world.step(30)
    assert service(world, "batch", "queue-workers").running() >= service(world, "batch", "queue-workers").desired - 1


def test_draining_an_instance_moves_its_tasks_and_the_daemon_leaves() -> None:
    world = make()
    instance = next(iter(world.state["ecs"].clusters["batch"].instances.values()))
    request: dict[str, Any] = {"cluster": "batch", "containerInstances": [instance.arn]}
    ask(world, "ecs", "UpdateContainerInstancesState", status="DRAINING", **request)
    world.step(60)
    assert not instance.tasks
    assert described(world, "batch", "log-agent")["desiredCount"] == 3
    ask(world, "ecs", "UpdateContainerInstancesState", status="ACTIVE", **request)
    until(world, lambda: service(world, "batch", "log-agent").running() == 4, 30)


def test_deleting_a_service_drains_it() -> None:
    world = make()
    with pytest.raises(AwsError, match="cannot be stopped while it is scaled above 0"):
        ask(world, "ecs", "DeleteService", cluster="shop", service="reviews")
    ask(world, "ecs", "DeleteService", cluster="shop", service="reviews", force=True)
    assert described(world, "shop", "reviews")["status"] == "DRAINING"
    until(world, lambda: described(world, "shop", "reviews")["status"] == "INACTIVE", 60)
    assert described(world, "shop", "reviews")["runningCount"] == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("scale"), st.integers(0, 9)),
        st.tuples(st.just("force"), st.just(0)),
        st.tuples(st.just("revision"), st.integers(29, 31)),
        st.tuples(st.just("stop"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 40)),
    ),
    max_size=12,
)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, low=st.sampled_from((0, 50, 80, 100)), high=st.sampled_from((120, 150, 200)))
def test_the_scheduler_keeps_within_the_percentages_and_settles(steps: list[tuple[str, int]], low: int, high: int) -> None:
    world = make(scenario=_only("pricing"))
    found = service(world, "shop", "pricing")
    ask(
        world,
        "ecs",
        "UpdateService",
        cluster="shop",
        service="pricing",
        deploymentConfiguration={"minimumHealthyPercent": low, "maximumPercent": high},
    )
    _guard(world)
    for kind, number in steps:
        request: dict[str, Any] = {"cluster": "shop", "service": "pricing"}
        if kind == "scale":
            ask(world, "ecs", "UpdateService", desiredCount=number, **request)
        elif kind == "force":
            ask(world, "ecs", "UpdateService", forceNewDeployment=True, **request)
        elif kind == "revision":
            ask(world, "ecs", "UpdateService", taskDefinition=f"pricing:{number}", **request)
        elif kind == "stop" and found.tasks:
            victim = list(found.tasks.values())[number % len(found.tasks)]
            ask(world, "ecs", "StopTask", cluster="shop", task=victim.arn)
        elif kind == "wait":
            world.step(number)
    scheduler = engine(world).scheduler
    lower, upper = scheduler.bounds(found, found.desired)
    if found.desired and lower >= upper and len(found.deployments) > 1:
        world.step(120)  # ECS hangs on such a configuration too, and says so
        stuck = any("because of the service deployment configuration" in text for _, _, text in found.events)
        assert stuck or len(found.deployments) == 1
        return

    def settled() -> bool:
        done = len(found.deployments) == 1 and found.primary.rollout == "COMPLETED"
        return done and found.running() == found.desired == len(found.tasks)

    until(world, settled, 600, by=5)
    assert {t.definition for t in found.tasks.values()} <= {found.definition}


def _only(name: str) -> dict[str, Any]:
    """The scenario with one service, which makes an example cheap."""
    from tui.simulator.scenario import load

    data = load("ecs")
    kept = [s for s in data["service"] if s["name"] == name]
    return {"ecs": {**data, "service": kept, "family": [], "job": [], "pipeline": []}}


def _guard(world: World) -> None:
    """After each pass: nothing was started above the maximum, nothing healthy was stopped below the minimum."""
    scheduler = engine(world).scheduler
    inner = scheduler.reconcile

    def counts(one: Service) -> tuple[int, int]:
        alive = [t for t in one.tasks.values() if t.wanted]
        return len(alive), sum(scheduler.healthy(t) for t in alive)

    def checked(one: Service) -> None:
        alive, healthy = counts(one)
        inner(one)
        lower, upper = scheduler.bounds(one, scheduler.desired(one))
        alive_after, healthy_after = counts(one)
        assert alive_after <= max(alive, upper)
        assert healthy_after >= min(healthy, lower)

    scheduler.reconcile = checked  # type: ignore[method-assign]
